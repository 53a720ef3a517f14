//! The hooks of `.pre-commit-hooks.yaml` under the real pre-commit.
//!
//! Needs the network and builds the program again, so it runs with `TKN_FUSE_FULL=1` only.

#![allow(clippy::print_stderr)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

/// Where things are kept between runs.
const CACHE: &str = env!("CARGO_TARGET_TMPDIR");

const CONFIG: &str = "\
repos:
  - repo: HOOKS
    rev: v0
    hooks:
      - id: ID
        args: [pipelines, -o, deploy/]
";

fn task(image: &str) -> String {
    format!(
        "apiVersion: tekton.dev/v1\nkind: Task\nmetadata:\n  name: a\nspec:\n  steps:\n    - name: say\n      image: {image}\n"
    )
}

/// Runs a command that has to succeed.
fn must(command: &mut Command) -> Output {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(output.status.success(), "{command:?}: {output:#?}");
    output
}

/// pre-commit from the path, or from an environment of our own.
fn pre_commit() -> PathBuf {
    if Command::new("pre-commit").arg("--version").output().is_ok_and(|output| output.status.success()) {
        return "pre-commit".into();
    }
    let environment = Path::new(CACHE).join("pre-commit-venv");
    let program = environment.join("bin/pre-commit");
    if !program.exists() {
        must(Command::new("python3").args(["-m", "venv"]).arg(&environment));
        must(Command::new(environment.join("bin/pip")).args(["install", "--quiet", "pre-commit"]));
    }
    program
}

/// A repository with everything in `directory` committed and tagged `v0`.
fn commit(directory: &Path) {
    let git = |args: &[&str]| must(Command::new("git").current_dir(directory).args(args));
    git(&["init", "--quiet"]);
    git(&["config", "user.name", "test"]);
    git(&["config", "user.email", "test@example.com"]);
    git(&["add", "--all"]);
    git(&["commit", "--quiet", "--no-verify", "--message", "start"]);
    git(&["tag", "v0"]);
}

fn copy(from: &Path, to: &Path) {
    for entry in walkdir::WalkDir::new(from).into_iter().map(|entry| entry.expect("an entry")) {
        let path = to.join(entry.path().strip_prefix(from).expect("below"));
        if entry.file_type().is_dir() {
            fs::create_dir_all(path).expect("a directory");
        } else {
            fs::copy(entry.path(), path).expect("a copy");
        }
    }
}

/// A repository of this project, as pre-commit clones it.
fn hooks() -> TempDir {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let repository = tempfile::tempdir().expect("a directory");
    for name in ["Cargo.toml", "Cargo.lock", ".pre-commit-hooks.yaml"] {
        fs::copy(here.join(name), repository.path().join(name)).expect("a copy");
    }
    // The manifest names it.
    fs::write(repository.path().join("README.md"), "").expect("a file");
    copy(&here.join("src"), &repository.path().join("src"));
    commit(repository.path());
    repository
}

/// A user's repository with one pipeline that is compiled and committed.
fn user(hooks: &Path, hook: &str) -> TempDir {
    let repository = tempfile::tempdir().expect("a directory");
    let path = |name: &str| repository.path().join(name);
    let config = CONFIG.replace("HOOKS", &hooks.to_string_lossy()).replace("ID", hook);
    fs::write(path(".pre-commit-config.yaml"), config).expect("a file");
    for directory in ["pipelines", "deploy"] {
        fs::create_dir(path(directory)).expect("a directory");
        fs::write(path(directory).join("a.yaml"), task("busybox")).expect("a file");
    }
    commit(repository.path());
    repository
}

/// Runs the hook on all files; `home` is where pre-commit builds it. That needs no optimisation.
fn run_hook(repository: &Path, home: &Path) -> (bool, String) {
    let output = Command::new(pre_commit())
        .args(["run", "--all-files", "--verbose"])
        .current_dir(repository)
        .env("PRE_COMMIT_HOME", home)
        .env("CARGO_TARGET_DIR", Path::new(CACHE).join("pre-commit-target"))
        .env("CARGO_PROFILE_RELEASE_LTO", "off")
        .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "0")
        .env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16")
        .output()
        .expect("pre-commit runs");
    let text = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8_lossy(&text).into_owned())
}

#[test]
fn the_hooks_find_stale_output() {
    if std::env::var_os("TKN_FUSE_FULL").is_none() {
        eprintln!("skipped: set TKN_FUSE_FULL=1 to try the hooks under pre-commit");
        return;
    }
    let hooks = hooks();
    // Not in the system's temporary directory: cargo reads any Cargo.toml above the place it builds in.
    let home = tempfile::tempdir_in(CACHE).expect("a directory");

    let writing = user(hooks.path(), "tkn-fuse");
    let deployed = || fs::read_to_string(writing.path().join("deploy/a.yaml")).expect("a file");
    let (passed, text) = run_hook(writing.path(), home.path());
    assert!(passed, "fresh output passes: {text}");
    fs::write(writing.path().join("pipelines/a.yaml"), task("alpine")).expect("a file");
    let (passed, text) = run_hook(writing.path(), home.path());
    assert!(!passed && text.contains("files were modified by this hook"), "stale output fails: {text}");
    assert_eq!(deployed(), task("alpine"), "and is made again");
    let (passed, text) = run_hook(writing.path(), home.path());
    assert!(passed, "then it passes: {text}");

    let checking = user(hooks.path(), "tkn-fuse-check");
    fs::write(checking.path().join("pipelines/b.yaml"), task("alpine")).expect("a file");
    must(Command::new("git").current_dir(checking.path()).args(["add", "--all"]));
    let (passed, text) = run_hook(checking.path(), home.path());
    assert!(!passed && text.contains("missing: deploy/b.yaml"), "a new pipeline without its output fails: {text}");
}
