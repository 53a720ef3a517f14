//! Differences that remain, said to the user.

mod workspaces;

use super::control::MemberControl;
use super::member::{Member, each_text};
use super::results::{Export, directory_readers};
use super::steps::Draft;
use super::{Layout, Parts, Request, is_own};
use crate::diag::{Code, Condition, Diagnostic, Diagnostics, Severity};
use crate::expr::{Template, Variable};
use crate::source::Span;
use crate::yaml::{Node, Value};

/// What a termination message can hold (`pkg/termination/write.go`, v1.15).
const MESSAGE_BYTES: usize = 4096;

/// What the kubelet leaves to all containers of a pod together.
const POD_BYTES: usize = 12288;

/// What a termination message has around the name and the value of a result: `{"key":"","value":"","type":1},`.
const FRAME_BYTES: usize = 31;

/// What a step reports besides results of the Task: when it started, how it ended, and why it was passed over.
const STEP_BYTES: usize = 260;

/// Tekton's init containers in a pod with scripts: `prepare`, `place-scripts`, `working-dir-initializer`.
const INIT_CONTAINERS: usize = 3;

/// All scripts of a pod travel base64-encoded in one argument of at most 128 KiB (`pkg/pod/script.go`, v1.15).
pub const SCRIPT_BYTES: usize = 95 * 1024;

/// What the pod of a group has room for, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Room {
    /// What each step may report: a share of the termination messages of the pod.
    pub share: usize,
    /// What is left of that for results, once each step has told what became of the members.
    pub results: usize,
    /// What the scripts of steps and sidecars have together, of [`SCRIPT_BYTES`].
    pub scripts: usize,
}

impl Room {
    pub(super) fn of(layout: &Layout<'_>, parts: &Parts) -> Self {
        let containers = parts.steps.len() + parts.sidecars.len() + INIT_CONTAINERS;
        let share = (POD_BYTES / containers).min(MESSAGE_BYTES);
        let records = records(layout);
        let plain = exports(layout).filter(|export| export.step.is_none()).map(|export| export.name.len());
        let framed = records.iter().copied().chain(plain).map(|text| text + FRAME_BYTES);
        let overhead = if records.is_empty() { 0 } else { framed.sum::<usize>() + STEP_BYTES };
        let of_steps =
            parts.steps.iter().filter_map(|draft| draft.script.as_ref()).map(|script| script.to_string().len());
        let of_sidecars = parts.sidecars.iter().filter_map(|node| node.get("script")?.as_str()).map(str::len);
        Self { share, results: share.saturating_sub(overhead), scripts: of_steps.chain(of_sidecars).sum() }
    }
}

/// The results of all members that leave the group.
fn exports<'l>(layout: &'l Layout<'_>) -> impl Iterator<Item = &'l Export> {
    let members = 0..layout.control.members.len();
    members.flat_map(|index| layout.results.of(index)).filter_map(|result| result.export.as_ref())
}

/// Says what differs in the fused group, as far as the layout shows it.
pub(super) fn differences(request: &Request<'_>, layout: &Layout<'_>, room: Room, diagnostics: &mut Diagnostics) {
    workspaces::differences(request, &layout.workspaces, diagnostics);
    results_budget(request, layout, room, diagnostics);
    unreported(request, layout, diagnostics);
    unchecked(request, layout, diagnostics);
    scripts(request, room.scripts, diagnostics);
    directories(request, layout, diagnostics);
    sidecars(request, diagnostics);
    for member in &request.members {
        pod_fields(member, diagnostics);
        values(member, diagnostics);
        display_name(member, diagnostics);
    }
}

