//! A shell script that gets the results of other tasks at run time.

use super::quoting::is_complete;
use super::read::{fail_function, load_all, quote, text_functions, variable};
use super::template::{Mark, Template};
use super::{Gate, Quoting, Read, Reference, quoting};

/// What a shell script needs before its own first command.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lowering {
    /// The task that the script belongs to, as messages name it.
    pub member: String,
    /// The values. Each must be there, else the step fails before the script's own text runs; those that no
    /// reference names are checked only.
    pub reads: Vec<Read>,
    /// Where in the script values belong. A reference that is empty, overlaps an earlier one or lies outside is left
    /// alone.
    pub references: Vec<Reference>,
    /// A directory to make and enter first. Tekton's variables in it are left for its controller to replace.
    pub enter: Option<Template>,
    /// What is decided before all that. The values are checked only if the step is to run.
    pub gate: Option<Gate>,
}

/// Puts the code before `script`, which a shell runs (see [`interpreter`](super::interpreter())), that `lowering` asks
/// for.
///
/// A script without a first line `#!` stays one: Tekton adds `#!/bin/sh` and `set -e`. The code that is added is POSIX
/// shell, uses builtins only (`mkdir` too if a directory to enter is missing), leaves standard input, arguments, `$0`
/// and the shell's options alone, and shows no value under `set -x`.
///
/// If all references stand in double quotes, they become variables and the script follows as it is. Otherwise it
/// stands, with placeholders in it, at the file's end, behind an `exit`: the added code reads it from there (`$0`),
/// puts the values in and runs it with `eval`. This needs no writable directory, as a here-document would in some
/// shells, and keeps the script to the byte. What differs there is `$LINENO`, and the exit code after a syntax error.
pub fn lower(script: &str, lowering: &Lowering) -> String {
    let gate = lowering.gate.as_ref().filter(|gate| !gate.is_empty());
    if lowering.reads.is_empty() && lowering.enter.is_none() && gate.is_none() {
        return script.to_owned();
    }
    let (first_line, body) = script.split_at(first_line_end(script));
    let mut out = first_line.to_owned();
    if !first_line.is_empty() && !first_line.ends_with('\n') {
        out.push('\n');
    }
    Job::new(script, body, lowering, gate).write(&mut out);
    out
}

/// Where the line `#!..` ends, 0 if there is none. Blank lines before it belong to it: they keep the kernel from
/// running the script, and must go on doing so.
fn first_line_end(script: &str) -> usize {
    let blank = script.len() - script.trim_start().len();
    match script.get(blank..) {
        Some(rest) if rest.starts_with("#!") => rest.find('\n').map_or(script.len(), |end| blank + end + 1),
        _ => 0,
    }
}

/// One script on its way.
struct Job<'a> {
    lowering: &'a Lowering,
    /// One that decides something.
    gate: Option<&'a Gate>,
    /// The script without its first line.
    body: Template,
    /// For each reference.
    quoting: Vec<Quoting>,
    mark: Mark,
    /// Whether the script leaves nothing open at its end, so that a line can be put behind it.
    complete: bool,
}

impl<'a> Job<'a> {
    fn new(script: &str, body: &str, lowering: &'a Lowering, gate: Option<&'a Gate>) -> Self {
        let offset = script.len() - body.len();
        let moved = |Reference { range, read }: &Reference| Reference {
            range: range.start.checked_sub(offset).unwrap_or(usize::MAX)..range.end.saturating_sub(offset),
            read: *read,
        };
        let ranges: Vec<_> = lowering.references.iter().map(|reference| reference.range.clone()).collect();
        let enter = lowering.enter.as_ref().map_or("", |enter| enter.text.as_str());
        let clauses = gate.into_iter().flat_map(Gate::templates).map(|template| template.text.as_str());
        Self {
            lowering,
            gate,
            body: Template { text: body.to_owned(), references: lowering.references.iter().map(moved).collect() },
            quoting: quoting(script, &ranges),
            mark: Mark::for_texts([script, enter].into_iter().chain(clauses)),
            complete: is_complete(script, &ranges),
        }
    }

    fn write(&self, out: &mut String) {
        let reads = self.lowering.reads.len();
        let pastes = self.body.usable(reads).iter().any(|(index, _)| self.is_pasted(*index));
        let enter = self.lowering.enter.as_ref();
        self.write_functions(out, pastes);
        let loads = load_all(&self.lowering.reads, |read| self.is_used(read));
        if let Some(gate) = self.gate {
            out.push_str(&gate.before_reads(&self.lowering.reads));
            out.push_str(&gate.unless_missing(&self.lowering.reads, &loads));
            out.push_str(&gate.after_reads(&self.lowering.reads, &self.mark));
        } else {
            out.push_str(&loads);
        }
        if let Some(enter) = enter {
            self.write_enter(enter, out);
        }
        if pastes {
            self.write_eval(out);
        } else {
            out.push_str("case $tkn_fuse_flags in *x*) set -x ;; esac\n# tkn-fuse: the step's own script follows.\n");
        }
        out.push_str(&self.body.fill(reads, |index, read| match self.is_pasted(index) {
            true => self.mark.placeholder(read),
            false => format!("${{{}}}", variable(read)),
        }));
    }

