//! What the compiler has to say to the user.
//!
//! Diagnostics flow beside the data: a stage pushes all it finds into the [`Diagnostics`] it is given
//! and goes on as far as it can.

mod code;
mod frame;
pub mod render;
mod suggest;

pub use code::Code;
pub(crate) use suggest::suggest;

use crate::source::Span;

/// How much a diagnostic weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Worth knowing; nothing to do.
    Note,
    /// The output differs from the source in a way that the user should accept knowingly.
    Warning,
    /// Nothing is written.
    Error,
}

/// A place in a source with what is to be seen there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// Where.
    pub span: Span,
    /// A few words; may be empty.
    pub text: String,
}

/// One finding: a stable code, a plain sentence, places, and what to type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// Stable identity, also the anchor in `docs/diagnostics.md`.
    pub code: Code,
    /// Apart from the code: `--deny-warnings` and options may raise it.
    pub severity: Severity,
    /// One plain sentence, without a full stop.
    pub message: String,
    /// The first label is the main place.
    pub labels: Vec<Label>,
    /// What to type, or where to cut the group.
    pub help: Option<String>,
}

impl Diagnostic {
    /// A diagnostic with the code's own severity.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code, severity: code.severity(), message: message.into(), labels: Vec::new(), help: None }
    }

    /// Adds a place. The first one added is the main one.
    #[must_use]
    pub fn at(mut self, span: Span, text: impl Into<String>) -> Self {
        self.labels.push(Label { span, text: text.into() });
        self
    }

    /// Sets the help line.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

/// All findings of one invocation, in the order they were made.
#[derive(Debug, Default)]
pub struct Diagnostics(Vec<Diagnostic>);

impl Diagnostics {
    /// Adds one. The same finding made twice (an aliased node, say) is kept once.
    pub fn push(&mut self, diagnostic: Diagnostic) {
        if !self.0.contains(&diagnostic) {
            self.0.push(diagnostic);
        }
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = &Diagnostic> {
        self.0.iter()
    }

    /// If anything forbids output, takes out the notes that describe the output (`TF400` and above).
    pub fn drop_moot(&mut self) {
        if self.has_errors() {
            self.0.retain(|found| found.severity != Severity::Note || found.code.id() < "TF400");
        }
    }

    /// How many weigh this much.
    pub fn count(&self, severity: Severity) -> usize {
        self.0.iter().filter(|d| d.severity == severity).count()
    }

    /// Whether anything was found that forbids output.
    pub fn has_errors(&self) -> bool {
        self.count(Severity::Error) > 0
    }
}
