//! Why the program stops that is not the input's fault.

use std::fmt;

use serde::Serialize;

use super::Exit;

/// Why the program stops: one or more messages, a help line, and the exit code.
#[derive(Debug, Serialize)]
pub(super) struct Failure {
    #[serde(skip)]
    exit: Exit,
    messages: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    help: Option<String>,
}

impl Failure {
    /// The arguments make no sense together.
    pub(super) fn usage(message: impl Into<String>, help: impl Into<String>) -> Self {
        Self { exit: Exit::Usage, messages: vec![message.into()], help: Some(help.into()) }
    }

    /// A file or stream could not be read or written.
    pub(super) fn io(message: impl Into<String>) -> Self {
        Self { exit: Exit::Unreadable, messages: vec![message.into()], help: None }
    }

    /// All of `messages`, which say what could not be read or written; nothing if there are none.
    pub(super) fn all_io(messages: Vec<String>) -> Option<Self> {
        (!messages.is_empty()).then_some(Self { exit: Exit::Unreadable, messages, help: None })
    }

    /// Sets the help line.
    pub(super) fn help(self, help: impl Into<String>) -> Self {
        Self { help: Some(help.into()), ..self }
    }

    /// How the program ends.
    pub(super) fn exit(&self) -> Exit {
        self.exit
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.messages.iter().try_for_each(|message| writeln!(f, "error: {message}"))?;
        self.help.iter().try_for_each(|help| writeln!(f, "help: {help}"))
    }
}
