//! Every chain of the corpus, given by `--group`: it compiles, or it is refused for the reason that `tests/corpus.tsv` says.

#![allow(clippy::print_stdout, reason = "tests say what they did")]

mod chains;
mod plans;
mod suggest;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use chains::{chains, compile, name, pipelines};

/// Linear edges that must lie in chains that fuse whole.
const EDGES_FUSED: usize = 62;

/// A line of `tests/corpus.tsv`.
#[derive(Debug, PartialEq, Eq)]
struct Row {
    /// `fused`, or the codes of the errors.
    outcome: String,
    /// Why, in a line.
    reason: String,
}

fn recorded() -> BTreeMap<(String, String), Row> {
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus.tsv")).expect("the record");
    let row = |line: &str| {
        let mut columns = line.split('\t').map(str::to_owned);
        let mut next = || columns.next().unwrap_or_default();
        ((next(), next()), Row { outcome: next(), reason: next() })
    };
    text.lines().skip(1).map(row).collect()
}

/// `fused`, or the codes of the errors; and how many helper steps the fused Task has.
fn outcome(directory: &Path, chain: &str) -> (String, usize) {
    let output = compile(directory, chain);
    let stdout = String::from_utf8_lossy(&output.stdout);
    let helpers = stdout.lines().filter(|line| line.starts_with("  - name: ") && line.contains("-fuse-")).count();
    if output.status.success() {
        return ("fused".to_owned(), helpers);
    }
    let stderr = String::from_utf8_lossy(&output.stderr);
    let codes = stderr.lines().filter_map(|line| line.strip_prefix("error[")?.strip_suffix(']'));
    let mut codes: Vec<&str> = codes.collect();
    codes.sort_unstable();
    codes.dedup();
    (codes.join(" "), helpers)
}

#[test]
fn every_chain_does_what_is_recorded() {
    let Some(pipelines) = pipelines() else { return };
    let mut recorded = recorded();
    let (mut fused, mut edges, mut wrong) = (0, 0, Vec::new());
    for directory in pipelines {
        let name = name(&directory);
        for chain in chains(&directory) {
            let (outcome, helpers) = outcome(&directory, &chain);
            let length = chain.split(',').count() - 1;
            edges += length;
            fused += if outcome == "fused" { length } else { 0 };
            println!("{name}\t{chain}\t{outcome}\t{helpers} helper steps");
            match recorded.remove(&(name.clone(), chain.clone())) {
                Some(row) if row.outcome == outcome && !row.reason.is_empty() => {}
                row => wrong.push(format!("{name} [{chain}]: {outcome}, recorded {row:?}")),
            }
        }
    }
    println!("{fused} of {edges} linear edges lie in chains that fuse whole");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(recorded.is_empty(), "recorded, but not in the corpus: {recorded:?}");
    assert!(fused >= EDGES_FUSED, "only {fused} edges fuse");
}
