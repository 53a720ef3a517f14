//! Properties of reading, writing and editing that hold for any input.

#![allow(clippy::unwrap_used, missing_docs)]

#[allow(dead_code)]
#[path = "yaml_parity/generate.rs"]
mod generate;

use proptest::collection::vec;
use proptest::prelude::*;
use tkn_fuse::diag::Severity;
use tkn_fuse::source::{SourceId, Sources, Span};
use tkn_fuse::yaml::{self, Edit, Node, Path, ScalarKind, Segment, Value};

fn span() -> Span {
    yaml::nowhere(Sources::default().add("", ""))
}

/// Strings of pieces that matter to some reader.
fn text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        4 => "[a-z]{1,5}",
        4 => prop::sample::select(vec![
            " ", "\n", "\t", ":", ": ", "#", " #", "- ", "'", "\"", "\\", "{", "}", "[", "]", ",", "&a", "*a", "!", "|",
            ">", "%", "@", "`", "~", "<<", "yes", "null", "1", "0x1", ".5", "_", "---", "é", "😀", "\r", "\u{85}",
            "\u{2028}", "\u{feff}", "\0", "$(params.x)", "  ", "\n\n", "=", "?", "...",
        ])
        .prop_map(str::to_owned),
        1 => any::<char>().prop_map(String::from),
    ];
    vec(piece, 0..6).prop_map(|pieces| pieces.concat())
}

fn scalar() -> impl Strategy<Value = Node> {
    let other = prop::sample::select(vec![
        (ScalarKind::Int, "0777"),
        (ScalarKind::Int, "1_000"),
        (ScalarKind::Float, "1e3"),
        (ScalarKind::Bool, "yes"),
        (ScalarKind::Bool, "false"),
        (ScalarKind::Null, ""),
        (ScalarKind::Null, "~"),
    ]);
    prop_oneof![
        3 => text().prop_map(|text| Node::string(span(), text)),
        1 => other.prop_map(|(kind, text)| Node::scalar(span(), kind, text)),
    ]
}

fn mapping(entries: Vec<(String, Node)>) -> Node {
    let mut keys = std::collections::HashSet::new();
    let unique = entries.into_iter().filter(|(key, _)| keys.insert(key.clone()));
    Node::mapping(span(), unique.collect::<Vec<_>>())
}

fn tree() -> impl Strategy<Value = Node> {
    scalar().prop_recursive(4, 40, 5, |inner| {
        let key = prop_oneof![3 => "[a-e]{1,2}", 1 => text()];
        prop_oneof![
            vec(inner.clone(), 0..5).prop_map(|items| Node::sequence(span(), items)),
            vec((key, inner), 0..5).prop_map(mapping),
        ]
    })
}

/// How a generated document is written: a decision for every node and line.
struct Writer {
    choices: std::vec::IntoIter<u8>,
    out: String,
    dash: usize,
}

impl Writer {
    fn choose(&mut self, of: u8) -> u8 {
        self.choices.next().unwrap_or(0) % of
    }

    fn decorate(&mut self, column: usize) {
        match self.choose(8) {
            0 => self.out.push('\n'),
            1 => self.out.push_str(&format!("{:column$}# above\n", "")),
            2 => self.out.push_str(&format!("{:width$}# deeper\n", "", width = column + 2)),
            3 => self.out.push_str(&format!("\n{:column$}# apart\n\n", "")),
            _ => {}
        }
    }

    fn finish_line(&mut self) {
        if self.choose(6) == 0 {
            self.out.push_str("  # trailing");
        }
        self.out.push('\n');
    }

    /// A value behind a colon or dash at `column`; `compact` allows it to start on the same line.
    fn value(&mut self, node: &Node, column: usize, compact: bool) {
        match &node.value {
            Value::Sequence(items) if !items.is_empty() && self.choose(4) > 0 => {
                let inner = if compact { column + 2 } else { column + self.dash };
                let same_line = compact && self.choose(2) == 0;
                self.start_block(same_line);
                for (at, item) in items.iter().enumerate() {
                    self.start_child(at == 0 && same_line, inner);
                    self.out.push('-');
                    self.value(item, inner, true);
                }
            }
            Value::Mapping(mapping) if !mapping.entries.is_empty() && self.choose(4) > 0 => {
                let inner = column + 2;
                let same_line = compact && self.choose(2) == 0;
                self.start_block(same_line);
                for (at, entry) in mapping.entries.iter().enumerate() {
                    self.start_child(at == 0 && same_line, inner);
                    let key = self.scalar(&Node::string(span(), entry.key.as_str()), false);
                    self.out.push_str(&format!("{key}:"));
                    self.value(&entry.value, inner, false);
                }
            }
            _ if multi_line(node) && self.choose(2) == 0 => {
                let written = yaml::write(&Node::mapping(span(), [("k", node.clone())]));
                let written = written.strip_prefix("k:").unwrap();
                self.out.push_str(&written.replace("\n  ", &format!("\n{:width$}", "", width = column + 2)));
            }
            _ => {
                let flow = self.flow(node);
                self.out.push_str(&format!(" {flow}"));
                self.finish_line();
            }
        }
    }

