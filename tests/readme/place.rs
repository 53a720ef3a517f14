//! Where the commands of a document run.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;
use walkdir::WalkDir;

use crate::blocks::Block;
use crate::compare::matches;

/// The commands of others that documents show; what they do in a test.
const STAND_INS: [(&str, &str); 2] = [
    ("kustomize", "cat \"$README_ROOT\"/testdata/example/pipelines/*.yaml"),
    ("kubectl", "case \" $* \" in *' - '*) cat >/dev/null ;; esac"),
];

/// A copy of `testdata` that the commands of one document share, and how the last of them ended.
pub(crate) struct Place {
    root: TempDir,
    directory: PathBuf,
    last: i32,
}

impl Place {
    /// A fresh copy.
    pub(crate) fn new() -> Self {
        let root = tempfile::tempdir().expect("a temporary directory");
        copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata"), &root.path().join("testdata"));
        let programs = root.path().join(".programs");
        fs::create_dir(&programs).expect("a directory");
        for (name, body) in STAND_INS {
            let path = programs.join(name);
            fs::write(&path, format!("#!/bin/sh\n{body}\n")).expect("a stand-in");
            fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("permissions");
        }
        let directory = root.path().to_owned();
        Self { root, directory, last: 0 }
    }

    /// Every block starts at the root.
    pub(crate) fn start(&mut self) {
        self.directory = self.root.path().to_owned();
        self.last = 0;
    }

    /// What a command prints on standard output.
    pub(crate) fn output(&self, command: &str) -> String {
        let output = self.run(command, "");
        assert!(output.status.success(), "{command}: {output:#?}");
        String::from_utf8(output.stdout).expect("UTF-8")
    }

    /// Runs a `sh` block.
    pub(crate) fn script(&mut self, path: &str, block: &Block) {
        for command in block.commands() {
            if !self.enters(&command) && !is_cargo(&command) {
                let output = self.run(&command, "");
                assert!(output.status.success(), "{path}:{}: {command}: {output:#?}", block.line);
            }
        }
    }

    /// Runs a `console` block and compares what is printed.
    pub(crate) fn console(&mut self, path: &str, block: &Block) {
        let lines: Vec<&str> = block.text.lines().collect();
        let mut at = 0;
        while let Some(command) = lines.get(at) {
            let command = command.strip_prefix("$ ").unwrap_or_else(|| panic!("{path}:{}: no command", block.line));
            let shown: Vec<&str> = lines[at + 1..].iter().take_while(|line| !line.starts_with("$ ")).copied().collect();
            at += 1 + shown.len();
            // Within the tests, cargo is not started again; what it would run is.
            let command = command
                .strip_prefix("cargo run --release -- ")
                .map_or_else(|| command.to_owned(), |arguments| format!("tkn-fuse {arguments}"));
            if self.enters(&command) || is_cargo(&command) {
                continue;
            }
            let ended = self.last;
            let output = self.run(&format!("(exit {ended}); {command}"), "exec 2>&1;");
            let printed = String::from_utf8(output.stdout).expect("UTF-8");
            let printed: Vec<&str> = printed.lines().collect();
            let place = format!("{path}:{}: {command}", block.line);
            assert!(
                matches(&shown, &printed),
                "{place}\nshown:\n{}\nprinted:\n{}",
                shown.join("\n"),
                printed.join("\n")
            );
            self.last = output.status.code().unwrap_or(-1);
            let asked = lines.get(at) == Some(&"$ echo $?");
            assert!(self.last == 0 || asked, "{place} ends with {}", self.last);
        }
    }

    /// Whether a command is `cd`, which holds for the rest of the block.
    fn enters(&mut self, command: &str) -> bool {
        let Some(directory) = command.strip_prefix("cd ") else { return false };
        self.directory = self.directory.join(directory);
        true
    }

    /// Runs a command in a shell. A pipe fails if any of its commands does.
    fn run(&self, command: &str, before: &str) -> Output {
        let program = Path::new(env!("CARGO_BIN_EXE_tkn-fuse")).parent().expect("a directory");
        let path = std::env::var("PATH").unwrap_or_default();
        let path = format!("{}:{}:{path}", self.root.path().join(".programs").display(), program.display());
        let script = if before.is_empty() { command.to_owned() } else { format!("{before} {command}") };
        let mut shell = Command::new("bash");
        shell
            .args(["-o", "pipefail", "-c", &script])
            .current_dir(&self.directory)
            .env("PATH", path)
            .env("README_ROOT", self.root.path());
        shell.env("LC_ALL", "C.UTF-8").env("NO_COLOR", "1").env_remove("COLUMNS").output().expect("a shell")
    }
}

fn is_cargo(command: &str) -> bool {
    command.starts_with("cargo ")
}

fn copy(from: &Path, to: &Path) {
    for entry in WalkDir::new(from).into_iter().map(|entry| entry.expect("an entry")) {
        let path = to.join(entry.path().strip_prefix(from).expect("a path below"));
        if entry.file_type().is_dir() {
            fs::create_dir_all(path).expect("a directory");
        } else {
            fs::copy(entry.path(), path).expect("a copy");
        }
    }
}
