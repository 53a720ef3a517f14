//! What the fused pod asks of its node: the largest step, since steps run one after another, and all sidecars, which run as
//! long as the pod does.

mod told;

use super::steps::Draft;
use super::{Parts, Request};
use crate::diag::Diagnostics;
use crate::quantity::Quantity;
use crate::resources::{self, Amounts, Kind, OVERCOMMITTED, Policy, Strategy};
use crate::source::Span;
use crate::yaml::{Mapping, Node, Value};

/// What becomes of the requests for a resource.
struct Share {
    resource: &'static str,
    /// The step that asks for all, by its place, and how much; nothing if no step asks for any.
    bearer: Option<(usize, Quantity)>,
    /// The steps whose own requests it stands for.
    relieved: Vec<usize>,
    /// The steps that ask for another amount than before.
    changed: Vec<usize>,
}

/// Leaves each resource to the step that asks for most of it, or the requests as they are, and tells what that means.
pub(super) fn lower(request: &Request<'_>, parts: &mut Parts, diagnostics: &mut Diagnostics) {
    let asked = request.group.options.requests;
    let strategy = asked.map_or(request.requests.strategy, |(strategy, _)| strategy);
    let shares = match strategy {
        Strategy::Max => OVERCOMMITTED.map(|resource| share(resource, &mut parts.steps, request.requests)).into(),
        Strategy::Sum => Vec::new(),
    };
    told::requests(request, parts, strategy, &shares, diagnostics);
}

/// The amounts of the fused pod.
struct Pod {
    requests: Amounts,
    limits: Amounts,
}

impl Pod {
    fn of(parts: &Parts) -> Self {
        let sum = |kind| {
            let mut sum = Amounts::default();
            parts.steps.iter().for_each(|step| sum.add(&of_step(step, kind)));
            parts.sidecars.iter().for_each(|sidecar| sum.add(&resources::of_container(sidecar, kind)));
            sum
        };
        Self { requests: sum(Kind::Requests), limits: sum(Kind::Limits) }
    }
}

fn of_step(step: &Draft, kind: Kind) -> Amounts {
    step.fields.get("computeResources").map(|own| resources::amounts(own, kind)).unwrap_or_default()
}

/// Lets the step that asks for most of a resource, the first of several, ask for all.
fn share(resource: &'static str, steps: &mut [Draft], policy: &Policy) -> Share {
    let asked: Vec<Quantity> = steps
        .iter()
        .map(|step| of_step(step, Kind::Requests).get(resource).cloned().unwrap_or(Quantity::ZERO))
        .collect();
    let largest = asked.iter().max().filter(|amount| !amount.is_zero());
    let bearer =
        largest.and_then(|largest| Some((asked.iter().position(|amount| amount == largest)?, largest.clone())));
    let mut share = Share { resource, bearer, relieved: Vec::new(), changed: Vec::new() };
    for (at, (step, amount)) in steps.iter_mut().zip(&asked).enumerate() {
        let limit = of_step(step, Kind::Limits).get(resource).cloned();
        let floor = policy.floor.get(resource);
        let floor = floor.map(|floor| limit.filter(|limit| limit < floor).unwrap_or_else(|| floor.clone()));
        let bears = share.bearer.as_ref().is_some_and(|(bearer, _)| *bearer == at);
        if !bears && !amount.is_zero() {
            share.relieved.push(at);
        }
        let wanted = match floor {
            Some(floor) if bears => Some(floor).filter(|floor| floor > amount),
            Some(floor) => Some(floor),
            // A limit without a request would be one.
            None => (!bears && !amount.is_zero()).then_some(Quantity::ZERO),
        };
        if let Some(wanted) = wanted {
            ask(step, resource, &wanted);
            share.changed.extend((wanted != *amount).then_some(at));
        }
    }
    share
}

/// Lets a step ask for an amount.
fn ask(step: &mut Draft, resource: &str, amount: &Quantity) {
    let span = step.span;
    let mut own = mapping(step.fields.get("computeResources"));
    let mut requests = mapping(own.get("requests"));
    let place = requests.get(resource).map_or(span, |node| node.span);
    requests.set(resource, Node::string(place, amount.to_string()));
    let at = |key: &str, mapping: &Mapping| mapping.get(key).map_or(span, |node| node.span);
    let requests = Node { span: at("requests", &own), value: Value::Mapping(requests) };
    own.set("requests", requests);
    let own = Node { span: at("computeResources", &step.fields), value: Value::Mapping(own) };
    step.fields.set("computeResources", own);
}

fn mapping(node: Option<&Node>) -> Mapping {
    node.and_then(Node::as_mapping).cloned().unwrap_or_default()
}

/// Where a step says what it asks for of a resource.
fn place(step: &Draft, resource: &str) -> Span {
    let own = step.fields.get("computeResources");
    let amount = |key: &str| own?.get(key)?.get(resource);
    amount("requests").or_else(|| amount("limits")).map_or(step.span, |node| node.span)
}

#[cfg(test)]
mod tests;
