//! Working directories below a workspace: the container runtime creates them when the pod starts, before an earlier member
//! has put anything there, which breaks a clone into an empty directory. Such a step makes and enters it by itself.

use std::collections::HashSet;

use super::member::Member;
use super::steps::Draft;
use super::workspaces::{Target, Workspaces};
use crate::diag::{Code, Diagnostic};
use crate::expr::{Part, Template, Variable, WorkspaceProperty};
use crate::shell::{Interpreter, interpreter};
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
    /// Per member: the workspaces (in the fused Task) that an earlier member has too, with the paths of this member.
    written: Vec<Vec<(String, Option<String>)>>,
    /// Images in which some step of the group runs a shell script.
    shells: HashSet<String>,
}

impl WorkingDirs {
    /// Looks at all members.
    pub(super) fn new(members: &[Member<'_>], workspaces: &Workspaces) -> Self {
        let declared = |member| {
            workspaces.of(member).filter_map(|(_, target)| match target {
                Target::Declared { name, mount_path } => Some((name.clone(), mount_path.clone())),
                Target::Volume { volume, mount_path, .. } => Some((volume.clone(), Some(mount_path.clone()))),
                Target::Unbound => None,
            })
        };
        let pipeline_workspace = |name: &str| {
            let empty_dir = workspaces.empty_dirs.iter().find(|(_, volume)| volume == name);
            if let Some((workspace, _)) = empty_dir {
                return Some(workspace.as_str());
            }
            workspaces
                .fused
                .iter()
                .find(|workspace| workspace.name == name)
                .map(|workspace| workspace.workspace.as_str())
        };
        let mut seen: HashSet<&str> = HashSet::new();
        let mut written = Vec::new();
        for index in 0..members.len() {
            let mine: Vec<_> = declared(index).collect();
            let earlier =
                mine.iter().filter(|(name, _)| pipeline_workspace(name).is_some_and(|name| seen.contains(name)));
            written.push(earlier.cloned().collect());
            seen.extend(mine.iter().filter_map(|(name, _)| pipeline_workspace(name)));
        }
        let steps = members.iter().flat_map(|member| &member.spec().steps);
        let shell = |step: &&Node| {
            let script = step.get("script").and_then(Node::as_str).filter(|script| !script.is_empty());
            script.is_some_and(|script| matches!(interpreter(script), Interpreter::Shell(_)))
        };
        let images = steps.filter(shell).filter_map(|step| step.get("image")?.as_str());
        Self { written, shells: images.map(str::to_owned).collect() }
    }

    /// Whether a step must make and enter its working directory by itself.
    pub(super) fn enter(&self, draft: &Draft) -> bool {
        let Some(directory) = &draft.working_dir else { return false };
        self.written[draft.member].iter().any(|(name, path)| is_below(directory, name, path.as_deref()))
    }

    /// Whether an image is known to have `sh`.
    pub(super) fn has_shell(&self, image: &str) -> bool {
        let official = image.strip_prefix("docker.io/").unwrap_or(image);
        let official = official.strip_prefix("library/").unwrap_or(official);
        let name = official.split([':', '@']).next().unwrap_or_default();
        self.shells.contains(image) || SHELL_IMAGES.contains(&name)
    }

    /// A step that cannot enter its directory by itself.
    pub(super) fn refusal(&self, draft: &Draft, member: &str) -> Diagnostic {
        let message = format!("the working directory of `{member}` would be created before the members before it run");
        let place = Diagnostic::new(Code::WorkingDirectory, message).at(draft.span, "this step cannot `cd` by itself");
        place.help(format!("run it by a shell script that does `cd`, or cut the group before `{member}`"))
    }
}

/// Whether a path lies below a workspace, and not at it.
fn is_below(directory: &Template, workspace: &str, mount_path: Option<&str>) -> bool {
    let rest: String = match directory.parts().split_first() {
        Some((Part::Variable { variable: Variable::Workspace(name, WorkspaceProperty::Path), .. }, rest))
            if name == workspace =>
        {
            let mut below = Template::default();
            rest.iter().for_each(|part| below.push(part.clone()));
            below.to_string()
        }
        _ => match mount_path.and_then(|path| directory.to_string().strip_prefix(path).map(str::to_owned)) {
            Some(rest) if rest.starts_with('/') => rest,
            _ => return false,
        },
    };
    !rest.trim_matches('/').is_empty() && rest != "/."
}
