//! Lowered scripts, run for real by every shell on this machine, against what Tekton did: paste the text, then run.
#![allow(clippy::unwrap_used)]

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::thread;

use tempfile::TempDir;
use tkn_fuse::shell::{Lowering, Quoting, Read, Reference, Shape, Template, lower, quoting};

const FIRST: &str = "$(tasks.a.results.r)";
const SECOND: &str = "$(tasks.b.results.s)";

/// The shells that are here, each with the arguments that make it what it is. `sh` and `bash` must be.
fn shells() -> Vec<Vec<&'static str>> {
    let all = [
        vec!["sh"],
        vec!["bash"],
        vec!["bash", "--posix"],
        vec!["dash"],
        vec!["busybox", "ash"],
        vec!["mksh"],
        vec!["ksh93"],
    ];
    let runs = |shell: &Vec<&str>| {
        let [program, arguments @ ..] = shell.as_slice() else { return false };
        Command::new(program).args(arguments).args(["-c", ":"]).output().is_ok_and(|output| output.status.success())
    };
    let here: Vec<_> = all.into_iter().filter(runs).collect();
    assert!(here.contains(&vec!["sh"]) && here.contains(&vec!["bash"]), "sh and bash are needed to test scripts");
    here
}

/// Runs a script as Tekton does: from a file, with its preamble if it has no first line `#!`, whose options go to the
/// shell under test.
fn run(shell: &[&str], dir: &Path, script: &str) -> Output {
    let script = if script.starts_with("#!") { script.to_owned() } else { format!("#!/bin/sh\nset -e\n{script}") };
    let file = dir.join("tkn-fuse-test-script");
    fs::write(&file, &script).unwrap();
    let options = script.lines().next().unwrap().split_whitespace().skip_while(|word| !word.starts_with('-'));
    let mut child = Command::new(shell[0])
        .args(&shell[1..])
        .args(options)
        .arg(&file)
        .args(["one", "two words"])
        .current_dir(dir)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A script that does not read its input may be gone before it is written.
    let _ = child.stdin.take().unwrap().write_all(b"first line\nsecond line\n");
    child.wait_with_output().unwrap()
}

/// The script's text with `@1` and `@2` as references, and the places of those with the read they name.
fn with_references(script: &str) -> (String, Vec<Reference>) {
    let script = script.replace("@1", FIRST).replace("@2", SECOND);
    let places = |text: &'static str, read| {
        script.match_indices(text).map(move |(at, text)| Reference { range: at..at + text.len(), read }).collect()
    };
    let references = [places(FIRST, 0), places(SECOND, 1)].map(|found: Vec<_>| found).concat();
    (script, references)
}

/// The reads of two results that hold `values`.
fn reads(dir: &Path, values: [&[u8]; 2]) -> Vec<Read> {
    let read = |name: &str, value: &[u8]| {
        let path = dir.join(format!("result '{name}'"));
        fs::write(&path, value).unwrap();
        let path = path.to_str().unwrap().to_owned();
        Read { path, what: format!("result `{name}` of task `it's`"), shape: Shape::Text }
    };
    vec![read("r", values[0]), read("s", values[1])]
}

const VALUES: &[&str] = &[
    "plain",
    "two words",
    "  spaces  ",
    "",
    "line one\nline two",
    "ends in newline\n",
    "\n\n",
    "*",
    "-n",
    "a;b",
    "# no comment",
    "ünïcödé 日本 \u{81}",
    "{\"a\": [1, \"b\"]}",
    "it's",
    "$HOME `echo x` $(echo y)",
    "back\\slash \\n",
    "say \"hi\"",
    "@tkn-fuse-1@ &|%",
    "a\r\nb",
];

