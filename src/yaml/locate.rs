//! Places inside of scalars.

use crate::source::Span;

/// The place of the `nth` occurrence (from 0) of `needle` in the raw text of a scalar, else the whole scalar.
///
/// `text` is the whole source. Escapes and folding do not matter as long as the needle has neither blanks nor
/// characters that quotes escape, which holds for `$(params.x)`.
pub fn locate(text: &str, span: Span, needle: &str, nth: usize) -> Span {
    let raw = text.get(span.range()).unwrap_or_default();
    let found = raw.match_indices(needle).nth(nth).filter(|_| !needle.is_empty());
    found.map_or(span, |(at, _)| {
        let start = span.range().start + at;
        Span::new(span.source, start..start + needle.len())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Sources;
    use crate::yaml::documents;

    #[test]
    fn finds_references_in_every_style() {
        let text = "é: $(a) $(a)\nd: \"\\u00e9 $(a)\\n$(a)\"\nl: |\n\n  x $(a)\n  $(a)\nf: >-\n  $(a)\n  $(a)\n";
        let mut sources = Sources::default();
        let id = sources.add("", text);
        let documents = documents(&sources, id);
        let root = documents[0].root.as_ref().and_then(|root| root.as_mapping());
        for entry in root.into_iter().flat_map(|root| &root.entries) {
            let span = entry.value.span;
            let places: Vec<Span> = (0..3).map(|nth| locate(text, span, "$(a)", nth)).collect();
            assert_eq!(sources.text(places[0]), "$(a)", "{}", entry.key);
            assert_eq!(sources.text(places[1]), "$(a)", "{}", entry.key);
            assert!(places[0].end < places[1].end, "{}", entry.key);
            assert_eq!(places[2], span, "there is no third one");
        }
        assert_eq!(root.map(|root| root.entries.len()), Some(4));
    }
}
