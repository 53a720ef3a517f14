//! What can stand between `$(` and `)`.

use std::fmt;

/// One Tekton variable, its spelling apart (`pkg/reconciler/{taskrun,pipelinerun}/resources/apply.go`, v1.15).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Variable {
    /// `params.x` in all its spellings.
    Param(ParamName, Access),
    /// `tasks.T.results.R`: a result of another pipeline task.
    TaskResult {
        /// The pipeline task.
        task: String,
        /// The result.
        result: String,
        /// Which part of it.
        access: Access,
    },
    /// `tasks.T.status` or `.reason` (`property`); `tasks.status` has no task.
    Status {
        /// The pipeline task; `None` is the aggregate.
        task: Option<String>,
        /// `status` or `reason`.
        property: String,
    },
    /// Anything else below `tasks.T.`: matrix lengths, artifacts.
    TaskOther {
        /// The pipeline task.
        task: String,
        /// What follows the name and its dot.
        rest: String,
    },
    /// `finally.T.results.R`.
    FinallyResult {
        /// The finally task.
        task: String,
        /// What follows `results.`.
        rest: String,
    },
    /// `results.R.path`: where a step writes a Task result.
    ResultPath(String),
    /// `step.results.R.path`: where a step writes a result of its own.
    StepResultPath(String),
    /// `steps.S.results.R`: a result of an earlier step, substituted by the entrypoint.
    StepResult {
        /// The step.
        step: String,
        /// What follows `results.`.
        rest: String,
    },
    /// `steps.S.inputs.A` and `steps.S.outputs.A`: artifacts of a step (`pkg/artifactref/artifactref.go`, v1.15).
    StepArtifacts {
        /// The step.
        step: String,
        /// What follows its name and the dot.
        rest: String,
    },
    /// `steps.step-S.exitCode.path`, without the `step-`.
    ExitCodePath(String),
    /// `workspaces.W.path` and so on.
    Workspace(String, WorkspaceProperty),
    /// `context.` and what follows: `pipelineRun.name`, `task.name`, ...
    Context(String),
    /// `credentials.path`.
    CredentialsPath,
}

/// Which part of a param or result is meant.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Access {
    /// All of it, as a string.
    Whole,
    /// `[*]`: all elements or keys.
    Star,
    /// `[i]`.
    Index(usize),
    /// `.key`.
    Key(String),
}

/// The name in a reference to a param.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum ParamName {
    /// The name is certain: it has no dot, or it stood in brackets.
    Plain(String),
    /// `params.a.b`: the param `a.b` if there is one, else the key `b` of the object `a`.
    Dotted(String),
}

/// What is asked of a workspace.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum WorkspaceProperty {
    /// Where it is mounted.
    Path,
    /// `true` or `false`.
    Bound,
    /// The claim's name.
    Claim,
    /// The volume's name.
    Volume,
}

impl Variable {
    /// Reads the text between `$(` and `)`.
    pub fn parse(key: &str) -> Option<Self> {
        if !key.bytes().all(|b| b.is_ascii_alphanumeric() || b"_.-[]*'\"".contains(&b)) {
            return None;
        }
        if key == "credentials.path" {
            return Some(Self::CredentialsPath);
        }
        let at = key.find(['.', '['])?;
        let (root, rest) = key.split_at(at);
        match root {
            "params" => parse_param(rest),
            "inputs" => parse_param(rest.strip_prefix(".params")?),
            "results" => parse_result_path(rest).map(Self::ResultPath),
            "step" => parse_result_path(rest.strip_prefix(".results")?).map(Self::StepResultPath),
            "workspaces" => parse_workspace(rest.strip_prefix('.')?),
            "context" => Some(Self::Context(rest.strip_prefix('.')?.to_owned())),
            "tasks" => parse_task(rest.strip_prefix('.')?),
            "finally" => {
                let (task, rest) = rest.strip_prefix('.')?.split_once(".results.")?;
                Some(Self::FinallyResult { task: task.to_owned(), rest: rest.to_owned() })
            }
            "steps" => parse_step(rest.strip_prefix('.')?),
            _ => None,
        }
    }

    /// The pipeline task that it asks something of.
    pub fn task(&self) -> Option<&str> {
        match self {
            Self::TaskResult { task, .. } | Self::TaskOther { task, .. } => Some(task),
            Self::Status { task, .. } => task.as_deref(),
            _ => None,
        }
    }

    /// A param by its exact name.
    pub fn param(name: impl Into<String>) -> Self {
        Self::Param(ParamName::Plain(name.into()), Access::Whole)
    }
}

impl ParamName {
    /// The param and the part of it that a reference means, given which names are declared
    /// (Tekton registers a key per declared name, so the longer name wins).
    pub fn resolve(&self, access: &Access, declared: impl Fn(&str) -> bool) -> (String, Access) {
        match self {
            Self::Plain(name) => (name.clone(), access.clone()),
            Self::Dotted(name) if declared(name) => (name.clone(), access.clone()),
            Self::Dotted(name) => match name.split_once('.') {
                Some((object, key)) => (object.to_owned(), Access::Key(key.to_owned())),
                None => (name.clone(), access.clone()),
            },
        }
    }

    /// The name as it was written.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Plain(name) | Self::Dotted(name) => name,
        }
    }
}

