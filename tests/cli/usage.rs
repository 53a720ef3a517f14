//! Wrong usage: exit code 2, a message, and what to type.

use crate::project::{Project, task};

fn project() -> Project {
    Project::new().file("p/a.yaml", task("a")).file("q/a.yaml", task("b"))
}

#[test]
fn no_path_is_wrong_usage() {
    project().run(&["compile"]).exits(2).says("no PATH was given").says("help: ").prints("");
    project().run(&["lint"]).exits(2).says("no PATH was given");
}

#[test]
fn no_command_and_unknown_options_are_wrong_usage() {
    project().run(&[]).exits(2).says("Usage:").prints("");
    project().run(&["compile", "--nonsense", "p"]).exits(2).says("--nonsense");
}

#[test]
fn help_and_version_are_not_errors() {
    let help = project().run(&["compile", "--help"]).exits(0);
    assert!(help.stdout.contains("--stdin-filename"), "{help:?}");
    let version = format!("tkn-fuse {}\n", env!("CARGO_PKG_VERSION"));
    project().run(&["--version"]).exits(0).prints(&version);
}

#[test]
fn check_needs_something_to_check() {
    project().run(&["compile", "p", "--check"]).exits(2).says("--check needs -o").prints("");
}

#[test]
fn an_input_is_never_overwritten() {
    let project = project();
    project.run(&["compile", "p/a.yaml", "-o", "p/a.yaml"]).exits(2).says("would overwrite p/a.yaml");
    project.run(&["compile", "p/a.yaml", "-o", "p/"]).exits(2).says("would overwrite p/a.yaml");
    project.run(&["compile", "p/a.yaml", "-o", "./q/../p"]).exits(2).says("would overwrite p/a.yaml");
    project.run(&["compile", "p/a.yaml", "--tasks", "q", "-o", "q/"]).exits(2).says("would overwrite q/a.yaml");
    assert_eq!(project.read("p/a.yaml"), task("a"));
}

#[test]
fn a_directory_is_not_read_and_written() {
    project().run(&["compile", "p", "-o", "p/"]).exits(2).says("p is both read and written");
}

#[test]
fn two_inputs_with_one_output_path_are_both_named() {
    let project = project();
    let message = "p/a.yaml and q/a.yaml would both be written to deploy/a.yaml";
    project.run(&["compile", "p", "q", "-o", "deploy/"]).exits(2).says(message);
    assert!(!project.path("deploy").exists());
    project.run(&["compile", ".", "-o", "deploy/"]).exits(0);
    assert_eq!(project.files("deploy"), ["p/a.yaml", "q/a.yaml"]);
}

#[test]
fn a_name_for_standard_input_is_needed_where_it_becomes_a_file() {
    let project = project();
    project.run_with(&["compile", "-", "-o", "deploy/"], &task("s")).exits(2).says("--stdin-filename");
    let args = ["compile", "-", "-o", "deploy/", "--stdin-filename", "x/s.yaml"];
    project.run_with(&args, &task("s")).exits(0);
    assert_eq!(project.files("deploy"), ["s.yaml"]);
    project.run(&["compile", "p", "--stdin-filename", "s.yaml"]).exits(2).says("standard input is not read");
}
