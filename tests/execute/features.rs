//! `tests/tekton/features`: what Tekton itself does with its own features on the cluster of these tests. The snapshots beside the
//! files show that the cluster is one: what a mistake of the node agent would change stands in them.

use std::fmt::Write;
use std::path::PathBuf;

use serde_json::Value;

use crate::cluster::{cluster, for_each, is_snapshot, is_wanted, root};

/// Of a result with more bytes, as JSON, only their number is told.
const LONG: usize = 200;

#[test]
fn tekton_does_what_its_features_promise() {
    let Some(cluster) = cluster() else { return };
    for_each(&files(), |file| {
        let stem = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let answer = cluster.execute(file);
        if answer.code == 2 {
            return Err(format!("{stem}: no answer: {}", answer.stderr));
        }
        let told = told(&answer.json);
        match is_snapshot(file.parent().unwrap_or(root()), &stem, &told) {
            true => Ok(stem),
            false => Err(format!("{stem} does something else:\n{told}")),
        }
    });
}

fn files() -> Vec<PathBuf> {
    let entries = std::fs::read_dir(root().join("tests/tekton/features")).expect("the folder of features");
    let paths = entries.map(|entry| entry.expect("an entry").path());
    let is_input = |path: &PathBuf| path.extension().is_some_and(|extension| extension == "yaml");
    let is_chosen = |path: &PathBuf| path.file_stem().is_some_and(|stem| is_wanted(&stem.to_string_lossy()));
    let mut files: Vec<PathBuf> = paths.filter(is_input).filter(is_chosen).collect();
    files.sort();
    files
}

/// An execution in words that are the same each time: no times, no names that are made up.
fn told(report: &Value) -> String {
    let mut out = String::new();
    for refused in items(&report["refused"]) {
        line(&mut out, 0, &format!("refused: {}", word(refused)));
    }
    let mut runs: Vec<&Value> = items(&report["runs"]).collect();
    runs.sort_by_key(|run| word(&run["name"]));
    for run in runs {
        tell_run(&mut out, run);
    }
    let namespace = word(&report["namespace"]);
    out.replace(namespace, "NAMESPACE")
}

fn tell_run(out: &mut String, run: &Value) {
    let (kind, name, reason) = (word(&run["kind"]), word(&run["name"]), word(&run["reason"]));
    line(out, 0, &format!("{kind} {name}: {} {reason}", word(&run["status"])));
    results(out, 1, &run["results"]);
    for skipped in items(&run["skipped"]) {
        line(out, 1, &format!("skipped {}: {}", word(&skipped["task"]), word(&skipped["reason"])));
    }
    // Tasks that run at the same time may start in any order.
    let mut tasks: Vec<&Value> = items(&run["tasks"]).collect();
    tasks.sort_by_key(|task| word(&task["taskRun"]));
    for task in tasks {
        tell_task(out, task);
    }
    for (workspace, files) in run["workspaces"].as_object().into_iter().flatten() {
        for file in items(files) {
            let (mode, path) = (word(&file["mode"]), word(&file["path"]));
            line(out, 1, &format!("workspace {workspace}: {mode} {path} {}", one_line(&file["content"])));
        }
    }
}

fn tell_task(out: &mut String, task: &Value) {
    let retries = task["retries"].as_i64().map_or(String::new(), |retries| format!(", {retries} retries"));
    line(out, 1, &format!("task {}: {}{retries}", word(&task["name"]), word(&task["reason"])));
    if task["status"] == "Failed" {
        line(out, 2, &format!("message: {}", one_line(&task["message"])));
    }
    results(out, 2, &task["results"]);
    for kind in ["step", "sidecar"] {
        for step in items(&task[&format!("{kind}s")]) {
            // Whether a sidecar has been stopped already when the run is looked at is a matter of chance.
            let code = step["exitCode"].as_i64().filter(|_| kind == "step");
            let code = code.map_or(String::new(), |code| format!(" {code}"));
            line(out, 2, &format!("{kind} {}:{code} {}", word(&step["name"]), word(&step["reason"])));
            results(out, 3, &step["results"]);
            for text in word(&step["log"]).lines() {
                line(out, 3, &format!("| {}", without_chance(text)));
            }
        }
    }
}

/// A line of a log without the time that Go's `log` puts before it, and without the random end of a script's name.
fn without_chance(text: &str) -> String {
    const TIME: &str = "0000/00/00 00:00:00 ";
    let is_time = |(c, pattern): (char, char)| if pattern == '0' { c.is_ascii_digit() } else { c == pattern };
    let has_time = text.chars().count() >= TIME.len() && text.chars().zip(TIME.chars()).all(is_time);
    let text = if has_time { &text[TIME.len()..] } else { text };
    let Some((before, script)) = text.split_once("/tekton/scripts/script-") else { return text.to_owned() };
    let Some((index, name)) = script.split_once('-') else { return text.to_owned() };
    let rest = name.trim_start_matches(|c: char| c.is_ascii_alphanumeric());
    format!("{before}/tekton/scripts/script-{index}-…{rest}")
}

fn items(list: &Value) -> impl Iterator<Item = &Value> {
    list.as_array().into_iter().flatten()
}

fn word(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn one_line(value: &Value) -> String {
    word(value).replace('\n', "\\n")
}

fn results(out: &mut String, depth: usize, results: &Value) {
    for (name, value) in results.as_object().into_iter().flatten() {
        let text = value.to_string();
        let told = if text.len() > LONG { format!("{} bytes", text.len()) } else { text };
        line(out, depth, &format!("result {name}: {told}"));
    }
}

fn line(out: &mut String, depth: usize, text: &str) {
    writeln!(out, "{}{}", "  ".repeat(depth), text.trim_end()).expect("a string takes all");
}
