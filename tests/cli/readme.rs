//! Is what the pages say true? Every command of the README runs, and every link leads somewhere.

use crate::support::pages::{links, page, root, run};

/// The pages whose links are followed; those of the book are in `tests/cli/book.rs`.
const PAGES: [&str; 5] = [
    "README.md",
    "CONTRIBUTING.md",
    "CHANGELOG.md",
    "docs/design.md",
    "docs/benchmarks.md",
];

#[test]
fn every_command_of_the_readme_runs() {
    let folder = tempfile::tempdir().unwrap();
    let ran = run("README.md", folder.path());
    assert!(ran >= 2, "only {ran} blocks ran");
    for report in ["report.html", "result.json", "junit.xml"] {
        let path = folder.path().join("reports/latest").join(report);
        assert!(path.is_file(), "{report} is not where the README says");
    }
}

#[test]
fn every_link_leads_somewhere() {
    let mut followed = 0;
    for name in PAGES {
        let text = page(name);
        let folder = root().join(name).parent().unwrap().to_owned();
        for link in links(&text) {
            if link.starts_with("https://") {
                continue;
            }
            let path = link.split('#').next().unwrap();
            assert!(folder.join(path).exists(), "{name}: {link} leads nowhere");
            followed += 1;
        }
    }
    assert!(followed > 10, "only {followed} links were found");
}
