//! What a diagnostic is about, by names.

/// The parts of a Pipeline that a diagnostic is about, by the names that the source gives them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct About {
    /// The Pipeline; for an inline one the run, or its `generateName` without the dash.
    pub pipeline: Option<String>,
    /// The group.
    pub group: Option<String>,
    /// Pipeline tasks: members of the group, and with lost parallelism also tasks that wait for some of them.
    pub members: Vec<String>,
    /// Steps of the one member that is named, if only some are meant; one without a name is `unnamed-0` and so on.
    pub steps: Vec<String>,
    /// Results as `TASK.RESULT`, if only some are meant.
    pub results: Vec<String>,
}

impl About {
    /// A Pipeline as a whole; one without a name cannot be said.
    pub fn pipeline(name: &str) -> Self {
        Self { pipeline: Some(name.to_owned()).filter(|name| !name.is_empty()), ..Self::default() }
    }

    /// A group of whatever Pipeline is being looked at.
    pub fn group(name: &str) -> Self {
        Self { group: Some(name.to_owned()), ..Self::default() }
    }

    /// This, completed by what stands `around` it.
    pub(super) fn within(self, around: &Self) -> Self {
        let pipeline = self.pipeline.or_else(|| around.pipeline.clone());
        Self { pipeline, group: self.group.or_else(|| around.group.clone()), ..self }
    }
}