    fn start_block(&mut self, same_line: bool) {
        if same_line { self.out.push(' ') } else { self.finish_line() }
    }

    fn start_child(&mut self, same_line: bool, column: usize) {
        if !same_line {
            self.decorate(column);
            self.out.push_str(&format!("{:column$}", ""));
        }
    }

    fn flow(&mut self, node: &Node) -> String {
        let separator = if self.choose(4) == 0 { ",\n                " } else { ", " };
        match &node.value {
            Value::Scalar(_) => self.scalar(node, true),
            Value::Sequence(items) => {
                let items: Vec<_> = items.iter().map(|item| self.flow(item)).collect();
                format!("[{}]", items.join(separator))
            }
            Value::Mapping(mapping) => {
                let entry = |entry: &yaml::Entry| {
                    let key = self.scalar(&Node::string(span(), entry.key.as_str()), true);
                    format!("{key}: {}", self.flow(&entry.value))
                };
                let entries: Vec<_> = mapping.entries.iter().map(entry).collect();
                format!("{{{}}}", entries.join(separator))
            }
        }
    }

    /// A scalar on one line; plain only if it is a word.
    fn scalar(&mut self, node: &Node, flow: bool) -> String {
        let scalar = node.as_scalar().unwrap();
        let word = scalar.text.len() > 1
            && scalar.text.chars().all(|c| c.is_ascii_lowercase())
            && !["yes", "no", "on", "off", "null", "true", "false"].contains(&scalar.text.as_str());
        let printable = scalar.text.chars().all(|c| matches!(c, ' '..='~'));
        match scalar.kind {
            ScalarKind::Null if flow => "null".to_owned(),
            ScalarKind::String if word && self.choose(3) > 0 => scalar.text.clone(),
            ScalarKind::String if printable && self.choose(2) == 0 => format!("'{}'", scalar.text.replace('\'', "''")),
            ScalarKind::String => {
                let written = yaml::write(&Node::string(span(), format!("{}\u{7f}", scalar.text)));
                written.trim_end().replace("\\u007f\"", "\"")
            }
            _ => scalar.text.clone(),
        }
    }
}

fn multi_line(node: &Node) -> bool {
    node.as_str().is_some_and(|text| text.contains('\n') && text.chars().all(|c| matches!(c, '\n' | ' '..='~')))
        && node.as_str().is_some_and(|text| text.contains(|c: char| c.is_ascii_graphic()))
}

/// A document in mixed styles, with comments and blank lines.
fn write_freely(root: &Node, choices: Vec<u8>) -> String {
    let dash = usize::from(choices.first().copied().unwrap_or(0) % 2) * 2;
    let mut writer = Writer { choices: choices.into_iter(), out: String::from("-"), dash };
    writer.value(root, 0, true);
    writer.out
}

/// All paths of a tree with the number of children of their nodes.
fn paths(node: &Node, here: &mut Path, out: &mut Vec<(Path, Option<usize>, bool)>) {
    match &node.value {
        Value::Scalar(_) => out.push((here.clone(), None, false)),
        Value::Sequence(items) => {
            out.push((here.clone(), Some(items.len()), false));
            for (at, item) in items.iter().enumerate() {
                here.push(Segment::Index(at));
                paths(item, here, out);
                here.pop();
            }
        }
        Value::Mapping(mapping) => {
            out.push((here.clone(), Some(mapping.entries.len()), true));
            for entry in &mapping.entries {
                here.push(Segment::Key(entry.key.clone()));
                paths(&entry.value, here, out);
                here.pop();
            }
        }
    }
}

/// Edits at random paths; some contradict each other.
fn edits(root: &Node, picks: &[(u8, usize, usize, Node)]) -> Vec<Edit> {
    let mut all = Vec::new();
    paths(root, &mut Vec::new(), &mut all);
    let edit = |(number, (kind, pick, at, node)): (usize, &(u8, usize, usize, Node))| {
        let (path, children, keyed) = all[pick % all.len()].clone();
        match (kind % 5, children) {
            (0 | 1, Some(children)) => Edit::Insert {
                parent: path,
                at: at % (children + 1),
                key: keyed.then(|| format!("new{number}")),
                node: node.clone(),
            },
            (2, _) if matches!(path.last(), Some(Segment::Key(_))) => Edit::Rename(path, format!("renamed{number}")),
            (3, _) if !path.is_empty() => Edit::Remove(path),
            (_, Some(_)) if path.is_empty() => Edit::Remove(vec![Segment::Index(0), Segment::Index(*at % 3)]),
            _ => Edit::Replace(path, node.clone()),
        }
    };
    picks.iter().enumerate().map(edit).collect()
}

