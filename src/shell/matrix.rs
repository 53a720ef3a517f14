//! Scripts of the helper steps around the copies of a task with a matrix.

use super::read::quote;

/// Results of several copies that become one array.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gather {
    /// Absolute paths of the files that may be there, in the order of the array.
    pub from: Vec<String>,
    /// Absolute path of the file to write, in a directory that exists.
    pub to: String,
}

/// The script of a step that writes each array as JSON. A file that is missing is left out; without any, nothing is written.
pub fn gather_script(results: &[Gather]) -> String {
    let mut out = "#!/bin/sh\nset -e\nLC_ALL=C\n".to_owned();
    out.push_str(include_str!("sh/load.sh"));
    out.push_str(include_str!("sh/encode.sh"));
    out.push_str(include_str!("sh/gather.sh"));
    for Gather { from, to } in results {
        let from: String = from.iter().map(|path| format!(" \\\n  {}", quote(path))).collect();
        out.push_str(&format!("tkn_fuse_gather {}{from}\n", quote(to)));
    }
    out
}

/// The script of a step that fails unless it has `count` arguments: the elements of `param`.
pub fn count_script(param: &str, count: usize) -> String {
    let said =
        format!(", but this Pipeline was compiled for {count}: compile it again with a default of that many elements");
    let (param, said) = (quote(&format!("tkn-fuse: the number of elements of the param {param} is ")), quote(&said));
    format!("#!/bin/sh\n[ $# -eq {count} ] || {{ echo {param}$#{said} >&2; exit 1; }}\n")
}
