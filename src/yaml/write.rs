//! The emitter: YAML text that every reader, go-yaml first, reads back as the tree it was written from.
//!
//! Block style, long lines unfolded, quotes only where readers could disagree, multi-line strings as
//! literal blocks. Scalars that are no strings keep their source text, so no number is ever formatted.

use super::scalar::reads_as_string;
use super::tree::{Entry, Node, Scalar, ScalarKind, Value};

mod text;

pub(super) use text::{double_quoted, literal, literal_fits, single_quoted, single_quoted_fits};

/// Longest key that is written before its colon on one line; YAML allows 1024 characters.
const LONGEST_SIMPLE_KEY: usize = 1000;

/// The whole document, ending in one line break.
pub fn write(node: &Node) -> String {
    let mut out = String::new();
    let layout = Layout::default();
    match &node.value {
        Value::Mapping(mapping) if !mapping.entries.is_empty() => layout.entries(&mut out, &mapping.entries, 0),
        Value::Sequence(items) if !items.is_empty() => layout.items(&mut out, items, 0),
        _ => {
            layout.value(&mut out, node, 0, After::Dash);
            out.remove(0);
        }
    }
    out
}

/// How a file indents, so that what is added to it looks like the rest.
#[derive(Clone, Copy, Debug)]
pub(super) struct Layout {
    /// Columns from a key to the keys below it.
    pub(super) step: usize,
    /// Columns from a key to the dashes below it.
    pub(super) dash: usize,
}

impl Default for Layout {
    fn default() -> Self {
        Self { step: 2, dash: 0 }
    }
}

/// What stands before a value on its line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum After {
    /// A key and its colon.
    Colon,
    /// The dash of a list item: block collections start on the same line.
    Dash,
}

impl Layout {
    /// Writes lines `key: value` at a column.
    pub(super) fn entries(self, out: &mut String, entries: &[Entry], column: usize) {
        for entry in entries {
            indent(out, column);
            self.entry(out, &entry.key, &entry.value, column);
        }
    }

    /// Writes lines `- item` with their dashes at a column.
    pub(super) fn items(self, out: &mut String, items: &[Node], column: usize) {
        for item in items {
            indent(out, column);
            self.item(out, item, column);
        }
    }

    /// Writes one entry whose first line is indented already.
    pub(super) fn entry(self, out: &mut String, name: &str, value: &Node, column: usize) {
        let name = key(name);
        if name.len() > LONGEST_SIMPLE_KEY {
            out.push_str("? ");
            out.push_str(&name);
            out.push('\n');
            indent(out, column);
        } else {
            out.push_str(&name);
        }
        out.push(':');
        self.value(out, value, column, After::Colon);
    }

    /// Writes one item whose dash stands at `column` and is indented already.
    pub(super) fn item(self, out: &mut String, item: &Node, column: usize) {
        out.push('-');
        self.value(out, item, column, After::Dash);
    }

    /// Writes what follows a colon or dash: the blank, the value, the line break, further lines.
    ///
    /// `column` is that of the key or the dash.
    pub(super) fn value(self, out: &mut String, node: &Node, column: usize, after: After) {
        match &node.value {
            Value::Scalar(scalar) => {
                out.push(' ');
                match scalar.kind {
                    ScalarKind::String if scalar.text.contains('\n') && literal_fits(&scalar.text) => {
                        let step = if after == After::Dash { 2 } else { self.step };
                        literal(out, &scalar.text, column + step, step);
                    }
                    _ => {
                        out.push_str(&inline(scalar));
                        out.push('\n');
                    }
                }
            }
            Value::Sequence(items) if items.is_empty() => out.push_str(" []\n"),
            Value::Mapping(mapping) if mapping.entries.is_empty() => out.push_str(" {}\n"),
            Value::Sequence(items) => self.block(out, column, after, self.dash, |out, column| {
                self.items(out, items, column);
            }),
            Value::Mapping(mapping) => self.block(out, column, after, self.step, |out, column| {
                self.entries(out, &mapping.entries, column);
            }),
        }
    }

    /// Writes a block collection on the lines below a key, or from the dash's own line on.
    fn block(self, out: &mut String, column: usize, after: After, step: usize, write: impl Fn(&mut String, usize)) {
        if after == After::Colon {
            out.push('\n');
            return write(out, column + step);
        }
        let column = column + 2;
        let mut lines = String::new();
        write(&mut lines, column);
        out.push(' ');
        out.push_str(lines.get(column..).unwrap_or_default());
    }
}

