//! A Pipeline with its groups: from the plan to fused Tasks, and from these to edits of its documents.

use std::collections::HashSet;

use super::Inputs;
use super::changes::Changes;
use crate::check::{self, Subject};
use crate::diag::{About, Code, Diagnostic, Diagnostics, Severity};
use crate::fuse::{self, Copies, Fused, HELPER_IMAGE, Readers};
use crate::graph::TaskGraph;
use crate::group::{GroupPlan, Grouping};
use crate::model::{Object, Pipeline, Run};
use crate::resolve::Resolved;
use crate::source::SourceId;

/// A Pipeline with the groups that are to be fused.
#[derive(Clone, Copy)]
pub(super) struct Planned<'p, 'a> {
    pub(super) inputs: &'p Inputs<'a>,
    /// What the Pipeline stands in.
    pub(super) object: &'a Object,
    pub(super) pipeline: &'a Pipeline,
    pub(super) graph: &'p TaskGraph,
    pub(super) grouping: &'p Grouping,
    /// Its runs among the inputs.
    pub(super) runs: &'p [&'a Run],
}

impl<'a> Planned<'_, 'a> {
    /// The groups as fused Tasks; empty if any of them is invalid: if there are more errors than `known` then.
    pub(super) fn fuse(&self, known: usize, diagnostics: &mut Diagnostics) -> Vec<Fused> {
        let &Planned { inputs, pipeline, graph, grouping, runs, .. } = self;
        let members: HashSet<usize> = grouping.groups.iter().flat_map(|group| group.members.iter().copied()).collect();
        let resolve = |(index, task)| {
            let wanted = members.contains(&index);
            wanted.then(|| inputs.library.resolve(pipeline.namespace.as_deref(), task, diagnostics)).flatten()
        };
        let resolved: Vec<Option<Resolved<'a>>> = pipeline.tasks.iter().enumerate().map(resolve).collect();
        let (sources, groups) = (inputs.sources, grouping.groups.as_slice());
        check::check(&Subject { sources, pipeline, graph, groups, resolved: &resolved, runs }, diagnostics);
        if diagnostics.count(Severity::Error) > known {
            return Vec::new();
        }
        let run_params = runs.first().filter(|_| pipeline.inline).map_or(&[][..], |run| run.params.as_slice());
        let pod_volumes: Vec<&str> =
            runs.iter().flat_map(|run| run.pod_volumes()).filter_map(|volume| volume.get("name")?.as_str()).collect();
        let readers = Readers::of(pipeline);
        let copies = Copies::of(pipeline, members.iter().copied(), run_params);
        let fuse = |group: &GroupPlan| {
            let members = copies.members(pipeline, group, &resolved, run_params)?;
            let embeds = pipeline.inline && !inputs.separate_task;
            let helper_image = HELPER_IMAGE;
            let (readers, pod_volumes, requests) = (&readers, pod_volumes.as_slice(), inputs.requests);
            let request = fuse::Request {
                pipeline,
                group,
                members,
                readers,
                embeds,
                run_params,
                pod_volumes,
                helper_image,
                requests,
            };
            Some(diagnostics.about(About::group(&group.name.value), |found| fuse::fuse(&request, found)))
        };
        groups.iter().filter_map(fuse).collect()
    }

    /// Adds what the fused Tasks change in the documents.
    pub(super) fn change(&self, fused: Vec<Fused>, changes: &mut Changes, diagnostics: &mut Diagnostics) {
        let (object, pipeline, separate_task) = (self.object, self.pipeline, self.inputs.separate_task);
        let mut edits = fuse::edits(pipeline, self.graph, &fused, diagnostics);
        if !object.conversion.is_empty() {
            diagnostics.push(converted(pipeline));
        }
        let conversion = object.conversion.iter().filter(|_| !pipeline.inline);
        edits.extend(self.grouping.marks.iter().chain(conversion).cloned());
        let used: Vec<SourceId> = fused.iter().flat_map(|fused| fused.sources.iter().copied()).collect();
        for run in self.runs {
            let mut edits = fuse::run_edits(pipeline, run, &fused);
            if pipeline.inline || !edits.is_empty() {
                edits.extend(run.conversion.iter().cloned());
            }
            changes.add(&run.location, edits, Vec::new(), []);
        }
        // Those of inline specs stand beside their run only if asked for.
        let tasks = fused.into_iter().map(|fused| fused.task).filter(|_| !pipeline.inline || separate_task).collect();
        changes.add(&object.location, edits, tasks, used);
    }
}

fn converted(pipeline: &Pipeline) -> Diagnostic {
    let message = format!("`{}` is written as tekton.dev/v1", pipeline.name.value);
    Diagnostic::new(Code::Converted, message).at(pipeline.name.span, "v1beta1 here")
}
