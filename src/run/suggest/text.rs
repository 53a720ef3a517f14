//! Suggestions for people.

use crate::diag::enumerate;
use crate::source::Sources;
use crate::suggest::{Apart, Proposal, Suggestion};

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
    format!("\n  --group {prefix}{}\n    {members} as one pod with {steps} saves {pods}.\n", group.argument())
}

fn apart(apart: &Apart) -> String {
    format!("    {} -> {}: {apart}\n", apart.before, apart.after)
}

/// `1 pod`, `2 pods`.
fn count(number: usize, what: &str) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}
