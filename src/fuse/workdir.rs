//! Working directories below a workspace: the container runtime creates them when the pod starts, before an earlier member
//! has put anything there, which breaks a clone into an empty directory. Such a step makes and enters it by itself.

use std::collections::HashSet;

use super::member::Member;
use super::results::StepKey;
use super::script::interpreter;
use super::steps::Draft;
use crate::diag::{Code, Diagnostic};
use crate::expr::{Part, Template, Variable, WorkspaceProperty};
use crate::model::{Pipeline, WorkspaceSpec};
use crate::shell::Interpreter;
use crate::yaml::Node;

/// Official images that have `sh`, whatever their tag.
const SHELL_IMAGES: &[&str] = &[
    "alpine",
    "amazonlinux",
    "bash",
    "busybox",
    "debian",
    "docker",
    "eclipse-temurin",
    "fedora",
    "golang",
    "gradle",
    "maven",
    "node",
    "perl",
    "php",
    "python",
    "ruby",
    "rust",
    "ubuntu",
];

/// What is known of working directories in a group.
#[derive(Debug)]
pub(super) struct WorkingDirs {
    /// Per member and step: whether the step must make and enter its directory by itself.
    enters: Vec<Vec<bool>>,
    /// Per member and step: the image, in terms of the Pipeline.
    images: Vec<Vec<String>>,
    /// Images in which some step of the group runs a shell script.
    shells: HashSet<String>,
}

impl WorkingDirs {
    /// Looks at all members.
    pub(super) fn new(pipeline: &Pipeline, members: &[Member<'_>]) -> Self {
        let mut plan = Self { enters: Vec::new(), images: Vec::new(), shells: HashSet::new() };
        let mut seen: HashSet<String> = HashSet::new();
        for member in members {
            let workspaces = member.workspaces();
            let bound = workspaces.iter().filter_map(|spec| Some((spec, member.binding(pipeline, &spec.name.value)?)));
            let bound: Vec<_> = bound.map(|(spec, binding)| (spec, binding.workspace.value)).collect();
            let written = bound.iter().filter(|(_, workspace)| seen.contains(workspace)).map(|(spec, _)| *spec);
            let written: Vec<&WorkspaceSpec> = written.collect();
            let steps: Vec<Node> = member.spec().steps.iter().map(|step| member.merged_step(step)).collect();
            let text =
                |step: &Node, key| member.in_pipeline_terms(step.get(key).and_then(Node::as_str).unwrap_or_default());
            let enters = |step: &Node| written.iter().any(|spec| is_below(member, &text(step, "workingDir"), spec));
            plan.enters.push(steps.iter().map(enters).collect());
            let images: Vec<String> = steps.iter().map(|step| text(step, "image").to_string()).collect();
            let shells = steps.iter().zip(&images).filter(|(step, _)| has_shell_script(step));
            plan.shells.extend(shells.map(|(_, image)| image.clone()));
            plan.images.push(images);
            seen.extend(bound.into_iter().map(|(_, workspace)| workspace));
        }
        plan
    }

    /// Whether a step must make and enter its working directory by itself.
    pub(super) fn enter(&self, draft: &Draft) -> bool {
        draft.working_dir.is_some() && self.of(draft, &self.enters).is_some_and(|enters| *enters)
    }

    /// Whether the image of a step is known to have `sh`.
    pub(super) fn has_shell(&self, draft: &Draft) -> bool {
        let Some(image) = self.of(draft, &self.images) else { return false };
        let official = image.strip_prefix("docker.io/").unwrap_or(image);
        let official = official.strip_prefix("library/").unwrap_or(official);
        let name = official.split([':', '@']).next().unwrap_or_default();
        self.shells.contains(image) || SHELL_IMAGES.contains(&name)
    }

    fn of<'l, T>(&self, draft: &Draft, lists: &'l [Vec<T>]) -> Option<&'l T> {
        let StepKey::Step(step) = draft.key else { return None };
        lists.get(draft.member)?.get(step)
    }

    /// A step that cannot enter its directory by itself.
    pub(super) fn refusal(&self, draft: &Draft, member: &str) -> Diagnostic {
        let message = format!("the working directory of `{member}` would be created before the members before it run");
        let place = Diagnostic::new(Code::WorkingDirectory, message).at(draft.span, "this step cannot `cd` by itself");
        place.help(format!("run it by a shell script that does `cd`, or cut the group before `{member}`"))
    }
}

