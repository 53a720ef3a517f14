//! Lowered scripts, run for real by every shell on this machine, against what Tekton did: paste the text, then run.
#![allow(clippy::unwrap_used)]

mod gates;
mod links;
mod lowered;
mod matrix;
mod prelude;
mod quoted;
mod verdicts;
mod whens;

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;
use tkn_fuse::shell::{Lowering, Read, Reference, Shape, lower};

const FIRST: &str = "$(tasks.a.results.r)";
const SECOND: &str = "$(tasks.b.results.s)";

/// The shells that are here, each with the arguments that make it what it is. `sh` and `bash` must be.
fn shells() -> Vec<Vec<&'static str>> {
    let all = [
        vec!["sh"],
        vec!["bash"],
        vec!["bash", "--posix"],
        vec!["dash"],
        vec!["busybox", "ash"],
        vec!["mksh"],
        vec!["ksh93"],
    ];
    let runs = |shell: &Vec<&str>| {
        let [program, arguments @ ..] = shell.as_slice() else { return false };
        Command::new(program).args(arguments).args(["-c", ":"]).output().is_ok_and(|output| output.status.success())
    };
    let here: Vec<_> = all.into_iter().filter(runs).collect();
    assert!(here.contains(&vec!["sh"]) && here.contains(&vec!["bash"]), "sh and bash are needed to test scripts");
    here
}

/// Runs a script as Tekton does: from a file, with its preamble if it has no first line `#!`, whose options go to the
/// shell under test.
fn run(shell: &[&str], dir: &Path, script: &str) -> Output {
    let script = if script.starts_with("#!") { script.to_owned() } else { format!("#!/bin/sh\nset -e\n{script}") };
    let file = dir.join("tkn-fuse-test-script");
    fs::write(&file, &script).unwrap();
    let options = script.lines().next().unwrap().split_whitespace().skip_while(|word| !word.starts_with('-'));
    let mut child = Command::new(shell[0])
        .args(&shell[1..])
        .args(options)
        .arg(&file)
        .args(["one", "two words"])
        .current_dir(dir)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A script that does not read its input may be gone before it is written.
    let _ = child.stdin.take().unwrap().write_all(b"first line\nsecond line\n");
    child.wait_with_output().unwrap()
}

/// The script's text with `@1` and `@2` as references, and the places of those with the read they name.
fn with_references(script: &str) -> (String, Vec<Reference>) {
    let script = script.replace("@1", FIRST).replace("@2", SECOND);
    let places = |text: &'static str, read| {
        script.match_indices(text).map(move |(at, text)| Reference { range: at..at + text.len(), read }).collect()
    };
    let references = [places(FIRST, 0), places(SECOND, 1)].map(|found: Vec<_>| found).concat();
    (script, references)
}

/// The reads of two results that hold `values`.
fn reads(dir: &Path, values: [&[u8]; 2]) -> Vec<Read> {
    let read = |name: &str, value: &[u8]| {
        let path = dir.join(format!("result '{name}'"));
        fs::write(&path, value).unwrap();
        let path = path.to_str().unwrap().to_owned();
        Read { path, what: format!("result `{name}` of task `it's`"), shape: Shape::Text }
    };
    vec![read("r", values[0]), read("s", values[1])]
}

/// Lowers for reads that hold `values` and runs under `shell`.
fn run_lowered(shell: &[&str], script: &str, values: [&[u8]; 2], change: impl Fn(&mut Lowering)) -> Output {
    let (dir, results) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let (script, references) = with_references(script);
    let reads = reads(results.path(), values);
    let mut lowering = Lowering { member: "deploy".to_owned(), reads, references, enter: None, gate: None };
    change(&mut lowering);
    run(shell, dir.path(), &lower(&script, &lowering))
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
