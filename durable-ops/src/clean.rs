//! What comes from a hub, made safe for a terminal: a message or a tag may hold control characters, and those move cursors.

use durable_core::Payload;

/// The most characters of a payload or message on one line, unless all of it is asked for.
pub(crate) const SHORT: usize = 60;

/// Writes control characters as escapes, line ends too.
pub(crate) fn line(text: &str) -> String {
    text.chars()
        .fold(String::with_capacity(text.len()), |mut clean, c| {
            if c.is_control() {
                clean.extend(c.escape_default());
            } else {
                clean.push(c);
            }
            clean
        })
}

/// Writes control characters as escapes, and leaves line ends.
pub(crate) fn lines(text: &str) -> String {
    let clean: Vec<String> = text.split('\n').map(line).collect();
    clean.join("\n")
}

/// Cuts a text that is longer than a line should be, unless all of it is wanted.
pub(crate) fn short(text: &str, full: bool) -> String {
    let clean = line(text);
    if full || clean.chars().count() <= SHORT {
        return clean;
    }
    let mut cut: String = clean.chars().take(SHORT - 1).collect();
    cut.push('…');
    cut
}

/// Returns a payload as one line.
pub(crate) fn payload(payload: &Payload, full: bool) -> String {
    match payload.as_json() {
        Some(json) => short(json, full),
        None => format!(
            "{} bytes in the encoding {:?}",
            payload.bytes().len(),
            payload.encoding()
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_moves_a_cursor_is_shown_instead() {
        assert_eq!(line("a\u{1b}[2Jb\n"), "a\\u{1b}[2Jb\\n");
        assert_eq!(lines("a\n\tb\u{7}"), "a\n\\tb\\u{7}");
    }

    #[test]
    fn long_texts_are_cut_at_a_character() {
        let long = "é".repeat(SHORT + 1);
        assert_eq!(short(&long, false).chars().count(), SHORT);
        assert_eq!(short(&long, true), long);
        assert_eq!(short(&"é".repeat(SHORT), false), "é".repeat(SHORT));
    }
}
