//! Builds and runs the Go program in `tests/yaml-parity`.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

/// What Go makes of each text; `None`, with a word on standard error, where there is no Go.
pub(crate) fn read(texts: &[&str]) -> Option<Vec<serde_json::Value>> {
    static PROGRAM: OnceLock<Option<PathBuf>> = OnceLock::new();
    let Some(program) = PROGRAM.get_or_init(build) else {
        eprintln!("skipped: go is not installed, or the program in tests/yaml-parity could not be built");
        return None;
    };
    let mut child = Command::new(program).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut input = String::new();
    for text in texts {
        writeln!(input, "{}", text.len()).unwrap();
        input.push_str(text);
    }
    let mut stdin = child.stdin.take().unwrap();
    let writer = std::thread::spawn(move || stdin.write_all(input.as_bytes()));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap().unwrap();
    assert!(output.status.success(), "the Go program failed");
    let answers = String::from_utf8(output.stdout).unwrap();
    let answers: Vec<_> = answers.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(answers.len(), texts.len());
    Some(answers)
}

/// Compiles into the target folder, so that the source tree stays clean.
fn build() -> Option<PathBuf> {
    let program = Path::new(env!("CARGO_TARGET_TMPDIR")).join("yaml-parity");
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/yaml-parity");
    let build = Command::new("go").arg("build").arg("-o").arg(&program).arg(".").current_dir(folder).status();
    build.is_ok_and(|status| status.success()).then_some(program)
}
