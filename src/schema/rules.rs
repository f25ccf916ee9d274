//! Schemas together with the claims on their violations.

use serde_json::Value;

use super::{Claim, Claims, SchemaError, SchemaSet, Violation};

/// A set of schemas and the table that says which requirement claims a violation of them.
///
/// A pack has three of them: what the API description says, what the conformance profile adds,
/// and what is only said in prose.
#[derive(Debug)]
pub struct Rules {
    /// The schemas.
    pub schemas: SchemaSet,
    /// Which requirement claims a violation of them.
    pub claims: Claims,
}

impl Rules {
    /// The violations in an instance, each with the requirement that claims it.
    ///
    /// Violations of schemas that no requirement claims, such as those of request bodies, are
    /// not among them.
    ///
    /// # Errors
    /// No schema of that name, or one that is not valid JSON Schema.
    pub fn judge(
        &self,
        schema: &str,
        instance: &Value,
    ) -> Result<Vec<(Violation, Claim<'_>)>, SchemaError> {
        let violations = self.schemas.validator(schema)?.validate(instance);
        Ok(violations
            .into_iter()
            .filter_map(|violation| {
                let claim = self.claims.claim(&violation)?;
                Some((violation, claim))
            })
            .collect())
    }
}
