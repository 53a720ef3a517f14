//! What the added code does besides putting values in.

use std::fs;

use tempfile::TempDir;
use tkn_fuse::shell::{Shape, Template};

use crate::{run_lowered, shells, text, with_references};

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
