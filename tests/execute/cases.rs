//! `testdata/execute`: each source does the same as what is compiled from it, or a diagnostic announces the difference.
//!
//! A line of a source says how its runs end (`# ends: ...`), so that two equal failures are no success. What differs, and which
//! code announces it, stands in `expected.snap`; where that depends on chance, a line says why (`# varies: ...`).

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::Value;

use crate::cluster::{Answer, cluster, folders, for_each, is_snapshot, is_wanted, root, text};
use crate::planned;

#[test]
fn sources_and_outputs_do_the_same() {
    let Some(cluster) = cluster() else { return };
    let cases: Vec<_> =
        folders(&root().join("testdata/execute")).into_iter().filter(|case| is_wanted(&name(case))).collect();
    for_each(&cases, |case| {
        let source = case.join("in.yaml");
        let (arguments, text) = (arguments(case), text(&source));
        let answer = cluster.compare(&source, None, &arguments);
        let planned = |line| planned::check(&source, &text, &arguments, &answer).map(|()| line);
        check(case, &text, &answer).and_then(planned).map_err(|wrong| format!("{}: {wrong}", name(case)))
    });
}

/// The arguments of the compiler for a case: one a line in `args`, if there is such a file.
pub(crate) fn arguments(case: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(case.join("args")).unwrap_or_default();
    text.lines().filter(|line| !line.is_empty()).map(str::to_owned).collect()
}

pub(crate) fn name(case: &Path) -> String {
    case.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

fn check(case: &Path, source: &str, answer: &Answer) -> Result<String, String> {
    let unannounced = differences(answer, |code| code.is_none());
    if answer.code != 0 {
        let refused = &answer.json["source"]["refused"];
        return Err(format!("exit code {}\n{}\n{refused}\n{}", answer.code, unannounced.join("\n"), answer.stderr));
    }
    let wanted = source.lines().find_map(|line| line.strip_prefix("# ends: ")).ok_or("no line `# ends: ...`")?;
    let runs = answer.json["source"]["runs"].as_array().ok_or("no runs")?;
    let ended: BTreeSet<&str> = runs.iter().filter_map(|run| run["reason"].as_str()).collect();
    if ended != BTreeSet::from([wanted]) {
        return Err(format!("the source ends {ended:?}, not {wanted}: {}", summary(&answer.json["source"])));
    }
    let announced = differences(answer, |code| code.is_some());
    if source.lines().any(|line| line.starts_with("# varies: ")) {
        return Ok(format!("{}: {wanted}, {} announced differences this time", name(case), announced.len()));
    }
    let snapshot = format!("{wanted}\n{}", announced.join("\n"));
    if !is_snapshot(case, "expected", &snapshot) {
        return Err(format!("other differences than expected:\n{snapshot}"));
    }
    Ok(format!("{}: {wanted}, {} announced differences", name(case), announced.len()))
}

/// The differences whose announcing code fits, a line each: what, of which task and step, and the code.
pub(crate) fn differences(answer: &Answer, fits: impl Fn(Option<&str>) -> bool) -> Vec<String> {
    let all = answer.json["differences"].as_array().map(Vec::as_slice).unwrap_or_default();
    let chosen = all.iter().filter(|difference| fits(difference["announcedBy"].as_str()));
    let line = |difference: &Value| {
        let field = |name: &str| difference[name].as_str().unwrap_or_default().to_owned();
        match difference["announcedBy"].as_str() {
            Some(code) => format!("{} {} {}: {code}", field("observable"), field("task"), field("step")),
            None => format!(
                "{} {} {}: {:?} -> {:?}",
                field("observable"),
                field("task"),
                field("step"),
                field("source"),
                field("fused")
            ),
        }
    };
    let lines: BTreeSet<String> = chosen.map(line).collect();
    lines.into_iter().collect()
}

/// Runs and tasks of an execution in few words, for a message.
fn summary(report: &Value) -> String {
    let mut lines = Vec::new();
    for run in report["runs"].as_array().into_iter().flatten() {
        lines.push(format!("{} {}: {}", run["name"], run["reason"], run["message"]));
        for task in run["tasks"].as_array().into_iter().flatten() {
            lines.push(format!("  {} {}: {}", task["name"], task["reason"], task["message"]));
        }
    }
    lines.join("\n")
}