fn parse_param(rest: &str) -> Option<Variable> {
    if let Some(bracketed) = rest.strip_prefix('[') {
        let (name, access) = unquote(bracketed)?;
        return Some(Variable::Param(ParamName::Plain(name.to_owned()), parse_index(access)?));
    }
    let (name, access) = split_index(rest.strip_prefix('.')?)?;
    let name = name.to_owned();
    Some(Variable::Param(if name.contains('.') { ParamName::Dotted(name) } else { ParamName::Plain(name) }, access))
}

fn parse_result_path(rest: &str) -> Option<String> {
    let name = match rest.strip_prefix('[') {
        Some(bracketed) => unquote(bracketed).filter(|(_, rest)| *rest == ".path")?.0,
        None => rest.strip_prefix('.')?.strip_suffix(".path")?,
    };
    (!name.is_empty()).then(|| name.to_owned())
}

fn parse_workspace(rest: &str) -> Option<Variable> {
    let (name, property) = rest.rsplit_once('.')?;
    let property = match property {
        "path" => WorkspaceProperty::Path,
        "bound" => WorkspaceProperty::Bound,
        "claim" => WorkspaceProperty::Claim,
        "volume" => WorkspaceProperty::Volume,
        _ => return None,
    };
    Some(Variable::Workspace(name.to_owned(), property))
}

fn parse_task(rest: &str) -> Option<Variable> {
    if rest == "status" {
        return Some(Variable::Status { task: None, property: rest.to_owned() });
    }
    let (task, rest) = rest.split_once('.')?;
    let task = task.to_owned();
    if rest == "status" || rest == "reason" {
        return Some(Variable::Status { task: Some(task), property: rest.to_owned() });
    }
    let Some(result) = rest.strip_prefix("results.") else {
        return Some(Variable::TaskOther { task, rest: rest.to_owned() });
    };
    let (name, mut access) = split_index(result)?;
    let mut name = name;
    if let Some((object, key)) = name.split_once('.') {
        access = Access::Key(key.to_owned());
        name = object;
    }
    (!name.is_empty()).then(|| Variable::TaskResult { task, result: name.to_owned(), access })
}

fn parse_step(rest: &str) -> Option<Variable> {
    if let Some(step) = rest.strip_suffix(".exitCode.path") {
        return Some(Variable::ExitCodePath(step.strip_prefix("step-")?.to_owned()));
    }
    if let Some((step, rest)) = rest.split_once(".results.") {
        return Some(Variable::StepResult { step: step.to_owned(), rest: rest.to_owned() });
    }
    let (step, rest) =
        rest.split_once('.').filter(|(_, rest)| rest.starts_with("inputs.") || rest.starts_with("outputs."))?;
    Some(Variable::StepArtifacts { step: step.to_owned(), rest: rest.to_owned() })
}

/// `"x"]rest` or `'x']rest`.
fn unquote(text: &str) -> Option<(&str, &str)> {
    let quote = text.chars().next().filter(|c| matches!(c, '\'' | '"'))?;
    let (name, rest) = text[1..].split_once(quote)?;
    (!name.is_empty()).then_some((name, rest.strip_prefix(']')?))
}

/// `name`, `name[*]`, `name[3]`.
fn split_index(text: &str) -> Option<(&str, Access)> {
    let at = text.find('[').unwrap_or(text.len());
    let (name, index) = text.split_at(at);
    (!name.is_empty() && !name.contains(['\'', '"', '*', ']'])).then_some((name, parse_index(index)?))
}

fn parse_index(text: &str) -> Option<Access> {
    if text.is_empty() {
        return Some(Access::Whole);
    }
    match text.strip_prefix('[')?.strip_suffix(']')? {
        "*" => Some(Access::Star),
        digits if digits.bytes().all(|b| b.is_ascii_digit()) => digits.parse().ok().map(Access::Index),
        _ => None,
    }
}

impl fmt::Display for Variable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Param(ParamName::Plain(name), access) if name.contains('.') => {
                write!(f, "params[\"{name}\"]{access}")
            }
            Self::Param(name, access) => write!(f, "params.{}{access}", name.as_str()),
            Self::TaskResult { task, result, access } => write!(f, "tasks.{task}.results.{result}{access}"),
            Self::Status { task: None, property } => write!(f, "tasks.{property}"),
            Self::Status { task: Some(task), property } => write!(f, "tasks.{task}.{property}"),
            Self::TaskOther { task, rest } => write!(f, "tasks.{task}.{rest}"),
            Self::FinallyResult { task, rest } => write!(f, "finally.{task}.results.{rest}"),
            Self::ResultPath(name) => write!(f, "results.{name}.path"),
            Self::StepResultPath(name) => write!(f, "step.results.{name}.path"),
            Self::StepResult { step, rest } => write!(f, "steps.{step}.results.{rest}"),
            Self::StepArtifacts { step, rest } => write!(f, "steps.{step}.{rest}"),
            Self::ExitCodePath(step) => write!(f, "steps.step-{step}.exitCode.path"),
            Self::Workspace(name, property) => write!(f, "workspaces.{name}.{property}"),
            Self::Context(name) => write!(f, "context.{name}"),
            Self::CredentialsPath => f.write_str("credentials.path"),
        }
    }
}

impl fmt::Display for Access {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Whole => Ok(()),
            Self::Star => f.write_str("[*]"),
            Self::Index(index) => write!(f, "[{index}]"),
            Self::Key(key) => write!(f, ".{key}"),
        }
    }
}

impl fmt::Display for WorkspaceProperty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Path => "path",
            Self::Bound => "bound",
            Self::Claim => "claim",
            Self::Volume => "volume",
        })
    }
}
