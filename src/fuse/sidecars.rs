//! Sidecars: renamed and rewritten like steps, but nothing that exists only at run time can reach them, since all of them
//! start with the pod.

use super::fields;
use super::member::Member;
use super::names::{Names, SIDECAR};
use super::paths::Paths;
use super::scope::Rewriter;
use super::steps::{check_name, fixed, isolated_workspaces, mount_volumes, unlisted, workspace_usages};
use super::volumes::Volumes;
use crate::yaml::{Node, Value};

/// The names of all sidecars of a group.
#[derive(Debug)]
pub(super) struct SidecarNames(Vec<Vec<String>>);

impl SidecarNames {
    /// Names for the sidecars of each member.
    pub(super) fn new(members: &[Member<'_>]) -> Self {
        let mut names = Names::new(SIDECAR);
        let mut of = |member: &Member<'_>| {
            let sidecars = member.spec().sidecars.iter();
            let name = |sidecar: &Node| sidecar.get("name").and_then(Node::as_str).unwrap_or("sidecar").to_owned();
            sidecars.map(|sidecar| names.take(&format!("{}-{}", member.own_name(), name(sidecar)))).collect()
        };
        Self(members.iter().map(&mut of).collect())
    }

    /// The fused name of a member's sidecar.
    pub(super) fn get(&self, member: usize, sidecar: usize) -> &str {
        &self.0[member][sidecar]
    }
}

/// The sidecars of one member.
pub(super) fn sidecars(
    member: &Member<'_>,
    names: &SidecarNames,
    rewriter: &mut Rewriter<'_, '_>,
    volumes: &Volumes,
    paths: &Paths,
) -> Vec<Node> {
    let isolated = isolated_workspaces(member);
    let index = rewriter.scope.index;
    let mut rewritten = Vec::new();
    for (position, sidecar) in member.spec().sidecars.iter().enumerate() {
        let mut node = sidecar.clone();
        paths.rewrite(index, &mut node, rewriter.diagnostics);
        volumes.rename_mounts(index, &mut node);
        rewriter.scope.rename_containers(&mut node);
        rewriter.unlisted = unlisted(&node, &isolated, rewriter);
        fields::visit(&mut node, fields::SIDECAR, &mut |leaf| fixed(leaf, rewriter));
        if let Value::Mapping(mapping) = &mut node.value {
            check_name(mapping.get("name").cloned(), "a sidecar", rewriter);
            mapping.set("name", Node::string(sidecar.span, names.get(index, position)));
            mount_volumes(mapping, &isolated, rewriter, sidecar.span);
            let usages = workspace_usages(mapping, &isolated, index, rewriter, sidecar.span);
            mapping.remove("workspaces");
            if !usages.is_empty() {
                mapping.set("workspaces", Node::sequence(sidecar.span, usages));
            }
        }
        rewritten.push(node);
    }
    rewritten
}
