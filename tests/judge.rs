//! Does it judge rightly: is a conformant server judged conformant, and is each broken one caught by
//! exactly the scenarios that should catch it?
//!
//! `tests/faults.toml` says for each fault of the reference implementation what falls. It is
//! written by `UPDATE=1 cargo test --test judge` and then reviewed by eye: the fault's own
//! requirement must be among those that fall, and every other must fall unavoidably.

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::{env, fs};

use serde::Deserialize;
use support::session;
use tmfctk::config::{DEFAULT_PACK, Overrides};
use tmfctk::pack::Pack;
use tmfctk::reference::{self, Fault, FaultInfo, Options, Variant};
use tmfctk::verdict::RunResult;
use tmfctk::words::{Level, Severity, Status, Verdict};

/// What falls where a fault is: scenarios, requirements that fail, requirements that warn.
#[derive(Debug, Default, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Fallen {
    /// The requirement that the fault breaks.
    breaks: String,
    #[serde(default)]
    scenarios: BTreeSet<String>,
    #[serde(default)]
    fails: BTreeSet<String>,
    #[serde(default)]
    warns: BTreeSet<String>,
}

type Table = BTreeMap<String, Fallen>;

const HEAD: &str = "\
# What falls for each fault of the reference implementation: scenarios that fail or warn, and the
# requirements that do. Written by `UPDATE=1 cargo test --test judge`; review every changed row.
";

#[test]
fn a_conformant_server_is_blamed_for_nothing() {
    let result = session::check_reference(Options::default(), Overrides::default());
    assert_spotless("clean", &result);
    let kit = result.official_kit.expect("a replay");
    assert_eq!((kit.would_pass, kit.assertions), (Some(true), 246));
}

#[test]
fn what_is_conformant_in_its_own_way_is_blamed_for_nothing() {
    for variant in reference::variants() {
        let options = Options {
            variants: vec![Variant::from(variant)],
            ..Options::default()
        };
        let result = session::check_reference(options, Overrides::default());
        assert_eq!(
            result.verdict,
            Verdict::Conformant,
            "{}: {:#?}",
            variant.name,
            result.findings
        );
        let blamed: Vec<_> = result
            .findings
            .iter()
            .filter(|finding| finding.severity > Severity::Info && !finding.kit_induced)
            .collect();
        assert!(blamed.is_empty(), "{}: {blamed:#?}", variant.name);
    }
}

