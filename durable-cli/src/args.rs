//! The command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

/// Work with the versions of durable functions: change code while instances of it run.
#[derive(Debug, Parser)]
#[command(
    name = "cargo durable",
    bin_name = "cargo durable",
    version,
    max_term_width = 100,
    after_help = "Exit codes: 0 all is well, 1 something was found, 2 wrong usage, 3 it could not run.\n\
                  The built-in commands (versions, replay-check, export, import, manifest) exit as the program does."
)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Release(Release),
    Lock(Lock),
    Freeze(Freeze),
    Prune(Prune),
    Lint(Lint),
    Audit(Audit),
    /// Show which versions have instances, and which may be deleted (runs your program)
    Versions(BuiltIn),
    /// Replay the instances of a hub on the code of today (runs your program)
    #[command(name = "replay-check")]
    ReplayCheck(BuiltIn),
    /// Write the histories of a hub into files (runs your program)
    Export(BuiltIn),
    /// Bring the instances of an export into another hub (runs your program)
    Import(BuiltIn),
    /// List the durable functions of your program (runs your program)
    Manifest(BuiltIn),
}

/// Lock the versions that are not locked yet: from now on an edit of them does not compile
///
/// Your program is asked what it has; what it says of each version goes into the `durable.lock` of the package that the
/// function is in. `durable::lock!();` is added to each crate root that has durable functions and lacks it. Run it for
/// each deployment, and commit what it writes.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  cargo durable release --dry-run    show what would be locked
  cargo durable release              lock every version
  cargo durable release checkout     lock the versions of `checkout` only")]
pub(crate) struct Release {
    /// The functions to lock, by their wire names [default: all]
    #[arg(value_name = "NAME")]
    pub(crate) names: Vec<String>,
    /// Show the change and write nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    #[command(flatten)]
    pub(crate) select: Select,
}

/// Compare the code with `durable.lock`, or take responsibility for an edit
#[derive(Debug, Args)]
#[command(
    group = clap::ArgGroup::new("what").required(true),
    after_help = "Examples:
  cargo durable lock --check                 exits with 1 if the code is not what was released
  cargo durable lock --check --released      and if a current version is not released
  cargo durable lock --accept checkout@1 --reason \"never deployed\""
)]
#[expect(clippy::struct_excessive_bools, reason = "they are the flags of the command")]
pub(crate) struct Lock {
    /// Exit with 1 if a locked version differs, or is gone
    #[arg(long, group = "what")]
    pub(crate) check: bool,
    /// With --check: also if a current version is not locked
    #[arg(long, requires = "check")]
    pub(crate) released: bool,
    /// With --check: print the findings as JSON
    #[arg(long, requires = "check")]
    pub(crate) json: bool,
    /// Write this version down as it is now
    #[arg(long, group = "what", value_name = "NAME@VERSION", requires = "reason")]
    pub(crate) accept: Vec<String>,
    /// Why no running instance is harmed; it is kept in the file
    #[arg(long, value_name = "TEXT", requires = "accept")]
    pub(crate) reason: Option<String>,
    /// With --accept: show the change and write nothing
    #[arg(long, requires = "accept")]
    pub(crate) dry_run: bool,
    #[command(flatten)]
    pub(crate) select: Select,
}

/// Keep the current version of a function as it is, and open the next one for editing
///
/// The current version is copied and marked `superseded`: instances that started on it stay on it. What it calls by
/// plain names is pinned in the copy, so that later versions of those do not change it. The function that you edit
/// gets the next version number.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  cargo durable freeze checkout --dry-run         show what would change
  cargo durable freeze checkout                   version 1 is kept, version 2 is yours to edit
  cargo durable freeze checkout --version 2.1
  cargo durable freeze checkout --to-module old   the kept version moves to the module `old`")]
pub(crate) struct Freeze {
    /// The function, by its own name or its wire name
    pub(crate) function: String,
    /// The number of the version to open [default: the next one]
    #[arg(long, value_name = "N")]
    pub(crate) version: Option<String>,
    /// Put the kept version into this child module of the function's module; it is made if it is missing
    #[arg(long, value_name = "MODULE")]
    pub(crate) to_module: Option<String>,
    #[command(flatten)]
    pub(crate) edit: EditOptions,
    #[command(flatten)]
    pub(crate) select: Select,
}

/// Remove a version that no instance needs any more
///
/// Your program is asked whether the version is drained in the hub, and the sources are searched for code that still
/// names it. Only then its function is removed.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  cargo durable prune checkout@1 --dry-run            show what would be removed
  cargo durable prune checkout@1 --hub prod.db --yes  ask the hub in prod.db; remove without asking you")]
