//! What is said about the requests of a fused pod.

use super::{Pod, Share, of_step, place};
use crate::diag::{Code, Condition, Diagnostic, Diagnostics, Severity, enumerate, list};
use crate::fuse::member::Member;
use crate::fuse::results::StepKey;
use crate::fuse::{Parts, Request};
use crate::quantity::Quantity;
use crate::resources::{self, Amounts, Kind, OVERCOMMITTED, Strategy};
use crate::yaml::{Node, Value};

/// Says how the requests of the pod differ from those of the members' pods.
pub(super) fn requests(
    request: &Request<'_>,
    parts: &Parts,
    strategy: Strategy,
    shares: &[Share],
    diagnostics: &mut Diagnostics,
) {
    let pods: Vec<Members> = request.members.iter().map(Members::of).collect();
    let most = largest(pods.iter().map(|pod| &pod.requests));
    let fused = Pod::of(parts);
    let added = add_up(request, parts, strategy, &fused);
    // The sum of all steps is more than any member's pod as well.
    let sidecars = sidecars(request, parts, &most, &fused).filter(|_| strategy == Strategy::Max || added.is_none());
    let told = [
        moved(request, parts, shares),
        added,
        sidecars,
        limits(request, &pods, &fused),
        guaranteed(request, parts, &pods),
        lopsided(request, &pods, &most, &fused),
    ];
    told.into_iter().flatten().for_each(|told| diagnostics.push(told));
    read_back(request, parts, shares, diagnostics);
}

/// The pod that a member had to itself.
struct Members {
    requests: Amounts,
    limits: Amounts,
    guaranteed: bool,
}

impl Members {
    fn of(member: &Member<'_>) -> Self {
        let spec = &member.spec().node;
        Self {
            requests: resources::of_pod(spec, Kind::Requests),
            limits: resources::of_pod(spec, Kind::Limits),
            guaranteed: resources::is_guaranteed(spec),
        }
    }
}

fn largest<'p>(amounts: impl Iterator<Item = &'p Amounts>) -> Amounts {
    amounts.fold(Amounts::default(), |mut largest, amounts| {
        largest.raise(amounts);
        largest
    })
}

/// A diagnostic about the group as a whole.
fn about(request: &Request<'_>, code: Code, message: String) -> Diagnostic {
    let place = Diagnostic::new(code, message).at(request.group.name.span, "this group");
    place.of(request.members.iter().map(Member::name))
}

/// Requests that one step makes for all.
fn moved(request: &Request<'_>, parts: &Parts, shares: &[Share]) -> Option<Diagnostic> {
    let moved = shares.iter().filter(|share| !share.relieved.is_empty());
    let moved = moved.filter_map(|share| Some((share.resource, share.bearer.as_ref()?)));
    let moved: Vec<(&str, &(usize, Quantity))> = moved.collect();
    let what = |(resource, (step, amount)): &(&str, &(usize, Quantity))| {
        format!("{resource} {amount} of `{}`", parts.steps[*step].name)
    };
    let what: Vec<String> = moved.iter().map(what).collect();
    let message = format!(
        "the steps of the group `{}` ask for the largest of their requests, not for the sum: {}",
        request.group.name.value,
        list(&what, "and")
    );
    let told = Diagnostic::new(Code::RequestsMoved, message).of(request.members.iter().map(Member::name));
    let mut told = told.only_if(Condition::PodLost);
    for (resource, (step, _)) in &moved {
        let span = place(&parts.steps[*step], resource);
        if !told.labels.iter().any(|label| label.span == span) {
            told = told.at(span, format!("{resource} for all steps"));
        }
    }
    (!moved.is_empty())
        .then(|| told.help("write `requests: sum` in the options of the group to keep the request of each step"))
}