fn read(text: &str) -> (Sources, SourceId, Vec<yaml::Document>) {
    let mut sources = Sources::default();
    let id = sources.add("test.yaml", text);
    let documents = yaml::documents(&sources, id);
    (sources, id, documents)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_written_reads_back(tree in tree()) {
        let text = yaml::write(&tree);
        let (_, _, documents) = read(&text);
        prop_assert!(text.ends_with('\n') && documents.len() == 1, "{text}");
        prop_assert!(documents[0].problems.is_empty(), "{text}\n{:?}", documents[0].problems);
        prop_assert!(documents[0].root.as_ref().is_some_and(|root| root.same(&tree)), "{text}");
    }

    #[test]
    fn edited_text_reads_as_the_edited_tree(
        trees in vec(tree(), 1..4),
        choices in vec(any::<u8>(), 0..150),
        picks in vec((any::<u8>(), any::<usize>(), any::<usize>(), tree()), 1..5),
        crlf in any::<bool>(),
    ) {
        let mut text = write_freely(&Node::sequence(span(), trees), choices);
        if crlf && !text.contains('\r') {
            text = text.replace('\n', "\r\n");
        }
        let (_, _, documents) = read(&text);
        let Some(root) = documents[0].root.as_ref() else { return Err(TestCaseError::fail(text)) };
        let edits = edits(root, &picks);
        if let Ok(meant) = yaml::apply(root, &edits) {
            let new = yaml::rewrite(&text, &documents[0], &edits);
            let Ok(new) = new else { return Err(TestCaseError::fail(format!("{new:?}\n{text}\n{edits:?}"))) };
            let (_, _, documents) = read(&new);
            prop_assert!(documents.len() == 1 && documents[0].root.as_ref().is_some_and(|root| root.same(&meant)));
        } else {
            prop_assert!(yaml::rewrite(&text, &documents[0], &edits).is_err());
        }
    }

    #[test]
    fn edits_respect_anchors(
        seed in 1_u64..u64::MAX,
        picks in vec((any::<u8>(), any::<usize>(), any::<usize>(), tree()), 1..4),
    ) {
        let text = generate::anchors(&mut generate::Random::new(seed));
        let (_, _, documents) = read(&text);
        let errors = documents[0].problems.iter().any(|problem| problem.severity == Severity::Error);
        let root = documents[0].root.as_ref().filter(|_| !errors);
        let edited = root.and_then(|root| {
            let edits = edits(root, &picks);
            Some((yaml::apply(root, &edits).ok()?, edits))
        });
        if let Some((meant, edits)) = edited {
            let new = yaml::rewrite(&text, &documents[0], &edits);
            let Ok(new) = new else { return Err(TestCaseError::fail(format!("{new:?}\n{text}\n{edits:?}"))) };
            let (_, _, documents) = read(&new);
            prop_assert!(documents[0].root.as_ref().is_some_and(|root| root.same(&meant)));
        }
    }

    #[test]
    fn spans_rebuild_the_source(pieces in vec(prop::sample::select(vec![
        "a: 1\n", "---\n", "--- # c\n", "\n", "# c\n", "b: é\r\n", "...\n", "{}\n", "{\"a\": 1}", "--- x\n", "- [", "\t", "\u{feff}", "&a *a", "%",
    ]), 0..12)) {
        let text = pieces.concat();
        let (sources, id, documents) = read(&text);
        let mut rebuilt = String::new();
        let mut at = 0;
        for document in &documents {
            let range = document.span.range();
            rebuilt.push_str(&text[at..range.start]);
            rebuilt.push_str(sources.text(document.span));
            at = range.end;
        }
        rebuilt.push_str(&text[at..]);
        prop_assert_eq!(&rebuilt, &sources.get(id).text);
    }

    #[test]
    fn nothing_panics(pieces in vec(text(), 0..20), cut in any::<prop::sample::Index>(), picks in vec((any::<u8>(), any::<usize>(), any::<usize>(), tree()), 1..3)) {
        let text = pieces.concat();
        let end = (0..=cut.index(text.len() + 1)).rev().find(|&end| text.is_char_boundary(end)).unwrap_or(0);
        let text = &text[..end];
        let (_, _, documents) = read(text);
        for document in &documents {
            if let Some(root) = &document.root {
                let _ = yaml::rewrite(text, document, &edits(root, &picks));
                let _ = root.json();
            }
        }
    }
}
