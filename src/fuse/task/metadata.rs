//! Labels and annotations of the fused Task.

use indexmap::IndexMap;
use serde_json::json;

use crate::diag::Diagnostics;
use crate::fuse::member::Member;
use crate::fuse::results::StepKey;
use crate::fuse::steps::Draft;
use crate::fuse::{Request, told};
use crate::yaml::{Mapping, Node, Value};

/// The label that says what wrote an object (Kubernetes' recommended labels).
pub(in crate::fuse) const MANAGED_BY: &str = "app.kubernetes.io/managed-by";

/// Labels and annotations: the members' where they agree, the Pipeline's labels, and where each step comes from.
pub(super) fn metadata(request: &Request<'_>, task_name: &str, trace: &str, diagnostics: &mut Diagnostics) -> Node {
    let span = request.group.span;
    let mut fields: Vec<(&str, Node)> = Vec::new();
    if !request.embeds {
        fields.push(("name", Node::string(span, task_name)));
        fields.extend(request.pipeline.namespace.as_ref().map(|name| ("namespace", Node::string(span, name))));
    }
    let mut dropped = Vec::new();
    let mut labels = agreed(request, "labels", &mut dropped);
    let mut annotations = agreed(request, "annotations", &mut dropped);
    if let Some(own) = request.pipeline.metadata.as_ref().and_then(|node| node.get("labels")?.as_mapping())
        && !request.embeds
    {
        for entry in &own.entries {
            if labels.get(&entry.key).is_some_and(|member| !member.same(&entry.value)) {
                dropped.push(entry.key.clone());
            }
            labels.set(&entry.key, entry.value.clone());
        }
    }
    let by_us = Node::string(span, "tkn-fuse");
    if labels.get(MANAGED_BY).is_some_and(|other| !other.same(&by_us)) {
        dropped.push(MANAGED_BY.to_owned());
    }
    labels.set(MANAGED_BY, by_us);
    annotations.set("tkn-fuse/steps", Node::string(span, trace));
    fields.push(("labels", Node { span, value: Value::Mapping(labels) }));
    fields.push(("annotations", Node { span, value: Value::Mapping(annotations) }));
    told::dropped_metadata(request, &dropped, diagnostics);
    Node::mapping(span, fields)
}

/// The labels or annotations of all members that Tekton copies to TaskRun and pod; where two disagree, none.
fn agreed(request: &Request<'_>, key: &str, dropped: &mut Vec<String>) -> Mapping {
    let mut union: IndexMap<&str, Option<&Node>> = IndexMap::new();
    for member in &request.members {
        let metadata = match member.resolved.task {
            Some(task) => task.metadata.as_ref(),
            None => member.spec().node.get("metadata"),
        };
        let Some(mapping) = metadata.and_then(|node| node.get(key)?.as_mapping()) else { continue };
        let copied = |name: &str| !name.starts_with("kubectl.kubernetes.io/") && !name.starts_with("tkn-fuse/");
        for entry in mapping.entries.iter().filter(|entry| copied(&entry.key)) {
            let known = union.entry(&entry.key).or_insert(Some(&entry.value));
            if known.is_some_and(|known| !known.same(&entry.value)) {
                *known = None;
                dropped.push(entry.key.clone());
            }
        }
    }
    let mut agreed = Mapping::default();
    union
        .into_iter()
        .filter_map(|(key, value)| Some((key, value?)))
        .for_each(|(key, value)| agreed.set(key, value.clone()));
    agreed
}

/// Where each step comes from, as one line of JSON: step -> [member, Task, step of the Task]; helper steps name what they are.
/// Steps of a copy also have the number of its combination.
pub(super) fn trace(request: &Request<'_>, steps: &[Draft]) -> String {
    let mut origins = serde_json::Map::new();
    for draft in steps {
        let Some(member) = request.members.get(draft.member) else { continue };
        let task = member.resolved.task.map(|task| task.name.value.as_str());
        let origin = match draft.key {
            StepKey::Step(step) => match member.copy {
                Some(copy) => json!([member.name(), task, member.step_name(step), copy.number]),
                None => json!([member.name(), task, member.step_name(step)]),
            },
            StepKey::Collector => helper(member, "collector"),
            StepKey::Link(_) => helper(member, "link"),
            StepKey::Gate(_) => helper(member, "gate"),
            StepKey::Gather => json!([member.name(), null, "collector"]),
            StepKey::Count(_) => json!([member.name(), null, "count"]),
            StepKey::Verdict => helper(member, "verdict"),
        };
        origins.insert(draft.name.clone(), origin);
    }
    json!({"version": 1, "steps": origins}).to_string()
}

fn helper(member: &Member<'_>, what: &str) -> serde_json::Value {
    match member.copy {
        Some(copy) => json!([member.name(), null, what, copy.number]),
        None => json!([member.name(), null, what]),
    }
}
