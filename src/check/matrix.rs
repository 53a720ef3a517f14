//! Members with a `matrix`: their combinations must be known, and what is read of them must be what Tekton has.

use super::{Subject, cut};
use crate::diag::{Code, Condition, Diagnostic, Diagnostics};
use crate::expr::{Access, Variable};
use crate::graph::{Reference, references};
use crate::group::GroupPlan;
use crate::matrix::{Combinations, Fault, combinations};
use crate::model::{Matrix, ParamType, RunParam};
use crate::source::Span;
use crate::yaml::Node;

/// The longest name of a TaskRun that Tekton does not cut (`kmeta.ChildName`, Knative).
const NAME: usize = 63;

pub(super) fn check(subject: &Subject<'_>, diagnostics: &mut Diagnostics) {
    for group in subject.groups {
        for (member, task) in subject.members(group) {
            let Some(matrix) = Matrix::of(task, diagnostics) else { continue };
            if let Err(fault) = combinations(subject.pipeline, run_params(subject), task) {
                diagnostics.push(not_unrolled(subject, group, member, fault));
            }
            params(subject, group, (member, &matrix), diagnostics);
            results(subject, group, member, diagnostics);
            lengths(subject, group, member, diagnostics);
        }
    }
}

/// Tells what the copies do otherwise.
pub(super) fn costs(subject: &Subject<'_>, diagnostics: &mut Diagnostics) {
    if diagnostics.has_errors() {
        return;
    }
    for group in subject.groups {
        for (member, task) in subject.members(group) {
            let Ok(Some(found)) = combinations(subject.pipeline, run_params(subject), task) else { continue };
            unrolled(subject, group, (member, &found), diagnostics);
            frozen(subject, group, (member, &found), diagnostics);
        }
    }
}

/// How often a member runs.
pub(super) fn copies(subject: &Subject<'_>, member: usize) -> usize {
    let found = combinations(subject.pipeline, run_params(subject), subject.task(member));
    found.ok().flatten().map_or(1, |found| found.list.len())
}

/// Whether a variable is the number of a member's combinations, which is known.
pub(super) fn is_length(subject: &Subject<'_>, variable: &Variable) -> bool {
    let Variable::TaskOther { task, rest } = variable else { return false };
    let found = subject.pipeline.tasks.iter().position(|other| other.name.value == *task);
    rest == "matrix.length"
        && found.is_some_and(|index| Matrix::of(subject.task(index), &mut Diagnostics::default()).is_some())
}

/// A port on which the sidecars of all copies listen.
pub(super) fn shared_port(
    subject: &Subject<'_>,
    group: &GroupPlan,
    member: usize,
    (port, span): (&str, Span),
) -> Diagnostic {
    let name = subject.name(member);
    let message = format!("the sidecars of all copies of `{name}` listen on port {port} of the pod");
    let place = Diagnostic::new(Code::SidecarPort, message).at(span, format!("of `{name}`"));
    let place = place.at(matrix_span(subject, member), "as often as there are combinations");
    place.help(cut::around(subject, group, &[member]))
}

fn run_params<'a>(subject: &Subject<'a>) -> &'a [RunParam] {
    let run = subject.runs.first().filter(|_| subject.pipeline.inline);
    run.map_or(&[], |run| run.params.as_slice())
}

fn matrix_span(subject: &Subject<'_>, member: usize) -> Span {
    let task = subject.task(member);
    task.field("matrix").map_or(task.name.span, |node| node.span)
}

fn not_unrolled(subject: &Subject<'_>, group: &GroupPlan, member: usize, fault: Fault) -> Diagnostic {
    let message = format!(
        "`{}` of the group `{}` has a `matrix` that cannot be written out: it {}",
        subject.name(member),
        group.name.value,
        fault.message
    );
    let place = Diagnostic::new(Code::MemberMatrix, message).at(fault.span, format!("of `{}`", subject.name(member)));
    let cut = cut::around(subject, group, &[member]);
    place.help(fault.help.map_or_else(|| cut.clone(), |help| format!("{help}, or {cut}")))
}

