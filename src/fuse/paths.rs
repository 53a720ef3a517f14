//! Paths of Tekton that stand as text in a Task.

use super::member::Member;
use super::names::StepNames;
use crate::diag::{Code, Diagnostic, Diagnostics};
use crate::yaml::{Node, Scalar, ScalarKind, Value};

/// Below it every step has a directory of its name.
const STEPS: &str = "/tekton/steps/step-";

/// Below it every step has a directory of its number, which changes.
const RUN: &str = "/tekton/run";

/// Old and new paths of the steps of each member.
#[derive(Debug)]
pub(super) struct Paths {
    members: Vec<Vec<(String, String)>>,
}

impl Paths {
    /// The paths of all steps.
    pub(super) fn new(members: &[Member<'_>], names: &StepNames) -> Self {
        let steps = |(index, member): (usize, &Member<'_>)| {
            let step =
                |step| (format!("{STEPS}{}", member.step_name(step)), format!("{STEPS}{}", names.step(index, step)));
            let mut steps: Vec<_> = (0..member.spec().steps.len()).map(step).collect();
            // The longest first: a name may begin with another.
            steps.sort_by_key(|(old, _)| std::cmp::Reverse(old.len()));
            steps
        };
        Self { members: members.iter().enumerate().map(steps).collect() }
    }

    /// Rewrites the paths in all texts of a container; one that has no counterpart is refused.
    pub(super) fn rewrite(&self, member: usize, node: &mut Node, diagnostics: &mut Diagnostics) {
        match &mut node.value {
            Value::Sequence(items) => items.iter_mut().for_each(|item| self.rewrite(member, item, diagnostics)),
            Value::Mapping(mapping) => {
                mapping.entries.iter_mut().for_each(|entry| self.rewrite(member, &mut entry.value, diagnostics));
            }
            Value::Scalar(Scalar { kind: ScalarKind::String, text }) => {
                if names_directory(text, RUN) {
                    let message = format!("`{RUN}` has one directory per step of the pod, numbered from the first");
                    let place = Diagnostic::new(Code::InternalPath, message).at(node.span, "this text names it");
                    diagnostics.push(place.help("use `$(steps.step-NAME.exitCode.path)` or a result instead"));
                } else if text.contains(STEPS) {
                    *text = self.replace(member, text);
                }
            }
            Value::Scalar(_) => {}
        }
    }

    fn replace(&self, member: usize, text: &str) -> String {
        let mut result = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(at) = rest.find(STEPS) {
            result.push_str(&rest[..at]);
            rest = &rest[at..];
            let known = self.members[member].iter().find(|(old, _)| {
                rest.strip_prefix(old.as_str())
                    .is_some_and(|rest| !rest.starts_with(|c: char| c.is_alphanumeric() || c == '-'))
            });
            let (new, length) = known.map_or((STEPS, STEPS.len()), |(old, new)| (new.as_str(), old.len()));
            result.push_str(new);
            rest = &rest[length..];
        }
        result + rest
    }
}

fn names_directory(text: &str, directory: &str) -> bool {
    text.match_indices(directory)
        .any(|(at, _)| !text[at + directory.len()..].starts_with(|c: char| c.is_alphanumeric() || c == '-' || c == '_'))
}
