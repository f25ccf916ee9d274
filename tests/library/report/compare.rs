//! Two results side by side.

use tmfctk::report::{html, junit, markdown};
use tmfctk::terms::{Level, Severity, Status, Verdict};
use tmfctk::verdict::{Comparison, Finding, RunResult, WaiverMark, comparable, compare};

use super::fixture;

fn fingerprints(list: &[tmfctk::verdict::Difference]) -> Vec<&str> {
    list.iter().map(|it| it.fingerprint.as_str()).collect()
}

/// The finding at the level profile that fails.
const PROFILE: &str = "9f2c11d0a4be7716";
/// The one that only a flaw of the official kit causes.
const INDUCED: &str = "11aa";
/// The one that warns.
const WARNED: &str = "22bb";

fn without(fingerprint: &str) -> RunResult {
    let mut result = fixture::failing();
    result.findings.retain(|it| it.fingerprint != fingerprint);
    result
}

#[test]
fn a_result_against_itself_has_nothing_new() {
    let result = fixture::failing();
    let same = compare(&result, &result);
    assert_eq!(same.verdict, Verdict::Conformant, "{}", same.reason);
    assert_eq!(fingerprints(&same.still), [PROFILE, INDUCED, WARNED]);
    assert!(same.new.is_empty() && same.fixed.is_empty() && same.requirements.is_empty());
    assert_eq!(same.counts(), "0 new, 3 still there");
}

#[test]
fn a_new_failure_up_to_the_gate_decides_and_no_other() {
    let after = fixture::failing();
    let new = |fingerprint, change: &dyn Fn(&mut RunResult)| -> Comparison {
        let mut after = after.clone();
        change(&mut after);
        compare(&without(fingerprint), &after)
    };
    let failure = new(PROFILE, &|_| {});
    assert_eq!(failure.verdict, Verdict::NonConformant);
    assert_eq!(failure.reason, "1 new failure up to the gate (profile)");
    assert!(failure.new[0].decides);
    let above = new(PROFILE, &|after| after.gate = Level::Certification);
    assert_eq!(above.verdict, Verdict::Conformant, "{}", above.reason);
    assert_eq!(new(WARNED, &|_| {}).verdict, Verdict::Conformant);
    let strict = new(WARNED, &|after| after.strict = true);
    assert_eq!(strict.verdict, Verdict::NonConformant);
    assert_eq!(new(INDUCED, &|_| {}).verdict, Verdict::Conformant);
    let kit = new(INDUCED, &|after| after.gate = Level::Certification);
    assert_eq!(kit.verdict, Verdict::NonConformant);
}

#[test]
fn a_higher_severity_is_new() {
    let mut before = fixture::failing();
    before.findings[0].severity = Severity::Warn;
    let worse = compare(&before, &fixture::failing());
    assert_eq!(fingerprints(&worse.new), [PROFILE]);
}

#[test]
fn a_missing_finding_is_fixed_only_where_it_was_looked_for() {
    let before = fixture::failing();
    let after = |status, scenario| {
        let mut after = without(PROFILE);
        for requirement in &mut after.requirements {
            if requirement.id == before.findings[0].requirement {
                requirement.status = status;
            }
        }
        for known in &mut after.scenarios {
            if before.findings[0].scenarios.contains(&known.id) {
                known.status = scenario;
            }
        }
        compare(&before, &after)
    };
    let fixed = after(Status::Passed, Status::Passed);
    assert_eq!(fingerprints(&fixed.fixed), [PROFILE]);
    assert_eq!(fixed.requirements.len(), 1, "{:?}", fixed.requirements);
    for (requirement, scenario) in [
        (Status::Inconclusive, Status::Passed),
        (Status::NotApplicable, Status::NotApplicable),
        (Status::Failed, Status::Inconclusive),
    ] {
        let unknown = after(requirement, scenario);
        assert_eq!(fingerprints(&unknown.undecided), [PROFILE], "{requirement}");
        assert!(unknown.fixed.is_empty());
    }
}

