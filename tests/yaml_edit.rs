//! Edits of documents: what changes, and that nothing else does.

#![allow(clippy::unwrap_used, missing_docs)]

use tkn_fuse::source::Sources;
use tkn_fuse::yaml::{self, Edit, EditError, Node, Path, ScalarKind, Segment};

/// `a.0.b` as a path.
fn path(text: &str) -> Path {
    let segment = |part: &str| part.parse().map_or_else(|_| Segment::from(part), Segment::Index);
    text.split('.').filter(|part| !part.is_empty()).map(segment).collect()
}

/// A node from YAML text.
fn node(text: &str) -> Node {
    let mut sources = Sources::default();
    let id = sources.add("node", text);
    yaml::documents(&sources, id).pop().and_then(|document| document.root).unwrap()
}

fn replace(at: &str, with: &str) -> Edit {
    Edit::Replace(path(at), node(with))
}

fn remove(at: &str) -> Edit {
    Edit::Remove(path(at))
}

fn insert(parent: &str, at: usize, key: Option<&str>, with: &str) -> Edit {
    Edit::Insert { parent: path(parent), at, key: key.map(str::to_owned), node: node(with) }
}

fn rename(at: &str, key: &str) -> Edit {
    Edit::Rename(path(at), key.to_owned())
}

fn rewrite(text: &str, edits: &[Edit]) -> Result<String, EditError> {
    let mut sources = Sources::default();
    let id = sources.add("test.yaml", text);
    let documents = yaml::documents(&sources, id);
    yaml::rewrite(text, &documents[0], edits)
}

#[track_caller]
fn check(text: &str, edits: &[Edit], expected: &str) {
    let new = rewrite(text, edits).unwrap();
    assert_eq!(new, expected, "\n--- is\n{new}\n--- should be\n{expected}");
}

const PIPELINE: &str = "\
# A pipeline
kind: Pipeline   # kind
metadata:
  name: 'ci'
  labels: {a: b, c: d}

spec:
  # what it takes
  params:
    - name: url   # the url
      default: \"x\"
    # the revision
    - name: revision
      description: |
        What to
        build
  tasks:
    # first
    - name: clone   # clone it
      taskRef:
        name: git-clone
      # inside of clone
    # second
    - name: test
      runAfter: [clone]

    # last

    - name: upload
      runAfter:
        - test
# end
";

#[test]
fn no_edit_changes_nothing() {
    check(PIPELINE, &[], PIPELINE);
    check(PIPELINE, &[replace("metadata.name", "ci"), replace("spec.params.0.name", "\"url\"")], PIPELINE);
}

#[test]
fn scalars_keep_their_style() {
    check(PIPELINE, &[replace("metadata.name", "it's")], &PIPELINE.replace("'ci'", "'it''s'"));
    check(PIPELINE, &[replace("spec.params.0.default", "yes it is")], &PIPELINE.replace("\"x\"", "\"yes it is\""));
    check(PIPELINE, &[replace("kind", "Task")], &PIPELINE.replace("kind: Pipeline ", "kind: Task "));
    check(PIPELINE, &[replace("kind", "\"no\"")], &PIPELINE.replace("kind: Pipeline ", "kind: \"no\" "));
    check(
        PIPELINE,
        &[replace("spec.params.1.description", "\"one\\ntwo\\nthree\"")],
        &PIPELINE.replace("|\n        What to\n        build\n", "|-\n        one\n        two\n        three\n"),
    );
    check("a: 1 # c\n", &[replace("a", "0x1F")], "a: 0x1F # c\n");
    check("a: 1 # c\nb: 2\n", &[replace("a", "\"x\\ny\"")], "a: |- # c\n  x\n  y\nb: 2\n");
    check("a: x", &[replace("a", "\"x\\ny\\n\"")], "a: |\n  x\n  y");
    check("a:   # c\nb: 2\n", &[replace("a", "x")], "a: x   # c\nb: 2\n");
    check("a:\n  text\nb: 2\n", &[replace("a", "x")], "a:\n  x\nb: 2\n");
}

