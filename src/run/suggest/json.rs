//! Suggestions for programs. Keys are only ever added; another meaning would be another `version`.

use serde_json::{Value, json};

use crate::source::Sources;
use crate::suggest::{Apart, EmptyDir, Proposal, Suggestion};

/// All suggestions as one document.
pub(super) fn text(sources: &Sources, suggestions: &[Suggestion]) -> String {
    let pipelines: Vec<Value> = suggestions.iter().map(|found| pipeline(sources, found)).collect();
    let document = json!({"version": 1, "pipelines": pipelines});
    // A document of strings and numbers can always be written.
    serde_json::to_string_pretty(&document).unwrap_or_default() + "\n"
}

fn pipeline(sources: &Sources, found: &Suggestion) -> Value {
    let saved: usize = found.groups.iter().map(Proposal::pods_saved).sum();
    json!({
        "pipeline": found.pipeline,
        "file": sources.get(found.source).name,
        "asksForGroups": found.asked,
        "tasks": found.tasks.len(),
        "podsSaved": saved,
        "groups": found.groups.iter().map(group).collect::<Vec<_>>(),
        "apart": found.apart.iter().map(apart).collect::<Vec<_>>(),
    })
}

fn group(group: &Proposal) -> Value {
    json!({
        "name": group.name,
        "members": group.members,
        "steps": group.steps,
        "podsSaved": group.pods_saved(),
        "argument": group.argument(),
        "emptyDirs": group.empty_dirs.iter().map(empty_dir).collect::<Vec<_>>(),
    })
}

fn empty_dir(found: &EmptyDir) -> Value {
    json!({
        "workspace": found.workspace,
        "first": found.first,
        "step": found.write.step,
        "command": found.write.command,
        "others": found.others,
    })
}

fn apart(apart: &Apart) -> Value {
    let mut entry = json!({
        "before": apart.before,
        "after": apart.after,
        "reason": apart.why.kind(),
        "message": apart.to_string(),
    });
    if let (Some(object), Some(task)) = (entry.as_object_mut(), apart.why.through()) {
        object.insert("through".to_owned(), json!(task));
    }
    if let (Some(object), Some(code)) = (entry.as_object_mut(), apart.why.code()) {
        object.insert("code".to_owned(), json!(code.id()));
    }
    entry
}
