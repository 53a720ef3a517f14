//! What is read, and what is not.

use tkn_fuse::header::header;

use crate::project::{Project, task};

#[test]
fn directories_are_walked_by_name() {
    let project = Project::new()
        .file("p/b.yaml", task("b"))
        .file("p/a/z.yml", task("z"))
        .file("p/c.JSON", "{}\n")
        .file("p/.hidden/x.yaml", task("x"))
        .file("p/.hidden.yaml", task("x"))
        .file("p/README.md", "text");
    let expected = format!("{}---\n{}---\n{{}}\n", task("z"), task("b"));
    project.run(&["compile", "p"]).exits(0).prints(&expected);
}

#[test]
fn a_hidden_directory_is_read_when_it_is_named() {
    let project = Project::new().file(".tekton/a.yaml", task("a"));
    project.run(&["compile", "."]).exits(4).says("there is nothing to read in .").says("help: ");
    project.run(&["compile", ".tekton"]).exits(0).prints(&task("a"));
}

#[test]
fn a_file_given_twice_counts_once() {
    let project = Project::new().file("p/a.yaml", task("a"));
    project.run(&["compile", "p/a.yaml", "p", "./p/../p/a.yaml"]).exits(0).prints(&task("a"));
}

#[test]
fn a_file_of_both_kinds_is_an_input() {
    let project = Project::new().file("p/a.yaml", task("a")).file("p/b.yaml", task("b"));
    project.run(&["compile", "p/b.yaml", "--tasks", "p"]).exits(0).prints(&task("b"));
}

#[cfg(unix)]
#[test]
fn links_are_followed_and_loops_do_no_harm() {
    use std::os::unix::fs::symlink;
    let project = Project::new().file("p/a.yaml", task("a")).file("elsewhere/b.yaml", task("b"));
    symlink("..", project.path("p/loop")).expect("a link");
    symlink(project.path("elsewhere"), project.path("p/more")).expect("a link");
    symlink("nowhere", project.path("p/.#a.yaml")).expect("a link");
    let both = format!("{}---\n{}", task("a"), task("b"));
    project.run(&["compile", "p"]).exits(0).prints(&both);
}

#[test]
fn standard_input_is_read_once() {
    let project = Project::new();
    project.run_with(&["compile", "-", "-"], &task("s")).exits(0).prints(&task("s"));
    project.run_with(&["lint", "-"], &task("s")).exits(0).prints("");
}

#[test]
fn what_cannot_be_read_is_named() {
    let project = Project::new().file("a.yaml", task("a"));
    let ran = project.run(&["compile", "a.yaml", "no.yaml", "--tasks", "nowhere"]);
    ran.exits(4).says("cannot read no.yaml").says("cannot read nowhere").prints("");
}

#[cfg(unix)]
#[test]
fn a_broken_link_among_inputs_is_an_error() {
    let project = Project::new().file("p/a.yaml", task("a"));
    std::os::unix::fs::symlink("nowhere", project.path("p/b.yaml")).expect("a link");
    project.run(&["lint", "p"]).exits(4).says("cannot read p/b.yaml");
}

#[cfg(unix)]
#[test]
fn a_file_without_permission_is_an_error() {
    use std::os::unix::fs::PermissionsExt;
    let project = Project::new().file("a.yaml", task("a"));
    let path = project.path("a.yaml");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o000)).expect("permissions");
    // root may read everything.
    if std::fs::read(&path).is_err() {
        project.run(&["lint", "a.yaml"]).exits(4).says("cannot read a.yaml: Permission denied");
    }
}

#[test]
fn generated_files_are_not_read() {
    let generated = format!("{}{}", header("a.yaml", "0a"), task("g"));
    let project = Project::new().file("p/a.yaml", task("a")).file("p/g.yaml", &generated);
    let note = "note[TF122] p/g.yaml:1: ";
    project.run(&["compile", "p"]).exits(0).says(note).prints(&task("a"));
    project.run(&["compile", "p/g.yaml"]).exits(4).says(note).says("there is nothing to read in p/g.yaml");
    project.run(&["compile", "p/a.yaml", "--tasks", "p"]).exits(0).says(note);
}

#[test]
fn the_output_is_not_read() {
    let project = Project::new().file("a.yaml", task("a")).file("deploy/old.yaml", task("old"));
    project.run(&["compile", ".", "-o", "deploy"]).exits(0).says("note[TF124] deploy: ");
    assert_eq!(project.files("deploy"), ["a.yaml", "old.yaml"]);
    project.write("all.yaml", task("all"));
    let ran = project.run(&["compile", ".", "-o", "all.yaml"]);
    ran.exits(0).says("note[TF124] all.yaml: ");
    assert!(!project.read("all.yaml").contains("name: all"));
}

#[test]
fn text_in_another_encoding_is_an_error() {
    let latin = Project::new().file("a.yaml", b"a: 1\nb: gr\xfcn\n");
    let message = "byte 11 of the file is not UTF-8";
    latin.run(&["lint", "."]).exits(1).says("error[TF120]").says(message).says("a.yaml:2:6");
    let utf16 = Project::new().file("a.yaml", b"\xff\xfea\0:\0 \x001\0");
    utf16.run(&["lint", "."]).exits(1).says("UTF-16").says("iconv -f UTF-16");
}

#[test]
fn what_is_no_text_is_passed_by_unless_it_is_named() {
    let project = Project::new().file("p/a.yaml", task("a")).file("p/b.yaml", b"\x89PNG\0\xff");
    project.run(&["compile", "p"]).exits(0).says("note[TF123] p/b.yaml: ").prints(&task("a"));
    project.run(&["compile", "p/b.yaml"]).exits(1).says("error[TF120]");
}

#[test]
fn a_template_passes_unread_unless_it_is_named() {
    let template = "kind: Task\nmetadata:\n  name: {{ .Values.name }}-build\n";
    let project = Project::new().file("p/a.yaml", template);
    project.run(&["compile", "p"]).exits(0).says("note[TF139] p/a.yaml:1: ").prints(template);
    project.run(&["compile", "p/a.yaml"]).exits(1).says("error[TF101]");
}

#[test]
fn a_file_over_one_gib_is_an_error() {
    let project = Project::new().file("a.yaml", "");
    let file = std::fs::File::options().write(true).open(project.path("a.yaml")).expect("a file");
    // A hole: takes no room on the disk and is not read.
    file.set_len((1 << 30) + 1).expect("a long file");
    project.run(&["lint", "a.yaml"]).exits(1).says("error[TF121]");
}
