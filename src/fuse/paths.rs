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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fuse::tests::{node, pipeline, with_group};

    /// A text of the first member after the rewrite, and the codes of what was found.
    fn rewritten(text: &str) -> (String, Vec<&'static str>) {
        let steps = "taskSpec: {steps: [{name: a, image: i}, {name: a-b, image: i}, {image: i}]}";
        with_group(&pipeline(&[&format!("one {steps}"), &format!("two {steps}")], ""), |request| {
            let steps = |member: &Member<'_>| (0..3).map(|step| member.step_name(step)).collect();
            let names = StepNames::new(request.members.iter().map(|member| (member.name(), steps(member))));
            let mut found = Diagnostics::default();
            let mut text = Node::string(request.group.span, text);
            Paths::new(&request.members, &names).rewrite(0, &mut text, &mut found);
            (text.as_str().unwrap_or_default().to_owned(), found.iter().map(|found| found.code.id()).collect())
        })
    }

    #[test]
    fn directories_of_steps_follow_their_names() {
        for (old, new) in [
            ("cat /tekton/steps/step-a/exitCode", "cat /tekton/steps/step-one-a/exitCode"),
            ("/tekton/steps/step-a-b/results/r", "/tekton/steps/step-one-a-b/results/r"),
            ("/tekton/steps/step-unnamed-2/", "/tekton/steps/step-one-unnamed-2/"),
            ("/tekton/steps/step-a:/tekton/steps/step-a-b", "/tekton/steps/step-one-a:/tekton/steps/step-one-a-b"),
            ("/tekton/steps/step-abc", "/tekton/steps/step-abc"),
            ("/tekton/steps/", "/tekton/steps/"),
        ] {
            assert_eq!(rewritten(old), (new.to_owned(), Vec::new()));
        }
    }

    #[test]
    fn directories_of_numbers_have_no_counterpart() {
        for text in ["ls /tekton/run", "/tekton/run/0/out"] {
            assert_eq!(rewritten(text).1, [Code::InternalPath.id()], "{text}");
        }
        assert_eq!(rewritten("/tekton/runner /tekton/run-x"), ("/tekton/runner /tekton/run-x".to_owned(), Vec::new()));
    }

    #[test]
    fn texts_at_any_depth_are_rewritten() {
        let text = pipeline(&["one taskSpec: {steps: [{name: a, image: i}]}", "two"], "");
        with_group(&text, |request| {
            let steps = |member: &Member<'_>| vec![member.step_name(0)];
            let names = StepNames::new(request.members.iter().map(|member| (member.name(), steps(member))));
            let mut step = node("{args: [/tekton/steps/step-a], env: [{name: e, value: /tekton/steps/step-a}]}");
            Paths::new(&request.members, &names).rewrite(0, &mut step, &mut Diagnostics::default());
            assert_eq!(step.json().matches("/tekton/steps/step-one-a").count(), 2, "{}", step.json());
        });
    }
}
