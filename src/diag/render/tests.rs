use super::*;
use crate::diag::Code;

const PLAIN: Style = Style { color: false, unicode: true, width: 80 };

/// A source and the diagnostics of one test.
#[derive(Default)]
struct Case {
    sources: Sources,
    diagnostics: Diagnostics,
}

impl Case {
    fn source(&mut self, name: &str, text: &str) -> SourceId {
        self.sources.add(name, text)
    }

    /// The place of the only `needle` in a source.
    fn find(&self, source: SourceId, needle: &str) -> Span {
        let start = self.sources.get(source).text.find(needle).expect("the needle is there");
        Span::new(source, start..start + needle.len())
    }

    fn push(&mut self, diagnostic: Diagnostic) {
        self.diagnostics.push(diagnostic);
    }

    fn render(&self) -> String {
        render(&self.sources, &self.diagnostics, PLAIN)
    }
}

fn error(message: &str) -> Diagnostic {
    Diagnostic::new(Code::Syntax, message)
}

fn warning(message: &str) -> Diagnostic {
    Diagnostic { severity: Severity::Warning, ..error(message) }
}

#[test]
fn an_error_with_two_labels_and_help() {
    let mut case = Case::default();
    let id = case.source("p/build.yaml", "kind: Pipeline\nspec:\n  tasks:\n    - name: a\n      group: g\n");
    let help = "rename the group in p/build.yaml, or the task, so that `tkn-fuse compile p --tasks tasks -o deploy/` can tell them apart";
    let diagnostic = error("the group is named like a task").at(case.find(id, "g\n"), "the group");
    case.push(diagnostic.at(case.find(id, "Pipeline"), "of this Pipeline").help(help));
    insta::assert_snapshot!(case.render());
}

#[test]
fn ascii_frames_and_colours() {
    let mut case = Case::default();
    let id = case.source("a.yaml", "a: 1\nb: 2\n");
    case.push(warning("two is not one").at(case.find(id, "2"), "here").help("write 1"));
    let ascii = Style { unicode: false, ..PLAIN };
    insta::assert_snapshot!("ascii", render(&case.sources, &case.diagnostics, ascii));
    let colored = Style { color: true, ..PLAIN };
    insta::assert_snapshot!("colored", render(&case.sources, &case.diagnostics, colored).replace('\u{1b}', "^"));
}

#[test]
fn labels_in_several_files_get_a_frame_each() {
    let mut case = Case::default();
    let pipeline = case.source("pipeline.yaml", "tasks:\n  - name: a\n    taskRef: {name: build}\n");
    let task = case.source("task.yaml", "kind: Task\nmetadata:\n  name: build\n");
    let diagnostic = error("the Task has no steps").at(case.find(task, "build"), "this Task");
    case.push(diagnostic.at(case.find(pipeline, "build"), "used here"));
    insta::assert_snapshot!(case.render());
}

#[test]
fn places_are_right_with_tabs_wide_characters_and_crlf() {
    let mut case = Case::default();
    let id = case.source("a.yaml", "\u{feff}# é\r\nname: 日本 x\t\ttab\r\nend: 1\r\n");
    case.push(error("a word").at(case.find(id, "tab"), "tab"));
    case.push(error("wide characters").at(case.find(id, "日本"), "two"));
    insta::assert_snapshot!(case.render());
}

#[test]
fn a_long_label_shows_its_first_line() {
    let mut case = Case::default();
    let id = case.source("a.yaml", "steps:\n  - name: a\n    script: |\n      one\n      two\n");
    let start = case.find(id, "- name").start as usize;
    let end = case.sources.get(id).text.len();
    case.push(error("a whole step").at(Span::new(id, start..end), "the step"));
    insta::assert_snapshot!(case.render());
}

#[test]
fn a_very_long_line_is_shown_in_part() {
    let mut case = Case::default();
    let filler = "\"é\": 1, ".repeat(500);
    let id = case.source("a.json", &format!("{{{filler}\"here\": 2, {filler}\"there\": 3}}\n"));
    case.push(error("in one line").at(case.find(id, "here"), "one").at(case.find(id, "there"), "two"));
    insta::assert_snapshot!(case.render());
}

