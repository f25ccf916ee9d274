//! The options of `run` on what is known and accepted.

use std::path::PathBuf;

use crate::config::GivenAccepted;

/// What is known and accepted.
#[derive(Debug, clap::Args)]
pub(super) struct Accepted {
    /// TOML file of accepted deviations, each a [[waiver]] with requirement, reason, owner and
    /// expires (its last day), and where it is narrower pointer or fingerprint. What they accept
    /// decides no level; one that matches nothing any more ends the run with 1, so that it is removed
    #[arg(long, value_name = "FILE", env = "TMFCTK_WAIVERS")]
    waivers: Option<PathBuf>,
    /// A result.json, or its folder, of an earlier run: only what is new against it decides the exit
    /// code, and the reports show what is new, still there and fixed
    #[arg(long, value_name = "RESULT", env = "TMFCTK_BASELINE")]
    baseline: Option<PathBuf>,
    /// Refuse whatever makes a run unfit to be handed in: waivers, levels left out, a gate below
    /// the profile, features of your own, among others
    #[arg(long, env = "TMFCTK_CERTIFY", value_parser = clap::builder::FalseyValueParser::new())]
    certify: bool,
}

impl From<Accepted> for GivenAccepted {
    fn from(args: Accepted) -> Self {
        Self {
            waivers: args.waivers,
            baseline: args.baseline,
            certify: args.certify,
        }
    }
}
