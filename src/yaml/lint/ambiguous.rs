//! What YAML 1.1, which go-yaml follows, and YAML 1.2 both read, each in its own way.

use std::ops::Range;

use super::Place;
use crate::diag::{Code, Diagnostic};
use crate::yaml::syntax::{Content, Style, Syntax, SyntaxNode};

/// Reports all such places.
pub(super) fn report(text: &str, place: Place, syntax: &Syntax<'_>, problems: &mut Vec<Diagnostic>) {
    let mut found = |range: Range<usize>, message: &str, help: &str| {
        problems.push(Diagnostic::new(Code::Ambiguous, message).at(place.span(range), "").help(help));
    };
    let marks = text.match_indices('\u{feff}').map(|(at, _)| at);
    if let Some(at) = marks.into_iter().find(|&at| at == 0 || text[..at].ends_with('\n')) {
        found(at..at + '\u{feff}'.len_utf8(), "a byte order mark stands inside of the text", "remove it");
    }
    for node in &syntax.nodes {
        if let Some((_, tag)) = node.tag.as_ref().filter(|(_, tag)| text[tag.end..].starts_with(',')) {
            let message = "Kubernetes takes the comma for a part of the tag";
            found(tag.start..tag.end + 1, message, "write a blank before the comma");
        }
        if let (Content::Scalar { style, .. }, None) = (&node.content, node.parent) {
            let block = matches!(style, Style::Literal | Style::Folded);
            if block && text[..node.content_start].ends_with('\n') && node.content_start < node.range.end {
                found(node.range.clone(), "Kubernetes does not read a block that is not indented", "indent its lines");
            }
        }
        let in_flow = node.parent.is_some_and(|parent| is_flow(&syntax.nodes[parent]));
        if !in_flow {
            continue;
        }
        let plain = matches!(node.content, Content::Scalar { style: Style::Plain, .. });
        if plain && text[node.range.clone()].starts_with('?') {
            let message = "Kubernetes takes this question mark for the mark of a key";
            found(node.range.start..node.range.start + 1, message, "quote the text");
        }
        let colon = node.indicator.filter(|&at| text[at..].starts_with(':'));
        if let Some(at) = colon.filter(|&at| text[at + 1..].starts_with([',', ']', '}'])) {
            let message = "Kubernetes takes this colon for a part of the text before it";
            found(at..at + 1, message, "write a blank after the colon");
        }
    }
}

fn is_flow(node: &SyntaxNode<'_>) -> bool {
    matches!(node.content, Content::Sequence { flow: true, .. } | Content::Mapping { flow: true, .. })
}
