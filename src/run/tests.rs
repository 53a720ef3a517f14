//! What happens to what the compiler gives back, whatever that is.

#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::Path;

use clap::Parser;

use super::*;
use crate::compile::Output;
use crate::diag::{Code, Diagnostic};
use crate::header::header;
use crate::source::Span;

/// Runs `compile ARGS` in which every input is fused: what `fuse` makes of its text comes out.
fn compile_with(args: &[&str], fuse: impl Fn(&str) -> String) -> (Exit, String, String) {
    let args: Vec<OsString> = ["tkn-fuse", "compile"].iter().chain(args).map(OsString::from).collect();
    let Command::Compile(command) = Cli::try_parse_from(&args).unwrap().command else { unreachable!() };
    let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
    let reporter = Reporter::new(&mut stderr, Format::Human, Environment::default().style(Color::Never));
    let mut streams = Streams { stdin: &mut io::empty(), stdout: &mut stdout, reporter };
    let target = Target::new(&command).unwrap();
    let (inputs, failure) = read(&command.input, Some(&target), streams.stdin, &mut Diagnostics::default());
    assert!(failure.is_none(), "{failure:?}");
    let fused = |source| Output { source, text: fuse(&inputs.sources.get(source).text), fused: true };
    let outputs: Vec<Output> = inputs.ids().into_iter().map(fused).collect();
    let places = target.places(&inputs).unwrap();
    let delivery = Delivery { sources: &inputs.sources, outputs: &outputs, target: &target, places: &places };
    let compares = command.check || command.diff;
    let exit =
        if compares { delivery.compare(&command, &args, &mut streams) } else { delivery.write(&mut streams) }.unwrap();
    (exit, String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap())
}

fn generated(text: &str) -> String {
    header("a.yaml", "0a") + "---\n" + text
}

/// A directory with the inputs `p/a.yaml` and `p/b.yaml`, and the paths of `p` and of an output directory.
fn project() -> (tempfile::TempDir, String, String) {
    let here = tempfile::tempdir().unwrap();
    fs::create_dir(here.path().join("p")).unwrap();
    for name in ["a", "b"] {
        fs::write(here.path().join("p").join(format!("{name}.yaml")), format!("{name}: 1\n")).unwrap();
    }
    let path = |name: &str| here.path().join(name).to_str().unwrap().to_owned();
    let (input, output) = (path("p"), path("deploy/"));
    (here, input, output)
}

#[test]
fn fused_texts_are_written_as_they_are() {
    let (_here, input, output) = project();
    assert_eq!(compile_with(&[&input, "-o", &output], generated).0, Exit::Fine);
    assert_eq!(fs::read_to_string(Path::new(&output).join("a.yaml")).unwrap(), generated("a: 1\n"));
    assert_eq!(compile_with(&[&input, "-o", &output, "--check"], generated).0, Exit::Fine);
    assert_eq!(compile_with(&[&input, "-o", &output, "--check"], str::to_owned).0, Exit::Differs);
}

#[test]
fn fused_texts_join_into_one_stream() {
    let (_here, input, _) = project();
    let (_, stdout, _) = compile_with(&[&input], generated);
    assert_eq!(stdout, generated("a: 1\n") + &generated("b: 1\n"));
}

#[test]
fn a_fused_output_whose_input_is_gone_is_left_over() {
    let (here, input, output) = project();
    compile_with(&[&input, "-o", &output], generated);
    fs::remove_file(here.path().join("p/b.yaml")).unwrap();
    let (exit, _, stderr) = compile_with(&[&input, "-o", &output, "--check"], generated);
    assert_eq!(exit, Exit::Differs);
    assert!(stderr.contains("left over: ") && stderr.contains("b.yaml"), "{stderr}");
    compile_with(&[&input, "-o", &output], generated);
    assert!(!Path::new(&output).join("b.yaml").exists());
}

#[test]
fn without_an_output_the_diff_is_against_the_source() {
    let (_here, input, _) = project();
    let (exit, stdout, _) = compile_with(&[&input, "--diff"], |text| text.replace('1', "2"));
    assert_eq!(exit, Exit::Differs);
    assert!(stdout.contains("-a: 1\n+a: 2\n") && stdout.contains("-b: 1\n+b: 2\n"), "{stdout}");
}

/// What `report` answers and says about one warning.
fn report_warning(args: &[&str]) -> (bool, String) {
    let args = ["tkn-fuse", "lint", "a.yaml"].iter().chain(args);
    let Command::Lint(input) = Cli::try_parse_from(args).unwrap().command else { unreachable!() };
    let mut inputs = Inputs::default();
    let source = inputs.sources.add("a.yaml", "a: 1\n");
    let mut diagnostics = Diagnostics::default();
    let warning = Diagnostic::new(Code::Syntax, "odd").at(Span::new(source, 0..1), "");
    diagnostics.push(Diagnostic { severity: Severity::Warning, ..warning });
    let mut stderr = Vec::new();
    let mut reporter = Reporter::new(&mut stderr, Format::Human, Environment::default().style(Color::Never));
    let bad = report(&inputs, &diagnostics, &input, "; nothing was written", &mut reporter);
    (bad, String::from_utf8(stderr).unwrap())
}

#[test]
fn warnings_forbid_output_only_where_they_are_denied() {
    let (bad, text) = report_warning(&[]);
    assert!(!bad && text.ends_with("tkn-fuse: 1 warning\n"), "{text}");
    let (bad, text) = report_warning(&["--deny-warnings"]);
    assert!(bad && text.ends_with("tkn-fuse: 1 warning (warnings are denied); nothing was written\n"), "{text}");
}
