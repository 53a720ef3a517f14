//! Reading and writing compared with Go: the real `sigs.k8s.io/yaml`, which Kubernetes uses.
//!
//! Needs `go`; without it every test says so and passes. `TKN_FUSE_CORPUS` names a folder of further files.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stderr, missing_docs)]

#[path = "yaml_parity/generate.rs"]
mod generate;
#[path = "yaml_parity/go.rs"]
mod go;

use std::path::Path;

use serde_json::Value as Json;
use tkn_fuse::diag::{Code, Severity};
use tkn_fuse::source::Sources;
use tkn_fuse::yaml::{self, Document, Node};

use generate::Random;

/// Findings that make the compiler stricter than Go on purpose: Go reads such documents otherwise than they look.
const STRICTER: [Code; 8] = [
    Code::Ambiguous,
    Code::AfterEnd,
    Code::DuplicateKey,
    Code::LineBreak,
    Code::Separator,
    Code::TagValue,
    Code::TabIndent,
    Code::Directive,
];

fn read(text: &str) -> Vec<Document> {
    let mut sources = Sources::default();
    let id = sources.add("test.yaml", text);
    yaml::documents(&sources, id)
}

fn refused(document: &Document) -> bool {
    document.problems.iter().any(|problem| problem.severity == Severity::Error)
}

/// Compares all documents of one text; `Err` tells the first difference.
fn compare(text: &str, go: &Json) -> Result<(), String> {
    let theirs = go.as_array().unwrap();
    let ours = read(text);
    if ours.len() != theirs.len() {
        return Err(format!("{} documents here, {} in Go", ours.len(), theirs.len()));
    }
    for (number, (ours, theirs)) in ours.iter().zip(theirs).enumerate() {
        compare_one(ours, theirs).map_err(|difference| format!("document {number}: {difference}"))?;
    }
    Ok(())
}

fn compare_one(ours: &Document, theirs: &Json) -> Result<(), String> {
    let refused = refused(ours);
    if let Some(error) = theirs["error"].as_str() {
        return if refused { Ok(()) } else { Err(format!("Go refuses it: {error}")) };
    }
    if refused {
        let strict = ours.problems.iter().any(|problem| STRICTER.contains(&problem.code));
        return if strict { Ok(()) } else { Err(format!("only Go reads it: {:?}", ours.problems)) };
    }
    let json = ours.root.as_ref().map_or("null".to_owned(), Node::json);
    let value: Json = serde_json::from_str(&json).map_err(|error| format!("{json} is no JSON: {error}"))?;
    if same(&value, &theirs["json"]) { Ok(()) } else { Err(format!("\nhere {json}\n  Go {}", theirs["json"])) }
}

/// Equality with numbers compared by value.
fn same(a: &Json, b: &Json) -> bool {
    match (a, b) {
        (Json::Number(a), Json::Number(b)) => a == b || (a.as_f64() == b.as_f64() && !(a.is_u64() && b.is_u64())),
        (Json::Array(a), Json::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b)),
        (Json::Object(a), Json::Object(b)) => {
            a.len() == b.len() && a.iter().all(|(key, a)| b.get(key).is_some_and(|b| same(a, b)))
        }
        _ => a == b,
    }
}

/// Compares many named texts and fails with up to ten differences.
fn compare_all(texts: &[(String, String)]) {
    let blobs: Vec<&str> = texts.iter().map(|(_, text)| text.as_str()).collect();
    let Some(answers) = go::read(&blobs) else { return };
    let differences: Vec<String> = texts
        .iter()
        .zip(&answers)
        .filter_map(|((name, text), go)| compare(text, go).err().map(|e| format!("{name}: {e}\n{text}")))
        .collect();
    let first: Vec<&str> = differences.iter().take(10).map(String::as_str).collect();
    assert!(differences.is_empty(), "{} of {} differ\n{}", differences.len(), texts.len(), first.join("\n====\n"));
}

