//! Files that hold results, and the shell code that checks and reads them.

use super::Template;
use super::template::Mark;

/// A value that is in a file when the step starts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Read {
    /// Absolute path of the file.
    pub path: String,
    /// What messages call it, such as ``result `digest` of task `build` ``.
    pub what: String,
    /// What of the file's content is the value.
    pub shape: Shape,
}

/// What of a file's content is a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Shape {
    /// All of it, to the byte.
    Text,
    /// One element of a JSON array of strings, counted from 0.
    Element(usize),
    /// The value of one key of a JSON object of strings.
    Key(String),
    /// All of it, which must be a JSON array of strings.
    Elements,
}

impl Read {
    /// One line of shell that checks the file; its content is not looked at unless the shape asks for that.
    pub(super) fn check(&self) -> String {
        match self.shape {
            Shape::Text => format!("tkn_fuse_check {} {}\n", quote(&self.path), quote(&self.what)),
            _ => self.load(),
        }
    }

    /// Lines of shell that check the file and leave the value in `tkn_fuse_value`.
    pub(super) fn load(&self) -> String {
        let read = format!(
            "tkn_fuse_check {path} {what} && tkn_fuse_load <{path}\n",
            path = quote(&self.path),
            what = quote(&self.what)
        );
        let pick = match &self.shape {
            Shape::Text => String::new(),
            Shape::Element(index) => format!("tkn_fuse_pick '[' ']' {index}\n"),
            Shape::Key(key) => format!("tkn_fuse_pick '{{' '}}' {}\n", quote(key)),
            Shape::Elements => "tkn_fuse_pick '[' ']'\n".to_owned(),
        };
        read + &pick
    }

    /// Whether [`Read::check`] or [`Read::load`] needs the JSON functions.
    pub(super) fn is_json(&self) -> bool {
        self.shape != Shape::Text
    }
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

/// The variable that holds the value of a read in a lowered script.
pub(super) fn variable(read: usize) -> String {
    format!("TKN_FUSE_{}", read + 1)
}

/// `text` as one word of shell.
pub(super) fn quote(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// The function that ends a step before its own work begins.
pub(super) fn fail_function(member: &str) -> String {
    include_str!("sh/fail.sh").replace("MEMBER", &member_word(member))
}

/// A task's name as it may stand in double quotes of shell.
pub(super) fn member_word(member: &str) -> String {
    member.chars().filter(|c| c.is_alphanumeric() || "-_. ".contains(*c)).collect()
}
