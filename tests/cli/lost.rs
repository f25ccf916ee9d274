//! Reports that can't be written: the verdict and, where there is any room, the result are kept, the
//! target is cleaned up, and nothing passes for a report that is none.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use assert_cmd::Command;
use serde_json::Value;

use crate::clean::{Keeper, journals};
use crate::support::BASE;
use crate::support::binary::{Done, Folder};
use crate::support::reference::Reference;
use crate::support::server::Server;

/// A user's folder, with one for temporary files in it.
struct Place(Folder);

impl Place {
    fn new() -> Self {
        let folder = Folder::default();
        fs::create_dir(folder.path("tmp")).expect("writable");
        Self(folder)
    }

    fn run(&self, arguments: &[&str]) -> Done {
        self.finish(self.0.command(arguments))
    }

    /// The same with files of at most that many blocks of 512 bytes, or 1024 as some shells count:
    /// as on a full disk, a write fails midway.
    fn cramped(&self, blocks: u32, arguments: &[&str]) -> Done {
        let script = format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$0\" \"$@\"");
        let mut all = vec!["-c", &script, env!("CARGO_BIN_EXE_tmfctk")];
        all.extend(arguments);
        self.finish(self.0.command_of("sh", &all))
    }

    fn finish(&self, mut command: Command) -> Done {
        command.env("TMPDIR", self.0.path("tmp"));
        Done::from(command.output().expect("it can be started"))
    }

    /// The names in the folder of reports, journals apart.
    fn reports(&self) -> Vec<String> {
        let entries = fs::read_dir(self.0.path("out")).expect("a folder");
        let names = entries.map(|entry| entry.expect("readable").file_name());
        let mut names: Vec<String> = names
            .map(|name| name.into_string().expect("UTF-8"))
            .collect();
        names.sort();
        names
    }

    /// The result that was kept beside the folder of reports, where one was.
    fn kept(&self) -> Option<PathBuf> {
        let mut entries = fs::read_dir(self.0.path("tmp")).expect("a folder");
        let kept = entries.next()?.expect("readable").path();
        assert!(entries.next().is_none(), "one is enough");
        Some(kept)
    }

    /// Whatever stands in the folder of reports is not taken for the reports of a run.
    #[track_caller]
    fn assert_not_whole(&self) {
        let done = self.0.run(&["verify", "out"]).assert_code(2);
        done.assert_error(&["out/manifest.json is missing"]);
    }
}

const CERTIFY: [&str; 5] = ["--level", "certification", "--out", "out", "--seed=s"];

fn certify<'a>(target: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    [&["run", target], &CERTIFY[..], more].concat()
}

#[test]
fn one_report_that_can_not_be_written_costs_no_other() {
    let place = Place::new();
    // Nothing can be renamed onto a folder that is not empty.
    place.0.write("out/report.html/keep", "");
    let done = place.run(&certify("--reference", &[])).assert_code(4);
    assert_eq!(done.stderr.matches("error:").count(), 1, "{done:#?}");
    let done = done
        .assert_output(&["CONFORMANT", "out/result.json", "out/junit.xml"])
        .assert_error(&[
            "the verdict is conformant, and the reports are not whole",
            "out/report.html can't be written",
            "the whole result is in out/result.json",
            "tmfctk report out/result.json --out FOLDER",
        ]);
    assert!(!done.stderr.contains("junit"), "{done:#?}");
    assert_eq!(place.reports(), ["junit.xml", "report.html", "result.json"]);
    assert_eq!(place.kept(), None, "it stands where it belongs");
    place.assert_not_whole();
    // What it says to do does it.
    let again = ["report", "out/result.json", "--out", "again"];
    place.run(&again).assert_code(0);
    place.run(&["verify", "again"]).assert_code(0);
}

#[test]
fn a_result_that_can_not_be_written_is_kept_where_only_its_owner_reads_it() {
    for (formats, in_the_way) in [("html,json", "result.json"), ("html", "report.html")] {
        let place = Place::new();
        place.0.write(&format!("out/{in_the_way}/keep"), "");
        let server = Reference::with_fault("post-200");
        let done = place.run(&certify(
            server.base_url(),
            &["--format", formats, "--quiet"],
        ));
        let kept = place.kept().expect("a result");
        let path = kept.display().to_string();
        let done =
            done.assert_code(4)
                .assert_error(&["the verdict is non-conformant", in_the_way, &path]);
        assert_eq!(
            done.stdout, "",
            "it is in a file, and who asked for quiet gets it"
        );
        let mode = fs::metadata(&kept).expect("there").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        let result: Value = serde_json::from_slice(&fs::read(&kept).expect("readable")).unwrap();
        assert_eq!(result["verdict"], "non-conformant");
        place
            .run(&["report", &path, "--out", "again"])
            .assert_code(0);
    }
}

