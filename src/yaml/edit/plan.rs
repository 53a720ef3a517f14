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
#[derive(Debug)]
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
        if sorted.replacement.is_some() {
            return self.whole(id, node, edits);
        }
        let children = match self.below_merges(id, node, &sorted) {
            Some(children) => Some(children),
            None => self.children(id, node, &sorted.children)?,
        };
        let Some(children) = children else { return self.whole(id, node, edits) };
        let removed: BTreeSet<usize> =
            children.iter().enumerate().filter(|(_, child)| apply::removes(child.edits)).map(|(at, _)| at).collect();
        if removed.len() == children.len() {
            return self.whole(id, node, edits);
        }
        for (_, child) in children.iter().enumerate().filter(|(at, _)| !removed.contains(at)) {
            if let (Some(id), Some(key)) = (child.key, apply::renames(child.edits)) {
                self.operations.push(Operation::Rename { id, key: key.to_owned() });
            }
            self.node(child.id, child.node, child.edits)?;
        }
        if !(removed.is_empty() && sorted.insertions.is_empty()) {
            let owned = |&(at, key, node): &(usize, Option<&str>, &Node)| (at, key.map(str::to_owned), node.clone());
            let inserted = sorted.insertions.iter().map(owned).collect();
            self.operations.push(Operation::Children(Children { id, removed, inserted }));
        }
        Some(())
    }

    /// Replaces a node by what its edits make of it.
    fn whole(&mut self, id: NodeId, node: &Node, edits: &[Ahead<'_>]) -> Option<()> {
        let edited = apply::edited(node, edits).ok()?;
        if !edited.same(node) {
            self.operations.push(Operation::Replace { id, node: edited, anchor: None });
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
            Some(Child { key: None, id: value, node: node.get(name)?, edits: edits.as_slice() })
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
                let children = children.map(|(at, (&id, node))| {
                    let edits = edits_of(&Segment::Index(at));
                    Child { key: None, id, node, edits }
                });
                Some(Some(children.collect()))
            }
            (Content::Mapping { entries, .. }, Value::Mapping(mapping)) => {
                let merges = entries.iter().any(|&(key, _)| is_merge(&self.syntax.nodes[key]));
                if merges || entries.len() != mapping.entries.len() {
                    return Some(None);
                }
                let children = entries.iter().zip(&mapping.entries);
                let children = children.map(|(&(key, id), entry)| {
                    let edits = edits_of(&Segment::Key(entry.key.clone()));
                    Child { key: Some(key), id, node: &entry.value, edits }
                });
                Some(Some(children.collect()))
            }
            (Content::Alias { .. }, _) | (Content::Scalar { .. }, Value::Scalar(_)) => Some(None),
            _ => None,
        }
    }
}

/// A written child beside the value in the tree.
struct Child<'n, 'e> {
    /// The written key, where it may be renamed.
    key: Option<NodeId>,
    /// The written value or item.
    id: NodeId,
    /// The same in the tree.
    node: &'n Node,
    /// The edits of it.
    edits: &'e [Ahead<'e>],
}
