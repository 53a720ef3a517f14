//! `stepTemplate` merged into a step as Tekton merges it: a strategic merge of two containers in which the step wins
//! (`pkg/apis/pipeline/v1/merge.go`, v1.15).

use crate::yaml::{Node, Value};

/// The lists that are merged item by item, with the key that tells which items are the same.
const LISTS: &[(&str, &str)] =
    &[("env", "name"), ("volumeMounts", "mountPath"), ("volumeDevices", "devicePath"), ("ports", "containerPort")];

/// The fields that are merged key by key, however deep.
const DEEP: &[&str] = &["computeResources", "securityContext"];

/// The step with what it inherits. Empty strings of the step count as unset: Go leaves them out of the merge.
pub(crate) fn merge(template: &Node, step: &Node) -> Node {
    merge_mappings(template, step, |key, inherited, own| match LISTS.iter().find(|(list, _)| *list == key) {
        Some((_, item_key)) => merge_lists(inherited, own, item_key),
        None if DEEP.contains(&key) => merge_deep(inherited, own),
        None => own.clone(),
    })
}

fn merge_mappings(template: &Node, step: &Node, both: impl Fn(&str, &Node, &Node) -> Node) -> Node {
    let (Value::Mapping(inherited), Value::Mapping(own)) = (&template.value, &step.value) else {
        return step.clone();
    };
    let mut merged = own.clone();
    for entry in &inherited.entries {
        let value = match merged.get(&entry.key).filter(|node| !is_unset(node)) {
            None => entry.value.clone(),
            Some(own) => both(&entry.key, &entry.value, own),
        };
        merged.set(&entry.key, value);
    }
    Node { span: step.span, value: Value::Mapping(merged) }
}

fn is_unset(node: &Node) -> bool {
    node.is_null() || node.as_str() == Some("") || node.as_sequence().is_some_and(<[Node]>::is_empty)
}

/// The order of a strategic merge: the step's items in their order, and each of the template's others as late as
/// possible before an item that follows it in the template
/// (`mergeSortedSlice`, `k8s.io/apimachinery/pkg/util/strategicpatch/patch.go`, v0.36).
fn merge_lists(template: &Node, step: &Node, key: &str) -> Node {
    let (Some(inherited), Some(own)) = (template.as_sequence(), step.as_sequence()) else { return step.clone() };
    let same = |a: &Node, b: &Node| a.get(key).and_then(Node::as_scalar) == b.get(key).and_then(Node::as_scalar);
    let position = |item: &Node| inherited.iter().position(|base| same(base, item));
    let mut missing =
        inherited.iter().enumerate().filter(|(_, base)| !own.iter().any(|item| same(base, item))).peekable();
    let mut merged = Vec::with_capacity(inherited.len() + own.len());
    for item in own {
        let at = position(item);
        while let Some((_, base)) = missing.next_if(|(index, _)| at.is_some_and(|at| *index < at)) {
            merged.push(base.clone());
        }
        merged.push(at.and_then(|at| inherited.get(at)).map_or_else(|| item.clone(), |base| merge_item(base, item)));
    }
    merged.extend(missing.map(|(_, base)| base.clone()));
    Node::sequence(step.span, merged)
}

/// Items of the same key are merged field by field; where that gives both `value` and `valueFrom`, the step's item stands.
fn merge_item(template: &Node, step: &Node) -> Node {
    let merged = merge_deep(template, step);
    let is_set = |key: &str| merged.get(key).is_some_and(|node| !is_unset(node));
    if is_set("value") && is_set("valueFrom") { step.clone() } else { merged }
}

