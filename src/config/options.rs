//! What a user can set, each option said once: its type, its help, and its names as a flag, in the
//! environment and in the file all follow from here and from the groups that stand in this folder.

// The comments are help texts, in which brackets are not links.
#![allow(rustdoc::broken_intra_doc_links)]

use std::path::PathBuf;

use clap::builder::FalseyValueParser;
use schemars::JsonSchema;
use serde::Deserialize;

use super::accepted::GivenAccepted;
use super::access::GivenAccess;
use super::existing::Existing;
use super::goal::Goal;
use super::layer::layered;
use super::limits::GivenLimits;
use super::proxy::ProxyEnvironment;
use super::selection::Selection;
use crate::terms::Level;

layered! {
    /// Which configuration counts.
    #[derive(Debug, Default, Clone, clap::Args)]
    pub struct ConfigChoice {
        /// TOML configuration [default: tmfctk.toml where it exists]
        #[arg(long, value_name = "FILE", env = "TMFCTK_CONFIG")]
        pub config: Option<PathBuf>,
        /// The environment of the configuration: the keys of its table [env.NAME] lie over the others
        #[arg(id = "env", long = "env", value_name = "NAME", env = "TMFCTK_ENV")]
        pub profile: Option<String>,
        /// Of the [[targets]] of the configuration this one only; a run's reports go into the folder of
        /// its name below --out
        #[arg(long = "target", value_name = "NAME")]
        pub named: Option<String>,
    }
}

layered! {
    /// Where the reports go, and which. Paths of the file are relative to it, but for `out`.
    #[derive(Debug, Default, Clone, clap::Args, Deserialize, JsonSchema)]
    #[serde(rename_all = "kebab-case")]
    pub struct ReportOptions {
        /// Where the reports go, made if missing [default: reports/latest]
        #[arg(long, value_name = "DIR", env = "TMFCTK_OUT")]
        pub out: Option<PathBuf>,
        /// Which reports, separated by commas: html, html-multi (the page, its stylesheet and its
        /// evidence apart, for viewers with a strict policy), json, junit, har (the exchanges for a
        /// browser's developer tools), markdown (for a pull request; where GITHUB_STEP_SUMMARY is set,
        /// it is added to the job's summary, too), sarif (for code scanning), codequality (for merge
        /// requests of GitLab), or all [default: html,json,junit]
        #[arg(
            id = "format",
            long = "format",
            value_name = "LIST",
            env = "TMFCTK_FORMAT",
            value_delimiter = ','
        )]
        #[serde(rename = "format")]
        pub formats: Option<Vec<String>>,
        /// Sign the manifest of the reports with this private key (PEM, see tmfctk keygen)
        #[arg(long, value_name = "KEY", env = "TMFCTK_SIGN")]
        pub sign: Option<PathBuf>,
        /// A folder with templates, stylesheet or texts of your own, each in place of the file of the
        /// same path below `templates/`
        #[arg(long, value_name = "DIR", env = "TMFCTK_TEMPLATE")]
        pub template: Option<PathBuf>,
    }
}

