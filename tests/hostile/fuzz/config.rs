//! The configuration file: an error names a place, and never a value.

use proptest::prelude::*;
use tempfile::TempDir;
use tmfctk::config::{ConfigChoice, Overrides, resolve};

use super::near::{cases, corpus, nearly};

/// Stands in every value of the corpus that may be a secret.
const SECRET: &str = "hush";

fn holds(text: &[u8]) {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("own.toml");
    std::fs::write(&path, text).unwrap();
    let given = Overrides {
        choice: ConfigChoice {
            config: Some(path),
            ..ConfigChoice::default()
        },
        ..Overrides::default()
    };
    if let Err(error) = resolve(given) {
        let told = error.to_string();
        assert!(!told.contains(SECRET), "{told}");
        assert!(!told.contains(['\0', '\u{1b}']), "{told:?}");
    }
}

#[test]
fn the_corpus() {
    corpus("config").iter().for_each(|text| holds(text));
}

proptest! {
    #![proptest_config(cases(400))]

    #[test]
    fn an_error_never_shows_a_value(text in nearly("config")) {
        holds(&text);
    }
}
