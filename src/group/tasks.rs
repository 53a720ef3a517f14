//! Groups that are named on their members: the field `group`, and a label on an embedded spec.

use super::asked::{Asked, AskedMember, unreadable};
use super::options::Options;
use super::{LABEL, name, take_out};
use crate::diag::Diagnostics;
use crate::model::{Pipeline, PipelineTask, Text, join};
use crate::yaml::{Edit, Node};

/// `group: NAME` on tasks and finally tasks.
pub(super) fn fields(
    pipeline: &Pipeline,
    asked: &mut Vec<Asked>,
    marks: &mut Vec<Edit>,
    diagnostics: &mut Diagnostics,
) {
    let mut found = Vec::new();
    for task in &pipeline.tasks {
        let Some(node) = task.node.get("group") else { continue };
        marks.push(Edit::Remove(join(&task.path, ["group".into()])));
        put(task, node, &mut found, diagnostics);
    }
    asked.append(&mut found);
}

/// The label `tkn-fuse/group` in `taskSpec.metadata.labels`.
pub(super) fn labels(
    pipeline: &Pipeline,
    asked: &mut Vec<Asked>,
    marks: &mut Vec<Edit>,
    diagnostics: &mut Diagnostics,
) {
    let mut found = Vec::new();
    for task in &pipeline.tasks {
        let Some(spec) = task.field("taskSpec") else { continue };
        let way = ["metadata", "labels", LABEL];
        let Some(node) = spec.at(&way.map(Into::into)) else { continue };
        marks.push(take_out(spec, &join(&task.path, ["taskSpec".into()]), &way));
        put(task, node, &mut found, diagnostics);
    }
    asked.append(&mut found);
}

/// Puts a task into the group that `node` names.
fn put(task: &PipelineTask, node: &Node, found: &mut Vec<Asked>, diagnostics: &mut Diagnostics) {
    if node.is_null() {
        return;
    }
    let Some(name) = name::text(node) else {
        diagnostics.push(unreadable("the name of a group is a string", node, "write the group's name"));
        return;
    };
    let member = AskedMember::named(Text::new(&task.name.value, node.span));
    match found.iter_mut().find(|group| group.name.value == name) {
        Some(group) => group.members.push(member),
        None => {
            let (name, members, options) = (Text::new(name, node.span), vec![member], Options::default());
            found.push(Asked { name, members, span: node.span, options });
        }
    }
}
