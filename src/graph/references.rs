//! The variables in a pipeline task, and which of them make it wait.

use super::Cause;
use crate::expr::{Part, Template, Variable};
use crate::model::PipelineTask;
use crate::source::{Sources, Span};
use crate::yaml::{Node, Value};

/// A variable with the place where it stands.
#[derive(Clone, Debug)]
pub(crate) struct Reference {
    pub(crate) variable: Variable,
    pub(crate) span: Span,
}

/// Every variable in the strings of a node.
pub(crate) fn references(sources: &Sources, node: &Node) -> Vec<Reference> {
    let mut found = Vec::new();
    collect(sources, node, &mut found);
    found
}

fn collect(sources: &Sources, node: &Node, found: &mut Vec<Reference>) {
    match &node.value {
        Value::Scalar(_) => {
            let template = Template::parse(node.as_str().unwrap_or_default());
            for part in template.parts() {
                let Part::Variable { variable, spelling } = part else { continue };
                found.push(Reference { variable: variable.clone(), span: narrow(sources, node.span, spelling) });
            }
        }
        Value::Sequence(items) => items.iter().for_each(|item| collect(sources, item, found)),
        Value::Mapping(mapping) => mapping.entries.iter().for_each(|entry| collect(sources, &entry.value, found)),
    }
}

/// The spelling inside the scalar, so that a label does not cover a whole script; the scalar if it is escaped there.
fn narrow(sources: &Sources, span: Span, spelling: &str) -> Span {
    match sources.text(span).find(spelling) {
        Some(at) => {
            let start = span.range().start + at;
            Span::new(span.source, start..start + spelling.len())
        }
        None => span,
    }
}

/// The variables of a task that Tekton looks at for its dependencies: params, `when`, `matrix`, and of an embedded
/// spec steps and sidecars (`PipelineTaskResultRefs`, `pkg/apis/pipeline/v1/resultref.go`, v1.15). Not `displayName`,
/// `workspaces[].subPath`, volumes or `stepTemplate`.
pub(super) fn waited_for(sources: &Sources, task: &PipelineTask) -> Vec<Reference> {
    let spec = task.field("taskSpec");
    let embedded = ["steps", "sidecars"].into_iter().filter_map(|key| spec?.get(key));
    let own = ["params", "when", "matrix"].into_iter().filter_map(|key| task.field(key));
    own.chain(embedded).flat_map(|node| references(sources, node)).collect()
}

/// The task that a variable waits for.
pub(super) fn cause(variable: &Variable) -> Option<(&str, Cause)> {
    match variable {
        Variable::TaskResult { task, result, .. } => Some((task, Cause::Result(result.clone()))),
        Variable::TaskOther { task, rest } if rest.starts_with("matrix.") => Some((task, Cause::Matrix)),
        _ => None,
    }
}
