//! What the `when` of a member comes to where results are missing, and where values are lists.

use tkn_fuse::shell::{Probe, Shape, probe_script};

use crate::gates::{ODD, Pod, expect};
use crate::{run, shells, text};

/// Sets a pod up, runs its gate in a prelude and as a step, and expects that it fails for the lack of `r`.
fn expect_failure(set_up: impl Fn(&mut Pod)) {
    let message = "tkn-fuse: task deploy does not start: result `r` of task `it's` is missing\n";
    for shell in shells() {
        for step in [false, true] {
            let mut pod = Pod::new();
            set_up(&mut pod);
            let output = if step { pod.step(&shell) } else { pod.prelude(&shell, "#!/bin/sh -eu\necho ran") };
            let seen = (text(&output.stdout), text(&output.stderr), output.status.code());
            assert_eq!(seen, (String::new(), message.to_owned(), Some(1)), "{shell:?}");
            let files = ["deploy-ran", "reason", "deploy-r", "run"].map(|name| pod.says(name));
            assert_eq!(files, ["-", "-", "-", if step { "false" } else { "-" }], "{shell:?}");
        }
    }
}

/// `r` is missing, `s` is `b`, and nobody forgives that.
fn lacking(pod: &mut Pod) {
    pod.read("r");
    pod.read("s");
    pod.write("s", "b");
}

#[test]
fn a_when_that_is_false_goes_before_a_missing_result() {
    for (input, operator, values, literal, skips) in [
        ("@1", "in", &["b"][..], Some(false), true),
        ("@1", "notin", &["b"], Some(true), false),
        ("@1", "in", &["b", "@1"], Some(true), false),
        ("@1", "notin", &["@1"], Some(false), true),
        // One missing result keeps all references literal.
        ("@2", "in", &["b"], Some(false), true),
        ("@2", "notin", &["b"], Some(true), false),
        ("b", "in", &["@2"], Some(false), true),
        ("b", "notin", &["@2"], Some(true), false),
        // Texts without any are what they are.
        ("b", "in", &["c"], None, true),
        ("b", "in", &["b"], None, false),
        ("b", "in", &["@1", "b"], Some(true), false),
        ("b", "in", &["@1", "c"], Some(false), true),
        ("b", "notin", &["c", "@1"], Some(true), false),
        ("b", "notin", &["@1", "b"], Some(false), true),
        // The values of params are only known here: the compiler took them for different.
        ("b", "in", &["@1", "b"], Some(false), false),
        ("b", "notin", &["@1", "b"], Some(true), true),
    ] {
        let set_up = |pod: &mut Pod| {
            lacking(pod);
            pod.when(input, operator, values, literal);
        };
        if skips {
            expect(set_up, Some(("false", &format!("its `when` is false: {input:?} {operator} .."))));
        } else {
            expect_failure(set_up);
        }
        let inherits = |pod: &mut Pod| {
            set_up(pod);
            pod.inherit("build", true);
            pod.write("build-ran", "false");
        };
        let reason = format!("its `when` is false: {input:?} {operator} ..");
        let kind = if skips { ("false", reason.as_str()) } else { ("parent", "task `build` was skipped") };
        expect(inherits, Some(kind));
    }
}

#[test]
fn a_skipped_task_goes_before_a_missing_result() {
    for (state, results) in [("parent", false), ("parent", true), ("false", true)] {
        expect(
            |pod| {
                lacking(pod);
                pod.when("b", "in", &["b"], None);
                pod.inherit("build", results);
                pod.write("build-ran", state);
            },
            Some(("parent", "task `build` was skipped")),
        );
    }
    expect_failure(|pod| {
        lacking(pod);
        pod.when("b", "in", &["b"], None);
        pod.inherit("build", false);
        pod.write("build-ran", "false");
    });
}

/// A clause on an array, in a pod where the array is this text.
fn compare_with_list(pod: &mut Pod, input: &str, operator: &str, values: &[&str], array: Option<&str>) {
    pod.read("s");
    pod.read("list");
    pod.reads[1].shape = Shape::Elements;
    pod.write("s", "two");
    array.into_iter().for_each(|array| pod.write("list", array));
    pod.when(input, operator, values, Some(operator == "notin"));
    for clause in &mut pod.state().clauses {
        clause.lists = vec![1];
    }
}

