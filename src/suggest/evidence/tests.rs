//! What counts as writing first.

use super::*;
use crate::model::{Kind, from_yaml};
use crate::source::Sources;

/// The first write to the workspace `w` of a Task with these steps, in flow style.
fn first(steps: &str) -> Option<String> {
    let text = format!("{{apiVersion: tekton.dev/v1, kind: Task, metadata: {{name: t}}, spec: {{steps: [{steps}]}}}}");
    let (_, objects) = from_yaml::parse(&mut Sources::default(), &text);
    let [object] = objects.as_slice() else { panic!("one object") };
    let Kind::Task(task) = &object.kind else { panic!("a Task") };
    let found = first_write(&task.spec, Place { name: "w", mount_path: "/workspace/w" })?;
    Some(format!("{}: {}", found.step, found.command))
}

/// Likewise of a Task with one script.
fn script(lines: &[&str]) -> Option<String> {
    let script = serde_json::to_string(&lines.join("\n")).expect("a string");
    first(&format!("{{name: s, image: i, script: {script}}}")).map(|found| found.replacen("s: ", "", 1))
}

const PATH: &str = "$(workspaces.w.path)";

#[test]
fn what_is_known_to_write_writes() {
    for line in [
        "git clone $(params.url) \"W/src\"",
        "git -c a=b clone x W",
        "git init --quiet W",
        "mkdir -p W/a",
        "echo a > W/a",
        "cat /etc/passwd >> W/a",
        "curl -s https://x -o W/a",
        "wget --output-document=W/a https://x",
        "tar -xzf /tmp/a.tgz -C W",
        "cp /tmp/a W/",
        "echo a | tee W/a",
        "if true; then mkdir W/a; fi",
    ] {
        for place in [PATH, "/workspace/w"] {
            assert!(script(&[&line.replace('W', place)]).is_some(), "{line}");
        }
    }
}

#[test]
fn everything_else_reads() {
    for line in [
        "cp -R W/. ~/.ssh/",
        "cat W/token",
        "cat W/a > W/b",
        "export X=\"$(cat W/token)\"",
        "make -C W",
        "go test < W/a",
        "ssh -i W/id_rsa host",
        "tar -czf /tmp/a.tgz -C W .",
        "tar -xzf W/a.tgz -C W",
        "git -C W fetch",
        "for file in W/*; do echo; done",
        "gcloud auth activate-service-account --key-file=W/key.json",
        "cp W/a W/b",
        "W/run.sh",
        "cp $(find /tmp -name x) W/",
    ] {
        assert_eq!(script(&[&line.replace('W', PATH), "mkdir $(workspaces.w.path)/a"]), None, "{line}");
    }
}

#[test]
fn naming_it_is_neither() {
    let lines = ["rm -rf $(workspaces.w.path)/*", "find $(workspaces.w.path) -exec rm -rf {} +"];
    assert_eq!(script(&lines), None, "nothing is put there");
    assert_eq!(
        script(&[lines[0], lines[1], "mkdir $(workspaces.w.path)/a"]).as_deref(),
        Some("mkdir $(workspaces.w.path)/a")
    );
    let lines = ["[ -d $(workspaces.w.path) ]", "echo $(workspaces.w.path)", "cd $(workspaces.w.path)", "touch a"];
    assert_eq!(script(&lines).as_deref(), Some("touch a"));
    assert_eq!(script(&["make", "mkdir /tmp/a", "mkdir /workspace/w-other"]), None, "nothing is written to it");
}

#[test]
fn variables_and_directories_are_followed() {
    assert_eq!(script(&["D=\"$(workspaces.w.path)/x\"", "mkdir -p \"${D}\""]).as_deref(), Some("mkdir -p ${D}"));
    assert_eq!(script(&["export D=$(workspaces.w.path)", "cat $D/a", "mkdir $D/b"]), None);
    assert_eq!(
        script(&["DIR=$(workspaces.w.path)", "cat $DIRECTORY/a", "mkdir $DIR/b"]).as_deref(),
        Some("mkdir $DIR/b")
    );
    let env = "{name: s, env: [{name: D, value: $(workspaces.w.path)}], script: 'git-init -path=$D'}";
    assert_eq!(first(env).as_deref(), Some("s: git-init -path=$D"));
    let inside = "{name: s, workingDir: $(workspaces.w.path), script: 'git clone https://x .'}";
    assert_eq!(first(inside).as_deref(), Some("s: git clone https://x ."));
    assert_eq!(first("{name: s, workingDir: /workspace/w/x, script: make}"), None);
}

#[test]
fn steps_are_read_in_order_and_what_cannot_be_read_counts_as_reading() {
    let writes = "{image: i, command: [mkdir, $(workspaces.w.path)/a]}";
    assert_eq!(
        first(&format!("{{image: i, script: echo}}, {writes}")).as_deref(),
        Some("unnamed-1: mkdir $(workspaces.w.path)/a")
    );
    assert!(first("{command: [/bin/sh, -c], args: ['mkdir /workspace/w/a']}").is_some());
    assert_eq!(
        first(&format!("{{image: i, script: \"#!/usr/bin/python3\\nopen('/workspace/w/a')\"}}, {writes}")),
        None
    );
    assert_eq!(
        first(&format!("{{ref: {{name: a}}, params: [{{name: p, value: $(workspaces.w.path)}}]}}, {writes}")),
        None
    );
    assert!(first(&format!("{{image: i, script: \"#!/usr/bin/python3\\nprint()\"}}, {writes}")).is_some());
    assert_eq!(first(&format!("{{image: i, args: [--config, $(workspaces.w.path)/c]}}, {writes}")), None);
}
