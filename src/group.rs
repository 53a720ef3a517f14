//! Every way to say "these tasks together", read into one [`GroupPlan`].
//!
//! Nothing after this stage knows which surface asked.

use crate::model::Text;
use crate::source::Span;
use crate::yaml::Edit;

/// One group of one Pipeline.
#[derive(Clone, Debug)]
pub struct GroupPlan {
    /// The group's name: the name of the fused pipeline task.
    pub name: Text,
    /// The members as indices into `Pipeline::tasks`, in the order they are to run: topological, source order among equals.
    pub members: Vec<usize>,
    /// Where the group was asked for.
    pub span: Span,
}

/// The groups of one Pipeline.
#[derive(Clone, Debug, Default)]
pub struct Grouping {
    /// In source order of their first members.
    pub groups: Vec<GroupPlan>,
    /// What takes the grouping marks out of the document.
    pub marks: Vec<Edit>,
}
