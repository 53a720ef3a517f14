//! What runs a script: its first line, as Tekton and the kernel read it.

/// The program that Tekton and the kernel start for a script.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Interpreter {
    /// A shell whose text can be lowered here.
    Shell(Shell),
    /// Any other program; the text behind `#!` on the first line, without surrounding blanks.
    Other(String),
    /// The first line holds a Tekton variable: nobody can tell before the run.
    Unknown,
    /// `#!win`: Tekton's own mark for a script of a Windows container.
    Windows,
    /// Blank lines or spaces stand before `#!`. Tekton takes that for a first line and adds none of its own,
    /// the kernel does not: the step fails with "exec format error".
    Misplaced,
}

/// A family of shells, as far as quoting differs between them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shell {
    /// `sh`, `ash`, `dash`, busybox: whatever the image calls so, hence only what POSIX promises.
    Posix,
    /// GNU bash.
    Bash,
    /// `ksh`, `mksh` and relatives.
    Ksh,
}

/// Tells what runs `script`.
///
/// Without `#!` it is `/bin/sh`, since Tekton puts `#!/bin/sh` and `set -e` before such a script
/// (`pkg/pod/script.go`).
pub fn interpreter(script: &str) -> Interpreter {
    let trimmed = script.trim_start();
    if trimmed.starts_with("#!win") {
        return Interpreter::Windows;
    }
    let Some(rest) = script.strip_prefix("#!") else {
        return if trimmed.starts_with("#!") { Interpreter::Misplaced } else { Interpreter::Shell(Shell::Posix) };
    };
    let line = rest.split('\n').next().unwrap_or_default();
    if line.contains("$(") {
        return Interpreter::Unknown;
    }
    let line = line.trim_matches([' ', '\t']);
    match shell_of(line) {
        Some(shell) => Interpreter::Shell(shell),
        None => Interpreter::Other(line.to_owned()),
    }
}

/// The shell that a first line starts. A carriage return at its end is part of the last word, as it is for the kernel.
fn shell_of(line: &str) -> Option<Shell> {
    let mut words = line.split([' ', '\t']).filter(|word| !word.is_empty());
    let program = base_name(words.next()?);
    match program {
        "env" => words
            .map(|word| word.strip_prefix("-S").unwrap_or(word))
            .find(|word| !word.is_empty() && !word.contains('='))
            .and_then(|word| named_shell(base_name(word))),
        "busybox" => words.next().and_then(named_shell),
        _ => named_shell(program),
    }
}

fn named_shell(name: &str) -> Option<Shell> {
    match name {
        "sh" | "ash" | "dash" => Some(Shell::Posix),
        "bash" => Some(Shell::Bash),
        "ksh" | "ksh93" | "mksh" | "lksh" | "oksh" | "pdksh" => Some(Shell::Ksh),
        _ => None,
    }
}

fn base_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn first_lines_are_read_as_tekton_and_the_kernel_do() {
        let shell = |shell| Interpreter::Shell(shell);
        let other = |text: &str| Interpreter::Other(text.to_owned());
        let table = [
            ("echo hi", shell(Shell::Posix)),
            ("", shell(Shell::Posix)),
            ("\n\necho hi", shell(Shell::Posix)),
            ("#!/bin/sh -eu\n", shell(Shell::Posix)),
            ("#! /bin/bash", shell(Shell::Bash)),
            ("#!\t/bin/ash\nx", shell(Shell::Posix)),
            ("#!/usr/bin/env bash\n", shell(Shell::Bash)),
            ("#!/usr/bin/env -S bash -eux\n", shell(Shell::Bash)),
            ("#!/usr/bin/env -Sbash -e\n", shell(Shell::Bash)),
            ("#!/usr/bin/env -S LANG=C dash\n", shell(Shell::Posix)),
            ("#!/usr/bin/env -i bash\n", other("/usr/bin/env -i bash")),
            ("#!/busybox/sh\n", shell(Shell::Posix)),
            ("#!/bin/busybox sh\n", shell(Shell::Posix)),
            ("#!/bin/busybox awk -f\n", other("/bin/busybox awk -f")),
            ("#!/usr/bin/mksh\n", shell(Shell::Ksh)),
            ("#!/usr/bin/env python3 \n", other("/usr/bin/env python3")),
            ("#!/usr/bin/env node\nx", other("/usr/bin/env node")),
            ("#!/bin/bash\r\necho\r\n", other("/bin/bash\r")),
            ("#!/bin/bash -e\r\necho\r\n", shell(Shell::Bash)),
            ("#!$(params.shell)\n", Interpreter::Unknown),
            ("#!win pwsh.exe\n", Interpreter::Windows),
            ("\n#!win pwsh.exe\n", Interpreter::Windows),
            ("\n#!/bin/bash\n", Interpreter::Misplaced),
            ("  #!/bin/bash\n", Interpreter::Misplaced),
            ("#!\n", other("")),
        ];
        for (script, expected) in table {
            assert_eq!(interpreter(script), expected, "{script:?}");
        }
    }
}
