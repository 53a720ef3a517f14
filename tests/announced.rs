//! Whoever announces a difference says which one, and of what: otherwise nobody could tell it from a fault.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

use serde_json::Value;
use tkn_fuse::diag::{Code, Observable, Severity};

/// Notes and warnings that announce no difference between the run of the source and that of the output, and why.
const CHANGE_NOTHING: [(Code, &str); 23] = [
    (Code::MergeOverride, "source and output are read by the same reader"),
    (Code::Tag, "source and output are read by the same reader"),
    (Code::UnusedAnchor, "Kubernetes sees no anchors"),
    (Code::GeneratedInput, "what is not read is not compiled"),
    (Code::BinaryInput, "what is not read is not compiled"),
    (Code::OutputInput, "what is not read is not compiled"),
    (Code::NotYaml, "the file passes as it is"),
    (Code::ListExpected, "Tekton refuses the source, so it has no run"),
    (Code::ResolvedByName, "the source means whatever Task the reference fetches; the one given stands for it"),
    (Code::VersionIgnored, "Tekton does not read the field either"),
    (Code::ClusterTaskGone, "no Tekton of today runs the source"),
    (Code::SingleMember, "one task in one pod, as before"),
    (Code::UnknownField, "Tekton does not read the field either"),
    (Code::MisplacedField, "Tekton does not read the field either"),
    (Code::NoGroup, "the input passes as it is"),
    (Code::AutoGroup, "what the group changes is told by other codes"),
    (Code::Converted, "Tekton's API server converts the same way"),
    (Code::EmptyDirSplit, "each declaration has an emptyDir of its own, as each task had"),
    (Code::ChainsNames, "concerns what Chains makes of a run afterwards"),
    (Code::DisplayNameLost, "dashboards show it, steps do not see it"),
    (Code::ManySteps, "slow, but the same; what gets lost for want of room is told by another code"),
    (Code::Lopsided, "the same steps on a node that is kept busy longer"),
    (Code::RunUnknownTask, "Tekton refuses the run of the source, too"),
];

#[test]
fn every_note_and_warning_says_what_it_changes_or_is_known_to_change_nothing() {
    for &code in Code::ALL {
        let excepted = CHANGE_NOTHING.iter().filter(|(other, _)| *other == code).count();
        let announces = code.severity() != Severity::Error && excepted == 0;
        assert_eq!(!code.changes().is_empty(), announces, "{}: {:?}", code.id(), code.changes());
        assert!(excepted < 2 && code.changes().is_sorted(), "{}", code.id());
    }
    assert!(CHANGE_NOTHING.iter().all(|(_, reason)| reason.len() > 10));
}

/// All cases of a directory of `testdata`.
fn cases(directory: &str) -> Vec<PathBuf> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata").join(directory);
    let entries = fs::read_dir(directory).expect("cases").map(|entry| entry.expect("an entry").path());
    entries.filter(|path| path.is_dir()).collect()
}

/// What `compile --format json` says of a case.
fn diagnostics(case: &Path) -> Vec<Value> {
    let args = fs::read_to_string(case.join("args")).unwrap_or_default();
    let mut command = Command::new(env!("CARGO_BIN_EXE_tkn-fuse"));
    command.args(["compile", "in.yaml", "--format", "json"]).args(args.lines().filter(|line| !line.is_empty()));
    let output = command.current_dir(case).output().expect("the program runs");
    let document: Value = serde_json::from_slice(&output.stderr).unwrap_or_else(|error| panic!("{case:?}: {error}"));
    assert_eq!(document["version"], 1, "{case:?}");
    document["diagnostics"].as_array().expect("diagnostics").clone()
}

fn strings<'v>(diagnostic: &'v Value, key: &str) -> Vec<&'v str> {
    let items = diagnostic[key].as_array().map_or(&[][..], Vec::as_slice);
    items.iter().map(|item| item.as_str().expect("a string")).collect()
}

