//! Names in the fused Task: `<member>-<name>`, unique also when case is ignored, never too long.

use std::collections::HashSet;

use sha2::{Digest, Sha256};

/// The longest step name: Tekton calls the container `step-<name>` and cuts at 63 (`pkg/pod/pod.go`, v1.15), after
/// which names may collide and results of the step get lost.
pub(super) const STEP: usize = 58;

/// The longest sidecar name: the container is `sidecar-<name>`.
pub(super) const SIDECAR: usize = 55;

/// The longest label value, volume, Task and pipeline task name.
pub(super) const LABEL: usize = 63;

/// No limit of Kubernetes: params, results and workspaces.
pub(super) const FREE: usize = 250;

/// The names of one kind that are taken.
#[derive(Debug)]
pub(super) struct Names {
    limit: usize,
    taken: HashSet<String>,
}

impl Names {
    /// No names yet; none will be longer than `limit` bytes.
    pub(super) fn new(limit: usize) -> Self {
        Self { limit, taken: HashSet::new() }
    }

    /// `wanted`, cut and ended with a short hash of the whole where it is too long, counted up where it is taken.
    pub(super) fn take(&mut self, wanted: &str) -> String {
        let name = shorten(wanted, self.limit);
        if self.taken.insert(name.to_lowercase()) {
            return name;
        }
        let mut count = 2u32;
        loop {
            let name = shorten(&format!("{wanted}-{count}"), self.limit);
            if self.taken.insert(name.to_lowercase()) {
                return name;
            }
            count += 1;
        }
    }

    /// `wanted` if it is free.
    pub(super) fn take_exactly(&mut self, wanted: &str) -> Option<String> {
        (wanted.len() <= self.limit && self.taken.insert(wanted.to_lowercase())).then(|| wanted.to_owned())
    }
}

/// The names of all steps of a group, fixed before anything refers to them.
#[derive(Debug)]
pub(super) struct StepNames {
    steps: Vec<Vec<String>>,
    collectors: Vec<String>,
    links: Vec<Vec<String>>,
    gates: Vec<Vec<String>>,
    verdict: String,
    names: Names,
}

impl StepNames {
    /// Names for the steps of each member, given as (the member's name, its steps' names), and for helper steps.
    pub(super) fn new<'a>(members: impl Iterator<Item = (&'a str, Vec<String>)>) -> Self {
        let (names, verdict) = (Names::new(STEP), String::new());
        let (steps, collectors, links, gates) = Default::default();
        let mut all = Self { steps, collectors, links, gates, verdict, names };
        let members: Vec<_> = members.collect();
        for (member, steps) in &members {
            let names = &mut all.names;
            all.steps.push(steps.iter().map(|step| names.take(&format!("{member}-{step}"))).collect());
        }
        for (member, steps) in &members {
            let names = &mut all.names;
            all.collectors.push(names.take(&format!("{member}-fuse-collector")));
            // At most one link step per step of the member.
            all.links.push(steps.iter().map(|_| names.take(&format!("{member}-fuse-link"))).collect());
            // At most one gate for each of its steps, one for the member, and one that asks Tekton.
            all.gates.push((0..steps.len() + 2).map(|_| names.take(&format!("{member}-fuse-gate"))).collect());
        }
        if let Some((member, _)) = members.last() {
            all.verdict = all.names.take(&format!("{member}-fuse-verdict"));
        }
        all
    }

    /// A name for one more helper step.
    pub(super) fn take(&mut self, wanted: &str) -> String {
        self.names.take(wanted)
    }

    /// A member's step.
    pub(super) fn step(&self, member: usize, step: usize) -> &str {
        &self.steps[member][step]
    }

    /// The collector after a member.
    pub(super) fn collector(&self, member: usize) -> &str {
        &self.collectors[member]
    }

    /// The how many-th link before a member.
    pub(super) fn link(&self, member: usize, nth: usize) -> &str {
        &self.links[member][nth]
    }

    /// The how many-th gate of a member.
    pub(super) fn gate(&self, member: usize, nth: usize) -> &str {
        &self.gates[member][nth]
    }

    /// The last step of the group.
    pub(super) fn verdict(&self) -> &str {
        &self.verdict
    }

    /// The file of a result of a member's own step.
    pub(super) fn result_file(&self, member: usize, step: usize, result: &str) -> String {
        result_file(self.step(member, step), result)
    }
}

/// The file of a step's own result (`/tekton/steps/step-<name>` is a link to the step's directory,
/// `cmd/entrypoint/subcommands/step_init.go`, v1.15).
pub(super) fn result_file(step: &str, result: &str) -> String {
    format!("/tekton/steps/step-{step}/results/{result}")
}

/// `name` if it is short enough, else its beginning and eight hex digits of its hash.
pub(super) fn shorten(name: &str, limit: usize) -> String {
    if name.len() <= limit {
        return name.to_owned();
    }
    let mut end = limit.saturating_sub(9);
    while !name.is_char_boundary(end) {
        end -= 1;
    }
    format!("{}-{}", name[..end].trim_end_matches(['-', '.']), hash(name))
}

/// Eight hex digits that stand for a text.
pub(super) fn hash(text: &str) -> String {
    Sha256::digest(text.as_bytes()).iter().take(4).map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_differ_also_when_case_is_ignored() {
        let mut names = Names::new(FREE);
        assert_eq!(names.take("build-URL"), "build-URL");
        assert_eq!(names.take("build-url"), "build-url-2");
    }

    #[test]
    fn long_names_with_the_same_beginning_stay_apart() {
        let mut names = Names::new(STEP);
        let long = "a".repeat(63);
        let first = names.take(&format!("{long}-x"));
        let second = names.take(&format!("{long}-y"));
        assert_eq!((first.len(), second.len()), (STEP, STEP));
        assert_ne!(first, second);
        assert_eq!(Names::new(STEP).take(&format!("{long}-x")), first, "the same name every time");
    }
}