/// Params that Tekton does not give as the matrix says.
fn params(subject: &Subject<'_>, group: &GroupPlan, (member, matrix): (usize, &Matrix), diagnostics: &mut Diagnostics) {
    let Some(resolved) = subject.resolved(member) else { return };
    let name = subject.name(member);
    for param in matrix.params.iter().chain(matrix.include.iter().flat_map(|include| &include.params)) {
        let (key, span) = (&param.name.value, param.name.span);
        let declared = resolved.spec.params.iter().find(|declared| declared.name.value == *key);
        if let Some(declared) = declared.filter(|declared| declared.kind != ParamType::String) {
            let message = format!(
                "the matrix of `{name}` gives `{key}` single texts, but it is of type {}",
                declared.kind.as_str()
            );
            let place = Diagnostic::new(Code::MemberMatrix, message).at(span, "Tekton refuses this");
            diagnostics.push(place.at(declared.name.span, "declared here").help("make the param a string in the Task"));
        }
        // The Pipeline's value is put into an embedded spec before the matrix is looked at (`propagateParams`,
        // `pkg/reconciler/pipelinerun/resources/apply.go`, v1.15).
        let of_run = run_params(subject).iter().any(|param| param.name == *key);
        let of_pipeline = subject.pipeline.params.iter().any(|param| param.name.value == *key) || of_run;
        if resolved.task.is_none() && of_pipeline {
            let message = format!("every copy of `{name}` gets the Pipeline's param `{key}`, not that of the matrix");
            let place =
                Diagnostic::new(Code::MemberMatrix, message).at(span, "in an embedded spec the Pipeline's wins");
            let cut = cut::around(subject, group, &[member]);
            diagnostics.push(place.help(format!("give the param of the matrix another name, or {cut}")));
        }
    }
}

/// Somebody who reads something of a task: a task and the field it does it in, or nothing for the Pipeline's results.
type Reader<'a> = Option<(usize, &'a str)>;

/// Everything that is read, and by whom.
fn reads<'a>(subject: &Subject<'a>) -> Vec<(Reader<'a>, &'a Node, Vec<Reference>)> {
    let read = |node: &Node| references(subject.sources, node);
    let mut all = Vec::new();
    for (index, task) in subject.pipeline.tasks.iter().enumerate() {
        for entry in task.node.as_mapping().map_or(&[][..], |mapping| &mapping.entries) {
            all.push((Some((index, entry.key.as_str())), &entry.value, read(&entry.value)));
        }
    }
    all.extend(subject.pipeline.results.iter().map(|result| (None, &result.value, read(&result.value))));
    all
}

/// Results are read as arrays of texts. The Pipeline gets them only if some task does: Tekton gathers them for tasks
/// (`GetTaskRunsResults`, `pkg/reconciler/pipelinerun/resources/pipelinerunstate.go`, v1.15).
fn results(subject: &Subject<'_>, group: &GroupPlan, member: usize, diagnostics: &mut Diagnostics) {
    let name = subject.name(member);
    let of_pipeline: Vec<Span> =
        result_reads(subject, member).filter(|(reader, ..)| reader.is_none()).map(|(.., span)| span).collect();
    let by_task = result_reads(subject, member).any(|(reader, ..)| reader.is_some());
    if let (Some(span), false) = (of_pipeline.first(), by_task) {
        let message = format!("results of `{name}`, which has a matrix, are read by the Pipeline's results alone");
        let place = Diagnostic::new(Code::MemberMatrix, message).at(*span, "Tekton finds none, and the run fails");
        diagnostics.push(place.help("let a task read one of them too, or remove the Pipeline's result"));
    }
    let declared = subject.resolved(member).map_or(&[][..], |resolved| resolved.spec.results.as_slice());
    for (reader, result, access, span) in result_reads(subject, member) {
        let problem = match declared.iter().find(|declared| declared.name.value == result) {
            Some(declared) if declared.kind != ParamType::String => {
                let kind = declared.kind.as_str();
                let message = format!("`{result}` of `{name}` is of type {kind}: a matrix has results of type string");
                Some((message, format!("declare `{result}` as a string")))
            }
            _ if access != Access::Star && reader.is_none_or(|(_, field)| field == "params") => {
                let message = format!("`{name}` has a matrix, so `{result}` is an array that is read as a whole");
                Some((message, format!("write `$(tasks.{name}.results.{result}[*])`")))
            }
            _ => None,
        };
        if let Some((message, help)) = problem {
            let place = Diagnostic::new(Code::MemberMatrix, message).at(span, "Tekton refuses this");
            let place = place.at(matrix_span(subject, member), "the matrix");
            diagnostics.push(place.help(format!("{help}, or {}", cut::around(subject, group, &[member]))));
        }
    }
}

/// The reads of a task's results.
fn result_reads<'s>(subject: &Subject<'s>, member: usize) -> impl Iterator<Item = (Reader<'s>, String, Access, Span)> {
    let name = subject.name(member);
    let all =
        reads(subject).into_iter().flat_map(|(reader, _, found)| found.into_iter().map(move |found| (reader, found)));
    all.filter_map(move |(reader, found)| match found.variable {
        Variable::TaskResult { task, result, access } if task == name => Some((reader, result, access, found.span)),
        _ => None,
    })
}

