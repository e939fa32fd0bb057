//! A report as a text for people.

use std::fmt::{self, Write as _};

use super::report::{Finding, FindingKind, Report};

/// How many findings are shown in full.
const SHOWN_MAX: usize = 20;

pub(super) fn write(f: &mut fmt::Formatter<'_>, report: &Report) -> fmt::Result {
    for (label, findings) in [("error", &report.findings), ("warning", &report.warnings)] {
        for finding in findings.iter().take(SHOWN_MAX) {
            write_finding(f, label, finding)?;
        }
        let left = findings.len().saturating_sub(SHOWN_MAX);
        if left > 0 {
            writeln!(f, "{label}: {left} more; `--json` has all of them\n")?;
        }
    }
    write_summary(f, report)
}

fn write_finding(f: &mut fmt::Formatter<'_>, label: &str, finding: &Finding) -> fmt::Result {
    let one = finding.instances == 1;
    write!(f, "{label}: {}", count(finding.instances))?;
    if let Some(name) = &finding.orchestrator {
        write!(f, " of {name}")?;
        if let Some(version) = &finding.version {
            write!(f, "@{version}")?;
        }
    }
    write!(f, " {}", finding.kind.verb(one))?;
    if let Some(place) = &finding.place {
        write!(f, ", at {place}")?;
    }
    f.write_char('\n')?;
    let first = &finding.first;
    match (&first.instance, &first.file) {
        (Some(instance), _) => write!(f, "  instance `{instance}`")?,
        (None, Some(file)) => write!(f, "  file `{file}`")?,
        (None, None) => write!(f, "  an instance")?,
    }
    if let Some(step) = first.step {
        write!(f, ", step {step} of its history")?;
    }
    f.write_char('\n')?;
    match (&first.recorded, &first.attempted) {
        (Some(recorded), Some(attempted)) => {
            writeln!(f, "    recorded:  {recorded}\n    attempted: {attempted}")?;
        }
        _ => writeln!(f, "    {}", first.message.replace('\n', "\n    "))?,
    }
    if !finding.more.is_empty() {
        let more: Vec<&str> = finding.more.iter().map(crate::InstanceId::as_str).collect();
        let rest = finding.instances - 1 - u64::try_from(more.len()).unwrap_or(0);
        write!(f, "  the same: {}", more.join(", "))?;
        if rest > 0 {
            write!(f, " and {rest} more")?;
        }
        f.write_char('\n')?;
    }
    if finding.blocked_already > 0 {
        writeln!(f, "  blocked already: {}", finding.blocked_already)?;
    }
    for next in &finding.next {
        writeln!(f, "  next: {next}")?;
    }
    f.write_char('\n')
}

fn write_summary(f: &mut fmt::Formatter<'_>, report: &Report) -> fmt::Result {
    write!(f, "{} checked: {} ok", count(report.checked), report.ok)?;
    if report.warned > 0 {
        write!(f, " ({} with a warning)", report.warned)?;
    }
    let mut kinds: Vec<FindingKind> = report.findings.iter().map(|finding| finding.kind).collect();
    kinds.sort();
    kinds.dedup();
    for kind in kinds {
        let of_kind = report.findings.iter().filter(|finding| finding.kind == kind);
        let number: u64 = of_kind.map(|finding| finding.instances).sum();
        write!(f, ", {number} {}", kind.verb(number == 1))?;
    }
    if report.ignored > 0 {
        write!(f, "; {} of unknown orchestrators left out", report.ignored)?;
    }
    if report.moved_on > 0 {
        write!(f, "; {} ended or went on meanwhile", report.moved_on)?;
    }
    Ok(())
}

fn count(number: u64) -> String {
    match number {
        1 => "1 instance".to_owned(),
        number => format!("{number} instances"),
    }
}