/// Requests that several steps make and that the pod adds up.
fn add_up(request: &Request<'_>, parts: &Parts, strategy: Strategy, fused: &Pod) -> Option<Diagnostic> {
    let asks = |resource: &str| {
        let steps = parts
            .steps
            .iter()
            .filter(|step| of_step(step, Kind::Requests).get(resource).is_some_and(|it| !it.is_zero()));
        let steps: Vec<_> = steps.collect();
        let members: Vec<usize> = steps.iter().map(|step| step.member).collect();
        (members.iter().any(|member| Some(member) != members.first())).then_some(steps)
    };
    let is_concerned = |resource: &str| strategy == Strategy::Sum || !OVERCOMMITTED.contains(&resource);
    let concerned = fused.requests.iter().filter(|(resource, _)| is_concerned(resource));
    let concerned: Vec<_> = concerned.filter_map(|(resource, _)| Some((resource, asks(resource)?))).collect();
    let (first, _) = concerned.first()?;
    let total =
        concerned.iter().filter_map(|(resource, _)| Some(format!("{resource} {}", fused.requests.get(resource)?)));
    let total = total.collect::<Vec<_>>().join(", ");
    let message =
        format!("the pod of the group `{}` asks for the sum of its steps' requests: {total}", request.group.name.value);
    let mut told = Diagnostic::new(Code::RequestsAddUp, message).of(request.members.iter().map(Member::name));
    for (resource, steps) in &concerned {
        for step in steps {
            let span = place(step, resource);
            if !told.labels.iter().any(|label| label.span == span) {
                told = told.at(span, format!("of `{}`", request.members[step.member].name()));
            }
        }
    }
    let told = told.only_if(Condition::Unschedulable);
    let is_free = concerned.iter().all(|(resource, _)| OVERCOMMITTED.contains(resource));
    Some(match is_free {
        true => Diagnostic { severity: Severity::Note, ..told }.help("`requests: max` asks for the largest step only"),
        false => told.help(format!(
            "Kubernetes gives a container exactly the `{first}` that it asks for, so no step can leave it to another: cut the group so \
             that one member asks for it"
        )),
    })
}

/// Sidecars of members that were not there at the same time.
fn sidecars(request: &Request<'_>, parts: &Parts, most: &Amounts, fused: &Pod) -> Option<Diagnostic> {
    let more = fused.requests.beyond(most);
    let asks = |sidecar: &&Node| !resources::of_container(sidecar, Kind::Requests).is_nothing();
    let sidecars: Vec<&str> =
        parts.sidecars.iter().filter(asks).filter_map(|sidecar| sidecar.get("name").and_then(Node::as_str)).collect();
    if sidecars.is_empty() || more.is_nothing() {
        return None;
    }
    let message = format!(
        "the pod of the group `{}` asks for {}, more than any member's pod did: the sidecars {} run as long as all of it",
        request.group.name.value,
        more.list(),
        enumerate(sidecars.into_iter())
    );
    let told = about(request, Code::SidecarRequests, message).only_if(Condition::Unschedulable);
    Some(told.help("leave a member with a sidecar out of the group if nodes are too small for that"))
}

/// Limits, which a quota adds up although steps run one after another.
fn limits(request: &Request<'_>, pods: &[Members], fused: &Pod) -> Option<Diagnostic> {
    let mut more = fused.limits.beyond(&largest(pods.iter().map(|pod| &pod.limits)));
    more.keep(&OVERCOMMITTED);
    let message = format!(
        "the limits in the pod of the group `{}` add up to {}, more than in any member's pod",
        request.group.name.value,
        more.list()
    );
    let told = about(request, Code::LimitsAddUp, message).only_if(Condition::Unschedulable);
    let help =
        "it matters where a ResourceQuota or a LimitRange for pods counts limits: raise it, or make the group smaller";
    (!more.is_nothing()).then(|| told.help(help))
}

/// Pods that were Guaranteed.
fn guaranteed(request: &Request<'_>, parts: &Parts, pods: &[Members]) -> Option<Diagnostic> {
    let members = request.members.iter().zip(pods).filter(|(_, pod)| pod.guaranteed);
    let members: Vec<&str> = members.map(|(member, _)| member.name()).collect();
    if members.is_empty() {
        return None;
    }
    let containers =
        parts.steps.iter().map(|step| Node { span: step.span, value: Value::Mapping(step.fields.clone()) });
    let spec = Node::mapping(
        request.group.span,
        [
            ("steps", Node::sequence(request.group.span, containers.collect())),
            ("sidecars", Node::sequence(request.group.span, parts.sidecars.clone())),
        ],
    );
    if resources::is_guaranteed(&spec) {
        return None;
    }
    let message = format!(
        "the pod of {} requests what it is limited to (Guaranteed); that of the group `{}` requests less (Burstable)",
        enumerate(members.into_iter()),
        request.group.name.value
    );
    let told = about(request, Code::GuaranteedLost, message).only_if(Condition::PodLost);
    Some(told.help("leave the member out of the group if it must never be evicted before others"))
}

