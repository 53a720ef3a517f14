//! Whether a step runs, decided by shell code while the pod runs.

use super::read::{fail_function, member_word, quote, variable};
use super::template::Mark;
use super::{Read, Template};

/// What is decided before a step runs, in the order of the fields. Paths are absolute.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Gate {
    /// The task that the step belongs to, as messages name it.
    pub member: String,
    /// Written first, whatever comes, such as the statuses that tasks have before they start.
    pub writes: Vec<FileText>,
    /// The statuses of members that have ended by now.
    pub settles: Vec<Settle>,
    /// Steps of which none may have failed, else this one is skipped as `stopped`.
    pub failures: Vec<Watched>,
    /// The file with this member's state, for a later step of a member whose first step decided: anything but `true`
    /// there skips this one too.
    pub own: Option<String>,
    /// The members that this one inherits a skip from.
    pub skips: Vec<Inherited>,
    /// What the first step of a member decides for all of them.
    pub state: Option<State>,
    /// The file that gets the reason if the step is skipped.
    pub skipped_to: Option<String>,
}

/// A text to write to a file, in a directory that exists.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FileText {
    /// Absolute path of the file.
    pub path: String,
    /// All that is written; no newline is added.
    pub text: String,
}

/// An earlier step whose exit code counts. One that left no exit code after 10 seconds has failed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Watched {
    /// Its name in the fused Task. Its exit code is in `/tekton/steps/step-NAME/exitCode`, which Tekton's entrypoint
    /// writes shortly after it has let the next step start (`pkg/entrypoint/entrypointer.go`, v1.15.1), without a
    /// newline; `-1` stands for a signal.
    pub step: String,
    /// The task that it belongs to, as messages name it.
    pub member: String,
    /// What the task's author called the step; empty for a helper step.
    pub origin: String,
}

/// A status that becomes `Succeeded` if its member ran and ended well, and stays what it is otherwise.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settle {
    /// The file with the status.
    pub status: String,
    /// The file with the member's state, if it may have been skipped.
    pub ran: Option<String>,
    /// The steps of which none may have failed.
    pub steps: Vec<Watched>,
}

/// A member whose skip may be inherited.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Inherited {
    /// The file with its state.
    pub ran: String,
    /// Its name in messages.
    pub member: String,
    /// Whether results of it are used. If not, only its state `parent` is inherited.
    pub results: bool,
}

/// How the state of a member comes about: `true` it runs, `false` its own `when` said no, `parent` it is skipped
/// because others are, `stopped` because one has failed. The rules are those of Tekton's `skip` (`pipelinerunresolution.go`, v1.15.1): while a result is
/// missing, all references in `when` are literal text; a `when` that is false goes before a skip of a parent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct State {
    /// The file that gets the state.
    pub file: Option<String>,
    /// The member's `when`, all of which must be true.
    pub clauses: Vec<Clause>,
    /// Whether a read whose file is missing makes the member skip as `parent` instead of fail.
    pub lenient: bool,
    /// Written if the member runs.
    pub on_run: Vec<FileText>,
    /// Written if it is skipped, though not because of a failure.
    pub on_skip: Vec<FileText>,
}

/// One `when` clause. References in its texts index the reads of the step. Tekton's variables in them are left for its
/// controller to replace; what it pastes is no shell code.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Clause {
    /// The text that is looked for, compared to the byte.
    pub input: Template,
    /// Whether it must be none of the values (`notin`) instead of one of them.
    pub negated: bool,
    /// The texts that it is compared with.
    pub values: Vec<Template>,
    /// The outcome while results are missing, if texts have references. Without it, a literal reference equals no
    /// text.
    pub literal: Option<bool>,
    /// What messages show of it. Nothing in it is replaced, long texts are cut.
    pub shown: String,
}

/// The most characters of a clause that messages show.
const SHOWN: usize = 120;

