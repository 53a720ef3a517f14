//! Why the program stops that is not the input's fault.

use std::io::Write;

use super::{Exit, tell};

/// Why the program stops: one or more messages, a help line, and the exit code.
#[derive(Debug)]
pub(super) struct Failure {
    exit: Exit,
    messages: Vec<String>,
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

    /// Says it, and how the program ends.
    pub(super) fn tell(&self, stderr: &mut dyn Write) -> Exit {
        for message in &self.messages {
            tell(stderr, &format!("error: {message}\n"));
        }
        if let Some(help) = &self.help {
            tell(stderr, &format!("help: {help}\n"));
        }
        self.exit
    }
}
