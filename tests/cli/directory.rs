//! Writing files.

use tkn_fuse::header::header;

use crate::project::{Project, task};

#[test]
fn a_directory_gets_one_file_per_input() {
    let odd = format!("---\n{}...", task("b"));
    let project = Project::new().file("p/a.yaml", task("a")).file("p/sub/b.yml", &odd).file("c.yaml", task("c"));
    let ran = project.run(&["compile", "p", "c.yaml", "-o", "out/deploy/"]);
    ran.exits(0).prints("").says("tkn-fuse: 3 files written, 0 unchanged\n");
    assert_eq!(project.files("out"), ["deploy/a.yaml", "deploy/c.yaml", "deploy/sub/b.yml"]);
    assert_eq!(project.read("out/deploy/sub/b.yml"), odd);
    project.write("p/a.yaml", task("new"));
    let ran = project.run(&["compile", "p", "c.yaml", "-o", "out/deploy"]);
    ran.exits(0).says("tkn-fuse: 1 file written, 2 unchanged\n");
    assert_eq!(project.read("out/deploy/a.yaml"), task("new"));
}

#[test]
fn a_file_gets_one_stream() {
    let project = Project::new().file("p/a.yaml", task("a").trim_end()).file("p/b.yaml", task("b"));
    project.run(&["compile", "p", "-o", "out/all.yaml"]).exits(0).prints("");
    assert_eq!(project.read("out/all.yaml"), format!("{}---\n{}", task("a"), task("b")));
}

#[test]
fn an_error_leaves_the_output_as_it_was() {
    let project = Project::new()
        .file("p/a.yaml", task("a"))
        .file("p/b.yaml", b"\xff")
        .file("deploy/a.yaml", "old")
        .file("all.yaml", "old");
    project.run(&["compile", "p", "-o", "deploy"]).exits(1).says("nothing was written");
    project.run(&["compile", "p", "no.yaml", "-o", "deploy"]).exits(4);
    project.run(&["compile", "p", "-o", "all.yaml"]).exits(1);
    assert_eq!((project.read("deploy/a.yaml"), project.read("all.yaml")), ("old".into(), "old".into()));
    assert_eq!(project.files("deploy"), ["a.yaml"]);
}

#[test]
fn one_file_that_cannot_be_written_keeps_the_others() {
    let project = Project::new()
        .file("p/a.yaml", task("a"))
        .file("p/b/c.yaml", task("c"))
        .file("deploy/a.yaml", "old")
        .file("deploy/b", "a file where a directory is needed");
    project.run(&["compile", "p", "-o", "deploy"]).exits(4).says("cannot write deploy/b/c.yaml");
    assert_eq!(project.read("deploy/a.yaml"), "old");
    assert_eq!(project.files("deploy"), ["a.yaml", "b"]);
}

#[test]
fn left_over_files_of_ours_are_removed_and_others_stay() {
    let ours = format!("{}{}", header("p/gone.yaml", "0a"), task("gone"));
    let project = Project::new()
        .file("p/a.yaml", task("a"))
        .file("deploy/sub/gone.yaml", &ours)
        .file("deploy/own.yaml", task("own"))
        .file("deploy/notes.txt", &ours);
    project.run(&["compile", "p", "-o", "deploy"]).exits(0).says("removed deploy/sub/gone.yaml");
    assert_eq!(project.files("deploy"), ["a.yaml", "notes.txt", "own.yaml"]);
}

#[test]
fn a_generated_file_that_is_produced_again_is_replaced() {
    let ours = format!("{}{}", header("p/a.yaml", "0a"), task("old"));
    let project = Project::new().file("p/a.yaml", task("a")).file("deploy/a.yaml", ours);
    project.run(&["compile", "p", "-o", "deploy/"]).exits(0).does_not_say("removed");
    assert_eq!(project.read("deploy/a.yaml"), task("a"));
}

#[cfg(unix)]
#[test]
fn new_files_have_ordinary_permissions() {
    use std::os::unix::fs::PermissionsExt;
    let project = Project::new().file("p/a.yaml", task("a"));
    project.run(&["compile", "p", "-o", "deploy/"]).exits(0);
    let mode = |path: &str| project.path(path).metadata().expect("metadata").permissions().mode();
    assert_eq!(mode("deploy/a.yaml"), mode("p/a.yaml"), "what any program's new file gets");
}
