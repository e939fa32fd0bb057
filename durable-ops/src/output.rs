//! Printing: results to the standard output, everything else to the standard error. Both drop colours where nobody sees
//! them, or where `NO_COLOR` is set.

use std::fmt::Display;
use std::io::{ErrorKind, IsTerminal as _, Write as _};

use serde_json::Value;

use crate::error::Error;

/// Prints a part of the result.
///
/// # Errors
///
/// If it cannot be written. A closed pipe is how `head` ends a listing: no error of ours.
pub(crate) fn say(text: impl Display) -> Result<(), Error> {
    let mut stdout = anstream::stdout().lock();
    let written = writeln!(stdout, "{text}").and_then(|()| stdout.flush());
    match written {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(Error::failed(
            format!("the result could not be written: {error}"),
            "check where the standard output goes",
        )),
        Ok(()) | Err(_) => Ok(()),
    }
}

/// Prints the result for programs.
pub(crate) fn say_json(value: &Value) -> Result<(), Error> {
    say(format_args!("{value:#}"))
}

/// Prints what the user should know besides the result.
pub(crate) fn note(text: impl Display) {
    let _ = writeln!(anstream::stderr(), "{text}");
}

/// Prints an error, and what to do about it.
pub(crate) fn error(error: &Error) {
    let problem = crate::clean::lines(&error.to_string());
    let help = error.help().replace('\n', "\n        ");
    let _ = writeln!(
        anstream::stderr(),
        "\x1b[1;31merror\x1b[0m: {problem}\n  \x1b[1;36mhelp\x1b[0m: {help}"
    );
}

/// Returns whether a person sees the standard error, on a terminal that can redraw a line.
pub(crate) fn is_watched() -> bool {
    let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
    !dumb && std::io::stderr().is_terminal()
}
