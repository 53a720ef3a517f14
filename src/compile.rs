//! The compiler itself: joins the stages, does no input or output.

use crate::diag::Diagnostics;
use crate::source::{SourceId, Sources};

/// What `compile` and `lint` are asked to do, apart from the texts.
#[derive(Debug, Default)]
pub struct Options {
    /// The values of `--group [PIPELINE/]NAME=a,b,c`, each as a source of its own so that diagnostics can point into it.
    pub groups: Vec<SourceId>,
}

/// The text that came out for one input.
#[derive(Debug, PartialEq, Eq)]
pub struct Output {
    /// The input it was made from.
    pub source: SourceId,
    /// The whole new text; byte for byte the input where nothing was fused.
    pub text: String,
    /// Whether anything in it was fused.
    pub fused: bool,
}

/// Compiles `inputs`; Tasks are looked up in `inputs` first, then in `tasks`, which are not emitted.
///
/// What comes back is only fit to be written if `diagnostics` has no error.
pub fn compile(
    sources: &Sources,
    inputs: &[SourceId],
    _tasks: &[SourceId],
    _options: &Options,
    _diagnostics: &mut Diagnostics,
) -> Vec<Output> {
    let pass = |&source: &SourceId| Output { source, text: sources.get(source).text.clone(), fused: false };
    inputs.iter().map(pass).collect()
}
