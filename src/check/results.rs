//! Results of members that their Tasks do not have.

use super::Subject;
use crate::diag::{Code, Diagnostic, Diagnostics, Label, suggest};
use crate::expr::Variable;
use crate::graph::{Cause, Edge, references};
use crate::source::Span;

/// A result that is asked for: the task, its name, who asks, and where.
type Asked = (usize, String, String, Span);

pub(super) fn check(subject: &Subject<'_>, diagnostics: &mut Diagnostics) {
    let owners = subject.owners();
    let mut unknown: Vec<(usize, String, Diagnostic)> = Vec::new();
    for (task, result, asker, span) in by_tasks(subject).into_iter().chain(by_pipeline(subject)) {
        let Some(group) = owners.get(&task) else { continue };
        let Some(declared) = subject.resolved(task).map(|resolved| &resolved.spec.results) else { continue };
        if declared.iter().any(|declared| declared.name.value == result) {
            continue;
        }
        let text = format!("needed by {asker}");
        if let Some((.., told)) = unknown.iter_mut().find(|(other, name, _)| (*other, name) == (task, &result)) {
            told.labels.push(Label { span, text });
            continue;
        }
        let name = subject.name(task);
        let help = match suggest(&result, declared.iter().map(|declared| declared.name.value.as_str())) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("declare `{result}` in the results of that Task, or remove the reference"),
        };
        let told = Diagnostic::new(Code::ResultUnknown, format!("the Task of `{name}` has no result `{result}`"));
        let told =
            told.at(span, text).at(group.place(task), format!("`{name}` is put into `{}` here", group.name.value));
        unknown.push((task, result, told.help(help)));
    }
    unknown.into_iter().for_each(|(.., told)| diagnostics.push(told));
}

/// What the tasks of the Pipeline ask for, finally tasks included.
fn by_tasks(subject: &Subject<'_>) -> Vec<Asked> {
    let asked = |(from, to, edge): (usize, usize, &Edge)| match &edge.cause {
        Cause::Result(result) => Some((from, result.clone(), format!("`{}`", subject.name(to)), edge.span)),
        _ => None,
    };
    subject.graph.edges().filter_map(asked).collect()
}

/// What the results of the Pipeline hand on.
fn by_pipeline(subject: &Subject<'_>) -> Vec<Asked> {
    let results = subject.pipeline.results.iter();
    let position = |name: &str| subject.pipeline.tasks.iter().position(|other| other.name.value == name);
    let asker = || "the Pipeline".to_owned();
    let found = results.flat_map(|result| references(subject.sources, &result.value));
    let asked = found.filter_map(|reference| match reference.variable {
        Variable::TaskResult { task, result, .. } => Some((position(&task)?, result, asker(), reference.span)),
        Variable::FinallyResult { task, rest } => {
            let result = rest.split(['.', '[']).next()?.to_owned();
            Some((position(&task)?, result, asker(), reference.span))
        }
        _ => None,
    });
    asked.collect()
}
