//! The examples that come with Tekton run on the cluster of these tests, but for those that `tests/tekton/examples.tsv` leaves out
//! for a reason.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use walkdir::WalkDir;

use crate::cluster::{cluster, for_each, is_wanted, root, text};

/// Examples that must run.
const EXAMPLES_RUN: usize = 85;

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
    for_each(&run, |name| {
        let answer = cluster.execute(&folder.join(name));
        let runs = answer.json["runs"].as_array().map(Vec::as_slice).unwrap_or_default();
        if answer.code == 0 && !runs.is_empty() {
            return Ok(format!("{name}: {} runs", runs.len()));
        }
        let told = runs.iter().map(|run| format!("{}: {} {}", run["name"], run["reason"], run["message"]));
        Err(format!(
            "{name}: exit code {}: {}{}",
            answer.code,
            told.collect::<Vec<_>>().join("; "),
            answer.json["refused"]
        ))
    });
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
