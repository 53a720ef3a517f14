//! What the process finds around it.

use std::env;
use std::io::{self, IsTerminal};

use crate::cli::Color;
use crate::diag::render::Style;

/// Columns that sentences are wrapped at where there is no terminal.
const WIDTH: usize = 100;

/// What the process finds around it that decides how diagnostics look.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Environment {
    /// Whether standard output is a terminal.
    pub stdout_is_terminal: bool,
    /// Whether standard error is a terminal.
    pub stderr_is_terminal: bool,
    /// `NO_COLOR` is set and not empty, or `TERM` is `dumb`.
    pub no_color: bool,
    /// Whether the locale's characters are UTF-8.
    pub unicode: bool,
    /// The terminal's columns, if standard error is one.
    pub width: Option<usize>,
}

impl Environment {
    /// Looks around.
    pub fn detect() -> Self {
        let set = |name: &str| env::var_os(name).filter(|value| !value.is_empty());
        let locale = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(set).unwrap_or_default();
        let locale = locale.to_string_lossy().to_lowercase();
        Self {
            stdout_is_terminal: io::stdout().is_terminal(),
            stderr_is_terminal: io::stderr().is_terminal(),
            no_color: set("NO_COLOR").is_some() || set("TERM").is_some_and(|term| term == "dumb"),
            unicode: locale.contains("utf-8") || locale.contains("utf8"),
            width: terminal_size::terminal_size_of(io::stderr()).map(|(width, _)| usize::from(width.0)),
        }
    }

    /// Whether to colour what goes to standard error, or else to standard output.
    pub(super) fn color(&self, color: Color, to_stderr: bool) -> bool {
        let is_terminal = if to_stderr { self.stderr_is_terminal } else { self.stdout_is_terminal };
        match color {
            Color::Always => true,
            Color::Never => false,
            Color::Auto => is_terminal && !self.no_color,
        }
    }

    /// How reports look on standard error.
    pub(super) fn style(&self, color: Color) -> Style {
        let width = self.width.unwrap_or(WIDTH).max(40);
        Style { color: self.color(color, true), unicode: self.unicode, width }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TERMINAL: Environment = Environment {
        stdout_is_terminal: true,
        stderr_is_terminal: true,
        no_color: false,
        unicode: true,
        width: Some(80),
    };

    #[test]
    fn colour_is_for_terminals_unless_told_otherwise() {
        assert!(TERMINAL.color(Color::Auto, true));
        assert!(!Environment { stderr_is_terminal: false, ..TERMINAL }.color(Color::Auto, true));
        assert!(Environment { stderr_is_terminal: false, ..TERMINAL }.color(Color::Auto, false));
        assert!(!TERMINAL.color(Color::Never, true));
    }

    #[test]
    fn the_option_weighs_more_than_no_color() {
        let plain = Environment { no_color: true, ..TERMINAL };
        assert!(!plain.color(Color::Auto, true));
        assert!(plain.color(Color::Always, true));
    }

    #[test]
    fn sentences_have_room_in_any_terminal() {
        assert_eq!(TERMINAL.style(Color::Auto).width, 80);
        assert_eq!(Environment { width: Some(3), ..TERMINAL }.style(Color::Auto).width, 40);
        assert_eq!(Environment::default().style(Color::Auto).width, WIDTH);
    }
}
