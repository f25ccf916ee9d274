//! Whole sessions in this process.

use std::future::pending;
use std::sync::{Mutex, PoisonError};

use tmfctk::config::{self, Overrides};
use tmfctk::reference::{self, Options};
use tmfctk::session::{Session, Unobserved};
use tmfctk::verdict::RunResult;

/// One session at a time: the step engine replaces the process's panic hook while it runs, and two
/// that overlap would put back each other's.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

/// Checks a target and returns the result, which is valid against its schema.
pub fn check(base: &str, overrides: Overrides) -> RunResult {
    on_a_runtime(run(base.to_owned(), overrides))
}

/// Checks a reference implementation of its own.
pub fn check_reference(options: Options, overrides: Overrides) -> RunResult {
    let [result] = check_reference_often(options, [overrides]);
    result
}

/// Checks one reference implementation several times, one after the other.
pub fn check_reference_often<const N: usize>(
    options: Options,
    runs: [Overrides; N],
) -> [RunResult; N] {
    on_a_runtime(async {
        let server = reference::start(options).await.expect("a free port");
        let mut results = Vec::new();
        for overrides in runs {
            results.push(run(server.base_url().to_owned(), overrides).await);
        }
        server.stop().await;
        results.try_into().expect("one result for each run")
    })
}

async fn run(base: String, overrides: Overrides) -> RunResult {
    let settings = config::resolve(Overrides {
        target: Some(base.clone()),
        ..overrides
    })
    .expect("sound settings");
    let config::TargetSetting::Url { url, .. } = settings.target.clone() else {
        unreachable!("a target was given");
    };
    let session = Session::prepare(settings, url).expect("a sound pack");
    let result = session.run(&Unobserved, pending).await;
    assert_eq!(result.run.internal_errors, Vec::<String>::new());
    let value = serde_json::to_value(&result).expect("serializable");
    super::assert_valid_result(&value);
    result
}

fn on_a_runtime<T>(what: impl Future<Output = T>) -> T {
    // A test that failed has left nothing behind.
    let _only = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime")
        .block_on(what)
}