fn has_shell_script(step: &Node) -> bool {
    let script = step.get("script").and_then(Node::as_str).filter(|script| !script.is_empty());
    script.is_some_and(|script| matches!(interpreter(&Template::parse(script)), Interpreter::Shell(_)))
}

/// Whether a directory of a step lies below a workspace of its Task, and not at it.
fn is_below(member: &Member<'_>, directory: &Template, workspace: &WorkspaceSpec) -> bool {
    let rest = match directory.parts().split_first() {
        Some((Part::Variable { variable: Variable::Workspace(name, WorkspaceProperty::Path), .. }, rest)) => {
            if *name != workspace.name.value {
                return false;
            }
            let mut below = Template::default();
            rest.iter().for_each(|part| below.push(part.clone()));
            below.to_string()
        }
        Some((Part::Text(text), _)) => {
            let path = if text.starts_with('/') { directory.to_string() } else { format!("/workspace/{directory}") };
            let mount_path = member.in_pipeline_terms(&workspace.mount_path.value).to_string();
            match path.strip_prefix(mount_path.trim_end_matches('/')) {
                Some(rest) if rest.is_empty() || rest.starts_with('/') => rest.to_owned(),
                _ => return false,
            }
        }
        _ => return false,
    };
    !["", "."].contains(&rest.trim_matches('/'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fuse::tests::{pipeline, with_group};

    /// Whether the second member's steps enter these directories by themselves.
    fn entered(mount_path: &str, directories: &[&str]) -> Vec<bool> {
        let step = |directory: &&str| format!("{{image: i, workingDir: '{directory}'}}");
        let steps: Vec<String> = directories.iter().map(step).collect();
        let bound = "workspaces: [{name: source, workspace: w}], taskSpec: {workspaces: [{name: source";
        let one = format!("one {bound}}}], steps: [{{image: i, workingDir: /workspace/source/app}}]}}");
        let params = "params: [{name: dir, value: '$(params.dir)'}, {name: fixed, value: /workspace/source/x}]";
        let two = format!("two {params}, {bound}, mountPath: '{mount_path}'}}], steps: [{}]}}", steps.join(", "));
        let text = pipeline(&[&one, &two], "  params: [{name: dir}]\n  workspaces: [{name: w}]\n");
        with_group(&text, |request| {
            let mut plan = WorkingDirs::new(request.pipeline, &request.members);
            assert_eq!(plan.enters[0], [false], "nobody has written before the first member");
            plan.enters.remove(1)
        })
    }

    #[test]
    fn below_a_workspace_is_behind_its_variable_or_its_path() {
        let below = [
            "$(workspaces.source.path)/app",
            "/workspace/source/app",
            "$(workspaces.source.path)/$(params.dir)",
            "/workspace/source//a",
            "source/app",
            "$(params.fixed)",
        ];
        assert_eq!(entered("/workspace/source", &below), [true; 6]);
        let elsewhere = [
            "$(workspaces.source.path)",
            "$(workspaces.source.path)/",
            "/workspace/source",
            "/workspace/source//",
            "/workspace/source/.",
            "/workspace/sources/app",
            "/workspace",
            "$(workspaces.other.path)/app",
            "app",
            "",
        ];
        assert_eq!(entered("/workspace/source", &elsewhere), [false; 10]);
    }

    #[test]
    fn a_path_of_the_tasks_own_counts_with_or_without_its_last_slash() {
        let directories = ["/src/app", "/src", "/srcs/app", "/workspace/source/app"];
        for mount_path in ["/src", "/src/"] {
            assert_eq!(entered(mount_path, &directories), [true, false, false, false], "{mount_path}");
        }
    }

    #[test]
    fn official_images_have_a_shell_by_any_spelling() {
        let images = [
            ("alpine", true),
            ("alpine:3.20", true),
            ("docker.io/library/golang@sha256:00", true),
            ("library/node", true),
            ("registry/mine:1", true),
            ("registry/alpine", false),
            ("registry/mine:2", false),
            ("alpine-git", false),
        ];
        for (image, known) in images {
            let plan = WorkingDirs {
                enters: Vec::new(),
                images: vec![vec![image.to_owned()]],
                shells: HashSet::from(["registry/mine:1".to_owned()]),
            };
            let span = crate::yaml::nowhere(crate::source::Sources::default().add("", ""));
            assert_eq!(plan.has_shell(&Draft::empty("s", 0, StepKey::Step(0), span)), known, "{image}");
        }
    }
}
