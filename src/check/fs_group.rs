//! An fsGroup: the kubelet gives what lies on a volume to the group when it mounts the volume into a pod, and not again
//! (`SetVolumeOwnership`, `pkg/volume/volume_linux.go`, Kubernetes 1.35).

use super::{Subject, volumes};
use crate::diag::{Code, Diagnostic, Diagnostics, enumerate};
use crate::group::GroupPlan;
use crate::model::Run;
use crate::source::Span;
use crate::yaml::Node;

pub(super) fn check(subject: &Subject<'_>, diagnostics: &mut Diagnostics) {
    for run in subject.runs {
        for group in subject.groups {
            if let Some(span) = fs_group(subject, group, run) {
                shared_volumes(subject, group, run, span, diagnostics);
            }
        }
    }
}

/// Where a run gives the pod of a group an fsGroup that is applied for every pod anew.
fn fs_group(subject: &Subject<'_>, group: &GroupPlan, run: &Run) -> Option<Span> {
    // Members with other templates are refused (`runs`).
    let first = subject.name(*group.members.first()?);
    let own = || context_of(run.node.get("spec")?.get("taskRunTemplate")?, "podTemplate");
    let specs = run.task_run_specs.iter().rev().filter(|spec| spec.task.value == first);
    let of_task = specs.flat_map(|spec| ["podTemplate", "taskPodTemplate"].map(|key| context_of(&spec.node, key)));
    let context = of_task.flatten().next().or_else(own)?;
    let once = context.get("fsGroupChangePolicy").and_then(Node::as_str) == Some("OnRootMismatch");
    let id = context.get("fsGroup").filter(|node| !node.is_null())?;
    (!once).then_some(id.span)
}

/// The securityContext in a pod template. Tekton takes each field of a template from the task's entry, or else from the run's
/// own template (`MergePodTemplateWithDefault`, `pkg/apis/pipeline/pod/template.go`, v1.15).
fn context_of<'a>(node: &'a Node, template: &str) -> Option<&'a Node> {
    node.get(template)?.get("securityContext").filter(|node| !node.is_null())
}

/// Tells of the volumes that outlive a pod and that several members use.
fn shared_volumes(subject: &Subject<'_>, group: &GroupPlan, run: &Run, span: Span, diagnostics: &mut Diagnostics) {
    let users = |name: &str| -> Vec<usize> {
        let uses = |member: &usize| volumes::used_by(subject, *member).iter().any(|(used, _)| *used == name);
        group.members.iter().copied().filter(uses).collect()
    };
    let bound = run.workspaces.iter().filter(|(_, binding)| outlives_a_pod(binding));
    let shared: Vec<(&str, Vec<usize>)> =
        bound.map(|(name, _)| (name.as_str(), users(name))).filter(|(_, users)| users.len() > 1).collect();
    let Some(&second) = shared.first().and_then(|(_, users)| users.get(1)) else { return };
    let (run, names) = (&run.name.value, enumerate(shared.iter().map(|(name, _)| *name)));
    let message =
        format!("the fsGroup of the run `{run}` no longer reaches what one member leaves on {names} for the next");
    let diagnostic = subject.about(Diagnostic::new(Code::RunFsGroup, message), group, &group.members);
    let diagnostic = diagnostic.at(span, "the files on a volume are given to it when a pod starts");
    let diagnostic = diagnostic.at(group.place(second), format!("`{}` had a pod of its own", subject.name(second)));
    diagnostics.push(diagnostic.help(
        "nothing to do if all steps of the group run as one user; else let the earlier ones open their files to the group",
    ));
}

/// Whether what a binding brings is there before and after a pod. An emptyDir is not; the others nobody can write to.
fn outlives_a_pod(binding: &Node) -> bool {
    let claims = ["persistentVolumeClaim", "volumeClaimTemplate", "csi"];
    claims.iter().any(|key| binding.get(key).is_some_and(|node| !node.is_null()))
}
