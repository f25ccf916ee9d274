//! The comparison with the official kit's own runner, which is not part of the project: here a
//! stand-in leaves the file that the runner would.

use std::path::Path;

use crate::support::binary::{Done, Folder};
use crate::support::newman;
use crate::support::reference::Reference;
use serde_json::json;

/// A kit whose configuration says a URL, and that leaves what `results/` holds, one after the other.
struct Kit(Folder);

impl Kit {
    fn for_target(url: &str) -> Self {
        let folder = Folder::default();
        let payload = json!({"channel": [{"id": "c"}], "direction": "inbounds", "reason": "mine"});
        let config = json!({
            "url": url,
            "headers": {"Accept": "application/json"},
            "payloads": {"PartyInteraction": {"POST": {"payload": payload}}},
        });
        folder.write("kit/config.json", &config.to_string());
        folder.write("payload.json", &payload.to_string());
        Self(folder)
    }

    fn compare(&self, url: &str, command: &str) -> Done {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/newman");
        let kit = self.0.path("kit").display().to_string();
        let mut bash = self
            .0
            .command_of("bash", &[&script.display().to_string(), &kit, url, "2"]);
        bash.env("TMFCTK_BINARY", env!("CARGO_BIN_EXE_tmfctk"));
        bash.env("KIT_COMMAND", command);
        Done::from(bash.output().unwrap())
    }
}

#[test]
fn equal_numbers_agree_and_others_are_told() {
    let server = Reference::clean();
    let url = server.base_url();
    let kit = Kit::for_target(url);
    // The script has to take the payload from the kit's configuration: its list is shorter for it.
    let run = [
        "run",
        url,
        "--level=certification",
        "--payload=payload.json",
    ];
    kit.0.run(&run).assert_code(0);
    let mut written = newman::written_for(&kit.0.result(), "Bearer hunter2-hunter2");
    kit.0.write("kit/as-predicted.json", &written.to_string());
    let copying = |name: &str| format!("cp {name}.json jsonResults.json");
    kit.compare(url, &copying("as-predicted"))
        .assert_code(0)
        .assert_output(&["| wall, median |", "the numbers agree in 2 of 2 rounds"]);

    written["run"]["executions"][3]["assertions"][0]["error"] = json!({"message": "no"});
    kit.0.write("kit/otherwise.json", &written.to_string());
    kit.compare(url, &copying("otherwise"))
        .assert_code(1)
        .assert_output(&["request 4", "the numbers agree in 0 of 2 rounds"]);
}

#[test]
fn a_kit_that_can_not_be_used_is_told_before_it_is_blamed() {
    let server = Reference::clean();
    let url = server.base_url();
    let kit = Kit::for_target(url);
    // What an earlier run of the kit left is not taken for this one's.
    kit.0.write("kit/jsonResults.json", "{}");
    kit.compare(url, "true")
        .assert_code(2)
        .assert_error(&["the kit left no jsonResults.json"]);
    kit.compare(url, "echo {} > jsonResults.json")
        .assert_code(2);
    kit.compare("http://127.0.0.1:1/other", "true")
        .assert_code(2)
        .assert_error(&["does not say http://127.0.0.1:1/other"]);
    std::fs::remove_file(kit.0.path("kit/config.json")).unwrap();
    kit.compare(url, "true")
        .assert_code(2)
        .assert_error(&["holds no config.json"]);
}
