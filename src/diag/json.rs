//! Diagnostics as data for other programs: the parts of the document that `--format json` prints.
//!
//! Keys are only ever added; one that is renamed or changes its meaning gives the document another version. Lines and
//! columns count from 1, columns in characters (Unicode code points), and the end is where the next character stands.

use serde::Serialize;
use serde_json::{Value, json};

use super::render::sorted;
use super::{Condition, Diagnostic, Diagnostics, Label};
use crate::source::Sources;

/// One diagnostic.
#[derive(Debug, Serialize)]
pub struct Entry<'a> {
    code: &'static str,
    severity: &'static str,
    message: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    help: Option<&'a str>,
    changes: Vec<&'static str>,
    #[serde(rename = "onlyIf", skip_serializing_if = "Option::is_none")]
    only_if: Option<OnlyIf>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pipeline: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    group: Option<&'a str>,
    members: &'a [String],
    steps: &'a [String],
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    results: &'a [String],
    #[serde(skip_serializing_if = "Vec::is_empty")]
    labels: Vec<Place<'a>>,
}

#[derive(Debug, Serialize)]
struct OnlyIf {
    condition: &'static str,
    #[serde(skip_serializing_if = "Value::is_null")]
    value: Value,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Place<'a> {
    file: &'a str,
    line: usize,
    column: usize,
    end_line: usize,
    end_column: usize,
    #[serde(skip_serializing_if = "str::is_empty")]
    text: &'a str,
}

/// All of `diagnostics`, sorted as reports for people are. What is said of several Pipelines that share a Task is there
/// for each of them.
pub fn entries<'a>(sources: &'a Sources, diagnostics: &'a Diagnostics) -> Vec<Entry<'a>> {
    sorted(diagnostics.iter()).into_iter().map(|diagnostic| entry(sources, diagnostic)).collect()
}

fn entry<'a>(sources: &'a Sources, diagnostic: &'a Diagnostic) -> Entry<'a> {
    let about = &diagnostic.about;
    Entry {
        code: diagnostic.code.id(),
        severity: diagnostic.severity.as_str(),
        message: &diagnostic.message,
        help: diagnostic.help.as_deref(),
        changes: diagnostic.changes.iter().map(|observable| observable.name()).collect(),
        only_if: diagnostic.only_if.as_ref().map(only_if),
        pipeline: about.pipeline.as_deref(),
        group: about.group.as_deref(),
        members: &about.members,
        steps: &about.steps,
        results: &about.results,
        labels: diagnostic.labels.iter().map(|label| place(sources, label)).collect(),
    }
}

fn only_if(condition: &Condition) -> OnlyIf {
    let value = match condition {
        Condition::ResultHolds(text) | Condition::ParamHolds(text) => Value::from(*text),
        Condition::ResultsLonger(bytes) | Condition::RunNameLonger(bytes) => Value::from(*bytes),
        Condition::ParamItemsOther(param, count) => json!({"param": param, "count": count}),
        Condition::EmptyDir(name)
        | Condition::Unbound(name)
        | Condition::TaskSkipped(name)
        | Condition::EmptyParam(name) => Value::from(name.as_str()),
        Condition::EmptyArray
        | Condition::ResultUnfit
        | Condition::ShellMessages
        | Condition::Failure
        | Condition::TimeLimit
        | Condition::Unschedulable
        | Condition::MemberSkipped
        | Condition::NotContinued
        | Condition::PodLost
        | Condition::ResultMissing
        | Condition::StepActionRefused => Value::Null,
    };
    OnlyIf { condition: condition.name(), value }
}

