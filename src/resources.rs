//! What containers ask of a node, added up as Kubernetes does it.
//!
//! Steps run one after another, but the scheduler adds up the requests of all containers of a pod
//! (`PodRequests`, `k8s.io/component-helpers/resource/helpers.go`, v0.36).

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::model::merge;
use crate::quantity::{Quantity, QuantityError};
use crate::yaml::{Node, ScalarKind};

/// The resources of which a container may have more than it requests. Of any other (hugepages, extended resources such as
/// GPUs) it gets what it requests, and the API server refuses a limit that is another amount
/// (`ValidateResourceRequirements`, `pkg/apis/core/validation/validation.go` of Kubernetes, v1.34).
pub const OVERCOMMITTED: [&str; 3] = ["cpu", "memory", "ephemeral-storage"];

/// How the requests of a fused pod come from those of its steps.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Strategy {
    /// The largest request of each resource stays on its step, and the other steps ask for nothing: one step runs at a time.
    #[default]
    Max,
    /// All steps keep their requests, and Kubernetes adds them up.
    Sum,
}

/// What is asked of the compiler about requests.
#[derive(Clone, Debug, Default)]
pub struct Policy {
    /// How they come from those of the steps, unless a group says otherwise.
    pub strategy: Strategy,
    /// What each step asks for at least, where the largest of its group does not count: a LimitRange may want that.
    pub floor: Amounts,
}

/// Amounts of resources, by the names of the resources.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Amounts(BTreeMap<String, Quantity>);

impl Amounts {
    /// The amount of a resource, if there is any.
    pub fn get(&self, resource: &str) -> Option<&Quantity> {
        self.0.get(resource)
    }

    /// All of them, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Quantity)> {
        self.0.iter().map(|(resource, amount)| (resource.as_str(), amount))
    }

    /// Whether none is more than nothing.
    pub fn is_nothing(&self) -> bool {
        self.0.values().all(Quantity::is_zero)
    }

    /// Adds other amounts.
    pub fn add(&mut self, other: &Self) {
        for (resource, amount) in &other.0 {
            match self.0.get_mut(resource) {
                Some(own) => *own += amount.clone(),
                None => _ = self.0.insert(resource.clone(), amount.clone()),
            }
        }
    }

    /// Raises each to the other amount where that is larger.
    pub fn raise(&mut self, other: &Self) {
        for (resource, amount) in &other.0 {
            match self.0.get_mut(resource) {
                Some(own) if *own >= *amount => {}
                Some(own) => own.clone_from(amount),
                None => _ = self.0.insert(resource.clone(), amount.clone()),
            }
        }
    }

    /// The amounts that are larger than in `other`.
    pub fn beyond(&self, other: &Self) -> Self {
        let more = |(resource, amount): &(&String, &Quantity)| match other.0.get(*resource) {
            Some(theirs) => *amount > theirs,
            None => !amount.is_zero(),
        };
        Self(self.0.iter().filter(more).map(|(resource, amount)| (resource.clone(), amount.clone())).collect())
    }

    /// Drops all but the amounts of these resources.
    pub fn keep(&mut self, resources: &[&str]) {
        self.0.retain(|resource, _| resources.contains(&resource.as_str()));
    }

    /// `cpu 500m, memory 1Gi`.
    pub fn list(&self) -> String {
        let amounts = self.0.iter().filter(|(_, amount)| !amount.is_zero());
        amounts.map(|(resource, amount)| format!("{resource} {amount}")).collect::<Vec<_>>().join(", ")
    }
}

impl FromIterator<(String, Quantity)> for Amounts {
    fn from_iter<T: IntoIterator<Item = (String, Quantity)>>(amounts: T) -> Self {
        Self(amounts.into_iter().collect())
    }
}

/// An amount as Kubernetes reads it from JSON: numbers by their text, `null` as nothing, without blanks around it
/// (`Quantity.UnmarshalJSON`, `k8s.io/apimachinery/pkg/api/resource/quantity.go`, v0.36).
pub fn amount(node: &Node) -> Result<Quantity, QuantityError> {
    match node.as_scalar() {
        Some(scalar) if scalar.kind == ScalarKind::Null => Ok(Quantity::ZERO),
        Some(scalar) if scalar.kind == ScalarKind::String => scalar.text.trim().parse(),
        Some(scalar) => scalar.json().parse(),
        None => node.json().parse(),
    }
}

/// Which amounts of a container are meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// What the scheduler keeps free for it. The API server takes a limit without a request for the request
    /// (`SetDefaults_Pod`, `pkg/apis/core/v1/defaults.go` of Kubernetes, v1.34).
    Requests,
    /// What it may use at most.
    Limits,
}

/// The amounts in the `computeResources` of a container. What is no amount, which is reported elsewhere, does not count.
pub fn amounts(resources: &Node, kind: Kind) -> Amounts {
    let field = |key: &str| resources.get(key)?.as_mapping();
    let limits = field("limits").into_iter();
    let requests = field("requests").into_iter().filter(|_| kind == Kind::Requests);
    let entries = limits.chain(requests).flat_map(|mapping| &mapping.entries);
    entries.filter_map(|entry| Some((entry.key.clone(), amount(&entry.value).ok()?))).collect()
}

/// The amounts of one container.
pub fn of_container(container: &Node, kind: Kind) -> Amounts {
    container.get("computeResources").map(|resources| amounts(resources, kind)).unwrap_or_default()
}

/// The steps of a Task's spec, each with what it inherits from the `stepTemplate`.
pub fn steps(spec: &Node) -> impl Iterator<Item = Cow<'_, Node>> {
    let template = spec.get("stepTemplate").filter(|template| !template.is_null());
    list(spec, "steps").iter().map(move |step| match template {
        Some(template) if step.get("ref").is_none() => Cow::Owned(merge(template, step)),
        _ => Cow::Borrowed(step),
    })
}

/// The sidecars of a Task's spec.
pub fn sidecars(spec: &Node) -> &[Node] {
    list(spec, "sidecars")
}

/// The amounts of the pod of a Task: the sum over its steps and sidecars. Tekton's own init containers ask for nothing.
pub fn of_pod(spec: &Node, kind: Kind) -> Amounts {
    let mut sum = Amounts::default();
    steps(spec).for_each(|step| sum.add(&of_container(&step, kind)));
    sidecars(spec).iter().for_each(|sidecar| sum.add(&of_container(sidecar, kind)));
    sum
}

/// Whether each container of a Task may use exactly what it requests, of cpu and of memory: its pod is Guaranteed, as far as
/// its author can see to that (`ComputePodQOS`, `pkg/apis/core/v1/helper/qos/qos.go` of Kubernetes, v1.34).
pub fn is_guaranteed(spec: &Node) -> bool {
    let exact = |container: &Node| {
        let (requests, limits) = (of_container(container, Kind::Requests), of_container(container, Kind::Limits));
        let same = |resource| {
            limits.get(resource).is_some_and(|limit| !limit.is_zero() && requests.get(resource) == Some(limit))
        };
        same("cpu") && same("memory")
    };
    steps(spec).all(|step| exact(&step)) && sidecars(spec).iter().all(exact)
}

fn list<'n>(spec: &'n Node, key: &str) -> &'n [Node] {
    spec.get(key).and_then(Node::as_sequence).unwrap_or_default()
}
