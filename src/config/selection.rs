//! Which scenarios of the levels run: a run of some only says so everywhere.
//!
//! It comes from the command line alone. In a file or the environment it would be forgotten, and
//! each later run would judge less than it seems to.

use super::layer::layered;

layered! {
    /// What is selected; where several criteria are given, a scenario has to meet each.
    #[derive(Debug, Default, Clone, PartialEq, Eq)]
    pub struct Selection {
        /// Ids of requirements: what checks one of them.
        pub only: Vec<String>,
        /// A tag expression, such as `@profile and not @events`.
        pub tags: Option<String>,
        /// A regular expression that matches the name or the id.
        pub name: Option<String>,
        /// What did not hold in an earlier run.
        pub rerun: Option<Rerun>,
    }
}

/// What did not hold in an earlier run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rerun {
    /// The result of that run, as it was given.
    pub from: String,
    /// The ids of the scenarios.
    pub scenarios: Vec<String>,
}

impl Selection {
    /// Whether all scenarios of the levels run.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// The options that select, as a shell reads them.
    pub fn options(&self) -> Vec<String> {
        let only = self.only.iter().map(|id| format!("--only {}", quoted(id)));
        let rest = [
            ("tags", self.tags.as_ref()),
            ("name", self.name.as_ref()),
            ("rerun", self.rerun.as_ref().map(|rerun| &rerun.from)),
        ];
        let rest = rest
            .into_iter()
            .filter_map(|(name, value)| Some(format!("--{name} {}", quoted(value?))));
        only.chain(rest).collect()
    }
}

/// A word for a shell, in quotes where it needs them.
pub(crate) fn quoted(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./@:".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_options_can_be_given_again() {
        let selection = Selection {
            only: vec!["PRO-044".into()],
            tags: Some("@profile and not @events".into()),
            name: Some("it's".into()),
            rerun: None,
        };
        assert_eq!(
            selection.options().join(" "),
            r"--only PRO-044 --tags '@profile and not @events' --name 'it'\''s'"
        );
        assert!(!selection.is_empty());
    }
}
