//! Edits of the tree -> operations on the syntax it was read from.
//!
//! Where the tree holds what is not written at its place - the content of an alias, keys that a merge
//! brought - the innermost written node around it is replaced by its edited content.

use std::collections::BTreeSet;

use indexmap::IndexMap;

use super::apply::{self, Ahead};
use crate::yaml::compose::is_merge;
use crate::yaml::syntax::{Content, NodeId, Syntax};
use crate::yaml::tree::{Node, Segment, Value};

/// One operation on a written node.
#[derive(Debug)]
pub(super) enum Operation {
    /// The node gets another value, and perhaps an anchor.
    Replace {
        /// The written node.
        id: NodeId,
        /// Its new value.
        node: Node,
        /// The anchor that it defines from now on.
        anchor: Option<String>,
    },
    /// Children come and go.
    Children(Children),
    /// A key gets another text.
    Rename {
        /// The written key.
        id: NodeId,
        /// The new key.
        key: String,
    },
}

/// What changes among the children of a collection of which at least one stays.
#[derive(Debug, Default)]
pub(super) struct Children {
    /// The collection.
    pub(super) id: NodeId,
    /// The indices of children that go.
    pub(super) removed: BTreeSet<usize>,
    /// What comes: before which index, with which key.
    pub(super) inserted: Vec<(usize, Option<String>, Node)>,
}

/// Operations in an order in which inner ones come before outer ones.
#[derive(Debug)]
pub(super) struct Plan<'s, 'a> {
    syntax: &'s Syntax<'a>,
    /// The operations.
    pub(super) operations: Vec<Operation>,
}

/// Plans the edits of a tree that was composed from `syntax`; `None` if they do not fit it.
pub(super) fn plan<'s, 'a>(syntax: &'s Syntax<'a>, root: &Node, edits: &[Ahead<'_>]) -> Option<Plan<'s, 'a>> {
    let mut plan = Plan { syntax, operations: Vec::new() };
    plan.node(syntax.root?, root, edits)?;
    Some(plan)
}

impl Plan<'_, '_> {
    fn node(&mut self, id: NodeId, node: &Node, edits: &[Ahead<'_>]) -> Option<()> {
        if edits.is_empty() {
            return Some(());
        }
        let sorted = apply::sort(edits).ok()?;
        let whole = |plan: &mut Self| {
            let edited = apply::edited(node, edits).ok()?;
            if !edited.same(node) {
                plan.operations.push(Operation::Replace { id, node: edited, anchor: None });
            }
            Some(())
        };
        if sorted.replacement.is_some() {
            return whole(self);
        }
        let children = match self.below_merges(id, node, &sorted) {
            Some(children) => Some(children),
            None => self.children(id, node, &sorted.children)?,
        };
        let mut changes = Children { id, ..Children::default() };
        let mut nested = Vec::new();
        match children {
            None => return whole(self),
            Some(children) => {
                for (at, (key, child, value, edits)) in children.into_iter().enumerate() {
                    if apply::removes(edits) {
                        changes.removed.insert(at);
                    } else {
                        nested.push((key, child, value, edits));
                    }
                }
            }
        }
        if nested.is_empty() && !(changes.removed.is_empty() && sorted.insertions.is_empty()) {
            return whole(self);
        }
        for (key, child, value, edits) in nested {
            if let (Some(id), Some(key)) = (key, apply::renames(edits)) {
                self.operations.push(Operation::Rename { id, key: key.to_owned() });
            }
            self.node(child, value, edits)?;
        }
        let owned = |&(at, key, node): &(usize, Option<&str>, &Node)| (at, key.map(str::to_owned), node.clone());
        changes.inserted = sorted.insertions.iter().map(owned).collect();
        if !(changes.removed.is_empty() && changes.inserted.is_empty()) {
            self.operations.push(Operation::Children(changes));
        }
        Some(())
    }

    /// The children that edits reach in a mapping with merge keys, if all of them are entries that no merge
    /// could replace and that stay under their keys.
    fn below_merges<'n, 'e>(
        &self,
        id: NodeId,
        node: &'n Node,
        sorted: &'e apply::Sorted<'e>,
    ) -> Option<Vec<Child<'n, 'e>>> {
        let Content::Mapping { entries, .. } = &self.syntax.nodes[id].content else { return None };
        let last = entries.iter().rposition(|&(key, _)| is_merge(&self.syntax.nodes[key]))?;
        let stay = sorted.children.values().all(|edits| !apply::removes(edits) && apply::renames(edits).is_none());
        if !stay || !sorted.insertions.is_empty() {
            return None;
        }
        let child = |(segment, edits): (&&Segment, &'e Vec<Ahead<'e>>)| {
            let Segment::Key(name) = segment else { return None };
            let written = |key: NodeId| match &self.syntax.nodes[key].content {
                Content::Scalar { text, .. } => text == name,
                _ => false,
            };
            let &(_, value) = entries[last + 1..].iter().find(|&&(key, _)| written(key))?;
            Some((None, value, node.get(name)?, edits.as_slice()))
        };
        sorted.children.iter().map(child).collect()
    }

    /// The written children beside those of the tree, with their edits; `Some(None)` if they are not the same.
    fn children<'n, 'e>(
        &self,
        id: NodeId,
        node: &'n Node,
        edits: &'e IndexMap<&Segment, Vec<Ahead<'e>>>,
    ) -> Option<Option<Vec<Child<'n, 'e>>>> {
        let none: &'e [Ahead<'e>] = &[];
        let edits_of = |segment: &Segment| edits.get(segment).map_or(none, Vec::as_slice);
        match (&self.syntax.nodes[id].content, &node.value) {
            (Content::Sequence { items, .. }, Value::Sequence(nodes)) if items.len() == nodes.len() => {
                let children = items.iter().zip(nodes).enumerate();
                let children = children.map(|(at, (&id, node))| (None, id, node, edits_of(&Segment::Index(at))));
                Some(Some(children.collect()))
            }
            (Content::Mapping { entries, .. }, Value::Mapping(mapping)) => {
                let merges = entries.iter().any(|&(key, _)| is_merge(&self.syntax.nodes[key]));
                if merges || entries.len() != mapping.entries.len() {
                    return Some(None);
                }
                let children = entries.iter().zip(&mapping.entries);
                let children = children.map(|(&(key, id), entry)| {
                    (Some(key), id, &entry.value, edits_of(&Segment::Key(entry.key.clone())))
                });
                Some(Some(children.collect()))
            }
            (Content::Alias { .. }, _) | (Content::Scalar { .. }, Value::Scalar(_)) => Some(None),
            _ => None,
        }
    }
}

/// A written key and value with the value in the tree and the edits of it.
type Child<'n, 'e> = (Option<NodeId>, NodeId, &'n Node, &'e [Ahead<'e>]);
