//! How options of one place lie over those of another: flags and environment over the file.

use std::collections::BTreeMap;

/// Options that can lie over others of their kind.
pub(super) trait Layer {
    /// These options, completed by those `below`.
    fn over(self, below: Self) -> Self;
}

impl<T> Layer for Option<T> {
    fn over(self, below: Self) -> Self {
        self.or(below)
    }
}

/// A switch is on where any layer turns it on.
impl Layer for bool {
    fn over(self, below: Self) -> Self {
        self || below
    }
}

/// Repeatable options add up.
impl<T> Layer for Vec<T> {
    fn over(self, mut below: Self) -> Self {
        below.extend(self);
        below
    }
}

impl Layer for BTreeMap<String, String> {
    fn over(self, mut below: Self) -> Self {
        below.extend(self);
        below
    }
}

/// Defines a struct of options whose fields are layered one by one.
macro_rules! layered {
    (
        $(#[$about:meta])*
        pub struct $name:ident {
            $($(#[$field_about:meta])* pub $field:ident: $kind:ty,)*
        }
    ) => {
        $(#[$about])*
        pub struct $name {
            $($(#[$field_about])* pub $field: $kind,)*
        }

        impl $crate::config::layer::Layer for $name {
            fn over(self, below: Self) -> Self {
                Self {
                    $($field: self.$field.over(below.$field),)*
                }
            }
        }
    };
}
pub(super) use layered;
