//! Reading fields of nodes and saying what is wrong with them.

use super::Text;
use crate::diag::{Code, Diagnostic, Diagnostics};
use crate::yaml::{Node, Value};

/// A mapping that is being read; wrong types are reported, null counts as absent (as in Kubernetes).
pub(super) struct Fields<'a> {
    node: Option<&'a Node>,
    what: &'a str,
}

impl<'a> Fields<'a> {
    /// `node` as `what` ("a pipeline task"); anything but a mapping is reported and reads as empty.
    pub(super) fn of(node: &'a Node, what: &'a str, diagnostics: &mut Diagnostics) -> Self {
        let is_mapping = node.as_mapping().is_some();
        if !is_mapping && !node.is_null() {
            wrong_type(node, what, "a mapping", diagnostics);
        }
        Self { node: is_mapping.then_some(node), what }
    }

    /// A field that is there and not null.
    pub(super) fn get(&self, key: &str) -> Option<&'a Node> {
        self.node?.get(key).filter(|node| !node.is_null())
    }

    /// A string field.
    pub(super) fn text(&self, key: &str, diagnostics: &mut Diagnostics) -> Option<Text> {
        let node = self.get(key)?;
        match node.as_str() {
            Some(value) => Some(Text::new(value, node.span)),
            None => {
                wrong_type(node, &format!("`{key}` of {}", self.what), "a string", diagnostics);
                None
            }
        }
    }

    /// The name that everything needs; reported if missing.
    pub(super) fn name(&self, diagnostics: &mut Diagnostics) -> Option<Text> {
        let name = self.text("name", diagnostics);
        if let (None, Some(node)) = (&name, self.node)
            && self.get("name").is_none()
        {
            let message = format!("{} has no name", self.what);
            diagnostics.push(Diagnostic::new(Code::MissingName, message).at(node.span, "here").help("add `name: ...`"));
        }
        name
    }

    /// A list field; absent is empty. A single value where a list belongs is read as a list of one, with a warning.
    pub(super) fn list(&self, key: &str, diagnostics: &mut Diagnostics) -> &'a [Node] {
        let Some(node) = self.get(key) else { return &[] };
        if let Value::Sequence(items) = &node.value {
            return items;
        }
        let message = format!("`{key}` of {} is a list", self.what);
        let place = Diagnostic::new(Code::ListExpected, message).at(node.span, "a single value");
        diagnostics.push(place.help(format!("write a list: `{key}: [...]`")));
        std::slice::from_ref(node)
    }
}

/// Reports a node of the wrong type.
pub(super) fn wrong_type(node: &Node, what: &str, expected: &str, diagnostics: &mut Diagnostics) {
    let message = format!("{what} must be {expected}");
    let help = format!("write {expected}; Kubernetes refuses anything else here");
    diagnostics.push(Diagnostic::new(Code::WrongType, message).at(node.span, "this is something else").help(help));
}
