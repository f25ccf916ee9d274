//! Is the book true and whole? Every command in it runs, every page is in its contents, and every
//! link leads somewhere, the generated pages of the requirements included.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use tmfctk::reference::{Fault, Options};

use crate::support::binary::Folder;
use crate::support::pages::{links, page, root, run};
use crate::support::reference::Reference;

/// The pages of the contents, generated ones apart.
fn written() -> BTreeSet<String> {
    let contents = page("docs/SUMMARY.md");
    links(&contents)
        .into_iter()
        .filter(|link| !link.starts_with("requirements/"))
        .map(str::to_owned)
        .collect()
}

/// Runs a page's commands in a folder of its own.
fn runs(name: &str, at_least: usize) {
    let folder = tempfile::tempdir().unwrap();
    // The picture that the reader has.
    std::fs::write(folder.path().join("architecture.svg"), "<svg/>").unwrap();
    let ran = run(&format!("docs/{name}.md"), folder.path());
    assert!(ran >= at_least, "only {ran} blocks of {name} ran");
}

#[test]
fn the_introduction_runs() {
    runs("introduction", 1);
}

#[test]
fn the_first_certification_runs() {
    runs("first-certification", 6);
}

#[test]
fn the_way_from_a_finding_to_its_repair_runs() {
    runs("repair", 5);
}

#[test]
fn commands_of_the_page_on_running_work() {
    runs("running", 4);
}

#[test]
fn commands_of_the_page_on_configuration_work() {
    runs("configuration", 2);
}

#[test]
fn commands_of_the_page_on_events_work() {
    runs("events", 1);
}

#[test]
fn commands_of_the_page_on_reports_work() {
    runs("reports", 3);
}

#[test]
fn commands_of_the_page_on_ci_work() {
    runs("ci", 3);
}

#[test]
fn commands_of_the_page_on_networks_work() {
    runs("network", 4);
}

#[test]
fn commands_of_the_page_on_scenarios_work() {
    runs("scenarios", 3);
}

#[test]
fn commands_of_the_page_on_verdicts_work() {
    runs("verdicts", 5);
}

#[test]
fn commands_of_the_page_on_packs_work() {
    runs("packs", 1);
}

/// Each page with commands has its test above, and none is missing in the contents.
#[test]
fn every_page_is_in_the_contents_and_has_its_commands_run() {
    let listed = written();
    let own = page("tests/cli/book.rs");
    for entry in std::fs::read_dir(root().join("docs")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        if !name.ends_with(".md") || name == "SUMMARY.md" {
            continue;
        }
        assert!(listed.contains(&name), "{name} is not in docs/SUMMARY.md");
        let stem = name.trim_end_matches(".md");
        let commands = page(&format!("docs/{name}")).contains("```sh");
        let tested = own.contains(&format!("runs(\"{stem}\", "));
        assert!(!commands || tested || stem == "benchmarks", "{name}");
    }
}

#[test]
fn every_link_of_the_book_leads_somewhere() {
    let book = tempfile::tempdir().unwrap();
    let requirements = book.path().join("requirements");
    let arguments = ["requirements", "--format", "markdown", "--out"];
    let done = Command::new(env!("CARGO_BIN_EXE_tmfctk"))
        .args(arguments)
        .arg(&requirements)
        .output();
    assert!(done.unwrap().status.success());
    for name in written().iter().chain(&["SUMMARY.md".to_owned()]) {
        std::fs::copy(root().join("docs").join(name), book.path().join(name)).unwrap();
    }
    std::fs::create_dir(book.path().join("images")).unwrap();
    let followed = follow(book.path(), book.path()) + follow(&requirements, book.path());
    // Each requirement from its level's page and back, and from the contents.
    assert!(followed > 450, "{followed}");
    let contents = std::fs::read_to_string(requirements.join("SUMMARY.md")).unwrap();
    for link in links(&contents) {
        assert!(book.path().join(link).is_file(), "{link} leads nowhere");
    }
}

/// Follows the links of the pages in a folder; gives how many there were.
fn follow(folder: &Path, book: &Path) -> usize {
    let mut followed = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let contents = path.ends_with("requirements/SUMMARY.md");
        if path.is_dir() || contents {
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap();
        for link in links(&text) {
            let target = link.split('#').next().unwrap();
            if target.starts_with("https://") || target.is_empty() {
                continue;
            }
            let inside = folder.join(target);
            // The design and the benchmarks are read in the repository, too.
            let outside = root().join("docs").join(target);
            assert!(
                inside.exists() || folder == book && outside.exists(),
                "{}: {link} leads nowhere",
                path.display()
            );
            followed += 1;
        }
    }
    followed
}

/// The records and listeners that the page on running says a run creates at most, by its level.
fn stated() -> Vec<(String, usize, usize)> {
    let running = page("docs/running.md");
    let rows = running.lines().filter_map(|line| {
        let cells: Vec<_> = line.split('|').map(str::trim).collect();
        let [_, level, records, listeners, _] = cells[..] else {
            return None;
        };
        Some((
            level.to_owned(),
            records.parse().ok()?,
            listeners.parse().ok()?,
        ))
    });
    rows.collect()
}

/// What a run creates at a reference implementation that breaks these.
fn counted(faults: Vec<Fault>, level: &str) -> (usize, usize) {
    let reference = Reference::start(Options {
        faults,
        ..Options::default()
    });
    let folder = Folder::default();
    folder.run(&["run", reference.base_url(), "--level", level]);
    let result = folder.result();
    let count = |name: &str| result[name].as_array().map_or(0, Vec::len);
    (count("created"), count("subscriptions"))
}

#[test]
fn a_run_creates_at_most_what_the_book_says() {
    let stated = stated();
    assert_eq!(stated.len(), 5, "{stated:?}");
    // Events are waited for: side by side that takes no longer.
    std::thread::scope(|scope| {
        for (level, records, listeners) in stated {
            scope.spawn(move || {
                let (made, registered) = counted(Vec::new(), &level);
                let what = format!("{level}: {made} records and {registered} listeners");
                assert!(made <= records && registered <= listeners, "{what}");
                let is_near = made * 10 >= records * 9 && registered * 10 >= listeners * 8;
                assert!(is_near, "{what}");
            });
        }
        scope.spawn(a_target_that_takes_everything_gets_no_more_than_the_book_says);
    });
}

fn a_target_that_takes_everything_gets_no_more_than_the_book_says() {
    let all = tmfctk::reference::faults().iter();
    let accept = all.filter(|fault| {
        let name = fault.name;
        name.starts_with("accept-") && !name.contains("406") && !name.contains("xml")
    });
    let accept = accept.map(|fault| fault.name.parse().unwrap()).collect();
    let (made, _) = counted(accept, "guideline");
    let most = "up to 620 records were counted";
    assert!(page("docs/running.md").contains(most));
    assert!((560..=620).contains(&made), "{made} records were counted");
}
