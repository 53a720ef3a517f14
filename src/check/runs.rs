//! What runs among the inputs say of single members.

use super::{Subject, cut};
use crate::diag::{Code, Diagnostic, Diagnostics, suggest};
use crate::expr::Variable;
use crate::graph::references;
use crate::group::GroupPlan;
use crate::model::{Kind, Object, Pipeline, Run, TaskRunSpec};
use crate::source::{Sources, Span};
use crate::yaml::Node;

/// The runs of `pipeline` among `objects`: PipelineRuns and templates that refer to it by name or, for an inline
/// spec, the run that it stands in.
pub fn runs_of<'a>(sources: &Sources, objects: &'a [Object], pipeline: &Pipeline) -> Vec<&'a Run> {
    let file = &sources.get(pipeline.location.source).name;
    let mut runs = Vec::new();
    for object in objects {
        let here = (object.location.source, object.location.document)
            == (pipeline.location.source, pipeline.location.document);
        let refers = |run: &Run| match &run.pipeline {
            _ if pipeline.inline => here && pipeline.path.starts_with(&run.path),
            Some(reference) => reference.is_to(&pipeline.name.value, file) && reachable(run, pipeline),
            None => false,
        };
        if let Kind::Runs(found) = &object.kind {
            runs.extend(found.iter().filter(|run| refers(run)));
        }
    }
    runs
}

/// A run sees the Pipelines of its own namespace; where none is given, or a template's placeholder, it may be any.
fn reachable(run: &Run, pipeline: &Pipeline) -> bool {
    let namespace = run.node.get("metadata").and_then(|metadata| metadata.get("namespace")).and_then(Node::as_str);
    let is_open = |namespace: &str| namespace.contains("$(") || namespace.contains("{{");
    match (namespace, pipeline.namespace.as_deref()) {
        (Some(ours), Some(theirs)) => ours == theirs || is_open(ours) || is_open(theirs),
        _ => true,
    }
}

pub(super) fn check(subject: &Subject<'_>, diagnostics: &mut Diagnostics) {
    for run in subject.runs {
        run.task_run_specs.iter().for_each(|spec| unknown_task(subject, spec, diagnostics));
        for group in subject.groups {
            agree(subject, group, run, &SERVICE_ACCOUNT, diagnostics);
            if !names_params(subject, group, run, diagnostics) {
                agree(subject, group, run, &POD_TEMPLATE, diagnostics);
            }
            single_fields(subject, group, run, diagnostics);
        }
    }
}

fn unknown_task(subject: &Subject<'_>, spec: &TaskRunSpec, diagnostics: &mut Diagnostics) {
    let name = spec.task.value.as_str();
    let tasks = || subject.pipeline.tasks.iter().map(|task| task.name.value.as_str());
    let groups = || subject.groups.iter().map(|group| group.name.value.as_str());
    if tasks().chain(groups()).any(|known| known == name) {
        return;
    }
    let message =
        format!("`taskRunSpecs` speaks of `{name}`, which is no task of the Pipeline: Tekton refuses such a run");
    let help = match suggest(name, tasks()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => "remove the entry".to_owned(),
    };
    diagnostics.push(Diagnostic::new(Code::RunUnknownTask, message).at(spec.task.span, "no such task").help(help));
}

/// Something that a pod has once.
struct Shared {
    /// Its field in v1 and in v1beta1.
    keys: [&'static str; 2],
    /// The run's own value for all tasks: a field of its `taskRunTemplate`.
    own: &'static str,
    code: Code,
    /// What it is called in a sentence.
    what: &'static str,
}

const SERVICE_ACCOUNT: Shared = Shared {
    keys: ["serviceAccountName", "taskServiceAccountName"],
    own: "serviceAccountName",
    code: Code::RunServiceAccounts,
    what: "service account",
};
const POD_TEMPLATE: Shared = Shared {
    keys: ["podTemplate", "taskPodTemplate"],
    own: "podTemplate",
    code: Code::RunPodTemplates,
    what: "pod template",
};

/// What a run says of one task; later entries win, as in Tekton.
fn said<'a>(run: &'a Run, task: &str, keys: &[&str]) -> Option<&'a Node> {
    let specs = run.task_run_specs.iter().rev().filter(|spec| spec.task.value == task);
    specs.flat_map(|spec| keys.iter().filter_map(|key| spec.node.get(key))).find(|node| !node.is_null())
}