/// Values that do not fit a step's share of the termination messages are lost from a TaskRun that says Succeeded.
fn results_budget(request: &Request<'_>, layout: &Layout<'_>, room: Room, diagnostics: &mut Diagnostics) {
    let exported = |index: usize| layout.results.of(index).iter().filter(|result| result.export.is_some());
    let Room { share, results: room, .. } = room;
    let records = records(layout).len();
    let repeated = exports(layout).filter(|export| export.step.is_none()).count() + records;
    let records_fit = records == 0 || room > 0;
    if share == MESSAGE_BYTES || exports(layout).next().is_none() && records_fit {
        return;
    }
    let mut message = match room {
        0 => "the steps of this group have no room to report their results; some are lost".to_owned(),
        _ => format!("a step of this group can report {room} bytes of results; a longer value is lost"),
    };
    if repeated > 1 {
        message = format!("{message}, and {repeated} results are repeated by every later step");
    }
    let mut told = Diagnostic::new(Code::ResultsBudget, message).at(request.group.name.span, "this group");
    if room > 0 {
        told = told.only_if(Condition::ResultsLonger(room));
    } else {
        // Who reads a record outside does not start without it.
        let readers = request.members.iter().flat_map(|member| request.readers.of_task(member.name()));
        let readers = readers.filter_map(|reader| request.pipeline.tasks.get(reader));
        let members = request.members.iter().map(Member::name);
        told = told.of(members.chain(readers.map(|reader| reader.name.value.as_str())));
    }
    for (index, member) in request.members.iter().enumerate() {
        told = told.with_results(member.name(), exported(index).map(|result| result.name.as_str()));
    }
    if room < 1024 || repeated > 3 {
        told.severity = Severity::Warning;
    }
    diagnostics.push(told.help("put long values on a workspace, or make the group smaller"));
}

/// What the group adds to every later message for each member whose state or status it tells: the bytes of name and value.
fn records(layout: &Layout<'_>) -> Vec<usize> {
    let members = layout.control.members.iter().enumerate();
    let of_member = |(index, control): (usize, &MemberControl)| {
        let ran = control.exported.then(|| layout.results.ran(index).len() + "stopped".len());
        let status = control.status.then(|| layout.results.status(index).len() + "Succeeded".len());
        [ran, status].into_iter().flatten()
    };
    members.flat_map(of_member).collect()
}

fn scripts(request: &Request<'_>, total: usize, diagnostics: &mut Diagnostics) {
    if total > SCRIPT_BYTES {
        let message =
            format!("the scripts of this group have {} KiB; Tekton can place about 95 KiB in a pod", total / 1024);
        let place = Diagnostic::new(Code::ScriptsTooLong, message).at(request.group.name.span, "this group");
        let place = place.of(request.members.iter().map(Member::name));
        diagnostics.push(place.help("make the group smaller, or put the scripts into images"));
    }
}

/// Scripts that look into the directory of results find those of other members.
fn directories(request: &Request<'_>, layout: &Layout<'_>, diagnostics: &mut Diagnostics) {
    for (index, member) in directory_readers(&request.members) {
        let others = (0..index).find(|other| layout.results.has_files(*other));
        let Some(other) = others.and_then(|other| request.members.get(other)) else { continue };
        let message = format!(
            "`{}` looks into `/tekton/results`, where results of `{}` lie as well",
            member.name(),
            other.name()
        );
        let place = Diagnostic::new(Code::ResultsDirectory, message).at(member.task.name.span, "this member");
        let place = place.of([member.name()]);
        diagnostics.push(place.help("name the files of its own results with `$(results.NAME.path)`"));
    }
}

/// Sidecars of all members start with the pod and end with it.
fn sidecars(request: &Request<'_>, diagnostics: &mut Diagnostics) {
    for member in &request.members {
        if let Some(sidecar) = member.spec().sidecars.first() {
            let message = format!("the sidecars of `{}` run from the start of the pod to its end", member.name());
            let place =
                Diagnostic::new(Code::SidecarLifetime, message).at(sidecar.span, "next to the steps of all members");
            // Every member runs beside them now.
            let place = place.of(request.members.iter().map(Member::name));
            diagnostics.push(place.help("make sure that they need nothing which an earlier member makes"));
        }
    }
}

/// Labels that Tekton puts on a pod and that are the group's now.
const POD_LABELS: &[&str] =
    &["tekton.dev/taskRun", "tekton.dev/taskRunUID", "tekton.dev/pipelineTask", "tekton.dev/task"];

