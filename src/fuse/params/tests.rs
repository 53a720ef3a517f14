use serde_json::Value as Json;

use super::*;
use crate::fuse::tests::{at, fuse, pipeline, with_group};

/// The value that the default of the param `x` has, or the codes of what is wrong with it.
fn default(params: &str) -> Result<String, Vec<&'static str>> {
    let task = format!("one taskSpec: {{params: [{params}], steps: [{{image: i}}]}}");
    with_group(&pipeline(&[&task, "two"], ""), |request| {
        let member = request.members[0];
        let spec = member.param("x").expect("a param x");
        let mut found = Diagnostics::default();
        let value = evaluate_default(&member, spec, spec.default.as_ref().expect("a default"), &mut found);
        match value {
            Some(ParamValue::String(text)) => Ok(text.to_string()),
            _ => Err(found.iter().map(|found| found.code.id()).collect()),
        }
    })
}

#[test]
fn a_default_takes_the_defaults_of_others() {
    assert_eq!(default("{name: a, default: A}, {name: x, default: 'x-$(params.a)'}"), Ok("x-A".to_owned()));
    assert_eq!(default("{name: x, default: 'x-$(params.a)'}, {name: a, default: A}"), Ok("x-A".to_owned()));
    assert_eq!(default("{name: x, default: '$(context.taskRun.name)'}"), Ok("$(context.taskRun.name)".to_owned()));
}

#[test]
fn of_several_references_in_a_default_tekton_replaces_the_last() {
    let refused = Err(vec![Code::DefaultUnresolved.id()]);
    let others = "{name: a, default: A}, {name: b, default: B}";
    assert_eq!(default(&format!("{others}, {{name: x, default: '$(params.a)$(params.b)'}}")), refused);
    assert_eq!(default(&format!("{others}, {{name: x, default: '$(params.a)$(params.a)'}}")), Ok("AA".to_owned()));
}

#[test]
fn a_default_that_names_what_has_none_is_refused() {
    let refused = Err(vec![Code::DefaultUnresolved.id()]);
    assert_eq!(default("{name: a}, {name: x, default: '$(params.a)'}"), refused);
    assert_eq!(default("{name: x, default: '$(params.gone)'}"), refused);
    assert_eq!(default("{name: x, default: '$(params.x)'}"), refused);
    assert_eq!(default("{name: x, default: '$(params.a)'}, {name: a, default: '$(params.x)'}"), refused);
}

/// The fused pipeline task's params and the fused Task's first step of a group, and the codes of all that was told.
fn fused(first: &str, second: &str, more: &str) -> (Json, Json, Vec<&'static str>) {
    let (documents, codes) = fuse(&pipeline(&[first, second], more));
    let [task, pipeline] = documents.as_slice() else { return (Json::Null, Json::Null, codes) };
    (at(pipeline, "/spec/tasks/0/params"), at(task, "/spec/steps"), codes)
}

#[test]
fn params_of_one_name_in_two_members_stay_two() {
    let task = "taskSpec: {params: [{name: a}], steps: [{name: s, image: i, args: ['$(params.a)']}]}";
    let (params, steps, _) = fused(
        &format!("one params: [{{name: a, value: 1st}}], {task}"),
        &format!("two params: [{{name: a, value: 2nd}}], {task}"),
        "",
    );
    let expected = serde_json::json!([{"name": "one-a", "value": "1st"}, {"name": "two-a", "value": "2nd"}]);
    assert_eq!(params, expected);
    assert_eq!(steps[0]["args"], serde_json::json!(["$(params.one-a)"]));
    assert_eq!(steps[1]["args"], serde_json::json!(["$(params.two-a)"]));
}

#[test]
fn params_that_meet_when_members_and_names_are_joined_stay_apart() {
    let (params, steps, _) = fused(
        "a params: [{name: b-c, value: 1st}], taskSpec: {params: [{name: b-c}], steps: [{image: i, args: ['$(params.b-c)']}]}",
        "a-b params: [{name: c, value: 2nd}], taskSpec: {params: [{name: c}], steps: [{image: i, args: ['$(params.c)']}]}",
        "",
    );
    let expected = serde_json::json!([{"name": "a-b-c", "value": "1st"}, {"name": "a-b-c-2", "value": "2nd"}]);
    assert_eq!(params, expected);
    assert_eq!(steps[1]["args"], serde_json::json!(["$(params.a-b-c-2)"]));
}

#[test]
fn a_value_with_a_result_of_the_group_is_put_where_it_is_used() {
    let (params, steps, codes) = fused(
        "one taskSpec: {results: [{name: r}], steps: [{name: s, image: i, script: 'echo > $(results.r.path)'}]}",
        "two params: [{name: a, value: '$(params.registry)/$(tasks.one.results.r)'}], \
         taskSpec: {params: [{name: a}], steps: [{name: s, image: i, script: 'echo \"$(params.a)\"'}]}",
        "  params: [{name: registry}]\n",
    );
    assert_eq!(codes, [""; 0]);
    assert_eq!(params, serde_json::json!([{"name": "registry", "value": "$(params.registry)"}]));
    let script = steps[1]["script"].as_str().unwrap_or_default();
    assert!(script.contains("$(params.registry)/"), "{script}");
    assert!(!script.contains("tasks.one") && script.contains("/tekton/results/one-r"), "{script}");
}

#[test]
fn names_of_params_begin_with_a_letter() {
    assert_eq!(param_name("9-a"), "_9-a");
    assert_eq!(param_name("a-9"), "a-9");
    let result = |access| Variable::TaskResult { task: "build".to_owned(), result: "d.e".to_owned(), access };
    assert_eq!(outer_name(&result(Access::Whole)), "build-d-e");
    assert_eq!(outer_name(&result(Access::Index(1))), "build-d-e-1");
    assert_eq!(outer_name(&Variable::Context("pipelineRun.name".to_owned())), "context-pipelineRun-name");
}

#[test]
fn values_fit_their_types_as_tekton_checks_them() {
    let text = |text| ParamValue::String(Template::parse(text));
    assert!(fits(&text("x"), ParamType::String));
    assert!(!fits(&text("x"), ParamType::Array));
    assert!(fits(&text("$(params.list[*])"), ParamType::Array));
    assert!(!fits(&ParamValue::Array(Vec::new()), ParamType::String));
}
