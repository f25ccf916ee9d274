//! `tmfctk selftest` as a user starts it.

use crate::support::binary::Folder;

#[test]
fn it_judges_in_processes_of_its_own_and_the_folder_has_no_say() {
    let folder = Folder::default();
    // Taken up, it would end each run before it begins.
    folder.write("tmfctk.toml", "nonsense = 1\n");
    folder
        .run(&["selftest", "--only", "post-200", "--only", "late-events"])
        .assert_code(0)
        .assert_output(&[
            "post-200",
            "TMF683-4-CTK-001 caught by",
            "late-events",
            "2 passed, 0 failed",
        ]);
}

#[test]
fn a_run_that_can_not_begin_is_told_with_its_reason() {
    let folder = Folder::default();
    folder
        .run(&["selftest", "--only", "post-200", "--spec", "missing.json"])
        .assert_code(1)
        .assert_output(&["FAIL post-200", "missing.json", "0 passed, 1 failed"]);
}

#[test]
fn a_table_that_is_written_anew_in_part_keeps_its_other_rows() {
    let folder = Folder::default();
    folder
        .run(&["selftest", "--only", "post-200", "--update", "rows.toml"])
        .assert_code(0);
    let committed = include_str!("../../selftest/faults.toml");
    let written = std::fs::read_to_string(folder.path("rows.toml")).expect("it is written");
    assert!(written == committed, "it differs from the committed one");
}
