use super::{Fault, combinations};
use crate::model::from_yaml::parse;
use crate::model::{Kind, ParamValue};
use crate::source::Sources;

type Shown = (Vec<String>, Vec<(String, usize)>);

/// The combinations of a matrix, each as `name=value` in the order of their names, and the frozen params.
fn run(params: &str, matrix: &str) -> Result<Shown, Fault> {
    let text = format!(
        "apiVersion: tekton.dev/v1\nkind: Pipeline\nmetadata: {{name: p}}\nspec:\n  params: [{params}]\n  tasks:\n  \
         - {{name: m, taskRef: {{name: t}}, matrix: {{{matrix}}}}}\n"
    );
    let mut sources = Sources::default();
    let (_, objects) = parse(&mut sources, &text);
    let Kind::Pipeline(pipeline) = &objects[0].kind else { panic!("no Pipeline") };
    let found = combinations(pipeline, &[], &pipeline.tasks[0])?.expect("a matrix");
    let shown = found.list.iter().map(|combination| {
        let mut values: Vec<String> = combination
            .iter()
            .map(|param| match &param.value {
                ParamValue::String(text) => format!("{}={text}", param.name.value),
                other => panic!("{other:?}"),
            })
            .collect();
        values.sort();
        values.join(" ")
    });
    let frozen = found.frozen.into_iter().map(|frozen| (frozen.param, frozen.count)).collect();
    Ok((shown.collect(), frozen))
}

fn list(matrix: &str) -> Vec<String> {
    run("", matrix).expect("combinations").0
}

fn fault(params: &str, matrix: &str) -> String {
    run(params, matrix).expect_err("a fault").message
}

const TWO: &str = "params: [{name: os, value: [linux, hurd]}, {name: v, value: ['1', '2']}]";

#[test]
fn the_first_param_varies_fastest() {
    assert_eq!(list(TWO), ["os=linux v=1", "os=hurd v=1", "os=linux v=2", "os=hurd v=2"]);
}

#[test]
fn include_changes_what_it_fits_and_adds_what_fits_nothing() {
    let include = |entries: &str| list(&format!("{TWO}, include: [{entries}]"));
    let fits = include("{params: [{name: os, value: hurd}, {name: v, value: '2'}, {name: x, value: more}]}");
    assert_eq!(fits, ["os=linux v=1", "os=hurd v=1", "os=linux v=2", "os=hurd v=2 x=more"]);
    let all = include("{params: [{name: x, value: more}]}");
    assert_eq!(all, ["os=linux v=1 x=more", "os=hurd v=1 x=more", "os=linux v=2 x=more", "os=hurd v=2 x=more"]);
    let added = include("{name: n, params: [{name: os, value: plan9}, {name: x, value: more}]}");
    assert_eq!(added[4..], ["os=plan9 x=more"]);
    assert_eq!(added.len(), 5);
}

#[test]
fn include_alone_is_the_list_itself() {
    let alone = list("include: [{params: [{name: a, value: x}]}, {name: n}, {params: [{name: a, value: x}]}]");
    assert_eq!(alone, ["a=x", "", "a=x"]);
}

#[test]
fn what_tekton_counts_wrong_is_a_fault() {
    for entries in [
        // Two new values count twice and make one combination.
        "{params: [{name: os, value: a}, {name: v, value: b}]}",
        // A new value counts, and the known one behind it keeps it from being a combination.
        "{params: [{name: os, value: a}, {name: v, value: '1'}]}",
        // The second of two equal ones counts again.
        "{params: [{name: os, value: a}]}, {params: [{name: os, value: a}]}",
        // The second makes a combination that is not counted.
        "{params: [{name: x, value: a}]}, {params: [{name: x, value: b}]}",
    ] {
        let message = fault("", &format!("{TWO}, include: [{entries}]"));
        assert!(message.starts_with("has an `include` over which Tekton errs: it makes "), "{entries}: {message}");
    }
    // The known value first ends the count at nothing.
    let fine = list(&format!("{TWO}, include: [{{params: [{{name: v, value: '1'}}, {{name: os, value: a}}]}}]"));
    assert_eq!(fine.len(), 4);
}

