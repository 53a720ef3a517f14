//! `docs/diagnostics.md` has one section per code, and every code is tested.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use tkn_fuse::diag::{Code, Observable, Severity};

/// Codes about files as such, which an `in.yaml` cannot trigger: tests of the command line mention them.
const BY_COMMAND_LINE: [&str; 6] = ["TF120", "TF121", "TF122", "TF123", "TF124", "TF139"];

/// Codes that no input is known to trigger, and why.
const NOT_TRIGGERED: [(&str, &str); 1] = [("TF410", "guards against faults of the program itself")];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: impl AsRef<Path>) -> String {
    let path = root().join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The files below a directory that end in `suffix`.
fn files(directory: &str, suffix: &str) -> Vec<PathBuf> {
    let entries = walkdir::WalkDir::new(root().join(directory)).sort_by_file_name();
    let paths = entries.into_iter().map(|entry| entry.expect("an entry").into_path());
    paths.filter(|path| path.to_string_lossy().ends_with(suffix)).collect()
}

/// The sections of the document: heading, and the text below it.
fn sections(text: &str) -> Vec<(&str, &str)> {
    let sections = text.split("\n## ").skip(1);
    sections.map(|section| section.split_once('\n').expect("text below a heading")).collect()
}

fn word(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "*Error.* ",
        Severity::Warning => "*Warning.* ",
        Severity::Note => "*Note.* ",
    }
}

#[test]
fn every_code_has_its_section_and_every_section_its_code() {
    let text = read("docs/diagnostics.md");
    let found: Vec<&str> = sections(&text).iter().map(|(heading, _)| *heading).collect();
    let expected: Vec<String> = Code::ALL.iter().map(|code| format!("{} {}", code.id(), code.title())).collect();
    assert_eq!(found, expected);
    for (code, (heading, body)) in Code::ALL.iter().zip(sections(&text)) {
        assert!(body.starts_with(&format!("\n{}", word(code.severity()))), "severity of {heading}");
        assert!(body.len() > 100, "{heading} says too little");
    }
}

/// What a section says after "May change", without the condition.
fn announced(body: &str) -> &str {
    let line = body.lines().find_map(|line| line.strip_prefix("May change: ")).unwrap_or(".");
    line.split_once(" (only if ").map_or_else(|| line.trim_end_matches('.'), |(changes, _)| changes)
}

#[test]
fn sections_say_what_their_code_may_change() {
    let text = read("docs/diagnostics.md");
    for (code, (heading, body)) in Code::ALL.iter().zip(sections(&text)) {
        let changes: Vec<&str> = code.changes().iter().map(|observable| observable.name()).collect();
        assert_eq!(announced(body), changes.join(", "), "{heading}");
    }
    for observable in Observable::ALL {
        assert!(text.contains(&format!("\n| {} | ", observable.name())), "no word about {observable:?}");
    }
}

#[test]
fn codes_are_unique_and_in_order() {
    let numbers: Vec<&str> = Code::ALL.iter().map(|code| code.id()).collect();
    let mut sorted = numbers.clone();
    sorted.sort_unstable();
    sorted.dedup();
    assert_eq!(numbers, sorted);
    assert!(numbers.iter().all(|id| id.len() == 5 && id.starts_with("TF")), "{numbers:?}");
}

/// What is printed for each case, by directory.
fn snapshots() -> BTreeMap<String, String> {
    let snapshot = |path: PathBuf| {
        let directory = path.parent().and_then(|path| path.strip_prefix(root()).ok()).expect("a case below the root");
        (directory.to_string_lossy().into_owned(), read(&path))
    };
    files("testdata", "expected.snap").into_iter().map(snapshot).collect()
}

fn triggers(snapshot: &str, code: &str) -> bool {
    ["error", "warning", "note"].iter().any(|severity| snapshot.contains(&format!("{severity}[{code}]")))
}

#[test]
fn every_code_is_triggered_by_a_test() {
    let snapshots = snapshots();
    let tests: Vec<String> = files("tests", ".rs").iter().filter(|path| !path.ends_with("docs.rs")).map(read).collect();
    for code in Code::ALL.iter().map(|code| code.id()) {
        let by_case = snapshots.values().any(|snapshot| triggers(snapshot, code));
        let excepted = NOT_TRIGGERED.iter().any(|(other, _)| *other == code);
        if BY_COMMAND_LINE.contains(&code) {
            assert!(tests.iter().any(|test| test.contains(&format!("[{code}]"))), "no test mentions {code}");
        } else {
            assert!(by_case != excepted, "{code}: in a snapshot: {by_case}; excepted: {excepted}");
        }
    }
}

#[test]
fn the_examples_show_what_they_are_linked_for() {
    let (text, snapshots) = (read("docs/diagnostics.md"), snapshots());
    for (heading, body) in sections(&text) {
        let code = heading.split(' ').next().unwrap_or_default();
        let example = body.lines().find_map(|line| line.strip_prefix("Example: "));
        let excepted = BY_COMMAND_LINE.contains(&code) || NOT_TRIGGERED.iter().any(|(other, _)| *other == code);
        assert!(example.is_some() != excepted, "example of {code}: {example:?}");
        let Some(example) = example else { continue };
        let case = example.trim_start_matches('[').split(']').next().unwrap_or_default();
        assert_eq!(example, format!("[{case}](../{case}/in.yaml)"));
        let snapshot = snapshots.get(case).unwrap_or_else(|| panic!("{code}: there is no {case}"));
        assert!(triggers(snapshot, code), "{case} does not show {code}");
    }
}

/// Every case has a row in the table of `testdata/README.md`, and every row a case.
#[test]
fn every_case_is_described() {
    let text = read("testdata/README.md");
    let rows: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next()).collect();
    let cases: Vec<String> = ["testdata/compile", "testdata/errors"]
        .iter()
        .flat_map(|directory| fs::read_dir(root().join(directory)).expect("cases"))
        .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
        .collect();
    for case in &cases {
        assert_eq!(rows.iter().filter(|row| *row == case).count(), 1, "rows of {case}");
    }
    assert_eq!(rows.len(), cases.len(), "rows without a case: {rows:?}");
}
