//! Several targets of one file, and one page for all.

use std::fs;
use std::sync::{Mutex, mpsc};

use serde_json::{Value, json};

use crate::interrupt::{send, slow};
use crate::support::BASE;
use crate::support::binary::{Folder, wait};
use crate::support::reference::Reference;
use crate::support::server::{Answer, PATIENCE, Server};

fn target(name: &str, url: &str, more: &str) -> String {
    format!("[[targets]]\nname = \"{name}\"\nurl = \"{url}\"\n{more}\n")
}

fn page(folder: &Folder, path: &str) -> String {
    fs::read_to_string(folder.path(path)).expect("the page of all")
}

#[test]
fn all_targets_are_checked_and_the_worst_decides() {
    let (clean, broken) = (Reference::clean(), Server::start(|_, _| Answer::html(404)));
    let folder = Folder::default();
    let file = format!(
        "level = \"certification\"\nout = \"all\"\n\n[headers]\nX-Tenant = \"tenant-of-all\"\n\n{}{}",
        target("green", clean.base_url(), ""),
        target(
            "red-1",
            &broken.url(BASE),
            "level = \"profile\"\nheaders = { x-tenant = \"red\" }\n"
        )
    );
    folder.write("tmfctk.toml", &file);
    let done = folder.run(&["run"]).assert_code(1);
    done.assert_output(&[
        "2 targets, 2 at a time, into all",
        "green            CONFORMANT     every level up to the gate (certification)",
        "red-1            NON-CONFORMANT",
        "all/index.html",
    ]);
    let green = folder.result_in("all/green");
    assert_eq!(green["target"]["url"], clean.base_url());
    assert_eq!(green["run"]["level"], "certification");
    let red = folder.result_in("all/red-1");
    assert_eq!(red["run"]["level"], "profile", "its own");
    let requests = broken.requests();
    assert!(!requests.is_empty());
    assert!(
        requests
            .iter()
            .all(|it| it.header("x-tenant") == Some("red"))
    );
    let index = page(&folder, "all/index.html");
    let passed = format!("{} of ", green["levels"][0]["counts"]["passed"]);
    for words in [
        "<a href=\"green/report.html\">green</a>",
        "<a href=\"red-1/report.html\">red-1</a>",
        "<b>1</b> Non-conformant",
        "<b>1</b> Conformant",
        &passed,
    ] {
        assert!(index.contains(words), "{words}: {index}");
    }
    assert!(
        !index.contains("src=") && !index.contains("<script"),
        "it asks nothing of the network"
    );

    // The same page from what is stored.
    folder
        .run(&["merge", "all", "--out", "all"])
        .assert_code(0)
        .assert_output(&["all/index.html"]);
    assert_eq!(page(&folder, "all/index.html"), index);
    folder
        .run(&["merge", "all/red-1", "all/green", "--out", "else/where"])
        .assert_code(0);
    assert!(
        page(&folder, "else/where/index.html").contains("href=\"../../all/green/report.html\"")
    );
}

#[test]
fn one_of_them_is_chosen_by_its_name() {
    let (one, other) = (Reference::clean(), Server::untouched());
    let folder = Folder::default();
    let file = target("one", one.base_url(), "") + &target("other", &other.url(BASE), "");
    folder.write("tmfctk.toml", &file);
    let run = ["run", "--level", "certification", "--target"];
    let with = |name: &str| {
        let mut command = folder.command(&[&run[..], &[name]].concat());
        // The environment's target has no say where a flag chose one.
        command.env("TMFCTK_TARGET", other.url(BASE));
        crate::support::binary::Done::from(command.output().expect("it can be started"))
    };
    with("one").assert_code(0);
    assert_eq!(
        folder.result_in("reports/latest/one")["target"]["url"],
        one.base_url()
    );
    let repeat = folder.result_in("reports/latest/one")["run"]["repeat"].to_string();
    assert!(
        repeat.contains("run --target one --level certification"),
        "{repeat}"
    );
    with("two")
        .assert_code(2)
        .assert_error(&["no target `two`", "one, other"]);
    // A target on the command line wins over those of the file.
    let own = ["run", one.base_url(), "--level", "certification"];
    folder.run(&own).assert_code(0);
    assert!(folder.path("reports/latest/result.json").is_file());
    assert_eq!(other.connections(), 0);
}