fn merge_deep(template: &Node, step: &Node) -> Node {
    merge_mappings(template, step, |_, inherited, own| merge_deep(inherited, own))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::from_yaml::{json, node};

    /// The order of lists matters, that of keys does not.
    #[track_caller]
    fn check(template: &str, step: &str, merged: &str) {
        assert_eq!(json(&merge(&node(template), &node(step))), json(&node(merged)), "{template} into {step}");
    }

    #[test]
    fn the_step_wins_where_it_says_something() {
        check("{image: a, workingDir: /t}", "{name: s, image: b}", "{name: s, image: b, workingDir: /t}");
        check("{image: a}", "{image: ''}", "{image: a}");
        check("{image: a, workingDir: /t}", "{image: b, workingDir: null}", "{image: b, workingDir: /t}");
    }

    #[test]
    fn commands_args_and_env_from_are_taken_whole() {
        let template = "{command: [a, b], args: [c, d], envFrom: [{prefix: x}]}";
        check(
            template,
            "{command: [e], args: [f], envFrom: [{prefix: y}]}",
            "{command: [e], args: [f], envFrom: [{prefix: y}]}",
        );
        check(template, "{args: [f]}", "{command: [a, b], args: [f], envFrom: [{prefix: x}]}");
        check(template, "{args: []}", "{command: [a, b], args: [c, d], envFrom: [{prefix: x}]}");
    }

    #[test]
    fn variables_of_one_name_are_one() {
        check(
            "{env: [{name: A, value: t}, {name: B, value: t}]}",
            "{env: [{name: B, value: s}, {name: C, value: s}]}",
            "{env: [{name: A, value: t}, {name: B, value: s}, {name: C, value: s}]}",
        );
        // Go leaves an empty value out of the merge.
        check("{env: [{name: A, value: t}]}", "{env: [{name: A, value: ''}]}", "{env: [{name: A, value: t}]}");
    }

    #[test]
    fn a_value_and_a_source_of_one_variable_exclude_each_other() {
        let from = "valueFrom: {secretKeyRef: {name: n, key: k}}";
        let (value, source) = ("{env: [{name: A, value: x}]}", format!("{{env: [{{name: A, {from}}}]}}"));
        check(value, &source, &source);
        check(&source, value, value);
        check(&source, "{env: [{name: A, value: ''}]}", &format!("{{env: [{{name: A, {from}, value: ''}}]}}"));
    }

    #[test]
    fn what_only_the_template_lists_stands_before_what_follows_it_there() {
        let variables = |names: &str| {
            let item = |name: char| format!("{{name: {name}, value: x}}");
            format!("{{env: [{}]}}", names.chars().map(item).collect::<Vec<_>>().join(", "))
        };
        for (template, step, merged) in [
            ("ab", "cd", "cdab"),
            ("abc", "xb", "xabc"),
            ("abc", "bx", "abxc"),
            ("abc", "ca", "bca"),
            ("abcd", "db", "acdb"),
        ] {
            check(&variables(template), &variables(step), &variables(merged));
        }
    }

    #[test]
    fn mounts_of_one_path_and_devices_of_one_path_are_one() {
        check(
            "{volumeMounts: [{name: v, mountPath: /a, readOnly: true}, {name: v, mountPath: /b}]}",
            "{volumeMounts: [{name: w, mountPath: /a}]}",
            "{volumeMounts: [{name: w, mountPath: /a, readOnly: true}, {name: v, mountPath: /b}]}",
        );
        check(
            "{volumeDevices: [{name: v, devicePath: /dev/a}]}",
            "{volumeDevices: [{name: w, devicePath: /dev/a}, {name: v, devicePath: /dev/b}]}",
            "{volumeDevices: [{name: w, devicePath: /dev/a}, {name: v, devicePath: /dev/b}]}",
        );
    }

    #[test]
    fn resources_and_security_are_merged_to_the_bottom() {
        check(
            "{computeResources: {requests: {cpu: '1', memory: 1Gi}, limits: {cpu: '2'}}}",
            "{computeResources: {requests: {cpu: '3'}}}",
            "{computeResources: {requests: {cpu: '3', memory: 1Gi}, limits: {cpu: '2'}}}",
        );
        check(
            "{securityContext: {runAsUser: 1, capabilities: {drop: [ALL], add: [A]}}}",
            "{securityContext: {runAsUser: 0, capabilities: {add: [B]}}}",
            "{securityContext: {runAsUser: 0, capabilities: {drop: [ALL], add: [B]}}}",
        );
    }
}
