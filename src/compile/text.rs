//! One input: read into documents and objects, written with its changes.

use super::changes::Changes;
use super::{Options, Output};
use crate::diag::{Code, Diagnostic, Diagnostics, Severity};
use crate::emit::emit;
use crate::header::source_hash;
use crate::model::{self, Location, Object};
use crate::source::{SourceId, Sources, Span};
use crate::yaml::{self, Document, Node};

/// A text with its documents.
pub(super) struct Text {
    pub(super) source: SourceId,
    pub(super) documents: Vec<Document>,
}

impl Text {
    pub(super) fn read(sources: &Sources, source: SourceId, options: &Options, diagnostics: &mut Diagnostics) -> Self {
        let mut documents = yaml::documents(sources, source);
        let is_error = |problem: &Diagnostic| problem.severity == Severity::Error;
        let template = sources.get(source).text.contains("{{");
        let is_broken = |document: &Document| document.broken || template && document.problems.iter().any(is_error);
        if options.found.contains(&source) && documents.iter().any(is_broken) {
            let problem = documents.iter().flat_map(|document| &document.problems).find(|problem| is_error(problem));
            let reason = problem.map_or_else(String::new, |problem| format!(": {}", problem.message));
            let message = format!("this file passes unread, as it is no YAML{reason}");
            let start = Span::new(source, 0..0);
            diagnostics.push(Diagnostic::new(Code::NotYaml, message).at(start, "found by walking"));
            documents.iter_mut().for_each(|document| document.root = None);
        } else {
            documents
                .iter()
                .flat_map(|document| &document.problems)
                .for_each(|problem| diagnostics.push(problem.clone()));
        }
        Self { source, documents }
    }

    pub(super) fn objects(&self, diagnostics: &mut Diagnostics) -> Vec<Object> {
        let mut objects = Vec::new();
        for (document, read) in self.documents.iter().enumerate() {
            let Some(root) = read.root.as_ref().filter(|root| root.as_mapping().is_some()) else { continue };
            let location = Location { source: self.source, document, path: Vec::new() };
            objects.extend(model::objects(location, root, diagnostics));
        }
        objects
    }

    /// The StepActions in it, by name.
    pub(super) fn step_actions(&self) -> impl Iterator<Item = (String, &Node)> {
        let roots = self.documents.iter().filter_map(|document| document.root.as_ref());
        let is_action = |root: &&Node| root.get("kind").and_then(Node::as_str) == Some("StepAction");
        roots.filter(is_action).filter_map(|root| Some((root.get("metadata")?.get("name")?.as_str()?.to_owned(), root)))
    }

    pub(super) fn emit(
        &self,
        sources: &Sources,
        changes: &Changes,
        options: &Options,
        diagnostics: &mut Diagnostics,
    ) -> Option<Output> {
        let source = self.source;
        let Some((changes, used)) = changes.of(source) else {
            return Some(Output { source, text: sources.get(source).text.clone(), fused: false });
        };
        if diagnostics.has_errors() {
            return None;
        }
        let texts = [source].into_iter().chain(used.iter().copied()).chain(options.groups.iter().copied());
        let hash = source_hash(texts.map(|id| sources.get(id).text.as_str()));
        // A source with marks is a source.
        let hash = (!options.suggest).then_some(hash.as_str());
        let text = emit(sources, &self.documents, changes, hash, diagnostics)?;
        Some(Output { source, text, fused: true })
    }
}
