//! `tests/tekton/features`: what Tekton itself does with its own features on the cluster of these tests. The snapshots beside the
//! files show that the cluster is one: what a mistake of the node agent would change stands in them.

use std::fmt::Write;
use std::path::PathBuf;

use serde_json::Value;

use crate::cluster::{cluster, for_each, is_wanted, root};

#[test]
fn tekton_does_what_its_features_promise() {
    let Some(cluster) = cluster() else { return };
    for_each(&files(), |file| {
        let stem = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let answer = cluster.execute(file, &[]);
        if answer.code == 2 {
            return Err(format!("{stem}: no answer: {}", answer.stderr));
        }
        let told = told(&answer.json);
        let mut settings = insta::Settings::clone_current();
        settings.set_snapshot_path(file.parent().unwrap_or(root()));
        settings.set_prepend_module_to_snapshot(false);
        settings.set_omit_expression(true);
        settings
            .bind(|| std::panic::catch_unwind(|| insta::assert_snapshot!(stem.as_str(), told)))
            .map(|()| stem.clone())
            .map_err(|_| format!("{stem} does something else:\n{told}"))
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
    let each = |value: &Value| value.as_array().cloned().unwrap_or_default();
    for refused in each(&report["refused"]) {
        line(&mut out, 0, &format!("refused: {}", refused.as_str().unwrap_or_default()));
    }
    for run in each(&report["runs"]) {
        line(
            &mut out,
            0,
            &format!(
                "{} {}: {} {}",
                word(&run["kind"]),
                word(&run["name"]),
                word(&run["status"]),
                word(&run["reason"])
            ),
        );
        results(&mut out, 1, &run["results"]);
        for skipped in each(&run["skipped"]) {
            line(&mut out, 1, &format!("skipped {}: {}", word(&skipped["task"]), word(&skipped["reason"])));
        }
        // Tasks that run at the same time may start in any order.
        let mut tasks = each(&run["tasks"]);
        tasks.sort_by_key(|task| word(&task["taskRun"]).to_owned());
        for task in tasks {
            let retries = task["retries"].as_i64().map_or(String::new(), |retries| format!(", {retries} retries"));
            line(&mut out, 1, &format!("task {}: {}{retries}", word(&task["name"]), word(&task["reason"])));
            results(&mut out, 2, &task["results"]);
            for step in each(&task["steps"]) {
                line(
                    &mut out,
                    2,
                    &format!("step {}: {} {}", word(&step["name"]), step["exitCode"], word(&step["reason"])),
                );
                results(&mut out, 3, &step["results"]);
                step["log"]
                    .as_str()
                    .unwrap_or_default()
                    .lines()
                    .for_each(|text| line(&mut out, 3, &format!("| {text}")));
            }
        }
        for (workspace, files) in run["workspaces"].as_object().into_iter().flatten() {
            for file in each(files) {
                line(
                    &mut out,
                    1,
                    &format!(
                        "workspace {workspace}: {} {} {}",
                        word(&file["mode"]),
                        word(&file["path"]),
                        file["content"]
                    ),
                );
            }
        }
    }
    out
}

fn word(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn results(out: &mut String, depth: usize, results: &Value) {
    for (name, value) in results.as_object().into_iter().flatten() {
        line(out, depth, &format!("result {name}: {value}"));
    }
}

fn line(out: &mut String, depth: usize, text: &str) {
    writeln!(out, "{}{}", "  ".repeat(depth), text.trim_end()).expect("a string takes all");
}