#[test]
fn places_at_the_end_and_in_empty_sources() {
    let mut case = Case::default();
    let (empty, text) = (case.source("empty.yaml", ""), case.source("a.yaml", "a: [\n\n"));
    case.push(error("nothing there").at(Span::new(empty, 0..0), "here"));
    case.push(error("the text ends too early").at(Span::new(text, 6..6), "expected ]"));
    case.push(error("a place behind the end").at(Span::new(text, 70..90), "nowhere"));
    insta::assert_snapshot!(case.render());
}

#[test]
fn notes_take_one_line() {
    let mut case = Case::default();
    let id = case.source("a.yaml", "a: 1\nb: 2\n");
    let note = |message: &str| Diagnostic { severity: Severity::Note, ..error(message) };
    case.push(note("two\nlines").at(case.find(id, "2"), "here").help("do this"));
    case.push(note("without a place"));
    insta::assert_snapshot!(case.render(), @r"
    note[TF101] a.yaml:2: two lines; help: do this
    note[TF101] without a place
    ");
}

#[test]
fn the_order_is_source_then_place_then_weight() {
    let mut case = Case::default();
    let (a, b) = (case.source("a.yaml", "a: 1\nb: 2\n"), case.source("b.yaml", "c: 3\n"));
    case.push(error("no place"));
    case.push(error("1").at(case.find(b, "3"), ""));
    case.push(warning("2").at(case.find(a, "2"), ""));
    case.push(error("3").at(case.find(a, "2"), ""));
    case.push(warning("4").at(case.find(a, "1"), ""));
    let out = case.render();
    let order: Vec<_> = out.lines().filter_map(|line| line.trim().strip_prefix(['×', '⚠'])).map(str::trim).collect();
    assert_eq!(order, ["4", "3", "2", "1", "no place"]);
}

#[test]
fn nothing_from_the_input_steers_the_terminal() {
    let mut case = Case::default();
    let id = case.source("a\u{1b}.yaml", "a: \u{1b}[31mé\u{9b}\u{202e}x\u{7f}\n");
    case.push(error("odd \u{1b}[0m").at(case.find(id, "x"), "\u{1b}").help("\u{1b}"));
    let out = case.render();
    let steers = |c: char| c.is_control() && c != '\n' || c == '\u{202e}';
    assert!(!out.contains(steers), "{out:?}");
    assert!(out.contains("a?.yaml:1:12"), "places stay right: {out}");
}

#[test]
fn any_place_can_be_shown() {
    let mut case = Case::default();
    let text = "é\r\n\ta: \u{200d}日\n\n  b\rc  \n";
    let id = case.source("a.yaml", text);
    for start in 0..text.len() + 2 {
        for end in start..text.len() + 3 {
            let other = Span::new(id, end..end + 1);
            case.push(error("x").at(Span::new(id, start..end), "label").at(other, "other"));
        }
    }
    let out = case.render();
    assert_eq!(out.matches("── label").count(), case.diagnostics.iter().count(), "{out}");
    assert!(!out.contains("Failed"), "{out}");
}

#[test]
fn a_report_at_the_end_of_a_long_stream_is_quick() {
    let mut case = Case::default();
    let id = case.source("a.yaml", &"key: value\n".repeat(1_000_000));
    let end = case.sources.get(id).text.len();
    let first = std::time::Instant::now();
    for place in (end - 1100..end - 11).step_by(11) {
        case.push(error("late").at(Span::new(id, place..place + 3), "here"));
    }
    assert!(case.render().contains("a.yaml:999999:1"));
    // Scanning from the start takes many seconds for these 100 in a test build.
    assert!(first.elapsed().as_secs() < 5, "{:?}", first.elapsed());
}

#[test]
fn the_summary_counts_errors_and_warnings() {
    let mut diagnostics = Diagnostics::default();
    diagnostics.push(Diagnostic { severity: Severity::Note, ..error("n") });
    assert_eq!(summary(&diagnostics), None);
    diagnostics.push(warning("w"));
    assert_eq!(summary(&diagnostics).as_deref(), Some("1 warning"));
    diagnostics.push(error("a"));
    diagnostics.push(error("b"));
    assert_eq!(summary(&diagnostics).as_deref(), Some("2 errors, 1 warning"));
}
