//! Does the architecture hold? The tables of `docs/design.md` against the sources.

#![allow(clippy::unwrap_used, reason = "a test that can't go on has failed")]

mod circles;
mod design;
mod rules;
mod sources;

use std::path::Path;

use self::circles::Files;
use self::design::Design;
use self::sources::{Module, Uses};

#[test]
fn the_sources_keep_to_the_tables_of_the_design() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = std::fs::read_to_string(root.join("docs/design.md")).unwrap();
    let design = Design::parse(&page).unwrap();
    let modules = sources::read(root);
    assert!(
        modules.len() > design.rows.len(),
        "fewer files than modules were read"
    );
    let found = rules::violations(&design, &modules);
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn no_module_needs_itself_on_a_detour() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = std::fs::read_to_string(root.join("docs/design.md")).unwrap();
    let found = rules::circles(&Design::parse(&page).unwrap());
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn each_direct_dependency_is_explained() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = std::fs::read_to_string(root.join("docs/design.md")).unwrap();
    let manifest = std::fs::read_to_string(root.join("Cargo.toml")).unwrap();
    let manifest: toml::Table = manifest.parse().unwrap();
    let names = |table: &str| -> Vec<String> {
        let table = manifest[table].as_table().unwrap();
        table.keys().cloned().collect()
    };
    let mut direct = [names("dependencies"), names("dev-dependencies")].concat();
    let mut explained = design::dependencies(&page).unwrap();
    direct.sort();
    explained.sort();
    assert_eq!(explained, direct);
}

#[test]
fn no_file_needs_itself_on_a_detour() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Files::default();
    for module in sources::read(root) {
        let text = std::fs::read_to_string(root.join(&module.file)).unwrap();
        files.read(&module.path, &text);
    }
    let circles = files.circles();
    assert!(
        circles.is_empty(),
        "these files need each other: {circles:#?}"
    );
}

/// The circles among files that are given as name and text.
fn circles_of(files: &[(&str, &str)]) -> Vec<String> {
    let mut read = Files::default();
    for (path, text) in files {
        let names: Vec<String> = path.split('/').map(str::to_owned).collect();
        read.read(&names, text);
    }
    let circles = read.circles().into_iter();
    circles
        .map(|circle| circle.into_iter().collect::<Vec<_>>().join(" "))
        .collect()
}

#[test]
fn files_that_need_each_other_are_seen() {
    for (one, other) in [
        ("use super::b::B;", "use super::a::A;"),
        (
            "use crate::{x, m::b::{self, B}};",
            "fn f() -> super::a::A {}",
        ),
        ("use super::B;", "fn f() { crate::m::a::A::new() }"),
    ] {
        let files = [
            ("m", "mod a; mod b; pub use b::B; pub(crate) use a::A as C;"),
            ("m/a", one),
            ("m/b", other),
        ];
        assert_eq!(circles_of(&files), ["m/a m/b"], "{one} {other}");
    }
    // What is handed on or used by tests only is not needed.
    let files = [
        ("m", "mod a; pub use a::A; pub struct S;"),
        ("m/a", "use super::S; mod tests { use super::super::b::B; }"),
        ("m/b", "use super::A;"),
    ];
    assert_eq!(circles_of(&files), Vec::<String>::new());
    let files = [
        ("m", "mod a; use a::A; struct S;"),
        ("m/a", "use super::S;"),
    ];
    assert_eq!(circles_of(&files), ["m m/a"]);
}

/// A small page, for the tests of the checker itself.
const PAGE: &str = "\
| module | is | may use |
| --- | --- | --- |
| `cli` | commands | all |
| `plan` | pure | pack |
| `pack` | data | - |
| `reference` | the other side | - |

| crate | only in |
| --- | --- |
| `reqwest` | pack/net |
";

/// What the checker says of sources that are given as name and text.
fn said_of(files: &[(&str, &str)]) -> Vec<String> {
    let mut modules: Vec<Module> = Vec::new();
    for (path, text) in files {
        let names: Vec<String> = path.split('/').map(str::to_owned).collect();
        modules.push(Module {
            file: format!("src/{path}.rs"),
            uses: Uses::of(text, &names).unwrap(),
            path: names,
        });
    }
    for name in ["cli", "plan", "pack", "reference"] {
        if !modules.iter().any(|module| module.path[0] == name) {
            modules.push(Module {
                file: format!("src/{name}.rs"),
                path: vec![name.to_owned()],
                uses: Uses::default(),
            });
        }
    }
    rules::violations(&Design::parse(PAGE).unwrap(), &modules)
}

#[test]
fn uses_in_the_table_are_allowed() {
    let found = said_of(&[
        ("cli", "use crate::{pack::Pack, plan};"),
        ("plan", "use crate::pack::Pack; use super::pack;"),
        ("pack/net", "use reqwest::Client;"),
        (
            "reference/store",
            "use super::model; // crate::pack\n const A: &str = \"crate::pack::B\";",
        ),
    ]);
    assert_eq!(found, Vec::<String>::new());
}

#[test]
fn each_way_to_import_is_seen() {
    for text in [
        "use crate::plan::Plan;",
        "use crate::{pack, plan::Plan};",
        "use crate::plan;",
        "use super::plan::Plan;",
        "mod inner { use super::super::plan::Plan; }",
        "fn f() -> crate::plan::Plan { todo() }",
        "fn f() { g!(crate::plan::NAME) }",
        "macro_rules! m { () => { $crate::plan::f() } }",
    ] {
        let found = said_of(&[("pack", text)]);
        assert_eq!(
            found,
            ["src/pack.rs: `pack` uses `plan`, which its row does not name (it may use nothing)"],
            "{text}"
        );
    }
}

#[test]
fn the_reference_uses_nothing_of_the_harness() {
    let found = said_of(&[("reference/store", "\nuse crate::pack::Pack;")]);
    assert_eq!(
        found,
        [
            "src/reference/store.rs: `reference` uses `pack`, which its row does not name (it may use nothing)"
        ]
    );
}

#[test]
fn a_foreign_crate_has_one_door() {
    for text in [
        "use reqwest::Client;",
        "use reqwest;",
        "fn f() { reqwest::get() }",
        "use ::reqwest::Client;",
    ] {
        let found = said_of(&[("plan", text)]);
        assert_eq!(
            found,
            ["src/plan.rs: `plan` uses the crate `reqwest`, whose door is pack/net"],
            "{text}"
        );
    }
    assert_eq!(said_of(&[("plan", "use other::reqwest::Client;")]).len(), 0);
}

#[test]
fn a_row_without_a_module_and_a_module_without_a_row_are_seen() {
    let found = said_of(&[("surplus", "")]);
    assert_eq!(found, ["`surplus` has no row in the table of modules"]);
    let found = rules::violations(&Design::parse(PAGE).unwrap(), &[]);
    assert_eq!(
        found[0],
        "`cli` has a row in the table of modules, but no file"
    );
    assert_eq!(found.len(), 4);
}

#[test]
fn a_circle_is_seen() {
    let page = PAGE.replace("| data | - |", "| data | plan |");
    let found = rules::circles(&Design::parse(&page).unwrap());
    assert_eq!(
        found,
        ["`pack` needs itself: pack -> plan -> pack"],
        "{found:?}"
    );
}

#[test]
fn a_page_that_says_nothing_is_an_error() {
    assert!(Design::parse("# Design").is_err());
    let unknown = PAGE.replace("| pack |", "| pakc |");
    assert!(Design::parse(&unknown).unwrap_err().contains("`pakc`"));
}
