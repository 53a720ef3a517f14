//! Objects for tests, read from text.

use super::{Location, Object, Pipeline, objects};
use crate::diag::Diagnostics;
use crate::source::{SourceId, Sources};
use crate::yaml::{Node, documents};

/// All objects of a text that has nothing wrong with it.
pub(crate) fn parse(sources: &mut Sources, text: &str) -> (SourceId, Vec<Object>) {
    let source = sources.add("test.yaml", text);
    let mut found = Vec::new();
    let mut diagnostics = Diagnostics::default();
    for (document, read) in documents(sources, source).into_iter().enumerate() {
        assert!(read.problems.is_empty(), "{:?}", read.problems);
        let location = Location { source, document, path: Vec::new() };
        let Some(root) = &read.root else { continue };
        found.extend(objects(location, root, &mut diagnostics));
    }
    assert_eq!(diagnostics.iter().count(), 0, "{diagnostics:?}");
    (source, found)
}

/// The only document of a text.
pub(crate) fn node(text: &str) -> Node {
    let mut sources = Sources::default();
    let source = sources.add("test.yaml", text);
    documents(&sources, source).remove(0).root.expect("a document")
}

/// A node as JSON that can be compared.
pub(crate) fn json(node: &Node) -> serde_json::Value {
    serde_json::from_str(&node.json()).expect("JSON")
}

/// The Pipelines among objects.
pub(crate) fn pipelines(objects: &[Object]) -> Vec<&Pipeline> {
    objects.iter().flat_map(Object::pipelines).collect()
}