#[test]
fn a_full_disk_costs_neither_verdict_nor_clean_target_nor_the_reports_that_have_room() {
    let keeper = Keeper::start(|_| None);
    let url = keeper.server.url(BASE);
    let place = Place::new();
    place
        .run(&certify(&url, &["--format", "all"]))
        .assert_code(1);
    assert_eq!(place.reports().len(), 12);
    place.0.run(&["verify", "out"]).assert_code(0);

    // Room for the small ones, and for what shows before a run that there is any.
    let done = place.cramped(64, &certify(&url, &["--quiet"]));
    let done = done.assert_code(4).assert_error(&[
        "the verdict is non-conformant",
        "out/report.html can't be written: File too large",
        "out/result.json can't be written: File too large",
        "the result is in no file, either",
        "make room or choose another folder with --out, and run again",
    ]);
    // Quiet or not, that is all that is left.
    let done = done.assert_output(&["certification", "official kit", "NON-CONFORMANT"]);
    assert!(!done.stderr.contains("junit"), "{done:#?}");
    // Those of the first run would pass for this one's.
    assert_eq!(place.reports(), ["junit.xml"]);
    assert_eq!(place.kept(), None, "half a result was left");
    place.assert_not_whole();
    assert_eq!(keeper.ids(), ["older"]);
    assert!(journals(&place.0).is_empty());
}

#[test]
fn no_room_at_all_is_told_before_the_first_request() {
    let server = Server::untouched();
    let place = Place::new();
    let url = server.url(BASE);
    place
        .cramped(0, &certify(&url, &[]))
        .assert_code(2)
        .assert_error(&["out: File too large", "choose another folder with --out"]);
    assert!(place.reports().is_empty(), "what it tried was left");
    place.0.write("file", "");
    // Below a file nothing can be made, whoever asks; nor in a folder that the system keeps.
    for (out, why) in [
        ("file", "file: it is a file"),
        ("file/below", "Not a directory"),
        ("/proc/self/out", "/proc/self/out"),
    ] {
        place
            .run(&["run", &url, "--out", out])
            .assert_code(2)
            .assert_error(&[why, "choose another folder with --out"]);
    }
    assert_eq!(server.connections(), 0);
}

/// A target that acts on the folder of reports when it is sent its tenth request, which follows the
/// creates of the replay.
fn meddling(act: impl Fn(&Path) + Send + Sync + 'static) -> (Keeper, Place) {
    let place = Place::new();
    let out = place.0.path("out");
    let keeper = Keeper::start(move |number| {
        if number == 9 {
            fs::remove_dir_all(&out).expect("the run has made it");
            act(&out);
        }
        None
    });
    (keeper, place)
}

#[test]
fn a_folder_that_goes_away_during_the_run_is_made_anew() {
    let (keeper, place) = meddling(|_| ());
    let url = keeper.server.url(BASE);
    let done = place.run(&certify(&url, &[])).assert_code(1);
    let done = done.assert_output(&["was removed during the run"]);
    assert_eq!(done.stderr, "", "{done:#?}");
    place.run(&["verify", "out"]).assert_code(0);
    assert_eq!(keeper.ids(), ["older"]);
}

#[test]
fn a_folder_that_can_not_be_made_anew_costs_the_reports_and_no_more() {
    let (keeper, place) = meddling(|out| fs::write(out, "a file").expect("writable"));
    let url = keeper.server.url(BASE);
    let kept = place.run(&certify(&url, &[])).assert_code(4);
    let path = place.kept().expect("a result").display().to_string();
    kept.assert_error(&["out/result.json can't be written", &path]);
    assert_eq!(keeper.ids(), ["older"]);
    let result: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    assert_eq!(result["officialKit"]["requests"], 18);
    for record in result["created"].as_array().expect("a list") {
        assert_eq!(record["deleted"], true, "{record}");
    }
}

#[test]
fn a_journal_that_can_not_be_written_is_told_and_hinders_nothing() {
    let keeper = Keeper::start(|_| None);
    let url = keeper.server.url(BASE);
    let place = Place::new();
    place.0.write("out/.journal-s.jsonl/keep", "");
    let done = place.run(&certify(&url, &[])).assert_code(1);
    done.assert_output(&["out/.journal-s.jsonl can't be written", "tmfctk clean"]);
    assert_eq!(keeper.ids(), ["older"]);
}

#[test]
fn a_run_that_is_killed_while_it_writes_leaves_nothing_that_passes_for_a_report() {
    let place = Place::new();
    place.run(&certify("--reference", &[])).assert_code(0);
    // As if the system had ended it after the first of three reports.
    for name in ["result.json", "manifest.json", "junit.xml"] {
        fs::remove_file(place.0.path("out").join(name)).expect("written");
    }
    place
        .0
        .write("out/.tmfctk-result.json.1.tmp", "{\"schemaVersion\": 1, ");
    place.assert_not_whole();
    place
        .run(&["report", "out/.tmfctk-result.json.1.tmp"])
        .assert_code(2)
        .assert_error(&["cut off"]);
    place.run(&certify("--reference", &[])).assert_code(0);
    place.run(&["verify", "out"]).assert_code(0);
}

#[test]
fn a_console_that_takes_nothing_costs_no_report() {
    let Ok(full) = fs::OpenOptions::new().write(true).open("/dev/full") else {
        return;
    };
    let place = Place::new();
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_tmfctk"));
    command.current_dir(place.0.path("")).stdout(full);
    let done = command.args(certify("--reference", &[])).status();
    assert_eq!(done.expect("it can be started").code(), Some(0));
    place.run(&["verify", "out"]).assert_code(0);
}
