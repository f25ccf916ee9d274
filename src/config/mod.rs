//! File, environment and flags resolved into one settled value.
//!
//! Each option is said once, in [`Overrides`] and its groups: they are the flags, the variables of the
//! environment, and the keys of the file. [`resolve`] lays what was said at one place over what was
//! said at the next, and settles what the run uses ([`Settings`]).

// Comments of options are their help texts, too, where brackets do not make links.
#![allow(rustdoc::broken_intra_doc_links)]

mod accepted;
mod access;
mod answer;
mod auth;
mod certify;
mod defaults;
mod document;
mod draft;
mod error;
mod events;
mod existing;
pub mod file;
mod given_auth;
mod goal;
mod layer;
mod limits;
mod no_proxy;
pub(crate) mod numbers;
mod options;
mod payloads;
mod proxy;
mod redaction;
mod resolve;
mod secret;
mod selection;
mod settings;
mod subject;
mod target;
mod targets;
mod tls;
mod variables;

pub use self::accepted::{Accepted, GivenAccepted, Waiver, Waivers};
pub use self::access::{Access, GivenAccess};
pub use self::answer::{AnswerLimits, DEEPEST_JSON, GivenAnswerLimits};
pub use self::auth::{Auth, Bearer, ClientCredentials, KeyPlace};
pub use self::defaults::{DEFAULT_FILE, DEFAULT_FORMATS, DEFAULT_OUT, DEFAULT_PACK};
pub use self::draft::{Draft, variable};
pub use self::error::{AccessError, ConfigError};
pub use self::events::Events;
pub use self::existing::Existing;
pub use self::file::{Source, TargetEntry};
pub use self::given_auth::{GivenAuth, GivenBasic, GivenBearer, GivenKey, GivenOauth, SecretIn};
pub use self::limits::{GivenLimits, Limits};
pub use self::options::{ConfigChoice, Overrides, ReportOptions};
pub use self::payloads::{Body, FilePayloads, Payloads};
pub use self::proxy::{GivenProxy, Proxies, Proxy, ProxyEnvironment, ProxyUser};
pub use self::redaction::Redaction;
pub use self::resolve::resolve;
pub use self::secret::{Header, Secret};
pub(crate) use self::selection::quoted;
pub use self::selection::{Rerun, Selection};
pub use self::settings::Settings;
pub use self::subject::{Dossier, Subject};
pub use self::target::TargetSetting;
pub use self::targets::{configured_target, target_named_at, target_names};
pub use self::tls::{GivenTls, Identity, Tls};
