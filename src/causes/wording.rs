//! The words of causes that no fault names, and the advice for each kind: from the table of texts.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

/// The texts that the reports say, too.
const TEXTS: &str = include_str!("../../templates/texts.json");
/// The kind of what no kind is known of.
const OTHER: &str = "other";

/// The texts of each kind of cause.
#[derive(Debug, Default, Deserialize)]
pub struct Wording {
    #[serde(rename = "cause-title")]
    titles: BTreeMap<String, String>,
    #[serde(rename = "cause-advice")]
    advice: BTreeMap<String, String>,
}

impl Wording {
    /// That of this version; a test demands that it can be read.
    pub fn embedded() -> &'static Self {
        static EMBEDDED: LazyLock<Wording> =
            LazyLock::new(|| serde_json::from_str(TEXTS).unwrap_or_default());
        &EMBEDDED
    }

    /// What is wrong, with the number of findings and requirements.
    pub fn title(&self, kind: &str, findings: usize, requirements: usize) -> String {
        let title = said(&self.titles, kind);
        let s = |count| if count == 1 { "" } else { "s" };
        format!(
            "{title}: {findings} finding{}, {requirements} requirement{}",
            s(findings),
            s(requirements)
        )
    }

    /// What to do about it.
    pub fn advice(&self, kind: &str) -> &str {
        said(&self.advice, kind)
    }
}

fn said<'a>(texts: &'a BTreeMap<String, String>, kind: &str) -> &'a str {
    let text = texts.get(kind).or_else(|| texts.get(OTHER));
    text.map(String::as_str).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pack::Pack;

    #[test]
    fn each_area_of_the_catalogue_has_its_words() {
        let pack = Pack::embedded("tmf683@4.0.0").unwrap();
        let wording = Wording::embedded();
        let areas = pack
            .catalogue()
            .unwrap()
            .iter()
            .map(|known| known.area.as_str());
        for kind in areas.chain(["kit-flaw", "unchecked-input", "other"]) {
            assert!(wording.titles.contains_key(kind), "{kind}");
            assert!(wording.advice.contains_key(kind), "{kind}");
        }
    }
}
