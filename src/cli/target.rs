//! The options that say what is asked and how it is reached, and the target that they name.

use clap::parser::ValueSource;
use clap::{ArgMatches, Args as ClapArgs};
use sha2::{Digest, Sha256};
use url::Url;

use super::exit::Failure;
use crate::config::{Overrides, ProxyEnvironment, Secret, Settings, TargetSetting};
use crate::reference::{self, Fault, Variant};

/// The target and the way to it.
#[derive(Debug, ClapArgs)]
pub(super) struct Target {
    /// A fault of the reference implementation, for --reference; repeatable
    #[arg(long, value_name = "NAME", requires = "reference", hide = true)]
    reference_fault: Vec<Fault>,
    /// A variant of the reference implementation, for --reference; repeatable
    #[arg(long, value_name = "NAME", requires = "reference", hide = true)]
    reference_variant: Vec<Variant>,
    #[command(flatten)]
    pub(super) options: Overrides,
}

impl Target {
    /// Adds what only the environment says.
    pub(super) fn complete(&mut self, matches: &ArgMatches) {
        let options = &mut self.options;
        complete(options, matches);
        // What a flag chose wins over the environment, while both on one command line contradict
        // each other.
        if options.target.is_none() && !options.reference && options.choice.named.is_none() {
            let target = std::env::var("TMFCTK_TARGET").ok();
            options.target = target.filter(|target| !target.trim().is_empty());
        }
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

/// Notes which options came from the environment, and the system's proxies.
pub(super) fn complete(options: &mut Overrides, matches: &ArgMatches) {
    let given = |name: &&str| {
        let known = matches.try_contains_id(name).unwrap_or(false);
        known && matches.value_source(name) == Some(ValueSource::EnvVariable)
    };
    options.environment = ["level", "gate"].into_iter().filter(given).collect();
    let headers = std::mem::take(&mut options.access.headers);
    options.access.headers = match given(&"header") {
        // The variable has one header a line.
        true => headers
            .iter()
            .flat_map(|text| text.lines())
            .map(str::to_owned)
            .collect(),
        false => headers,
    };
    options
        .access
        .headers
        .retain(|text| !text.trim().is_empty());
    options.proxies = proxies_of_the_system();
}

/// The variables in small letters, which most programs prefer, or those in capitals.
fn proxies_of_the_system() -> ProxyEnvironment {
    let variable = |name: &str| {
        let all = [name.to_ascii_lowercase(), name.to_owned()];
        all.iter()
            .filter_map(|name| std::env::var(name).ok())
            .find(|value| !value.trim().is_empty())
    };
    ProxyEnvironment {
        http: variable("HTTP_PROXY").map(Secret::new),
        https: variable("HTTPS_PROXY").map(Secret::new),
        all: variable("ALL_PROXY").map(Secret::new),
        none: variable("NO_PROXY"),
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
