//! Edits of the tree alone: what an edited text must read as.

use std::collections::HashSet;

use indexmap::IndexMap;

use super::{Edit, EditError};
use crate::yaml::tree::{Entry, Mapping, Node, Path, Segment, Value};

/// An edit with the part of its path that is still ahead.
pub(super) type Ahead<'e> = (&'e [Segment], &'e Edit);

/// The tree with all edits done.
///
/// # Errors
///
/// If a path does not exist, two edits contradict each other, or a key would stand twice.
pub fn apply(root: &Node, edits: &[Edit]) -> Result<Node, EditError> {
    let ahead: Vec<Ahead<'_>> = edits.iter().map(|edit| (path_of(edit), edit)).collect();
    if let Some((_, Edit::Remove(path))) = ahead.iter().find(|(path, edit)| path.is_empty() && is_removal(edit)) {
        return Err(EditError::Conflict(path.clone()));
    }
    edited(root, &ahead)
}

/// The path of the node that an edit is about; the parent's for an insertion.
pub(super) fn path_of(edit: &Edit) -> &[Segment] {
    match edit {
        Edit::Replace(path, _) | Edit::Remove(path) | Edit::Rename(path, _) => path,
        Edit::Insert { parent, .. } => parent,
    }
}

/// The edits of one node, sorted by what they touch.
#[derive(Default)]
pub(super) struct Sorted<'e> {
    /// The node is replaced as a whole.
    pub(super) replacement: Option<&'e Node>,
    /// Insertions: index, key, node.
    pub(super) insertions: Vec<(usize, Option<&'e str>, &'e Node)>,
    /// Edits of children, or below them.
    pub(super) children: IndexMap<&'e Segment, Vec<Ahead<'e>>>,
}

/// Sorts the edits of the node that they have all reached.
pub(super) fn sort<'e>(edits: &[Ahead<'e>]) -> Result<Sorted<'e>, EditError> {
    let mut sorted = Sorted::default();
    for &(path, edit) in edits {
        match (path.split_first(), edit) {
            (Some((first, rest)), _) => sorted.children.entry(first).or_default().push((rest, edit)),
            (None, Edit::Replace(path, node)) => {
                if sorted.replacement.replace(node).is_some() {
                    return Err(EditError::Conflict(path.clone()));
                }
            }
            (None, Edit::Insert { at, key, node, .. }) => sorted.insertions.push((*at, key.as_deref(), node)),
            (None, Edit::Remove(_) | Edit::Rename(..)) => {}
        }
    }
    sorted.insertions.sort_by_key(|&(at, ..)| at);
    Ok(sorted)
}

/// Whether one of a child's edits removes it.
pub(super) fn removes(edits: &[Ahead<'_>]) -> bool {
    edits.iter().any(|(path, edit)| path.is_empty() && is_removal(edit))
}

/// The new key that one of an entry's edits gives it.
pub(super) fn renames<'e>(edits: &[Ahead<'e>]) -> Option<&'e str> {
    edits.iter().find_map(|(path, edit)| match edit {
        Edit::Rename(_, key) if path.is_empty() => Some(key.as_str()),
        _ => None,
    })
}

fn is_removal(edit: &Edit) -> bool {
    matches!(edit, Edit::Remove(_))
}

/// A node with the edits that reached it.
pub(super) fn edited(node: &Node, edits: &[Ahead<'_>]) -> Result<Node, EditError> {
    if edits.is_empty() {
        return Ok(node.clone());
    }
    let mut sorted = sort(edits)?;
    if let Some(replacement) = sorted.replacement {
        return Ok(replacement.clone());
    }
    let here = || here(edits);
    let value = match &node.value {
        Value::Sequence(items) => Value::Sequence(edited_items(items, &mut sorted, here)?),
        Value::Mapping(mapping) => Value::Mapping(edited_entries(mapping, &mut sorted, here)?),
        Value::Scalar(_) if sorted.children.is_empty() && sorted.insertions.is_empty() => return Ok(node.clone()),
        Value::Scalar(_) => return Err(EditError::NoSuchPath(here())),
    };
    match sorted.children.into_values().flatten().next() {
        Some((_, edit)) => Err(EditError::NoSuchPath(path_of(edit).to_vec())),
        None => Ok(Node { span: node.span, value }),
    }
}

/// A path for an error message.
fn here(edits: &[Ahead<'_>]) -> Path {
    edits.first().map(|(_, edit)| path_of(edit).to_vec()).unwrap_or_default()
}

fn edited_items(items: &[Node], sorted: &mut Sorted<'_>, here: impl Fn() -> Path) -> Result<Vec<Node>, EditError> {
    let mut edited_items = Vec::with_capacity(items.len());
    let mut insertions = sorted.insertions.iter().peekable();
    for at in 0..=items.len() {
        while let Some((_, key, node)) = insertions.next_if(|insertion| insertion.0 == at) {
            if key.is_some() {
                return Err(EditError::NoSuchPath(here()));
            }
            edited_items.push((*node).clone());
        }
        let Some(item) = items.get(at) else { break };
        let edits = sorted.children.swap_remove(&Segment::Index(at)).unwrap_or_default();
        if !removes(&edits) {
            edited_items.push(edited(item, &edits)?);
        }
    }
    if insertions.next().is_some() { Err(EditError::NoSuchPath(here())) } else { Ok(edited_items) }
}

fn edited_entries(mapping: &Mapping, sorted: &mut Sorted<'_>, here: impl Fn() -> Path) -> Result<Mapping, EditError> {
    let mut entries = Vec::with_capacity(mapping.entries.len());
    let mut insertions = sorted.insertions.iter().peekable();
    for at in 0..=mapping.entries.len() {
        while let Some((_, key, node)) = insertions.next_if(|insertion| insertion.0 == at) {
            let key = key.ok_or_else(|| EditError::NoSuchPath(here()))?.to_owned();
            entries.push(Entry { key, key_span: node.span, value: (*node).clone() });
        }
        let Some(entry) = mapping.entries.get(at) else { break };
        let edits = sorted.children.swap_remove(&Segment::Key(entry.key.clone())).unwrap_or_default();
        if !removes(&edits) {
            let key = renames(&edits).unwrap_or(&entry.key).to_owned();
            entries.push(Entry { key, key_span: entry.key_span, value: edited(&entry.value, &edits)? });
        }
    }
    if insertions.next().is_some() {
        return Err(EditError::NoSuchPath(here()));
    }
    let mut keys = HashSet::new();
    match entries.iter().find(|entry| !keys.insert(&entry.key)) {
        Some(twice) => Err(EditError::KeyExists(twice.key.clone())),
        None => Ok(Mapping { entries }),
    }
}
