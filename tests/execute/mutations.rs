//! What if a rule of the lowering were broken? Each output is changed as such a fault would, and the comparison must see it.

use std::fs;
use std::process::Command;

use crate::cases::{arguments, differences};
use crate::cluster::{cluster, for_each, is_wanted, root};

/// A fault in an output.
struct Mutation {
    /// The rule of the lowering that is broken.
    rule: &'static str,
    /// The folder in `testdata/execute`.
    case: &'static str,
    /// Text of the output, and what stands in its place.
    edit: (&'static str, &'static str),
    /// What must be seen to differ.
    observable: &'static str,
}

const MUTATIONS: &[Mutation] = &[];

#[test]
fn broken_lowerings_are_caught() {
    let Some(cluster) = cluster() else { return };
    let directory = tempfile::tempdir().expect("a directory");
    let mutations: Vec<_> = MUTATIONS.iter().filter(|mutation| is_wanted(mutation.case)).enumerate().collect();
    for_each(&mutations, |(index, mutation)| {
        let case = root().join("testdata/execute").join(mutation.case);
        let source = case.join("in.yaml");
        let label = format!("{}: {}", mutation.rule, mutation.case);
        let mut compile = Command::new(env!("CARGO_BIN_EXE_tkn-fuse"));
        let compiled = compile.arg("compile").arg(&source).args(arguments(&case)).output().expect("the program runs");
        let text = String::from_utf8_lossy(&compiled.stdout).into_owned();
        let (from, to) = mutation.edit;
        if !text.contains(from) {
            return Err(format!("{label}: the output does not contain {from:?}"));
        }
        let output = directory.path().join(format!("{index}.yaml"));
        fs::write(&output, text.replace(from, to)).expect("writable");
        let answer = cluster.compare(&source, Some(&output), &arguments(&case));
        let seen = differences(&answer, |code| code.is_none());
        let is_caught =
            answer.code == 1 && seen.iter().any(|line| line.starts_with(&format!("{} ", mutation.observable)));
        match is_caught {
            true => Ok(format!("{label}: caught by {}", mutation.observable)),
            false => Err(format!("{label}: not caught; exit code {}, seen {seen:#?}\n{}", answer.code, answer.stderr)),
        }
    });
}