impl Gate {
    /// Whether nothing is decided and nothing written.
    pub fn is_empty(&self) -> bool {
        let Self { writes, settles, failures, own, skips, state, .. } = self;
        let stateless = state.as_ref().is_none_or(|state| *state == State::default());
        writes.is_empty() && settles.is_empty() && failures.is_empty() && own.is_none() && skips.is_empty() && stateless
    }

    /// The texts of all clauses.
    pub(super) fn templates(&self) -> impl Iterator<Item = &Template> + Clone {
        self.clauses().iter().flat_map(|clause| std::iter::once(&clause.input).chain(&clause.values))
    }

    /// The functions that the code of [`Gate::before_reads`] and [`Gate::after_reads`] calls, but for those that load
    /// and paste texts.
    pub(super) fn functions(&self, reads: &[Read]) -> String {
        let mut out = String::new();
        let settles_state = self.settles.iter().any(|settle| settle.ran.is_some());
        let awaits = !self.failures.is_empty() || self.settles.iter().any(|settle| !settle.steps.is_empty());
        let state = self.state.as_ref();
        let writes_state = state.is_some_and(|state| {
            state.file.is_some() || !state.on_run.is_empty() || (self.can_skip(reads) && !state.on_skip.is_empty())
        });
        let writes_reason = self.skipped_to.is_some() && self.can_skip(reads);
        let functions = [
            (!self.writes.is_empty() || !self.settles.is_empty() || writes_state || writes_reason, WRITE),
            (settles_state || self.own.is_some() || !self.skips.is_empty(), STATE),
            (awaits, WELL),
            (!self.settles.is_empty(), SETTLE),
        ];
        out.extend(functions.into_iter().filter(|(needed, _)| *needed).map(|(_, text)| text));
        if self.can_skip(reads) {
            out.push_str(&self.skip_function());
        }
        let functions = [
            (!self.failures.is_empty(), include_str!("sh/expect.sh")),
            (!self.skips.is_empty(), include_str!("sh/inherit.sh")),
            (self.clauses().iter().any(|clause| !clause.values.is_empty()), include_str!("sh/match.sh")),
        ];
        out.extend(functions.into_iter().filter(|(needed, _)| *needed).map(|(_, text)| text));
        out
    }

    /// The code up to where the reads are checked.
    pub(super) fn before_reads(&self, reads: &[Read]) -> String {
        let mut out: String = self.writes.iter().map(write).chain(self.settles.iter().map(Settle::line)).collect();
        for Watched { step, member, .. } in &self.failures {
            out.push_str(&format!("tkn_fuse_expect {} {}\n", word(step), word(member)));
        }
        if let Some(own) = &self.own {
            out.push_str(&format!(
                "tkn_fuse_state {}\n[ \"$tkn_fuse_state\" = true ] || tkn_fuse_skip parent 'its first step did not run'\n",
                quote(own)
            ));
        }
        if !self.skips.is_empty() {
            out.push_str("tkn_fuse_parent=''\n");
        }
        if self.can_miss(reads) {
            out.push_str("tkn_fuse_missing=''\n");
        }
        if self.is_lenient() {
            for read in reads {
                let reason = word(&format!("{} is missing", read.what));
                out.push_str(&format!("[ -f {} ] || tkn_fuse_missing={reason}\n", quote(&read.path)));
            }
        }
        for Inherited { ran, member, results } in &self.skips {
            let results = if *results { " results" } else { "" };
            out.push_str(&format!("tkn_fuse_inherit {} {}{results}\n", word(member), quote(ran)));
        }
        out
    }

    /// `code`, which reads all values, for where they may be missing.
    pub(super) fn unless_missing(&self, reads: &[Read], code: &str) -> String {
        if code.is_empty() || !self.can_miss(reads) {
            return code.to_owned();
        }
        format!("if [ -z \"$tkn_fuse_missing\" ]; then\n{code}fi\n")
    }

