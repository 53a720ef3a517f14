//! What `suggest` finds in the corpus: at least every chain that compiles without a warning.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use crate::chains::{chains, compile, name, pipelines, task_arguments};

/// Chains that must be found.
const CHAINS_FOUND: usize = 13;

/// The members of each group that is suggested, by the name of the group.
fn suggested(directory: &Path) -> Vec<(String, BTreeSet<String>)> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tkn-fuse"));
    command.args(["suggest", "--format", "json"]).arg(directory.join("pipeline.yaml")).args(task_arguments(directory));
    let output = command.output().expect("the program runs");
    assert!(output.status.success(), "{}: {output:#?}", directory.display());
    let document: serde_json::Value = serde_json::from_slice(&output.stdout).expect("a document");
    let pipelines = document["pipelines"].as_array().expect("Pipelines");
    let groups = pipelines.iter().flat_map(|pipeline| pipeline["groups"].as_array().expect("groups"));
    let text = |value: &serde_json::Value| value.as_str().expect("a string").to_owned();
    let members = |group: &serde_json::Value| group["members"].as_array().expect("members").iter().map(text).collect();
    groups.map(|group| (text(&group["name"]), members(group))).collect()
}

#[test]
fn every_chain_without_a_warning_is_found() {
    let Some(pipelines) = pipelines() else { return };
    let (mut found, mut missed) = (0, Vec::new());
    for directory in pipelines {
        let name = name(&directory);
        let groups = suggested(&directory);
        for chain in chains(&directory) {
            let output = compile(&directory, &chain);
            let safe = output.status.success() && !String::from_utf8_lossy(&output.stderr).contains("warning[");
            let in_chain = |members: &BTreeSet<String>| chain.split(',').all(|member| members.contains(member));
            let group = groups.iter().find(|(_, members)| in_chain(members)).map(|(name, _)| name.as_str());
            let state = if safe { "without a warning" } else { "not without a warning" };
            println!("{name}\t{chain}\t{state}\t{}", group.unwrap_or("-"));
            match (safe, group) {
                (true, Some(_)) => found += 1,
                (true, None) => missed.push(format!("{name} [{chain}]")),
                (false, _) => {}
            }
        }
    }
    assert!(missed.is_empty(), "not in one group that is suggested:\n{}", missed.join("\n"));
    assert!(found >= CHAINS_FOUND, "only {found} chains");
}
