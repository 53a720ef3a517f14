//! What the steps of a pod request: Kubernetes adds it up, although they run one after another.

use super::{Subject, matrix};
use crate::diag::{Code, Condition, Diagnostic, Diagnostics, enumerate};
use crate::group::GroupPlan;
use crate::source::Span;
use crate::yaml::{Mapping, Node};

pub(super) fn check(subject: &Subject<'_>, diagnostics: &mut Diagnostics) {
    subject.groups.iter().for_each(|group| sum(subject, group, diagnostics));
}

fn sum(subject: &Subject<'_>, group: &GroupPlan, diagnostics: &mut Diagnostics) {
    let asking: Vec<(usize, Vec<(String, Span)>)> = group
        .members
        .iter()
        .map(|&member| (member, asked_by(subject, member)))
        .filter(|(_, asked)| !asked.is_empty())
        .collect();
    let steps: usize = asking.iter().map(|(member, _)| matrix::copies(subject, *member)).sum();
    if steps < 2 {
        return;
    }
    let names = enumerate(asking.iter().map(|(member, _)| subject.name(*member)));
    let message =
        format!("the pod of the group `{}` asks for the sum of all steps' requests, of {names}", group.name.value);
    let told = Diagnostic::new(Code::RequestsAddUp, message).only_if(Condition::Unschedulable);
    let mut told = subject.about(told, group, &group.members);
    for (member, asked) in &asking {
        let texts = asked.iter().map(|(text, _)| text.as_str()).collect::<Vec<_>>().join("; ");
        let span = asked.first().map_or(group.place(*member), |(_, span)| *span);
        let text = format!("`{}` asks for {texts}", subject.name(*member));
        // Members may run the same Task.
        match told.labels.iter_mut().find(|label| label.span == span) {
            Some(label) => label.text = format!("{}, {text}", label.text),
            None => told = told.at(span, text),
        }
    }
    diagnostics.push(told.help("keep the largest request of each resource on one step, and write \"0\" on the others"));
}

/// What each step of a member asks for, and where it says so.
fn asked_by(subject: &Subject<'_>, member: usize) -> Vec<(String, Span)> {
    let Some(resolved) = subject.resolved(member) else { return Vec::new() };
    let template = resolved.spec.step_template.as_ref().and_then(|template| template.get("computeResources"));
    let steps = resolved.spec.steps.iter();
    steps.filter_map(|step| asked(step.get("computeResources").or(template)?)).collect()
}

/// The requests, and the limits without a request of their own, which Kubernetes takes for requests.
fn asked(resources: &Node) -> Option<(String, Span)> {
    let mapping = |key: &str| resources.get(key).and_then(Node::as_mapping);
    let requests = mapping("requests").map_or(&[][..], |requests| &requests.entries);
    let limits = mapping("limits").map_or(&[][..], |limits| &limits.entries);
    let own = |name: &str| mapping("requests").and_then(|requests: &Mapping| requests.get(name)).is_some();
    let entries = requests.iter().chain(limits.iter().filter(|limit| !own(&limit.key)));
    let asking = entries.filter_map(|entry| {
        let amount = &entry.value.as_scalar()?.text;
        (!amount.trim_matches('0').is_empty()).then(|| format!("{} {amount}", entry.key))
    });
    let asking: Vec<String> = asking.collect();
    (!asking.is_empty()).then(|| (asking.join(", "), resources.span))
}
