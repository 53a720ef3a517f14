//! What a compiled Pipeline must be like, whatever was fused.

use std::collections::{HashMap, HashSet};

use proptest::prelude::*;
use serde_json::Value as Json;
use tkn_fuse::compile::{Options, compile};
use tkn_fuse::diag::Diagnostics;
use tkn_fuse::expr::{ParamName, Template, Variable};
use tkn_fuse::source::Sources;
use tkn_fuse::yaml;

use crate::requests;

/// Compiles a text and looks at what came out; whether anything was fused.
pub(crate) fn check(text: &str) -> Result<bool, TestCaseError> {
    let mut sources = Sources::default();
    let input = sources.add("in.yaml", text);
    let mut said = Diagnostics::default();
    let Some((output, fused)) = compiled(&mut sources, input, &mut said)? else { return Ok(false) };
    let before = roots(&sources, input);
    prop_assert!(fused, "nothing was fused of\n{text}");
    let input = sources.add("out.yaml", output.as_str());
    let mut found = Diagnostics::default();
    let again = compiled(&mut sources, input, &mut found)?.map(|(text, _)| text);
    prop_assert_eq!(again.as_ref(), Some(&output), "compiling again changes something: {:?}", found);
    let documents = roots(&sources, input);
    ask(&before, &documents, &said)
        .map_err(|error| TestCaseError::fail(format!("{error}\n{output}\n--- from ---\n{text}")))?;
    let whole = tasks(&documents).and_then(|tasks| pipeline(documents.last().unwrap(), &tasks));
    match whole {
        Ok(()) => Ok(true),
        Err(problem) => Err(TestCaseError::fail(format!("{problem}\n{output}\n--- from ---\n{text}"))),
    }
}

fn roots(sources: &Sources, source: tkn_fuse::source::SourceId) -> Vec<Json> {
    let documents = yaml::documents(sources, source);
    let roots = documents.iter().map(|document| document.root.as_ref().unwrap());
    roots.map(|root| serde_json::from_str(&root.json()).unwrap()).collect()
}

/// Looks at what the pods of all groups ask for.
fn ask(before: &[Json], after: &[Json], said: &Diagnostics) -> Result<(), TestCaseError> {
    let task = |documents: &'_ [Json], name: &str| {
        documents.iter().find(|document| document["kind"] == "Task" && document["metadata"]["name"] == name).cloned()
    };
    let pipeline = before.last().unwrap();
    let entries = || ["tasks", "finally"].into_iter().flat_map(|key| items(&pipeline["spec"][key]));
    let listed = |entry: &Json| {
        let names = items(&pipeline["spec"]["groups"]).iter().flat_map(|group| items(&group["tasks"]));
        names.into_iter().any(|name| name == &entry["name"] || name["name"] == entry["name"])
    };
    for group in ["g", "a-g"] {
        let Some(fused) = task(after, &format!("p-{group}")) else { continue };
        let members = entries().filter(|entry| entry["group"] == group || group == "g" && listed(entry));
        let spec = |entry: &Json| match &entry["taskSpec"] {
            Json::Null => task(before, text(&entry["taskRef"]["name"])).unwrap()["spec"].clone(),
            spec => spec.clone(),
        };
        let members: Vec<Json> = members.map(spec).collect();
        let about = said.iter().filter(|said| said.about.group.as_deref() == Some(group));
        let codes: Vec<&str> = about.map(|said| said.code.id()).collect();
        requests::check(&members.iter().collect::<Vec<_>>(), &fused["spec"], &codes)?;
    }
    Ok(())
}

/// The text that comes out; none where there are errors.
fn compiled(
    sources: &mut Sources,
    input: tkn_fuse::source::SourceId,
    found: &mut Diagnostics,
) -> Result<Option<(String, bool)>, TestCaseError> {
    let mut outputs = compile(sources, &[input], &[], &Options::default(), found).outputs;
    if found.has_errors() {
        return Ok(None);
    }
    prop_assert_eq!(outputs.len(), 1);
    Ok(outputs.pop().map(|output| (output.text, output.fused)))
}

/// The Tasks by name; the fused ones, which no pipeline task of the input could name, are whole.
fn tasks(documents: &[Json]) -> Result<HashMap<&str, &Json>, String> {
    let tasks = documents.iter().filter(|document| document["kind"] == "Task");
    let tasks: HashMap<&str, &Json> = tasks.map(|task| (text(&task["metadata"]["name"]), &task["spec"])).collect();
    let fused: Vec<_> = tasks.iter().filter(|(name, _)| name.starts_with("p-")).collect();
    if fused.is_empty() {
        return Err("no fused Task".to_owned());
    }
    fused.into_iter().try_for_each(|(name, spec)| fused_task(spec).map_err(|problem| format!("{name}: {problem}")))?;
    Ok(tasks)
}

fn text(node: &Json) -> &str {
    node.as_str().unwrap_or_default()
}

