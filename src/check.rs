//! stub
use crate::diag::Diagnostics;
use crate::graph::TaskGraph;
use crate::group::GroupPlan;
use crate::model::{Pipeline, Run};
use crate::resolve::Resolved;
#[derive(Debug)]
pub struct Candidate<'a> { pub plan: &'a GroupPlan, pub members: Vec<Option<Resolved<'a>>> }
pub fn check(_p: &Pipeline, _g: &TaskGraph, _c: &[Candidate<'_>], _r: &[&Run], d: &mut Diagnostics) -> bool { !d.has_errors() }
