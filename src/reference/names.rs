//! Finding a fault or a variant by its name.

/// A name that stands for no fault or variant.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no {kind} {name:?}{}", hint(.kind, .near))]
pub struct UnknownName {
    /// `fault` or `variant`.
    pub kind: &'static str,
    /// The name that was given.
    pub name: String,
    /// Names that look like it, the nearest first.
    pub near: Vec<&'static str>,
}

fn hint(kind: &str, near: &[&str]) -> String {
    if near.is_empty() {
        return format!(", tmfctk serve --list-{kind}s has them all");
    }
    format!(", did you mean {}?", near.join(" or "))
}

impl UnknownName {
    /// The error for a name, with up to three near names out of those that exist.
    pub(super) fn new(
        kind: &'static str,
        name: &str,
        existing: impl Iterator<Item = &'static str>,
    ) -> Self {
        let mut near: Vec<(f64, &'static str)> = existing
            .map(|known| (strsim::jaro_winkler(name, known), known))
            .filter(|(likeness, _)| *likeness > 0.8)
            .collect();
        near.sort_by(|(a, _), (b, _)| b.total_cmp(a));
        Self {
            kind,
            name: name.to_owned(),
            near: near.into_iter().take(3).map(|(_, known)| known).collect(),
        }
    }
}
