//! Several texts as the one stream that Kubernetes reads as all their documents.
//!
//! Kubernetes splits a stream at the lines that start with `---` before it parses anything.

use std::borrow::Cow;

/// Joins `texts`. One text comes back as it is; blank ones among several are left out.
pub(super) fn join<'a>(texts: &[&'a str]) -> Cow<'a, str> {
    if let [text] = texts {
        return Cow::Borrowed(text);
    }
    let mut stream = String::new();
    for text in texts {
        // A byte order mark means that only at the start of a stream.
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        if text.trim().is_empty() {
            continue;
        }
        if !stream.is_empty() {
            if !stream.ends_with('\n') {
                stream.push('\n');
            }
            if !is_separated(&stream, text) {
                stream.push_str("---\n");
            }
        }
        stream.push_str(text);
    }
    Cow::Owned(stream)
}

/// Whether a separator stands between the last content of `before` and the first of `after`.
fn is_separated(before: &str, after: &str) -> bool {
    let content = |line: &&str| !is_blank(line);
    before.lines().rev().find(content).is_some_and(is_separator) || after.lines().find(content).is_some_and(begins)
}

fn is_blank(line: &str) -> bool {
    let line = line.trim_start();
    line.is_empty() || line.starts_with('#')
}

/// Whether a line does nothing but end a document and begin another.
fn is_separator(line: &str) -> bool {
    line.strip_prefix("---").is_some_and(is_blank)
}

/// Whether a line begins a document, perhaps with content behind the dashes.
fn begins(line: &str) -> bool {
    line.strip_prefix("---").is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '\t', '\r']))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_text_keeps_every_byte() {
        assert_eq!(join(&["\u{feff}a: 1"]), "\u{feff}a: 1");
        assert_eq!(join(&[" "]), " ");
    }

    #[test]
    fn a_separator_stands_between_texts() {
        assert_eq!(join(&["a: 1\n", "b: 2\n"]), "a: 1\n---\nb: 2\n");
        assert_eq!(join(&["a: 1", "b: 2"]), "a: 1\n---\nb: 2");
        assert_eq!(join(&["a: 1\n...\n", "b: 2\n"]), "a: 1\n...\n---\nb: 2\n");
    }

    #[test]
    fn no_second_separator_beside_one() {
        assert_eq!(join(&["a: 1\n", "---\nb: 2\n"]), "a: 1\n---\nb: 2\n");
        assert_eq!(join(&["a: 1\n", "# b\n\n--- # b\nb: 2\n"]), "a: 1\n# b\n\n--- # b\nb: 2\n");
        assert_eq!(join(&["a: 1\n---", "b: 2\n"]), "a: 1\n---\nb: 2\n");
        assert_eq!(join(&["a: 1\r\n---\r\n", "b: 2\r\n"]), "a: 1\r\n---\r\nb: 2\r\n");
    }

    #[test]
    fn dashes_that_are_no_separator_do_not_count() {
        assert_eq!(join(&["a: |\n  ---\n", "b: 2\n"]), "a: |\n  ---\n---\nb: 2\n");
        assert_eq!(join(&["a: 1\n", "----: 2\n"]), "a: 1\n---\n----: 2\n");
    }

    #[test]
    fn blank_texts_leave_nothing_behind() {
        assert_eq!(join(&["", "a: 1\n", "\n \n", "b: 2\n", ""]), "a: 1\n---\nb: 2\n");
        assert_eq!(join(&["", "\n"]), "");
        assert_eq!(join(&[]), "");
    }

    #[test]
    fn a_byte_order_mark_inside_is_dropped() {
        assert_eq!(join(&["a: 1\n", "\u{feff}---\nb: 2\n"]), "a: 1\n---\nb: 2\n");
    }
}