/// `$(tasks.M.matrix.length)` is a number where Tekton puts it in: in params (`ApplyPipelineTaskContexts`,
/// `pkg/reconciler/pipelinerun/resources/apply.go`, v1.15), and there the first such variable of a value only.
fn lengths(subject: &Subject<'_>, group: &GroupPlan, member: usize, diagnostics: &mut Diagnostics) {
    let name = subject.name(member);
    let is_matrix =
        |variable: &Variable| matches!(variable, Variable::TaskOther { rest, .. } if rest.starts_with("matrix."));
    let is_own = |variable: &Variable| match variable {
        Variable::TaskOther { task, rest } => task == name && rest == "matrix.length",
        _ => false,
    };
    for (reader, node, found) in reads(subject) {
        let Some(reference) = found.iter().find(|found| is_own(&found.variable)) else { continue };
        let values = node.as_sequence().unwrap_or_default().iter();
        let several = values.map(|value| references(subject.sources, value)).any(|found| {
            let mut found = found.iter().map(|found| &found.variable).filter(|variable| is_matrix(variable));
            let first = found.next();
            first.is_some() && found.any(|other| Some(other) != first)
        });
        let in_params = reader.is_some_and(|(_, field)| field == "params");
        let text = match (in_params, several) {
            (true, false) => continue,
            (true, true) => "Tekton puts in only one such variable of a value",
            (false, _) => "Tekton puts it into params only",
        };
        let message = format!("`matrix.length` of `{name}` is read where Tekton leaves it as it is");
        let place = Diagnostic::new(Code::MemberPropertyRead, message).at(reference.span, text);
        let cut = cut::around(subject, group, &[member]);
        diagnostics.push(place.help(format!("pass it by a param of its own, or {cut}")));
    }
}

fn unrolled(
    subject: &Subject<'_>,
    group: &GroupPlan,
    (member, found): (usize, &Combinations),
    diagnostics: &mut Diagnostics,
) {
    let count = found.list.len();
    if count < 2 {
        return;
    }
    let name = subject.name(member);
    let readers: Vec<usize> = result_reads(subject, member).filter_map(|(reader, ..)| Some(reader?.0)).collect();
    let waiting = readers.iter().copied().filter(|&reader| subject.task(reader).finally);
    let message = format!(
        "the {count} copies of `{name}` run one after another, and one that fails keeps the later ones from starting"
    );
    let told = Diagnostic::new(Code::MatrixUnrolled, message).only_if(Condition::Failure);
    let concerned: Vec<usize> = [member].into_iter().chain(waiting).collect();
    let told =
        subject.about(told, group, &concerned).at(matrix_span(subject, member), "unfused they run at the same time");
    diagnostics.push(told.help("leave the task out of the group if its copies take long"));
    // With ten or fewer, all names are of one length.
    let read = result_reads(subject, member).next().is_some();
    if read && count > 10 {
        let message = format!(
            "results of `{name}` are listed in the order of the names of its TaskRuns, as far as the run's name is short"
        );
        let longest = NAME.saturating_sub(format!("-{name}-{}", count - 1).len());
        let told = Diagnostic::new(Code::MatrixOrder, message).only_if(Condition::RunNameLonger(longest));
        let told = subject.about(told, group, &readers).at(matrix_span(subject, member), "more than ten combinations");
        diagnostics.push(told.help(format!("nothing to do unless a run's name has more than {longest} characters")));
    }
}

/// The number of copies is fixed now. A run with another number is refused, or fails and starts nothing more.
fn frozen(
    subject: &Subject<'_>,
    group: &GroupPlan,
    (member, found): (usize, &Combinations),
    diagnostics: &mut Diagnostics,
) {
    let name = subject.name(member);
    let all: Vec<usize> = (0..subject.pipeline.tasks.len()).collect();
    for frozen in &found.frozen {
        let (param, count) = (&frozen.param, frozen.count);
        let elements = if count == 1 { "element" } else { "elements" };
        let message = format!(
            "`{name}` was written out for the {count} {elements} that the default of `{param}` has; a run with another number fails"
        );
        let told = Diagnostic::new(Code::MatrixFrozen, message);
        let told = subject.about(told, group, &all).at(frozen.span, "unfused, a run decides");
        let told = told.only_if(Condition::ParamItemsOther(param.clone(), count));
        diagnostics.push(
            told.help(format!("leave `{name}` out of the group if runs pass other numbers of elements for `{param}`")),
        );
    }
}
