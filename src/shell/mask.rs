//! Scripts with Tekton's variables made harmless for a shell parser.

use std::ops::Range;

/// What may follow `$(` in a variable of Tekton, up to the first dot or bracket.
const ROOTS: &[&str] = &[
    "params",
    "inputs",
    "outputs",
    "tasks",
    "finally",
    "results",
    "step",
    "steps",
    "workspaces",
    "context",
    "credentials",
    "artifacts",
];

/// A script in which each variable of Tekton is a word of `x` of the same length.
pub(super) struct Masked<'a> {
    script: &'a str,
    /// The text to parse; every byte stands where it stood in the script.
    pub(super) text: String,
    /// The masked places, in order and without overlap.
    variables: Vec<Range<usize>>,
}

impl<'a> Masked<'a> {
    /// Masks `references`, whatever their text, and all that looks like a variable of Tekton.
    pub(super) fn new(script: &'a str, references: &[Range<usize>]) -> Self {
        let mut found: Vec<Range<usize>> =
            references.iter().filter(|range| is_piece(script, range)).cloned().chain(variables(script)).collect();
        found.sort_by_key(|range| (range.start, range.end));
        let mut text = String::with_capacity(script.len());
        let mut variables = Vec::with_capacity(found.len());
        for range in found {
            let Some(between) = script.get(text.len()..range.start) else {
                continue;
            };
            push_ascii(&mut text, between);
            text.push_str(&"x".repeat(range.len()));
            variables.push(range);
        }
        let rest = script.get(text.len()..).unwrap_or_default();
        push_ascii(&mut text, rest);
        Self { script, text, variables }
    }

    /// Whether `range` is a piece of the script that was masked as it is.
    pub(super) fn contains(&self, range: &Range<usize>) -> bool {
        self.variables.contains(range)
    }

    /// The end of the variable that `offset` stands directly behind, if there is one.
    pub(super) fn follows_variable(&self, offset: usize) -> bool {
        self.variables.iter().any(|range| range.end == offset)
    }

    /// The script up to `offset`, as the user wrote it.
    pub(super) fn before(&self, offset: usize) -> &str {
        self.script.get(..offset).unwrap_or_default()
    }
}

/// Adds a piece of the script. No character beyond ASCII means anything to a shell, and the parser's scanner (tree-sitter-bash
/// 0.25) reads out of bounds where it asks whether one is a digit: a dot stands for each of its bytes.
fn push_ascii(text: &mut String, piece: &str) {
    for c in piece.chars() {
        match c.is_ascii() {
            true => text.push(c),
            false => text.extend(std::iter::repeat_n('.', c.len_utf8())),
        }
    }
}

/// Whether `range` is a non-empty piece of `script`.
pub(super) fn is_piece(script: &str, range: &Range<usize>) -> bool {
    script.get(range.clone()).is_some_and(|text| !text.is_empty())
}

/// The places that Tekton may replace: `$(`, a known root, a dot or bracket, and no shell syntax up to `)`.
fn variables(script: &str) -> impl Iterator<Item = Range<usize>> {
    script.match_indices("$(").filter_map(|(start, _)| {
        let inner = script.get(start + 2..)?;
        let length = inner.find(')')?;
        let name = inner.get(..length)?;
        let root = name.find(['.', '[']).and_then(|end| name.get(..end))?;
        let plain = |c: char| c.is_alphanumeric() || "._-[]*'\"".contains(c);
        (ROOTS.contains(&root) && name.chars().all(plain)).then(|| start..start + 2 + length + 1)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_of_tekton_become_words_and_shell_text_stays() {
        let script =
            "é $(params.a) $(date) $(tasks.b.results.c[*]) $(params['x y']) $(params[\"d\"])$(inputs.params.e)";
        assert_eq!(
            Masked::new(script, &[]).text,
            format!(".. {} $(date) {} $(params['x y']) {}", "x".repeat(11), "x".repeat(23), "x".repeat(32))
        );
    }

    #[test]
    fn given_ranges_are_masked_whatever_their_text() {
        let masked = Masked::new("a $(b) é c", &[2..6, 7..8, 90..99, 3..4]);
        assert_eq!(masked.text, "a xxxx .. c");
        assert!(masked.contains(&(2..6)) && !masked.contains(&(7..8)) && !masked.contains(&(3..4)));
    }
}
