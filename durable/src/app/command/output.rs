//! What the built-in commands print.

use std::io::{ErrorKind, IsTerminal as _, Write as _, stdout};

use super::exit::Failed;

/// Prints a text on standard output.
///
/// # Errors
///
/// If it cannot be written; a closed pipe is how `head` ends a listing, and no error.
pub(super) fn say(text: &str) -> Result<(), Failed> {
    let mut stdout = stdout();
    let written = writeln!(stdout, "{}", text.trim_end()).and_then(|()| stdout.flush());
    match written {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(error.into()),
        Ok(()) | Err(_) => Ok(()),
    }
}

/// Prints a text whose lines may begin with `error:` or `warning:`, in colours if a person reads it.
pub(super) fn say_findings(text: &str) -> Result<(), Failed> {
    let wanted = std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
    if wanted && stdout().is_terminal() {
        say(&coloured(text))
    } else {
        say(text)
    }
}

fn coloured(text: &str) -> String {
    let line = |line: &str| match line.split_once(": ") {
        Some(("error", rest)) => format!("\x1b[1;31merror\x1b[0m: {rest}"),
        Some(("warning", rest)) => format!("\x1b[1;33mwarning\x1b[0m: {rest}"),
        _ => line.to_owned(),
    };
    let lines: Vec<String> = text.lines().map(line).collect();
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    #[test]
    fn only_labels_are_coloured() {
        assert_eq!(
            super::coloured("error: a\n  error: b\nwarning: c: d"),
            "\x1b[1;31merror\x1b[0m: a\n  error: b\n\x1b[1;33mwarning\x1b[0m: c: d"
        );
    }
}
