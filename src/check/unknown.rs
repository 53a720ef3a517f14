//! Fields of members and of their Tasks that Tekton does not know. They have no place in the fused Task, so whoever wrote
//! them has to hear that they are gone.

use super::Subject;
use crate::diag::{Code, Diagnostic, Diagnostics, suggest};
use crate::yaml::{Entry, Node};

/// Fields of `EmbeddedTask` (`pkg/apis/pipeline/v1/pipeline_types.go`, v1.15), which are those of `TaskSpec` and some more.
const SPEC: &[&str] = &[
    "params",
    "displayName",
    "description",
    "steps",
    "volumes",
    "stepTemplate",
    "sidecars",
    "workspaces",
    "results",
    "metadata",
    "spec",
    "apiVersion",
    "kind",
];

/// Lists of a Task, with the fields of an item (`ParamSpec`, `TaskResult`, `WorkspaceDeclaration`).
const TASK_LISTS: &[(&str, &str, &[&str])] = &[
    ("params", "param", &["name", "type", "description", "properties", "default", "enum"]),
    ("results", "result", &["name", "type", "properties", "description", "value"]),
    ("workspaces", "workspace", &["name", "description", "mountPath", "readOnly", "optional"]),
];

/// Lists of a pipeline task (`Param`, `WorkspacePipelineTaskBinding`).
const MEMBER_LISTS: &[(&str, &str, &[&str])] =
    &[("params", "param", &["name", "value"]), ("workspaces", "workspace", &["name", "workspace", "subPath"])];

pub(super) fn check(subject: &Subject<'_>, diagnostics: &mut Diagnostics) {
    for (index, task) in subject.groups.iter().flat_map(|group| subject.members(group)) {
        let name = &task.name.value;
        lists(&task.node, MEMBER_LISTS, &format!("the task `{name}`"), diagnostics);
        let Some(resolved) = subject.resolved(index) else { continue };
        let spec = &resolved.spec.node;
        let owner = match resolved.task {
            Some(task) => format!("the Task `{}`", task.name.value),
            None => format!("the Task of `{name}`"),
        };
        unknown(spec, SPEC, &owner, diagnostics);
        lists(spec, TASK_LISTS, &owner, diagnostics);
    }
}

fn lists(node: &Node, lists: &[(&str, &str, &[&str])], owner: &str, diagnostics: &mut Diagnostics) {
    for (list, word, known) in lists {
        for item in node.get(list).and_then(Node::as_sequence).unwrap_or_default() {
            unknown(item, known, &format!("a {word} of {owner}"), diagnostics);
        }
    }
}

fn unknown(node: &Node, known: &[&str], owner: &str, diagnostics: &mut Diagnostics) {
    let entries = node.as_mapping().into_iter().flat_map(|mapping| &mapping.entries);
    for Entry { key, key_span, .. } in entries.filter(|entry| !known.contains(&entry.key.as_str())) {
        let message = format!("{owner} has no field `{key}`");
        let help = match suggest(key, known.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("remove `{key}`: the fused Task does not have it, and Kubernetes refuses it anyway"),
        };
        diagnostics.push(Diagnostic::new(Code::UnknownField, message).at(*key_span, "unknown to Tekton").help(help));
    }
}
