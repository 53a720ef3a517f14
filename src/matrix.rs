//! What a `matrix` runs: its combinations, as Tekton makes them (`pkg/apis/pipeline/v1/matrix_types.go`, v1.15).

mod fan_out;
mod values;

use crate::diag::Diagnostics;
use crate::model::{Matrix, Param, Pipeline, PipelineTask, RunParam};
use crate::source::Span;

/// The combinations of a matrix.
#[derive(Clone, Debug, Default)]
pub struct Combinations {
    /// In the order in which Tekton numbers them: the values that each passes, all of them single texts.
    pub list: Vec<Vec<Param>>,
    /// Array params of the Pipeline whose default says how many there are.
    pub frozen: Vec<Frozen>,
}

/// An array param of the Pipeline that must have a certain number of elements.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frozen {
    /// Its name.
    pub param: String,
    /// How many elements its default has.
    pub count: usize,
    /// Where the matrix uses it.
    pub span: Span,
}

/// Why the combinations of a matrix are not known, or Tekton cannot run them.
#[derive(Clone, Debug)]
pub struct Fault {
    /// What is wrong with the matrix: the rest of a sentence that begins with it.
    pub message: String,
    /// Where.
    pub span: Span,
    /// What to do, other than leaving the task out.
    pub help: Option<String>,
}

impl Fault {
    fn new(message: impl Into<String>, span: Span) -> Self {
        Self { message: message.into(), span, help: None }
    }

    fn help(self, help: impl Into<String>) -> Self {
        Self { help: Some(help.into()), ..self }
    }
}

/// The combinations of a task's matrix; `None` if it has none. `run_params` are those that the run of an inline Pipeline
/// passes. What cannot be read of the matrix is `model`'s to report.
///
/// # Errors
///
/// If the number of combinations, or what one of them holds, is not known before a run, or if Tekton fails over it.
pub fn combinations(
    pipeline: &Pipeline,
    run_params: &[RunParam],
    task: &PipelineTask,
) -> Result<Option<Combinations>, Fault> {
    let Some(matrix) = Matrix::of(task, &mut Diagnostics::default()) else { return Ok(None) };
    let mut values = values::Values::new(pipeline, run_params);
    let arrays = matrix.params.iter().map(|param| values.array(param)).collect::<Result<Vec<_>, _>>()?;
    let include = matrix.include.iter().map(|include| values.include(include)).collect::<Result<Vec<_>, _>>()?;
    let list = fan_out::fan_out(&arrays, &include, matrix.span)?;
    Ok(Some(Combinations { list, frozen: values.frozen }))
}

#[cfg(test)]
mod tests;
