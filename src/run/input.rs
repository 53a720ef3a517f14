//! Everything that is read: inputs and the Tasks to look up.

use std::collections::{HashMap, HashSet};
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::failure::Failure;
use super::place::{identity, name};
use super::target::Target;
use super::walk::{Found, walk};
use crate::cli;
use crate::compile::Options;
use crate::diag::{Code, Diagnostic, Diagnostics};
use crate::header::is_generated;
use crate::source::{SourceId, Sources, Span};

/// The largest text that is read, in bytes: one GiB.
const LARGEST: u64 = 1 << 30;

/// One text that is compiled.
#[derive(Debug)]
pub(super) struct Input {
    pub(super) source: SourceId,
    /// The file; `None` for standard input.
    pub(super) path: Option<PathBuf>,
    /// What its output is called in an output directory.
    pub(super) relative: PathBuf,
}

/// All that was read.
#[derive(Debug, Default)]
pub(super) struct Inputs {
    pub(super) sources: Sources,
    pub(super) inputs: Vec<Input>,
    /// Sources of Tasks that are looked up and not emitted.
    pub(super) tasks: Vec<SourceId>,
    /// Every file whose text is among these, by [`identity`].
    pub(super) files: HashMap<PathBuf, SourceId>,
    pub(super) options: Options,
}

impl Inputs {
    /// The sources to compile.
    pub(super) fn ids(&self) -> Vec<SourceId> {
        self.inputs.iter().map(|input| input.source).collect()
    }
}

/// Reads what the arguments name. What is wrong with a text becomes a diagnostic; a failure means that
/// something could not be read at all, or that there was nothing to read.
pub(super) fn read(
    arguments: &cli::Input,
    target: Option<&Target>,
    stdin: &mut dyn Read,
    diagnostics: &mut Diagnostics,
) -> (Inputs, Option<Failure>) {
    let output = target.and_then(Target::identity);
    if let Err(failure) = check_arguments(arguments, target, output.as_deref()) {
        return (Inputs::default(), Some(failure));
    }
    let mut reader =
        Reader { inputs: Inputs::default(), seen: HashSet::new(), failures: Vec::new(), output, diagnostics };
    for path in &arguments.paths {
        if path.as_os_str() == "-" {
            reader.read_stdin(arguments.stdin_filename.as_deref(), stdin);
        } else {
            reader.read_argument(path, Role::Input);
        }
    }
    for path in &arguments.tasks {
        reader.read_argument(path, Role::Tasks);
    }
    let Reader { inputs, failures, diagnostics, .. } = reader;
    let failure = Failure::all_io(failures).or_else(|| {
        let nothing = inputs.inputs.is_empty() && !diagnostics.has_errors();
        nothing.then(|| nothing_to_read(&arguments.paths))
    });
    (inputs, failure)
}

fn nothing_to_read(paths: &[PathBuf]) -> Failure {
    let paths: Vec<String> = paths.iter().map(|path| name(path)).collect();
    Failure::io(format!("there is nothing to read in {}", paths.join(", ")))
        .help("files found in a directory are read if they end in .yaml, .yml or .json and are not hidden")
}

/// Refuses what no reading is needed to refuse.
fn check_arguments(arguments: &cli::Input, target: Option<&Target>, output: Option<&Path>) -> Result<(), Failure> {
    let stdin = arguments.paths.iter().any(|path| path.as_os_str() == "-");
    let nameless = stdin && arguments.stdin_filename.is_none();
    if arguments.paths.is_empty() {
        let help = "name files or directories, or - for standard input, as in: tkn-fuse lint pipelines";
        return Err(Failure::usage("no PATH was given", help));
    }
    if arguments.stdin_filename.is_some() && !stdin {
        let help = "add - to the paths, or leave out --stdin-filename";
        return Err(Failure::usage("--stdin-filename is given, but standard input is not read", help));
    }
    if nameless && matches!(target, Some(Target::Directory(_))) {
        let help = "add --stdin-filename NAME, which says what to call the file in the output directory";
        return Err(Failure::usage("standard input needs a name in an output directory", help));
    }
    let is_output = |path: &&PathBuf| output.is_some_and(|output| path.is_dir() && identity(path) == output);
    if let Some(path) = arguments.paths.iter().find(is_output) {
        let help = "name another directory with -o, as in: -o deploy/";
        return Err(Failure::usage(format!("{} is both read and written", name(path)), help));
    }
    Ok(())
}

/// What a text is read for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    Input,
    Tasks,
}

struct Reader<'a> {
    inputs: Inputs,
    /// The files that were read, and `-` once standard input was.
    seen: HashSet<PathBuf>,
    failures: Vec<String>,
    output: Option<PathBuf>,
    diagnostics: &'a mut Diagnostics,
}

