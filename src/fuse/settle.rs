//! Variables whose value depends on the step they stand in, for texts that another step writes for it.

use super::names::result_file;
use super::steps::Draft;
use crate::expr::{Template, Variable, WorkspaceProperty};
use crate::yaml::Node;

/// A text of a step in which such variables are what they are in that step: the path of a workspace that the step mounts
/// at a path of its own (`applyWorkspaceMountPath`), and the files of its own results (`ApplyResults`, both of
/// `pkg/reconciler/taskrun/resources/apply.go`, v1.15).
pub(super) fn settle(text: &Template, draft: &Draft) -> Template {
    text.map(|variable| match variable {
        Variable::StepResultPath(result) => Some(Template::text(result_file(&draft.name, result))),
        Variable::Workspace(name, WorkspaceProperty::Path) => mount_path(draft, name).map(Template::text),
        _ => None,
    })
}

fn mount_path<'d>(draft: &'d Draft, workspace: &str) -> Option<&'d str> {
    let usages = draft.fields.get("workspaces")?.as_sequence()?;
    let usage = usages.iter().find(|usage| usage.get("name").and_then(Node::as_str) == Some(workspace))?;
    usage.get("mountPath")?.as_str()
}

#[cfg(test)]
mod tests {
    use crate::fuse::tests::{at, fuse, pipeline};

    #[test]
    fn a_script_that_a_link_step_writes_means_its_own_step() {
        let one = "one taskSpec: {results: [{name: r}], steps: [{image: i, script: 'x > $(results.r.path)'}]}";
        let script =
            "$(params.r) $(step.results.own.path) $(results.out.path) $(workspaces.w.path) $(workspaces.w.claim)";
        let two = format!(
            "two params: [{{name: r, value: $(tasks.one.results.r)}}], workspaces: [{{name: w, workspace: w}}], taskSpec: \
             {{params: [{{name: r}}], results: [{{name: out}}], workspaces: [{{name: w, mountPath: /src}}], \
             steps: [{{name: s, image: i, results: [{{name: own}}], script: \"#!/usr/bin/python3\\n{script}\"}}]}}"
        );
        let more = "  workspaces: [{name: w}]\n  results: [{name: out, value: $(tasks.two.results.out)}]\n";
        let (documents, _) = fuse(&pipeline(&[one, &two], more));
        let link = at(&documents[0], "/spec/steps/1/script");
        let link = link.as_str().unwrap_or_default();
        let step = "/tekton/steps/step-two-s/results";
        assert!(link.contains(&format!("@ {step}/own {step}/out /src $(workspaces.w.claim)\n")), "{link}");
    }
}
