//! What is decided while the pod runs, before a step does its work.

use super::Template;

/// What is decided before a step runs, in the order of the fields. Paths are absolute.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Gate {
    /// The task that the step belongs to, as messages name it.
    pub member: String,
    /// Written first, whatever comes, such as the statuses that tasks have before they start.
    pub writes: Vec<FileText>,
    /// The statuses of members that have ended by now.
    pub settles: Vec<Settle>,
    /// Steps of which none may have failed, else this one is skipped as `stopped`.
    pub failures: Vec<Watched>,
    /// The file with this member's state, for a later step of a member whose first step decided: anything but `true`
    /// there skips this one too.
    pub own: Option<String>,
    /// The members that this one inherits a skip from.
    pub skips: Vec<Inherited>,
    /// What the first step of a member decides for all of them.
    pub state: Option<State>,
    /// The file that gets the reason if the step is skipped.
    pub skipped_to: Option<String>,
}

/// A text to write to a file, in a directory that exists.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FileText {
    /// Absolute path of the file.
    pub path: String,
    /// All that is written; no newline is added.
    pub text: String,
}

/// An earlier step whose exit code counts. One that left no exit code after 10 seconds has failed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Watched {
    /// Its name in the fused Task. Its exit code is in `/tekton/steps/step-NAME/exitCode`, which Tekton's entrypoint
    /// writes shortly after it has let the next step start (`pkg/entrypoint/entrypointer.go`, v1.15.1), without a
    /// newline; `-1` stands for a signal.
    pub step: String,
    /// The task that it belongs to, as messages name it.
    pub member: String,
    /// What the task's author called the step; empty for a helper step.
    pub origin: String,
}

/// A status that becomes `Succeeded` if its member ran and ended well, and stays what it is otherwise.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settle {
    /// The file with the status.
    pub status: String,
    /// The file with the member's state, if it may have been skipped.
    pub ran: Option<String>,
    /// The steps of which none may have failed.
    pub steps: Vec<Watched>,
}

/// A member whose skip may be inherited.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Inherited {
    /// The file with its state.
    pub ran: String,
    /// Its name in messages.
    pub member: String,
    /// Whether results of it are used. If not, only its state `parent` is inherited.
    pub results: bool,
}

/// How the state of a member comes about: `true` it runs, `false` its own `when` said no, `parent` it is skipped
/// because others are, `stopped` because one has failed. The rules are those of Tekton's `skip` (`pipelinerunresolution.go`, v1.15.1): while a result is
/// missing, all references in `when` are literal text; a `when` that is false goes before a skip of a parent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct State {
    /// The file that gets the state.
    pub file: Option<String>,
    /// The member's `when`, all of which must be true.
    pub clauses: Vec<Clause>,
    /// What else belongs to its `when`.
    pub probe: Option<Probe>,
    /// Whether a read whose file is missing makes the member skip as `parent` instead of fail. It fails only if no
    /// clause is false.
    pub lenient: bool,
    /// Written if the member runs.
    pub on_run: Vec<FileText>,
    /// Written if it is skipped, though not because of a failure.
    pub on_skip: Vec<FileText>,
}

/// Clauses of a `when` that Tekton decides, as the `when` of an earlier step.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Probe {
    /// The file that the step leaves if all of them are true (see [`probe_script`](super::probe_script)).
    pub file: String,
    /// What messages show of them. Nothing in it is replaced, long texts are cut.
    pub shown: String,
}

/// One `when` clause. References in its texts index the reads of the step. Tekton's variables in them are left for its
/// controller to replace; what it pastes is no shell code.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Clause {
    /// The text that is looked for, compared to the byte.
    pub input: Template,
    /// Whether it must be none of the values (`notin`) instead of one of them.
    pub negated: bool,
    /// The texts that it is compared with.
    pub values: Vec<Template>,
    /// Indexes of reads with [`Shape::Elements`](super::Shape::Elements), with each of whose elements it is compared, too.
    pub lists: Vec<usize>,
    /// The outcome of comparing references while results are missing. Texts without any are compared all the same.
    /// Without it, a literal reference equals no text.
    pub literal: Option<bool>,
    /// What messages show of it. Nothing in it is replaced, long texts are cut.
    pub shown: String,
}

impl Gate {
    /// Whether nothing is decided and nothing written.
    pub fn is_empty(&self) -> bool {
        let Self { writes, settles, failures, own, skips, state, .. } = self;
        let stateless = state.as_ref().is_none_or(|state| *state == State::default());
        writes.is_empty() && settles.is_empty() && failures.is_empty() && own.is_none() && skips.is_empty() && stateless
    }
}