    /// The code behind the reads, up to the step's own work.
    pub(super) fn after_reads(&self, reads: &[Read], mark: &Mark) -> String {
        let can_miss = self.can_miss(reads);
        let mut out: String = self.clauses().iter().map(|clause| clause.code(reads.len(), can_miss, mark)).collect();
        if !self.skips.is_empty() {
            out.push_str("[ -z \"$tkn_fuse_parent\" ] || tkn_fuse_skip parent \"$tkn_fuse_parent\"\n");
        }
        if can_miss {
            out.push_str("[ -z \"$tkn_fuse_missing\" ] || tkn_fuse_skip parent \"$tkn_fuse_missing\"\n");
        }
        if let Some(State { file, on_run, .. }) = &self.state {
            let file = file.iter().map(|file| format!("tkn_fuse_write {} true\n", quote(file)));
            out.extend(file.chain(on_run.iter().map(write)));
        }
        out
    }

    fn clauses(&self) -> &[Clause] {
        self.state.as_ref().map_or(&[], |state| &state.clauses)
    }

    fn is_lenient(&self) -> bool {
        self.state.as_ref().is_some_and(|state| state.lenient)
    }

    /// Whether the step may come to be decided on while a value is missing.
    fn can_miss(&self, reads: &[Read]) -> bool {
        self.skips.iter().any(|skip| skip.results) || (self.is_lenient() && !reads.is_empty())
    }

    fn can_skip(&self, reads: &[Read]) -> bool {
        let decides = !self.failures.is_empty() || self.own.is_some() || !self.skips.is_empty();
        decides || !self.clauses().is_empty() || self.can_miss(reads)
    }

    fn skip_function(&self) -> String {
        let member = member_word(&self.member);
        let mut out = "tkn_fuse_skip() { # this step, for reason $2; $1 is the state\n".to_owned();
        out.push_str(&format!("  printf '%s\\n' \"tkn-fuse: \\`{member}\\` is skipped: $2\"\n"));
        if let Some(to) = &self.skipped_to {
            out.push_str(&format!("  tkn_fuse_write {} \"$2\"\n", quote(to)));
        }
        if let Some(State { file, on_skip, .. }) = &self.state {
            if let Some(file) = file {
                out.push_str(&format!("  tkn_fuse_write {} \"$1\"\n", quote(file)));
            }
            // A task that fails leaves nothing for its readers, who would not start unfused either.
            let unless = if self.failures.is_empty() { "" } else { "[ \"$1\" = stopped ] || " };
            out.extend(on_skip.iter().map(|text| format!("  {unless}{}", write(text))));
        }
        out + "  exit 0\n}\n"
    }
}

impl Settle {
    /// The line that settles the status.
    pub(super) fn line(&self) -> String {
        let ran = quote(self.ran.as_deref().unwrap_or_default());
        let steps: String = self.steps.iter().map(|watched| format!(" {}", word(&watched.step))).collect();
        format!("tkn_fuse_settle {} {ran}{steps}\n", quote(&self.status))
    }
}

impl Clause {
    /// Both sides end with the newline that a here-document adds.
    fn code(&self, reads: usize, can_miss: bool, mark: &Mark) -> String {
        let mut compare = load(&self.input, reads, mark);
        compare.push_str("tkn_fuse_input=$tkn_fuse_value tkn_fuse_found=''\n");
        for value in &self.values {
            compare.push_str(&load(value, reads, mark));
            compare.push_str("tkn_fuse_match\n");
        }
        let test = if self.negated { "-z" } else { "-n" };
        let reason = word(&format!("its `when` is false: {}", self.shown()));
        let skip = format!("tkn_fuse_skip false {reason}\n");
        compare.push_str(&format!("[ {test} \"$tkn_fuse_found\" ] || {skip}"));
        let refers = |template: &Template| !template.usable(reads).is_empty();
        if !can_miss || !(refers(&self.input) || self.values.iter().any(refers)) {
            return compare;
        }
        let missing = if self.literal.unwrap_or(self.negated) {
            String::new()
        } else {
            format!("[ -z \"$tkn_fuse_missing\" ] || {skip}")
        };
        format!("{missing}if [ -z \"$tkn_fuse_missing\" ]; then\n{compare}fi\n")
    }