#[test]
fn credentials_of_one_target_replace_those_of_the_file() {
    let servers: Vec<Server> = (0..5)
        .map(|_| Server::start(|_, _| Answer::html(404)))
        .collect();
    let owns = [
        ("as-all", ""),
        (
            "basic",
            "auth.basic = { user = \"me\", password = \"${OWN}\" }",
        ),
        (
            "key",
            "auth.api-key = { header = \"X-Key\", key = \"own-key\" }",
        ),
        ("header", "headers = { authorization = \"Bearer own\" }"),
        ("nobody", "auth = {}"),
    ];
    for of_file in [
        "[auth.bearer]\ntoken = \"of-the-file\"\n",
        "[headers]\nAuthorization = \"Bearer of-the-file\"\n",
        "[auth.api-key]\nheader = \"X-Of-File\"\nkey = \"of-the-file\"\n",
    ] {
        let folder = Folder::default();
        let targets = owns.iter().zip(&servers);
        let targets = targets.map(|((name, own), server)| target(name, &server.url(BASE), own));
        let targets: String = targets.collect();
        let file = format!("level = \"certification\"\n{of_file}\n{targets}");
        folder.write("tmfctk.toml", &file);
        let before: Vec<usize> = servers.iter().map(|it| it.requests().len()).collect();
        let mut run = folder.command(&["run"]);
        let run = run.env("OWN", "pass").output().expect("it can be started");
        crate::support::binary::Done::from(run).assert_code(1);
        for ((server, (name, _)), before) in servers.iter().zip(owns).zip(before) {
            let requests = server.requests().split_off(before);
            assert!(!requests.is_empty(), "{name}");
            for request in requests {
                let said = |header: &str| request.header(header).unwrap_or_default().to_owned();
                let all = [said("authorization"), said("x-key"), said("x-of-file")].concat();
                let wanted: &[&str] = match name {
                    "as-all" => &["Bearer of-the-file", "of-the-file"],
                    "basic" => &["Basic bWU6cGFzcw=="],
                    "key" => &["own-key"],
                    "header" => &["Bearer own"],
                    _ => &[""],
                };
                assert!(wanted.contains(&&*all), "{of_file}{name}: {all}");
            }
        }
    }
}

#[test]
fn settings_of_one_target_are_used_for_that_one_only() {
    let (one, other) = (Reference::clean(), Server::untouched());
    let folder = Folder::default();
    let secret = "auth.bearer.token = \"${OF_THE_OTHER}\"\nlevel = \"${OF_THE_OTHER}\"";
    let file = target("one", one.base_url(), "") + &target("other", &other.url(BASE), secret);
    folder.write("tmfctk.toml", &file);
    let only = ["run", "--level", "certification", "--target", "one"];
    folder.run(&only).assert_code(0);
    folder.run(&["doctor", "--target", "one"]).assert_code(0);
    folder
        .run(&["doctor"])
        .assert_code(2)
        .assert_error(&["--target", "one, other"]);
    for arguments in [&["run"][..], &["doctor", "--target", "other"]] {
        folder
            .run(arguments)
            .assert_code(2)
            .assert_error(&["OF_THE_OTHER", "is not set"]);
    }
    // It would go to all, and one is to be reported something else.
    let bearer = ["run", "--bearer", "hunter22", "--level", "certification"];
    let done = folder.run(&bearer).assert_code(2);
    assert!(!done.stderr.contains("hunter22"), "{done:#?}");
    done.assert_error(&["--bearer", "`other`", "--target"]);
    folder
        .run(&[&bearer[..], &["--target", "one"]].concat())
        .assert_code(0);
    assert_eq!(other.connections(), 0);
}

