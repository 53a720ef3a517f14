//! What `plan` says is what a run makes: the pods of source and output, as they were executed, are those of the plan.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

use serde_json::Value;
use tkn_fuse::quantity::Quantity;

use crate::cluster::Answer;

/// Compares the plan of a case with its executions.
pub(crate) fn check(source: &Path, text: &str, arguments: &[String], answer: &Answer) -> Result<(), String> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tkn-fuse"));
    let output = command.arg("plan").arg(source).args(arguments).args(["--format", "json"]).output();
    let output = output.expect("the program runs");
    let plan: Value = serde_json::from_slice(&output.stdout).map_err(|error| format!("no plan: {error}"))?;
    let mut wrong = Vec::new();
    for (side, execution) in [("before", &answer.json["source"]), ("after", &answer.json["fused"])] {
        let sided = Sided { plan: &plan, side, execution, claims: claims(text) };
        wrong.extend(sided.faults().into_iter().map(|fault| format!("plan, {side}: {fault}")));
    }
    if wrong.is_empty() { Ok(()) } else { Err(wrong.join("\n")) }
}

/// How many claims the documents make themselves.
fn claims(text: &str) -> u64 {
    let documents = serde_yaml::Deserializer::from_str(text);
    let values = documents.filter_map(|document| <serde_yaml::Value as serde::Deserialize>::deserialize(document).ok());
    let is_claim =
        |value: &serde_yaml::Value| value.get("kind").and_then(|kind| kind.as_str()) == Some("PersistentVolumeClaim");
    values.filter(is_claim).count() as u64
}

/// A plan and an execution of one side.
struct Sided<'a> {
    plan: &'a Value,
    side: &'a str,
    execution: &'a Value,
    /// Claims that no run makes.
    claims: u64,
}

impl Sided<'_> {
    fn faults(&self) -> Vec<String> {
        let mut faults = Vec::new();
        let (mut task_runs, mut pods, mut containers, mut claims) = (0, 0, 0, self.claims);
        for run in items(&self.execution["runs"]) {
            let name = word(&run["name"]);
            let Some((pipeline, planned)) = self.planned(name) else {
                faults.push(format!("there is no plan for the run {name}"));
                continue;
            };
            claims += number(&planned["claims"][self.side]);
            // A Pipeline without groups is counted once.
            let side = Some(&pipeline[self.side]).filter(|side| !side.is_null()).unwrap_or(&pipeline["before"]);
            faults.extend(of_run(run, side));
            for task in items(&run["tasks"]) {
                task_runs += 1;
                if !word(&task["pod"]).is_empty() {
                    pods += 1 + number(&task["retries"]);
                    containers += (1 + number(&task["retries"])) * number(&task["containers"]);
                }
            }
        }
        let counts = &self.execution["counts"];
        for (what, counted) in [("taskRuns", task_runs), ("pods", pods), ("containers", containers), ("claims", claims)]
        {
            if number(&counts[what]) != counted {
                faults.push(format!("{what}: {counted} of the tasks that ran, {} counted", counts[what]));
            }
        }
        faults
    }

    /// The plan of the Pipeline of a run, and of the run; the name of one may be generated.
    fn planned(&self, name: &str) -> Option<(&Value, &Value)> {
        let is_it =
            |run: &&Value| word(&run["name"]) == name || name.starts_with(&format!("{}-run", word(&run["name"])));
        items(&self.plan["pipelines"]).find_map(|pipeline| Some((pipeline, items(&pipeline["runs"]).find(is_it)?)))
    }
}

/// What a run made that is not planned, or did not make that is.
fn of_run(run: &Value, side: &Value) -> Vec<String> {
    let mut faults = Vec::new();
    let units: BTreeMap<&str, &Value> = items(&side["units"]).map(|unit| (word(&unit["name"]), unit)).collect();
    let mut ran: BTreeMap<&str, u64> = BTreeMap::new();
    for task in items(&run["tasks"]) {
        let name = word(&task["name"]);
        *ran.entry(name).or_default() += 1;
        match units.get(name) {
            Some(unit) if !word(&task["pod"]).is_empty() => faults.extend(of_pod(name, task, unit)),
            Some(_) => {}
            None => faults.push(format!("{name} is not planned")),
        }
    }
    let skipped: BTreeSet<&str> = items(&run["skipped"]).map(|skipped| word(&skipped["task"])).collect();
    for (name, unit) in units {
        let ran = ran.get(name).copied().unwrap_or_default();
        // A run that fails before its end leaves tasks out without saying so.
        let may_miss = skipped.contains(name) || run["status"] == "Failed";
        if unit["taskRuns"].as_u64().is_some_and(|planned| planned != ran && !(ran == 0 && may_miss)) {
            faults.push(format!("{name} has {ran} TaskRuns, {} are planned", unit["taskRuns"]));
        }
    }
    faults
}

/// What the pod of a task has otherwise than planned.
fn of_pod(name: &str, task: &Value, unit: &Value) -> Vec<String> {
    let mut faults = Vec::new();
    let unsure: BTreeSet<&str> = items(&unit["unsure"]).map(word).collect();
    let sure = |list: &Value| -> Vec<String> {
        items(list).map(word).filter(|name| !unsure.contains(name)).map(str::to_owned).collect()
    };
    let (there, planned) = (sure(&task["initContainers"]), sure(&unit["initContainers"]));
    if there != planned {
        faults.push(format!("the pod of {name} has the init containers {there:?}, {planned:?} are planned"));
    }
    let gone = items(&unit["initContainers"]).count().saturating_sub(items(&task["initContainers"]).count()) as u64;
    if number(&task["containers"]) + gone != number(&unit["containers"]) {
        faults.push(format!(
            "the pod of {name} has {} containers, {} are planned",
            task["containers"], unit["containers"]
        ));
    }
    if quantities(&task["requests"]) != quantities(&unit["requests"]) {
        faults.push(format!("the pod of {name} asks for {}, {} is planned", task["requests"], unit["requests"]));
    }
    faults
}

/// Amounts by resource.
fn quantities(amounts: &Value) -> BTreeMap<&str, Quantity> {
    let amounts = amounts.as_object().into_iter().flatten();
    amounts.map(|(resource, text)| (resource.as_str(), word(text).parse().expect("an amount"))).collect()
}

fn items(list: &Value) -> impl Iterator<Item = &Value> {
    list.as_array().into_iter().flatten()
}

fn word(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn number(value: &Value) -> u64 {
    value.as_u64().unwrap_or_default()
}