#[test]
fn variables_are_values_unless_include_has_to_be_compared_with_them() {
    let params = "{name: s}";
    let matrix =
        |entry: &str| format!("params: [{{name: os, value: [$(params.s)]}}], include: [{{params: [{entry}]}}]");
    let found = run(params, &matrix("{name: os, value: $(params.s)}, {name: x, value: more}"));
    assert_eq!(found.expect("combinations").0, ["os=$(params.s) x=more"]);
    let message = fault(params, &matrix("{name: os, value: b}, {name: x, value: more}"));
    assert_eq!(message, "has an `include` whose place depends on values that only a run knows");
}

#[test]
fn arrays_of_the_pipeline_have_the_length_of_their_default() {
    let params = "{name: l, type: array, default: [x, z]}, {name: s, default: x}, {name: o, type: array}";
    let of = |value: &str| run(params, &format!("params: [{{name: a, value: {value}}}]"));
    for value in ["$(params.l)", "'$(params.l[*])'", "[$(params.l)]", "['$(params[\"l\"][*])']"] {
        let (list, frozen) = of(value).expect(value);
        assert_eq!(list, ["a=$(params.l[0])", "a=$(params.l[1])"], "{value}");
        assert_eq!(frozen, [("l".to_owned(), 2)], "{value}");
    }
    let (list, frozen) =
        of("[one, $(params.l), '$(params.l[*])', '$(params.l[1])', $(params.s)]").expect("combinations");
    assert_eq!((list.len(), frozen.len()), (7, 1));
    for (value, expected) in [
        ("$(params.o)", "takes as many values as the param `o` has, which has no default"),
        ("'$(tasks.t.results.r[*])'", "takes as many values as `$(tasks.t.results.r[*])` has, which only a run knows"),
        (
            "['$(tasks.t.results.r[*])']",
            "takes as many values as `$(tasks.t.results.r[*])` has, which only a run knows",
        ),
        ("$(params.s)", "gives `a` something else than an array"),
        ("text", "gives `a` something else than an array"),
        ("[1, 2]", "gives `a` something else than an array"),
        ("{k: v}", "gives `a` something else than an array"),
        ("[]", "has no value for `a`, and Tekton skips the task"),
    ] {
        assert_eq!(of(value).expect_err(value).message, expected);
    }
    let nested = "{name: nested, type: array, default: ['$(params.l[*])']}, {name: l, type: array, default: [x]}";
    let message = fault(nested, "params: [{name: a, value: $(params.nested)}]");
    assert_eq!(message, "takes as many values as the default of `nested` has, which names another array");
    let message = fault(params, "include: [{params: [{name: a, value: '$(params.l[*])'}]}]");
    assert_eq!(message, "passes something else than a single text for `a` in `include`");
}

#[test]
fn more_than_tekton_allows_is_a_fault() {
    let values = |count: usize| (0..count).map(|value| format!("v{value}")).collect::<Vec<_>>().join(",");
    let matrix = |one: usize, two: usize| {
        format!("params: [{{name: a, value: [{}]}}, {{name: b, value: [{}]}}]", values(one), values(two))
    };
    assert_eq!(list(&matrix(16, 16)).len(), 256);
    assert_eq!(fault("", &matrix(257, 1)), "has 257 combinations; Tekton allows 256");
    assert_eq!(fault("", &matrix(300, 300)), "has 90000 combinations; Tekton allows 256");
}

#[test]
fn a_matrix_that_says_nothing_is_none() {
    let text = "apiVersion: tekton.dev/v1\nkind: Pipeline\nmetadata: {name: p}\nspec:\n  tasks:\n  \
                - {name: m, taskRef: {name: t}, matrix: {params: [], include: []}}\n";
    let mut sources = Sources::default();
    let (_, objects) = parse(&mut sources, text);
    let Kind::Pipeline(pipeline) = &objects[0].kind else { panic!("no Pipeline") };
    assert!(combinations(pipeline, &[], &pipeline.tasks[0]).expect("no fault").is_none());
}
