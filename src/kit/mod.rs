//! The replay of the official kit: the same requests, spoken in the same way, and the same
//! assertions counted, flaws included, so that its numbers can be predicted.
//!
//! What an edition of the kit asks stands in a [`Description`], as data of the pack; nothing in
//! here knows an API. The parts, in the order of use:
//!
//! ```text
//! description   what the edition sends and asserts
//! import        an official kit's folder, read into a description
//! script_import the kit's scripts, recognised by their shape
//! url           variables put into a URL, and what the runner puts on the wire
//! agent         headers, redirects, cookies, compressed bodies, charsets, over a transport that sends one exchange
//! statement     what scripts are made of
//! interpreter   one script over one answer: assertions executed and failed
//! replay        the requests one after the other, and their sum
//! kit_flaws     which failures only the kit's own flaws cause
//! ```

mod agent;
mod ajv;
mod charset;
mod client;
mod cookies;
mod description;
mod import;
mod interpreter;
mod json;
mod kit_flaws;
mod long;
mod outcome;
mod replay;
mod script;
mod script_import;
mod search;
mod state;
mod statement;
mod transport;
mod url;
mod value;

pub use description::{Description, DescriptionError, Payload, Record, Request, RequirementIds};
pub use import::{ImportError, read as import};
pub use long::LongText;
pub use outcome::{
    Assertion, AssertionKind, Created, Example, Failure, Lack, Origin, Replay, RequestOutcome,
    Totals, Trouble,
};
pub use replay::{ReplayError, Replayer, Settings};
pub use script::run_script;
pub use state::{Answer, Evaluation, State};
pub use statement::{Count, Join, Part, Path, Statement, Subject, Test, Variable};
pub use transport::{Incoming, Outgoing, SendError, Transport};
pub use url::{Globals, UrlError, WireUrl};
pub use value::{JsonType, Value};
