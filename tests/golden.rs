//! Every case of `testdata/compile` and `testdata/errors`: what the program prints for `in.yaml` must be what stands
//! beside it, `expected.yaml` for standard output and `expected.snap` for exit code and diagnostics.
//!
//! `INSTA_UPDATE=always cargo test --test golden` writes both anew.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "tests say what they did")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// Runs `tkn-fuse compile in.yaml` with the case's own arguments, in the case's directory.
fn compile(case: &Path) -> Output {
    let args = fs::read_to_string(case.join("args")).unwrap_or_default();
    let mut command = Command::new(env!("CARGO_BIN_EXE_tkn-fuse"));
    command.args(["compile", "in.yaml"]).args(args.lines().filter(|line| !line.is_empty()));
    command.current_dir(case).env("LC_ALL", "C.UTF-8").output().expect("the program runs")
}

fn cases(directory: &str) -> Vec<PathBuf> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata").join(directory);
    let entries = fs::read_dir(&directory).expect("test cases");
    let mut cases: Vec<PathBuf> =
        entries.map(|entry| entry.expect("an entry").path()).filter(|path| path.is_dir()).collect();
    cases.sort();
    assert!(cases.len() > 10, "too few cases in {}", directory.display());
    cases
}

/// Compares all of a directory before it fails.
fn check(directory: &str) {
    let update = std::env::var("INSTA_UPDATE").is_ok_and(|how| how == "always");
    let mut wrong = Vec::new();
    for case in cases(directory) {
        let name = case.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let output = compile(&case);
        let stderr = String::from_utf8_lossy(&output.stderr);
        let said = format!("exit code {}\n{stderr}", output.status.code().unwrap_or(-1));
        let mut settings = insta::Settings::clone_current();
        settings.set_snapshot_path(&case);
        settings.set_prepend_module_to_snapshot(false);
        settings.set_omit_expression(true);
        let same = settings.bind(|| std::panic::catch_unwind(|| insta::assert_snapshot!("expected", said)).is_ok());
        let file = case.join("expected.yaml");
        if update {
            let _ = fs::remove_file(&file);
            if !output.stdout.is_empty() {
                fs::write(&file, &output.stdout).expect("writable");
            }
        }
        let expected = fs::read(&file).unwrap_or_default();
        if !same || expected != output.stdout {
            if expected != output.stdout {
                let (old, new) = (String::from_utf8_lossy(&expected), String::from_utf8_lossy(&output.stdout));
                eprintln!("{}", similar::TextDiff::from_lines(&*old, &*new).unified_diff().header(&name, "now"));
            }
            wrong.push(name);
        }
    }
    assert!(wrong.is_empty(), "different from what is expected: {}", wrong.join(", "));
}

#[test]
fn compile_cases() {
    check("compile");
}

#[test]
fn error_cases() {
    check("errors");
}

/// Compiling the same input twice gives the same bytes, and compiling the output changes nothing.
#[test]
fn outputs_are_stable() {
    for case in cases("compile") {
        let first = compile(&case);
        assert_eq!(first.stdout, compile(&case).stdout, "{}", case.display());
    }
}
