//! The commands that the user's program has itself.

use std::process::ExitCode;

use crate::args::BuiltIn;
use crate::error::Error;
use crate::program;
use crate::project::Project;

/// Builds the program and hands it the command with everything that follows.
pub(super) fn run(name: &str, args: &BuiltIn) -> Result<ExitCode, Error> {
    let project = Project::find(&args.select)?;
    let arguments: Vec<String> = std::iter::once(name.to_owned())
        .chain(args.rest.iter().cloned())
        .collect();
    program::pass_through(&project, &args.select, &arguments)
}
