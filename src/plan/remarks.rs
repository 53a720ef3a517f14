//! What could not be counted, one sentence for all tasks of which the same is to be said.

use crate::diag::enumerate;

/// What can be said of several tasks; `{}` stands for their names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum About {
    CustomTask,
    Pipeline,
    Nothing,
    Unresolved,
    RunResources,
    /// The number of combinations is that of the default of a param.
    Default,
    /// An init container.
    Unsure(&'static str),
}

impl About {
    fn say(self, names: &str) -> String {
        match self {
            Self::CustomTask => format!("what the controllers of custom tasks make is not counted: {names}"),
            Self::Pipeline => format!("what is run by a Pipeline inside of the Pipeline is not counted: {names}"),
            Self::Nothing => format!("nothing is counted of tasks that name nothing to run: {names}"),
            Self::Unresolved => format!(
                "the containers and requests of {names} are not counted, and the time is that of one step, as the Task \
                 is not among the inputs"
            ),
            Self::Default => {
                format!("the default of a param says how many pods there are of {names}; a run may pass another number")
            }
            Self::RunResources => format!("the resources that a run sets for {names} as a whole are not counted"),
            Self::Unsure(container) => {
                format!(
                    "whether pods of {names} have the init container `{container}` is known in a run only; it is counted"
                )
            }
        }
    }
}

/// Everything that could not be counted.
#[derive(Debug, Default)]
pub(super) struct Remarks {
    of_tasks: Vec<(About, Vec<String>)>,
    others: Vec<String>,
}

impl Remarks {
    /// Says something of a task, once.
    pub(super) fn add(&mut self, about: About, task: &str) {
        let at = self.of_tasks.iter().position(|(other, _)| *other == about).unwrap_or_else(|| {
            self.of_tasks.push((about, Vec::new()));
            self.of_tasks.len() - 1
        });
        let names = &mut self.of_tasks[at].1;
        if !names.iter().any(|name| name == task) {
            names.push(task.to_owned());
        }
    }

    /// Says something else.
    pub(super) fn push(&mut self, sentence: String) {
        self.others.push(sentence);
    }

    /// All sentences.
    pub(super) fn sentences(self) -> Vec<String> {
        let say = |(about, names): &(About, Vec<String>)| about.say(&enumerate(names.iter().map(String::as_str)));
        self.of_tasks.iter().map(say).chain(self.others).collect()
    }
}
