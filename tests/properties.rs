//! What holds for any input: the program ends well whatever it reads, and what it makes of a group is whole.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout, missing_docs)]

#[path = "properties/automatic.rs"]
mod automatic;
#[path = "properties/mutants.rs"]
mod mutants;
#[path = "properties/pipelines.rs"]
mod pipelines;
#[path = "properties/requests.rs"]
mod requests;
#[path = "properties/whole.rs"]
mod whole;

use std::cell::Cell;
use std::ffi::OsString;
use std::io;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use tkn_fuse::run::{Environment, run};

use mutants::{Case, Mutation, cases, mutation};

fn runner(cases: u32) -> TestRunner {
    TestRunner::new(ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() })
}

/// What is done with texts that have something wrong with them, compiling more often than the rest.
const COMMANDS: &[&[&str]] = &[
    &["compile"],
    &["compile"],
    &["compile", "--auto=safe"],
    &["plan"],
    &["plan", "--print=json", "--auto=safe"],
    &["suggest"],
    &["suggest", "--ephemeral", "--write=list", "--max-steps=3"],
];

/// Runs the program in this process: exit code, standard output, standard error.
fn program(command: &[&str], args: &[String], stdin: &[u8]) -> (u8, Vec<u8>, Vec<u8>) {
    let args = args.iter().map(String::as_str);
    let args = ["tkn-fuse"].iter().chain(command).chain(&["-"]).copied().chain(args).map(OsString::from);
    let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
    let code = run(args, &mut io::Cursor::new(stdin), &mut stdout, &mut stderr, &Environment::default());
    (code, stdout, stderr)
}

/// The program says how it ended, and prints nothing beside an error.
fn ends_well(command: &[&str], args: &[String], text: &[u8]) -> Result<u8, TestCaseError> {
    let (code, stdout, stderr) = program(command, args, text);
    let text = || String::from_utf8_lossy(text).into_owned();
    prop_assert!([0, 1, 2, 4].contains(&code), "exit code {code} of\n{}", text());
    if code != 0 {
        prop_assert!(stdout.is_empty(), "exit code {code}, but printed\n{}", String::from_utf8_lossy(&stdout));
        prop_assert!(!stderr.is_empty(), "exit code {code} for no reason of\n{}", text());
    }
    Ok(code)
}

#[test]
fn mutants_end_well() {
    let cases = cases();
    let fused = Cell::new(0);
    let mutants = (prop::sample::select(COMMANDS), any::<prop::sample::Index>(), vec(mutation(), 1..5));
    let result = runner(1500).run(&mutants, |(command, index, mutations): (&[&str], _, Vec<Mutation>)| {
        let Case { args, text } = index.get(&cases);
        let mutant = mutations.iter().fold(text.clone(), |text, mutation| mutation.apply(&text));
        if ends_well(command, args, mutant.as_bytes())? == 0 {
            fused.set(fused.get() + 1);
        }
        Ok(())
    });
    result.unwrap_or_else(|failure| panic!("{failure}"));
    println!("{} of 1500 mutants have no error", fused.get());
    assert!((150..1350).contains(&fused.get()), "too few mutants are fine, or too few are not: {}", fused.get());
}

#[test]
fn beginnings_end_well() {
    let cases = cases();
    let places = (any::<prop::sample::Index>(), any::<prop::sample::Index>());
    let beginnings = (prop::sample::select(COMMANDS), places);
    let result = runner(500).run(&beginnings, |(command, (index, end)): (&[&str], (prop::sample::Index, _))| {
        let end: prop::sample::Index = end;
        let Case { args, text } = index.get(&cases);
        let text = text.as_bytes();
        ends_well(command, args, &text[..end.index(text.len() + 1)]).map(drop)
    });
    result.unwrap_or_else(|failure| panic!("{failure}"));
}

#[test]
fn fused_pipelines_are_whole() {
    let fused = Cell::new(0);
    let result = runner(300).run(&pipelines::pipeline(), |text: String| {
        if whole::check(&text)? {
            fused.set(fused.get() + 1);
        }
        Ok(())
    });
    result.unwrap_or_else(|failure| panic!("{failure}"));
    println!("{} of 300 pipelines fuse", fused.get());
    // About nine of ten fuse; chance alone keeps far away from two thirds.
    assert!(fused.get() >= 200, "only {} pipelines fuse, which shows little", fused.get());
}

#[test]
fn groups_that_are_chosen_need_no_warning() {
    let chosen = Cell::new(0);
    let result = runner(200).run(&pipelines::pipeline(), |text: String| {
        if automatic::check(&text)? {
            chosen.set(chosen.get() + 1);
        }
        Ok(())
    });
    result.unwrap_or_else(|failure| panic!("{failure}"));
    println!("{} of 200 pipelines get a group", chosen.get());
    assert!(chosen.get() >= 15, "only {} pipelines get a group, which shows little", chosen.get());
}
