//! The tree of one document: owned nodes, each with the span it was read from.

use crate::source::{SourceId, Span};

/// One value with its place. Aliases are expanded while reading: an aliased node is a copy whose
/// spans point at the anchored text.
#[derive(Clone, Debug)]
pub struct Node {
    /// Where it stands. Generated nodes carry the span of what they were made from.
    pub span: Span,
    /// What it is.
    pub value: Value,
}

/// The three kinds of YAML nodes.
#[derive(Clone, Debug)]
pub enum Value {
    /// A leaf.
    Scalar(Scalar),
    /// A list.
    Sequence(Vec<Node>),
    /// Keys and values in source order, merge keys already applied.
    Mapping(Mapping),
}

/// A leaf as Kubernetes reads it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scalar {
    /// What it means to Kubernetes.
    pub kind: ScalarKind,
    /// The content: of a string its value, of anything else the text as it stands in the source.
    pub text: String,
}

/// The type that go-yaml (YAML 1.1, as `sigs.k8s.io/yaml` uses it) gives a scalar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ScalarKind {
    /// A string, quoted or not.
    String,
    /// An integer in any of go-yaml's spellings.
    Int,
    /// A floating point number.
    Float,
    /// A boolean, `yes` and `on` included.
    Bool,
    /// `null`, `~` or nothing.
    Null,
}

/// Entries in source order. Keys are unique: reading reports a second one.
#[derive(Clone, Debug, Default)]
pub struct Mapping {
    /// The entries.
    pub entries: Vec<Entry>,
}

/// A key with its value.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The key's text: non-string keys as Kubernetes turns them into JSON keys.
    pub key: String,
    /// Where the key stands.
    pub key_span: Span,
    /// The value.
    pub value: Node,
}

impl Scalar {
    /// Whether both mean the same to Kubernetes.
    pub fn same(&self, other: &Self) -> bool {
        match (self.kind, other.kind) {
            (ScalarKind::String, ScalarKind::String) => self.text == other.text,
            (ScalarKind::String, _) | (_, ScalarKind::String) => false,
            _ => self.json() == other.json(),
        }
    }
}

impl Node {
    /// A string scalar.
    pub fn string(span: Span, text: impl Into<String>) -> Self {
        Self::scalar(span, ScalarKind::String, text)
    }

    /// A scalar of any kind.
    pub fn scalar(span: Span, kind: ScalarKind, text: impl Into<String>) -> Self {
        Self { span, value: Value::Scalar(Scalar { kind, text: text.into() }) }
    }

    /// A list.
    pub fn sequence(span: Span, items: Vec<Self>) -> Self {
        Self { span, value: Value::Sequence(items) }
    }

    /// A mapping whose keys take the span of the whole.
    pub fn mapping<K: Into<String>>(span: Span, entries: impl IntoIterator<Item = (K, Self)>) -> Self {
        let entries = entries.into_iter().map(|(key, value)| Entry { key: key.into(), key_span: span, value });
        Self { span, value: Value::Mapping(Mapping { entries: entries.collect() }) }
    }

    /// The scalar, if it is one.
    pub fn as_scalar(&self) -> Option<&Scalar> {
        match &self.value {
            Value::Scalar(scalar) => Some(scalar),
            _ => None,
        }
    }

    /// The text of a string scalar; `None` for numbers, booleans and null.
    pub fn as_str(&self) -> Option<&str> {
        self.as_scalar().filter(|s| s.kind == ScalarKind::String).map(|s| s.text.as_str())
    }

    /// The items, if it is a list.
    pub fn as_sequence(&self) -> Option<&[Self]> {
        match &self.value {
            Value::Sequence(items) => Some(items),
            _ => None,
        }
    }

    /// The mapping, if it is one.
    pub fn as_mapping(&self) -> Option<&Mapping> {
        match &self.value {
            Value::Mapping(mapping) => Some(mapping),
            _ => None,
        }
    }

    /// Whether it is null in any spelling.
    pub fn is_null(&self) -> bool {
        self.as_scalar().is_some_and(|s| s.kind == ScalarKind::Null)
    }

    /// The value under a key, if this is a mapping that has it.
    pub fn get(&self, key: &str) -> Option<&Self> {
        self.as_mapping()?.get(key)
    }

    /// The node at the end of a path, if every part of it exists.
    pub fn at(&self, path: &[Segment]) -> Option<&Self> {
        path.iter().try_fold(self, |node, segment| match segment {
            Segment::Key(key) => node.get(key),
            Segment::Index(index) => node.as_sequence()?.get(*index),
        })
    }

    /// Whether both mean the same to Kubernetes, which keeps no order of keys.
    pub fn equivalent(&self, other: &Self) -> bool {
        match (&self.value, &other.value) {
            (Value::Scalar(a), Value::Scalar(b)) => a.same(b),
            (Value::Sequence(a), Value::Sequence(b)) => {
                a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.equivalent(b))
            }
            (Value::Mapping(a), Value::Mapping(b)) => {
                let has_same = |entry: &Entry| b.get(&entry.key).is_some_and(|other| entry.value.equivalent(other));
                a.entries.len() == b.entries.len() && a.entries.iter().all(has_same)
            }
            _ => false,
        }
    }

    /// Whether both are the same text to a reader: spans do not matter, the order of keys does.
    pub fn same(&self, other: &Self) -> bool {
        match (&self.value, &other.value) {
            (Value::Scalar(a), Value::Scalar(b)) => a.same(b),
            (Value::Sequence(a), Value::Sequence(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.same(b)),
            (Value::Mapping(a), Value::Mapping(b)) => {
                a.entries.len() == b.entries.len()
                    && a.entries.iter().zip(&b.entries).all(|(a, b)| a.key == b.key && a.value.same(&b.value))
            }
            _ => false,
        }
    }
}

impl Mapping {
    /// The value under a key.
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.entry(key).map(|entry| &entry.value)
    }

    /// The whole entry of a key.
    pub fn entry(&self, key: &str) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.key == key)
    }

    /// Sets a key: in place if it is there, else at the end with the value's span.
    pub fn set(&mut self, key: &str, value: Node) {
        match self.entries.iter_mut().find(|entry| entry.key == key) {
            Some(entry) => entry.value = value,
            None => self.entries.push(Entry { key: key.to_owned(), key_span: value.span, value }),
        }
    }

    /// Takes a key out and returns its value.
    pub fn remove(&mut self, key: &str) -> Option<Node> {
        let at = self.entries.iter().position(|entry| entry.key == key)?;
        Some(self.entries.remove(at).value)
    }
}

/// One step from a node to a child.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Segment {
    /// The value under this key.
    Key(String),
    /// The item at this index.
    Index(usize),
}

/// A way from a document's root to a node.
pub type Path = Vec<Segment>;

impl From<&str> for Segment {
    fn from(key: &str) -> Self {
        Self::Key(key.to_owned())
    }
}

impl From<usize> for Segment {
    fn from(index: usize) -> Self {
        Self::Index(index)
    }
}

/// A span that belongs to nothing: for nodes that tests build.
pub fn nowhere(source: SourceId) -> Span {
    Span::new(source, 0..0)
}

/// Calls `visit` with every string below a node.
pub fn each_text(node: &Node, visit: &mut dyn FnMut(&str)) {
    match &node.value {
        Value::Scalar(scalar) => visit(&scalar.text),
        Value::Sequence(items) => items.iter().for_each(|item| each_text(item, visit)),
        Value::Mapping(mapping) => mapping.entries.iter().for_each(|entry| each_text(&entry.value, visit)),
    }
}
