//! What the compiler has to say to the user.
//!
//! Diagnostics flow beside the data: a stage pushes all it finds into the [`Diagnostics`] it is given
//! and goes on as far as it can.

mod about;
mod code;
mod condition;
mod enumerate;
mod frame;
pub mod json;
mod observable;
pub mod render;
mod suggest;

pub use about::About;
pub use code::Code;
pub use condition::Condition;
pub(crate) use enumerate::{enumerate, list};
pub use observable::Observable;
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

impl Severity {
    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
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
    /// What it is about; whoever announces a difference says of what.
    pub about: About,
    /// The observables of a run that it says may differ: those of its code, or fewer.
    pub changes: &'static [Observable],
    /// What has to be so in a run for the difference to show.
    pub only_if: Option<Condition>,
}

impl Diagnostic {
    /// A diagnostic with the code's own severity and changes.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self {
            code,
            severity: code.severity(),
            message: message.into(),
            labels: Vec::new(),
            help: None,
            about: About::default(),
            changes: code.changes(),
            only_if: None,
        }
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

    /// Adds pipeline tasks that it is about.
    #[must_use]
    pub fn of<'n>(mut self, members: impl IntoIterator<Item = &'n str>) -> Self {
        for member in members {
            if !self.about.members.iter().any(|other| other == member) {
                self.about.members.push(member.to_owned());
            }
        }
        self
    }

    /// Adds steps of the one member that it is about.
    #[must_use]
    pub fn in_steps(mut self, steps: impl IntoIterator<Item = String>) -> Self {
        self.about.steps.extend(steps);
        self
    }

    /// Adds results of a pipeline task, which it is about then, too, if there are any.
    #[must_use]
    pub fn with_results<'n>(self, member: &'n str, results: impl IntoIterator<Item = &'n str>) -> Self {
        let results: Vec<String> = results.into_iter().map(|result| format!("{member}.{result}")).collect();
        let mut told = if results.is_empty() { self } else { self.of([member]) };
        for result in results {
            if !told.about.results.contains(&result) {
                told.about.results.push(result);
            }
        }
        told
    }

    /// Takes back what its code announces: here, no run can differ.
    #[must_use]
    pub fn without_changes(self) -> Self {
        Self { changes: &[], ..self }
    }

    /// Says on what the difference depends.
    #[must_use]
    pub fn only_if(mut self, condition: Condition) -> Self {
        self.only_if = Some(condition);
        self
    }

    /// Whether a reader sees no difference to `other`: both say the same, perhaps of two Pipelines that share a Task.
    fn reads_like(&self, other: &Self) -> bool {
        let said = |it: &'_ Self| (it.code, it.severity);
        said(self) == said(other)
            && (&self.message, &self.labels, &self.help) == (&other.message, &other.labels, &other.help)
    }
}

/// All findings of one invocation, in the order they were made.
#[derive(Debug, Default)]
pub struct Diagnostics {
    found: Vec<Found>,
    /// The Pipeline and the group that is being looked at.
    around: About,
}

#[derive(Debug)]
struct Found {
    diagnostic: Diagnostic,
    /// Whether another one before it reads like it.
    again: bool,
}

impl Diagnostics {
    /// Adds one. The same finding made twice (an aliased node, say) is kept once.
    pub fn push(&mut self, mut diagnostic: Diagnostic) {
        diagnostic.about = diagnostic.about.within(&self.around);
        if !self.iter().any(|other| *other == diagnostic) {
            let again = self.iter().any(|other| other.reads_like(&diagnostic));
            self.found.push(Found { diagnostic, again });
        }
    }

    /// Does something to a Pipeline, or to a group of it: what is found meanwhile is about that.
    pub fn about<T>(&mut self, about: About, look: impl FnOnce(&mut Self) -> T) -> T {
        let around = std::mem::take(&mut self.around);
        self.around = about.within(&around);
        let found = look(self);
        self.around = around;
        found
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = &Diagnostic> {
        self.found.iter().map(|found| &found.diagnostic)
    }

    /// All that say something new to a reader: the same sentence about the same place of a Task stands there once, however
    /// many Pipelines use the Task.
    pub fn distinct(&self) -> impl Iterator<Item = &Diagnostic> {
        self.found.iter().filter(|found| !found.again).map(|found| &found.diagnostic)
    }

    /// If anything forbids output, takes out the notes that describe the output (`TF400` and above).
    pub fn drop_moot(&mut self) {
        if self.has_errors() {
            let is_moot = |it: &Diagnostic| it.severity == Severity::Note && it.code.id() >= "TF400";
            self.found.retain(|found| !is_moot(&found.diagnostic));
        }
    }

    /// How many distinct ones weigh this much.
    pub fn count(&self, severity: Severity) -> usize {
        self.distinct().filter(|it| it.severity == severity).count()
    }

    /// Whether anything was found that forbids output.
    pub fn has_errors(&self) -> bool {
        self.count(Severity::Error) > 0
    }
}