const SCRIPTS: &[&str] = &[
    "printf '<%s>' \"@1\" \"a @1 b\" \"@1@2\"",
    "printf '<%s>' @1\n",
    "@1",
    "echo '@1' \"@1\"\n",
    "cat <<EOF\na @1 \"@2\"\nEOF\necho \"@1\"\n",
    "cat <<'EOF'\na @1 \"@2\"\nEOF",
    "cat <<EOF\n@1",
    "cat <<EOF\n\"@1\"\nEOF",
    "x=\"$(printf '%s' \"@1\")\"; printf '<%s>' \"$x\" \"$(date +%Y | cut -c1-2)\" \"$#\" \"$1\" \"$2\"",
    "#!/bin/sh\nfalse\nx=@1\necho \"$x\" $?\nfalse\n",
    "#!/bin/sh -eu\nx=\"@1\"\necho \"$x\"\nfalse\necho not here\n",
    "#! /bin/sh -eu\necho @1\n: \"$nothing\"\necho not here\n",
    "#!/usr/bin/env sh\nprintf '%s\\n' \"@1\"; exit 7",
    "#!/bin/sh -f\necho @1 \"@2\"; exit 3\n",
    "f() { echo \"f: @1 $1\"; return 4; }\nf x || echo $?\nf y\necho not here\n",
    "f() { echo f: @1 $1; return 4; }\nf x || echo $?\nf y\necho not here\n",
    "trap 'echo bye @1' EXIT\necho \"@2\"\nexit 5\n",
    "trap \"echo 'bye @1'\" EXIT\necho hi\nfalse",
    "#!/bin/sh\ntrap 'echo bye' EXIT\necho @1\nfalse",
    "read line; printf '<%s>' \"$line\" \"@1\"; cat",
    "read line; printf '<%s>' \"$line\" @1; cat",
    "case \"@1\" in plain) echo yes;; \"@2\") echo two;; *) echo no;; esac",
    "case @1 in plain) echo yes;; *) echo no;; esac",
    "echo \"$# $1 $2\" @1; shift; set -- a \"@2\" c; printf '<%s>' \"$@\"",
    "exec printf '<%s>' \"@1\"",
    "exec printf '<%s>' @1",
    "echo \"@1\" # a comment @2\necho end",
    "if [ \"@1\" = plain ]; then echo same; else echo \"other @2\"; fi; IFS=x; echo \"@1\"; set -f; echo @2",
    "for i in \"@1\" b @2; do printf '<%s>' \"$i\"; done >out; cat out",
    "set -u; set -C; (echo \"@1\"; exit 3) || echo $?; { echo @2; } | cat; echo \"$0\" | wc -l; echo $((1 + 2))",
    "echo `echo \"@1\"` \"${x:-\"@2\"}\"",
    "echo \"@1\"\r\nprintf '%s' @2\r\n",
    "\n\n  echo \"@1\" \\\n  @2 \\\n",
    "if true; then echo \"@1\" @2",
    "set -- \"@1\"; while [ $# -gt 0 ]; do printf '<%s>' \"$1\"; shift; done; echo \"$IFS\" | od -c; echo @2",
];

const BASH_SCRIPTS: &[&str] = &[
    "#!/bin/bash\nset -euo pipefail\nif [[ \"@1\" == plain ]]; then echo same; else echo \"other @2\"; fi",
    "#!/bin/bash\nif [[ @1 == plain ]]; then echo same; fi; [[ x =~ \"@2\" ]]",
    "#!/usr/bin/env bash\na=(\"@1\" @2 c); printf '<%s>' \"${#a[@]}\" \"${a[@]}\"; diff <(echo \"@1\") <(echo \"@2\")",
    "#!/bin/bash\ntrap 'echo error' ERR\necho \"@1\" @2\nfalse",
    "#!/bin/bash\nfoo() { local x=\"@1\"; echo \"$x\"; }\nexport -f foo\nbash -c foo; cat <<<\"@2\"; echo $'it\\'s' \"@1\"",
    "#!/bin/bash\nset -o errtrace; trap 'echo error' ERR; shopt -s expand_aliases\nalias say='echo @1'\nsay x\n! true",
];

/// Whether pasting and a variable in double quotes mean the same for this value.
fn is_literal_in_quotes(value: &str) -> bool {
    !value.contains(['"', '$', '`', '\\'])
}

