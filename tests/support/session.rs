//! Whole sessions in this process.

use std::future::pending;

use parking_lot::Mutex;
use tmfctk::config::{self, Overrides, Settings};
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

/// The same with bodies of any size compressed, as if all of them were large.
pub fn check_reference_compressed(options: Options, overrides: Overrides) -> RunResult {
    on_a_runtime(async {
        let server = reference::start(options).await.expect("a free port");
        let mut settings = settings(server.base_url(), overrides);
        settings.limits.most_plain = 0;
        let result = run_settled(settings).await;
        server.stop().await;
        result
    })
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

/// Checks a reference implementation of its own while somebody else works on it, who is reported
/// its base URL.
pub fn check_reference_beside<F: Future<Output = ()> + 'static>(
    options: Options,
    overrides: Overrides,
    other: impl FnOnce(String) -> F,
) -> RunResult {
    on_a_runtime(async {
        let server = reference::start(options).await.expect("a free port");
        let base = server.base_url().to_owned();
        let other = other(base.clone());
        let result = tokio::select! {
            result = run(base, overrides) => result,
            () = other => unreachable!("the other one goes on"),
        };
        server.stop().await;
        result
    })
}

async fn run(base: String, overrides: Overrides) -> RunResult {
    run_settled(settings(&base, overrides)).await
}

fn settings(base: &str, overrides: Overrides) -> Settings {
    config::resolve(Overrides {
        target: Some(base.to_owned()),
        ..overrides
    })
    .expect("sound settings")
}

async fn run_settled(settings: Settings) -> RunResult {
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
    let _only = ONE_AT_A_TIME.lock();
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime")
        .block_on(what)
}

/// What must not depend on chance, in the order in which it is written. Ids, times and the numbers
/// of the exchanges do; a finding's fingerprint is what is left of it without them.
pub fn judged(result: &RunResult) -> Vec<String> {
    let mut lines = vec![format!("verdict {}: {}", result.verdict, result.reason)];
    if let Some(kit) = &result.official_kit {
        lines.push(format!(
            "kit {:?}: {} of {} failed",
            kit.would_pass, kit.failed, kit.assertions
        ));
    }
    let levels = result.levels.iter();
    lines.extend(levels.map(|level| format!("{} {}", level.level, level.verdict)));
    let requirements = result.requirements.iter();
    lines.extend(requirements.map(|one| format!("{} {}", one.id, one.status)));
    let findings = result.findings.iter();
    lines.extend(findings.map(|finding| {
        format!(
            "{} {} {}",
            finding.severity, finding.requirement, finding.fingerprint
        )
    }));
    let scenarios = result.scenarios.iter();
    lines.extend(scenarios.map(|one| format!("{} {}", one.id, one.status)));
    lines
}