fn agree(subject: &Subject<'_>, group: &GroupPlan, run: &Run, shared: &Shared, diagnostics: &mut Diagnostics) {
    let says = |member: usize| said(run, subject.name(member), &shared.keys);
    let Some(&first) = group.members.first() else { return };
    let own = run.node.at(&["spec".into(), "taskRunTemplate".into(), shared.own.into()]);
    let same = |member: usize| match (says(first).or(own), says(member).or(own)) {
        (Some(one), Some(other)) => one.equivalent(other),
        (None, None) => true,
        _ => false,
    };
    let Some(&other) = group.members.iter().find(|&&member| !same(member)) else { return };
    let (run, name, what) = (&run.name.value, &group.name.value, shared.what);
    let message = format!("the run `{run}` gives the members of the group `{name}` more than one {what}");
    let mut diagnostic = Diagnostic::new(shared.code, message);
    for member in [first, other] {
        let task = subject.name(member);
        diagnostic = match says(member) {
            Some(node) => diagnostic.at(node.span, format!("the {what} of `{task}`")),
            None => diagnostic.at(group.place(member), format!("`{task}` has the run's own")),
        };
    }
    let out: Vec<usize> = group.members.iter().copied().filter(|&member| !same(member)).collect();
    let cut = cut::around(subject, group, &out);
    diagnostics.push(diagnostic.help(format!("{cut}, or give all members the same {what}")));
}

/// Refuses pod templates that name params: Tekton puts in those of the one Task that a template is for, so that the same
/// text is another template for another member. Whether there are any.
fn names_params(subject: &Subject<'_>, group: &GroupPlan, run: &Run, diagnostics: &mut Diagnostics) -> bool {
    let param = |&member: &usize| {
        let template = said(run, subject.name(member), &POD_TEMPLATE.keys)?;
        let found = references(subject.sources, template).into_iter();
        let mut params = found.filter(|reference| matches!(reference.variable, Variable::Param(..)));
        Some((member, params.next()?.span))
    };
    let found: Vec<(usize, Span)> = group.members.iter().filter_map(param).collect();
    if found.is_empty() || group.members.len() < 2 {
        return false;
    }
    let (run, name) = (&run.name.value, &group.name.value);
    let message = format!(
        "the run `{run}` puts params into pod templates of the group `{name}`: each member has its own, the pod has one template"
    );
    let mut told = Diagnostic::new(Code::RunPodTemplates, message);
    for &(member, span) in &found {
        told = told.at(span, format!("a param of `{}` alone", subject.name(member)));
    }
    let out: Vec<usize> = found.iter().map(|(member, _)| *member).collect();
    let cut = cut::around(subject, group, &out);
    diagnostics.push(told.help(format!("{cut}, or write the same value for all members instead of the param")));
    true
}

/// Fields of `taskRunSpecs` that would hold for the whole pod.
fn single_fields(subject: &Subject<'_>, group: &GroupPlan, run: &Run, diagnostics: &mut Diagnostics) {
    for key in ["computeResources", "timeout", "metadata"] {
        for &member in &group.members {
            let task = subject.name(member);
            let Some(node) = said(run, task, &[key]) else { continue };
            let name = &group.name.value;
            let message = format!("the run `{}` sets `{key}` for `{task}` alone, which shares its pod", run.name.value);
            let place = Diagnostic::new(Code::RunMemberField, message).at(node.span, "would hold for the whole pod");
            let place = place.at(group.place(member), format!("`{task}` is put into `{name}` here"));
            let cut = cut::around(subject, group, &[member]);
            diagnostics.push(place.help(format!("{cut}, or remove `{key}` from the run")));
        }
    }
}
