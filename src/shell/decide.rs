//! The shell code that decides whether a step runs.

use super::read::{fail_function, load_all, member_word, quote, text_functions, variable};
use super::template::Mark;
use super::{Clause, FileText, Gate, Inherited, Probe, Read, Settle, State, Template, Watched};

/// The most characters of a clause that messages show.
const SHOWN: usize = 120;

impl Gate {
    /// The texts of all clauses.
    pub(super) fn templates(&self) -> impl Iterator<Item = &Template> + Clone {
        self.clauses().iter().flat_map(|clause| std::iter::once(&clause.input).chain(&clause.values))
    }

    /// Whether a read's value is needed, not only its presence: one of `reads` reads.
    pub(super) fn uses(&self, reads: usize, read: usize) -> bool {
        let in_list = self.clauses().iter().any(|clause| clause.lists.contains(&read));
        in_list || self.templates().any(|template| template.names(reads, read))
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
        ];
        out.extend(functions.into_iter().filter(|(needed, _)| *needed).map(|(_, text)| text));
        if self.can_skip(reads) {
            out.push_str(&self.skip_function());
        }
        let functions = [
            (!self.failures.is_empty(), include_str!("sh/expect.sh")),
            (!self.skips.is_empty(), include_str!("sh/inherit.sh")),
            (self.clauses().iter().any(Clause::matches), include_str!("sh/match.sh")),
            (self.clauses().iter().any(|clause| !clause.lists.is_empty()), include_str!("sh/match_each.sh")),
        ];
        out.extend(functions.into_iter().filter(|(needed, _)| *needed).map(|(_, text)| text));
        out
    }

    /// The code up to where the reads are checked.
    pub(super) fn before_reads(&self, reads: &[Read]) -> String {
        let mut out: String = self.writes.iter().map(write).chain(self.settles.iter().map(Settle::code)).collect();
        for Watched { step, member, .. } in &self.failures {
            out.push_str(&format!("tkn_fuse_expect {} {}\n", word(step), word(member)));
        }
        if let Some(own) = &self.own {
            out.push_str(&format!(
                "tkn_fuse_state {}\n[ \"$tkn_fuse_state\" = true ] || tkn_fuse_skip parent 'its first step did not run'\n",
                quote(own)
            ));
        }
        let states =
            [(!self.skips.is_empty(), "parent"), (self.inherits(), "missing"), (self.awaits_reads(reads), "absent")];
        let states: Vec<_> =
            states.into_iter().filter(|(needed, _)| *needed).map(|(_, name)| format!("tkn_fuse_{name}=''")).collect();
        if !states.is_empty() {
            out.push_str(&format!("{}\n", states.join(" ")));
        }
        // The first one is the one that is named.
        for read in reads.iter().rev().filter(|_| self.awaits_reads(reads)) {
            let reason = word(&format!("{} is missing", read.what));
            out.push_str(&format!("[ -f {} ] || tkn_fuse_absent={reason}\n", quote(&read.path)));
        }
        for Inherited { ran, member, results } in &self.skips {
            let results = if *results { " results" } else { "" };
            out.push_str(&format!("tkn_fuse_inherit {} {}{results}\n", word(member), quote(ran)));
        }
        out
    }

    /// `code`, which reads all values, for where they may be missing.
    pub(super) fn unless_missing(&self, reads: &[Read], code: &str) -> String {
        match self.lack(reads) {
            Some(lack) if !code.is_empty() => if_complete(lack, code),
            _ => code.to_owned(),
        }
    }

    /// The code behind the reads, up to the step's own work.
    pub(super) fn after_reads(&self, reads: &[Read], mark: &Mark) -> String {
        let lack = self.lack(reads);
        let mut out: String = self.clauses().iter().map(|clause| clause.code(reads.len(), lack, mark)).collect();
        if let Some(Probe { file, shown }) = self.probe() {
            out.push_str(&format!("[ -f {} ] || {}", quote(file), skip_false(shown)));
        }
        if !self.skips.is_empty() {
            out.push_str("[ -z \"$tkn_fuse_parent\" ] || tkn_fuse_skip parent \"$tkn_fuse_parent\"\n");
        }
        if self.inherits() {
            out.push_str("[ -z \"$tkn_fuse_missing\" ] || tkn_fuse_skip parent \"$tkn_fuse_missing\"\n");
        }
        if self.awaits_reads(reads) {
            let end = if self.is_lenient() { "tkn_fuse_skip parent" } else { "tkn_fuse_fail" };
            out.push_str(&format!("[ -z \"$tkn_fuse_absent\" ] || {end} \"$tkn_fuse_absent\"\n"));
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

    fn probe(&self) -> Option<&Probe> {
        self.state.as_ref()?.probe.as_ref()
    }

    fn is_lenient(&self) -> bool {
        self.state.as_ref().is_some_and(|state| state.lenient)
    }

    /// Whether it counts what the clauses say, or others, before a missing read has its effect.
    fn awaits_reads(&self, reads: &[Read]) -> bool {
        let decides = self.is_lenient() || !self.clauses().is_empty() || self.probe().is_some();
        decides && !reads.is_empty()
    }

    /// Whether results of members that may have been skipped are used.
    fn inherits(&self) -> bool {
        self.skips.iter().any(|skip| skip.results)
    }

    /// The text that says what is missing, if the step may come to be decided on while something is.
    fn lack(&self, reads: &[Read]) -> Option<&'static str> {
        match (self.inherits(), self.awaits_reads(reads)) {
            (true, true) => Some("$tkn_fuse_missing$tkn_fuse_absent"),
            (true, false) => Some("$tkn_fuse_missing"),
            (false, true) => Some("$tkn_fuse_absent"),
            (false, false) => None,
        }
    }

    fn can_skip(&self, reads: &[Read]) -> bool {
        let decides = !self.failures.is_empty() || self.own.is_some() || !self.skips.is_empty();
        decides || !self.clauses().is_empty() || self.probe().is_some() || self.is_lenient() && !reads.is_empty()
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
    /// The code that settles the status.
    pub(super) fn code(&self) -> String {
        let ran = self.ran.as_ref().map(|_| "[ \"$tkn_fuse_state\" = true ]".to_owned());
        let steps = self.steps.iter().map(|watched| format!("tkn_fuse_well {}", word(&watched.step)));
        let conditions: Vec<_> = ran.into_iter().chain(steps).collect();
        let state = self.ran.iter().map(|ran| format!("tkn_fuse_state {}\n", quote(ran))).collect::<String>();
        let write = format!("tkn_fuse_write {} Succeeded", quote(&self.status));
        if conditions.is_empty() {
            return format!("{write}\n");
        }
        format!("{state}if {}; then {write}; fi\n", conditions.join(" && "))
    }
}

impl Clause {
    /// Whether it is compared with anything.
    fn matches(&self) -> bool {
        !self.values.is_empty() || !self.lists.is_empty()
    }

    /// Both sides end with the newline that a here-document adds. While a result is missing, references equal what is
    /// the same reference, and nothing else; what has none is compared as ever.
    fn code(&self, reads: usize, lack: Option<&str>, mark: &Mark) -> String {
        let refers = |template: &Template| !template.usable(reads).is_empty();
        let skip = skip_false(&self.shown);
        let same = self.literal.is_some_and(|literal| literal != self.negated);
        let settled = same || refers(&self.input);
        // Only where nothing is settled while a result is missing, a value at a time.
        let value_code = |refers: bool, code: String| match lack.filter(|_| refers && !settled) {
            Some(lack) => if_complete(lack, &code),
            None => code,
        };
        let mut compare = load(&self.input, reads, mark);
        compare.push_str("tkn_fuse_input=$tkn_fuse_value tkn_fuse_found=''\n");
        for value in &self.values {
            let code = load(value, reads, mark) + "tkn_fuse_match\n";
            compare.push_str(&value_code(refers(value), code));
        }
        for list in &self.lists {
            let code = format!("tkn_fuse_match_each \"${}\"\n", variable(*list));
            compare.push_str(&value_code(true, code));
        }
        let test = if self.negated { "-z" } else { "-n" };
        compare.push_str(&format!("[ {test} \"$tkn_fuse_found\" ] || {skip}"));
        let Some(lack) = lack.filter(|_| settled) else { return compare };
        let incomplete = if same == self.negated { format!("[ -z \"{lack}\" ] || {skip}") } else { String::new() };
        incomplete + &if_complete(lack, &compare)
    }
}

/// Code for where nothing is missing.
fn if_complete(lack: &str, code: &str) -> String {
    format!("if [ -z \"{lack}\" ]; then\n{code}fi\n")
}

/// The command that skips for a clause.
fn skip_false(shown: &str) -> String {
    format!("tkn_fuse_skip false {}\n", word(&format!("its `when` is false: {}", one_line(shown))))
}

/// What messages show of a clause.
fn one_line(shown: &str) -> String {
    let plain = |c: char| if c.is_control() { ' ' } else { c };
    let mut line: String = shown.chars().map(plain).take(SHOWN).collect();
    if shown.chars().nth(SHOWN).is_some() {
        line.push_str("...");
    }
    line
}

/// The script of a helper step that runs only if Tekton finds its `when` to be true: it leaves the file `to`, in a directory
/// that exists.
pub fn probe_script(to: &str) -> String {
    format!("#!/bin/sh\nprintf true >{}\n", quote(to))
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
    let is_used = |read| gate.uses(reads.len(), read);
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shell::{Lowering, Reference, Shape, Verdict, lower, verdict_script};

    fn file(path: &str) -> FileText {
        FileText { path: path.to_owned(), text: "$(params.a)".to_owned() }
    }

    fn steps() -> Vec<Watched> {
        vec![Watched { step: "a".to_owned(), member: "b".to_owned(), origin: "$(params.a)".to_owned() }]
    }

    fn read(shape: Shape) -> Read {
        Read { path: "/r".to_owned(), what: "it".to_owned(), shape }
    }

    /// Gates with each part alone, with none and with all of them.
    fn gates() -> Vec<Gate> {
        let skip = |results| Inherited { ran: "/b".to_owned(), member: "b".to_owned(), results };
        let template = |references| Template { text: "a".to_owned(), references };
        let refers = || template(vec![Reference { range: 0..1, read: 0 }]);
        let clause = |input, values| Clause { input, values, shown: "$(params.a)".to_owned(), ..Clause::default() };
        let states = [
            State { file: Some("/s".to_owned()), ..State::default() },
            State { on_run: vec![file("/s")], ..State::default() },
            State { on_skip: vec![file("/s")], lenient: true, ..State::default() },
            State { clauses: vec![clause(template(vec![]), vec![])], ..State::default() },
            State { clauses: vec![clause(template(vec![]), vec![refers()])], ..State::default() },
            State { clauses: vec![Clause { lists: vec![0], ..clause(refers(), vec![]) }], ..State::default() },
            State { probe: Some(Probe { file: "/p".to_owned(), shown: "$(params.a)".to_owned() }), ..State::default() },
            State { clauses: vec![clause(refers(), vec![template(vec![])])], ..State::default() },
        ];
        let settle = |ran, steps| Settle { status: "/s".to_owned(), ran, steps };
        let mut gates = vec![
            Gate::default(),
            Gate { writes: vec![file("/w")], ..Gate::default() },
            Gate { settles: vec![settle(None, vec![])], ..Gate::default() },
            Gate { settles: vec![settle(Some("/b".to_owned()), steps())], ..Gate::default() },
            Gate { failures: steps(), ..Gate::default() },
            Gate { own: Some("/o".to_owned()), skipped_to: Some("/k".to_owned()), ..Gate::default() },
            Gate { skips: vec![skip(false)], ..Gate::default() },
            Gate { skips: vec![skip(true)], ..Gate::default() },
        ];
        gates.extend(states.map(|state| Gate { state: Some(state), ..Gate::default() }));
        let all = gates.iter().cloned().reduce(|mut all, gate| {
            all.writes.extend(gate.writes);
            all.settles.extend(gate.settles);
            all.failures.extend(gate.failures);
            all.skips.extend(gate.skips);
            all.own = gate.own.or(all.own);
            all.state = gate.state.or(all.state);
            all
        });
        gates.extend(all);
        gates
    }

    /// All scripts that come of [`gates`].
    fn scripts() -> Vec<String> {
        let mut scripts = Vec::new();
        for gate in gates() {
            let lists = gate.clauses().iter().any(|clause| !clause.lists.is_empty());
            let other = [read(Shape::Key("k".to_owned())), read(Shape::Text)];
            for reads in [vec![], vec![read(Shape::Text)], other.to_vec(), vec![read(Shape::Elements)]] {
                if lists != (reads.first().is_some_and(|read| read.shape == Shape::Elements)) {
                    continue;
                }
                scripts.push(gate_script(&gate, &reads, "/run"));
                let gate = Some(gate.clone());
                scripts.push(lower("", &Lowering { member: "b".to_owned(), reads, gate, ..Lowering::default() }));
            }
            let Gate { settles, failures: watched, skipped_to: failed_to, .. } = gate;
            scripts.push(verdict_script(&Verdict { settles, watched, failed_to }));
        }
        scripts
    }

    #[test]
    fn nothing_decided_means_nothing_added() {
        let gate = Gate {
            member: "b".to_owned(),
            skipped_to: Some("/k".to_owned()),
            state: Some(State::default()),
            ..Gate::default()
        };
        assert_eq!(lower("echo", &Lowering { gate: Some(gate.clone()), ..Lowering::default() }), "echo");
        let reads = vec![read(Shape::Text)];
        let lowering = Lowering { member: "b".to_owned(), reads, ..Lowering::default() };
        assert_eq!(lower("echo", &Lowering { gate: Some(gate), ..lowering.clone() }), lower("echo", &lowering));
    }

    /// Whether a line of the script, but for comments, has the name as a command.
    fn calls(script: &str, name: &str) -> bool {
        script.lines().filter_map(|line| line.split(" # ").next()).any(|line| {
            line.match_indices(name).any(|(at, _)| {
                let (before, after) =
                    (line.get(..at).unwrap_or_default(), line.get(at + name.len()..).unwrap_or_default());
                (after.is_empty() || after.starts_with([' ', ';']))
                    && !before.ends_with(['$', '"'])
                    && !before.ends_with("-r ")
            })
        })
    }

    #[test]
    fn the_functions_are_those_that_are_called() {
        let names = [
            "write",
            "state",
            "well",
            "settle",
            "skip",
            "expect",
            "inherit",
            "match",
            "match_each",
            "judge",
            "load",
            "paste",
        ];
        let mut seen = [0; 2];
        for script in scripts() {
            for name in names.map(|name| format!("tkn_fuse_{name}")) {
                let called = calls(&script, &name);
                assert_eq!(script.contains(&format!("{name}()")), called, "{name} in\n{script}");
                seen[usize::from(called)] += 1;
            }
            let fails = calls(&script, "tkn_fuse_fail");
            assert!(!fails || script.contains("tkn_fuse_fail()"), "{script}");
        }
        assert!(seen.iter().all(|count| *count > 20), "{seen:?}");
    }

    #[test]
    fn added_code_holds_nothing_that_tekton_replaces() {
        for script in scripts() {
            for (at, _) in script.match_indices("$(") {
                let rest = script.get(at..).unwrap_or_default();
                assert!(rest.starts_with("$((") || rest.starts_with("$(printf"), "{rest}");
            }
        }
    }

    #[test]
    fn what_is_shown_is_one_short_line() {
        assert_eq!(one_line("\"a\nb\" in []"), "\"a b\" in []");
        assert_eq!(one_line(&"é".repeat(SHOWN)), "é".repeat(SHOWN));
        assert_eq!(one_line(&"é".repeat(SHOWN + 1)), format!("{}...", "é".repeat(SHOWN)));
    }
}
