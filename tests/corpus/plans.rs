//! What fusing the chains of the corpus saves, as many chains of a pipeline together as go together.

use std::path::Path;

use serde_json::Value;

use crate::chains::{chains, name, pipelines, program};
use crate::recorded;

/// The plan of a pipeline in which each of `groups` is one; nothing if they do not go together.
fn plan(directory: &Path, groups: &[String]) -> Option<Value> {
    let mut command = program("plan", directory);
    for (number, group) in groups.iter().enumerate() {
        command.arg("--group").arg(format!("chain-{number}={group}"));
    }
    let output = command.args(["--format", "json"]).output().expect("the program runs");
    output.status.success().then(|| serde_json::from_slice(&output.stdout).expect("a plan"))
}

fn number(value: &Value) -> u64 {
    value.as_u64().unwrap_or_else(|| panic!("{value} is no number"))
}

/// A cell: a number, with a question mark if something is not counted in it.
fn cell(side: &Value, key: &str) -> String {
    let units = side["units"].as_array().expect("units");
    let is_known = |unit: &Value| unit["pods"] == 0 || unit.get("pods").and(unit.get(key)).is_some();
    format!("{}{}", side[key], if units.iter().all(is_known) { "" } else { " + ?" })
}

fn peak(side: &Value) -> String {
    let amounts = side["requestPeak"].as_object().expect("amounts");
    let amounts =
        amounts.iter().map(|(resource, amount)| format!("{resource} {}", amount.as_str().unwrap_or_default()));
    let list = amounts.collect::<Vec<_>>().join(", ");
    if list.is_empty() { "nothing".to_owned() } else { list }
}

#[test]
fn chains_save_a_pod_for_each_member_but_one() {
    let Some(pipelines) = pipelines() else { return };
    let recorded = recorded();
    println!("| pipeline | pods | containers | requested at peak | estimated seconds |\n|---|---|---|---|---|");
    for directory in pipelines {
        let name = name(&directory);
        let is_fused =
            |chain: &String| recorded.get(&(name.clone(), chain.clone())).is_some_and(|row| row.outcome == "fused");
        let mut groups = Vec::new();
        let mut document = plan(&directory, &groups).expect("a pipeline without groups has a plan");
        for chain in chains(&directory).into_iter().filter(is_fused) {
            groups.push(chain);
            match plan(&directory, &groups) {
                Some(more) => document = more,
                None => println!("left out of {name}, as it does not go with the others: {:?}", groups.pop()),
            }
        }
        let planned = &document["pipelines"][0];
        let (before, after) = (&planned["before"], planned.get("after").unwrap_or(&planned["before"]));
        let both = |of: &dyn Fn(&Value) -> String| format!("{} -> {}", of(before), of(after));
        println!(
            "| {name} | {} | {} | {} | {} |",
            both(&|side| cell(side, "pods")),
            both(&|side| cell(side, "containers")),
            both(&peak),
            both(&|side| side["criticalPath"]["seconds"].to_string())
        );
        let units = after["units"].as_array().expect("units");
        let added = units.iter().filter(|unit| unit["kind"] == "results").count() as u64;
        let of_groups = planned["groups"].as_array().expect("groups");
        assert_eq!(of_groups.len(), groups.len(), "{name}");
        let saved: u64 = of_groups.iter().map(|group| number(&group["pods"]["before"]) - 1).sum();
        assert_eq!(number(&after["pods"]) + saved, number(&before["pods"]) + added, "{name}");
        assert!(number(&before["pods"]) > 0, "{name}");
    }
}
