//! Workspaces of a Pipeline that seem to be nothing but scratch space.

use crate::diag::Diagnostics;
use crate::fuse::uses_workspace;
use crate::model::{Pipeline, PipelineTask, Run};
use crate::resolve::{Library, Resolved};
use crate::suggest::{FirstWrite, Order, Place, first_write};

/// A workspace that could be an emptyDir of a group which has all its users.
#[derive(Clone, Debug)]
pub(super) struct Scratch {
    /// Its name.
    pub(super) workspace: String,
    /// The tasks that use it; the first of them before all others.
    pub(super) users: Vec<usize>,
    /// What the first does with it.
    pub(super) write: FirstWrite,
}

/// The workspaces that one task writes to before others use them, as far as the texts show. A workspace is left alone if a
/// run may leave it unbound or binds something else than a new claim to it, and if a finally task uses it, or nobody but
/// the writer: what is on it then seems to be for somebody else.
pub(super) fn scratch(library: &Library<'_>, pipeline: &Pipeline, order: &Order, runs: &[&Run]) -> Vec<Scratch> {
    let required = pipeline.workspaces.iter().filter(|workspace| !workspace.optional);
    let names =
        required.map(|workspace| workspace.name.value.as_str()).filter(|name| runs.iter().all(|run| is_new(run, name)));
    let candidate = |name: &str| {
        let users = pipeline.tasks.iter().enumerate().filter(|(_, task)| uses_workspace(task, name));
        let mut users: Vec<usize> = users.map(|(index, _)| index).collect();
        let first =
            *users.iter().find(|&&first| users.iter().all(|&user| user == first || order.is_before(first, user)))?;
        if users.len() < 2 || users.iter().any(|&user| pipeline.tasks[user].finally) {
            return None;
        }
        users.sort_by_key(|&user| user != first);
        let task = &pipeline.tasks[first];
        let resolved = library.resolve(pipeline.namespace.as_deref(), task, &mut Diagnostics::default())?;
        Some(Scratch { workspace: name.to_owned(), users, write: write(task, resolved, name)? })
    };
    names.filter_map(candidate).collect()
}

/// Whether a run binds a new claim to a workspace, or nothing that is seen.
fn is_new(run: &Run, workspace: &str) -> bool {
    let mut bindings = run.workspaces.iter().filter(|(name, _)| name == workspace);
    bindings.all(|(_, binding)| binding.get("volumeClaimTemplate").is_some())
}

/// The first thing that a task does with a workspace of the Pipeline, if that is to write.
fn write(task: &PipelineTask, resolved: Resolved<'_>, workspace: &str) -> Option<FirstWrite> {
    let mut bound = task.workspaces.iter().filter(|binding| binding.workspace.value == workspace);
    let name = bound.next().map_or(workspace, |binding| &binding.name.value);
    let spec = resolved.spec.workspaces.iter().find(|spec| spec.name.value == name);
    // Bound twice, it has two paths.
    if bound.next().is_some() || spec.is_some_and(|spec| spec.read_only) {
        return None;
    }
    let default = format!("/workspace/{name}");
    let mount_path = spec.map_or(default.as_str(), |spec| &spec.mount_path.value);
    first_write(resolved.spec, Place { name, mount_path })
}