#[test]
fn each_fault_is_caught_by_exactly_the_scenarios_that_should() {
    let asked = levels_with_scenarios();
    let found: Table = reference::faults()
        .iter()
        .copied()
        .filter(|fault| asked.contains(fault.level()))
        .map(|fault| (fault.name.to_owned(), fallen(fault)))
        .collect();
    let path = table_path();
    if env::var_os("UPDATE").is_some() {
        fs::write(&path, written(&found)).expect("writable");
    }
    let table: Table =
        toml::from_str(&fs::read_to_string(&path).expect("readable")).expect("a table of faults");

    let mut wrong = Vec::new();
    for (name, fallen) in &found {
        if !fallen.fails.contains(&fallen.breaks) && !fallen.warns.contains(&fallen.breaks) {
            wrong.push(format!(
                "{name} is missed: it breaks {}, what falls is {fallen:#?}",
                fallen.breaks
            ));
        }
        match table.get(name) {
            None => wrong.push(format!("{name} has no row: {fallen:#?}")),
            Some(row) if row != fallen => {
                wrong.push(format!("{name}: {}", difference(row, fallen)));
            }
            Some(_) => {}
        }
    }
    for name in table.keys().filter(|name| !found.contains_key(*name)) {
        wrong.push(format!("{name} has a row, but there is no such fault"));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_requirement_that_can_be_broken_by_itself_has_a_fault() {
    let asked = levels_with_scenarios();
    let broken: BTreeSet<_> = reference::faults()
        .iter()
        .map(|fault| fault.requirement)
        .collect();
    let pack = Pack::embedded(DEFAULT_PACK).expect("a sound pack");
    let unbroken: Vec<_> = pack
        .catalogue
        .iter()
        .filter(|requirement| asked.contains(requirement.level.name()))
        .filter(|requirement| {
            requirement.on_violation == Severity::Fail && requirement.not_testable.is_none()
        })
        .map(|requirement| requirement.id.as_str())
        .filter(|id| !broken.contains(id))
        .collect();
    assert!(unbroken.is_empty(), "no fault breaks {unbroken:?}");
}

fn assert_spotless(name: &str, result: &RunResult) {
    assert_eq!(
        result.verdict,
        Verdict::Conformant,
        "{name}: {}",
        result.reason
    );
    for level in &result.levels {
        assert_eq!(level.verdict, Verdict::Conformant, "{name}: {level:?}");
    }
    let blamed: Vec<_> = result
        .findings
        .iter()
        .filter(|finding| finding.severity > Severity::Info)
        .collect();
    assert!(blamed.is_empty(), "{name}: {blamed:#?}");
    for scenario in &result.scenarios {
        assert!(
            matches!(scenario.status, Status::Passed | Status::NotApplicable),
            "{name}: {} is {}: {:?}",
            scenario.id,
            scenario.status,
            scenario.reason
        );
    }
    // What it made is gone.
    let left: Vec<_> = result
        .created
        .iter()
        .filter(|record| !record.deleted)
        .collect();
    assert!(left.is_empty(), "{name}: {left:#?}");
}

/// The levels that the pack has scenarios of: a fault of another can't be caught yet.
fn levels_with_scenarios() -> BTreeSet<&'static str> {
    let pack = Pack::embedded(DEFAULT_PACK).expect("a sound pack");
    let features = pack.features(None).expect("sound features");
    let scenarios = features.iter().flat_map(|file| &file.scenarios);
    scenarios.map(|scenario| scenario.level.name()).collect()
}

/// Runs all levels against a server with that fault.
fn fallen(fault: &'static FaultInfo) -> Fallen {
    let options = Options {
        faults: vec![Fault::from(fault)],
        ..Options::default()
    };
    let given = Overrides {
        level: Some(Level::Guideline),
        ..Overrides::default()
    };
    let result = session::check_reference(options, given);
    let with = |status: Status| {
        result
            .requirements
            .iter()
            .filter(move |requirement| requirement.status == status)
            .map(|requirement| requirement.id.clone())
            .collect()
    };
    Fallen {
        breaks: fault.requirement.to_owned(),
        scenarios: result
            .scenarios
            .iter()
            .filter(|scenario| matches!(scenario.status, Status::Failed | Status::Warned))
            .map(|scenario| scenario.id.clone())
            .collect(),
        fails: with(Status::Failed),
        warns: with(Status::Warned),
    }
}

fn table_path() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/faults.toml")
}

/// The table as it is committed, in the order of the faults.
fn written(table: &Table) -> String {
    let mut text = HEAD.to_owned();
    for fault in reference::faults() {
        let Some(fallen) = table.get(fault.name) else {
            continue;
        };
        text += &format!("\n# {}\n[{}]\n", fault.description, fault.name);
        text += &format!("breaks = \"{}\"\n", fallen.breaks);
        for (key, values) in [
            ("fails", &fallen.fails),
            ("warns", &fallen.warns),
            ("scenarios", &fallen.scenarios),
        ] {
            if values.is_empty() {
                continue;
            }
            text += &format!("{key} = [\n");
            for value in values {
                text += &format!("  \"{value}\",\n");
            }
            text += "]\n";
        }
    }
    text
}

fn difference(row: &Fallen, found: &Fallen) -> String {
    let mut parts = Vec::new();
    if row.breaks != found.breaks {
        parts.push(format!(
            "breaks {}, the table says {}",
            found.breaks, row.breaks
        ));
    }
    for (what, row, found) in [
        ("fails", &row.fails, &found.fails),
        ("warns", &row.warns, &found.warns),
        ("scenarios", &row.scenarios, &found.scenarios),
    ] {
        for id in found.difference(row) {
            parts.push(format!("{what}: {id} falls, too"));
        }
        for id in row.difference(found) {
            parts.push(format!("{what}: {id} does not fall"));
        }
    }
    parts.join("; ")
}
