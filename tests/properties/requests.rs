//! The pod of a group asks for the largest need at any time.

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde_json::Value as Json;

/// Amounts that a step may ask for, with their thousandths.
pub(crate) const CPU: &[(&str, i64)] = &[("0", 0), ("100m", 100), ("0.5", 500), ("1", 1000), ("2", 2000)];
pub(crate) const MEMORY: &[(&str, i64)] =
    &[("0", 0), ("64Mi", 67_108_864_000), ("1Gi", 1_073_741_824_000), ("1e9", 1_000_000_000_000)];
pub(crate) const GPU: &[(&str, i64)] = &[("1", 1000), ("2", 2000)];

/// Requests or limits by resource.
type Amounts = BTreeMap<String, i64>;

fn thousandths(node: &Json) -> i64 {
    let text = node.as_str().map_or_else(|| node.to_string(), str::to_owned);
    let known = CPU.iter().chain(MEMORY).chain(GPU).find(|(known, _)| *known == text);
    known.unwrap_or_else(|| panic!("an amount that no step asked for: {text}")).1
}

fn amounts(container: &Json, template: &Json, key: &str) -> Amounts {
    let own = [template, container].map(|node| node["computeResources"][key].as_object().cloned().unwrap_or_default());
    own.into_iter().flatten().map(|(resource, amount)| (resource, thousandths(&amount))).collect()
}

/// What a container asks for: a limit without a request is one.
fn requests(container: &Json, template: &Json) -> Amounts {
    let mut limits = amounts(container, template, "limits");
    limits.extend(amounts(container, template, "requests"));
    limits
}

/// What the containers of Tasks ask for.
struct Asked {
    steps: Vec<Amounts>,
    sidecars: Vec<Amounts>,
    limits: Vec<Amounts>,
}

impl Asked {
    fn of<'s>(specs: impl IntoIterator<Item = &'s Json>) -> Self {
        let mut asked = Self { steps: Vec::new(), sidecars: Vec::new(), limits: Vec::new() };
        for spec in specs {
            for step in spec["steps"].as_array().into_iter().flatten() {
                asked.steps.push(requests(step, &spec["stepTemplate"]));
                asked.limits.push(amounts(step, &spec["stepTemplate"], "limits"));
            }
            asked
                .sidecars
                .extend(spec["sidecars"].as_array().into_iter().flatten().map(|it| requests(it, &Json::Null)));
        }
        asked
    }

    fn largest_step(&self, resource: &str) -> i64 {
        self.steps.iter().filter_map(|step| step.get(resource)).max().copied().unwrap_or_default()
    }

    fn all_steps(&self, resource: &str) -> i64 {
        self.steps.iter().filter_map(|step| step.get(resource)).sum()
    }

    fn all_sidecars(&self, resource: &str) -> i64 {
        self.sidecars.iter().filter_map(|sidecar| sidecar.get(resource)).sum()
    }

    /// What Kubernetes keeps free for a pod with these containers.
    fn pod(&self, resource: &str) -> i64 {
        self.all_steps(resource) + self.all_sidecars(resource)
    }
}

/// Compares the pod of a group with those of its members. `told`: the codes that were said of the group.
pub(crate) fn check(members: &[&Json], fused: &Json, told: &[&str]) -> Result<(), TestCaseError> {
    let (before, after) = (Asked::of(members.iter().copied()), Asked::of([fused]));
    let pods: Vec<Asked> = members.iter().map(|member| Asked::of([*member])).collect();
    for resource in ["cpu", "memory"] {
        let (asked, sidecars) = (after.pod(resource), before.all_sidecars(resource));
        prop_assert_eq!(asked, before.largest_step(resource) + sidecars, "{} of the pod", resource);
        prop_assert!(before.steps.iter().all(|step| step.get(resource).is_none_or(|own| *own <= asked)));
        prop_assert!(asked <= pods.iter().map(|pod| pod.pod(resource)).sum::<i64>(), "more than all pods together");
        let largest = pods.iter().map(|pod| pod.pod(resource)).max().unwrap_or_default();
        prop_assert!(asked <= largest + sidecars, "more than the largest pod, not only by sidecars");
        prop_assert!(asked <= largest || told.contains(&"TF507"), "{} {} > {}: {:?}", resource, asked, largest, told);
    }
    let gpus = "nvidia.com/gpu";
    prop_assert_eq!(after.pod(gpus), before.pod(gpus), "GPUs are not given away");
    let several = pods.iter().filter(|pod| pod.all_steps(gpus) > 0).count() > 1;
    prop_assert_eq!(several, told.contains(&"TF505"), "{:?}", told);
    let mut limits = [before.limits, after.limits];
    limits.iter_mut().for_each(|limits| {
        limits.retain(|step| !step.is_empty());
        limits.sort();
    });
    prop_assert_eq!(&limits[0], &limits[1], "limits of steps");
    Ok(())
}
