//! What is different about workspaces in a fused pod.

use crate::diag::{Code, Diagnostic, Diagnostics};
use crate::fuse::Request;
use crate::fuse::workspaces::Workspaces;

/// Says what differs.
pub(super) fn differences(request: &Request<'_>, workspaces: &Workspaces, diagnostics: &mut Diagnostics) {
    renamed(request, workspaces, diagnostics);
    no_longer_optional(request, workspaces, diagnostics);
    empty_dirs(request, workspaces, diagnostics);
    if let [(first, one), (second, other), ..] = workspaces.variable_paths().as_slice() {
        let message = format!("variables decide where the workspaces `{first}` and `{second}` are mounted");
        let place = Diagnostic::new(Code::MountPathsMayMeet, message).at(*one, "one").at(*other, "the other");
        diagnostics.push(place.help("Tekton refuses the fused Task if both paths turn out equal"));
    }
}

fn renamed(request: &Request<'_>, workspaces: &Workspaces, diagnostics: &mut Diagnostics) {
    let renamed = workspaces.renamed(&request.members);
    let renamed: Vec<String> = renamed.map(|(member, old, new)| format!("`{old}` of `{member}` is `{new}`")).collect();
    if !renamed.is_empty() {
        let message = format!("workspaces have new names in the fused Task: {}", renamed.join(", "));
        let place = Diagnostic::new(Code::WorkspaceRenamed, message).at(request.group.name.span, "this group");
        let help = "a param value given at run time that says `$(workspaces.NAME.path)` needs the new name";
        diagnostics.push(place.help(help));
    }
}

fn no_longer_optional(request: &Request<'_>, workspaces: &Workspaces, diagnostics: &mut Diagnostics) {
    for (workspace, member) in workspaces.no_longer_optional(&request.members) {
        let mut declared = request.pipeline.workspaces.iter();
        if declared.any(|declared| declared.name.value == workspace && declared.optional) {
            let message = format!("the workspace `{workspace}` is optional for `{member}`, but not for all members");
            let place = Diagnostic::new(Code::OptionalForSome, message).at(request.group.name.span, "this group");
            diagnostics.push(place.help("a run that leaves it unbound fails before the first member"));
        }
    }
}

/// An emptyDir is private to a pod: what was one for each task is one for all, or one for each declaration.
fn empty_dirs(request: &Request<'_>, workspaces: &Workspaces, diagnostics: &mut Diagnostics) {
    for wanted in &request.group.options.empty_dir {
        let message = format!("the workspace `{}` is an emptyDir of the fused Task now", wanted.value);
        let place = Diagnostic::new(Code::EmptyDirOption, message).at(wanted.span, "asked for here");
        let help = "a run outside of the input that still binds a volumeClaimTemplate to it makes a claim for nothing";
        diagnostics.push(place.help(help));
    }
    let mut shared: Vec<_> = workspaces.shared().collect();
    shared.dedup_by_key(|(name, _)| *name);
    for (name, span) in shared {
        let message = format!("members share the workspace `{name}` in one pod");
        let place = Diagnostic::new(Code::EmptyDirShared, message).at(span, "used by several members");
        let help = "a run that binds an emptyDir to it gave each task a fresh one before, and one for all now";
        diagnostics.push(place.help(help));
    }
    let mut split: Vec<_> = workspaces.split().collect();
    split.dedup_by_key(|(name, _)| *name);
    for (name, span) in split {
        let message = format!("the workspace `{name}` is declared several times in the fused Task");
        let place = Diagnostic::new(Code::EmptyDirSplit, message);
        let place = place.at(span, "another directory, or another way to mount it");
        diagnostics
            .push(place.help("a run that binds an emptyDir to it gives each declaration an emptyDir of its own"));
    }
}
