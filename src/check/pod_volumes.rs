//! Volumes that a pod template brings: an emptyDir was one for each member, and is one for the group.

use super::Subject;
use crate::diag::{Code, Diagnostic, Diagnostics, enumerate};
use crate::group::GroupPlan;
use crate::source::Span;
use crate::yaml::Node;

pub(super) fn check(subject: &Subject<'_>, diagnostics: &mut Diagnostics) {
    for group in subject.groups {
        let mounts: Vec<(usize, &str, Span)> =
            group.members.iter().flat_map(|&member| undeclared(subject, member)).collect();
        let mut told: Vec<&str> = Vec::new();
        for &(_, name, _) in &mounts {
            if !told.contains(&name) && may_be_private(subject, name) {
                told.push(name);
                shared(subject, group, name, &mounts, diagnostics);
            }
        }
    }
}

fn shared(
    subject: &Subject<'_>,
    group: &GroupPlan,
    name: &str,
    mounts: &[(usize, &str, Span)],
    diagnostics: &mut Diagnostics,
) {
    let mut users: Vec<usize> = mounts.iter().filter(|(_, other, _)| *other == name).map(|(user, ..)| *user).collect();
    users.dedup();
    let Some((_, _, span)) = mounts.iter().find(|(user, other, _)| *other == name && users.get(1) == Some(user)) else {
        return;
    };
    let names = enumerate(users.iter().map(|&user| subject.name(user)));
    let message = format!("{names} mount the volume `{name}` of a pod template, which is one for all of them now");
    let diagnostic = subject.about(Diagnostic::new(Code::PodVolumeShared, message), group, &users);
    let diagnostic = diagnostic.at(*span, "its Task does not declare it");
    diagnostics
        .push(diagnostic.help("declare the volume in the Tasks if it is an emptyDir; others were shared before"));
}

/// The volumes that a member mounts without declaring them.
fn undeclared<'a>(subject: &Subject<'a>, member: usize) -> Vec<(usize, &'a str, Span)> {
    let Some(resolved) = subject.resolved(member) else { return Vec::new() };
    let spec = resolved.spec;
    let declared =
        |name: &str| spec.volumes.iter().any(|volume| volume.get("name").and_then(Node::as_str) == Some(name));
    let containers = spec.steps.iter().chain(&spec.step_template).chain(&spec.sidecars);
    let mounts = containers.filter_map(|container| container.get("volumeMounts")?.as_sequence()).flatten();
    let names = mounts.filter_map(|mount| mount.get("name")).filter_map(|name| Some((name.as_str()?, name.span)));
    // A variable is the volume of a workspace.
    let names = names.filter(|(name, _)| !name.contains("$(") && !declared(name));
    names.map(|(name, span)| (member, name, span)).collect()
}

/// Whether a volume may be made for each pod anew: no run shows it, or one shows that it is.
fn may_be_private(subject: &Subject<'_>, name: &str) -> bool {
    let own = |volume: &Node| ["emptyDir", "ephemeral"].iter().any(|key| volume.get(key).is_some());
    let named = |volume: &&Node| volume.get("name").and_then(Node::as_str) == Some(name);
    subject.runs.is_empty() || subject.runs.iter().any(|run| run.pod_volumes().filter(named).any(own))
}
