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

/// A document of anchors, aliases and merge keys; not always one that Go accepts.
pub(crate) fn anchors(random: &mut Random) -> String {
    let mut text = String::new();
    for entry in 0..2 + random.below(5) {
        let anchor = if random.below(2) == 0 { random.pick(&["&a ", "&b ", "&c "]) } else { "" };
        text.push_str(&format!("k{entry}: {anchor}{}\n", flow(random, 0)));
        if random.below(3) == 0 {
            text.push_str(&format!("m{entry}:\n"));
            for _ in 0..1 + random.below(4) {
                text.push_str(&format!("  {}\n", pair(random, 1)));
            }
        }
    }
    text
}

fn flow(random: &mut Random, depth: usize) -> String {
    match random.below(if depth > 3 { 5 } else { 9 }) {
        0 | 1 => random.pick(&["1", "yes", "text", "~", "0x1F", "\"<<\"", "1.50"]).to_owned(),
        2..=4 => random.pick(&["*a", "*b", "*c"]).to_owned(),
        5 => {
            let items: Vec<_> = (0..random.below(3)).map(|_| flow(random, depth + 1)).collect();
            format!("[{}]", items.join(", "))
        }
        _ => {
            let pairs: Vec<_> = (0..random.below(4)).map(|_| pair(random, depth + 1)).collect();
            format!("{{{}}}", pairs.join(", "))
        }
    }
}

fn pair(random: &mut Random, depth: usize) -> String {
    let key = random.pick(&["p", "q", "r", "s", "<<", "<<", "\"<<\"", "t"]);
    let anchor = random.pick(&["", "", "", "&a ", "&b "]);
    let value = flow(random, depth);
    if value.starts_with('*') { format!("{key}: {value}") } else { format!("{key}: {anchor}{value}") }
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
