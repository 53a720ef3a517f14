//! What runs say of single tasks, said of the group instead.

use super::Fused;
use super::pipeline::without;
use crate::model::{Pipeline, Run, TaskRunSpec, join};
use crate::yaml::{Edit, Mapping, Node, Segment, Value};

/// The edits of a run of the Pipeline: every `taskRunSpecs` entry that names a member names the group. The checks have made
/// sure that members which share a pod ask for the same.
pub fn run_edits(pipeline: &Pipeline, run: &Run, fused: &[Fused]) -> Vec<Edit> {
    let gone: Vec<&String> = fused.iter().flat_map(|group| &group.empty_dirs).collect();
    let spec_path = join(&run.path, [Segment::from("spec")]);
    let spec = run.node.get("spec");
    let mut edits: Vec<Edit> = spec.map(|spec| without(spec, &spec_path, "workspaces", &gone)).unwrap_or_default();
    for group in fused {
        let specs = of_members(pipeline, run, group);
        let Some((first, rest)) = specs.split_first() else { continue };
        edits.push(Edit::Replace(first.path.clone(), merged(&specs, group)));
        edits.extend(rest.iter().map(|spec| Edit::Remove(spec.path.clone())));
    }
    edits
}

/// The entry of `taskRunSpecs` that a run of the Pipeline has for a group, if it has any for a member.
pub fn task_run_spec(pipeline: &Pipeline, run: &Run, group: &Fused) -> Option<Node> {
    let specs = of_members(pipeline, run, group);
    (!specs.is_empty()).then(|| merged(&specs, group))
}

fn of_members<'r>(pipeline: &Pipeline, run: &'r Run, group: &Fused) -> Vec<&'r TaskRunSpec> {
    let is_member =
        |spec: &&TaskRunSpec| group.members.iter().any(|index| pipeline.tasks[*index].name.value == spec.task.value);
    run.task_run_specs.iter().filter(is_member).collect()
}

fn merged(specs: &[&TaskRunSpec], group: &Fused) -> Node {
    let mut entry = Mapping::default();
    for spec in specs {
        let Value::Mapping(mapping) = &spec.node.value else { continue };
        for field in &mapping.entries {
            let value = match field.key.as_str() {
                "pipelineTaskName" => Node::string(field.value.span, &group.name),
                "stepSpecs" => {
                    renamed(&field.value, |name| group.steps.get(&(spec.task.value.clone(), name.to_owned())))
                }
                "sidecarSpecs" => {
                    renamed(&field.value, |name| group.sidecars.get(&(spec.task.value.clone(), name.to_owned())))
                }
                _ => field.value.clone(),
            };
            let lists = entry.get(&field.key).and_then(Node::as_sequence).zip(value.as_sequence());
            let value = match lists {
                Some((before, more)) if field.key.ends_with("Specs") => {
                    Node::sequence(value.span, before.iter().chain(more).cloned().collect())
                }
                _ => value,
            };
            entry.set(&field.key, value);
        }
    }
    Node { span: specs[0].node.span, value: Value::Mapping(entry) }
}

/// A list of entries with their names replaced; what has several new names stands there as often.
fn renamed<'n>(list: &Node, new: impl Fn(&str) -> Option<&'n Vec<String>>) -> Node {
    let rename = |item: &Node| {
        let Some(names) = item.get("name").and_then(Node::as_str).and_then(&new) else { return vec![item.clone()] };
        let named = |name: &String| {
            let mut item = item.clone();
            if let Value::Mapping(mapping) = &mut item.value {
                mapping.set("name", Node::string(list.span, name));
            }
            item
        };
        names.iter().map(named).collect()
    };
    Node::sequence(list.span, list.as_sequence().unwrap_or_default().iter().flat_map(rename).collect())
}
