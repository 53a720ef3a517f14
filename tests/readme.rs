//! The commands and excerpts of the documentation are what the program does.
//!
//! - A `console` block is run: after each line `$ COMMAND` stands what it prints on both streams. A line `...` stands
//!   for any number of lines, and a line that ends in ` ...` for any end of that line. A command succeeds unless
//!   `$ echo $?` follows.
//! - A `sh` block is run, too; only its success counts.
//! - A `yaml` block below `<!-- from: FILE -->` stands in that file, one below `<!-- output of: COMMAND -->` in what the
//!   command prints; a comment `# ...` stands for lines left out. Any other `yaml` block is YAML at least.
//!
//! Commands run in a copy of `testdata`, with the program on the path and stand-ins for the commands of others.

#[path = "readme/blocks.rs"]
mod blocks;
#[path = "readme/compare.rs"]
mod compare;
#[path = "readme/place.rs"]
mod place;

use std::fs;
use std::path::Path;

use blocks::{Block, Kind, blocks};
use place::Place;

const DOCUMENTS: [&str; 4] = ["README.md", "docs/diagnostics.md", "docs/plan.md", "CHANGELOG.md"];

fn read(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path))
        .unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// All blocks, with the name of their document.
fn all_blocks() -> Vec<(&'static str, Vec<Block>)> {
    DOCUMENTS.iter().map(|path| (*path, blocks(&read(path)))).collect()
}

#[test]
fn commands_print_what_is_shown() {
    let mut run = 0;
    for (path, blocks) in all_blocks() {
        let mut place = Place::new();
        for block in &blocks {
            place.start();
            match block.kind {
                Kind::Console => place.console(path, block),
                Kind::Script => place.script(path, block),
                Kind::Yaml | Kind::Text => continue,
            }
            run += 1;
        }
    }
    assert!(run > 5, "only {run} blocks were run");
}

#[test]
fn excerpts_stand_in_what_they_are_taken_from() {
    let mut compared = 0;
    for (path, blocks) in all_blocks() {
        let mut place = Place::new();
        for block in blocks.iter().filter(|block| block.kind == Kind::Yaml) {
            place.start();
            let whole = match block.source() {
                Some(("from", file)) => read(file),
                Some((_, command)) => place.output(command),
                None => {
                    let documents = serde_yaml::Deserializer::from_str(&block.text);
                    for document in documents {
                        let read: Result<serde_yaml::Value, _> = serde::Deserialize::deserialize(document);
                        assert!(read.is_ok(), "{path}:{} is no YAML: {read:?}", block.line);
                    }
                    continue;
                }
            };
            if let Err(missing) = compare::excerpt(&block.text, &whole) {
                panic!("{path}:{}: this is not in {:?}:\n{missing}", block.line, block.source());
            }
            compared += 1;
        }
    }
    assert!(compared > 5, "only {compared} excerpts were compared");
}

/// What a reader runs with cargo is what is run before a change is merged.
#[test]
fn cargo_commands_are_those_of_ci() {
    let ci = read(".ci/run");
    let mut seen = 0;
    for (path, blocks) in all_blocks() {
        let lines = blocks.iter().flat_map(|block| block.text.lines());
        for command in lines.map(|line| line.trim_start_matches("$ ")).filter(|line| line.starts_with("cargo ")) {
            let known = ci.lines().any(|line| line == command || line.starts_with(&format!("{command} ")));
            assert!(known, "{path}: .ci/run does not run `{command}`");
            seen += 1;
        }
    }
    assert!(seen >= 3, "only {seen} cargo commands");
}

/// The first two commands of the README are what somebody who has just cloned it types.
#[test]
fn the_readme_begins_with_the_example_and_the_tests() {
    let blocks = blocks(&read("README.md"));
    let runs = blocks.iter().filter(|block| matches!(block.kind, Kind::Console | Kind::Script));
    let lines: Vec<String> = runs.flat_map(|block| block.commands()).take(2).collect();
    assert_eq!(
        lines,
        ["cargo run --release -- compile testdata/example/pipelines --tasks testdata/example/tasks", "cargo test"]
    );
}

/// Links to files of the repository lead somewhere.
#[test]
fn links_lead_to_files() {
    for path in DOCUMENTS {
        let text = read(path);
        let here = Path::new(path).parent().expect("a directory");
        for target in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            if target.contains("://") || target.starts_with('#') {
                continue;
            }
            let file = target.split('#').next().unwrap_or_default();
            let full = Path::new(env!("CARGO_MANIFEST_DIR")).join(here).join(file);
            assert!(full.exists(), "{path}: {target} leads nowhere");
        }
    }
}

/// The hooks that are shown exist.
#[test]
fn hooks_that_are_shown_exist() {
    let hooks = read(".pre-commit-hooks.yaml");
    let shown: Vec<String> = all_blocks()
        .into_iter()
        .flat_map(|(_, blocks)| blocks)
        .filter(|block| block.kind == Kind::Yaml && block.text.contains("repos:"))
        .flat_map(|block| block.text.lines().map(str::to_owned).collect::<Vec<_>>())
        .filter_map(|line| line.trim().strip_prefix("- id: ").map(str::to_owned))
        .collect();
    assert!(!shown.is_empty());
    for id in shown {
        assert!(hooks.lines().any(|line| line == format!("- id: {id}")), "there is no hook {id}");
    }
}

/// Every option and command that `--help` lists is in the README.
#[test]
fn every_option_is_described() {
    let readme = read("README.md");
    let mut place = Place::new();
    place.start();
    for command in ["compile", "lint", "plan", "suggest", "completions"] {
        assert!(readme.contains(&format!("`tkn-fuse {command}")), "no word about {command}");
        let help = place.output(&format!("tkn-fuse {command} --help"));
        let words = help.split_whitespace().map(|word| word.split('[').next().unwrap_or_default());
        let options = words.filter(|word| word.starts_with("--") && word.len() > 2);
        for option in options.map(|word| word.trim_matches(|c: char| !c.is_alphanumeric() && c != '-')) {
            assert!(readme.contains(option), "no word about {option} of {command}");
        }
    }
}