/// Fields that name the pod.
fn pod_fields(member: &Member<'_>, diagnostics: &mut Diagnostics) {
    let spec = member.spec();
    let steps = spec.steps.iter().enumerate().map(|(index, node)| (node, Some(member.step_name(index))));
    let others = spec.sidecars.iter().chain(&spec.step_template).chain(&spec.volumes).map(|node| (node, None));
    steps.chain(others).for_each(|(node, step)| {
        field_paths(node, &mut |path, node| {
            if is_of_pod(path) {
                let message =
                    format!("`fieldPath: {path}` in `{}` now speaks of the pod of the whole group", member.name());
                let place = Diagnostic::new(Code::PodChanged, message).at(node.span, "used here");
                let place = place.of([member.name()]).in_steps(step.clone());
                diagnostics.push(
                    place.help("use `$(context.pipelineRun.name)` and the task's own name, if it has to be unique"),
                );
            }
        })
    });
}

/// Names that dashboards show for a pipeline task; the group is one.
fn display_name(member: &Member<'_>, diagnostics: &mut Diagnostics) {
    let Some(node) = member.task.field("displayName").filter(|node| node.as_str() != Some("")) else { return };
    let message = format!("the display name of `{}` is not shown any more", member.name());
    let place = Diagnostic::new(Code::DisplayNameLost, message).at(node.span, "of one member");
    diagnostics.push(place.help("the group is shown by its name"));
}

/// Values of params that name the TaskRun: they are substituted in the Task that gets them.
fn values(member: &Member<'_>, diagnostics: &mut Diagnostics) {
    let passed = member.params().map(|param| (&param.value, param.node.span));
    let unpassed = member.spec().params.iter().filter(|param| member.passed(&param.name.value).is_none());
    let defaults = unpassed.filter_map(|param| Some((param.default.as_ref()?, param.name.span)));
    for (value, span) in passed.chain(defaults) {
        for variable in value.templates().flat_map(Template::variables) {
            if let Some(told) = context_changed(member, variable, span) {
                diagnostics.push(told);
            }
        }
    }
}

/// What is said of a variable that names the TaskRun, which is the group's now.
pub(super) fn context_changed(member: &Member<'_>, variable: &Variable, span: Span) -> Option<Diagnostic> {
    let Variable::Context(name) = variable else { return None };
    let of_run = name == "taskRun.name" || name == "taskRun.uid" || name == "task.name" && member.embedded();
    let message = format!("`$({variable})` in `{}` now names the TaskRun of the whole group", member.name());
    let place = Diagnostic::new(Code::ContextChanged, message).at(span, "used here").of([member.name()]);
    let help = "use `$(context.pipelineRun.name)` and the task's own name, if it has to be unique";
    of_run.then(|| place.help(help))
}

/// Whether a field of the pod is another one in a fused pod. Its namespace and the labels of the run are the same.
fn is_of_pod(path: &str) -> bool {
    let key = path.strip_prefix("metadata.labels['").and_then(|rest| rest.strip_suffix("']"));
    let whole = ["metadata.name", "metadata.uid", "metadata.labels", "metadata.annotations"];
    whole.contains(&path) || key.is_some_and(|key| POD_LABELS.contains(&key))
}

/// Results that no TaskRun reports any more, since nothing in the Pipeline reads them from outside of the group.
fn unreported(request: &Request<'_>, layout: &Layout<'_>, diagnostics: &mut Diagnostics) {
    let hidden = |index: usize| layout.results.of(index).iter().filter(|result| result.export.is_none());
    let members = || request.members.iter().enumerate();
    let mut names: Vec<String> = Vec::new();
    for (index, member) in members() {
        let copies = if member.copy.is_some() { "each copy of " } else { "" };
        for result in hidden(index) {
            let name = format!("`{}` of {copies}`{}`", result.name, member.name());
            if !names.contains(&name) {
                names.push(name);
            }
        }
    }
    if names.is_empty() {
        return;
    }
    let message = format!("results that nothing outside of the group reads are not reported: {}", names.join(", "));
    let mut place = Diagnostic::new(Code::ResultsUnreported, message).at(request.group.name.span, "this group");
    for (index, member) in members() {
        place = place.with_results(member.name(), hidden(index).map(|result| result.name.as_str()));
    }
    diagnostics.push(place.help("to see one in the TaskRun, read it in the Pipeline's `results`"));
}

