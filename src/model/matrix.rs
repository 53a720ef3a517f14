//! The `matrix` of a pipeline task, as it is written.

use super::decode::{Fields, wrong_type};
use super::pipeline::{Param, PipelineTask, param};
use crate::diag::Diagnostics;
use crate::source::Span;
use crate::yaml::Node;

/// A `matrix`: a pipeline task that runs several times, with other params each time.
#[derive(Clone, Debug)]
pub struct Matrix {
    /// The params whose values are combined.
    pub params: Vec<Param>,
    /// The combinations that stand there themselves.
    pub include: Vec<Include>,
    /// Where it stands.
    pub span: Span,
}

/// An entry of `include`.
#[derive(Clone, Debug)]
pub struct Include {
    /// Its params.
    pub params: Vec<Param>,
    /// Where it stands.
    pub span: Span,
}

impl Matrix {
    /// Reads the `matrix` of a task; `None` if it has none, or one that says nothing, with which Tekton runs the task once
    /// (`IsMatrixed`, `pkg/apis/pipeline/v1/pipeline_types.go`, v1.15). Wrong types and missing names are reported.
    pub fn of(task: &PipelineTask, diagnostics: &mut Diagnostics) -> Option<Self> {
        let node = task.field("matrix")?;
        let fields = Fields::of(node, "a matrix", diagnostics);
        let params = params(&fields, diagnostics);
        let mut include = Vec::new();
        for node in fields.list("include", diagnostics) {
            let fields = Fields::of(node, "an entry of `include`", diagnostics);
            include.push(Include { params: self::params(&fields, diagnostics), span: node.span });
        }
        let says_something = !params.is_empty() || !include.is_empty();
        says_something.then_some(Self { params, include, span: node.span })
    }
}

fn params(fields: &Fields<'_>, diagnostics: &mut Diagnostics) -> Vec<Param> {
    let nodes: &[Node] = fields.list("params", diagnostics);
    let mut params = Vec::new();
    for node in nodes {
        if node.as_mapping().is_some() && node.get("value").is_none() {
            wrong_type(node, "a param of a matrix", "a name with a value", diagnostics);
        }
        params.extend(param(node, diagnostics));
    }
    params
}
