//! The examples that come with Tekton run on the cluster of these tests, but for those that `tests/tekton/examples.tsv` leaves out
//! for a reason. Where `--auto safe` finds groups in one, it does the same with them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};

use walkdir::WalkDir;

use crate::cases::differences;
use crate::cluster::{Cluster, cluster, for_each, is_wanted, root, text};
use crate::planned;

/// Examples that must run.
const EXAMPLES_RUN: usize = 85;

/// Examples in which groups must be found.
const EXAMPLES_GROUPED: usize = 15;

/// Examples of which two executions differ, and why.
const NOT_COMPARED: [(&str, &str); 2] = [
    (
        "pipelineruns/pipelinerun-with-parallel-tasks-using-pvc.yaml",
        "a task sees what a parallel one has written by then",
    ),
    ("pipelineruns/pipelinerun.yaml", "it makes an object that belongs to no namespace, and cannot be made twice"),
];

/// An example with a LimitRange, which raises requests of pods: no plan knows of that.
const NOT_PLANNED: &str = "pipelineruns/no-ci/limitrange.yaml";

#[test]
fn examples_of_tekton_run() {
    let Some(cluster) = cluster() else { return };
    let folder = folder();
    let listed = listed();
    let there: BTreeSet<String> = examples(&folder);
    let unlisted: Vec<_> = there.iter().filter(|name| !listed.contains_key(*name)).collect();
    let gone: Vec<_> = listed.keys().filter(|name| !there.contains(*name)).collect();
    assert!(unlisted.is_empty() && gone.is_empty(), "examples.tsv misses {unlisted:?}, and lists {gone:?} too much");
    let run: Vec<&String> = listed.iter().filter(|(_, outcome)| *outcome == "runs").map(|(name, _)| name).collect();
    assert!(run.len() >= EXAMPLES_RUN, "only {} examples are to run", run.len());
    let run: Vec<&String> = run.into_iter().filter(|name| is_wanted(name)).collect();
    let grouped = AtomicUsize::new(0);
    for_each(&run, |name| {
        let file = folder.join(name);
        let differs = NOT_COMPARED.iter().any(|(other, _)| other == name);
        if differs || !finds_groups(&file) {
            return execute(cluster, name, &file);
        }
        grouped.fetch_add(1, Ordering::Relaxed);
        compare(cluster, name, &file)
    });
    let grouped = grouped.into_inner();
    assert!(run.len() < EXAMPLES_RUN || grouped >= EXAMPLES_GROUPED, "groups are found in {grouped} examples only");
}

fn execute(cluster: &Cluster, name: &str, file: &Path) -> Result<String, String> {
    let answer = cluster.execute(file);
    let runs = answer.json["runs"].as_array().map(Vec::as_slice).unwrap_or_default();
    if answer.code == 0 && !runs.is_empty() {
        return Ok(format!("{name}: {} runs", runs.len()));
    }
    let told = runs.iter().map(|run| format!("{}: {} {}", run["name"], run["reason"], run["message"]));
    let told = told.collect::<Vec<_>>().join("; ");
    Err(format!("{name}: exit code {}: {told}{}", answer.code, answer.json["refused"]))
}

/// Whether `suggest` proposes anything for a file.
fn finds_groups(file: &Path) -> bool {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tkn-fuse"));
    let output = command.arg("suggest").arg(file).output().expect("the program runs");
    String::from_utf8_lossy(&output.stdout).contains("  --group ")
}

/// Compares a file with what is made of it where the program chooses the groups.
fn compare(cluster: &Cluster, name: &str, file: &Path) -> Result<String, String> {
    let arguments = ["--auto", "safe"].map(str::to_owned);
    let answer = cluster.compare(file, None, &arguments);
    let runs = answer.json["source"]["runs"].as_array().map(Vec::as_slice).unwrap_or_default();
    if answer.code != 0 || runs.is_empty() {
        let unannounced = differences(&answer, |code| code.is_none());
        return Err(format!("{name}: exit code {}: {}{}", answer.code, unannounced.join("\n"), answer.stderr));
    }
    if name != NOT_PLANNED {
        planned::check(file, &text(file), &arguments, &answer).map_err(|wrong| format!("{name}: {wrong}"))?;
    }
    Ok(format!("{name}: {} runs, the same with the groups that are found", runs.len()))
}

fn folder() -> PathBuf {
    let output = Command::new(root().join("tests/tekton/run")).arg("examples").output().expect("the script starts");
    assert!(output.status.success(), "no folder of examples: {}", String::from_utf8_lossy(&output.stderr));
    PathBuf::from(String::from_utf8_lossy(&output.stdout).trim_end())
}

fn examples(folder: &Path) -> BTreeSet<String> {
    let files = WalkDir::new(folder).into_iter().filter_map(Result::ok).map(walkdir::DirEntry::into_path);
    let yaml = files.filter(|path| path.extension().is_some_and(|extension| extension == "yaml"));
    yaml.filter_map(|path| Some(path.strip_prefix(folder).ok()?.to_string_lossy().into_owned())).collect()
}

/// What `examples.tsv` says of each example: `runs`, or `left out` with a reason behind it.
fn listed() -> BTreeMap<String, String> {
    let table = text(&root().join("tests/tekton/examples.tsv"));
    let mut listed = BTreeMap::new();
    for row in table.lines().skip(1) {
        let columns: Vec<&str> = row.split('\t').collect();
        let is_sound = match columns[..] {
            [_, "runs"] => true,
            [_, "left out", reason] => !reason.is_empty(),
            _ => false,
        };
        assert!(is_sound, "examples.tsv: {row}");
        listed.insert(columns[0].to_owned(), columns[1].to_owned());
    }
    listed
}