layered! {
    /// What flags and environment say, and the file alike; each lies over the next.
    #[derive(Debug, Default, Clone, clap::Args, Deserialize, JsonSchema)]
    #[serde(rename_all = "kebab-case")]
    pub struct Overrides {
        /// The target's base URL [env: TMFCTK_TARGET]
        #[arg(value_name = "TARGET", conflicts_with = "named")]
        pub target: Option<String>,
        /// Check the embedded reference implementation instead of a target
        #[arg(long, conflicts_with = "named")]
        #[serde(skip)]
        pub reference: bool,
        /// Read no configuration file, also where the default one exists.
        #[arg(skip)]
        #[serde(skip)]
        pub unconfigured: bool,
        /// The highest level to run: certification, profile, specification, operations or guideline
        /// [default: guideline]
        #[arg(long, value_name = "LEVEL", env = "TMFCTK_LEVEL")]
        pub level: Option<Level>,
        /// Verdicts up to this level decide the exit code [default: the lower of profile and --level]
        #[arg(long, value_name = "LEVEL", env = "TMFCTK_GATE")]
        pub gate: Option<Level>,
        /// What the run is for: certificate (gate certification) or conformance (gate profile)
        /// [default: conformance]
        #[arg(long, value_name = "GOAL", env = "TMFCTK_GOAL", conflicts_with = "gate")]
        pub goal: Option<Goal>,
        /// Where the reports go, and which; for `run` alone.
        #[arg(skip)]
        #[serde(flatten)]
        pub reports: ReportOptions,
        /// Warnings count as failures
        #[arg(long, env = "TMFCTK_STRICT", value_parser = FalseyValueParser::new())]
        #[serde(default)]
        pub strict: bool,
        /// Repeat the generated values of an earlier run [default: a new one for each run]
        #[arg(long, value_name = "SEED", env = "TMFCTK_SEED")]
        pub seed: Option<String>,
        /// Leave the records that the run created
        #[arg(long, env = "TMFCTK_KEEP", value_parser = FalseyValueParser::new())]
        #[serde(default)]
        pub keep: bool,
        /// Which existing records the run uses.
        #[command(flatten)]
        #[serde(flatten)]
        pub existing: Existing,
        /// A folder with features of your own, run beside the pack's
        #[arg(long, value_name = "DIR", env = "TMFCTK_FEATURES")]
        pub features: Option<PathBuf>,
        /// Judge by an official API description (Swagger 2.0 or OpenAPI 3) instead of the pack's schemas
        #[arg(long, value_name = "FILE", env = "TMFCTK_SPEC")]
        pub spec: Option<PathBuf>,
        /// Keep the bodies of records that the run did not create in the reports
        #[arg(
            long,
            env = "TMFCTK_KEEP_FOREIGN_BODIES",
            value_parser = FalseyValueParser::new()
        )]
        #[serde(default)]
        pub keep_foreign_bodies: bool,
        /// Hide what matches this regular expression in all outputs, repeatable; of a pattern with a
        /// group named `secret` only that
        #[arg(long, value_name = "REGEX")]
        #[serde(default)]
        pub redact: Vec<String>,
        /// Hide the values at this JSON pointer in all bodies, repeatable; `*` stands for any attribute
        /// or element, and in a list it is looked for in each element: /relatedParty/*/name
        #[arg(long, value_name = "POINTER")]
        #[serde(default)]
        pub redact_pointer: Vec<String>,
        /// What is known and accepted.
        #[command(flatten)]
        #[serde(flatten)]
        pub accepted: GivenAccepted,
        /// The pack [default: tmf683@4.0.0]
        #[arg(long, value_name = "PACK", env = "TMFCTK_API")]
        pub api: Option<String>,
        /// JSON file with the body of the configured create, whose attributes the run's own records get,
        /// too [default: the pack's own]
        #[arg(long, value_name = "FILE", env = "TMFCTK_PAYLOAD")]
        pub payload: Option<PathBuf>,
        /// Where the run listens for events; a target on another machine can't reach loopback
        /// [default: 127.0.0.1, a free port]
        #[arg(long, value_name = "ADDR[:PORT]", env = "TMFCTK_LISTENER_BIND")]
        pub listener_bind: Option<String>,
        /// The URL under which the target reaches the listener, where it is another one than where it
        /// listens: behind NAT, an ingress, out of a container
        #[arg(long, value_name = "URL", env = "TMFCTK_LISTENER_URL")]
        pub listener_url: Option<String>,
        /// The status with which the listener takes an event [default: 201]
        #[arg(long, value_name = "CODE", env = "TMFCTK_LISTENER_STATUS")]
        pub listener_status: Option<u16>,
        /// Seconds that an event may take to arrive [default: 10]
        #[arg(long, value_name = "SECONDS", env = "TMFCTK_EVENT_TIMEOUT")]
        pub event_timeout: Option<f64>,
        /// Seconds of quiet until it is said that no event came; waited for once in a run [default: 1]
        #[arg(long, value_name = "SECONDS", env = "TMFCTK_EVENT_QUIET")]
        pub event_quiet: Option<f64>,
        /// Leave events out: nothing listens, and what needs events is not applicable
        #[arg(long, env = "TMFCTK_NO_EVENTS", value_parser = FalseyValueParser::new())]
        #[serde(default)]
        pub no_events: bool,
        /// Which configuration counts.
        #[command(flatten)]
        #[serde(skip)]
        pub choice: ConfigChoice,
        /// How much and how fast.
        #[command(flatten)]
        #[serde(flatten)]
        pub limits: GivenLimits,
        /// Headers, authentication, TLS and proxy.
        #[command(flatten)]
        #[serde(flatten)]
        pub access: GivenAccess,
        /// What the system says of proxies.
        #[arg(skip)]
        #[serde(skip)]
        pub proxies: ProxyEnvironment,
        /// Which scenarios run.
        #[arg(skip)]
        #[serde(skip)]
        pub selection: Selection,
        /// The options above that came from the environment, for messages.
        #[arg(skip)]
        #[serde(skip)]
        pub environment: Vec<&'static str>,
    }
}
