//! Fields that Tekton does not know: most often a mark with a slip in it, and then nobody would notice.

use super::{ANNOTATION, LABEL};
use crate::diag::{Code, Diagnostic, Diagnostics, suggest};
use crate::model::Pipeline;
use crate::yaml::{Entry, Node};

/// Fields of `PipelineTask` (`pkg/apis/pipeline/v1/pipeline_types.go`, v1.15; `resources` is v1beta1's) and our mark.
const TASK_FIELDS: [&str; 16] = [
    "name",
    "displayName",
    "description",
    "taskRef",
    "taskSpec",
    "when",
    "retries",
    "onError",
    "runAfter",
    "params",
    "matrix",
    "workspaces",
    "timeout",
    "pipelineRef",
    "pipelineSpec",
    "resources",
];
/// Fields of `PipelineSpec`.
const SPEC_FIELDS: [&str; 8] =
    ["displayName", "description", "tasks", "params", "workspaces", "results", "finally", "resources"];
/// Fields of a document.
const ROOT_FIELDS: [&str; 5] = ["apiVersion", "kind", "metadata", "spec", "status"];

/// Warns about unknown fields of the Pipeline: those that resemble a known one always, others if it asks for groups
/// (else it is passed through and is none of our business). One that resembles a mark is an error: it would pass into the
/// output, and the group would be missing.
pub(super) fn check(pipeline: &Pipeline, grouped: bool, diagnostics: &mut Diagnostics) {
    for task in &pipeline.tasks {
        let what = format!("the task `{}`", task.name.value);
        unknown(&task.node, &what, &TASK_FIELDS, "group", grouped, diagnostics);
    }
    unknown(&pipeline.spec, "the Pipeline's spec", &SPEC_FIELDS, "groups", grouped, diagnostics);
    if !pipeline.inline {
        let (misplaced, rest): (Vec<_>, Vec<_>) =
            entries(&pipeline.root).partition(|entry| SPEC_FIELDS.contains(&entry.key.as_str()));
        misplaced.into_iter().for_each(|entry| diagnostics.push(beside_spec(entry)));
        for entry in rest {
            report(entry, "the Pipeline", &ROOT_FIELDS, "groups", grouped, diagnostics);
        }
    }
    misplaced_marks(pipeline, diagnostics);
}

fn entries(node: &Node) -> impl Iterator<Item = &Entry> {
    node.as_mapping().into_iter().flat_map(|mapping| &mapping.entries)
}

fn unknown(node: &Node, what: &str, known: &[&str], mark: &str, grouped: bool, diagnostics: &mut Diagnostics) {
    entries(node).for_each(|entry| report(entry, what, known, mark, grouped, diagnostics));
}

fn report(entry: &Entry, what: &str, known: &[&str], mark: &str, grouped: bool, diagnostics: &mut Diagnostics) {
    let key = entry.key.as_str();
    if key == mark || known.contains(&key) {
        return;
    }
    let near = suggest(key, known.iter().copied().chain([mark]));
    let code = if near == Some(mark) { Code::MisspeltMark } else { Code::UnknownField };
    let help = match near {
        Some(near) => format!("did you mean `{near}`?"),
        None if grouped => format!("remove `{key}`; Kubernetes refuses fields it does not know"),
        None => return,
    };
    let message = format!("{what} has no field `{key}`");
    diagnostics.push(Diagnostic::new(code, message).at(entry.key_span, "unknown to Tekton").help(help));
}

/// `finally` and its like at the document's root, as the proposal's sketches have it.
fn beside_spec(entry: &Entry) -> Diagnostic {
    let key = &entry.key;
    let message = format!("`{key}` stands beside `spec`, where Tekton does not see it");
    let help = format!("indent `{key}` so that it stands under `spec`");
    Diagnostic::new(Code::MisplacedField, message).at(entry.key_span, "not read").help(help)
}

/// `group` and `groups` where no surface looks for them, and annotations and labels that resemble ours.
fn misplaced_marks(pipeline: &Pipeline, diagnostics: &mut Diagnostics) {
    let spec = if pipeline.inline { "pipelineSpec" } else { "spec" };
    let inline_spec = pipeline.root.get("spec").filter(|_| pipeline.inline);
    for entry in [pipeline.metadata.as_ref(), inline_spec].into_iter().flatten().flat_map(entries) {
        if entry.key == "group" || entry.key == "groups" {
            let message = format!("`{}` is not read here", entry.key);
            let place = Diagnostic::new(Code::MisplacedField, message).at(entry.key_span, "not read");
            diagnostics.push(place.help(format!("write `groups` under `{spec}`")));
        }
    }
    let home = format!("the annotation `{ANNOTATION}` of the Pipeline");
    metadata_marks(pipeline.metadata.as_ref(), "annotations", ANNOTATION, &home, diagnostics);
    for task in &pipeline.tasks {
        let metadata = task.field("taskSpec").and_then(|spec| spec.get("metadata"));
        let home = format!("the label `{LABEL}` of an embedded spec");
        metadata_marks(metadata, "labels", LABEL, &home, diagnostics);
    }
}

/// Refuses what looks like a mark in `metadata` but is not `mark` under `section`.
fn metadata_marks(metadata: Option<&Node>, section: &str, mark: &str, home: &str, diagnostics: &mut Diagnostics) {
    for key in ["annotations", "labels"] {
        for entry in metadata.and_then(|metadata| metadata.get(key)).into_iter().flat_map(entries) {
            let ours = (key, entry.key.as_str()) == (section, mark);
            if ours || suggest(&entry.key, [ANNOTATION, LABEL].into_iter()).is_none() {
                continue;
            }
            let message = format!("`{}` is not read here", entry.key);
            let place = Diagnostic::new(Code::MisspeltMark, message).at(entry.key_span, "not read");
            diagnostics.push(place.help(format!("did you mean {home}?")));
        }
    }
}
