//! Entries of a `when`.

use crate::expr::{Template, Variable};
use crate::yaml::Node;

/// An entry that compares: whether a text is among others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comparison {
    /// The text.
    pub input: Template,
    /// `notin`.
    pub negated: bool,
    /// The others.
    pub values: Vec<Template>,
}

impl Comparison {
    /// Reads an entry; `None` if it is no comparison that Tekton takes. A single value counts as a list of one.
    pub fn read(entry: &Node) -> Option<Self> {
        let negated = match entry.get("operator").and_then(Node::as_str)? {
            "in" => false,
            "notin" => true,
            _ => return None,
        };
        let input = Template::parse(entry.get("input").and_then(Node::as_str).unwrap_or_default());
        let values = entry.get("values").map(|values| values.as_sequence().unwrap_or(std::slice::from_ref(values)));
        let values = values.unwrap_or_default().iter().map(|value| value.as_str().map(Template::parse));
        Some(Self { input, negated, values: values.collect::<Option<_>>()? })
    }

    /// The variables in its texts.
    pub fn variables(&self) -> impl Iterator<Item = &Variable> {
        self.values.iter().chain([&self.input]).flat_map(Template::variables)
    }

    /// What comes out while no result is put in: Tekton compares the references as they are written, if a single one of the
    /// task's is missing (`ResolvePipelineTask`, `pkg/reconciler/pipelinerun/resources/pipelinerunresolution.go`, v1.15).
    pub fn unresolved(&self) -> bool {
        self.values.contains(&self.input) != self.negated
    }
}

/// The CEL expression of an entry, if it has one.
pub fn cel(entry: &Node) -> Option<&str> {
    entry.get("cel").and_then(Node::as_str).filter(|cel| !cel.is_empty())
}
