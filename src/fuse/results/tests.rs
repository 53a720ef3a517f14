use super::*;
use crate::fuse::matrix::Plan;
use crate::fuse::tests::{pipeline, with_group};

/// Where the result `r` of each member goes; `read` names the members whose result is read outside.
fn planned(tasks: [&str; 2], read: &[&str]) -> Vec<String> {
    let task = |name: &str, spec: &str| format!("{name} taskSpec: {{results: [{{name: r}}], {spec}}}");
    with_group(&pipeline(&[&task("one", tasks[0]), &task("two", tasks[1])], ""), |request| {
        let steps = |member: &Member<'_>| (0..member.spec().steps.len()).map(|step| member.step_name(step)).collect();
        let names = StepNames::new(request.members.iter().map(|member| (member.name(), steps(member))));
        let outside = read.iter().map(|member| (((*member).to_owned(), "r".to_owned()), 0)).collect();
        let results =
            Results::plan(&request.members, &names, &outside, &[], &Plan::default(), &mut Diagnostics::default());
        (0..2).filter_map(|member| results.get(member, "r")).map(show).collect()
    })
}

/// `written > file`, what a collector moves, and `name = step's result` of the export.
fn show(result: &PlannedResult) -> String {
    let mut text = format!("{} > {}", result.written, result.file);
    if let Some(path) = &result.collected {
        text.push_str(&format!(", collected from {path}"));
    }
    if let Some(Export { name, step, declare }) = &result.export {
        let step = step.as_ref().map(|(key, result)| format!(" = {key:?} {result}")).unwrap_or_default();
        text.push_str(&format!(", exported {name}{step}{}", if *declare { " declared" } else { "" }));
    }
    text
}

const ONE_WRITER: &str = "steps: [{name: s, image: i, script: 'x > $(results.r.path)'}]";
const TWO_WRITERS: &str = "steps: [{name: s, image: i, args: ['$(results.r.path)']}, \
                           {name: t, image: i, args: ['$(results.r.path)']}]";
const PATH_AS_TEXT: &str = "steps: [{name: s, image: i, script: 'x > /tekton/results/r'}]";
const NOBODY: &str = "steps: [{name: s, image: i}]";

#[test]
fn what_stays_in_the_group_is_a_file_and_no_result() {
    assert_eq!(
        planned([ONE_WRITER, TWO_WRITERS], &[]),
        ["/tekton/results/one-r > /tekton/results/one-r", "/tekton/results/two-r > /tekton/results/two-r",]
    );
}

#[test]
fn one_writer_exports_by_its_step_and_several_by_the_task() {
    assert_eq!(
        planned([ONE_WRITER, TWO_WRITERS], &["one", "two"]),
        [
            "$(step.results.r.path) > /tekton/steps/step-one-s/results/r, exported one-r = Step(0) r declared",
            "/tekton/results/two-r > /tekton/results/two-r, exported two-r",
        ]
    );
}

#[test]
fn a_sidecar_or_a_template_that_names_the_path_is_a_writer_too() {
    let sidecar = "steps: [{name: s, image: i, args: ['$(results.r.path)']}], \
                   sidecars: [{name: c, image: i, args: ['$(results.r.path)']}]";
    let template = "stepTemplate: {env: [{name: E, value: '$(results.r.path)'}]}, steps: [{name: s, image: i}]";
    assert_eq!(
        planned([sidecar, template], &["one", "two"]),
        [
            "/tekton/results/one-r > /tekton/results/one-r, exported one-r",
            "/tekton/results/two-r > /tekton/results/two-r, exported two-r",
        ]
    );
}

#[test]
fn a_path_in_the_text_stays_and_is_collected_only_where_it_clashes() {
    assert_eq!(
        planned([PATH_AS_TEXT, ONE_WRITER], &["one"]),
        ["/tekton/results/r > /tekton/results/r, exported r", "/tekton/results/two-r > /tekton/results/two-r",]
    );
    assert_eq!(
        planned([PATH_AS_TEXT, NOBODY], &["two"]),
        [
            "/tekton/results/r > /tekton/steps/step-one-fuse-collector/results/r, collected from /tekton/results/r",
            "/tekton/results/r > /tekton/steps/step-two-fuse-collector/results/r, collected from /tekton/results/r, \
             exported two-r = Collector r declared",
        ]
    );
}

#[test]
fn fixed_paths_that_differ_by_case_are_two_files_and_two_results() {
    let task = |name: &str, result: &str| format!("{name} taskSpec: {{results: [{{name: {result}}}], {NOBODY}}}");
    with_group(&pipeline(&[&task("one", "URL"), &task("two", "url")], ""), |request| {
        let names = StepNames::new([("one", vec!["s".to_owned()]), ("two", vec!["s".to_owned()])].into_iter());
        let outside = HashMap::from([("one", "URL"), ("two", "url")].map(|(a, b)| ((a.to_owned(), b.to_owned()), 0)));
        let results =
            Results::plan(&request.members, &names, &outside, &[], &Plan::default(), &mut Diagnostics::default());
        let shown = [results.get(0, "URL"), results.get(1, "url")].map(|result| result.map(show).unwrap_or_default());
        let stays = |name: &str| format!("/tekton/results/{name} > /tekton/results/{name}, exported {name}");
        assert_eq!(shown, [stays("URL"), stays("url")]);
    });
}

#[test]
fn a_result_of_a_step_that_is_handed_on_is_that_steps_file() {
    let spec = "results: [{name: r, value: '$(steps.s.results.own)'}], \
                steps: [{name: s, image: i, results: [{name: own}]}]";
    let text = pipeline(&[&format!("one taskSpec: {{{spec}}}"), "two"], "");
    with_group(&text, |request| {
        let names = StepNames::new([("one", vec!["s".to_owned()]), ("two", vec!["t".to_owned()])].into_iter());
        let outside = HashMap::from([(("one".to_owned(), "r".to_owned()), 0)]);
        let results =
            Results::plan(&request.members, &names, &outside, &[], &Plan::default(), &mut Diagnostics::default());
        let path = "/tekton/steps/step-one-s/results/own";
        let shown = results.get(0, "r").map(show);
        assert_eq!(shown, Some(format!("{path} > {path}, exported one-r = Step(0) own")));
    });
}

#[test]
fn a_param_that_holds_the_path_tells_the_writer() {
    let spec = "params: [{name: to, default: '$(results.r.path)'}], \
                steps: [{name: s, image: i}, {name: t, image: i, args: ['$(params.to)']}]";
    let shown = planned([spec, ONE_WRITER], &["one"]);
    assert!(shown[0].ends_with("exported one-r = Step(1) r declared"), "{}", shown[0]);
}

#[test]
fn a_step_that_has_a_result_of_that_name_does_not_declare_it_again() {
    let own = "steps: [{name: s, image: i, results: [{name: r}], args: ['$(results.r.path)']}]";
    let action = "steps: [{name: s, ref: {name: a}, params: [{name: p, value: '$(results.r.path)'}]}]";
    assert_eq!(
        planned([own, action], &["one", "two"]),
        [
            "/tekton/results/one-r > /tekton/results/one-r, exported one-r",
            "/tekton/results/two-r > /tekton/results/two-r, exported two-r",
        ]
    );
}

#[test]
fn a_file_name_ends_where_a_path_goes_on() {
    for (rest, name) in [("/r", "r"), ("/r.x\" y", "r.x"), ("/r/x", "r"), ("/", ""), ("", ""), ("/*", ""), (" /r", "")]
    {
        assert_eq!(file_name(rest), name, "{rest}");
    }
}
