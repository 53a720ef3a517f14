//! What goes to which stream, and how it looks there.

use std::process::Stdio;

use crate::project::{Project, task};

fn broken() -> Project {
    Project::new().file("a.yaml", b"a: \xff\n")
}

#[test]
fn yaml_goes_to_stdout_and_diagnostics_to_stderr() {
    let project = broken().file("b.yaml", task("b"));
    project.run(&["compile", "b.yaml"]).exits(0).prints(&task("b"));
    project.run(&["compile", "-o", "-", "b.yaml"]).exits(0).prints(&task("b"));
    let ran = project.run(&["compile", "a.yaml", "b.yaml"]);
    ran.exits(1).prints("").says("tkn-fuse: 1 error; nothing was written\n");
    project.run(&["lint", "a.yaml"]).exits(1).prints("").says("tkn-fuse: 1 error\n");
}

#[test]
fn every_byte_of_a_single_input_passes() {
    let odd = format!("\u{feff}# é\r\n---\r\n{}...\n\n", task("a"));
    let project = Project::new();
    project.run_with(&["compile", "-"], &odd).exits(0).prints(&odd);
    project.run_with(&["compile", "-"], "").exits(0).prints("");
}

#[test]
fn colours_are_for_terminals() {
    let project = broken();
    project.run(&["lint", "a.yaml"]).does_not_say("\u{1b}");
    project.run(&["lint", "a.yaml", "--color", "always"]).says("\u{1b}[");
    project.run(&["--color=never", "lint", "a.yaml"]).does_not_say("\u{1b}");
    project.run(&["lint", "--nonsense"]).does_not_say("\u{1b}");
}

#[test]
fn frames_are_ascii_unless_the_locale_is_utf_8() {
    let project = broken();
    project.run(&["lint", "a.yaml"]).says("╭─[a.yaml:1:4]");
    let output = project.command(&["lint", "a.yaml"]).env("LC_ALL", "C").output().expect("the program runs");
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(stderr.contains(",-[a.yaml:1:4]"), "{stderr}");
    assert!(!stderr.contains('╭'), "{stderr}");
}

#[cfg(unix)]
#[test]
fn a_closed_pipe_is_no_error() {
    let long: String = (0..20_000).map(|line| format!("# line {line}\n")).collect();
    let project = Project::new().file("a.yaml", long + &task("a"));
    let mut command = project.command(&["compile", "a.yaml"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program runs");
    drop(child.stdout.take());
    let output = child.wait_with_output().expect("the program ends");
    assert_eq!(output.status.code(), Some(0));
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(!stderr.contains("panic") && !stderr.contains("error"), "{stderr}");
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_an_error() {
    let project = Project::new().file("a.yaml", task("a"));
    let full = std::fs::File::options().write(true).open("/dev/full").expect("a device");
    let output = project.command(&["compile", "a.yaml"]).stdout(full).output().expect("the program runs");
    assert_eq!(output.status.code(), Some(4));
    assert!(String::from_utf8_lossy(&output.stderr).contains("cannot write to standard output"));
    project.run(&["compile", "a.yaml", "-o", "/dev/full"]).exits(4).says("cannot write /dev/full");
    project.run(&["compile", "a.yaml", "-o", "/dev/null"]).exits(0);
}
