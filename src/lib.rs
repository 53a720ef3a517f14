//! An offline compiler that fuses Tekton tasks into one pod.
//!
//! One direction, each module knows only the ones before it:
//!
//! ```text
//! text -> yaml      documents as trees of nodes, each with its span
//!      -> model     typed Tekton objects over those nodes
//!      -> resolve   every taskRef to a Task, from files only
//!      -> group     any surface syntax -> one GroupPlan
//!      -> check     is the plan valid?
//!      -> fuse      GroupPlan + Tasks -> fused Task + edits of the Pipeline
//!      -> emit      YAML text
//! ```
//!
//! `source` and `diag` stand beside the flow: places in texts, and what is said about them.

pub mod compile;
pub mod diag;
pub mod shell;
pub mod source;
pub mod yaml;