#[test]
fn removed_items_take_their_comments_along() {
    check(
        PIPELINE,
        &[remove("spec.tasks.0")],
        &PIPELINE.replace(
            "    # first\n    - name: clone   # clone it\n      taskRef:\n        name: git-clone\n      # inside of clone\n",
            "",
        ),
    );
    check(
        PIPELINE,
        &[remove("spec.tasks.1")],
        &PIPELINE.replace("    # second\n    - name: test\n      runAfter: [clone]\n", ""),
    );
    check(
        PIPELINE,
        &[remove("spec.tasks.2")],
        &PIPELINE.replace("\n    - name: upload\n      runAfter:\n        - test\n", ""),
    );
    check(PIPELINE, &[remove("spec.params.0.name")], &PIPELINE.replace("name: url   # the url\n      ", ""));
    check(
        PIPELINE,
        &[remove("spec.params.1.description")],
        &PIPELINE.replace("      description: |\n        What to\n        build\n", ""),
    );
    check("a: 1\n\nb: 2\n", &[remove("b")], "a: 1\n");
    check("a: 1\nb: 2", &[remove("b")], "a: 1\n");
    check("a: 1\n\n# b\nb: 2\n\nc: 3\n", &[remove("b")], "a: 1\n\nc: 3\n");
}

#[test]
fn comments_of_the_next_entry_move_up_to_the_dash() {
    check("- a: 1 # a\n  # b\n  b: 2\n- c\n", &[remove("0.a")], "- # b\n  b: 2\n- c\n");
    check("- - a\n  - b\n- - c\n", &[remove("0.0")], "- - b\n- - c\n");
    check("- - a\n  - b\n", &[insert("0", 0, None, "{x: 1, z: 2}")], "- - x: 1\n    z: 2\n  - a\n  - b\n");
    check("- a: 1\n  b: 2\n", &[remove("0.a"), insert("0", 1, Some("z"), "[1]")], "- z:\n  - 1\n  b: 2\n");
}

#[test]
fn emptied_collections_stay_as_empty_ones() {
    check("a:\n  b: 1\nc: 2\n", &[remove("a.b")], "a: {}\nc: 2\n");
    check("a:\n  # b\n  - b # x\n  # deep\nc: 2\n", &[remove("a.0")], "a: []\nc: 2\n");
    check("- a: 1\n- b\n", &[remove("0.a")], "- {}\n- b\n");
    check("a: [b]\n", &[remove("a.0")], "a: []\n");
    check("a: 1\n", &[remove("a")], "{}\n");
}

#[test]
fn insertions_look_like_their_neighbours() {
    check(
        PIPELINE,
        &[insert("spec.tasks", 1, None, "{name: new, runAfter: [clone]}")],
        &PIPELINE.replace("    # second\n", "    - name: new\n      runAfter:\n        - clone\n    # second\n"),
    );
    check(
        PIPELINE,
        &[insert("spec.tasks", 3, None, "{name: new}")],
        &PIPELINE.replace("        - test\n", "        - test\n    - name: new\n"),
    );
    check("a:\n- b\nc: 1\n", &[insert("", 1, Some("m"), "{x: [1]}")], "a:\n- b\nm:\n  x:\n  - 1\nc: 1\n");
    check("a:\n    b: 1\n", &[insert("a", 1, Some("m"), "{x: 1}")], "a:\n    b: 1\n    m:\n        x: 1\n");
    check("- a\n\n- b\n", &[insert("", 1, None, "x")], "- a\n\n- x\n\n- b\n");
    check("- a\n\n- b\n", &[insert("", 2, None, "x")], "- a\n\n- b\n\n- x\n");
    check("a: []\n", &[insert("a", 0, None, "x")], "a:\n- x\n");
    check("a: {} # none\nb: 1\n", &[insert("a", 0, Some("x"), "1")], "a: # none\n  x: 1\nb: 1\n");
    check("a: 1", &[insert("", 1, Some("b"), "\"x\\ny\"")], "a: 1\nb: |-\n  x\n  y");
}

#[test]
fn a_replaced_item_keeps_its_place() {
    let edits = [remove("1"), remove("2"), insert("", 1, None, "{name: fused}")];
    check("- a\n\n# b\n- b\n\n- c\n\n- d\n", &edits, "- a\n\n- name: fused\n\n- d\n");
    check("- a\n- b\n- c\n", &[remove("0"), remove("1"), insert("", 0, None, "x")], "- x\n- c\n");
}

#[test]
fn collections_and_scalars_take_each_others_place() {
    check("a: 1 # c\nb: 2\n", &[replace("a", "{x: [1]}")], "a: # c\n  x:\n  - 1\nb: 2\n");
    check("a: # c\n  x: 1\n  # deep\nb: 2\n", &[replace("a", "t")], "a: t # c\nb: 2\n");
    check("a:\n- x\n- y\nb: 2\n", &[replace("a", "{z: 1}")], "a:\n  z: 1\nb: 2\n");
    check("- a: 1\n  b: 2\n- c\n", &[replace("0", "t")], "- t\n- c\n");
    check("- t # c\n- c\n", &[replace("0", "{a: 1, b: 2}")], "- a: 1 # c\n  b: 2\n- c\n");
    check("a: |\n  x\n  y\nb: 1\n", &[replace("a", "{c: 1}")], "a:\n  c: 1\nb: 1\n");
    check("a: |\n  x\n\nb: 1\n", &[replace("a", "12")], "a: 12\n\nb: 1\n");
}