fn compare(shell: &[&str], script: &str, values: [&str; 2]) {
    let (script, references) = with_references(script);
    let ranges: Vec<_> = references.iter().map(|reference| reference.range.clone()).collect();
    let doubled = quoting(&script, &ranges).contains(&Quoting::Double);
    if doubled && !values.iter().all(|value| is_literal_in_quotes(value)) {
        return;
    }
    let dir = TempDir::new().unwrap();
    let pasted = script.replace(FIRST, values[0]).replace(SECOND, values[1]);
    let expected = run(shell, dir.path(), &pasted);
    let _ = fs::remove_file(dir.path().join("out"));
    let results = TempDir::new().unwrap();
    let reads = reads(results.path(), values.map(str::as_bytes));
    let lowered = lower(&script, &Lowering { member: "deploy".to_owned(), reads, references, enter: None });
    let actual = run(shell, dir.path(), &lowered);
    let shown = |output: &Output| (String::from_utf8_lossy(&output.stdout).into_owned(), output.status.code());
    let errors = |output: &Output| String::from_utf8_lossy(&output.stderr).into_owned();
    let unparsable = ["syntax error", "unexpected", "nmatched", "nterminated", "conditional", "closing"];
    if unparsable.iter().any(|word| errors(&expected).contains(word)) && !actual.status.success() {
        // Shells differ in what they make of a syntax error in a file and in `eval`; bash even ends with 0 for some.
        return;
    }
    assert_eq!(
        shown(&actual),
        shown(&expected),
        "{shell:?} {values:?}\n{script}\n--- lowered\n{lowered}\n--- stderr, then expected\n{}\n{}",
        errors(&actual),
        errors(&expected)
    );
}

#[test]
fn lowered_scripts_do_what_pasted_ones_did() {
    thread::scope(|scope| {
        for shell in shells() {
            scope.spawn(move || {
                let all = ["sh", "bash"].contains(shell.last().unwrap());
                for (turn, script) in SCRIPTS.iter().enumerate() {
                    for (index, value) in VALUES.iter().enumerate().filter(|(index, _)| all || (index + turn) % 4 == 0)
                    {
                        compare(&shell, script, [value, VALUES[(index + 5) % VALUES.len()]]);
                    }
                }
            });
        }
    });
}

#[test]
fn lowered_bash_scripts_do_what_pasted_ones_did() {
    for script in BASH_SCRIPTS {
        for (index, value) in VALUES.iter().enumerate() {
            compare(&["bash"], script, [value, VALUES[(index + 3) % VALUES.len()]]);
        }
    }
}