fn files(folder: &Path) -> Vec<(String, String)> {
    let files = walkdir::WalkDir::new(folder).sort_by_file_name().into_iter().flatten();
    let is_yaml =
        |path: &Path| path.extension().is_some_and(|ext| ["yaml", "yml", "json"].contains(&&*ext.to_string_lossy()));
    files
        .filter(|file| is_yaml(file.path()))
        .filter_map(|file| Some((file.path().display().to_string(), std::fs::read_to_string(file.path()).ok()?)))
        .collect()
}

#[test]
fn reads_nasty_documents_as_go_does() {
    let texts = files(Path::new("testdata/yaml/read"));
    assert!(texts.len() >= 10, "the test documents are missing");
    compare_all(&texts);
}

#[test]
fn reads_the_corpus_as_go_does() {
    let Some(folder) = std::env::var_os("TKN_FUSE_CORPUS") else {
        eprintln!("skipped: TKN_FUSE_CORPUS is not set");
        return;
    };
    compare_all(&files(Path::new(&folder)));
}

#[test]
fn reads_random_anchors_and_merges_as_go_does() {
    let mut random = Random::new(7);
    let texts: Vec<_> = (0..600).map(|n| (format!("document {n}"), generate::anchors(&mut random))).collect();
    compare_all(&texts);
}

/// granit and go-yaml draw the line between YAML and no YAML in slightly different places; a value that
/// both read must be the same.
#[test]
fn reads_mutated_documents_as_go_does() {
    let seeds = files(Path::new("testdata/yaml/read"));
    let mut random = Random::new(20);
    let mutant = |_| {
        let seed = random.below(seeds.len());
        generate::mutate(&mut random, &seeds[seed].1)
    };
    let texts: Vec<String> = (0..3000).map(mutant).collect();
    let blobs: Vec<&str> = texts.iter().map(String::as_str).collect();
    let Some(answers) = go::read(&blobs) else { return };
    let differences: Vec<_> =
        texts.iter().zip(&answers).filter_map(|(text, go)| Some((text, compare(text, go).err()?))).collect();
    for (text, difference) in &differences {
        let refusal = difference.contains("only Go reads it") || difference.contains("Go refuses it");
        assert!(refusal, "{difference}\n{text}");
    }
    assert!(differences.len() <= 120, "{} of 3000 mutants are refused by one side only", differences.len());
}

/// The places where a string may stand.
fn documents_with(text: &str) -> [Node; 4] {
    let mut sources = Sources::default();
    let span = yaml::nowhere(sources.add("", ""));
    let string = || Node::string(span, text);
    [
        Node::mapping(span, [("key", string())]),
        Node::mapping(span, [(text, Node::sequence(span, vec![string(), Node::mapping(span, [("k", string())])]))]),
        Node::sequence(span, vec![Node::sequence(span, vec![string(), string()]), string()]),
        string(),
    ]
}

#[test]
fn go_reads_back_every_string() {
    let listed = std::fs::read_to_string("testdata/yaml/strings.txt").unwrap();
    let mut strings: Vec<String> = listed.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let mut random = Random::new(3);
    strings.extend((0..4000).map(|_| generate::string(&mut random)));
    let nodes: Vec<Node> = strings.iter().flat_map(|text| documents_with(text)).collect();
    let texts: Vec<String> = nodes.iter().map(yaml::write).collect();
    for (node, text) in nodes.iter().zip(&texts) {
        let read = read(text);
        let same = matches!(&read[..], [one] if one.root.as_ref().is_some_and(|root| root.same(node)));
        assert!(same && !refused(&read[0]), "not read back here: {text:?}\n{:?}", read[0].problems);
    }
    let blobs: Vec<&str> = texts.iter().map(String::as_str).collect();
    let Some(answers) = go::read(&blobs) else { return };
    for ((node, text), answer) in nodes.iter().zip(&texts).zip(&answers) {
        let meant: Json = serde_json::from_str(&node.json()).unwrap();
        assert_eq!(answer[0]["json"], meant, "Go reads {text:?} otherwise: {answer}");
    }
}
