//! The product under test, as a certification document names and describes it.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::Deserialize;

/// The table `[subject]` of the configuration file; every key is optional.
#[derive(Debug, Default, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Subject {
    /// The company that offers the product.
    pub company: Option<String>,
    /// Its short name, for the file name of the report in the dossier.
    pub company_short: Option<String>,
    /// The product's name.
    pub product: Option<String>,
    /// The product's release.
    pub release: Option<String>,
    /// When that release came out, `YYYY-MM-DD`.
    pub released: Option<String>,
    /// Who answers questions about it.
    pub contact: Option<String>,
    /// The product or solution that the API belongs to; blank lines part paragraphs, and lines that
    /// begin with `- ` are a list.
    pub description: Option<String>,
    /// What the API is there for; the pack's own words where there is none.
    pub overview: Option<String>,
    /// The architecture in words.
    pub architecture: Option<String>,
    /// The architecture as a picture, relative to the configuration file.
    pub architecture_picture: Option<PathBuf>,
    /// The date of the certification document, `YYYY-MM-DD`; the day of the run where there is none.
    pub date: Option<String>,
    /// How dates are written in the certification document, by `strftime` [default: `%Y-%m-%d`].
    pub date_format: Option<String>,
}

/// The table `[dossier]` of the configuration file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Dossier {
    /// How many days old the run of a dossier may be.
    pub max_age_days: u32,
}

impl Default for Dossier {
    fn default() -> Self {
        Self { max_age_days: 30 }
    }
}
