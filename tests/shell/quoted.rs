//! Claims about double quotes, held against bash itself and against arbitrary text.

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::{fs, io::Write as _};

use proptest::prelude::*;
use tkn_fuse::shell::{
    Link, Lowering, Quoting, Read, Reference, Render, Shape, Template, interpreter, link_script, lower, quoting,
};

use crate::lowered::{BASH_SCRIPTS, SCRIPTS};
use crate::{FIRST, run_lowered, shells, text};

/// What bash has to say about a text that it parses and does not run, and whether it could.
fn parse(script: &str) -> (String, bool) {
    let mut bash = Command::new("bash")
        .arg("-n")
        .env("LC_ALL", "C")
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let _ = bash.stdin.take().unwrap().write_all(script.as_bytes());
    let output = bash.wait_with_output().unwrap();
    (text(&output.stderr), output.status.success())
}

/// Whether bash itself sees double quotes around `at`: it misses the closing one if the script ends there, and an
/// apostrophe there does not keep a good script from being one. A place that bash never reaches may be anything.
fn bash_sees_double_quotes(script: &str, at: usize) -> bool {
    let (before, after) = script.split_at(at);
    let said = parse(before).0;
    if said.contains("syntax error near") {
        return true;
    }
    said.contains("looking for matching `\"'") && (!parse(script).1 || parse(&format!("{before}'{after}")).1)
}

/// Puts a reference at each `step`th place of a script, checks every claim that it is in double quotes there, and
/// tells how many there were.
fn check_claims(script: &str, step: usize) -> usize {
    let places = script.char_indices().map(|(at, _)| at).skip(step / 2).step_by(step);
    let claimed = |at: &usize| {
        let (before, after) = script.split_at(*at);
        let range = Range { start: *at, end: at + FIRST.len() };
        quoting(&format!("{before}{FIRST}{after}"), &[range]) == [Quoting::Double]
    };
    places
        .filter(claimed)
        .inspect(|&at| assert!(bash_sees_double_quotes(script, at), "no double quotes at {at} of\n{script}"))
        .count()
}

/// Files below `dir`, or `dir` itself.
fn files(dir: &Path) -> Vec<PathBuf> {
    let mut found: Vec<_> = walkdir::WalkDir::new(dir)
        .into_iter()
        .flatten()
        .map(walkdir::DirEntry::into_path)
        .filter(|path| path.is_file())
        .collect();
    found.sort();
    found
}

#[test]
fn claims_hold_at_many_places_of_the_test_scripts() {
    let mut claims = 0;
    for script in SCRIPTS.iter().chain(BASH_SCRIPTS) {
        claims += check_claims(&script.replace(['@', '%'], "v"), 1);
    }
    assert!(claims > 100, "{claims}");
}

/// Reads the scripts below the directory `TKN_FUSE_SCRIPTS`, if that is set.
#[test]
fn claims_hold_in_real_scripts() {
    let Ok(dir) = std::env::var("TKN_FUSE_SCRIPTS") else { return };
    let mut claims = 0;
    for script in files(Path::new(&dir)).iter().filter_map(|path| fs::read_to_string(path).ok()) {
        if parse(&script).1 {
            claims += check_claims(&script, 61);
        }
    }
    assert!(claims > 20, "{claims}");
}

/// Pieces of shell that, put together at random, make many odd but often valid scripts.
const PIECES: &[&str] = &[
    "\"",
    "'",
    "echo ",
    "a",
    " ",
    "\n",
    "$x",
    "${x}",
    "${x:-",
    "}",
    "$(",
    ")",
    "`",
    "\\",
    "#",
    "$'",
    "<<E\n",
    "\nE\n",
    "((",
    "))",
    "[[ ",
    " ]]",
    ";",
    "é",
    "{ ",
    "; }",
    "case a in ",
    "a) ",
    ";;",
    "esac",
    "|",
    "\"$(",
    ")\"",
    "$\"",
    "=",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn claims_hold_in_odd_scripts(pieces in prop::collection::vec(prop::sample::select(PIECES), 1..14), cut in 0usize..14) {
        let (before, after) = pieces.split_at(cut.min(pieces.len()));
        let (before, after) = (before.concat(), after.concat());
        let whole = format!("{before}{FIRST}{after}");
        let range = before.len()..before.len() + FIRST.len();
        if quoting(&whole, &[range]) == [Quoting::Double] {
            let without = format!("{before}x{after}");
            prop_assert!(bash_sees_double_quotes(&without, before.len()), "{whole}");
        }
    }

    #[test]
    fn nothing_panics(
        script in any::<String>(),
        ranges in prop::collection::vec((0usize..60, 0usize..60, 0usize..3), 0..5),
        shape in prop::sample::select(vec![Shape::Text, Shape::Element(7), Shape::Key("k".into()), Shape::Elements]),
        enter in prop::option::of(any::<String>()),
    ) {
        let references: Vec<_> =
            ranges.iter().map(|&(start, end, read)| Reference { range: Range { start, end }, read }).collect();
        let ranges: Vec<_> = references.iter().map(|reference| reference.range.clone()).collect();
        interpreter(&script);
        prop_assert_eq!(quoting(&script, &ranges).len(), ranges.len());
        let reads = vec![Read { path: script.clone(), what: script.clone(), shape }];
        let enter = enter.map(|text| Template { text, references: references.clone() });
        let lowering = Lowering { member: script.clone(), reads: reads.clone(), references: references.clone(), enter, gate: None };
        lower(&script, &lowering);
        let template = Template { text: script.clone(), references };
        link_script(&Link { member: script, reads, writes: vec![], renders: vec![Render { template, to: "/x".into(), open: false }] });
    }

    #[test]
    fn a_script_without_references_stays_as_it_is(script in any::<String>()) {
        prop_assert_eq!(lower(&script, &Lowering::default()), script.clone());
        let checked = Lowering {
            reads: vec![Read { path: "/x".into(), what: "it".into(), shape: Shape::Text }],
            ..Lowering::default()
        };
        let lowered = lower(&script, &checked);
        let body = if script.trim_start().starts_with("#!") { script.lines().next().map_or(0, str::len) } else { 0 };
        prop_assert!(lowered.ends_with(script.get(body..).unwrap_or_default()) || script.trim_start() != script);
    }
}

/// The scanner of the grammar used to read out of bounds here.
#[test]
fn characters_beyond_ascii_do_not_end_the_program() {
    for script in ["echo {\u{e01e5}\u{1f838}..3}", "{\u{10ffff}", "echo \"{\u{1f680} ${\u{1f680}}\"", "a{1..\u{1f680}}"]
    {
        let whole = format!("{script}\necho \"{FIRST}\"");
        let range = Range { start: whole.len() - FIRST.len() - 1, end: whole.len() - 1 };
        assert_eq!(quoting(&whole, &[range]).len(), 1, "{script}");
    }
}

#[test]
fn checks_alone_change_nothing() {
    for shell in shells() {
        for script in ["echo \"$#\" $0 >/dev/null; cat; exit 4", "#!/bin/sh -u\necho a\n: $nothing\necho b", "false"] {
            let plain = run_lowered(&shell, script, [b"", b""], |lowering| lowering.reads.clear());
            let checked = run_lowered(&shell, script, [b"", b""], |_| {});
            assert_eq!((checked.stdout, checked.status), (plain.stdout, plain.status), "{shell:?} {script}");
        }
    }
}
