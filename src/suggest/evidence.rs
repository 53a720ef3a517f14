//! What a Task does first with a workspace, as far as its text shows.
//!
//! Only what is known to write counts as writing; whatever else has the path of the workspace in it counts as reading. So
//! a workspace with credentials is never taken for scratch space, and many a scratch space is not recognised.

mod words;

use std::collections::BTreeSet;

use crate::model::TaskSpec;
use crate::shell::{Interpreter, interpreter};
use crate::yaml::Node;
use words::{Command, FROM, INTO, commands};

/// The first command of a Task that writes to a workspace, if none has read it before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FirstWrite {
    /// The step's name, or `unnamed-0` and so on.
    pub step: String,
    /// The command on one line, its words without quotes; cut if it is long.
    pub command: String,
}

/// A workspace of a Task.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    /// The Task's name for it.
    pub name: &'a str,
    /// Where it is mounted.
    pub mount_path: &'a str,
}

/// What a command does with a workspace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Touch {
    Writes,
    Reads,
}

/// The first command of a Task that touches a workspace, if it writes.
pub fn first_write(spec: &TaskSpec, place: Place<'_>) -> Option<FirstWrite> {
    for (index, step) in spec.steps.iter().enumerate() {
        let mut scope = Scope::new(spec, step, place);
        for command in step_commands(step, &scope)? {
            match scope.touch(&command) {
                None => {}
                Some(Touch::Reads) => return None,
                Some(Touch::Writes) => {
                    let step = step.get("name").and_then(Node::as_str).filter(|name| !name.is_empty());
                    let step = step.map_or_else(|| format!("unnamed-{index}"), str::to_owned);
                    return Some(FirstWrite { step, command: one_line(&command) });
                }
            }
        }
    }
    None
}

/// The longest command that is shown whole, in characters.
const LONGEST: usize = 90;

fn one_line(command: &Command) -> String {
    let line = command.iter().flat_map(|word| word.split_whitespace()).collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}...", &line[..end]),
        None => line,
    }
}

/// The commands of a step; `None` if it may touch the workspace in a way that cannot be seen.
fn step_commands(step: &Node, scope: &Scope) -> Option<Vec<Command>> {
    let texts = |key: &str| -> Vec<String> {
        let items = step.get(key).and_then(Node::as_sequence).unwrap_or_default();
        items.iter().filter_map(Node::as_str).map(str::to_owned).collect()
    };
    if step.get("ref").is_some() {
        let mut touches = false;
        crate::yaml::each_text(step, &mut |text| touches |= scope.mentions(text));
        return (!touches).then(Vec::new);
    }
    let Some(script) = step.get("script").and_then(Node::as_str).filter(|script| !script.is_empty()) else {
        let words = [texts("command"), texts("args")].concat();
        return Some(match words.iter().position(|word| word == "-c") {
            Some(at) if is_shell(&words[0]) => words.get(at + 1).map(|script| commands(script)).unwrap_or_default(),
            _ => vec![words],
        });
    };
    match interpreter(script) {
        Interpreter::Shell(_) => Some(commands(script)),
        _ => (!scope.inside && !scope.mentions(script) && scope.variables.is_empty()).then(Vec::new),
    }
}

fn is_shell(program: &str) -> bool {
    ["sh", "bash", "ash", "dash", "ksh"].contains(&base_name(program))
}

fn base_name(program: &str) -> &str {
    program.rsplit('/').next().unwrap_or(program)
}

/// What is known of a workspace at a place of a step.
struct Scope {
    paths: [String; 2],
    /// Variables whose value has the path in it.
    variables: BTreeSet<String>,
    /// Whether the working directory is in the workspace.
    inside: bool,
}

impl Scope {
    fn new(spec: &TaskSpec, step: &Node, place: Place<'_>) -> Self {
        let paths = [format!("$(workspaces.{}.path)", place.name), place.mount_path.trim_end_matches('/').to_owned()];
        let mut scope = Self { paths, variables: BTreeSet::new(), inside: false };
        let template = spec.step_template.as_ref();
        for node in [template, Some(step)].into_iter().flatten() {
            for entry in node.get("env").and_then(Node::as_sequence).unwrap_or_default() {
                let text = |key: &str| entry.get(key).and_then(Node::as_str);
                if let (Some(name), Some(value)) = (text("name"), text("value")) {
                    scope.assign(name, value);
                }
            }
        }
        let directory = step.get("workingDir").or_else(|| template?.get("workingDir")).and_then(Node::as_str);
        scope.inside = directory.is_some_and(|directory| scope.mentions(directory));
        scope
    }

    fn assign(&mut self, name: &str, value: &str) {
        if self.mentions(value) {
            self.variables.insert(name.to_owned());
        }
    }

    /// Whether a text has the path of the workspace in it.
    fn mentions(&self, text: &str) -> bool {
        let ends = |rest: &str| !rest.starts_with(|c: char| c.is_ascii_alphanumeric() || "_-.".contains(c));
        let path = |path: &String| {
            !path.is_empty() && text.match_indices(path.as_str()).any(|(at, _)| ends(&text[at + path.len()..]))
        };
        let variable = |name: &String| {
            text.match_indices('$').any(|(at, _)| {
                let rest = &text[at + 1..];
                let rest = rest.strip_prefix(['{', '(']).unwrap_or(rest);
                let name_ends = |rest: &str| !rest.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_');
                rest.strip_prefix(name.as_str()).is_some_and(name_ends)
            })
        };
        self.paths.iter().any(path) || self.variables.iter().any(variable)
    }