#[test]
fn flow_collections_stay_flow_collections() {
    check(PIPELINE, &[remove("metadata.labels.a")], &PIPELINE.replace("{a: b, c: d}", "{c: d}"));
    check(PIPELINE, &[remove("metadata.labels.c")], &PIPELINE.replace("{a: b, c: d}", "{a: b}"));
    check("a: [b, c, d,]\n", &[remove("a.2")], "a: [b, c,]\n");
    check("a: [b, c]\n", &[insert("a", 0, None, "x"), insert("a", 2, None, "{w: 1}")], "a: [x, b, c, {w: 1}]\n");
    check("a: [b, c]\n", &[remove("a.1"), insert("a", 1, None, "x")], "a: [b, x]\n");
    check("a: [b]\n", &[replace("a.0", "\"x\\ny\"")], "a: [\"x\\ny\"]\n");
    check("[\n  a, # a\n  # b\n  b,\n  c\n]\n", &[remove("1")], "[\n  a, # a\n  c\n]\n");
    check("[\n  a, # a\n  c\n]\n", &[insert("", 2, None, "d")], "[\n  a, # a\n  c,\n  d\n]\n");
}

#[test]
fn json_stays_json() {
    let text = "{\n  \"a\": 1,\n  \"b\": [\"x\", \"y\"],\n  \"c\": {\"d\": null}\n}\n";
    let edits =
        [remove("c"), replace("a", "yes"), replace("b.0", "text"), insert("b", 2, None, "{k: 0x10}"), rename("b", "e")];
    check(text, &edits, "{\n  \"a\": true,\n  \"e\": [\"text\", \"y\", {\"k\":16}]\n}");
}

#[test]
fn keys_are_renamed_in_their_quotes() {
    check(
        "a: 1\n'b' : 2\n\"c\": 3\n",
        &[rename("a", "yes"), rename("b", "x"), rename("c", "y\n")],
        "\"yes\": 1\n'x' : 2\n\"y\\n\": 3\n",
    );
    check("? a\n: 1\n", &[rename("a", "b")], "? b\n: 1\n");
    assert_eq!(rewrite("a: 1\nb: 2\n", &[rename("a", "b")]), Err(EditError::KeyExists("b".to_owned())));
    check("a: 1\nb: 2\n", &[rename("a", "b"), rename("b", "a")], "b: 1\na: 2\n");
}

#[test]
fn other_users_of_an_anchor_see_no_edit() {
    check("a: &x {k: 1}\nb: *x\nc: *x\n", &[remove("a")], "b: &x\n  k: 1\nc: *x\n");
    check("a: &x text\nb: [*x]\nc: *x\n", &[replace("a", "new")], "a: new\nb: [&x text]\nc: *x\n");
    check("a: &x\n  k: 1\nb: *x\n", &[replace("a.k", "2")], "a:\n  k: 2\nb: &x\n  k: 1\n");
    check("a: &x\n  k: 1\nb: *x\nc: *x\n", &[replace("b.k", "2")], "a: &x\n  k: 1\nb:\n  k: 2\nc: *x\n");
    check("a: &x {k: 1}\nb: *x\n", &[remove("a"), remove("b.k"), insert("b", 1, Some("z"), "2")], "b:\n  z: 2\n");
    check("- &x a\n- *x\n- *x\n", &[remove("0"), remove("1")], "- &x a\n");
    check("- &x [a, b]\n- *x\n- *x\n", &[remove("0")], "- &x\n  - a\n  - b\n- *x\n");
}

#[test]
fn an_edit_of_a_merged_key_stays_where_it_is_made() {
    let text = "a: &x {k: 1, l: 2}\nb:\n  <<: *x\n  m: 3\nc:\n  <<: *x\n";
    check(text, &[replace("b.k", "5")], "a: &x {k: 1, l: 2}\nb:\n  k: 5\n  l: 2\n  m: 3\nc:\n  <<: *x\n");
    check(text, &[replace("b.m", "4")], &text.replace("m: 3", "m: 4"));
    check(text, &[remove("a")], "b:\n  <<: &x\n    k: 1\n    l: 2\n  m: 3\nc:\n  <<: *x\n");
}

#[test]
fn line_breaks_stay_those_of_the_file() {
    let text = "a: 1\r\nb: |\r\n  x\r\n  y\r\nc:\r\n- d # d\r\n- e\r\n";
    let edits = [replace("b", "\"1\\n2\\n\""), insert("c", 1, None, "{x: 1, z: 2}"), remove("c.1")];
    check(text, &edits, "a: 1\r\nb: |\r\n  1\r\n  2\r\nc:\r\n- d # d\r\n- x: 1\r\n  z: 2\r\n");
}

