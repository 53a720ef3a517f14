//! Two volume claims in one pod: Tekton's affinity assistant refuses such a TaskRun by default
//! (`ValidateOnlyOnePVCIsUsed`, `pkg/workspace/validate.go`, v1.15).

use std::collections::{BTreeMap, BTreeSet};

use super::Subject;
use crate::diag::{Code, Diagnostic, Diagnostics, Severity, enumerate};
use crate::expr::Variable;
use crate::graph::references;
use crate::group::GroupPlan;
use crate::model::Run;
use crate::source::Span;
use crate::yaml::Node;

/// How a task, or a group, uses a workspace of the Pipeline.
pub(super) struct Use {
    /// The first place.
    span: Span,
    /// Whether nobody needs to write to it: optional or read-only for all. Credentials and the like are.
    gentle: bool,
}

pub(super) fn check(subject: &Subject<'_>, diagnostics: &mut Diagnostics) {
    for group in subject.groups {
        let uses = uses(subject, group);
        if uses.len() < 2 {
            continue;
        }
        if subject.runs.is_empty() {
            maybe_claims(subject, group, &uses, diagnostics);
        }
        for run in subject.runs {
            certain_claims(subject, group, &uses, run, diagnostics);
        }
    }
}

/// The workspaces of the Pipeline that the members use and that stay workspaces, by name.
fn uses<'a>(subject: &Subject<'a>, group: &'a GroupPlan) -> BTreeMap<&'a str, Use> {
    let mut uses: BTreeMap<&str, Use> = BTreeMap::new();
    for (workspace, used) in group.members.iter().flat_map(|&member| used_by(subject, member)) {
        let entry = uses.entry(workspace).or_insert(Use { span: used.span, gentle: true });
        entry.gentle &= used.gentle;
    }
    for workspace in subject.pipeline.workspaces.iter().filter(|workspace| workspace.optional) {
        if let Some(found) = uses.get_mut(workspace.name.value.as_str()) {
            found.gentle = true;
        }
    }
    uses.retain(|name, _| group.options.empty_dir.iter().all(|volume| volume.value != *name));
    uses
}

/// The workspaces of the Pipeline that a task uses; one may be there several times.
pub(super) fn used_by<'a>(subject: &Subject<'a>, index: usize) -> Vec<(&'a str, Use)> {
    let task = subject.task(index);
    let mut uses = Vec::new();
    for binding in &task.workspaces {
        let declared = subject.resolved(index).and_then(|resolved| {
            resolved.spec.workspaces.iter().find(|workspace| workspace.name.value == binding.name.value)
        });
        let gentle = declared.is_some_and(|workspace| workspace.optional || workspace.read_only);
        uses.push((binding.workspace.value.as_str(), Use { span: binding.workspace.span, gentle }));
    }
    // An embedded spec gets a workspace of the Pipeline that it only names.
    for reference in task.field("taskSpec").map_or(Vec::new(), |spec| references(subject.sources, spec)) {
        let Variable::Workspace(name, _) = &reference.variable else { continue };
        let bound = task.workspaces.iter().any(|binding| binding.name.value == *name);
        let workspace = subject.pipeline.workspaces.iter().find(|workspace| workspace.name.value == *name);
        if let (false, Some(workspace)) = (bound, workspace) {
            uses.push((&workspace.name.value, Use { span: reference.span, gentle: false }));
        }
    }
    uses
}

/// No run shows what is bound: a warning if two workspaces are written to, else a note.
fn maybe_claims(subject: &Subject<'_>, group: &GroupPlan, uses: &BTreeMap<&str, Use>, diagnostics: &mut Diagnostics) {
    let names = enumerate(uses.keys().copied());
    let group_name = &group.name.value;
    let message =
        format!("the group `{group_name}` uses the workspaces {names}; Tekton allows one volume claim in a pod");
    let mut diagnostic = subject.about(Diagnostic::new(Code::TwoClaims, message), group, &group.members);
    for (name, used) in uses {
        diagnostic = diagnostic.at(used.span, format!("`{name}`"));
    }
    if uses.values().filter(|used| !used.gentle).count() < 2 {
        diagnostic.severity = Severity::Note;
    }
    diagnostics.push(diagnostic.help(
        "bind at most one of them to a volume claim, or both to the same one, or set `coschedule` to something other \
         than `workspaces`; a PipelineRun among the inputs shows the bindings",
    ));
}

/// A run that binds two claims to workspaces of the group.
fn certain_claims(
    subject: &Subject<'_>,
    group: &GroupPlan,
    uses: &BTreeMap<&str, Use>,
    run: &Run,
    diagnostics: &mut Diagnostics,
) {
    let mut claims = BTreeSet::new();
    let mut places = Vec::new();
    for (name, binding) in run.workspaces.iter().filter(|(name, _)| uses.contains_key(name.as_str())) {
        let Some(claim) = claim(name, binding) else { continue };
        claims.insert(claim);
        places.push((binding.span, name));
    }
    if claims.len() < 2 {
        return;
    }
    let (run, name) = (&run.name.value, &group.name.value);
    let message =
        format!("the run `{run}` binds {} volume claims to the group `{name}`; Tekton allows one", claims.len());
    let mut diagnostic = subject.about(Diagnostic::new(Code::TwoClaims, message), group, &group.members);
    for (span, name) in places {
        diagnostic = diagnostic.at(span, format!("a claim for `{name}`"));
    }
    let help = "bind both to one claim, or set `coschedule` to something other than `workspaces`, or split the group";
    diagnostics.push(diagnostic.at(group.span, "the group").help(help));
}

/// What tells the claim behind a binding from others, if there is one.
fn claim(workspace: &str, binding: &Node) -> Option<String> {
    let has = |key: &str| binding.get(key).filter(|node| !node.is_null());
    if let Some(claim) = has("persistentVolumeClaim") {
        let name = claim.get("claimName").and_then(Node::as_str);
        return Some(format!("claim {}", name.unwrap_or(workspace)));
    }
    has("volumeClaimTemplate").map(|_| format!("template {workspace}"))
}
