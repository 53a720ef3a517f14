//! The pod of a Task: its containers, and what they ask for.

use std::borrow::Cow;
use std::collections::HashMap;

use serde::Serialize;

use super::Requests;
use super::scope::{Scope, filled, items, named};
use crate::expr::Template;
use crate::model::merge;
use crate::resources::{Amounts, Kind, of_container};
use crate::yaml::Node;

/// What every pod has: it puts Tekton's entrypoint where the steps find it.
const PREPARE: &str = "prepare";
/// What a pod with scripts has.
const SCRIPTS: &str = "place-scripts";
/// What a pod has whose steps work in directories below `/workspace`.
const DIRECTORIES: &str = "working-dir-initializer";

/// The pod of a TaskRun.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Pod {
    /// All containers, init containers among them.
    pub containers: usize,
    /// Containers of steps.
    pub steps: usize,
    /// Containers of sidecars.
    pub sidecars: usize,
    /// The init containers that Tekton adds (`Builder.Build`, `pkg/pod/pod.go`, v1.15).
    pub init_containers: Vec<&'static str>,
    /// Those of them that only a run can tell to be there; they are counted.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unsure: Vec<&'static str>,
    /// What the scheduler keeps free for it. Tekton's init containers ask for nothing.
    pub requests: Requests,
}

impl Pod {
    /// The pod that runs a Task. `run_spec` is what a run says of the pipeline task (`taskRunSpecs`).
    pub(super) fn of(scope: &Scope<'_>, step_actions: &HashMap<String, &Node>, run_spec: Option<&Node>) -> Self {
        let steps: Vec<Step<'_>> = steps(scope.spec, step_actions);
        let sidecars = items(scope.spec, "sidecars");
        let (mut init_containers, mut unsure) = (vec![PREPARE], Vec::new());
        let scripted = sidecars.iter().any(|sidecar| filled(sidecar, "script").is_some());
        let scripted = any(steps.iter().map(|step| step.has_script()).chain([Some(scripted)]));
        let directories = any(steps.iter().map(|step| step.makes_directory(scope)));
        for (name, there) in [(SCRIPTS, scripted), (DIRECTORIES, directories)] {
            init_containers.extend((there != Some(false)).then_some(name));
            unsure.extend(there.is_none().then_some(name));
        }
        let mut requests = Amounts::default();
        let asked = |own: &Node, list: &str| of_container(&overridden(own, run_spec, list), Kind::Requests);
        steps.iter().for_each(|step| requests.add(&asked(&step.node, "stepSpecs")));
        sidecars.iter().for_each(|sidecar| requests.add(&asked(sidecar, "sidecarSpecs")));
        Self {
            containers: steps.len() + sidecars.len() + init_containers.len(),
            steps: steps.len(),
            sidecars: sidecars.len(),
            init_containers,
            unsure,
            requests: Requests(requests),
        }
    }
}

/// Whether any is so; nothing if that depends on one that is not known.
fn any(all: impl Iterator<Item = Option<bool>>) -> Option<bool> {
    let all: Vec<Option<bool>> = all.collect();
    match all.contains(&Some(true)) {
        true => Some(true),
        false => (!all.contains(&None)).then_some(false),
    }
}

/// A step with what it takes from its StepAction and from the `stepTemplate`.
struct Step<'a> {
    node: Cow<'a, Node>,
    /// Whether it is a StepAction that is not among the inputs.
    unknown: bool,
}

/// The steps of a Task. Tekton puts StepActions in before it merges the template (`GetTaskSpecFromTaskRun` and `Build`,
/// v1.15).
fn steps<'a>(spec: &'a Node, step_actions: &HashMap<String, &Node>) -> Vec<Step<'a>> {
    let template = spec.get("stepTemplate").filter(|template| !template.is_null());
    let step = |own: &'a Node| {
        let reference = own.get("ref").filter(|reference| !reference.is_null());
        let action = reference.and_then(|reference| step_actions.get(reference.get("name")?.as_str()?));
        let mut node = Cow::Borrowed(own);
        if let Some(action) = action.and_then(|action| action.get("spec")) {
            let taken = ["script", "workingDir"].into_iter().filter_map(|key| Some((key, action.get(key)?.clone())));
            node = Cow::Owned(merge(&Node::mapping(own.span, taken), own));
        }
        if let Some(template) = template {
            node = Cow::Owned(merge(template, &node));
        }
        Step { node, unknown: reference.is_some() && action.is_none() }
    };
    items(spec, "steps").iter().map(step).collect()
}

