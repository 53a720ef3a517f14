//! `--check` and `--diff`.

use tkn_fuse::header::header;

use crate::project::{Project, task};

fn compiled() -> Project {
    let project = Project::new().file("p/a.yaml", task("a")).file("p/b.yaml", task("b"));
    project.run(&["compile", "p", "-o", "deploy/"]).exits(0);
    project
}

#[test]
fn what_is_up_to_date_passes() {
    let project = compiled();
    project.run(&["compile", "p", "-o", "deploy/", "--check"]).exits(0).prints("");
    project.run(&["compile", "p", "-o", "deploy/", "--diff"]).exits(0).prints("");
    project.run(&["compile", "p", "--diff"]).exits(0).prints("");
}

#[test]
fn what_is_not_up_to_date_is_named_with_the_command_to_run() {
    let project = compiled().file("p/b.yaml", task("new")).file("p/c d.yaml", task("c"));
    project.write("deploy/gone.yaml", header("p/gone.yaml", "0a"));
    let ran = project.run(&["compile", "p", "--check", "-o", "deploy/", "--tasks", "p/c d.yaml"]).exits(3).prints("");
    let ran = ran.says("stale: deploy/b.yaml\n").says("missing: deploy/c d.yaml\n");
    let ran = ran.says("left over: deploy/gone.yaml\n").does_not_say("deploy/a.yaml");
    ran.says("3 files are not up to date; run: tkn-fuse compile p -o deploy/ --tasks 'p/c d.yaml'\n");
    assert_eq!(project.read("deploy/b.yaml"), task("b"));
    assert_eq!(project.files("deploy"), ["a.yaml", "b.yaml", "gone.yaml"]);
}

#[test]
fn the_command_that_is_named_makes_the_check_pass() {
    let project = compiled().file("p/b.yaml", task("new"));
    let ran = project.run(&["compile", "p", "-o", "deploy/", "--check"]).exits(3);
    let (_, command) = ran.stderr.trim_end().rsplit_once("run: tkn-fuse ").expect("a command");
    project.run(&command.split(' ').collect::<Vec<_>>()).exits(0);
    project.run(&["compile", "p", "-o", "deploy/", "--check"]).exits(0);
}

#[test]
fn one_stream_is_checked_too() {
    let project = compiled();
    let args = ["compile", "p", "-o", "all.yaml", "--check"];
    project.run(&args).exits(3).says("missing: all.yaml\n");
    assert!(!project.path("all.yaml").exists());
    project.run(&args[..4]).exits(0);
    project.run(&args).exits(0);
}

#[test]
fn an_error_weighs_more_than_a_difference() {
    let project = compiled().file("p/b.yaml", b"\xff");
    project.run(&["compile", "p", "-o", "deploy/", "--check"]).exits(1).says("error[TF120]");
}

#[test]
fn a_diff_shows_what_would_change() {
    let project = compiled().file("p/b.yaml", task("b").replace("busybox", "alpine")).file("p/c.yaml", "{}\n");
    project.write("deploy/gone.yaml", header("p/gone.yaml", "0a"));
    let ran = project.run(&["compile", "p", "-o", "deploy/", "--diff"]).exits(3);
    for part in [
        "--- deploy/b.yaml\n+++ deploy/b.yaml\n",
        "-      image: busybox\n+      image: alpine\n",
        "--- /dev/null\n+++ deploy/c.yaml\n@@ -0,0 +1 @@\n+{}\n",
        "--- deploy/gone.yaml\n+++ /dev/null\n",
    ] {
        assert!(ran.stdout.contains(part), "no {part:?} in {}", ran.stdout);
    }
    assert_eq!(project.files("deploy"), ["a.yaml", "b.yaml", "gone.yaml"]);
    project.run(&["compile", "p", "-o", "deploy/", "--diff", "--check"]).exits(3).says("stale: deploy/b.yaml");
}