#[test]
fn only_the_document_itself_comes_back() {
    let text = "\u{feff}---\na: ä\n--- # second\nb: 1\n";
    let mut sources = Sources::default();
    let id = sources.add("test.yaml", text);
    let documents = yaml::documents(&sources, id);
    assert_eq!(documents.len(), 2);
    assert_eq!(yaml::rewrite(text, &documents[1], &[replace("b", "ö")]).unwrap(), "b: ö\n");
    assert_eq!(yaml::rewrite(text, &documents[0], &[rename("a", "ü")]).unwrap(), "ü: ä\n");
}

#[test]
fn impossible_edits_are_errors() {
    assert_eq!(rewrite("a: 1\n", &[remove("b")]), Err(EditError::NoSuchPath(path("b"))));
    assert_eq!(rewrite("a: 1\n", &[remove("a.b")]), Err(EditError::NoSuchPath(path("a.b"))));
    assert_eq!(rewrite("a: 1\n", &[insert("a", 0, None, "x")]), Err(EditError::NoSuchPath(path("a"))));
    assert_eq!(rewrite("- 1\n", &[insert("", 2, None, "x")]), Err(EditError::NoSuchPath(path(""))));
    assert_eq!(rewrite("- 1\n", &[remove("")]), Err(EditError::Conflict(path(""))));
    assert_eq!(rewrite("a: 1\n", &[replace("a", "2"), replace("a", "3")]), Err(EditError::Conflict(path("a"))));
    assert!(rewrite("# nothing\n", &[replace("", "x")]).is_err());
}

#[test]
fn nodes_of_code_are_written_as_they_are() {
    let mut sources = Sources::default();
    let span = yaml::nowhere(sources.add("", ""));
    let int = Node::scalar(span, ScalarKind::Int, "0777");
    let script = Node::string(span, "#!/bin/sh\necho 'a: b'\n");
    let edits = [Edit::Replace(path("a"), int), Edit::Replace(path("b"), script)];
    check("a: 1\nb: 'x'\n", &edits, "a: 0777\nb: |\n  #!/bin/sh\n  echo 'a: b'\n");
}

/// How many lines were taken out and put in.
fn changed_lines(old: &str, new: &str) -> (usize, usize) {
    let diff = similar::TextDiff::from_lines(old, new);
    let count = |tag| diff.iter_all_changes().filter(|change| change.tag() == tag).count();
    (count(similar::ChangeTag::Delete), count(similar::ChangeTag::Insert))
}

/// Small edits of real files give small diffs.
#[test]
fn edits_of_the_corpus_touch_nothing_else() {
    let Some(folder) = std::env::var_os("TKN_FUSE_CORPUS") else { return };
    let mut edited = 0;
    for file in walkdir::WalkDir::new(folder).into_iter().flatten() {
        let Ok(text) = std::fs::read_to_string(file.path()) else { continue };
        let mut sources = Sources::default();
        let id = sources.add("", text.as_str());
        for document in yaml::documents(&sources, id) {
            let Some(root) = &document.root else { continue };
            let old = sources.text(document.span);
            let change = |edits: &[Edit]| changed_lines(old, &yaml::rewrite(&text, &document, edits).unwrap());
            if root.at(&path("metadata.name")).is_some() {
                let count = root.at(&path("metadata")).and_then(Node::as_mapping).map_or(0, |m| m.entries.len());
                let edits = [replace("metadata.name", "new-name"), insert("metadata", count, Some("added"), "value")];
                let (out, put) = change(&edits);
                assert!(out <= 2 && put <= 3, "{}: {out} {put}", file.path().display());
                edited += 1;
            }
            for list in ["spec.tasks", "spec.steps", "spec.params"] {
                let items = root.at(&path(list)).and_then(Node::as_sequence).map_or(0, <[Node]>::len);
                for at in (0..items).step_by(1 + items / 4).filter(|_| items > 1) {
                    let (_, put) = change(&[remove(&format!("{list}.{at}"))]);
                    let anchors = old.matches(": &").count();
                    assert!(put <= anchors, "{}: {list}.{at}", file.path().display());
                    let edits = [remove(&format!("{list}.{at}")), insert(list, at, None, "{name: fused, z: [1, 2]}")];
                    let (_, put) = change(&edits);
                    assert!(put <= 6 + anchors, "{}: {list}.{at} {put}", file.path().display());
                    edited += 1;
                }
            }
        }
    }
    assert!(edited > 100, "the corpus has only {edited} places to edit");
}
