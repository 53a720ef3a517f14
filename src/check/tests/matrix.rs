//! Members with a `matrix`.

use super::*;

const SPEC: &str = "taskSpec: {params: [{name: p}], results: [{name: r}], steps: [{name: s, image: i, script: x}]}";

/// A task of the group with a matrix, and what else stands in the Pipeline.
fn with(matrix: &str, more: &str) -> Vec<String> {
    told(&pair("", &format!("matrix: {{{matrix}}}, {SPEC}"), more))
}

fn begins(found: &[String], starts: &[&str]) {
    assert_eq!(found.len(), starts.len(), "{found:?}");
    found.iter().zip(starts).for_each(|(found, start)| assert!(found.starts_with(start), "{found} is not {start}"));
}

#[test]
fn copies_are_told_of() {
    let found = with("params: [{name: p, value: [x, w, z]}]", "");
    begins(&found, &["note TF466 the 3 copies of `b` run one after another, and one that fails keeps"]);
    begins(&with("params: [{name: p, value: [x]}]", ""), &[]);
    begins(&with("params: []", ""), &[]);
    let array = "  params: [{name: l, type: array, default: [x]}]";
    let found = with("params: [{name: p, value: $(params.l)}]", array);
    begins(&found, &["warning TF467 `b` was written out for the 1 element that the default of `l` has"]);
}

#[test]
fn long_names_of_runs_matter_behind_ten_copies_that_are_read() {
    let of = |count: usize, more: &str| {
        let values: Vec<String> = (0..count).map(|value| format!("v{value}")).collect();
        with(&format!("params: [{{name: p, value: [{}]}}]", values.join(", ")), more)
    };
    let read = "  finally: [{name: z, taskRef: {name: t}, params: [{name: p, value: '$(tasks.b.results.r[*])'}]}]";
    begins(&of(10, read), &["note TF466"]);
    begins(&of(11, ""), &["note TF466"]);
    let found = of(11, read);
    begins(&found, &["note TF466", "note TF470 results of `b` are listed in the order of the names"]);
    // `-b-10` leaves 58 of 63.
    assert!(found[1].ends_with("nothing to do unless a run's name has more than 58 characters"), "{found:?}");
}

#[test]
fn what_cannot_be_written_out_is_refused_with_a_way_out() {
    let found = with("params: [{name: p, value: $(params.l)}]", "  params: [{name: l, type: array}]");
    begins(
        &found,
        &["error TF337 `b` of the group `g` has a `matrix` that cannot be written out: it takes as many values"],
    );
    let help = "give `l` a default with as many elements as runs pass, or remove the group `g`: without `b` there is nothing to fuse";
    assert!(found[0].ends_with(help), "{found:?}");
    begins(&with("params: [{name: p}]", ""), &["error TF140 a param of a matrix must be a name with a value"]);
    begins(&with("params: [{value: [x]}]", ""), &["error TF141 a param has no name"]);
}

#[test]
fn a_param_of_the_pipeline_hides_that_of_a_matrix_in_an_embedded_spec_only() {
    let declared = "  params: [{name: p, default: d}]";
    let found = with("params: [{name: p, value: [x]}]", declared);
    begins(&found, &["error TF337 every copy of `b` gets the Pipeline's param `p`, not that of the matrix"]);
    let found = with("include: [{params: [{name: p, value: x}]}]", declared);
    begins(&found, &["error TF337 every copy of `b` gets the Pipeline's param `p`, not that of the matrix"]);
    let referenced = "matrix: {params: [{name: p, value: [x]}]}";
    begins(&told(&pair("", referenced, declared)), &[]);
}

#[test]
fn what_is_read_of_a_matrix_is_what_tekton_gives() {
    let read = |field: &str| format!("  finally: [{{name: z, taskRef: {{name: t}}, {field}}}]");
    let param = |value: &str| read(&format!("params: [{{name: p, value: {value}}}]"));
    let matrix = "params: [{name: p, value: [x, z]}]";
    begins(&with(matrix, &param("'$(tasks.b.results.r[*])'")), &["note TF466"]);
    begins(&with(matrix, &param("$(tasks.b.matrix.length)")), &["note TF466"]);
    begins(&with(matrix, &param("$(tasks.b.results.r)")), &["error TF337 `b` has a matrix, so `r` is an array"]);
    begins(&with(matrix, &param("$(tasks.b.matrix.r.length)")), &["error TF339 `matrix.r.length` of `b` is read"]);
    let when = read("when: [{input: $(tasks.b.matrix.length), operator: in, values: ['2']}]");
    begins(&with(matrix, &when), &["error TF339 `matrix.length` of `b` is read where Tekton leaves it as it is"]);
    let two = param("$(tasks.b.matrix.length) $(tasks.b.matrix.r.length)");
    let of_results = "error TF339 `matrix.r.length` of `b` is read";
    begins(
        &with(matrix, &two),
        &[of_results, "error TF339 `matrix.length` of `b` is read where Tekton leaves it as it is"],
    );
    let result = "  results: [{name: r, value: '$(tasks.b.results.r[*])'}]";
    begins(
        &with(matrix, result),
        &["error TF337 results of `b`, which has a matrix, are read by the Pipeline's results"],
    );
    let both = format!("{}\n{result}", param("'$(tasks.b.results.r[*])'"));
    begins(&with(matrix, &both), &["note TF466"]);
}

#[test]
fn copies_count_for_the_pod() {
    let steps: String = (0..26).map(|step| format!("{{name: s{step}, image: i}},")).collect();
    let task = format!(
        "matrix: {{params: [{{name: p, value: [x, z]}}]}}, taskSpec: {{params: [{{name: p}}], steps: [{steps}]}}"
    );
    let found = told(&pair("", &task, ""));
    begins(&found, &["warning TF503 the group `g` has 53 steps", "note TF466"]);
    let listening = "matrix: {params: [{name: p, value: [x, z]}]}, taskSpec: {params: [{name: p}], \
                     steps: [{name: s, image: i}], sidecars: [{name: c, image: i, ports: [{containerPort: 80}]}]}";
    let found = told(&pair("", listening, ""));
    begins(&found, &["error TF340 the sidecars of all copies of `b` listen on port 80 of the pod"]);
    begins(&told(&pair("", &listening.replace("[x, z]", "[x]"), "")), &[]);
}