pub(crate) struct Prune {
    /// The version, as name@version
    #[arg(value_name = "NAME@VERSION")]
    pub(crate) which: String,
    /// The hub to ask, as the program's own `durable versions --hub` takes it [default: the program's hub]
    #[arg(long)]
    pub(crate) hub: Option<String>,
    /// Do not ask before the code is removed
    #[arg(long, short)]
    pub(crate) yes: bool,
    #[command(flatten)]
    pub(crate) edit: EditOptions,
    #[command(flatten)]
    pub(crate) select: Select,
}

/// Find code in orchestrators that would not replay, with clippy's knowledge of names and types
///
/// It sees what the macros cannot: renamed imports, globs, function references, and what your own macros expand to.
/// Nothing is added to your repository, and activities are left alone.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  cargo durable lint
  cargo durable lint -p shop --all-targets")]
pub(crate) struct Lint {
    /// Check tests, examples and benchmarks as well
    #[arg(long)]
    pub(crate) all_targets: bool,
    #[command(flatten)]
    pub(crate) select: Select,
}

/// List what the checks were told to overlook, and what they cannot see
///
/// Every `#[allow_nondeterminism]` with its reason, every `#[durable(opaque)]` field, every function that an
/// orchestrator calls and that is not `#[deterministic]`, every macro that cannot be checked. Functions are found by
/// their names, without the compiler: methods are not followed.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  cargo durable audit
  cargo durable audit --deny    fail if an orchestrator calls a function that is not #[deterministic]
  cargo durable audit --json")]
pub(crate) struct Audit {
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
    /// Exit with 1 if an orchestrator calls a function that is not `#[deterministic]`
    #[arg(long)]
    pub(crate) deny: bool,
    #[command(flatten)]
    pub(crate) select: Select,
}

/// Everything after the options of cargo goes to the program.
#[derive(Debug, Args)]
#[command(
    disable_help_flag = true,
    after_help = "Options of cargo come first, the command's own after them:
  cargo durable versions -p shop --bin server --json
  cargo durable versions --help     what the program itself says"
)]
pub(crate) struct BuiltIn {
    #[command(flatten)]
    pub(crate) select: Select,
    /// What the program's own command takes
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "ARGS")]
    pub(crate) rest: Vec<String>,
}

#[derive(Debug, Args)]
pub(crate) struct EditOptions {
    /// Show the change and write nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Edit although there are uncommitted changes
    #[arg(long)]
    pub(crate) allow_dirty: bool,
}

/// Which package and binary, in cargo's own words.
#[derive(Debug, Args, Default)]
#[command(next_help_heading = "Options of cargo")]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of cargo")]
pub(crate) struct Select {
    /// Path to Cargo.toml
    #[arg(long, value_name = "PATH")]
    pub(crate) manifest_path: Option<PathBuf>,
    /// The package to work on
    #[arg(long, short, value_name = "SPEC")]
    pub(crate) package: Option<String>,
    /// The binary to run
    #[arg(long, value_name = "NAME")]
    pub(crate) bin: Option<String>,
    /// Features to activate, separated by commas
    #[arg(long, short = 'F', value_name = "FEATURES")]
    pub(crate) features: Vec<String>,
    /// Activate all features
    #[arg(long)]
    pub(crate) all_features: bool,
    /// Do not activate the default feature
    #[arg(long)]
    pub(crate) no_default_features: bool,
    /// Build with optimisations
    #[arg(long, short)]
    pub(crate) release: bool,
    /// Build with this profile
    #[arg(long, value_name = "NAME")]
    pub(crate) profile: Option<String>,
    /// Build for this target
    #[arg(long, value_name = "TRIPLE")]
    pub(crate) target: Option<String>,
    /// Directory for what is built
    #[arg(long, value_name = "DIRECTORY")]
    pub(crate) target_dir: Option<PathBuf>,
    /// Require that Cargo.lock is up to date
    #[arg(long)]
    pub(crate) locked: bool,
    /// Do not use the network
    #[arg(long)]
    pub(crate) offline: bool,
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    #[test]
    fn the_command_line_contradicts_itself_nowhere() {
        Cli::command().debug_assert();
    }

    #[test]
    fn what_follows_a_built_in_command_is_the_programs() {
        let cli = Cli::parse_from([
            "cargo durable",
            "versions",
            "-p",
            "shop",
            "--json",
            "--hub",
            "a.db",
        ]);
        let Command::Versions(built_in) = cli.command else {
            panic!("not `versions`");
        };
        assert_eq!(built_in.select.package.as_deref(), Some("shop"));
        assert_eq!(built_in.rest, ["--json", "--hub", "a.db"]);
    }
}
