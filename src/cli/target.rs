//! The options that say what is asked and how it is reached, for all commands that ask a target.

use std::path::PathBuf;

use clap::parser::ValueSource;
use clap::{ArgMatches, Args as ClapArgs};
use sha2::{Digest, Sha256};
use url::Url;

use super::Failure;
use crate::config::{Overrides, Settings, TargetSetting};
use crate::reference::{self, Fault, Variant};

/// The way to a target: the configuration, what goes with every request, how much and how fast.
#[derive(Debug, ClapArgs)]
pub(super) struct Way {
    /// TOML configuration [default: tmfctk.toml where it exists]
    #[arg(long, value_name = "FILE", env = "TMFCTK_CONFIG")]
    config: Option<PathBuf>,
    /// The environment of the configuration: the keys of its table [env.NAME] lie over the others
    #[arg(long, value_name = "NAME", env = "TMFCTK_ENV")]
    env: Option<String>,
    /// Of the [[targets]] of the configuration this one only; a run's reports go into the folder of
    /// its name below --out
    #[arg(long = "target", value_name = "NAME")]
    named: Option<String>,
    /// Sent with every request, repeatable; redacted wherever it is written
    #[arg(
        long,
        value_name = "'Name: value'",
        env = "TMFCTK_HEADER",
        hide_env_values = true
    )]
    header: Vec<String>,
    #[command(flatten)]
    limits: super::limits::Limits,
    /// The options that the environment gave, by the names of their flags
    #[arg(skip)]
    environment: Vec<&'static str>,
    // Last: its heading holds for all that follows.
    #[command(flatten)]
    access: super::access::Access,
}

/// The target and the way to it.
#[derive(Debug, ClapArgs)]
pub(super) struct Target {
    /// The target's base URL [env: TMFCTK_TARGET]
    #[arg(value_name = "TARGET", conflicts_with = "named")]
    target: Option<String>,
    /// Check the embedded reference implementation instead of a target
    #[arg(long, conflicts_with = "named")]
    reference: bool,
    /// The pack [default: tmf683@4.0.0]
    #[arg(long, value_name = "PACK", env = "TMFCTK_API")]
    api: Option<String>,
    /// JSON file with the body of the configured create, whose members the run's own records get,
    /// too [default: the pack's own]
    #[arg(long, value_name = "FILE", env = "TMFCTK_PAYLOAD")]
    payload: Option<PathBuf>,
    /// Where the run listens for events; a target on another machine can't reach loopback
    /// [default: 127.0.0.1, a free port]
    #[arg(long, value_name = "ADDR[:PORT]", env = "TMFCTK_LISTENER_BIND")]
    listener_bind: Option<String>,
    /// The URL under which the target reaches the listener, where it is another one than where it
    /// listens: behind NAT, an ingress, out of a container
    #[arg(long, value_name = "URL", env = "TMFCTK_LISTENER_URL")]
    listener_url: Option<String>,
    /// The status with which the listener takes an event [default: 201]
    #[arg(long, value_name = "CODE", env = "TMFCTK_LISTENER_STATUS")]
    listener_status: Option<u16>,
    /// Seconds that an event may take to arrive [default: 10]
    #[arg(long, value_name = "SECONDS", env = "TMFCTK_EVENT_TIMEOUT")]
    event_timeout: Option<f64>,
    /// Seconds of quiet until it is said that no event came; waited for once in a run [default: 1]
    #[arg(long, value_name = "SECONDS", env = "TMFCTK_EVENT_QUIET")]
    event_quiet: Option<f64>,
    /// Leave events out: nothing listens, and what needs events is not applicable
    #[arg(long, env = "TMFCTK_NO_EVENTS", value_parser = clap::builder::FalseyValueParser::new())]
    no_events: bool,
    /// A fault of the reference implementation, for --reference; repeatable
    #[arg(long, value_name = "NAME", requires = "reference", hide = true)]
    reference_fault: Vec<Fault>,
    /// A variant of the reference implementation, for --reference; repeatable
    #[arg(long, value_name = "NAME", requires = "reference", hide = true)]
    reference_variant: Vec<Variant>,
    #[command(flatten)]
    way: Way,
}