/// Results that stay in the pod are files: Tekton neither measures nor parses them
/// (`validateTaskRunResults`, `pkg/reconciler/taskrun/validate_taskrun.go`, v1.15), and does not carry them to their readers.
fn unchecked(request: &Request<'_>, layout: &Layout<'_>, diagnostics: &mut Diagnostics) {
    let stays = |index: usize| layout.results.of(index).iter().any(|result| result.export.is_none());
    let is_concerned = (0..request.members.len()).any(|index| stays(index) || !layout.needed[index].is_empty());
    if !is_concerned {
        return;
    }
    let message =
        "results that stay in the group are neither measured nor parsed, and their readers open the files themselves";
    let place = Diagnostic::new(Code::ResultsUnchecked, message).at(request.group.name.span, "this group");
    let place = place.of(request.members.iter().map(Member::name)).only_if(Condition::ResultUnfit);
    diagnostics.push(place.help(
        "it matters for results over 4096 bytes, of another type than declared, or in files that only their writer may read",
    ));
}

fn field_paths(node: &Node, visit: &mut dyn FnMut(&str, &Node)) {
    match &node.value {
        Value::Sequence(items) => items.iter().for_each(|item| field_paths(item, visit)),
        Value::Mapping(mapping) => {
            if let Some(path) = mapping.get("fieldPath") {
                each_text(path, &mut |text| visit(text, path));
            }
            mapping.entries.iter().for_each(|entry| field_paths(&entry.value, visit));
        }
        Value::Scalar(_) => {}
    }
}

/// A collector step and what it cannot do.
pub(super) fn collector(member: &Member<'_>, draft: &Draft, exported: &[&str]) -> Diagnostic {
    debug_assert!(!is_own(draft));
    let mut message = format!("the step `{}` moves results that `{}` writes to fixed paths", draft.name, member.name());
    if !exported.is_empty() {
        message = format!("{message}; if `{}` fails, `{}` is lost", member.name(), exported.join("`, `"));
    }
    let place =
        Diagnostic::new(Code::HelperStep, message).at(member.task.name.span, "another member writes the same path");
    let place = match exported {
        [] => place.of([member.name()]).without_changes(),
        lost => place.with_results(member.name(), lost.iter().copied()).only_if(Condition::Failure),
    };
    place.help("write to `$(results.NAME.path)` in the Task and the step is not needed")
}

/// The last step of a group that goes on after failures, or that writes statuses down.
pub(super) fn verdict(request: &Request<'_>, draft: &Draft, fails: bool) -> Diagnostic {
    let message = match fails {
        true => format!("the step `{}` fails the group at its end if a member failed", draft.name),
        false => format!("the step `{}` writes down what the last members have come to", draft.name),
    };
    let place = Diagnostic::new(Code::HelperStep, message).at(request.group.name.span, "this group");
    place.of(request.members.iter().map(Member::name)).without_changes()
}

/// A step that counts the elements of a param.
pub(super) fn count(member: &Member<'_>, draft: &Draft, param: &str) -> Diagnostic {
    let message =
        format!("the step `{}` counts the elements of the param `{param}` before `{}`", draft.name, member.name());
    let place = Diagnostic::new(Code::HelperStep, message).at(draft.span, "as many copies of the task were made");
    place.of([member.name()]).without_changes()
}

/// A step that gathers results of all copies of a member, and what it cannot do.
pub(super) fn gather(member: &Member<'_>, draft: &Draft, exported: &[&str]) -> Diagnostic {
    let mut message = format!("the step `{}` gathers results of all copies of `{}`", draft.name, member.name());
    if !exported.is_empty() {
        message = format!("{message}; if one of them fails, `{}` is lost", exported.join("`, `"));
    }
    let place = Diagnostic::new(Code::HelperStep, message).at(member.task.name.span, "its results are read as arrays");
    match exported {
        [] => place.of([member.name()]).without_changes(),
        lost => place.with_results(member.name(), lost.iter().copied()).only_if(Condition::Failure),
    }
}

/// Labels and annotations about which members disagree.
pub(super) fn dropped_metadata(request: &Request<'_>, dropped: &[String], diagnostics: &mut Diagnostics) {
    if dropped.is_empty() {
        return;
    }
    let mut dropped: Vec<&str> = dropped.iter().map(String::as_str).collect();
    dropped.sort_unstable();
    dropped.dedup();
    let message = format!("the fused Task does not have what each member's Task says of `{}`", dropped.join("`, `"));
    let place = Diagnostic::new(Code::MetadataDropped, message).at(request.group.name.span, "this group");
    diagnostics.push(place.of(request.members.iter().map(Member::name)));
}