/// A key as it stands before its colon.
pub(super) fn key(text: &str) -> String {
    if reads_as_string(text, false) { text.to_owned() } else { quoted(text) }
}

/// A scalar on one line, outside of brackets.
pub(super) fn inline(scalar: &Scalar) -> String {
    match scalar.kind {
        ScalarKind::String if reads_as_string(&scalar.text, false) => scalar.text.clone(),
        ScalarKind::String => quoted(&scalar.text),
        ScalarKind::Null if scalar.text.is_empty() => "null".to_owned(),
        _ => scalar.text.clone(),
    }
}

/// A string in the quotes that need fewer escapes.
pub(super) fn quoted(text: &str) -> String {
    if text.contains(['"', '\\']) && single_quoted_fits(text) { single_quoted(text) } else { double_quoted(text) }
}

/// A node between brackets, on one line; JSON if `json`.
pub(super) fn flow(node: &Node, json: bool) -> String {
    if json {
        return node.json();
    }
    match &node.value {
        Value::Scalar(scalar) => flow_scalar(scalar),
        Value::Sequence(items) => {
            let items: Vec<_> = items.iter().map(|item| flow(item, false)).collect();
            format!("[{}]", items.join(", "))
        }
        Value::Mapping(mapping) => {
            let entries = mapping.entries.iter();
            let entries: Vec<_> = entries.map(|entry| flow_entry(&entry.key, &entry.value, false)).collect();
            format!("{{{}}}", entries.join(", "))
        }
    }
}

/// `key: value` between braces.
pub(super) fn flow_entry(name: &str, value: &Node, json: bool) -> String {
    let key = flow_key(name, json);
    let mark = if key.len() > LONGEST_SIMPLE_KEY && !json { "? " } else { "" };
    format!("{mark}{key}: {}", flow(value, json))
}

/// A key between braces.
pub(super) fn flow_key(name: &str, json: bool) -> String {
    match json {
        true => super::json::string(name),
        false if reads_as_string(name, true) => name.to_owned(),
        false => quoted(name),
    }
}

fn flow_scalar(scalar: &Scalar) -> String {
    match scalar.kind {
        ScalarKind::String if reads_as_string(&scalar.text, true) => scalar.text.clone(),
        ScalarKind::String => quoted(&scalar.text),
        _ => inline(scalar),
    }
}

fn indent(out: &mut String, column: usize) {
    out.extend(std::iter::repeat_n(' ', column));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Sources;
    use crate::yaml;

    /// Reads flow style and writes it as the compiler does.
    fn rewritten(text: &str) -> String {
        let mut sources = Sources::default();
        let id = sources.add("", text);
        yaml::documents(&sources, id).first().and_then(|document| document.root.as_ref()).map(write).unwrap_or_default()
    }

    #[test]
    fn block_style_without_needless_quotes() {
        let text = r#"{a: [b, {c: d, e: []}, [f, [g]], {}], "h": "no", i: {j: 0777, k: ~, l: , m: "1"}}"#;
        let expected = "\
a:
- b
- c: d
  e: []
- - f
  - - g
- {}
h: \"no\"
i:
  j: 0777
  k: ~
  l: null
  m: \"1\"
";
        assert_eq!(rewritten(text), expected);
    }

    #[test]
    fn many_lines_become_literal_blocks() {
        let text = r#"{a: "x\n\n  y\n", b: ["x\ny", {c: "  x\ny\n\n"}], d: "x\r\ny", e: "\n", f: "\tx\n"}"#;
        let expected = "\
a: |
  x

    y
b:
- |-
  x
  y
- c: |2+
      x
    y

d: \"x\\r\\ny\"
e: \"\\n\"
f: |2
  \tx
";
        assert_eq!(rewritten(text), expected);
    }

    #[test]
    fn scalars_are_documents_too() {
        for (text, expected) in [("a", "a\n"), ("[]", "[]\n"), ("{}", "{}\n"), ("'1'", "\"1\"\n"), ("~", "~\n")] {
            assert_eq!(rewritten(text), expected);
        }
    }

    #[test]
    fn quotes_are_those_with_fewer_escapes() {
        assert_eq!(quoted("{\"a\": 1}"), "'{\"a\": 1}'");
        assert_eq!(quoted("it's: \\"), "'it''s: \\'");
        assert_eq!(quoted("\u{1b}\"\\"), "\"\\u001b\\\"\\\\\"");
    }
}
