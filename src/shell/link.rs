//! Scripts of the helper steps that stand between members: `/bin/sh` of a small image.

use super::read::{fail_function, quote, variable};
use super::template::{Mark, Template};
use super::{Read, Shape};

/// A link step: it gives values to a step that cannot read them itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Link {
    /// The task that the served step belongs to, as messages name it.
    pub member: String,
    /// The values. Each must be there, else the link step fails and the served one never starts.
    pub reads: Vec<Read>,
    /// Values to write for Tekton's entrypoint, which puts them into `env`, `command`, `args` and `when`.
    pub writes: Vec<Write>,
    /// Scripts to put values into.
    pub renders: Vec<Render>,
}

/// A value to write as JSON, without a newline at the end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Write {
    /// Index into [`Link::reads`]. With [`Shape::Elements`] the array is written, and must not be empty, since Tekton
    /// would pass one empty argument for it; any other value is written as a JSON string, so that one which looks
    /// like JSON stays a string.
    pub read: usize,
    /// Absolute path of the file to write, in a directory that exists.
    pub to: String,
}

/// A script to write to an executable file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Render {
    /// Its text; references index [`Link::reads`]. Tekton's variables in it are left for its controller to replace.
    pub template: Template,
    /// Absolute path of the file to write, in a directory that exists.
    pub to: String,
    /// Whether only the values tell if it has a first line `#!..`; if not it gets the one that Tekton gives such a script.
    pub open: bool,
}

/// The script of a link step. It needs the programs that a shell has built in, and `chmod` if it renders scripts.
pub fn link_script(link: &Link) -> String {
    let mark = Mark::for_texts(link.renders.iter().map(|render| render.template.text.as_str()));
    let mut out = "#!/bin/sh\nset -e\nLC_ALL=C\n".to_owned();
    write_functions(link, &mark, &mut out);
    for (index, read) in link.reads.iter().enumerate() {
        if is_used(link, index) {
            out.push_str(&format!("{}{}=$tkn_fuse_value\n", read.load(), variable(index)));
        } else {
            out.push_str(&read.check());
        }
        for write in link.writes.iter().filter(|write| write.read == index) {
            write_value(read, &write.to, &mut out);
        }
    }
    for render in &link.renders {
        let delimiter = mark.delimiter();
        let text = render.template.fill(link.reads.len(), |_, read| mark.placeholder(read));
        let (newline, value) =
            if text.ends_with('\n') { ("", "$tkn_fuse_value") } else { ("\n", "${tkn_fuse_value%?}") };
        let to = quote(&render.to);
        let first_line = if render.open { "tkn_fuse_first_line\n" } else { "" };
        out.push_str(&format!("tkn_fuse_paste <<'{delimiter}'\n{text}{newline}{delimiter}\n{first_line}"));
        out.push_str(&format!("printf '%s' \"{value}\" >{to}\nchmod 0755 {to}\n"));
    }
    out
}

/// Writes the value that has just been loaded.
fn write_value(read: &Read, to: &str, out: &mut String) {
    let to = quote(to);
    if read.shape == Shape::Elements {
        out.push_str(&format!(
            "[ \"$tkn_fuse_count\" -gt 0 ] || tkn_fuse_fail \"$tkn_fuse_what is an empty array, for which Tekton \
             would pass one empty argument\"\nprintf '%s' \"$tkn_fuse_value\" >{to}\n"
        ));
    } else {
        out.push_str(&format!("tkn_fuse_encode {to}\n"));
    }
}

fn write_functions(link: &Link, mark: &Mark, out: &mut String) {
    out.push_str(&fail_function(&link.member));
    if !link.reads.is_empty() {
        out.push_str(include_str!("sh/check.sh"));
        out.push_str(include_str!("sh/load.sh"));
    }
    if link.reads.iter().any(Read::is_json) {
        out.push_str(include_str!("sh/json.sh"));
    }
    if !link.writes.is_empty() {
        out.push_str(include_str!("sh/encode.sh"));
    }
    if !link.renders.is_empty() {
        out.push_str(&mark.paste_function());
    }
    if link.renders.iter().any(|render| render.open) {
        out.push_str(include_str!("sh/first_line.sh"));
    }
}

/// Whether the value of a read is needed, not only its presence.
fn is_used(link: &Link, read: usize) -> bool {
    let reads = link.reads.len();
    link.writes.iter().any(|write| write.read == read)
        || link.renders.iter().any(|render| render.template.names(reads, read))
}

/// A file that a collector step brings to another place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Move {
    /// Where it is.
    pub from: String,
    /// Where it goes.
    pub to: String,
    /// Whether it stays where it is, too: the collector may not write there.
    pub stays: bool,
}

/// The script of a collector step: brings each file that exists to its place, in order. One that is missing is none of its
/// business: whoever reads the result finds that out.
pub fn collector_script(moves: &[Move]) -> String {
    let mut out = "#!/bin/sh\nset -e\n".to_owned();
    for Move { from, to, stays } in moves {
        let (from, to) = (quote(from), quote(to));
        let bring = if *stays { format!("cat <{from} >{to}") } else { format!("mv -f -- {from} {to}") };
        out.push_str(&format!("if [ -e {from} ]; then {bring}; fi\n"));
    }
    out
}
