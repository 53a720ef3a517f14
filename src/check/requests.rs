//! Amounts of resources that members ask for: they have to be amounts, since the requests of a fused pod are worked out
//! from them.

use super::Subject;
use crate::diag::{Code, Condition, Diagnostic, Diagnostics};
use crate::group::GroupPlan;
use crate::model::PipelineTask;
use crate::resources::{Kind, amount, of_container, steps};
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
            run_requests(subject, group, member, diagnostics);
        }
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
fn run_requests(subject: &Subject<'_>, group: &GroupPlan, member: &PipelineTask, diagnostics: &mut Diagnostics) {
    let specs = subject.runs.iter().flat_map(|run| run.task_run_specs.iter());
    for spec in specs.filter(|spec| spec.task.value == member.name.value) {
        let overrides = ["stepSpecs", "stepOverrides"].into_iter().filter_map(|key| spec.node.get(key)?.as_sequence());
        let resources = |step: &Node| step.get("computeResources").or(step.get("resources")).cloned();
        for resources in overrides.flatten().filter_map(resources) {
            let asked = Node::mapping(resources.span, [("computeResources", resources.clone())]);
            if of_container(&asked, Kind::Requests).is_nothing() {
                continue;
            }
            let message = format!(
                "a run gives a step of `{}` requests of its own, which are added to those of the group `{}`",
                member.name.value, group.name.value
            );
            let told = Diagnostic::new(Code::RequestsAddUp, message).only_if(Condition::Unschedulable);
            let told = told.at(resources.span, "in place of the step's own").of([member.name.value.as_str()]);
            diagnostics.push(told.help("put them into the Task, where the largest of the group counts"));
        }
    }
}