#[test]
fn a_mistake_in_one_target_is_reported_before_any_is_asked() {
    let server = Server::untouched();
    let good = target("good", &server.url(BASE), "");
    let bad = |more: &str| target("bad", &server.url(BASE), more);
    for (file, words) in [
        (
            good.clone() + &target("bad", "host:80", ""),
            ["target bad", "http://"],
        ),
        (
            good.clone() + &bad("payload = \"none.json\""),
            ["target bad", "none.json"],
        ),
        (
            good.clone() + &bad("baseline = \"none.json\""),
            ["target bad", "none.json"],
        ),
        (
            good.clone() + &bad("listner-url = \"x\""),
            ["unknown key `listner-url`", "listener-url"],
        ),
        (good.clone() + &good, ["`good`", "twice"]),
        (
            target("../up", &server.url(BASE), ""),
            ["`../up`", "folder"],
        ),
        (
            format!("target = \"{}\"\n{good}", server.url(BASE)),
            ["`target`", "`[[targets]]`"],
        ),
        (
            format!("format = [\"html\"]\n{good}"),
            ["result.json", "--format"],
        ),
        (
            format!("listener-bind = \"127.0.0.1:18999\"\n{good}{}", bad("")),
            ["same port 18999", "--parallel 1"],
        ),
    ] {
        let folder = Folder::default();
        folder.write("tmfctk.toml", &file);
        folder.run(&["run"]).assert_code(2).assert_error(&words);
        assert!(!folder.path("reports/latest/index.html").exists());
    }
    let folder = Folder::default();
    folder.write("tmfctk.toml", &good);
    folder
        .run(&["run", "--parallel", "0"])
        .assert_code(2)
        .assert_error(&["1 to 32"]);
    assert_eq!(server.connections(), 0);
}

#[test]
fn whoever_ends_it_ends_all_and_each_cleans_up() {
    let (server, fourth, deleted) = slow();
    let folder = Folder::default();
    let file = target("slow", &server.url(BASE), "") + &target("never", &server.url(BASE), "");
    folder.write("tmfctk.toml", &file);
    let child = folder.start(&[
        "run",
        "--timeout",
        "600",
        "--kit-timeout",
        "600",
        "--parallel",
        "1",
    ]);
    fourth.recv_timeout(PATIENCE).expect("a fourth request");
    send("TERM", &child);
    wait(child)
        .assert_code(130)
        .assert_output(&["slow", "index.html"]);
    assert_eq!(
        folder.result_in("reports/latest/slow")["run"]["interrupted"],
        true
    );
    assert_eq!(
        deleted.lock().expect("unpoisoned").len(),
        2,
        "it cleaned up"
    );
    assert!(!folder.path("reports/latest/never/result.json").exists());
    let index = page(&folder, "reports/latest/index.html");
    assert!(index.contains("the run was interrupted before"), "{index}");
}

#[test]
fn a_run_that_is_killed_leaves_no_process_behind() {
    let (told, hearing) = mpsc::channel();
    let told = Mutex::new((told, Vec::new()));
    let server = Server::start(move |request, number| {
        let (said, made) = &mut *told.lock().expect("unpoisoned");
        let id = request.path().rsplit('/').next().unwrap_or_default();
        let shown = made.iter().find(|one: &&Value| one["id"] == id);
        match request.method.as_str() {
            "POST" => {
                let mut record: Value = serde_json::from_slice(&request.body).expect("JSON");
                record["id"] = json!(format!("r{number}"));
                made.push(record.clone());
                Answer::json(201, &record)
            }
            "GET" if shown.is_some() => Answer::json(200, shown.expect("a record")),
            "DELETE" => {
                let _ = said.send("delete");
                Answer::new(204, "application/json", "")
            }
            _ => {
                let _ = said.send("read");
                Answer::Hang
            }
        }
    });
    let folder = Folder::default();
    folder.write("tmfctk.toml", &target("slow", &server.url(BASE), ""));
    let mut child = folder.start(&["run", "--timeout", "600", "--kit-timeout", "600"]);
    assert_eq!(hearing.recv_timeout(PATIENCE), Ok("read"));
    child.kill().expect("it runs");
    child.wait().expect("it was started");
    // What it had started stops by itself, and cleans up.
    assert_eq!(hearing.recv_timeout(PATIENCE), Ok("delete"));
}

#[test]
fn results_that_cannot_be_merged_are_reported() {
    let folder = Folder::default();
    folder.write("empty/a.txt", "");
    folder.write("cut/result.json", "{");
    for (name, words) in [
        ("empty", ["empty", "holds a result.json"]),
        ("none", ["none", "can't be read"]),
        ("cut", ["cut/result.json", "cut off"]),
    ] {
        folder
            .run(&["merge", name, "--out", "page"])
            .assert_code(2)
            .assert_error(&words);
    }
    assert!(!folder.path("page/index.html").exists());
}
