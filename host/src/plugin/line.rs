//! What somebody else wrote, as a part of a line.

/// Characters that a reader of a log has patience for.
const LONGEST: usize = 600;

/// The text in one line, without control characters, and cut off where it goes on for pages.
pub(super) fn one_line(text: &str) -> String {
    let mut line = String::new();
    for word in text.split_whitespace() {
        if !line.is_empty() {
            line.push(' ');
        }
        line.extend(word.chars().filter(|letter| !letter.is_control()).take(LONGEST + 1));
        if let Some((end, _)) = line.char_indices().nth(LONGEST) {
            line.truncate(end);
            line.push_str(&format!("… ({} bytes)", text.len()));
            break;
        }
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_becomes_a_line() {
        assert_eq!(one_line(" left: 1\n\tright:\u{1b}[31m 2 "), "left: 1 right:[31m 2");
        assert_eq!(one_line(&"é".repeat(600)), "é".repeat(600));
        assert_eq!(one_line(&"é".repeat(601)), format!("{}… (1202 bytes)", "é".repeat(600)));
        assert_eq!(one_line(&"a ".repeat(1 << 20)).len(), 600 + "… (2097152 bytes)".len());
    }
}
