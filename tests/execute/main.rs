//! Sources and what becomes of them, run on Tekton's real reconcilers and entrypoint: see `tests/tekton/README.md`.
//!
//! Building Tekton and a cluster for it takes minutes, the network, and root, so these tests run only with
//! `TKN_FUSE_FULL=1`; otherwise they say `skipped`. `TKN_FUSE_CASE=NAME` runs one case or example only, `TKN_FUSE_CASE='NAME*'` those whose names begin so.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "tests say what they did")]

mod cases;
mod cluster;
mod examples;
mod features;
mod mutations;
mod planned;
