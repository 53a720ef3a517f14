//! Keeps what aliases mean when the text that they stand for changes or goes.
//!
//! The first alias that stays becomes the definition: its anchor, anew, with the value written out.

use super::plan::Operation;
use crate::yaml::compose::{self, Place};
use crate::yaml::syntax::{Content, NodeId, Syntax};
use crate::yaml::tree::Node;

/// Adds the operations that define anchors anew. Returns the nodes that stay, changed, and lose their anchor.
pub(super) fn keep(syntax: &Syntax<'_>, place: Place, operations: &mut Vec<Operation>) -> Option<Vec<NodeId>> {
    let aliases: Vec<(NodeId, NodeId)> = syntax.nodes.iter().enumerate().filter_map(alias).collect();
    if aliases.is_empty() {
        return Some(Vec::new());
    }
    let state = state(syntax, operations);
    let mut dropped = Vec::new();
    let mut done = Vec::new();
    for &(alias, target) in &aliases {
        if done.contains(&target) || state[target] == State::Untouched || state[alias] == State::Gone {
            continue;
        }
        done.push(target);
        if state[target] == State::Changed {
            dropped.push(target);
        }
        let name = syntax.nodes[target].anchor.as_ref()?.0.to_owned();
        let node: Node = compose::compose(syntax, target, place, &mut Vec::new())?;
        operations.insert(0, Operation::Replace { id: alias, node, anchor: Some(name) });
    }
    Some(dropped)
}

fn alias((id, node): (NodeId, &crate::yaml::syntax::SyntaxNode<'_>)) -> Option<(NodeId, NodeId)> {
    match node.content {
        Content::Alias { target: Some(target), .. } => Some((id, target)),
        _ => None,
    }
}

/// What the operations do to a node.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Untouched,
    /// Something inside of it changes.
    Changed,
    /// Its text goes.
    Gone,
}

fn state(syntax: &Syntax<'_>, operations: &[Operation]) -> Vec<State> {
    let mut state = vec![State::Untouched; syntax.nodes.len()];
    for operation in operations {
        let touched = match operation {
            Operation::Replace { id, .. } | Operation::Rename { id, .. } => {
                state[*id] = State::Gone;
                syntax.nodes[*id].parent
            }
            Operation::Children(children) => {
                for (at, &child) in syntax.nodes[children.id].children().iter().enumerate() {
                    let width =
                        if matches!(syntax.nodes[children.id].content, Content::Mapping { .. }) { 2 } else { 1 };
                    if children.removed.contains(&(at / width)) {
                        state[child] = State::Gone;
                    }
                }
                Some(children.id)
            }
        };
        let mut around = touched;
        while let Some(id) = around {
            if state[id] == State::Untouched {
                state[id] = State::Changed;
            }
            around = syntax.nodes[id].parent;
        }
    }
    for id in 0..syntax.nodes.len() {
        if syntax.nodes[id].parent.is_some_and(|parent| state[parent] == State::Gone) {
            state[id] = State::Gone;
        }
    }
    state
}