impl Step<'_> {
    fn has_script(&self) -> Option<bool> {
        let there = filled(&self.node, "script").is_some();
        if self.unknown { None } else { Some(there) }
    }

    /// Whether Tekton makes its working directory (`workingDirInit`, `pkg/pod/workingdir_init.go`, v1.15).
    fn makes_directory(&self, scope: &Scope<'_>) -> Option<bool> {
        match filled(&self.node, "workingDir") {
            // Params in a StepAction are its own.
            Some(text) if self.node.get("ref").is_some() => is_made(&Template::parse(text)),
            Some(text) => is_made(&scope.text(&self.node, text)),
            None if self.unknown => None,
            None => Some(false),
        }
    }
}

/// Whether a working directory is relative or below `/workspace`; nothing if its text does not tell.
fn is_made(directory: &Template) -> Option<bool> {
    let text = directory.to_string();
    // Variables that are none of Tekton's, in a TriggerTemplate say, are not known either.
    let Some((start, _)) = text.split_once("$(") else {
        let clean = clean(&text);
        return Some(!text.is_empty() && (!clean.starts_with('/') || clean.starts_with("/workspace/")));
    };
    // What follows may climb up or down, but hardly anybody writes that.
    match start {
        "" => None,
        _ if !start.starts_with('/') || start.starts_with("/workspace/") => Some(true),
        _ if "/workspace/".starts_with(start) => None,
        _ => Some(false),
    }
}

/// A path without `.`, `..` and empty parts, as Go's `filepath.Clean` gives it.
fn clean(path: &str) -> String {
    let absolute = path.starts_with('/');
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/').filter(|part| !part.is_empty() && *part != ".") {
        match (part, parts.last()) {
            ("..", Some(last)) if *last != ".." => _ = parts.pop(),
            ("..", None) if absolute => {}
            _ => parts.push(part),
        }
    }
    format!("{}{}", if absolute { "/" } else { "" }, parts.join("/"))
}

/// A step or sidecar with the resources that a run gives it (`MergeStepsWithSpecs`, `pkg/apis/pipeline/v1/merge.go`, v1.15).
fn overridden<'n>(container: &'n Node, run_spec: Option<&Node>, list: &str) -> Cow<'n, Node> {
    let name = container.get("name").and_then(Node::as_str);
    let given = run_spec.zip(name).and_then(|(spec, name)| named(spec, list, name)?.get("computeResources"));
    match given {
        Some(resources) => {
            let over = Node::mapping(container.span, [("computeResources", resources.clone())]);
            Cow::Owned(merge(container, &over))
        }
        None => Cow::Borrowed(container),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn directories_below_workspace_and_relative_ones_are_made() {
        for (text, made) in [
            ("", Some(false)),
            ("/workspace", Some(false)),
            ("/workspace/", Some(false)),
            ("/workspace/a", Some(true)),
            ("//workspace/./a/..//b", Some(true)),
            ("/workspace/../etc", Some(false)),
            ("/workspaces/a", Some(false)),
            ("a", Some(true)),
            ("../a", Some(true)),
            ("$(params.x)", None),
            ("/$(params.x)", None),
            ("/work$(params.x)", None),
            ("/workspace/$(params.x)", Some(true)),
            ("/opt/$(params.x)", Some(false)),
            ("a/$(params.x)", Some(true)),
            ("$(tt.params.x)", None),
        ] {
            assert_eq!(is_made(&Template::parse(text)), made, "{text}");
        }
    }
}
