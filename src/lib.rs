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
//!      -> plan      what that saves and costs
//! ```
//!
//! `compile` joins these stages, `run` joins that with the command line (`cli`), files and streams; nothing else does
//! input or output. Beside the flow stand `source` (places in texts), `diag` (what is said about them), `expr` (Tekton's
//! variables), `graph` (who waits for whom), `matrix` (what one runs), `suggest` (which groups cost nothing), `shell`
//! (scripts), `quantity` (amounts of resources) and `header` (the comment that marks an output).

pub mod check;
pub mod cli;
pub mod compile;
pub mod diag;
pub mod emit;
pub mod expr;
pub mod fuse;
pub mod graph;
pub mod group;
pub mod header;
pub mod matrix;
pub mod model;
pub mod plan;
pub mod quantity;
pub mod resolve;
pub mod resources;
pub mod run;
pub mod shell;
pub mod source;
pub mod suggest;
pub mod yaml;