    /// One line.
    fn shown(&self) -> String {
        let plain = |c: char| if c.is_control() { ' ' } else { c };
        let mut shown: String = self.shown.chars().map(plain).take(SHOWN).collect();
        if self.shown.chars().nth(SHOWN).is_some() {
            shown.push_str("...");
        }
        shown
    }
}

/// The script of a helper step (`/bin/sh` of a small image) that decides for the step behind it, which has no shell:
/// it writes `true` or `false` to the file `run`, in a directory that exists. It succeeds in both cases. A read that
/// is missing, and not leniently so, fails it, with `false` in the file.
pub fn gate_script(gate: &Gate, reads: &[Read], run: &str) -> String {
    let mark = Mark::for_texts(gate.templates().map(|template| template.text.as_str()));
    let mut out = "#!/bin/sh\nset -e\nLC_ALL=C\n".to_owned();
    if !reads.is_empty() {
        out.push_str(&fail_function(&gate.member));
    }
    let is_used = |read| gate.templates().any(|template| template.names(reads.len(), read));
    out.push_str(&text_functions(reads, is_used, gate.templates(), false, &mark));
    let functions = gate.functions(reads);
    if !functions.starts_with(WRITE) {
        out.push_str(WRITE);
    }
    out.push_str(&functions);
    out.push_str(&format!("tkn_fuse_write {} false\n", quote(run)));
    out.push_str(&gate.before_reads(reads));
    out.push_str(&gate.unless_missing(reads, &load_all(reads, is_used)));
    out.push_str(&gate.after_reads(reads, &mark));
    out.push_str(&format!("tkn_fuse_write {} true\n", quote(run)));
    out
}

/// The functions that check reads, and load or paste texts; `pastes` if something else than `texts` is pasted, too.
pub(super) fn text_functions<'a>(
    reads: &[Read],
    is_used: impl Fn(usize) -> bool,
    texts: impl Iterator<Item = &'a Template> + Clone,
    pastes: bool,
    mark: &Mark,
) -> String {
    let refers = |template: &Template| !template.usable(reads.len()).is_empty();
    let is_json = reads.iter().any(Read::is_json);
    let loads = is_json || (0..reads.len()).any(is_used) || texts.clone().any(|text| !refers(text));
    let mut out = String::new();
    if !reads.is_empty() {
        out.push_str(include_str!("sh/check.sh"));
    }
    if loads {
        out.push_str(include_str!("sh/load.sh"));
    }
    if is_json {
        out.push_str(include_str!("sh/json.sh"));
    }
    if pastes || texts.clone().any(refers) {
        out.push_str(&mark.paste_function());
    }
    out
}

/// Checks all reads, and puts the values of those that are used into their variables.
pub(super) fn load_all(reads: &[Read], is_used: impl Fn(usize) -> bool) -> String {
    let code = |(index, read): (usize, &Read)| match is_used(index) {
        true => format!("{}{}=$tkn_fuse_value\n", read.load(), variable(index)),
        false => read.check(),
    };
    reads.iter().enumerate().map(code).collect()
}

/// A text into `tkn_fuse_value`, with the newline of the here-document at its end. What Tekton pastes there is no
/// shell code.
fn load(template: &Template, reads: usize, mark: &Mark) -> String {
    let function = if template.usable(reads).is_empty() { "load" } else { "paste" };
    let delimiter = mark.delimiter();
    let text = template.fill(reads, |_, read| mark.placeholder(read));
    format!("tkn_fuse_{function} <<'{delimiter}' || exit 1\n{text}\n{delimiter}\n")
}

fn write(FileText { path, text }: &FileText) -> String {
    format!("tkn_fuse_write {} {}\n", quote(path), word(text))
}

/// `text` as one word of shell, in which Tekton replaces nothing.
pub(super) fn word(text: &str) -> String {
    quote(text).replace("$(", "$''(")
}

pub(super) const WRITE: &str = include_str!("sh/write.sh");
pub(super) const STATE: &str = include_str!("sh/state.sh");
pub(super) const WELL: &str = include_str!("sh/well.sh");
pub(super) const SETTLE: &str = include_str!("sh/settle.sh");
