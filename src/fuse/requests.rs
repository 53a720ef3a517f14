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

/// The step that asks for a resource for all steps.
struct Bearer {
    resource: &'static str,
    amount: Quantity,
    /// Its place among the steps.
    step: usize,
    /// The steps whose own requests it stands for.
    relieved: Vec<usize>,
}

/// Leaves each resource to the step that asks for most of it, or the requests as they are, and tells what that means.
pub(super) fn lower(request: &Request<'_>, parts: &mut Parts, diagnostics: &mut Diagnostics) {
    let asked = request.group.options.requests;
    let strategy = asked.map_or(request.requests.strategy, |(strategy, _)| strategy);
    let before = Pod::of(parts);
    let bearers = match strategy {
        Strategy::Max => {
            OVERCOMMITTED.iter().filter_map(|resource| bear(resource, &mut parts.steps, request.requests)).collect()
        }
        Strategy::Sum => Vec::new(),
    };
    told::requests(request, parts, (strategy, &before), &bearers, diagnostics);
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
    let resources = step.fields.get("computeResources").map(|node| ("computeResources", node.clone()));
    resources::of_container(&Node::mapping(step.span, resources), kind)
}

/// Lets the step that asks for most of a resource, the first of several, ask for all; nothing if no step asks for any.
fn bear(resource: &'static str, steps: &mut [Draft], policy: &Policy) -> Option<Bearer> {
    let asked: Vec<Quantity> = steps
        .iter()
        .map(|step| of_step(step, Kind::Requests).get(resource).cloned().unwrap_or(Quantity::ZERO))
        .collect();
    let largest = asked.iter().max().filter(|amount| !amount.is_zero()).cloned();
    let bearer = largest.as_ref().and_then(|largest| asked.iter().position(|amount| amount == largest));
    let floor = policy.floor.get(resource);
    let mut relieved = Vec::new();
    for (at, (step, amount)) in steps.iter_mut().zip(&asked).enumerate() {
        let limit = of_step(step, Kind::Limits).get(resource).cloned();
        let floor = floor.map(|floor| limit.filter(|limit| limit < floor).unwrap_or_else(|| floor.clone()));
        if Some(at) == bearer {
            if let Some(floor) = floor.filter(|floor| floor > amount) {
                ask(step, resource, &floor);
            }
            continue;
        }
        if !amount.is_zero() {
            relieved.push(at);
        }
        match floor {
            Some(floor) => ask(step, resource, &floor),
            // A limit without a request would be one.
            None if !amount.is_zero() => ask(step, resource, &Quantity::ZERO),
            None => {}
        }
    }
    Some(Bearer { resource, amount: largest?, step: bearer?, relieved })
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