fn items(node: &Json) -> &[Json] {
    node.as_array().map_or(&[], Vec::as_slice)
}

/// The names in a list; they differ, those of all but results also when case is ignored. (A result that a program writes by
/// itself has to keep the name it had, and results are told apart by case.)
fn names<'a>(node: &'a Json, key: &str) -> Result<HashSet<&'a str>, String> {
    let names: Vec<&str> = items(&node[key]).iter().map(|item| text(&item["name"])).collect();
    let same = |name: &&str| if key == "results" { (*name).to_owned() } else { name.to_lowercase() };
    let different: HashSet<String> = names.iter().map(same).collect();
    if different.len() < names.len() || names.contains(&"") {
        return Err(format!("names of {key}: {names:?}"));
    }
    Ok(names.into_iter().collect())
}

fn each_text(node: &Json, visit: &mut dyn FnMut(&str)) {
    match node {
        Json::String(text) => visit(text),
        Json::Array(items) => items.iter().for_each(|item| each_text(item, visit)),
        Json::Object(fields) => fields.values().for_each(|value| each_text(value, visit)),
        _ => {}
    }
}

/// All variables in the texts of a node for which `fine` does not hold.
fn strays(node: &Json, fine: &dyn Fn(&Variable) -> bool) -> Result<(), String> {
    let mut strays = Vec::new();
    each_text(node, &mut |text| {
        let template = Template::parse(text);
        strays.extend(template.variables().filter(|variable| !fine(variable)).map(ToString::to_string));
    });
    if strays.is_empty() { Ok(()) } else { Err(format!("refers to nothing: {strays:?}")) }
}

fn fused_task(spec: &Json) -> Result<(), String> {
    let params = names(spec, "params")?;
    let results = names(spec, "results")?;
    let workspaces = names(spec, "workspaces")?;
    let volumes = names(spec, "volumes")?;
    let steps = names(spec, "steps")?;
    names(spec, "sidecars")?;
    if let Some(long) = steps.iter().find(|name| name.len() > 58) {
        return Err(format!("step {long} is too long"));
    }
    let in_task = |variable: &Variable| match variable {
        Variable::Param(ParamName::Plain(name), _) => params.contains(name.as_str()),
        Variable::Workspace(name, _) => workspaces.contains(name.as_str()),
        Variable::ResultPath(name) => results.contains(name.as_str()),
        Variable::ExitCodePath(step) => steps.contains(step.as_str()),
        Variable::StepResult { .. } | Variable::StepResultPath(_) | Variable::Context(_) => true,
        _ => false,
    };
    strays(spec, &in_task)?;
    let mut written: HashMap<&str, HashSet<String>> = HashMap::new();
    for step in items(&spec["steps"]) {
        let name = text(&step["name"]);
        let own = names(step, "results")?;
        let made = step_results(step);
        // A script that a link step writes speaks of the step that it is for.
        let writes_scripts = items(&step["volumeMounts"]).iter().any(|mount| mount["name"] == "fuse-scripts");
        let known = |step: &str| written.contains_key(step) || (writes_scripts && steps.contains(step));
        let earlier = |variable: &Variable| match variable {
            Variable::StepResult { step, rest } => {
                let result = rest.split(['[', '.']).next().unwrap_or_default();
                written.get(step.as_str()).is_some_and(|results| results.iter().any(|name| name == result))
            }
            Variable::StepResultPath(result) => own.contains(result.as_str()),
            Variable::ExitCodePath(step) => known(step),
            _ => true,
        };
        strays(step, &earlier)
            .and_then(|()| step_directories(step, &known))
            .map_err(|problem| format!("{name}: {problem}"))?;
        for (list, declared) in [("workspaces", &workspaces), ("volumeMounts", &volumes)] {
            let used = items(&step[list]).iter().map(|item| text(&item["name"]));
            let unknown: Vec<&str> =
                used.filter(|used| !declared.contains(used) && !used.starts_with("$(workspaces.")).collect();
            if !unknown.is_empty() {
                return Err(format!("{name}: {list} names {unknown:?}"));
            }
        }
        mount_paths(step)?;
        written.insert(name, own.iter().map(|name| (*name).to_owned()).chain(made).collect());
    }
    let handed_on = |variable: &Variable| match variable {
        Variable::StepResult { step, rest } => written.get(step.as_str()).is_some_and(|own| own.contains(rest)),
        _ => false,
    };
    items(&spec["results"]).iter().try_for_each(|result| strays(&result["value"], &handed_on))
}

/// The results that a helper step writes by their path: the entrypoint reads them, declared or not.
fn step_results(step: &Json) -> Vec<String> {
    let results = format!("/tekton/steps/step-{}/results/", text(&step["name"]));
    let mut found = Vec::new();
    each_text(step, &mut |text| {
        for (at, _) in text.match_indices(&results) {
            let rest = &text[at + results.len()..];
            found.push(rest[..rest.find(|c: char| !c.is_alphanumeric() && c != '-').unwrap_or(rest.len())].to_owned());
        }
    });
    found
}

