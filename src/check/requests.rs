//! Amounts of resources that members ask for: they have to be amounts, since the requests of a fused pod are worked out
//! from them.

use super::Subject;
use crate::diag::{Code, Condition, Diagnostic, Diagnostics};
use crate::group::GroupPlan;
use crate::model::{PipelineTask, Run};
use crate::resources::{self, Kind, amount, of_container, of_pod, steps};
use crate::yaml::Node;

pub(super) fn check(subject: &Subject<'_>, diagnostics: &mut Diagnostics) {
    for group in subject.groups {
        for (index, member) in subject.members(group) {
            if let Some(resolved) = subject.resolved(index) {
                let spec = &resolved.spec;
                let containers = spec.steps.iter().chain(&spec.step_template).chain(&spec.sidecars);
                containers.for_each(|container| amounts(member, container, diagnostics));
                steps(&spec.node).for_each(|step| over_limit(member, &step, diagnostics));
            }
        }
        subject.runs.iter().for_each(|run| run_requests(subject, group, run, diagnostics));
    }
}

/// Says where a container has something that is no amount, or one below nothing.
fn amounts(member: &PipelineTask, container: &Node, diagnostics: &mut Diagnostics) {
    let Some(own) = container.get("computeResources") else { return };
    let mappings = ["requests", "limits"].into_iter().filter_map(|key| own.get(key)?.as_mapping());
    for entry in mappings.flat_map(|mapping| &mapping.entries) {
        let fault = match amount(&entry.value) {
            Ok(amount) if amount.is_negative() => "it is less than nothing".to_owned(),
            Ok(_) => continue,
            Err(error) => error.to_string(),
        };
        let message = format!("`{}` of `{}` is no amount that Kubernetes takes: {fault}", entry.key, member.name.value);
        let place = Diagnostic::new(Code::BadAmount, message).at(entry.value.span, "this amount");
        diagnostics.push(place.help("write a number, with a suffix if you like: `500m`, `2`, `1.5Gi`"));
    }
}

/// Refuses a step that asks for more than its limit: Tekton does not run it (`validateTaskSpecRequestResources`,
/// `pkg/reconciler/taskrun/validate_taskrun.go`, v1.15), but would once its request is another step's.
fn over_limit(member: &PipelineTask, step: &Node, diagnostics: &mut Diagnostics) {
    let (requests, limits) = (of_container(step, Kind::Requests), of_container(step, Kind::Limits));
    for (resource, limit) in limits.iter() {
        let Some(request) = requests.get(resource).filter(|request| *request > limit) else { continue };
        let message =
            format!("a step of `{}` asks for {resource} {request}, but is limited to {limit}", member.name.value);
        let node =
            ["requests", "limits"].into_iter().find_map(|key| step.get("computeResources")?.get(key)?.get(resource));
        let place = Diagnostic::new(Code::BadAmount, message);
        let place = place.at(node.map_or(step.span, |node| node.span), "Tekton does not run such a step");
        diagnostics.push(place.help("raise the limit, or ask for less"));
    }
}

/// Tells of requests that a run gives single steps: they stand in the place of those that were worked out.
fn run_requests(subject: &Subject<'_>, group: &GroupPlan, run: &Run, diagnostics: &mut Diagnostics) {
    let (run_name, name) = (&run.name.value, &group.name.value);
    let message =
        format!("the run `{run_name}` gives single steps requests, which the pod of the group `{name}` adds up");
    let mut told = Diagnostic::new(Code::RequestsAddUp, message).only_if(Condition::Unschedulable);
    for (_, member) in subject.members(group) {
        for resources in step_resources(run, &member.name.value) {
            told = told.at(resources.span, format!("of a step of `{}`", member.name.value));
        }
    }
    let asks = |index: usize| {
        let spec = subject.resolved(index).map(|resolved| &resolved.spec.node);
        spec.is_some_and(|spec| !of_pod(spec, Kind::Requests).is_nothing())
            || !step_resources(run, subject.name(index)).is_empty()
    };
    let asking = group.members.iter().filter(|&&index| asks(index)).count();
    if !told.labels.is_empty() && asking > 1 {
        let told = subject.about(told, group, &group.members);
        diagnostics.push(told.help("put them into the Tasks, where the largest one of the group counts"));
    }
}

/// What a run lets single steps of a task ask for, where that is more than nothing.
fn step_resources(run: &Run, task: &str) -> Vec<Node> {
    let specs = run.task_run_specs.iter().filter(|spec| spec.task.value == task);
    let lists = specs.flat_map(|spec| ["stepSpecs", "stepOverrides"].map(|key| spec.node.get(key)));
    let steps = lists.flatten().filter_map(Node::as_sequence).flatten();
    let resources = steps.filter_map(|step| step.get("computeResources").or(step.get("resources")).cloned());
    let asks = |resources: &Node| !resources::amounts(resources, Kind::Requests).is_nothing();
    resources.filter(asks).collect()
}
