//! Random texts from a seed.

/// A small generator of numbers that gives the same ones on every machine.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    /// A number below `limit`.
    pub(crate) fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from((self.0 >> 11) % limit.max(1) as u64).unwrap()
    }

    fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from[self.below(from.len())]
    }
}

/// A short string of pieces that matter to some reader.
pub(crate) fn string(random: &mut Random) -> String {
    const PIECES: &[&str] = &[
        "a",
        "y",
        "n",
        "no",
        "1",
        "0",
        "7",
        "_",
        ".",
        "-",
        "+",
        "e",
        "x",
        "0x",
        "b",
        ":",
        " ",
        " ",
        "\n",
        "\n",
        "\t",
        "#",
        " #",
        ": ",
        "- ",
        "'",
        "\"",
        "\\",
        "{",
        "}",
        "[",
        "]",
        ",",
        "&",
        "*",
        "!",
        "|",
        ">",
        "%",
        "@",
        "`",
        "~",
        "=",
        "<<",
        "?",
        "true",
        "null",
        ".inf",
        "é",
        "日",
        "😀",
        "\r",
        "\u{85}",
        "\u{2028}",
        "\u{feff}",
        "\u{7f}",
        "\0",
        "\u{1b}",
        "$(params.x)",
        "---",
        "...",
        "  ",
        "\n\n",
        "word",
        "T",
        "Z",
    ];
    let length = random.below(9);
    (0..length).map(|_| random.pick(PIECES)).collect()
}

/// A document of anchors, aliases and merge keys; nearly always one that Go accepts.
pub(crate) fn anchors(random: &mut Random) -> String {
    let mut document = Anchors { random, mappings: Vec::new(), others: Vec::new() };
    let mut text = String::new();
    for entry in 0..2 + document.random.below(5) {
        let value = document.anchored(0);
        text.push_str(&format!("k{entry}: {value}\n"));
        if document.random.below(3) == 0 {
            let pairs = document.pairs(1, 4);
            if !pairs.is_empty() {
                text.push_str(&format!("m{entry}: # block\n  {}\n", pairs.join("\n  ")));
            }
        }
        if document.random.below(3) == 0 {
            let items: Vec<_> = (0..1 + document.random.below(3)).map(|_| document.anchored(1)).collect();
            text.push_str(&format!("l{entry}:\n- {}\n", items.join("\n- ")));
        }
    }
    text
}

/// What was anchored so far.
struct Anchors<'r> {
    random: &'r mut Random,
    mappings: Vec<&'static str>,
    others: Vec<&'static str>,
}

impl Anchors<'_> {
    /// A value, half of the time with an anchor.
    fn anchored(&mut self, depth: usize) -> String {
        let value = self.value(depth);
        if value.starts_with('*') || self.random.below(2) == 0 {
            return value;
        }
        const NAMES: [&str; 4] = ["a", "b", "c", "d"];
        let name = NAMES[self.random.below(4)];
        self.mappings.retain(|&known| known != name);
        self.others.retain(|&known| known != name);
        if value.starts_with('{') {
            self.mappings.push(name)
        } else {
            self.others.push(name)
        }
        format!("&{name} {value}")
    }

    fn value(&mut self, depth: usize) -> String {
        match self.random.below(if depth > 3 { 5 } else { 9 }) {
            0 | 1 => self.random.pick(&["1", "yes", "text", "~", "0x1F", "\"<<\"", "1.50"]).to_owned(),
            2..=4 => self.alias(),
            5 => {
                let items: Vec<_> = (0..self.random.below(3)).map(|_| self.anchored(depth + 1)).collect();
                format!("[{}]", items.join(", "))
            }
            _ => self.mapping(depth),
        }
    }

    fn alias(&mut self) -> String {
        if self.random.below(60) == 0 {
            return "*a".to_owned();
        }
        let known: Vec<&str> = self.mappings.iter().chain(&self.others).copied().collect();
        if known.is_empty() { "none".to_owned() } else { format!("*{}", self.random.pick(&known)) }
    }

    fn mapping(&mut self, depth: usize) -> String {
        format!("{{{}}}", self.pairs(depth + 1, 4).join(", "))
    }

    /// Entries with different keys, merge keys among them.
    fn pairs(&mut self, depth: usize, most: usize) -> Vec<String> {
        let mut keys = vec!["p", "q", "r", "s", "t", "\"<<\""];
        let mut pairs = Vec::new();
        for _ in 0..self.random.below(most + 1) {
            if self.random.below(3) == 0 {
                pairs.push(format!("<<: {}", self.merged(depth)));
            } else {
                let key = keys.remove(self.random.below(keys.len()));
                pairs.push(format!("{key}: {}", self.anchored(depth)));
            }
        }
        pairs
    }

    /// What may stand behind a merge key.
    fn merged(&mut self, depth: usize) -> String {
        let source = |this: &mut Self| match this.random.below(3) {
            0 if depth < 4 => this.mapping(depth),
            _ if this.mappings.is_empty() => "{p: 1}".to_owned(),
            _ => {
                let known = this.mappings.clone();
                format!("*{}", this.random.pick(&known))
            }
        };
        if self.random.below(3) > 0 {
            return source(self);
        }
        let sources: Vec<_> = (0..1 + self.random.below(3)).map(|_| source(self)).collect();
        format!("[{}]", sources.join(", "))
    }
}

/// The text with a few pieces removed, doubled, swapped or put in.
pub(crate) fn mutate(random: &mut Random, text: &str) -> String {
    const PIECES: &[&str] = &[
        " ", "  ", "\n", ":", ": ", "- ", "#", " # ", "'", "\"", "{", "}", "[", "]", ",", "&a ", "*a", "!!str ", "|",
        ">", "?", "? ", "~", "0", "_", "<<: ", "\\", "...\n", "---\n", "é", "%",
    ];
    let mut characters: Vec<char> = text.chars().collect();
    for _ in 0..1 + random.below(3) {
        let at = random.below(characters.len() + 1);
        match random.below(4) {
            0 if at < characters.len() => drop(characters.remove(at)),
            1 => {
                let end = (at + random.below(12)).min(characters.len());
                characters.drain(at..end);
            }
            2 => {
                let end = (at + random.below(30)).min(characters.len());
                let copy: Vec<char> = characters[at..end].to_vec();
                let to = random.below(characters.len() + 1);
                characters.splice(to..to, copy);
            }
            _ => {
                let piece = random.pick(PIECES);
                characters.splice(at..at, piece.chars());
            }
        }
    }
    characters.into_iter().collect()
}
