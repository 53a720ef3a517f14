//! Asks Tekton's own code about manifests: see `tests/tekton/README.md`.
//!
//! Building that code takes minutes and the network. The newest release is built wherever there is Go, the oldest only
//! where `TKN_FUSE_FULL=1` is set. Otherwise these tests say `skipped` and why.

#![allow(clippy::print_stdout, reason = "tests say what they did")]

#[path = "corpus/chains.rs"]
mod chains;

use std::collections::BTreeSet;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::LazyLock;

use serde::Deserialize;
use walkdir::WalkDir;

/// The releases that a compiled manifest must run on: both ends of what is supported.
const RELEASES: [&str; 2] = ["newest", "oldest"];

/// Fields of the input language that no Tekton knows; compiling removes them.
const SURFACE_FIELDS: [&str; 10] =
    ["after", "before", "finally", "group", "groups", "init", "taskGroupSpec", "teardown", "transfer", "uses"];

/// Cases whose input Tekton refuses for a reason that the case is about, and whose output keeps that: the case, a part of the
/// message, why.
const OWN_FAULTS: &[(&str, &str, &str)] = &[
    ("cluster-task", "custom task ref must specify apiVersion", "ClusterTasks are gone"),
    ("step-options", "displayName", "the oldest release does not know the field"),
    ("task-version", "taskRef.version", "the field is no field of Tekton"),
    ("v1beta1", "taskRef.bundle", "bundles stand behind a flag in v1beta1"),
    ("when-cel", "enable-cel-in-whenexpression", "CEL stands behind a flag"),
    ("yaml-documents", "want an object, found string", "a document of the stream is a string"),
    ("yaml-json", "unknown escape character", "an escape that only JSON has; kubectl reads this file as JSON"),
];

#[derive(Debug, Deserialize)]
struct Problem {
    file: String,
    index: usize,
    kind: String,
    name: String,
    message: String,
}

