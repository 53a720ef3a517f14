//! What becomes of the documents of all inputs, collected while groups are fused.

use std::collections::HashMap;

use super::text::Text;
use crate::emit::Change;
use crate::model::Location;
use crate::source::SourceId;
use crate::yaml::{Edit, Node, Segment};

/// What becomes of the documents of all inputs.
pub(super) struct Changes {
    /// Per source: one change for each document, whether anything changes at all, and the sources that went into it.
    sources: HashMap<SourceId, (Vec<Change>, bool, Vec<SourceId>)>,
}

impl Changes {
    pub(super) fn new(texts: &[Text]) -> Self {
        let none = |text: &Text| text.documents.iter().map(|_| Change::default()).collect();
        Self { sources: texts.iter().map(|text| (text.source, (none(text), false, Vec::new()))).collect() }
    }

    /// The changes of a source, if there are any.
    pub(super) fn of(&self, source: SourceId) -> Option<(&[Change], &[SourceId])> {
        let (changes, changed, used) = self.sources.get(&source)?;
        changed.then_some((changes, used))
    }

    /// Adds edits to the document of an object, and Tasks before it: before the document, or before the item of a list.
    pub(super) fn add(
        &mut self,
        location: &Location,
        edits: Vec<Edit>,
        before: Vec<Node>,
        used: impl IntoIterator<Item = SourceId>,
    ) {
        let Some((changes, changed, sources)) = self.sources.get_mut(&location.source) else { return };
        let Some(change) = changes.get_mut(location.document) else { return };
        *changed |= !(edits.is_empty() && before.is_empty());
        for source in used {
            if source != location.source && !sources.contains(&source) {
                sources.push(source);
            }
        }
        change.edits.extend(edits);
        match location.path.split_last() {
            Some((Segment::Index(at), list)) => change.edits.extend(before.into_iter().map(|node| Edit::Insert {
                parent: list.to_vec(),
                at: *at,
                key: None,
                node,
            })),
            _ => change.before.extend(before),
        }
    }
}
