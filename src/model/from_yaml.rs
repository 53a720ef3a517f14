//! Documents for tests, parsed without the reader.

use super::{Kind, Location, Object, Pipeline, objects};
use crate::diag::Diagnostics;
use crate::group::annotation::{Locator, to_node};
use crate::source::{SourceId, Sources, Span};

/// All objects of a text with `---` between documents; scalars have the places where their text is found.
pub(crate) fn parse(sources: &mut Sources, text: &str) -> (SourceId, Vec<Object>) {
    let source = sources.add("test.yaml", text);
    let mut found = Vec::new();
    let mut at = 0;
    for (document, part) in text.split_inclusive("\n---\n").enumerate() {
        let whole = Span::new(source, at..at + part.len());
        at += part.len();
        let value = serde_yaml::from_str(part.trim_end_matches("---\n")).expect("the test's YAML is valid");
        let root = to_node(&value, &mut Locator::new(sources, whole));
        let mut diagnostics = Diagnostics::default();
        found.extend(objects(Location { source, document, path: Vec::new() }, &root, &mut diagnostics));
        assert_eq!(diagnostics.iter().count(), 0, "{:?}", diagnostics);
    }
    (source, found)
}

/// The Pipelines among objects.
pub(crate) fn pipelines(objects: &[Object]) -> Vec<&Pipeline> {
    let pipeline = |object| match object {
        &Object { kind: Kind::Pipeline(ref pipeline) | Kind::Run(_, Some(ref pipeline)), .. } => Some(pipeline),
        _ => None,
    };
    objects.iter().filter_map(pipeline).collect()
}