impl Reader<'_> {
    fn read_argument(&mut self, argument: &Path, role: Role) {
        let walked = walk(argument, self.output.as_deref());
        self.failures.extend(walked.failures);
        for path in &walked.outputs {
            let source = self.inputs.sources.add(name(path), "");
            self.say(source, Code::OutputInput, "the output goes here, so it is not read as input", None);
        }
        for found in &walked.files {
            let identity = identity(&found.path);
            if self.seen.insert(identity.clone()) {
                self.read_file(found, identity, role);
            }
        }
    }

    fn read_file(&mut self, found: &Found, identity: PathBuf, role: Role) {
        let name = name(&found.path);
        let Some(text) = self.read_text(&found.path, &name, found.walked) else { return };
        let generated = is_generated(&text);
        let source = self.inputs.sources.add(name, text);
        if generated {
            let message = "tkn-fuse wrote this file, so it is not read as input";
            self.say(source, Code::GeneratedInput, message, None);
            return;
        }
        self.inputs.files.insert(identity, source);
        if found.walked {
            self.inputs.options.found.insert(source);
        }
        match role {
            Role::Tasks => self.inputs.tasks.push(source),
            Role::Input => self.inputs.inputs.push(Input {
                source,
                path: Some(found.path.clone()),
                relative: found.relative.clone(),
            }),
        }
    }

    fn read_stdin(&mut self, given: Option<&Path>, stdin: &mut dyn Read) {
        if !self.seen.insert(PathBuf::from("-")) {
            return;
        }
        let name = given.map_or_else(|| "-".to_owned(), name);
        match read_limited(stdin) {
            Err(error) => self.failures.push(format!("cannot read standard input: {error}")),
            Ok(bytes) => {
                let Some(text) = self.text(bytes, &name, false) else { return };
                let source = self.inputs.sources.add(name, text);
                let relative = given.and_then(Path::file_name).map(PathBuf::from).unwrap_or_default();
                self.inputs.inputs.push(Input { source, path: None, relative });
            }
        }
    }

    fn read_text(&mut self, path: &Path, name: &str, walked: bool) -> Option<String> {
        let bytes = File::open(path).and_then(|mut file| {
            let larger = fs::metadata(path)?.len() > LARGEST;
            // No need to read what is too large to be used.
            if larger { Ok(None) } else { read_limited(&mut file) }
        });
        match bytes {
            Ok(bytes) => self.text(bytes, name, walked),
            Err(error) => {
                self.failures.push(format!("cannot read {name}: {error}"));
                None
            }
        }
    }

    /// The bytes as a text, or a diagnostic. `None` stands for more bytes than are read.
    fn text(&mut self, bytes: Option<Vec<u8>>, name: &str, walked: bool) -> Option<String> {
        let Some(bytes) = bytes else {
            let source = self.inputs.sources.add(name, "");
            let help = "split the file";
            self.say(source, Code::TooLarge, "the file is larger than one GiB", Some(help));
            return None;
        };
        let utf16 = bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]);
        if walked && !utf16 && bytes.contains(&0) {
            let source = self.inputs.sources.add(name, "");
            self.say(source, Code::BinaryInput, "the file is no text, so it is not read", None);
            return None;
        }
        String::from_utf8(bytes).map_err(|error| self.say_not_utf8(name, utf16, &error)).ok()
    }

    /// Shows the line up to the first byte that is wrong.
    fn say_not_utf8(&mut self, name: &str, utf16: bool, error: &std::string::FromUtf8Error) {
        if utf16 {
            let source = self.inputs.sources.add(name, "");
            let help = format!("convert it, as in: iconv -f UTF-16 -t UTF-8 {name}");
            self.say(source, Code::NotUtf8, "the file is UTF-16, not UTF-8", Some(&help));
            return;
        }
        let good = error.utf8_error().valid_up_to();
        let text = String::from_utf8_lossy(error.as_bytes()).into_owned();
        let source = self.inputs.sources.add(name, text);
        let message = format!("byte {} of the file is not UTF-8", good + 1);
        // The replacement character that stands for the wrong bytes has three.
        let place = Span::new(source, good..good + 3);
        let help = "save the file as UTF-8";
        self.diagnostics.push(Diagnostic::new(Code::NotUtf8, message).at(place, "not UTF-8").help(help));
    }

    /// Adds a diagnostic about a whole source.
    fn say(&mut self, source: SourceId, code: Code, message: &str, help: Option<&str>) {
        let diagnostic = Diagnostic::new(code, message).at(Span::new(source, 0..0), "");
        self.diagnostics.push(match help {
            Some(help) => diagnostic.help(help),
            None => diagnostic,
        });
    }
}

/// All bytes; `None` if they are more than [`LARGEST`].
fn read_limited(reader: &mut dyn Read) -> io::Result<Option<Vec<u8>>> {
    let mut bytes = Vec::new();
    reader.take(LARGEST + 1).read_to_end(&mut bytes)?;
    Ok((bytes.len() as u64 <= LARGEST).then_some(bytes))
}
