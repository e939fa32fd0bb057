//! Printing: results to the standard output, everything else to the standard error.

use std::fmt;
use std::io::Write as _;

use serde::Serialize;

use crate::error::Error;

/// Prints a part of the result. A closed pipe is how `head` ends a listing: no error of ours.
pub(crate) fn result(text: impl fmt::Display) {
    let _ = writeln!(anstream::stdout(), "{text}");
}

/// Prints the result for programs.
pub(crate) fn json(report: &impl Serialize) -> Result<(), Error> {
    let text = serde_json::to_string_pretty(report).map_err(|error| {
        Error::failed(
            format!("the report could not be written: {error}"),
            "leave out `--json`",
        )
    })?;
    result(text);
    Ok(())
}

/// Prints what the user should know besides the result.
pub(crate) fn note(text: impl fmt::Display) {
    let _ = writeln!(anstream::stderr(), "{text}");
}

/// Prints an error, and what to do about it.
pub(crate) fn error(error: &Error) {
    let help = indented(error.help());
    let _ = writeln!(
        anstream::stderr(),
        "\x1b[1;31merror\x1b[0m: {error}\n\n  \x1b[1;36mhelp\x1b[0m: {help}"
    );
}

/// Prints what should be looked at, and what to do about it.
pub(crate) fn warning(text: &str, help: &str) {
    let _ = writeln!(
        anstream::stderr(),
        "\x1b[1;33mwarning\x1b[0m: {text}\n  \x1b[1;36mhelp\x1b[0m: {}",
        indented(help)
    );
}

/// Prints a finding as a part of the result: what, where, and what to do about it.
pub(crate) fn finding(text: &str, place: &str, next: &str) {
    result(format_args!(
        "\x1b[1;31merror\x1b[0m: {text}\n  --> {place}\n  \x1b[1;36mnext\x1b[0m: {next}"
    ));
}

fn indented(text: &str) -> String {
    text.replace('\n', "\n        ")
}