/// How much more the group may hold, all the time together, than its members did.
const LOPSIDED: f64 = 3.0;

/// A group that holds for all of its time what few of its members need.
fn lopsided(request: &Request<'_>, pods: &[Members], most: &Amounts, fused: &Pod) -> Option<Diagnostic> {
    let held = |resource: &&&str| {
        let before: f64 = pods.iter().filter_map(|pod| Some(pod.requests.get(resource)?.as_f64())).sum();
        let after = fused.requests.get(resource).map_or(0.0, |amount| amount.as_f64()) * pods.len() as f64;
        after > LOPSIDED * before
    };
    let resources: Vec<&str> = OVERCOMMITTED[..2].iter().filter(held).copied().collect();
    let amounts = resources.iter().filter_map(|resource| Some(format!("{resource} {}", fused.requests.get(resource)?)));
    let amounts: Vec<String> = amounts.collect();
    let asks = |pod: &Members| resources.iter().any(|resource| pod.requests.get(resource) == most.get(resource));
    let largest = request.members.iter().zip(pods).filter(|(_, pod)| asks(pod)).map(|(member, _)| member.name());
    let message = format!(
        "the group `{}` holds {} as long as it runs, as much as only {} asked for",
        request.group.name.value,
        list(&amounts, "and"),
        enumerate(largest)
    );
    let told = about(request, Code::Lopsided, message);
    (!resources.is_empty())
        .then(|| told.help("leave small members that run long out of the group, or accept that nodes are kept busy"))
}

/// Requests that a container reads by `resourceFieldRef`, and that are other ones now.
fn read_back(request: &Request<'_>, parts: &Parts, shares: &[Share], diagnostics: &mut Diagnostics) {
    let changed = |container: &str, resource: &str| {
        let is_step = |at: &usize| container == format!("step-{}", parts.steps[*at].name);
        shares.iter().any(|share| share.resource == resource && share.changed.iter().any(is_step))
    };
    let mut look = |node: &Node, own: &str, member: Option<usize>, step: Option<String>| {
        field_refs(node, &mut |reference| {
            let container = reference.get("containerName").and_then(Node::as_str).filter(|name| !name.is_empty());
            let resource =
                reference.get("resource").and_then(Node::as_str).and_then(|name| name.strip_prefix("requests."));
            if let Some(resource) = resource.filter(|resource| changed(container.unwrap_or(own), resource)) {
                let message = format!("`requests.{resource}` is read of a step that asks for another amount now");
                let place = Diagnostic::new(Code::PodChanged, message).at(reference.span, "used here");
                let place = match member {
                    Some(member) => place.of([request.members[member].name()]).in_steps(step.clone()),
                    None => place.of(request.members.iter().map(Member::name)),
                };
                diagnostics.push(place.help(
                    "write `requests: sum` in the options of the group, or the number in place of the reference",
                ));
            }
        });
    };
    for step in &parts.steps {
        let node = Node { span: step.span, value: Value::Mapping(step.fields.clone()) };
        let member = &request.members[step.member];
        let name = (0..member.spec().steps.len()).find(|at| StepKey::Step(*at) == step.key);
        look(&node, &format!("step-{}", step.name), Some(step.member), name.map(|at| member.step_name(at)));
    }
    parts.sidecars.iter().chain(&parts.volumes).for_each(|node| look(node, "", None, None));
}

fn field_refs(node: &Node, visit: &mut dyn FnMut(&Node)) {
    match &node.value {
        Value::Sequence(items) => items.iter().for_each(|item| field_refs(item, visit)),
        Value::Mapping(mapping) => {
            for entry in &mapping.entries {
                match entry.key.as_str() {
                    "resourceFieldRef" => visit(&entry.value),
                    _ => field_refs(&entry.value, visit),
                }
            }
        }
        Value::Scalar(_) => {}
    }
}
