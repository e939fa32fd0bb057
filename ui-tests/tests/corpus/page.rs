//! The corpus as a page for people.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::marker::Case;

/// A layer of checks: its folder in the corpus, what it is called, what there is to say about it.
pub(crate) struct Layer {
    pub(crate) folder: &'static str,
    title: &'static str,
    note: &'static str,
}

pub(crate) const LAYERS: [Layer; 5] = [
    Layer {
        folder: "check",
        title: "Error of `cargo check`",
        note: "Without any setting, and in the editor already.",
    },
    Layer {
        folder: "warn",
        title: "Warning of `cargo check`",
        note: "It may be right; `#[allow_nondeterminism(reason = \"..\")]` says that it is.",
    },
    Layer {
        folder: "lint",
        title: "Error of `cargo durable lint`",
        note: "The name that is written says nothing; clippy knows what it stands for.",
    },
    Layer {
        folder: "run",
        title: "Caught at run time",
        note: "In the turn that does it, as [above](README.md#caught-at-run-time): the instance is blocked, nothing is \
               recorded.",
    },
    Layer {
        folder: "missed",
        title: "Not caught",
        note: "Each with the reason. `replay-check` before a deployment finds some of it.",
    },
];

/// Where the summary stands in the list of the rules.
const BEGIN: &str = "<!-- corpus: begin -->\n";
const END: &str = "<!-- corpus: end -->\n";

/// Writes the page.
pub(crate) fn render(cases: &[Case]) -> String {
    let mut text = String::from(
        "# What is caught, and by which layer\n\n\
         Every line is an orchestrator or a helper in `ui-tests/corpus`, and a test compares what is reported of it with\n\
         what is said here. The correct ones, of which nothing may be reported, are in `ui-tests/tests/natural`.\n",
    );
    for layer in &LAYERS {
        let cases: Vec<&Case> = cases.iter().filter(|case| case.layer == layer.folder).collect();
        let _ = write!(
            text,
            "\n## {} ({})\n\n{}\n\n| what | by |\n|---|---|\n",
            layer.title,
            cases.len(),
            layer.note
        );
        for case in cases {
            let rules: Vec<String> = case.rules().iter().map(|rule| linked(rule)).collect();
            let by = if rules.is_empty() {
                "–".to_owned()
            } else {
                rules.join(", ")
            };
            let _ = writeln!(text, "| {} | {by} |", case.about);
        }
    }
    text
}

/// Puts the summary, rules by layers, into the list of the rules.
pub(crate) fn summarised(readme: &str, cases: &[Case]) -> Option<String> {
    let (before, rest) = readme.split_once(BEGIN)?;
    let (_, after) = rest.split_once(END)?;
    Some(format!("{before}{BEGIN}\n{}\n{END}{after}", summary(cases)))
}

fn summary(cases: &[Case]) -> String {
    let mut counts: BTreeMap<String, [usize; LAYERS.len()]> = BTreeMap::new();
    let mut totals = [0; LAYERS.len()];
    for case in cases {
        let Some(at) = LAYERS.iter().position(|layer| layer.folder == case.layer) else {
            continue;
        };
        totals[at] += 1;
        for rule in case.rules() {
            counts.entry(rule).or_default()[at] += 1;
        }
    }
    let titles: Vec<&str> = LAYERS.iter().map(|layer| layer.title).collect();
    let mut text = format!(
        "| by | {} |\n|---|{}\n",
        titles.join(" | "),
        "--:|".repeat(titles.len())
    );
    for (rule, counts) in &counts {
        let _ = writeln!(text, "| {} | {} |", linked(rule), cells(counts));
    }
    let _ = writeln!(text, "| **cases** | {} |", cells(&totals));
    text
}

fn cells(counts: &[usize]) -> String {
    let cells: Vec<String> = counts
        .iter()
        .map(|count| {
            if *count == 0 {
                String::new()
            } else {
                count.to_string()
            }
        })
        .collect();
    cells.join(" | ")
}

/// A rule has a page, a reason at run time has none.
fn linked(rule: &str) -> String {
    if rule.starts_with('D') {
        format!("[{rule}]({rule}.md)")
    } else {
        format!("`{rule}`")
    }
}
