//! Which fields of a Task Tekton substitutes (`pkg/container`, `pkg/reconciler/taskrun/resources/apply.go`, v1.15).
//!
//! A field that is not listed here keeps a `$(...)` as it is, fused or not.

use crate::yaml::{Node, Scalar, ScalarKind, Value};

/// A way to fields: keys, with `[]` after a key for each item of a list and `*` for each value of a mapping.
type Route = &'static str;

/// Of steps and sidecars.
const CONTAINER: &[Route] = &[
    "image",
    "imagePullPolicy",
    "env[].valueFrom.secretKeyRef.name",
    "env[].valueFrom.secretKeyRef.key",
    "env[].valueFrom.configMapKeyRef.name",
    "env[].valueFrom.configMapKeyRef.key",
    "envFrom[].prefix",
    "envFrom[].configMapRef.name",
    "envFrom[].secretRef.name",
    "volumeMounts[].name",
    "volumeMounts[].mountPath",
    "volumeMounts[].subPath",
];

/// Of steps besides, apart from what can take run-time values ([`super::steps`]): `script`, `command`, `args`, `env[].value`,
/// `workingDir`, `input` and `values` of `when`, and `params` of a `ref`.
///
/// What a resolver gets is substituted by `ApplyParameterSubstitutionInResolverParams`
/// (`pkg/reconciler/taskrun/resources/apply.go`, v1.15).
pub(super) const STEP: &[&[Route]] = &[
    CONTAINER,
    &["onError", "stdoutConfig.path", "stderrConfig.path", "when[].cel", "ref.params[].value", "ref.params[].value[]"],
];

/// Of sidecars.
pub(super) const SIDECAR: &[&[Route]] = &[CONTAINER, &["script", "args[]", "command[]", "workingDir", "env[].value"]];

/// Of volumes, apart from their name.
pub(super) const VOLUME: &[&[Route]] = &[&[
    "configMap.name",
    "configMap.items[].key",
    "configMap.items[].path",
    "secret.secretName",
    "secret.items[].key",
    "secret.items[].path",
    "persistentVolumeClaim.claimName",
    "projected.sources[].configMap.name",
    "projected.sources[].secret.name",
    "projected.sources[].serviceAccountToken.audience",
    "csi.nodePublishSecretRef.name",
    "csi.volumeAttributes.*",
]];

/// Names of containers: not substituted, but renamed with the steps and sidecars.
pub(super) const CONTAINERS: &[&[Route]] = &[&[
    "env[].valueFrom.resourceFieldRef.containerName",
    "downwardAPI.items[].resourceFieldRef.containerName",
    "projected.sources[].downwardAPI.items[].resourceFieldRef.containerName",
]];

/// The names of mounted volumes.
pub(super) const MOUNTS: &[&[Route]] = &[&["volumeMounts[].name", "volumeDevices[].name"]];

/// Calls `visit` with each list item or string at the end of a route; a list may be lengthened, so it gets the list.
pub(super) fn visit(node: &mut Node, routes: &[&[Route]], visit: &mut dyn FnMut(Leaf<'_>)) {
    for route in routes.iter().copied().flatten() {
        walk(node, route, route, visit);
    }
}

/// What a route leads to.
pub(super) enum Leaf<'a> {
    /// One string.
    Text(&'a str, &'a mut Node),
    /// The items of a list in which an array can take the place of an item.
    List(&'a str, &'a mut Vec<Node>),
}

fn walk(node: &mut Node, route: &str, whole: &str, visit: &mut dyn FnMut(Leaf<'_>)) {
    let (key, rest) = route.split_once('.').unwrap_or((route, ""));
    let Value::Mapping(mapping) = &mut node.value else { return };
    if key == "*" {
        mapping.entries.iter_mut().for_each(|entry| leaf(&mut entry.value, whole, visit));
        return;
    }
    let (key, is_list) = key.strip_suffix("[]").map_or((key, false), |key| (key, true));
    let Some(entry) = mapping.entries.iter_mut().find(|entry| entry.key == key) else { return };
    match (&mut entry.value.value, is_list) {
        (Value::Sequence(items), true) if rest.is_empty() => visit(Leaf::List(whole, items)),
        (Value::Sequence(items), true) => items.iter_mut().for_each(|item| walk(item, rest, whole, visit)),
        (_, false) if rest.is_empty() => leaf(&mut entry.value, whole, visit),
        (_, false) => walk(&mut entry.value, rest, whole, visit),
        _ => {}
    }
}

fn leaf(node: &mut Node, whole: &str, visit: &mut dyn FnMut(Leaf<'_>)) {
    if let Value::Scalar(Scalar { kind: ScalarKind::String, .. }) = node.value {
        visit(Leaf::Text(whole, node));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fuse::tests::{json, node};

    /// `route=text` of all strings, `route=[length]` of all lists.
    fn visited(text: &str, routes: &[&[Route]]) -> Vec<String> {
        let mut found = Vec::new();
        visit(&mut node(text), routes, &mut |leaf| {
            found.push(match leaf {
                Leaf::Text(route, node) => format!("{route}={}", node.as_str().unwrap_or_default()),
                Leaf::List(route, items) => format!("{route}=[{}]", items.len()),
            });
        });
        found
    }

    #[test]
    fn a_route_goes_through_lists_and_mappings() {
        let volume = "{name: n, csi: {volumeAttributes: {b: two, a: one}, driver: d}, \
                      projected: {sources: [{secret: {name: s}}, {configMap: {name: c}}]}}";
        assert_eq!(
            visited(volume, VOLUME),
            [
                "projected.sources[].configMap.name=c",
                "projected.sources[].secret.name=s",
                "csi.volumeAttributes.*=two",
                "csi.volumeAttributes.*=one",
            ]
        );
    }

    #[test]
    fn lists_of_strings_come_as_lists() {
        let sidecar = "{args: [a, b], command: [], script: s, env: [{name: e, value: v}]}";
        assert_eq!(visited(sidecar, SIDECAR), ["script=s", "args[]=[2]", "command[]=[0]", "env[].value=v"]);
    }

    #[test]
    fn what_has_another_shape_is_passed_over() {
        for text in
            ["{image: 1}", "{image: [a]}", "{env: {name: e}}", "{env: [x]}", "{volumeMounts: v}", "[image]", "i"]
        {
            assert_eq!(visited(text, SIDECAR), [""; 0], "{text}");
        }
    }

    #[test]
    fn a_visitor_changes_what_it_sees() {
        let mut container = node("{image: a, args: [x], name: n}");
        visit(&mut container, SIDECAR, &mut |leaf| match leaf {
            Leaf::Text(_, node) => *node = Node::string(node.span, "b"),
            Leaf::List(_, items) => items.extend(items.clone()),
        });
        assert_eq!(json(&container), json(&node("{image: b, args: [x, x], name: n}")));
    }
}