    /// The start of the added code, with the functions that the rest of it calls.
    fn write_functions(&self, out: &mut String, pastes: bool) {
        let Lowering { member, reads, enter, .. } = self.lowering;
        out.push_str(match self.gate {
            Some(_) => "# tkn-fuse: first, it is decided if this step runs, and what it needs is put in its place.\n",
            None => {
                "# tkn-fuse: first, what this step needs from other tasks of its pod is checked and put in its place.\n"
            }
        });
        out.push_str("{ tkn_fuse_flags=$-; set +x; } 2>/dev/null\n");
        if !reads.is_empty() || enter.is_some() {
            out.push_str(&fail_function(member));
        }
        let texts = enter.iter().chain(self.gate.into_iter().flat_map(Gate::templates));
        out.push_str(&text_functions(reads, |read| self.is_used(read), texts, pastes, &self.mark));
        if let Some(gate) = self.gate {
            out.push_str(&gate.functions(reads));
        }
        if enter.is_some() {
            out.push_str(include_str!("sh/enter.sh"));
        }
    }

    /// The directory's text stands in a quoted here-document: what Tekton pastes there is no shell code.
    fn write_enter(&self, enter: &Template, out: &mut String) {
        let reads = self.lowering.reads.len();
        let function = if enter.usable(reads).is_empty() { "load" } else { "paste" };
        let delimiter = self.mark.delimiter();
        let text = enter.fill(reads, |_, read| self.mark.placeholder(read));
        out.push_str(&format!("tkn_fuse_{function} <<'{delimiter}'\n{text}\n{delimiter}\n"));
        out.push_str("tkn_fuse_enter \"${tkn_fuse_value%?}\"\n");
    }

    /// The code that runs what stands behind the border. `exit` inside keeps an `ERR` trap from firing for `eval`
    /// too, the blank keeps text that begins with `-` from being an option.
    fn write_eval(&self, out: &mut String) {
        let border = self.mark.border();
        let exit = if self.complete { "\n\nexit" } else { "" };
        out.push_str(&format!(
            "{{\n  tkn_fuse_line=''\n  until [ \"$tkn_fuse_line\" = {border} ]; do\n    \
             IFS= read -r tkn_fuse_line || tkn_fuse_fail 'its script has no end'\n  done\n  \
             tkn_fuse_paste\n}} <\"$0\"\n\
             case $tkn_fuse_flags in *x*) tkn_fuse_value=\"set -x; $tkn_fuse_value\" ;; esac\n\
             eval \" $tkn_fuse_value{exit}\"\nexit\n{plain}\n",
            border = quote(&border),
            plain = border,
        ));
    }

    fn is_pasted(&self, reference: usize) -> bool {
        self.quoting.get(reference) != Some(&Quoting::Double)
    }

    /// Whether the value of a read is needed, not only its presence.
    fn is_used(&self, read: usize) -> bool {
        let reads = self.lowering.reads.len();
        let mut texts = self.lowering.enter.iter().chain([&self.body]);
        texts.any(|template| template.names(reads, read)) || self.gate.is_some_and(|gate| gate.uses(reads, read))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shell::Shape;

    const REFERENCE: &str = "$(tasks.a.results.r)";

    fn lowered(script: &str) -> String {
        let references = script
            .match_indices(REFERENCE)
            .map(|(at, text)| Reference { range: at..at + text.len(), read: 0 })
            .collect();
        let reads = vec![Read { path: "/tekton/results/a-r".into(), what: "result `r`".into(), shape: Shape::Text }];
        lower(script, &Lowering { member: "b".into(), reads, references, enter: None, gate: None })
    }

    #[test]
    fn the_first_line_stays_first() {
        let added = "# tkn-fuse: ";
        for (script, start) in [
            ("#!/bin/bash -e\necho", "#!/bin/bash -e\n"),
            ("#!/bin/sh -e\r\necho\r\n", "#!/bin/sh -e\r\n"),
            ("#!/bin/sh", "#!/bin/sh\n"),
            ("echo", ""),
            ("\necho", ""),
            ("\n #!/bin/sh\necho", "\n #!/bin/sh\n"),
        ] {
            assert!(lowered(script).starts_with(&format!("{start}{added}")), "{script:?}");
        }
    }

    #[test]
    fn a_script_follows_as_it_is_if_all_references_are_in_double_quotes() {
        let out = lowered("echo \"$(tasks.a.results.r)\" $(date)");
        assert!(out.ends_with("script follows.\necho \"${TKN_FUSE_1}\" $(date)"), "{out}");
        assert!(!out.contains("eval"), "{out}");
    }

    #[test]
    fn other_scripts_stand_at_the_end_with_placeholders() {
        let out = lowered("echo \"$(tasks.a.results.r)\" $(tasks.a.results.r)");
        assert!(out.contains("eval") && out.contains("run it.\necho \"${TKN_FUSE_1}\" @tkn-fuse-"), "{out}");
    }

    #[test]
    fn added_code_holds_nothing_that_tekton_replaces() {
        let template =
            |text: &str| Template { text: text.to_owned(), references: vec![Reference { range: 0..1, read: 0 }] };
        let read = |shape| Read { path: "/r".into(), what: "it".into(), shape };
        let lowering = Lowering {
            member: "b".into(),
            reads: vec![read(Shape::Text), read(Shape::Key("k".into())), read(Shape::Elements)],
            references: vec![Reference { range: 0..1, read: 1 }],
            enter: Some(template("a")),
            gate: None,
        };
        let out = lower("b", &lowering);
        for (at, _) in out.match_indices("$(") {
            let rest = out.get(at..).unwrap_or_default();
            assert!(rest.starts_with("$((") || rest.starts_with("$(printf"), "{rest}");
        }
    }

    #[test]
    fn nothing_needed_means_nothing_added() {
        assert_eq!(lower("echo", &Lowering::default()), "echo");
    }
}
