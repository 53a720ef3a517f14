//! The program as its users run it.

#[path = "cli/compare.rs"]
mod compare;
#[path = "cli/completions.rs"]
mod completions;
#[path = "cli/directory.rs"]
mod directory;
#[path = "cli/format.rs"]
mod format;
#[path = "cli/input.rs"]
mod input;
#[path = "cli/plan.rs"]
mod plan;
#[path = "cli/project.rs"]
mod project;
#[path = "cli/streams.rs"]
mod streams;
#[path = "cli/suggest.rs"]
mod suggest;
#[path = "cli/usage.rs"]
mod usage;