    /// What a command does with the workspace; `None` if it only names it, or has nothing to do with it.
    fn touch(&mut self, command: &Command) -> Option<Touch> {
        let mut words = command.as_slice();
        while let Some((word, rest)) = words.split_first() {
            if let Some((name, value)) = assignment(word) {
                self.assign(name, value);
            } else if !BEFORE_COMMANDS.contains(&word.as_str()) {
                break;
            }
            words = rest;
        }
        let (program, words) = words.split_first()?;
        let (arguments, files) = redirections(words);
        let here = |word: &&str| self.mentions(word) || self.inside && !word.starts_with(['/', '-', '$']);
        let writes = files.iter().any(|(operator, file)| *operator == INTO && here(file));
        let reads = files.iter().any(|(operator, file)| *operator == FROM && here(file));
        let touch = if reads || self.mentions(program) {
            Some(Touch::Reads)
        } else {
            self.touch_by(base_name(program), &arguments)
        };
        touch.or(writes.then_some(Touch::Writes))
    }

    /// What a program does with the workspace by its arguments.
    fn touch_by(&mut self, program: &str, arguments: &[&str]) -> Option<Touch> {
        let named = arguments.iter().any(|argument| self.mentions(argument));
        if matches!(program, "cd" | "pushd") {
            let absolute = arguments.iter().any(|argument| argument.starts_with(['/', '$']));
            self.inside = named || self.inside && !absolute;
            return None;
        }
        if matches!(program, "export" | "local" | "readonly" | "declare" | "typeset") {
            arguments.iter().filter_map(|word| assignment(word)).for_each(|(name, value)| self.assign(name, value));
            return None;
        }
        if HARMLESS.contains(&program) || !(named || self.inside) {
            return None;
        }
        // Inside of the workspace every path may be one of its.
        let here = |argument: &str| self.mentions(argument) || self.inside && !argument.starts_with(['/', '$']);
        let plain: Vec<&str> = arguments.iter().copied().filter(|argument| !argument.starts_with('-')).collect();
        let (last, others) = plain.split_last().map_or(("", &[][..]), |(last, others)| (*last, others));
        let has = |words: &[&str]| arguments.iter().any(|argument| words.contains(argument));
        let writes = match program {
            "mkdir" | "touch" | "tee" | "truncate" => plain.iter().any(|argument| here(argument)),
            "cp" | "mv" | "ln" | "install" => here(last) && !others.iter().any(|argument| here(argument)),
            "git" => match git_command(arguments) {
                "clone" => plain.len() == 2 && self.inside || here(last),
                "init" => true,
                "config" | "ls-remote" | "version" => return None,
                _ => false,
            },
            "git-init" => true,
            "find" if has(&["-delete"]) || has(&["-exec"]) && has(&["rm"]) => return None,
            "tar" => extracts(arguments) && self.only_behind(arguments, &["-C", "--directory"]),
            "unzip" => self.only_behind(arguments, &["-d"]),
            _ => self.only_behind(arguments, OUTPUTS),
        };
        Some(if writes { Touch::Writes } else { Touch::Reads })
    }

    /// Whether the path of the workspace stands only behind options of these names, and does.
    fn only_behind(&self, arguments: &[&str], options: &[&str]) -> bool {
        let mut found = false;
        for (at, argument) in arguments.iter().enumerate().filter(|(_, argument)| self.mentions(argument)) {
            let behind = at.checked_sub(1).is_some_and(|before| options.contains(&arguments[before]));
            let attached = argument.split_once('=').is_some_and(|(option, _)| options.contains(&option));
            if !behind && !attached {
                return false;
            }
            found = true;
        }
        found
    }
}

/// Words that stand before a command.
const BEFORE_COMMANDS: &[&str] = &[
    "if", "then", "else", "elif", "while", "until", "do", "!", "time", "exec", "command", "sudo", "{", "}", "fi",
    "done",
];

/// Commands that need nothing of what is in a directory and put nothing there.
const HARMLESS: &[&str] = &[
    "[", "[[", "test", "echo", "printf", "ls", "pwd", "set", "chmod", "chown", "rm", "rmdir", "true", ":", "unset",
    "shift", "trap", "sleep",
];

/// Options that name what is written.
const OUTPUTS: &[&str] =
    &["-o", "-O", "-output", "--output", "--output-file", "--output-dir", "--output-document", "--outdir", "--out"];

/// The redirections among words, and the other words.
fn redirections(words: &[String]) -> (Vec<&str>, Vec<(&str, &str)>) {
    let (mut arguments, mut files) = (Vec::new(), Vec::new());
    let mut words = words.iter().map(String::as_str);
    while let Some(word) = words.next() {
        match word {
            INTO | FROM => files.extend(words.next().map(|file| (word, file))),
            _ => arguments.push(word),
        }
    }
    (arguments, files)
}

/// `NAME=value`.
fn assignment(word: &str) -> Option<(&str, &str)> {
    let (name, value) = word.split_once('=')?;
    let is_name = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    is_name.then_some((name, value))
}

/// What `git` is told to do.
fn git_command<'w>(arguments: &[&'w str]) -> &'w str {
    let mut words = arguments.iter().copied();
    while let Some(word) = words.next() {
        match word {
            "-C" | "-c" | "--git-dir" | "--work-tree" => _ = words.next(),
            _ if word.starts_with('-') => {}
            _ => return word,
        }
    }
    ""
}

/// Whether `tar` extracts.
fn extracts(arguments: &[&str]) -> bool {
    let first = arguments.first().copied().unwrap_or_default();
    let short = |word: &str| !word.starts_with("--") && word.starts_with('-') && word.contains('x');
    !first.starts_with('-') && first.contains('x') && !first.contains('/')
        || arguments.iter().any(|word| short(word) || matches!(*word, "--extract" | "--get"))
}

#[cfg(test)]
mod tests;
