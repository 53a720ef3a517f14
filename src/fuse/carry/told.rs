//! What is said of results tasks.

use super::Producer;
use super::task::Handed;
use crate::diag::{Code, Condition, Diagnostic, Diagnostics, list};
use crate::expr::Variable;
use crate::source::Span;

/// What the results tasks of a member do and what they cannot do.
pub(super) fn differences(
    producer: &Producer<'_>,
    added: &[String],
    handed: &[Handed<'_>],
    span: Span,
    diagnostics: &mut Diagnostics,
) {
    let member = producer.member;
    let results: Vec<String> = handed.iter().map(|value| format!("`{}`", value.result)).collect();
    let added: Vec<String> = added.iter().map(|name| format!("`{name}`")).collect();
    let told = |message: String, text: &str| {
        let place = Diagnostic::new(Code::ResultsTask, message).at(span, text);
        place.with_results(member, handed.iter().map(|value| value.result.as_str()))
    };
    let (tasks, each) = match added.as_slice() {
        [one] => (format!("the task {one} is added: it hands"), "it is"),
        _ => (format!("the tasks {} are added: they hand", list(&added, "and")), "each is"),
    };
    let (condition, left_out) = match (producer.forgiven, handed.len()) {
        (false, _) => ("ran", "left out if the member is skipped"),
        (true, 1) => ("wrote it", "left out if the member fails without it"),
        (true, _) => ("wrote them", "left out if the member fails without it"),
    };
    let message = format!(
        "{tasks} {} of `{member}` on to the Pipeline's results if `{member}` {condition}",
        list(&results, "and")
    );
    let place = told(message, left_out).without_changes();
    diagnostics.push(place.help(format!("{each} one pod more at the end of a run, unless the value is left out")));
    let message =
        format!("a value with `$` in it may reach the Pipeline's results changed by way of {}", list(&added, "or"));
    let place = told(message, "handed on as a param").only_if(Condition::ResultHolds("$"));
    diagnostics.push(place.help(
        "names of Tekton's variables of a TaskRun are replaced in it, and `$$` and `$(NAME)` in the items of an array",
    ));
    let message = format!("if `{member}` runs without writing {}, the run does not fail over it", list(&results, "or"));
    let place = told(message, "left out then").only_if(Condition::ResultMissing);
    let group = &producer.group.name;
    diagnostics.push(place.help(format!("write every result in `{member}`, or leave it out of `{group}`")));
    if producer.forgiven {
        let message = format!("if `{member}` fails without writing {}, a task is skipped", list(&results, "or"));
        let place = told(message, "left out then").only_if(Condition::Failure);
        diagnostics.push(place.help("the run ends as `Completed` then, not as `Succeeded`"));
    } else if results.len() > 1 {
        let message =
            format!("if `{member}` fails before all of {} are written, none is reported", list(&results, "and"));
        let place = told(message, "left out then").only_if(Condition::Failure);
        diagnostics.push(place.help("the run fails either way; unfused, it reports those that are written"));
    }
}

/// A result that nothing can leave out.
pub(super) fn finally(producer: &Producer<'_>, variable: &Variable, span: Span) -> Diagnostic {
    let (member, when) = (producer.member, when(producer));
    let message = format!("`$({variable})` cannot be left out of the Pipeline's results when `{member}` {when}");
    let place = Diagnostic::new(Code::ResultOfSkipped, message).at(span, "nothing can run behind a finally task");
    place.help(format!("leave `{member}` out of the group"))
}

/// An object that no script can hand on.
pub(super) fn unknown_keys(producer: &Producer<'_>, result: &str, span: Span) -> Diagnostic {
    let (member, when) = (producer.member, when(producer));
    let message = format!(
        "the object `{result}` of `{member}` cannot be left out of the Pipeline's results when `{member}` {when}"
    );
    let place = Diagnostic::new(Code::ResultOfSkipped, message).at(span, "its keys are not known, or no plain words");
    place.help(format!(
        "declare its keys in `properties`, of letters, digits, `-` and `_`, or leave `{member}` out of the group"
    ))
}

fn when(producer: &Producer<'_>) -> &'static str {
    if producer.skip.is_some() { "is skipped" } else { "fails" }
}
