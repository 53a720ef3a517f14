//! What is different about workspaces in a fused pod.

use crate::diag::{Code, Condition, Diagnostic, Diagnostics};
use crate::fuse::workspaces::Workspaces;
use crate::fuse::{Member, Request};

/// Says what differs.
pub(super) fn differences(request: &Request<'_>, workspaces: &Workspaces, diagnostics: &mut Diagnostics) {
    renamed(request, workspaces, diagnostics);
    no_longer_optional(request, workspaces, diagnostics);
    empty_dirs(request, workspaces, diagnostics);
    for (path, span, members) in workspaces.early_directories() {
        let message =
            format!("the directory `{path}` of a workspace is made when the pod starts, before an earlier member runs");
        let place = Diagnostic::new(Code::SubPathEarly, message).at(span, "mounted from the start");
        let place = place.of(names(request, members));
        diagnostics
            .push(place.help("cut the group before this member if an earlier one makes or removes that directory"));
    }
    if let [(first, one), (second, other), ..] = workspaces.variable_paths().as_slice() {
        let message = format!("variables decide where the workspaces `{first}` and `{second}` are mounted");
        let place = Diagnostic::new(Code::MountPathsMayMeet, message).at(*one, "one").at(*other, "the other");
        let place = place.of(request.members.iter().map(Member::name));
        diagnostics.push(place.help("Tekton refuses the fused Task if both paths turn out equal"));
    }
}

/// The names of members.
fn names<'r>(request: &'r Request<'_>, members: impl IntoIterator<Item = usize>) -> impl Iterator<Item = &'r str> {
    members.into_iter().map(|member| request.members[member].name())
}

fn renamed(request: &Request<'_>, workspaces: &Workspaces, diagnostics: &mut Diagnostics) {
    let all = || workspaces.renamed(&request.members);
    let renamed: Vec<String> = all().map(|(member, old, new)| format!("`{old}` of `{member}` is `{new}`")).collect();
    if !renamed.is_empty() {
        let message = format!("workspaces have new names in the fused Task: {}", renamed.join(", "));
        let place = Diagnostic::new(Code::WorkspaceRenamed, message).at(request.group.name.span, "this group");
        let place = place.of(all().map(|(member, ..)| member)).only_if(Condition::ParamHolds("$(workspaces."));
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
            let place = place.of(request.members.iter().map(Member::name));
            let place = place.only_if(Condition::Unbound(workspace.to_owned()));
            diagnostics.push(place.help("a run that leaves it unbound fails before the first member"));
        }
    }
}

/// An emptyDir is private to a pod: what was one for each task is one for all, or one for each declaration.
fn empty_dirs(request: &Request<'_>, workspaces: &Workspaces, diagnostics: &mut Diagnostics) {
    for wanted in &request.group.options.empty_dir {
        let message = format!("the workspace `{}` is an emptyDir of the fused Task now", wanted.value);
        let place = Diagnostic::new(Code::EmptyDirOption, message).at(wanted.span, "asked for here");
        let place = place.of(names(request, workspaces.with_empty_dir(&wanted.value)));
        let help = "a run outside of the input that still binds a volumeClaimTemplate to it makes a claim for nothing";
        diagnostics.push(place.help(help));
    }
    for (name, span, members) in workspaces.shared() {
        let message = format!("members share the workspace `{name}` in one pod");
        let place = Diagnostic::new(Code::EmptyDirShared, message).at(span, "used by several members");
        let place = place.of(names(request, members)).only_if(Condition::EmptyDir(name.to_owned()));
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