/// Every word of the case's files.
fn names(case: &Path) -> BTreeSet<String> {
    let files = walkdir::WalkDir::new(case).into_iter().map(|entry| entry.expect("an entry").into_path());
    let texts = files.filter(|path| path.is_file()).map(|path| fs::read_to_string(path).expect("text"));
    let documents = texts.collect::<Vec<_>>().join("\n");
    let words = documents.split(|c: char| !(c.is_ascii_alphanumeric() || "-_.".contains(c)));
    words.map(str::to_owned).collect()
}

/// What `docs/diagnostics.md` says of when a difference shows: in one of these cases, or always.
fn documented_conditions(code: Code) -> Vec<&'static str> {
    static TEXT: LazyLock<String> = LazyLock::new(|| {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/diagnostics.md");
        fs::read_to_string(path).expect("the documentation")
    });
    let section = TEXT.split("\n## ").find(|section| section.starts_with(code.id())).expect("a section");
    let line = section.lines().find(|line| line.starts_with("May change: ")).expect("what it changes");
    let Some((_, conditions)) = line.split_once(" (only if ") else { return Vec::new() };
    let conditions = conditions.strip_suffix(").").expect("conditions");
    let conditions: Vec<&str> = conditions.split(", ").flat_map(|some| some.split(" or ")).collect();
    assert!(conditions.iter().all(|it| TEXT.contains(&format!("\n| {it} | "))), "no word about {conditions:?}");
    conditions
}

/// Checks one diagnostic; whether it announces anything.
fn announces(case: &Path, names: &BTreeSet<String>, diagnostic: &Value) -> bool {
    let changes = strings(diagnostic, "changes");
    let (members, steps) = (strings(diagnostic, "members"), strings(diagnostic, "steps"));
    let code = Code::ALL.iter().find(|code| code.id() == diagnostic["code"]).expect("a known code");
    let allowed: Vec<&str> = code.changes().iter().map(|observable| observable.name()).collect();
    assert!(changes.iter().all(|change| allowed.contains(change)), "{case:?}: {diagnostic}");
    assert!(members.iter().all(|member| names.contains(*member)), "{case:?}: {diagnostic}");
    let is_known = |step: &&str| names.contains(*step) || step.starts_with("unnamed-");
    assert!(steps.iter().all(is_known) && (steps.is_empty() || members.len() == 1), "{case:?}: {diagnostic}");
    for result in strings(diagnostic, "results") {
        let (member, result) = result.split_once('.').expect("TASK.RESULT");
        assert!(members.contains(&member) && names.contains(result), "{case:?}: {diagnostic}");
    }
    if changes.is_empty() {
        return false;
    }
    assert!(diagnostic["severity"] != "error", "{case:?}: {diagnostic}");
    assert!(diagnostic["pipeline"].is_string() && diagnostic["group"].is_string(), "{case:?}: {diagnostic}");
    assert!(!members.is_empty(), "{case:?}: {diagnostic}");
    let documented = documented_conditions(*code);
    match diagnostic["onlyIf"]["condition"].as_str() {
        Some(condition) => assert!(documented.contains(&condition), "{case:?}: {diagnostic}"),
        None => assert!(documented.is_empty(), "{case:?}: {diagnostic}"),
    }
    true
}

#[test]
fn whoever_announces_a_difference_names_the_pipeline_the_group_and_members() {
    let mut seen = BTreeSet::new();
    for case in cases("compile").into_iter().chain(cases("errors")) {
        let names = names(&case);
        for diagnostic in diagnostics(&case) {
            if announces(&case, &names, &diagnostic) {
                seen.insert(diagnostic["code"].as_str().expect("a code").to_owned());
            }
        }
    }
    let announcing = Code::ALL.iter().filter(|code| !code.changes().is_empty()).map(|code| code.id());
    let unseen: Vec<&str> = announcing.filter(|code| !seen.contains(*code)).collect();
    assert!(unseen.is_empty(), "no case announces what these do: {unseen:?}");
}

/// What no code announces is always a fault.
#[test]
fn nothing_announces_another_order_or_another_user() {
    let never: Vec<&str> = Observable::ALL
        .iter()
        .filter(|observable| !Code::ALL.iter().any(|code| code.changes().contains(observable)))
        .map(|observable| observable.name())
        .collect();
    assert_eq!(never, ["order", "user"]);
}
