//! The corpus: real pipelines, and for each the chains of tasks that could be a group.
//!
//! It is third-party data and not part of the project: `TKN_FUSE_CORPUS` names its directory.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// The directories of the corpus, or nothing if it is not there.
pub(crate) fn pipelines() -> Option<Vec<PathBuf>> {
    let Some(corpus) = std::env::var_os("TKN_FUSE_CORPUS") else {
        println!("skipped: TKN_FUSE_CORPUS does not say where the corpus is");
        return None;
    };
    let entries = fs::read_dir(corpus).expect("the corpus").map(|entry| entry.expect("an entry").path());
    let mut pipelines: Vec<PathBuf> = entries.filter(|path| path.join("chains.yaml").is_file()).collect();
    pipelines.sort();
    Some(pipelines)
}

/// The name of a pipeline's directory.
pub(crate) fn name(directory: &Path) -> String {
    directory.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// The chains of a pipeline, each with commas between its tasks: `- [a, b]` per line.
pub(crate) fn chains(directory: &Path) -> Vec<String> {
    let text = fs::read_to_string(directory.join("chains.yaml")).expect("chains.yaml");
    let chain = |line: &str| Some(line.strip_prefix("- [")?.strip_suffix(']')?.replace(", ", ","));
    text.lines().filter_map(chain).collect()
}

/// What names the Tasks of a pipeline on the command line.
pub(crate) fn task_arguments(directory: &Path) -> Vec<OsString> {
    let paths = ["tasks", "stepactions"].map(|name| directory.join(name)).into_iter().filter(|path| path.is_dir());
    paths.flat_map(|path| ["--tasks".into(), path.into()]).collect()
}

/// A command of the program for a pipeline.
pub(crate) fn program(name: &str, directory: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tkn-fuse"));
    command.arg(name).arg(directory.join("pipeline.yaml")).args(task_arguments(directory));
    command
}

/// Compiles the pipeline with the chain as a group.
pub(crate) fn compile(directory: &Path, chain: &str) -> Output {
    let mut command = program("compile", directory);
    command.arg("--group").arg(format!("chain={chain}")).output().expect("the program runs")
}
