//! How a script is written anew so that results of other tasks reach it at run time.
//!
//! Tekton pastes a result's text for `$(tasks.a.results.r)` into a script before anything parses it. In a fused pod
//! the value is a file that comes into being while the pod runs, and Tekton replaces nothing in `script` any more. A
//! shell script gets a *prelude*: shell code before the user's own that checks and reads those files. Every other
//! program gets its script or values from a *link step*. Whether a step runs at all is decided by its prelude, or by a
//! *gate step* before it; a *verdict step* ends a group that went on after failures.
//!
//! This module turns text into text and knows nothing of YAML or Tasks.

mod carry;
mod decide;
mod gate;
mod interpreter;
mod link;
mod lowering;
mod mask;
mod matrix;
mod quoting;
mod read;
mod template;
mod verdict;

pub use carry::{Carried, carry_array_script, carry_script};
pub use decide::{gate_script, probe_script};
pub use gate::{Clause, FileText, Gate, Inherited, Probe, Settle, State, Watched};
pub use interpreter::{Interpreter, Shell, interpreter};
pub use link::{Link, Move, Render, Write, collector_script, link_script};
pub use lowering::{Lowering, lower};
pub use matrix::{Gather, count_script, gather_script};
pub use quoting::{Quoting, quoting};
pub use read::{Read, Shape};
pub use template::{Reference, Template};
pub use verdict::{Verdict, verdict_script};
