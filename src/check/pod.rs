//! What containers of one pod share: ports, platform, execution mode, size.

use super::{Subject, cut, matrix};
use crate::diag::{Code, Diagnostic, Diagnostics};
use crate::group::GroupPlan;
use crate::source::Span;
use crate::yaml::Node;

/// More steps than this make a pod slow to start: mounts grow with the square of their number, and the room for
/// results shrinks (`pkg/pod/pod.go`, v1.15).
const MANY_STEPS: usize = 50;

pub(super) fn check(subject: &Subject<'_>, diagnostics: &mut Diagnostics) {
    for group in subject.groups {
        sidecar_ports(subject, group, diagnostics);
        platforms(subject, group, diagnostics);
        execution_modes(subject, group, diagnostics);
        many_steps(subject, group, diagnostics);
    }
}

/// A port of a sidecar: number and protocol.
type Port = (String, String);

fn ports(sidecar: &Node) -> Vec<(Port, Span)> {
    let port = |node: &Node| {
        let number = node.get("containerPort")?;
        let protocol = node.get("protocol").and_then(Node::as_str).unwrap_or("TCP");
        Some(((number.as_scalar()?.text.clone(), protocol.to_owned()), number.span))
    };
    sidecar.get("ports").and_then(Node::as_sequence).unwrap_or_default().iter().filter_map(port).collect()
}

fn sidecar_ports(subject: &Subject<'_>, group: &GroupPlan, diagnostics: &mut Diagnostics) {
    let mut seen: Vec<(usize, Port, Span)> = Vec::new();
    for &member in &group.members {
        let sidecars = subject.resolved(member).map_or(&[][..], |resolved| &resolved.spec.sidecars);
        for (port, span) in sidecars.iter().flat_map(ports) {
            if matrix::copies(subject, member) > 1 {
                diagnostics.push(matrix::shared_port(subject, group, member, (&port.0, span)));
            }
            if let Some((other, _, first)) = seen.iter().find(|(other, known, _)| *other != member && *known == port) {
                let (one, two) = (subject.name(*other), subject.name(member));
                let message = format!("sidecars of `{one}` and `{two}` both listen on port {} of the pod", port.0);
                let place = Diagnostic::new(Code::SidecarPort, message).at(span, format!("of `{two}`"));
                let place = place.at(*first, format!("of `{one}`"));
                diagnostics.push(place.help(format!("{}, or change a port", cut::around(subject, group, &[member]))));
            }
            seen.push((member, port, span));
        }
    }
}

fn platforms(subject: &Subject<'_>, group: &GroupPlan, diagnostics: &mut Diagnostics) {
    let script = |member: usize, windows: bool| {
        let steps = &subject.resolved(member)?.spec.steps;
        let mut scripts = steps.iter().filter_map(|step| step.get("script"));
        let is = |text: &str| !text.trim().is_empty() && text.starts_with("#!win") == windows;
        Some((member, scripts.find(|script| script.as_str().is_some_and(is))?.span))
    };
    let windows: Vec<_> = group.members.iter().filter_map(|&member| script(member, true)).collect();
    let linux = group.members.iter().find_map(|&member| script(member, false));
    let (Some(&(one, span)), Some((other, other_span))) = (windows.first(), linux) else { return };
    let (one, other) = (subject.name(one), subject.name(other));
    let message = format!("the group `{}` mixes Windows scripts with others; a pod runs on one node", group.name.value);
    let place = Diagnostic::new(Code::MixedPlatforms, message).at(span, format!("`{one}` has a Windows script"));
    let place = place.at(other_span, format!("`{other}` has one for Linux"));
    let out: Vec<usize> = windows.iter().map(|(member, _)| *member).collect();
    diagnostics.push(place.help(cut::around(subject, group, &out)));
}

/// `experimental.tekton.dev/execution-mode: hermetic` takes the network away from the whole pod.
fn execution_modes(subject: &Subject<'_>, group: &GroupPlan, diagnostics: &mut Diagnostics) {
    let mode = |member: usize| {
        let resolved = subject.resolved(member)?;
        let metadata = match resolved.task {
            Some(task) => task.metadata.as_ref(),
            None => resolved.spec.node.get("metadata"),
        };
        let mode = metadata?.get("annotations")?.get("experimental.tekton.dev/execution-mode")?;
        (mode.as_str() == Some("hermetic")).then_some((member, mode.span))
    };
    let hermetic: Vec<_> = group.members.iter().filter_map(|&member| mode(member)).collect();
    if hermetic.is_empty() || hermetic.len() == group.members.len() {
        return;
    }
    let out: Vec<usize> = hermetic.iter().map(|(member, _)| *member).collect();
    let verb = if out.len() == 1 { "is" } else { "are" };
    let message = format!("only {} of the group `{}` {verb} hermetic", subject.names(&out), group.name.value);
    let mut diagnostic = Diagnostic::new(Code::MixedExecutionModes, message);
    for (member, span) in hermetic {
        diagnostic = diagnostic.at(span, format!("`{}` runs without network", subject.name(member)));
    }
    let open = group.members.iter().find(|member| !out.contains(member));
    if let Some(&open) = open {
        diagnostic = diagnostic.at(group.place(open), format!("`{}` runs with it", subject.name(open)));
    }
    diagnostics.push(diagnostic.help(cut::around(subject, group, &out)));
}

fn many_steps(subject: &Subject<'_>, group: &GroupPlan, diagnostics: &mut Diagnostics) {
    let steps = |&member: &usize| {
        let steps = subject.resolved(member).map_or(0, |resolved| resolved.spec.steps.len());
        steps * matrix::copies(subject, member)
    };
    let count: usize = group.members.iter().map(steps).sum();
    if count <= MANY_STEPS {
        return;
    }
    let message =
        format!("the group `{}` has {count} steps; such pods start slowly and lose results", group.name.value);
    let place = Diagnostic::new(Code::ManySteps, message).at(group.span, format!("{count} steps in one pod"));
    diagnostics.push(place.help(format!("make several groups of it, with at most {MANY_STEPS} steps each")));
}
