//! The fenced blocks of a Markdown text.

/// What is done with a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Commands with what they print.
    Console,
    /// Commands.
    Script,
    /// An excerpt, or YAML.
    Yaml,
    /// Anything else.
    Text,
}

/// A fenced block.
#[derive(Clone, Debug)]
pub(crate) struct Block {
    pub(crate) kind: Kind,
    /// What stands between the fences.
    pub(crate) text: String,
    /// The line of the opening fence, from 1.
    pub(crate) line: usize,
    /// The content of an HTML comment on the line above.
    comment: Option<String>,
}

impl Block {
    /// Where an excerpt is from: `from` and a file, or `output of` and a command.
    pub(crate) fn source(&self) -> Option<(&str, &str)> {
        let (how, what) = self.comment.as_deref()?.split_once(": ")?;
        assert!(how == "from" || how == "output of", "{how} in the comment above line {}", self.line);
        Some((how, what))
    }

    /// The commands of a `console` or `sh` block.
    pub(crate) fn commands(&self) -> Vec<String> {
        let lines = self.text.lines();
        match self.kind {
            Kind::Console => lines.filter_map(|line| line.strip_prefix("$ ")).map(str::to_owned).collect(),
            Kind::Script => {
                lines.filter(|line| !line.is_empty() && !line.starts_with('#')).map(str::to_owned).collect()
            }
            Kind::Yaml | Kind::Text => Vec::new(),
        }
    }
}

/// All fenced blocks, in order.
pub(crate) fn blocks(text: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut lines = text.lines().enumerate();
    let mut above = "";
    while let Some((number, line)) = lines.next() {
        let Some(language) = line.strip_prefix("```") else {
            above = line;
            continue;
        };
        let body: Vec<&str> = lines.by_ref().map(|(_, line)| line).take_while(|line| *line != "```").collect();
        let kind = match language {
            "console" => Kind::Console,
            "sh" => Kind::Script,
            "yaml" => Kind::Yaml,
            "text" => Kind::Text,
            other => panic!("line {}: a block of the unknown kind {other:?}", number + 1),
        };
        let comment = above.strip_prefix("<!-- ").and_then(|rest| rest.strip_suffix(" -->")).map(str::to_owned);
        blocks.push(Block { kind, text: body.join("\n") + "\n", line: number + 1, comment });
        above = "";
    }
    blocks
}

#[test]
fn fences_are_found_with_their_comment() {
    let found = blocks("text\n<!-- from: a.yaml -->\n```yaml\na: 1\n```\n```console\n$ x\nsaid\n$ y\n```\n");
    assert_eq!((found.len(), found[0].source(), found[1].source()), (2, Some(("from", "a.yaml")), None));
    assert_eq!((found[0].text.as_str(), found[0].line), ("a: 1\n", 3));
    assert_eq!(found[1].commands(), ["x", "y"]);
}
