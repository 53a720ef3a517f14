//! Why tasks that follow each other stay in different pods.

use std::fmt;

use crate::diag::{Code, Diagnostic, Severity};

/// Two tasks of which one waits for the other, and which stay in different pods.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Apart {
    /// The task that is waited for.
    pub before: String,
    /// The task that waits.
    pub after: String,
    /// Why they stay apart.
    pub why: Why,
}

/// Why two tasks of which one waits for the other stay in different pods. Tasks are named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Why {
    /// The second runs under `finally`.
    Finally,
    /// This one of them is to stay in a pod of its own.
    Kept(String),
    /// Parallelism would be lost: this task stands between them.
    Between(String),
    /// Parallelism would be lost: the first would have to wait for this task as well.
    Before(String),
    /// Parallelism would be lost: this task would have to wait for the second as well.
    After(String),
    /// They cannot be in one group, these other tasks being in it as well.
    Refused {
        /// The other tasks.
        with: Vec<String>,
        /// Why.
        refusal: Refusal,
    },
    /// They stand on a path of which only shorter parts were tried.
    TooLong,
}

impl Why {
    /// A word for programs.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Finally => "finally",
            Self::Kept(_) => "keep",
            Self::Between(_) | Self::Before(_) | Self::After(_) => "lost-parallelism",
            Self::Refused { refusal: Refusal::Told { .. }, .. } => "diagnostic",
            Self::Refused { refusal: Refusal::Limit(_), .. } => "limit",
            Self::TooLong => "too-long",
        }
    }

    /// The other task because of which parallelism would be lost.
    pub fn through(&self) -> Option<&str> {
        match self {
            Self::Between(task) | Self::Before(task) | Self::After(task) => Some(task),
            _ => None,
        }
    }

    /// The code of the diagnostic that forbids it.
    pub fn code(&self) -> Option<Code> {
        match self {
            Self::Refused { refusal: Refusal::Told { code, .. }, .. } => Some(*code),
            _ => None,
        }
    }
}

/// Why tasks cannot be one group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// An error, or a difference that should be accepted knowingly.
    Told {
        /// Its code.
        code: Code,
        /// Its sentence.
        message: String,
    },
    /// More than a limit allows; says which.
    Limit(String),
}

impl Refusal {
    /// The worst of what was said, the first among equals; `None` if nothing forbids the group.
    pub fn of<'d>(diagnostics: impl Iterator<Item = &'d Diagnostic>) -> Option<Self> {
        let worst = diagnostics
            .filter(|it| forbids(it))
            .reduce(|worst, other| if other.severity > worst.severity { other } else { worst })?;
        Some(Self::Told { code: worst.code, message: worst.message.clone() })
    }
}

/// Whether a group of which this is said is none to propose: an error, or a warning about the fused Pipeline. Warnings about
/// the source (`TF1xx` to `TF3xx`, such as `taskRef.version`) that announce no difference hold without the group as well.
pub fn forbids(diagnostic: &Diagnostic) -> bool {
    let is_of_source = || diagnostic.code.id() < "TF400" && diagnostic.changes.is_empty();
    match diagnostic.severity {
        Severity::Error => true,
        Severity::Warning => !is_of_source(),
        Severity::Note => false,
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Told { code, message } => write!(f, "{}: {message}", code.id()),
            Self::Limit(sentence) => f.write_str(sentence),
        }
    }
}

impl fmt::Display for Apart {
    /// One sentence without a full stop.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { before, after, why } = self;
        match why {
            Why::Finally => {
                write!(f, "`{after}` is a finally task: it has to run also if the pod of the tasks is lost")
            }
            Why::Kept(task) => write!(f, "--keep: `{task}` stays in a pod of its own"),
            Why::Between(task) => write!(f, "`{task}` stands between them, and is not in the same group"),
            Why::Before(task) => {
                write!(f, "`{after}` waits for `{task}` as well; `{before}` would have to wait for it, too")
            }
            Why::After(task) => {
                write!(f, "`{task}` waits for `{before}` as well; it would have to wait for `{after}`, too")
            }
            Why::Refused { with, refusal } if with.is_empty() => refusal.fmt(f),
            Why::Refused { with, refusal } => {
                let with = crate::diag::enumerate(with.iter().map(String::as_str));
                write!(f, "together with {with}: {refusal}")
            }
            Why::TooLong => write!(f, "of a path this long only parts of up to {} tasks are tried", super::WINDOW),
        }
    }
}