fn place<'a>(sources: &'a Sources, label: &'a Label) -> Place<'a> {
    let source = sources.get(label.span.source);
    let range = label.span.range();
    let (start, end) = (source.position(range.start), source.position(range.end));
    Place {
        file: &source.name,
        line: start.line,
        column: start.column,
        end_line: end.line,
        end_column: end.column,
        text: &label.text,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::diag::{About, Code, Severity};
    use crate::source::Span;

    fn printed(sources: &Sources, diagnostics: &Diagnostics) -> Value {
        serde_json::to_value(entries(sources, diagnostics)).unwrap()
    }

    #[test]
    fn what_is_not_there_is_left_out() {
        let mut diagnostics = Diagnostics::default();
        diagnostics.push(Diagnostic::new(Code::Syntax, "odd"));
        let expected = json!([{
            "code": "TF101", "severity": "error", "message": "odd", "changes": [], "members": [], "steps": []
        }]);
        assert_eq!(printed(&Sources::default(), &diagnostics), expected);
    }

    #[test]
    fn an_announced_difference_says_of_what_and_when() {
        let mut diagnostics = Diagnostics::default();
        let told = Diagnostic::new(Code::KubeletExpansion, "stays").help("look").of(["use", "use"]);
        let told = told.in_steps(["say".to_owned()]).with_results("make", ["out"]).with_results("other", []);
        let told = told.only_if(Condition::ResultsLonger(9));
        diagnostics.about(About::pipeline("p"), |found| found.about(About::group("g"), |found| found.push(told)));
        let expected = json!([{
            "code": "TF435", "severity": "note", "message": "stays", "help": "look",
            "changes": ["pipeline-results", "results", "step-results", "log", "args", "env", "files"],
            "onlyIf": {"condition": "results-longer", "value": 9},
            "pipeline": "p", "group": "g", "members": ["use", "make"], "steps": ["say"], "results": ["make.out"]
        }]);
        assert_eq!(printed(&Sources::default(), &diagnostics), expected);
    }

    #[test]
    fn conditions_say_what_they_need() {
        let value = |condition: Condition| serde_json::to_value(only_if(&condition)).unwrap();
        assert_eq!(value(Condition::TimeLimit), json!({"condition": "time-limit"}));
        assert_eq!(value(Condition::ResultHolds("$")), json!({"condition": "result-holds", "value": "$"}));
        assert_eq!(value(Condition::Unbound("w".to_owned())), json!({"condition": "unbound", "value": "w"}));
    }

    #[test]
    fn places_count_characters_from_one_and_end_behind_the_last() {
        let mut sources = Sources::default();
        let id = sources.add("a.yaml", "é: ü\r\nb: |\n  c\n");
        let mut diagnostics = Diagnostics::default();
        let labels = Diagnostic::new(Code::Syntax, "odd").at(Span::new(id, 4..6), "here").at(Span::new(id, 8..16), "");
        diagnostics.push(labels);
        let expected = json!([
            {"file": "a.yaml", "line": 1, "column": 4, "endLine": 1, "endColumn": 5, "text": "here"},
            {"file": "a.yaml", "line": 2, "column": 1, "endLine": 3, "endColumn": 4}
        ]);
        assert_eq!(printed(&sources, &diagnostics)[0]["labels"], expected);
    }

    #[test]
    fn the_order_is_that_of_the_places() {
        let mut sources = Sources::default();
        let (one, two) = (sources.add("1.yaml", "abc"), sources.add("2.yaml", "abc"));
        let mut diagnostics = Diagnostics::default();
        let at = |id, at: usize, message: &str| Diagnostic::new(Code::Syntax, message).at(Span::new(id, at..at), "");
        diagnostics.push(Diagnostic::new(Code::Syntax, "nowhere"));
        diagnostics.push(at(two, 0, "third"));
        diagnostics.push(Diagnostic { severity: Severity::Note, ..at(one, 1, "second") });
        diagnostics.push(at(one, 1, "first"));
        let order = printed(&sources, &diagnostics);
        let order: Vec<&str> = order.as_array().unwrap().iter().map(|it| it["message"].as_str().unwrap()).collect();
        assert_eq!(order, ["first", "second", "third", "nowhere"]);
    }

    #[test]
    fn pipelines_that_share_a_task_are_each_told_but_people_once() {
        let mut diagnostics = Diagnostics::default();
        for pipeline in ["one", "two", "two"] {
            let told = Diagnostic::new(Code::ContextChanged, "another TaskRun");
            diagnostics.about(About::pipeline(pipeline), |found| found.push(told));
        }
        let pipelines: Vec<Option<&str>> =
            diagnostics.iter().map(|diagnostic| diagnostic.about.pipeline.as_deref()).collect();
        assert_eq!(pipelines, [Some("one"), Some("two")]);
        assert_eq!((diagnostics.distinct().count(), diagnostics.count(Severity::Warning)), (1, 1));
    }
}