impl Problem {
    /// Whether Tekton only says what the case is about, or that it does not speak the input language.
    fn is_expected(&self) -> bool {
        let unknown = self
            .message
            .split_once("unknown field \"")
            .and_then(|(_, rest)| rest.strip_suffix('"'))
            .and_then(|path| path.rsplit('.').next());
        let case = Path::new(&self.file).parent().and_then(Path::file_name);
        let own = |(name, part, _): &(&str, &str, &str)| {
            case.is_some_and(|case| case == *name) && self.message.contains(part)
        };
        OWN_FAULTS.iter().any(own)
            || unknown.is_some_and(|field| SURFACE_FIELDS.contains(&field))
            || self.message.starts_with("no matches for kind \"TaskGroup\"")
    }
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn script(command: &str, release: &str) -> Command {
    let mut script = Command::new(root().join("tests/tekton/run"));
    script.args([command, "--tekton", release]);
    script
}

/// The releases that can be asked; what must be built first is built by the first test that comes.
static ASKABLE: LazyLock<Vec<&str>> =
    LazyLock::new(|| RELEASES.into_iter().filter(|release| askable(release)).collect());

/// Whether a release can be asked. The newest one is built wherever there is Go, if it can be had; all of them in the full suite,
/// where they must.
fn askable(release: &str) -> bool {
    let ready = script("ready", release).arg("validate").status();
    if ready.is_ok_and(|status| status.success()) {
        return true;
    }
    if std::env::var_os("TKN_FUSE_FULL").is_some_and(|full| full == "1") {
        ask(release, &[], "");
        return true;
    }
    let has_go = Command::new("go").arg("version").output().is_ok_and(|out| out.status.success());
    let build = || script("validate", release).arg("-").stdin(Stdio::null()).stderr(Stdio::null()).status();
    release == RELEASES[0] && has_go && build().is_ok_and(|status| status.success())
}

/// Runs the test only where Tekton can be asked.
fn with_tekton(test: impl Fn(&str)) {
    for release in RELEASES {
        if ASKABLE.contains(&release) {
            test(release);
        } else {
            println!("skipped: the {release} Tekton is not built; TKN_FUSE_FULL=1 builds it, which needs go");
        }
    }
}

/// What the release objects to in the files, and in `stdin`.
fn ask(release: &str, files: &[PathBuf], stdin: &str) -> Vec<Problem> {
    let mut child = script("validate", release)
        .args(["--json", "-"])
        .args(files)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the script starts");
    let mut pipe = child.stdin.take().expect("stdin is a pipe");
    pipe.write_all(stdin.as_bytes()).expect("the script reads stdin");
    drop(pipe);
    let out = child.wait_with_output().expect("the script ends");
    let problems: Vec<Problem> = serde_json::from_slice(&out.stdout).expect("problems in JSON");
    let expected = i32::from(!problems.is_empty());
    assert_eq!(out.status.code(), Some(expected), "exit code of {problems:#?}");
    problems
}

/// Every file of this name below `testdata`, in a stable order.
fn testdata(name: &str) -> Vec<PathBuf> {
    WalkDir::new(root().join("testdata"))
        .sort_by_file_name()
        .into_iter()
        .filter_map(Result::ok)
        .map(walkdir::DirEntry::into_path)
        .filter(|path| path.file_name().is_some_and(|found| found == name))
        .collect()
}

fn task(steps: &str) -> String {
    format!("apiVersion: tekton.dev/v1\nkind: Task\nmetadata:\n  name: t\nspec:\n  steps:\n{steps}")
}

/// The messages about a Task with these steps.
fn about(release: &str, steps: &str) -> Vec<String> {
    let problems = ask(release, &[], &task(steps));
    for p in &problems {
        assert_eq!((p.file.as_str(), p.index, p.kind.as_str(), p.name.as_str()), ("-", 0, "Task", "t"));
    }
    problems.into_iter().map(|p| p.message).collect()
}

#[test]
fn a_sound_task_is_admitted() {
    with_tekton(|release| {
        let steps = "  - {name: a, image: x}\n  - {name: b, image: x, script: 'echo $(date)'}\n";
        assert_eq!(about(release, steps), [""; 0], "{release}");
    });
}

#[test]
fn duplicate_step_names_are_refused() {
    with_tekton(|release| {
        let messages = about(release, "  - {name: a, image: x}\n  - {name: a, image: x}\n");
        assert_eq!(messages.len(), 1, "{messages:?}");
        assert!(messages[0].contains("spec.steps[1].name"), "{messages:?}");
    });
}

#[test]
fn unknown_fields_are_refused() {
    with_tekton(|release| {
        let messages = about(release, "  - {name: a, image: x, group: g}\n");
        assert_eq!(messages, ["unknown field \"spec.steps[0].group\""], "{release}");
    });
}

#[test]
fn step_results_in_a_script_are_refused() {
    with_tekton(|release| {
        let steps = "  - {name: a, image: x, results: [{name: r}]}\n  \
                     - {name: b, image: x, script: 'echo $(steps.a.results.r)'}\n";
        let messages = about(release, steps);
        assert_eq!(messages.len(), 1, "{messages:?}");
        assert!(messages[0].contains("spec.steps[1].script"), "{messages:?}");
    });
}

#[test]
fn duplicate_keys_and_wrong_types_are_refused() {
    with_tekton(|release| {
        let messages = about(release, "  - {name: a, image: x, image: y}\n");
        assert!(messages[0].contains("already set in map"), "{messages:?}");
        let messages = about(release, "  - {name: a, image: x, script: no}\n");
        assert!(messages[0].contains("cannot unmarshal bool"), "{messages:?}");
    });
}

#[test]
fn every_compiled_manifest_is_admitted() {
    with_tekton(|release| {
        let files = testdata("expected.yaml");
        let mut problems = ask(release, &files, "");
        problems.retain(|problem| !problem.is_expected());
        assert!(problems.is_empty(), "{release}: {problems:#?}");
        println!("{release}: {} files", files.len());
    });
}

#[test]
fn every_input_that_compiles_is_tekton_but_for_its_marks() {
    with_tekton(|release| {
        let files: Vec<PathBuf> =
            testdata("in.yaml").into_iter().filter(|path| path.with_file_name("expected.yaml").exists()).collect();
        let mut problems = ask(release, &files, "");
        problems.retain(|problem| !problem.is_expected());
        assert!(problems.is_empty(), "{release}: {problems:#?}");
        println!("{release}: {} files", files.len());
    });
}

/// `tests/corpus-problems.tsv` lists the problems that pipelines of the corpus have as they are.
#[test]
fn fused_chains_of_the_corpus_have_no_problems_of_their_own() {
    let Some(pipelines) = chains::pipelines() else { return };
    with_tekton(|release| {
        let directory = tempfile::tempdir().expect("a directory");
        let (mut wrong, mut outputs, mut found) = (Vec::new(), 0, BTreeSet::new());
        for pipeline in &pipelines {
            let name = chains::name(pipeline);
            let known: BTreeSet<String> = messages(release, &pipeline.join("pipeline.yaml"));
            found.extend(known.iter().map(|message| format!("{release}\t{name}\t{message}")));
            for chain in chains::chains(pipeline) {
                let compiled = chains::compile(pipeline, &chain);
                if !compiled.status.success() {
                    continue;
                }
                outputs += 1;
                let output = directory.path().join("output.yaml");
                fs::write(&output, compiled.stdout).expect("writable");
                let new: Vec<_> = messages(release, &output).difference(&known).cloned().collect();
                if !new.is_empty() {
                    wrong.push(format!("{name} [{chain}]: {new:#?}"));
                }
            }
        }
        assert!(wrong.is_empty(), "{release}: {}", wrong.join("\n"));
        let recorded = recorded_problems(release);
        let (new, gone) = (found.difference(&recorded), recorded.difference(&found));
        let (new, gone): (Vec<_>, Vec<_>) = (new.collect(), gone.collect());
        assert!(
            new.is_empty() && gone.is_empty(),
            "problems of sources, not recorded: {new:#?}, no longer there: {gone:#?}"
        );
        println!("{release}: {outputs} fused chains");
    });
}

/// What the release objects to, without the places, since tasks have other numbers after fusing, and without what is quoted.
fn messages(release: &str, file: &Path) -> BTreeSet<String> {
    let general = |problem: Problem| {
        let message = problem.message.split(": ").next().unwrap_or_default();
        let parts = message.split('[').map(|part| part.trim_start_matches(|c: char| c.is_ascii_digit()));
        parts.collect::<Vec<_>>().join("[")
    };
    ask(release, &[file.to_owned()], "").into_iter().map(general).collect()
}

/// Lines of `tests/corpus-problems.tsv` about a release: release, pipeline, message.
fn recorded_problems(release: &str) -> BTreeSet<String> {
    let table = fs::read_to_string(root().join("tests/corpus-problems.tsv")).expect("the record");
    table.lines().filter(|line| line.split('\t').next() == Some(release)).map(str::to_owned).collect()
}