/// Directories of steps that a step's texts name are its own or those of an earlier step.
fn step_directories(step: &Json, known: &dyn Fn(&str) -> bool) -> Result<(), String> {
    const STEPS: &str = "/tekton/steps/step-";
    let mut problems = Vec::new();
    let name = text(&step["name"]);
    each_text(step, &mut |text| {
        for (at, _) in text.match_indices(STEPS) {
            let path = &text[at + STEPS.len()..];
            let of = &path[..path.find(|c: char| !c.is_alphanumeric() && c != '-').unwrap_or(path.len())];
            // `step-$1`: gates look at the exit codes of the steps that they are called with.
            if of != name && !known(of) && !path.starts_with("$1/exitCode") {
                problems.push(of.to_owned());
            }
        }
        for (at, call) in text.match_indices("\ntkn_fuse_expect '") {
            let of = text[at + call.len()..].split('\'').next().unwrap_or_default();
            if !known(of) {
                problems.push(of.to_owned());
            }
        }
    });
    if problems.is_empty() { Ok(()) } else { Err(format!("no earlier steps: {problems:?}")) }
}

/// Nothing is mounted at one path twice.
fn mount_paths(step: &Json) -> Result<(), String> {
    let paths = items(&step["workspaces"]).iter().chain(items(&step["volumeMounts"]));
    let paths: Vec<&str> = paths.filter_map(|mount| mount["mountPath"].as_str()).collect();
    let different: HashSet<&str> = paths.iter().copied().collect();
    if different.len() == paths.len() { Ok(()) } else { Err(format!("mounted twice: {paths:?}")) }
}

fn pipeline(pipeline: &Json, specs: &HashMap<&str, &Json>) -> Result<(), String> {
    let spec = &pipeline["spec"];
    let (params, workspaces) = (names(spec, "params")?, names(spec, "workspaces")?);
    names(spec, "tasks")?;
    let entries: Vec<&Json> = items(&spec["tasks"]).iter().chain(items(&spec["finally"])).collect();
    let of = |task: &Json| match task["taskRef"]["name"].as_str() {
        Some(name) => specs.get(name).map(|spec| (*spec).clone()),
        None => Some(task["taskSpec"].clone()),
    };
    let mut tasks = HashMap::new();
    for entry in &entries {
        let name = text(&entry["name"]);
        let spec = of(entry).ok_or_else(|| format!("{name} runs no Task of the output"))?;
        if entry.get("group").is_some() {
            return Err(format!("{name} still has a mark"));
        }
        passed(entry, &spec, &workspaces).map_err(|problem| format!("{name}: {problem}"))?;
        tasks.insert(name, spec);
    }
    let known = |variable: &Variable| match variable {
        Variable::TaskResult { task, result, .. } => {
            let results = tasks.get(task.as_str()).map(|spec| items(&spec["results"])).unwrap_or_default();
            results.iter().any(|declared| text(&declared["name"]) == result)
        }
        Variable::Param(ParamName::Plain(name), _) => params.contains(name.as_str()),
        _ => true,
    };
    for entry in &entries {
        let name = text(&entry["name"]);
        strays(&entry["params"], &known).map_err(|problem| format!("{name}: {problem}"))?;
        if let Some(gone) = items(&entry["runAfter"]).iter().find(|other| !tasks.contains_key(text(other))) {
            return Err(format!("{name} waits for {gone}"));
        }
    }
    strays(&spec["results"], &known)
}

/// A pipeline task passes what its Task needs and nothing else.
fn passed(entry: &Json, spec: &Json, pipeline: &HashSet<&str>) -> Result<(), String> {
    let passed = names(entry, "params")?;
    let declared = names(spec, "params")?;
    let missing: Vec<&str> = items(&spec["params"])
        .iter()
        .filter(|param| param.get("default").is_none() && !passed.contains(text(&param["name"])))
        .map(|param| text(&param["name"]))
        .collect();
    let unknown: Vec<&&str> = passed.iter().filter(|name| !declared.contains(**name)).collect();
    let bound = names(entry, "workspaces")?;
    let unbound: Vec<&str> = items(&spec["workspaces"])
        .iter()
        .filter(|workspace| workspace["optional"] != true && !bound.contains(text(&workspace["name"])))
        .map(|workspace| text(&workspace["name"]))
        .collect();
    let bindings = items(&entry["workspaces"]).iter();
    let nowhere: Vec<&str> =
        bindings.map(|binding| text(&binding["workspace"])).filter(|name| !pipeline.contains(name)).collect();
    match missing.len() + unknown.len() + unbound.len() + nowhere.len() {
        0 => Ok(()),
        _ => {
            Err(format!("missing {missing:?}, unknown {unknown:?}, unbound {unbound:?}, bound to nothing {nowhere:?}"))
        }
    }
}
