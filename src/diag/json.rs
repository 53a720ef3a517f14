//! Diagnostics as data for other programs: the parts of the document that `--format json` prints.
//!
//! Keys are only ever added; one that is renamed or changes its meaning gives the document another version. Lines and
//! columns count from 1, columns in characters (Unicode code points), and the end is where the next character stands.

use serde::Serialize;
use serde_json::Value;

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
        Condition::ResultsLonger(bytes) => Value::from(*bytes),
        Condition::EmptyDir(workspace) | Condition::Unbound(workspace) => Value::from(workspace.as_str()),
        Condition::EmptyArray | Condition::Failure | Condition::TimeLimit | Condition::Unschedulable => Value::Null,
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
