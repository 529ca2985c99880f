//! A page of the documentation.

use wildmatch::WildMatch;

use crate::workspace::Workspace;

/// Its blocks of code, in order.
#[derive(Debug)]
pub struct Page {
    /// The blocks.
    pub blocks: Vec<Block>,
}

/// What stands between two fences.
#[derive(Debug)]
pub struct Block {
    /// Page and line, for a message.
    pub place: String,
    /// The language.
    pub language: String,
    /// The code, or what a program said.
    pub text: String,
}

impl Page {
    /// Reads a page of docs/.
    pub fn read(name: &str) -> Self {
        let page = std::fs::read_to_string(Workspace::built().root.join("docs").join(name)).unwrap();
        let mut blocks: Vec<Block> = Vec::new();
        let mut is_open = false;
        for (number, line) in page.lines().enumerate() {
            if let Some(language) = line.strip_prefix("```") {
                is_open = !is_open;
                if is_open {
                    let place = format!("docs/{name}:{}", number + 1);
                    blocks.push(Block { place, language: language.to_owned(), text: String::new() });
                }
            } else if is_open && let Some(block) = blocks.last_mut() {
                block.text.push_str(line);
                block.text.push('\n');
            }
        }
        Self { blocks }
    }
}

impl Block {
    /// The first of its lines that is not among what was said. Numbers may be others, spaces more or fewer, and `…` is
    /// anything.
    pub fn missing<'a>(&self, said: impl Iterator<Item = &'a str>) -> Option<&str> {
        let said: Vec<String> = said.map(plain).collect();
        self.text.lines().filter(|line| !line.is_empty()).find(|line| {
            let wanted = WildMatch::new(&plain(line).replace('…', "*"));
            !said.iter().any(|line| wanted.matches(line))
        })
    }
}

/// Without what differs from run to run.
fn plain(line: &str) -> String {
    let words: Vec<String> = line.split_whitespace().map(without_numbers).collect();
    words.join(" ")
}

fn without_numbers(word: &str) -> String {
    let mut plain = String::new();
    let mut in_number = false;
    for letter in word.chars() {
        let continues = letter.is_ascii_digit() || (in_number && letter == '.');
        if !continues {
            plain.push(letter);
        } else if !in_number {
            plain.push('#');
        }
        in_number = continues;
    }
    plain
}
