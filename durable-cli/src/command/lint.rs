//! `cargo durable lint`: clippy, which knows what names mean, with the shipped list, on orchestrators only.

mod finding;
mod rules;
mod scope;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use cargo_metadata::Message;
use toml::Table;

use crate::args::Lint;
use crate::error::{Error, Exit};
use crate::project::Project;
use crate::sources::Sources;
use crate::{output, program};
use finding::Finding;
use rules::Rule;
use scope::Scope;

/// Lints whose findings are ours; everywhere but in orchestrators they are switched off.
const LINTS: [&str; 4] = [
    "clippy::disallowed_macros",
    "clippy::disallowed_methods",
    "clippy::disallowed_types",
    "clippy::iter_over_hash_type",
];

/// What clippy said.
#[derive(Debug, Default)]
struct Report {
    findings: Vec<Finding>,
    /// What did not compile.
    errors: Vec<String>,
    finished: bool,
}

pub(super) fn run(args: &Lint) -> Result<Exit, Error> {
    let project = Project::find(&args.select)?;
    let scope = Scope::of(&Sources::read(&project, None)?);
    let rules = rules::rules();
    // clippy's settings are no part of what cargo compares, so what is built with them has a folder of its own.
    let built = args
        .select
        .target_dir
        .clone()
        .unwrap_or_else(|| project.target_dir())
        .join("durable-lint");
    let configuration = configure(&project, &rules, &built)?;
    let report = clippy(&project, args, &built, &configuration, &scope)?;
    if !report.finished {
        report.errors.iter().for_each(output::note);
        return Err(Error::failed(
            format!("package `{}` does not compile", project.package().name),
            "mend the errors above first: names have a meaning only in code that compiles",
        ));
    }
    Ok(tell(&report.findings, &rules))
}

/// Writes the configuration where clippy looks for it, if it is another than last time.
fn configure(project: &Project, rules: &[Rule], built: &Path) -> Result<PathBuf, Error> {
    let own = match own_configuration(&project.dir()) {
        Some(path) => read_table(&path)?,
        None => Table::new(),
    };
    let (dir, text) = (built.join("configuration"), rules::configuration(rules, &own));
    let path = dir.join("clippy.toml");
    let failed = |source| Error::File {
        what: "write",
        path: path.clone(),
        source,
    };
    if fs::read_to_string(&path).ok().as_deref() != Some(text.as_str()) {
        fs::create_dir_all(&dir).map_err(failed)?;
        fs::write(&path, text).map_err(failed)?;
    }
    Ok(dir)
}

/// Finds the user's own configuration as clippy does: in the folder of the package or above it.
fn own_configuration(dir: &Path) -> Option<PathBuf> {
    let given = std::env::var_os("CLIPPY_CONF_DIR").map(PathBuf::from);
    let starts = given.unwrap_or_else(|| dir.to_path_buf());
    let candidates = starts
        .ancestors()
        .flat_map(|dir| [dir.join(".clippy.toml"), dir.join("clippy.toml")]);
    candidates.into_iter().find(|path| path.is_file())
}

fn read_table(path: &Path) -> Result<Table, Error> {
    let text = fs::read_to_string(path).map_err(|source| Error::File {
        what: "read",
        path: path.to_path_buf(),
        source,
    })?;
    toml::from_str(&text).map_err(|error| {
        Error::failed(
            format!("{} is not valid: {}", path.display(), error.message()),
            "mend it: it is your own configuration of clippy",
        )
    })
}

fn clippy(project: &Project, args: &Lint, built: &Path, conf: &Path, scope: &Scope) -> Result<Report, Error> {
    let mut command = program::cargo();
    command.args([
        "clippy",
        "--quiet",
        "--message-format=json-diagnostic-rendered-ansi",
    ]);
    program::select(&mut command, project, &args.select, Some(built));
    if args.all_targets {
        command.arg("--all-targets");
    }
    if let Some(bin) = &args.select.bin {
        command.args(["--bin", bin]);
    }
    // At most warnings, so that findings in a library do not keep the program from being looked at.
    command.arg("--").args(["--cap-lints", "warn"]);
    command.args(LINTS.iter().flat_map(|lint| ["-A", lint]));
    command
        .env("CLIPPY_CONF_DIR", conf)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let answer = command.output().map_err(|error| {
        Error::failed(
            format!("clippy does not start: {error}"),
            "install it: `rustup component add clippy`",
        )
    })?;
    let mut report = Report {
        finished: answer.status.success(),
        ..Report::default()
    };
    for message in Message::parse_stream(answer.stdout.as_slice()).flatten() {
        if let Message::CompilerMessage(message) = message {
            sort(&message.message, project, scope, &mut report);
        }
    }
    if !report.finished && report.errors.is_empty() {
        report
            .errors
            .push(String::from_utf8_lossy(&answer.stderr).trim().to_owned());
    }
    Ok(report)
}

/// Keeps what is ours, and what keeps the package from compiling.
fn sort(
    message: &cargo_metadata::diagnostic::Diagnostic,
    project: &Project,
    scope: &Scope,
    report: &mut Report,
) {
    use cargo_metadata::diagnostic::DiagnosticLevel;
    let code = message.code.as_ref().map(|code| code.code.as_str());
    if code.is_some_and(|code| LINTS.contains(&code)) {
        let finding = Finding::of(message).filter(|_| scope.covers(message, project));
        // The same code may be part of a library and of a program.
        report
            .findings
            .extend(finding.filter(|finding| !report.findings.contains(finding)));
    } else if message.level == DiagnosticLevel::Error {
        report
            .errors
            .extend(message.rendered.as_ref().map(|text| text.trim_end().to_owned()));
    }
}

fn tell(findings: &[Finding], rules: &[Rule]) -> Exit {
    if findings.is_empty() {
        output::note("no findings: orchestrators use nothing of the list");
        return Exit::Ok;
    }
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for finding in findings {
        output::result(format_args!("{}\n", finding.rendered));
        *counts.entry(&finding.rule).or_default() += 1;
    }
    for (id, count) in &counts {
        let about = rules
            .iter()
            .find(|rule| rule.id == *id)
            .map_or("", |rule| &rule.about);
        output::result(format_args!("{count:>4} × {id}, {about}: docs/lints/{id}.md"));
    }
    let plural = if findings.len() == 1 { "" } else { "s" };
    output::note(format_args!(
        "{} finding{plural}: this code would not replay. Write what the notes say, or move it into an activity.",
        findings.len()
    ));
    Exit::Findings
}
