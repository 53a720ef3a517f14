//! A shell script as simple commands, as far as that can be told without running it.

/// A simple command: its words without quotes, and redirections as words of their own.
pub(super) type Command = Vec<String>;

/// What a redirection to a file is called among the words; the file is the next word.
pub(super) const INTO: &str = ">";
/// Likewise one from a file.
pub(super) const FROM: &str = "<";

#[derive(Clone, Copy, PartialEq, Eq)]
enum Quote {
    None,
    Single,
    Double,
}

/// The simple commands of a script, in the order of its text.
pub(super) fn commands(script: &str) -> Vec<Command> {
    let mut reader = Reader { rest: script, ..Reader::default() };
    while let Some(c) = reader.next() {
        reader.read(c);
    }
    reader.end_command();
    reader.commands
}

struct Reader<'s> {
    rest: &'s str,
    commands: Vec<Command>,
    command: Command,
    /// The word that is being read; `None` between words.
    word: Option<String>,
    quote: Quote,
    /// The quotes around each command substitution that is open.
    around: Vec<Quote>,
    /// Ends of here-documents that begin behind the line.
    here: Vec<String>,
    /// The next word ends a here-document.
    here_next: bool,
}

impl Default for Reader<'_> {
    fn default() -> Self {
        Self {
            rest: "",
            commands: Vec::new(),
            command: Vec::new(),
            word: None,
            quote: Quote::None,
            around: Vec::new(),
            here: Vec::new(),
            here_next: false,
        }
    }
}

impl Reader<'_> {
    fn next(&mut self) -> Option<char> {
        let c = self.rest.chars().next()?;
        self.rest = &self.rest[c.len_utf8()..];
        Some(c)
    }

    fn take(&mut self, text: &str) -> bool {
        match self.rest.strip_prefix(text) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn push(&mut self, c: char) {
        self.word.get_or_insert_default().push(c);
    }

    fn read(&mut self, c: char) {
        match (self.quote, c) {
            (Quote::Single, '\'') | (Quote::Double, '"') => self.quote = Quote::None,
            (Quote::Single, c) => self.push(c),
            (_, '\\') => match self.next() {
                Some('\n') | None => {}
                Some(c) => self.push(c),
            },
            (_, '$') => self.dollar(),
            (_, '`') => self.end_command(),
            (Quote::Double, c) => self.push(c),
            (Quote::None, '\'') => self.open(Quote::Single),
            (Quote::None, '"') => self.open(Quote::Double),
            (Quote::None, '#') if self.word.is_none() => self.skip_line(),
            (Quote::None, ' ' | '\t' | '\r') => self.end_word(),
            (Quote::None, '\n') => self.end_line(),
            (Quote::None, ')') => {
                self.end_command();
                self.quote = self.around.pop().unwrap_or(Quote::None);
            }
            (Quote::None, '&') if self.rest.starts_with('>') => self.end_word(),
            (Quote::None, ';' | '&' | '|' | '(') => self.end_command(),
            (Quote::None, '>') => self.file_to_write(),
            (Quote::None, '<') => self.file_to_read(),
            (Quote::None, c) => self.push(c),
        }
    }

    fn open(&mut self, quote: Quote) {
        self.word.get_or_insert_default();
        self.quote = quote;
    }

    /// A variable of Tekton or of the shell is part of the word; a command substitution is a command of its own.
    fn dollar(&mut self) {
        let closing = if self.rest.starts_with('(') { ')' } else { '}' };
        let inner = self.rest.get(1..).and_then(|rest| rest.split(closing).next()).unwrap_or_default();
        let is_variable = match self.rest.chars().next() {
            Some('(') => {
                !inner.is_empty() && inner.chars().all(|c| c.is_ascii_alphanumeric() || "_.-[]*'\"".contains(c))
            }
            Some('{') => true,
            _ => false,
        };
        self.push('$');
        if is_variable {
            let length = self.rest.len().min(inner.len() + 2);
            let (variable, rest) = self.rest.split_at(length);
            self.word.get_or_insert_default().push_str(variable);
            self.rest = rest;
        } else if self.take("(") {
            self.end_command();
            self.around.push(self.quote);
            self.quote = Quote::None;
        }
    }

    fn end_word(&mut self) {
        let Some(word) = self.word.take() else { return };
        if std::mem::take(&mut self.here_next) {
            self.here.push(word);
        } else {
            self.command.push(word);
        }
    }

    fn end_command(&mut self) {
        self.end_word();
        if !self.command.is_empty() {
            self.commands.push(std::mem::take(&mut self.command));
        }
    }

    fn skip_line(&mut self) {
        let end = self.rest.find('\n').unwrap_or(self.rest.len());
        self.rest = &self.rest[end..];
    }

    /// Here-documents follow their line.
    fn end_line(&mut self) {
        self.end_command();
        for end in std::mem::take(&mut self.here) {
            while !self.rest.is_empty() {
                let line = self.rest.split('\n').next().unwrap_or_default();
                let is_end = line.trim_start_matches('\t') == end;
                self.rest = self.rest.get(line.len() + 1..).unwrap_or_default();
                if is_end {
                    break;
                }
            }
        }
    }

    fn file_to_write(&mut self) {
        // The number of what is redirected is no word.
        self.word = self.word.take().filter(|word| !word.chars().all(|c| c.is_ascii_digit()));
        self.end_word();
        let _ = self.take(">") || self.take("|");
        if self.take("&") {
            let end = self.rest.find(|c: char| !(c.is_ascii_digit() || c == '-')).unwrap_or(self.rest.len());
            self.rest = &self.rest[end..];
            return;
        }
        self.command.push(INTO.to_owned());
    }

    fn file_to_read(&mut self) {
        self.end_word();
        if self.take("<<") {
            return;
        }
        if self.take("<") {
            let _ = self.take("-");
            self.here_next = true;
            return;
        }
        self.command.push(FROM.to_owned());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(script: &str) -> Vec<String> {
        commands(script).into_iter().map(|command| command.join(" ")).collect()
    }

    #[test]
    fn commands_are_told_apart() {
        assert_eq!(read("a b; c && d|e # f; g\n# h\ni \\\n j"), ["a b", "c", "d", "e", "i j"]);
        assert_eq!(
            read("if [ -d \"$A\" ]; then rm -rf \"${A:?}\"/*; fi"),
            ["if [ -d $A ]", "then rm -rf ${A:?}/*", "fi"]
        );
        assert_eq!(read("x=\"$(cat \"a b\" | sort)\" y"), ["x=$", "cat a b", "sort", "y"]);
    }

    #[test]
    fn variables_stay_whole() {
        assert_eq!(
            read("cd \"$(workspaces.w.path)/x\"; echo ${A}'$B;'"),
            ["cd $(workspaces.w.path)/x", "echo ${A}$B;"]
        );
    }

    #[test]
    fn redirections_are_words() {
        assert_eq!(read("a 2>&1 >>x <y &>z"), ["a > x < y > z"]);
        assert_eq!(read("cat <<EOF >x\na; b\nEOF\nc"), ["cat > x", "c"]);
    }

    proptest! {
        #[test]
        fn any_text_can_be_read(script in "[a$({})'\"`;<>&|\\\\\n #ü]{0,60}") {
            commands(&script);
        }
    }
}