/// Lowers for reads that hold `values` and runs under `shell`.
fn run_lowered(shell: &[&str], script: &str, values: [&[u8]; 2], change: impl Fn(&mut Lowering)) -> Output {
    let (dir, results) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let (script, references) = with_references(script);
    let reads = reads(results.path(), values);
    let mut lowering = Lowering { member: "deploy".to_owned(), reads, references, enter: None };
    change(&mut lowering);
    run(shell, dir.path(), &lower(&script, &lowering))
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn values_are_kept_to_the_byte() {
    let mut value: Vec<u8> = (1..=255).collect();
    value.extend("é日本\n\n'q\" $x `y` \\".bytes());
    value.extend(vec![b'x'; 4096]);
    value.extend([0xff, 0xfe, 0x81, 0x88, b'\n', b'\n']);
    for shell in shells() {
        for script in ["printf %s \"@1\"", "x=\"@1\"\ncat <<E >/dev/null\n@2\nE\nprintf %s \"$x\""] {
            let output = run_lowered(&shell, script, [&value, b"plain"], |_| {});
            // mksh and ksh93 have no printf of their own in every build; the values here go through whatever they have.
            assert_eq!(output.stdout, value, "{shell:?} {script}");
        }
    }
}

#[test]
fn nothing_runs_if_a_result_is_missing() {
    for shell in shells() {
        let output = run_lowered(&shell, "echo no @1", [b"a", b"b"], |lowering| {
            lowering.reads[1].path += " gone";
        });
        assert_eq!((text(&output.stdout), output.status.code()), (String::new(), Some(1)), "{shell:?}");
        let message = "tkn-fuse: task deploy does not start: result `s` of task `it's` is missing\n";
        assert_eq!(text(&output.stderr), message, "{shell:?}");
    }
}

#[test]
fn a_trace_shows_the_script_and_not_the_added_code() {
    for shell in shells() {
        for (script, shown) in [("#!/bin/sh -x\necho \"@1\"", "+ echo"), ("#!/bin/sh -x\necho x @1", "+ echo")] {
            let trace = text(&run_lowered(&shell, script, [b"v", b"secret"], |_| {}).stderr);
            assert!(trace.contains(shown), "{shell:?} {trace}");
            // mksh traces the line that stops the trace.
            assert!(shell == ["mksh"] || !trace.contains("tkn_fuse"), "{shell:?} {trace}");
            assert!(!trace.contains("secret"), "{shell:?} {trace}");
        }
        let quiet = text(&run_lowered(&shell, "#!/bin/sh\necho \"@1\" @2", [b"v", b"w"], |_| {}).stderr);
        assert_eq!(quiet, "", "{shell:?}");
    }
}

#[test]
fn the_working_directory_is_made_and_entered() {
    for shell in shells() {
        let dir = TempDir::new().unwrap();
        let base = dir.path().canonicalize().unwrap();
        for (script, sub) in [("pwd", "a 'b'/$HOME \\x"), ("pwd; : @2", "it")] {
            let path = format!("{}/{sub}/@1/end", base.display());
            let output = run_lowered(&shell, script, [b"res*lt", b"x"], |lowering| {
                let (text, references) = with_references(&path);
                lowering.enter = Some(Template { text, references });
            });
            let expected = format!("{}\n", path.replace("@1", "res*lt"));
            assert_eq!(text(&output.stdout), expected, "{shell:?} {}", text(&output.stderr));
        }
        let output = run_lowered(&shell, "pwd", [b"x", b"x"], |lowering| {
            lowering.reads.clear();
            let text = dir.path().join("file/below").to_str().unwrap().to_owned();
            fs::write(dir.path().join("file"), "").unwrap();
            lowering.enter = Some(Template { text, references: Vec::new() });
        });
        assert_eq!((text(&output.stdout), output.status.code()), (String::new(), Some(1)), "{shell:?}");
        assert!(text(&output.stderr).contains("task deploy does not start: it cannot enter"), "{shell:?}");
    }
}

#[test]
fn json_is_taken_apart() {
    let array = r#"["", "a b" , "\u00e9\ud83d\ude00\"\\\/\n", null,"日本\u0001\ud800x" ]"#;
    let object = "{\"k\":\"v\\n\", \"it's\": \"w\"}\n";
    let element = |index| Shape::Element(index);
    let key = |key: &str| Shape::Key(key.to_owned());
    let good: &[(&str, Shape, &str)] = &[
        (array, element(0), ""),
        (array, element(1), "a b"),
        (array, element(2), "é😀\"\\/\n"),
        (array, element(3), ""),
        (array, element(4), "日本\u{1}\u{fffd}x"),
        (array, Shape::Elements, array),
        ("[]", Shape::Elements, "[]"),
        (object, key("k"), "v\n"),
        (object, key("it's"), "w"),
        ("{\"a\":\"1\",\"a\":\"2\"}", key("a"), "2"),
    ];
    let bad: &[(&str, Shape, &str)] = &[
        (array, element(5), "has nothing at 5"),
        (object, key("zz"), "has nothing at zz"),
        ("[1]", element(0), "is not JSON strings in []"),
        ("[\"a\"", element(0), "is not JSON"),
        ("[\"a\",]", element(0), "is not JSON"),
        ("[\"a\" \"b\"]", element(0), "is not JSON"),
        ("[\"a\"]x", element(0), "is not JSON"),
        (" [\"a\"]", element(0), "is not JSON"),
        ("[\"a\nb\"]", element(0), "is not JSON"),
        ("[\"\\x\"]", element(0), "is not JSON"),
        ("[\"\\u12\"]", element(0), "is not JSON"),
        ("{null:\"a\"}", key("a"), "is not JSON"),
        ("{\"a\":1}", key("a"), "is not JSON"),
        ("", Shape::Elements, "is not JSON"),
        ("plain", key("a"), "is not JSON"),
    ];
    for shell in shells() {
        for (json, shape, value) in good {
            let output = run_lowered(&shell, "#!/bin/sh -eu\nprintf %s \"@1\"", [json.as_bytes(), b""], |lowering| {
                lowering.reads[0].shape = shape.clone();
            });
            assert_eq!(text(&output.stdout), *value, "{shell:?} {json} {shape:?} {}", text(&output.stderr));
        }
        for (json, shape, message) in bad {
            let output = run_lowered(&shell, "echo no", [json.as_bytes(), b""], |lowering| {
                lowering.reads[0].shape = shape.clone();
            });
            assert_eq!((text(&output.stdout), output.status.code()), (String::new(), Some(1)), "{shell:?} {json}");
            assert!(text(&output.stderr).contains(message), "{shell:?} {json} {}", text(&output.stderr));
        }
    }
}