#[test]
fn each_element_of_a_list_is_a_value() {
    for (input, values, array, found) in [
        ("two", &[][..], r#"["one","two"]"#, true),
        ("two", &[], "[ \"two\" , \"one\" ]\n", true),
        ("two", &[], r#"["\u0074wo"]"#, true),
        ("two", &[], r#"["two\n","two ",""]"#, false),
        ("two", &[], "[]", false),
        ("two", &["two"], "[]", true),
        ("two", &["x", "y"], r#"["one"]"#, false),
        ("two", &["@1"], "[]", true),
        ("@1", &["x"], r#"["one","two","three"]"#, true),
        ("<@1>", &[], r#"["two"]"#, false),
        ("", &[], "[null]", true),
        ("", &[], "[]", false),
    ] {
        for operator in ["in", "notin"] {
            let reason = format!("its `when` is false: {input:?} {operator} ..");
            let skip = (found != (operator == "in")).then_some(("false", reason.as_str()));
            expect(|pod| compare_with_list(pod, input, operator, values, Some(array)), skip);
        }
    }
}

#[test]
fn elements_are_compared_to_the_byte() {
    for shell in shells() {
        for (index, value) in ODD.iter().enumerate() {
            let other = ODD[(index + 1) % ODD.len()];
            for (elements, found) in [(vec![other, *value], true), (vec![other], false), (vec![*value], true)] {
                let array = serde_json::to_string(&elements).unwrap();
                let mut pod = Pod::new();
                compare_with_list(&mut pod, value, "in", &[], Some(&array));
                let output = pod.prelude(&shell, "#!/bin/sh -eu\necho ran");
                let seen = (text(&output.stdout) == "ran\n", text(&output.stderr));
                assert_eq!(seen, (found, String::new()), "{shell:?} {value:?} {array}");
                pod.step(&shell);
                assert_eq!(pod.says("run"), found.to_string(), "{shell:?} {value:?} {array}");
            }
        }
    }
}

#[test]
fn a_list_that_is_missing_or_is_none() {
    let when = Some(("false", "its `when` is false: \"two\" in .."));
    expect(|pod| compare_with_list(pod, "two", "in", &["@1"], None), when);
    let lenient = |pod: &mut Pod| {
        compare_with_list(pod, "two", "notin", &[], None);
        pod.state().lenient = true;
    };
    expect(lenient, Some(("parent", "result `list` of task `it's` is missing")));
    for shell in shells() {
        let mut pod = Pod::new();
        compare_with_list(&mut pod, "two", "in", &[], Some("{\"a\": \"two\"}"));
        let output = pod.prelude(&shell, "echo ran");
        assert_eq!((text(&output.stdout), output.status.code()), (String::new(), Some(1)), "{shell:?}");
        assert!(text(&output.stderr).contains("`list` of task `it's` is not JSON strings in []"), "{shell:?}");
    }
}

#[test]
fn a_probe_that_left_no_file_is_a_when_that_is_false() {
    let false_when = Some(("false", "its `when` is false: 'a' == 'b'"));
    let probe = |pod: &mut Pod| {
        let file = pod.path("probed");
        pod.state().probe = Some(Probe { file, shown: "'a' == 'b'".to_owned() });
    };
    let probed = |pod: &mut Pod| {
        probe(pod);
        run(&["sh"], pod.dir.path(), &probe_script(&pod.path("probed")));
        assert_eq!(pod.says("probed"), "true");
    };
    expect(probe, false_when);
    expect(probed, None);
    let when = |pod: &mut Pod| pod.when("a", "in", &["b"], None);
    expect(
        |pod| {
            probed(pod);
            when(pod);
        },
        Some(("false", "its `when` is false: \"a\" in ..")),
    );
    let skipped_parent = |pod: &mut Pod| {
        lacking(pod);
        pod.inherit("build", false);
        pod.write("build-ran", "parent");
    };
    expect(
        |pod| {
            probe(pod);
            skipped_parent(pod);
        },
        false_when,
    );
    expect(
        |pod| {
            probed(pod);
            skipped_parent(pod);
        },
        Some(("parent", "task `build` was skipped")),
    );
    expect(
        |pod| {
            probe(pod);
            lacking(pod);
        },
        false_when,
    );
    expect_failure(|pod| {
        probed(pod);
        lacking(pod);
    });
}
