//! The product under test, as a certification document names it.

use serde::Deserialize;

/// The table `[subject]` of the configuration file; every key is optional.
#[derive(Debug, Default, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Subject {
    /// The company that offers the product.
    pub company: Option<String>,
    /// The product's name.
    pub product: Option<String>,
    /// The product's release.
    pub release: Option<String>,
    /// Who answers questions about it.
    pub contact: Option<String>,
}