impl Target {
    /// Notes which of the values came from the environment.
    pub(super) fn note_environment(&mut self, matches: &ArgMatches) {
        self.way.note_environment(matches);
    }

    /// The embedded reference implementation as the command line wants it.
    pub(super) fn server(&self) -> reference::Options {
        reference::Options {
            faults: self.reference_fault.clone(),
            variants: self.reference_variant.clone(),
            ..reference::Options::default()
        }
    }
}

impl Way {
    /// Notes which of the values came from the environment.
    pub(super) fn note_environment(&mut self, matches: &ArgMatches) {
        self.environment = from_environment(matches, &["header"]);
    }

    /// The headers, each as it was given: in the environment one a line.
    fn headers(&self) -> Vec<String> {
        let lines: Vec<&str> = if self.environment.contains(&"header") {
            self.header.iter().flat_map(|text| text.lines()).collect()
        } else {
            self.header.iter().map(String::as_str).collect()
        };
        let given = lines.into_iter().filter(|text| !text.trim().is_empty());
        given.map(str::to_owned).collect()
    }
}

/// Those of the options that the environment gave.
pub(super) fn from_environment(
    matches: &ArgMatches,
    options: &[&'static str],
) -> Vec<&'static str> {
    let given = |name: &&&str| matches.value_source(name) == Some(ValueSource::EnvVariable);
    options.iter().filter(given).copied().collect()
}

impl From<Way> for Overrides {
    fn from(args: Way) -> Self {
        Self {
            headers: args.headers(),
            config: args.config,
            profile: args.env,
            named: args.named,
            access: args.access.into(),
            limits: args.limits.into(),
            environment: args.environment,
            ..Self::default()
        }
    }
}

impl From<Target> for Overrides {
    fn from(args: Target) -> Self {
        // What a flag chose wins over the environment.
        let chosen = args.reference || args.way.named.is_some();
        Self {
            target: args.target.or_else(|| target_of_the_environment(chosen)),
            reference: args.reference,
            api: args.api,
            payload: args.payload,
            listener_bind: args.listener_bind,
            listener_url: args.listener_url,
            listener_status: args.listener_status,
            event_timeout: args.event_timeout,
            event_quiet: args.event_quiet,
            no_events: args.no_events,
            ..args.way.into()
        }
    }
}

/// Does something with the target, which is there as long as it takes: the reference implementation
/// is started for it. Its ids follow from the run's seed, so that a run can be repeated whole.
pub(super) fn with_target<T>(
    settings: Settings,
    server: reference::Options,
    act: impl AsyncFnOnce(Settings, Url) -> Result<T, Failure>,
) -> Result<T, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(Failure::internal)?;
    runtime.block_on(async {
        let url = match &settings.target {
            TargetSetting::Url { url, .. } => url.clone(),
            TargetSetting::Reference => {
                let server = reference::Options {
                    seed: Some(number_of(&settings.seed)),
                    // It asks for the credentials that there are, as a target would.
                    credential: settings.credential_header().map(str::to_owned),
                    ..server
                };
                let started = reference::start(server).await.map_err(Failure::internal)?;
                let url = Url::parse(started.base_url()).map_err(Failure::internal)?;
                let done = act(settings, url).await;
                started.stop().await;
                return done;
            }
        };
        act(settings, url).await
    })
}

/// The number that a seed stands for.
fn number_of(seed: &str) -> u64 {
    let digest = Sha256::digest(seed);
    u64::from_le_bytes(std::array::from_fn(|at| digest[at]))
}

/// The environment's target, unless a flag chooses another: that wins over the environment, while
/// both on one command line contradict each other.
fn target_of_the_environment(chosen: bool) -> Option<String> {
    let target = std::env::var("TMFCTK_TARGET").ok();
    target.filter(|target| !chosen && !target.trim().is_empty())
}
