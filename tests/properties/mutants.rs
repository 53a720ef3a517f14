//! The cases of `testdata`, a little broken.

use std::fs;
use std::path::Path;

use proptest::prelude::*;
use proptest::sample::{Index, select};
use walkdir::WalkDir;

/// An input with its arguments.
#[derive(Debug)]
pub(crate) struct Case {
    pub(crate) args: Vec<String>,
    pub(crate) text: String,
}

/// Every `in.yaml` below `testdata`, in a stable order.
pub(crate) fn cases() -> Vec<Case> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata");
    let entries = WalkDir::new(root).sort_by_file_name().into_iter().map(|entry| entry.unwrap().into_path());
    let inputs = entries.filter(|path| path.file_name().is_some_and(|name| name == "in.yaml"));
    let case = |path: std::path::PathBuf| {
        let args = fs::read_to_string(path.with_file_name("args")).unwrap_or_default();
        // Paths in `args` are the case's own.
        let args = if args.contains("--tasks") { String::new() } else { args };
        let args = args.lines().filter(|line| !line.is_empty()).map(str::to_owned).collect();
        Case { args, text: fs::read_to_string(path).unwrap() }
    };
    let cases: Vec<Case> = inputs.map(case).collect();
    assert!(cases.len() > 100, "too few cases: {}", cases.len());
    cases
}

/// One thing that happens to a text.
#[derive(Clone, Debug)]
pub(crate) enum Mutation {
    DeleteLines(Index, usize),
    DuplicateLine(Index, Index),
    SwapLines(Index, Index),
    /// Another indentation for a line.
    Shift(Index, usize),
    /// Another value for the key on a line.
    Value(Index, String),
    /// The value of another line.
    CopyValue(Index, Index),
    /// A word in the place of another word of the text, everywhere.
    Rename(Index, Index),
    /// Something in the middle of anything.
    Insert(Index, String),
}

/// What may stand in the place of a value.
const VALUES: &[&str] = &[
    "",
    "~",
    "0",
    "-1",
    "yes",
    "{}",
    "[]",
    "[a, b]",
    "{a: b}",
    "[[]]",
    "g",
    "one",
    "two",
    "''",
    "\"a\\0b\"",
    "|",
    ">-",
    "&a x",
    "*a",
    "!!str 1",
    "é😀",
    "$(params.x)",
    "$(params['a.b'][0])",
    "$(params.list[*])",
    "$(tasks.one.results.r)",
    "'`$(tasks.one.results.r)`'",
    "\"'$(tasks.one.results.r[*])\"",
    "$(tasks.one.results.r[99999999999999999999])",
    "$(tasks.one.results.r.k)",
    "$(tasks.two.status)",
    "$(tasks.status)",
    "$(steps.s.results.r)",
    "$(steps.step-s.exitCode.path)",
    "$(results.r.path)",
    "$(step.results.r.path)",
    "$(workspaces.w.path)/a",
    "$(workspaces..path)",
    "$(context.taskRun.name)",
    "$(",
    "$$(params.x)",
    "/tekton/results",
    "/tekton/results/r",
    "/tekton/run/0",
    "/tekton/steps/step-",
    "/tekton/home/x",
    "/workspace",
    "\"#!/bin/sh\\n\\\"$(tasks.one.results.r)\"",
    "\"#!/usr/bin/env python\\n$(tasks.one.results.r)\"",
    "\"cat <<E\\n$(tasks.one.results.r)\\nE\"",
    "99999999999999999999",
    "1e400",
    "1h1m",
    "100000h",
    "tekton.dev/v1beta1",
    "Task",
    "List",
    "finally",
    "inf",
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
];

/// What may be stuck in between.
const PIECES: &[&str] = &[
    " ",
    "  ",
    "\n",
    "\r\n",
    "\t",
    ":",
    ": ",
    "- ",
    "#",
    " #",
    "'",
    "\"",
    "{",
    "}",
    "[",
    "]",
    ",",
    "&a ",
    "*a",
    "<<: *a\n",
    "|",
    "\\",
    "---\n",
    "...\n",
    "\u{feff}",
    "\0",
    "\u{85}",
    "\u{2028}",
    "é",
    "$(",
    ")",
    "`",
    "group: g\n",
    "finally:\n",
    "%YAML 1.2\n",
];

pub(crate) fn mutation() -> impl Strategy<Value = Mutation> {
    let line = any::<Index>;
    prop_oneof![
        2 => (line(), 1..4_usize).prop_map(|(at, count)| Mutation::DeleteLines(at, count)),
        1 => (line(), line()).prop_map(|(at, to)| Mutation::DuplicateLine(at, to)),
        1 => (line(), line()).prop_map(|(one, other)| Mutation::SwapLines(one, other)),
        1 => (line(), 0..9_usize).prop_map(|(at, column)| Mutation::Shift(at, column)),
        4 => (line(), select(VALUES)).prop_map(|(at, value)| Mutation::Value(at, value.to_owned())),
        3 => (line(), line()).prop_map(|(from, to)| Mutation::CopyValue(from, to)),
        2 => (line(), line()).prop_map(|(from, to)| Mutation::Rename(from, to)),
        1 => (line(), select(PIECES)).prop_map(|(at, piece)| Mutation::Insert(at, piece.to_owned())),
    ]
}

impl Mutation {
    pub(crate) fn apply(&self, text: &str) -> String {
        let mut lines: Vec<String> = text.split('\n').map(str::to_owned).collect();
        let count = lines.len();
        match self {
            Self::DeleteLines(at, length) => {
                let at = at.index(count);
                lines.drain(at..(at + length).min(count));
            }
            Self::DuplicateLine(at, to) => lines.insert(to.index(count), lines[at.index(count)].clone()),
            Self::SwapLines(one, other) => lines.swap(one.index(count), other.index(count)),
            Self::Shift(at, column) => {
                let line = &mut lines[at.index(count)];
                *line = format!("{:column$}{}", "", line.trim_start());
            }
            Self::Value(at, value) => set_value(&mut lines[at.index(count)], value),
            Self::CopyValue(from, to) => {
                let value = value(&lines[from.index(count)]).to_owned();
                set_value(&mut lines[to.index(count)], &value);
            }
            Self::Rename(from, to) => return rename(text, from, to),
            Self::Insert(at, piece) => {
                let ends: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
                let (before, after) = text.split_at(*at.get(&ends));
                return format!("{before}{piece}{after}");
            }
        }
        lines.join("\n")
    }
}

/// Where the value of a line begins: behind `: `, or behind `- `.
fn value_start(line: &str) -> usize {
    let behind = |separator: &str| line.find(separator).map(|at| at + separator.len());
    behind(": ").or_else(|| behind("- ")).unwrap_or(line.len())
}

fn value(line: &str) -> &str {
    &line[value_start(line)..]
}

fn set_value(line: &mut String, value: &str) {
    line.truncate(value_start(line));
    if line.ends_with(':') {
        line.push(' ');
    }
    line.push_str(value);
}

fn rename(text: &str, from: &Index, to: &Index) -> String {
    let words: Vec<&str> =
        text.split(|c: char| !c.is_alphanumeric() && c != '-').filter(|word| !word.is_empty()).collect();
    if words.is_empty() {
        return text.to_owned();
    }
    text.replace(words[from.index(words.len())], words[to.index(words.len())])
}