#[test]
fn less_that_is_known_is_no_pass() {
    let before = fixture::conformant();
    let after = fixture::unreachable();
    let less = compare(&before, &after);
    assert_eq!(less.verdict, Verdict::Inconclusive, "{}", less.reason);
    assert!(
        less.notes.iter().any(|note| note.contains("profile")),
        "{:?}",
        less.notes
    );
    // What was not known then either is nothing new.
    assert_eq!(compare(&after, &after).verdict, Verdict::Conformant);
    // A level that fails as before must not hide that another of its requirements is open now.
    let mut hidden = fixture::failing();
    let level = |it: &&mut tmfctk::verdict::RequirementResult| {
        it.level == Level::Profile && it.status == Status::Passed
    };
    let open = hidden
        .requirements
        .iter_mut()
        .find(level)
        .expect("one that passed");
    open.status = Status::Inconclusive;
    let hidden = compare(&fixture::failing(), &hidden);
    assert_eq!(hidden.verdict, Verdict::Inconclusive, "{}", hidden.reason);
}

#[test]
fn a_waiver_that_ends_is_new_and_one_that_begins_is_no_fix() {
    let mark = |expired| WaiverMark {
        expired,
        reason: "r".into(),
        owner: "o".into(),
        expires: jiff::civil::date(2026, 12, 31),
    };
    let mut waived = fixture::failing();
    waived.findings[0].waiver = Some(mark(false));
    let mut expired = fixture::failing();
    expired.findings[0].waiver = Some(mark(true));
    let ended = compare(&waived, &expired);
    assert_eq!(fingerprints(&ended.new), [PROFILE]);
    assert_eq!(ended.verdict, Verdict::NonConformant);
    let begun = compare(&expired, &waived);
    assert_eq!(fingerprints(&begun.waived), [PROFILE]);
    assert!(begun.fixed.is_empty());
}

#[test]
fn levels_that_ran_in_one_only_are_told() {
    let whole = fixture::failing();
    let mut narrow = fixture::failing();
    narrow.levels.truncate(1);
    let more = compare(&narrow, &whole);
    assert!(
        more.notes
            .iter()
            .any(|it| it.contains("profile, specification, operations"))
    );
    assert_eq!(more.levels[1].before, None);
    let less = compare(&whole, &narrow);
    assert!(less.notes.iter().any(|it| it.contains("nothing is said")));
}

#[test]
fn other_packs_and_formats_are_no_baseline() {
    let result = fixture::failing();
    let pack = &result.kit.pack;
    assert!(comparable(&result, pack, result.schema_version).is_ok());
    let error = |pack: &str, schema| comparable(&result, pack, schema).unwrap_err().to_string();
    assert!(error("tmf683@5.0.0", 1).contains("tmf683@4.0.0, not by tmf683@5.0.0"));
    assert!(error(pack, 2).contains("schema version is 1, not 2"));
}

#[test]
fn the_reports_tell_the_new_from_the_known() {
    let result = fixture::against_a_baseline();
    let comparison = result.baseline.as_ref().unwrap();
    assert_eq!(fingerprints(&comparison.new), [PROFILE]);
    assert_eq!(fingerprints(&comparison.fixed), ["55ee"]);
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    let page = text(html::render(&result).unwrap());
    for words in [
        "id=\"baseline\"",
        "href=\"#baseline\"",
        "1 new failure up to the gate (profile)",
        "since the run of 2026-07-22 08:00:00 UTC",
        "<span class=\"tag\">new</span>",
        "<span class=\"tag\">still there</span>",
        "The reason &lt;b&gt;was&lt;/b&gt; cut off.",
    ] {
        assert!(page.contains(words), "{words}");
    }
    let short = text(markdown::render(&result).unwrap());
    assert!(short.contains("1 new, 2 still there, 1 fixed."), "{short}");
    assert!(short.contains("- **fixed** `TMF683-4-PRO-005`"), "{short}");
    let xml = text(junit::render(&result).unwrap());
    assert_eq!(xml.matches("<failure ").count(), 1, "{xml}");
    assert!(xml.contains("<skipped message=\"known: "), "{xml}");
    let only_known = |finding: &Finding| comparison.knows(finding);
    assert_eq!(
        result.findings.iter().filter(|it| only_known(it)).count(),
        2
    );
}
