//! Suggestions for people.

use crate::diag::enumerate;
use crate::source::Sources;
use crate::suggest::{Apart, EmptyDir, Proposal, Suggestion};

/// All suggestions, a paragraph for each Pipeline.
pub(super) fn text(sources: &Sources, suggestions: &[Suggestion]) -> String {
    if suggestions.is_empty() {
        return "No Pipeline is among the inputs.\n".to_owned();
    }
    let prefix = suggestions.len() > 1;
    let paragraphs: Vec<String> = suggestions.iter().map(|found| paragraph(sources, found, prefix)).collect();
    paragraphs.join("\n")
}

fn paragraph(sources: &Sources, found: &Suggestion, prefix: bool) -> String {
    let file = &sources.get(found.source).name;
    let head = format!("Pipeline `{}` ({file})", found.pipeline);
    if found.asked {
        return format!("{head}: it says itself which tasks are grouped, so it is left as it is.\n");
    }
    let before = found.tasks.len();
    let saved: usize = found.groups.iter().map(Proposal::pods_saved).sum();
    let mut out = match found.groups.len() {
        0 => format!("{head}: {}, and no two of them could share a pod at no cost.\n", count(before, "task")),
        _ => format!("{head}: {} instead of {before}.\n", count(before - saved, "pod")),
    };
    for group in &found.groups {
        out += &self::group(found, group, prefix);
    }
    if !found.apart.is_empty() {
        out += "\n  Apart:\n";
        found.apart.iter().for_each(|apart| out += &self::apart(apart));
    }
    out
}

fn group(found: &Suggestion, group: &Proposal, prefix: bool) -> String {
    let prefix = if prefix { format!("{}/", found.pipeline) } else { String::new() };
    let members = enumerate(group.members.iter().map(String::as_str));
    let (pods, steps) = (count(group.pods_saved(), "pod"), count(group.steps, "step"));
    let mut out =
        format!("\n  --group {prefix}{}\n    {members} as one pod with {steps} saves {pods}.\n", group.argument());
    group.empty_dirs.iter().for_each(|found| out += &empty_dir(found));
    if !group.empty_dirs.is_empty() {
        let workspaces: Vec<&str> = group.empty_dirs.iter().map(|found| found.workspace.as_str()).collect();
        let (tasks, workspaces) = (group.members.join(", "), workspaces.join(", "));
        out += "    As a line of the annotation `tkn-fuse/groups`, which can say so:\n";
        out += &format!("      {}: {{tasks: [{tasks}], emptyDir: [{workspaces}]}}\n", group.name);
    }
    out
}

/// What speaks for an emptyDir, and what it costs.
fn empty_dir(found: &EmptyDir) -> String {
    let (workspace, first, step) = (&found.workspace, &found.first, &found.write.step);
    let others = enumerate(found.others.iter().map(String::as_str));
    let verb = if found.others.len() == 1 { "uses" } else { "use" };
    format!(
        "    emptyDir `{workspace}`: `{first}` writes to it first, in its step `{step}`:\n      {}\n    Then {others} {verb} it, \
         and no task outside of the group does. Nobody can look at it after the run.\n",
        found.write.command
    )
}

fn apart(apart: &Apart) -> String {
    format!("    {} -> {}: {apart}\n", apart.before, apart.after)
}

/// `1 pod`, `2 pods`.
fn count(number: usize, what: &str) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}
