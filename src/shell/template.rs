//! Texts with references in them, and the marks that stand for the references while a shell puts the values in.

use std::ops::Range;

use sha2::{Digest, Sha256};

use super::mask::is_piece;

/// A place in a text where the value of a read belongs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    /// The bytes to replace, such as those of `$(tasks.a.results.r)`.
    pub range: Range<usize>,
    /// Index of the value in the list of reads that goes with the text.
    pub read: usize,
}

/// A text in which values of reads belong.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Template {
    /// The text as the user wrote it.
    pub text: String,
    /// Where values belong. A reference that is empty, overlaps an earlier one or lies outside is left alone.
    pub references: Vec<Reference>,
}

impl Template {
    /// The usable references with their index in `references`, by place, for a list of `reads` values.
    pub(super) fn usable(&self, reads: usize) -> Vec<(usize, &Reference)> {
        let mut found: Vec<_> = self
            .references
            .iter()
            .enumerate()
            .filter(|(_, reference)| reference.read < reads && is_piece(&self.text, &reference.range))
            .collect();
        found.sort_by_key(|(_, reference)| reference.range.start);
        let mut last_end = 0;
        found.retain(|(_, reference)| {
            let apart = reference.range.start >= last_end;
            if apart {
                last_end = reference.range.end;
            }
            apart
        });
        found
    }

    /// Whether one of the usable references names a read.
    pub(super) fn names(&self, reads: usize, read: usize) -> bool {
        self.usable(reads).iter().any(|(_, reference)| reference.read == read)
    }

    /// The text with each usable reference replaced by what `stand_in` says, given its index and its read.
    pub(super) fn fill(&self, reads: usize, stand_in: impl Fn(usize, usize) -> String) -> String {
        let mut filled = String::with_capacity(self.text.len());
        let mut done = 0;
        for (index, reference) in self.usable(reads) {
            filled.push_str(self.text.get(done..reference.range.start).unwrap_or_default());
            filled.push_str(&stand_in(index, reference.read));
            done = reference.range.end;
        }
        filled.push_str(self.text.get(done..).unwrap_or_default());
        filled
    }
}

/// Eight hexadecimal digits that occur in none of the texts they mark. They depend on the texts alone, so that
/// the same input gives the same output.
pub(super) struct Mark(String);

impl Mark {
    pub(super) fn for_texts<'a>(texts: impl IntoIterator<Item = &'a str> + Clone) -> Self {
        let mut seed = Sha256::new();
        for text in texts.clone() {
            seed.update(text);
            seed.update([0]);
        }
        let mut digest = seed.finalize();
        loop {
            let mark: String = digest.iter().take(4).map(|byte| format!("{byte:02x}")).collect();
            if !texts.clone().into_iter().any(|text| text.contains(&mark)) {
                return Self(mark);
            }
            digest = Sha256::digest(digest);
        }
    }

    /// What stands in a text for the value of a read.
    pub(super) fn placeholder(&self, read: usize) -> String {
        format!("@tkn-fuse-{}-{}@", self.0, read + 1)
    }

    /// The shell function that puts values where their placeholders stand.
    pub(super) fn paste_function(&self) -> String {
        include_str!("sh/paste.sh").replace("MARK", &self.0)
    }

    /// A line that ends a here-document.
    pub(super) fn delimiter(&self) -> String {
        format!("TKN_FUSE_{}", self.0)
    }

    /// The comment line behind which a script's own text begins.
    pub(super) fn border(&self) -> String {
        format!("# tkn-fuse-{}: the script of the step; the lines above put results in and run it.", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_occurs_in_no_text() {
        let first = Mark::for_texts(["echo hi"]);
        let text = format!("echo hi {}", first.0);
        let texts = [text.as_str(), "b"];
        assert!(!text.contains(&Mark::for_texts(texts).0));
        assert_eq!(Mark::for_texts(texts).0, Mark::for_texts(texts).0);
    }

    #[test]
    fn fill_skips_what_is_no_piece_of_the_text() {
        let references = [(2..4, 0), (3..5, 0), (0..1, 1), (90..91, 0), (5..5, 0), (6..7, 9)]
            .map(|(range, read)| Reference { range, read })
            .to_vec();
        let template = Template { text: "é-abcdé".to_owned(), references };
        assert_eq!(template.fill(2, |_, read| format!("<{read}>")), "é<0>bcdé");
    }
}
