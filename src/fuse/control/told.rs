//! What differs where members are skipped, or run after failures.

use super::{Control, MemberControl};
use crate::diag::{Code, Condition, Diagnostic, Diagnostics, enumerate};
use crate::fuse::Request;
use crate::fuse::member::{Member, has_result_references};
use crate::yaml::Node;

/// Says it for the whole group.
pub(in crate::fuse) fn tell(request: &Request<'_>, control: &Control, diagnostics: &mut Diagnostics) {
    let those = |is: fn(&MemberControl) -> bool| -> Vec<&Member<'_>> {
        request
            .members
            .iter()
            .zip(&control.members)
            .filter(|(_, control)| is(control))
            .map(|(member, _)| member)
            .collect()
    };
    let span = request.group.span;
    let skipped = those(MemberControl::skippable);
    if !skipped.is_empty() {
        let message = format!("{} may be skipped inside the pod, which is no skipped task of the run", names(&skipped));
        let told = Diagnostic::new(Code::SkipInside, message).at(span, "this group");
        let told = told.of(skipped.iter().map(|member| member.name())).only_if(Condition::MemberSkipped);
        diagnostics.push(told.help("a run with a skip only in the group ends as `Succeeded`, not as `Completed`"));
    }
    embedded_readers(request, control, diagnostics);
    empty_values(request, control, diagnostics);
    let forgiven = those(|control| control.forgiven);
    if !forgiven.is_empty() {
        let message = format!("a failure of {} is one of a step of the group, not of a task", names(&forgiven));
        let told = Diagnostic::new(Code::FailureInside, message).at(on_error(forgiven[0]), "forgiven here");
        let told = told.of(forgiven.iter().map(|member| member.name())).only_if(Condition::Failure);
        diagnostics.push(told.help("look at the exit codes of its steps in the TaskRun"));
    }
    let always: Vec<&Member<'_>> =
        those(|control| control.always).into_iter().filter(|member| !member.task.finally).collect();
    for member in &always {
        let message = format!("`{}` runs also after a failure, which the Pipeline alone cannot say", member.name());
        let told = Diagnostic::new(Code::AlwaysMember, message).at(request.group.place(member.index), "asked for here");
        let readers = request.readers.of_task(member.name()).filter_map(|reader| request.pipeline.tasks.get(reader));
        let concerned = readers.map(|reader| reader.name.value.as_str()).chain([member.name()]);
        let told = told.of(concerned).only_if(Condition::Failure);
        diagnostics.push(told.help("unfused, it is not started; to have it both ways, make it a finally task"));
    }
    if control.always || !forgiven.is_empty() {
        let message = "a step that cannot be started, or is stopped at its time limit, ends the whole group";
        let told = Diagnostic::new(Code::NotContinued, message).at(span, "members that would run after it do not");
        let told = told.of(request.members.iter().map(Member::name)).only_if(Condition::NotContinued);
        diagnostics.push(told.help("let a script start the program, and stop it with `timeout` there"));
    }
    let read = those(|control| control.status_exported);
    if !read.is_empty() {
        let message = format!("the status of {} is a result of the group, lost if its pod is", names(&read));
        let told = Diagnostic::new(Code::StatusRecord, message).at(span, "this group");
        let told = told.of(read.iter().map(|member| member.name())).only_if(Condition::PodLost);
        diagnostics.push(told.help("a finally task that reads it is skipped then; unfused it got `None` or `Failed`"));
    }
}

/// A member that reads results of one that may be skipped in its embedded spec alone: for a missing result there, Tekton fails the
/// run (`hasResultReferences`, `pkg/reconciler/pipelinerun/resources/pipelinerunresolution.go`, v1.15).
fn embedded_readers(request: &Request<'_>, control: &Control, diagnostics: &mut Diagnostics) {
    for (member, control) in request.members.iter().zip(&control.members) {
        if has_result_references(member.task)
            || !member.embedded()
            || !control.inherits.iter().any(|parent| parent.results)
        {
            continue;
        }
        let message = format!(
            "`{}` is skipped with the member whose result it reads; unfused, the run fails then",
            member.name()
        );
        let place = Diagnostic::new(Code::SkipWider, message).at(member.task.name.span, "reads it in its spec only");
        let all = request.members.iter().map(Member::name);
        diagnostics.push(place.of(all).only_if(Condition::MemberSkipped).help("pass the result to it as a param"));
    }
}

/// A condition needs something to compare with (`validateWhenExpressionFields`, `pkg/apis/pipeline/v1/when_validation.go`, v1.15).
/// Unfused, the members before it have run when Tekton finds that there is nothing.
fn empty_values(request: &Request<'_>, control: &Control, diagnostics: &mut Diagnostics) {
    for (member, control) in request.members.iter().zip(&control.members) {
        for clause in &control.clauses {
            let Some(param) = clause.only_elements_of() else { continue };
            let message = format!(
                "if the param `{param}` has no element, Tekton refuses the `when` of `{}`, and with it the whole group",
                member.name()
            );
            let place = Diagnostic::new(Code::EmptyValues, message).at(clause.span, "nothing else to compare with");
            let place = place.of(request.members.iter().map(Member::name)).only_if(Condition::EmptyParam(param));
            diagnostics.push(place.help("add a value that is always there"));
        }
    }
}

fn names(members: &[&Member<'_>]) -> String {
    let mut names: Vec<&str> = members.iter().map(|member| member.name()).collect();
    // Copies of a member with a matrix stand behind each other.
    names.dedup();
    enumerate(names.into_iter())
}

fn on_error(member: &Member<'_>) -> crate::source::Span {
    member.task.field("onError").map_or(member.task.name.span, |node: &Node| node.span)
}
