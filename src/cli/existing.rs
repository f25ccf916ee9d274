//! The options of `run` on records that are there.

use crate::config::Existing;

/// A run that looks at what it has not created.
#[derive(Debug, clap::Args)]
pub(super) struct OnExisting {
    /// Send nothing that changes the target: check records that are there, the first ones of the
    /// collection or those of --existing. What needs a create is inconclusive, the official kit
    /// among it
    #[arg(long, env = "TMFCTK_READ_ONLY", value_parser = clap::builder::FalseyValueParser::new())]
    read_only: bool,
    /// The id of a record that stands in for one of the run's own, repeatable; it is looked at, and
    /// never changed
    #[arg(long, value_name = "ID")]
    existing: Vec<String>,
}

impl From<OnExisting> for Existing {
    fn from(args: OnExisting) -> Self {
        Self {
            read_only: args.read_only,
            ids: args.existing,
        }
    }
}
