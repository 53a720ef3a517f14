//! Merge keys in go-yaml v2's order: `<<` is applied where it stands, so what comes later wins.

use super::{Composer, Slots};
use crate::diag::{Code, Diagnostic};
use crate::yaml::syntax::{Content, NodeId, Style, SyntaxNode};
use crate::yaml::tree::{Node, Value};

/// Whether go-yaml takes a key for a merge key: a plain `<<`, or one that is tagged as such.
pub(in crate::yaml) fn is_merge(key: &SyntaxNode<'_>) -> bool {
    let Content::Scalar { text, style } = &key.content else { return false };
    let tag = key.tag.as_ref().map(|(tag, _)| tag.as_str());
    text == "<<" && (matches!((tag, style), (None, Style::Plain)) || matches!(tag, Some("!" | "!!merge")))
}

impl Composer<'_, '_> {
    /// Applies `<<: value`, a mapping or a list of mappings of which the first wins.
    pub(super) fn merge(&mut self, key: NodeId, value: NodeId, depth: usize, slots: &mut Slots) -> Option<()> {
        let composed = self.node(value, depth + 1)?;
        let sources: Vec<Node> = match (&self.syntax.nodes[value].content, composed.value) {
            (Content::Sequence { .. }, Value::Sequence(items)) => items,
            (_, value) => vec![Node { span: composed.span, value }],
        };
        for source in sources.into_iter().rev() {
            let Value::Mapping(mapping) = source.value else {
                let problem = Diagnostic::new(Code::Merge, "only mappings can be merged with `<<`");
                let span = self.place.span(self.syntax.nodes[value].range.clone());
                self.report(problem.at(span, "no mapping").help("name the anchor of a mapping, or quote the key"));
                return Some(());
            };
            for entry in mapping.entries {
                self.warn_of_override(key, &entry.key, slots);
                slots.set(entry, true);
            }
        }
        Some(())
    }

    /// The merge specification lets explicit keys win; go-yaml lets them win only if they come later.
    fn warn_of_override(&mut self, merge: NodeId, key: &str, slots: &Slots) {
        let Some(earlier) = slots.index.get(key).filter(|slot| !slot.merged) else { return };
        let span = self.place.span(self.syntax.nodes[merge].range.clone());
        let problem = Diagnostic::new(Code::MergeOverride, format!("this merge replaces the key `{key}` above it"))
            .at(span, "Kubernetes applies keys in the order they stand")
            .at(earlier.key_span, "replaced");
        self.report(problem.help("move the `<<` line to the top of its mapping"));
    }
}
