//! The walkthrough of the README, as it stands there: its commands are run, and what it shows is what they print.

use std::fmt::Write as _;
use std::process::Command;

use crate::project::Project;

const README: &str = include_str!("../../../README.md");
const TITLE: &str = "## Edit a released version\n";

/// A block of the walkthrough: its language and its text.
struct Block<'a> {
    language: &'a str,
    text: &'a str,
}

#[test]
fn the_walkthrough_prints_what_the_readme_shows() {
    let shop = Project::with_sqlite(&[(".gitignore", "shop.db*\n")]);
    shop.git(&["init", "-q"]);
    let mut differences = String::new();
    for block in blocks() {
        match block.language {
            "rust,ignore" => shop.write("src/main.rs", block.text),
            "diff" => edit(&shop, block.text),
            "console" => differences += &run(&shop, block.text),
            other => panic!("the walkthrough has a block of `{other}`"),
        }
    }
    assert!(differences.is_empty(), "{differences}");
    assert!(!shop.read("durable.lock").contains("checkout 1"));
}

/// Returns the program of the walkthrough.
pub(crate) fn program() -> &'static str {
    blocks()[0].text
}

fn blocks() -> Vec<Block<'static>> {
    let section = README.split(TITLE).nth(1).expect("the section");
    let section = section.split("\n## ").next().expect("its text");
    let parts = section.split("```").skip(1).step_by(2);
    let blocks: Vec<Block<'static>> = parts
        .map(|part| {
            let (language, text) = part.split_once('\n').expect("a language");
            Block { language, text }
        })
        .collect();
    assert!(blocks.len() > 6, "the blocks are found");
    blocks
}

/// Applies a difference without line numbers to the program.
fn edit(shop: &Project, diff: &str) {
    let side = |gone: char| {
        let lines = diff.lines().filter(|line| !line.starts_with(gone));
        lines.fold(String::new(), |text, line| {
            text + line.get(1..).unwrap_or_default() + "\n"
        })
    };
    let (before, after) = (side('+'), side('-'));
    let program = shop.read("src/main.rs");
    assert!(program.contains(&before), "{before}");
    shop.write("src/main.rs", &program.replacen(&before, &after, 1));
}

/// Runs the commands of a block. Returns those that print something else than is shown.
fn run(shop: &Project, block: &str) -> String {
    let mut differences = String::new();
    let commands = format!("\n{block}");
    for part in commands.split("\n$ ").skip(1) {
        let (command, shown) = part.split_once('\n').unwrap_or((part, ""));
        let mut shell = Command::new("sh");
        shell.args(["-c", &format!("{command} 2>&1")]);
        let ran = shop.walk(shell);
        if !is_like(shown.trim_end(), ran.out.trim_end()) {
            let _ = writeln!(differences, "$ {command}\n{}", ran.out);
        }
    }
    differences
}

/// Compares what is shown with what was printed; `…` stands for any text within a line, and a line of it for any lines.
fn is_like(shown: &str, printed: &str) -> bool {
    let lines = |text: &str| {
        text.lines()
            .map(|line| line.trim_end().to_owned())
            .collect::<Vec<_>>()
    };
    lines_alike(&lines(shown), &lines(printed))
}

fn lines_alike(shown: &[String], printed: &[String]) -> bool {
    match shown.split_first() {
        None => printed.is_empty(),
        Some((line, rest)) if line == "…" => {
            (0..=printed.len()).any(|at| lines_alike(rest, &printed[at..]))
        }
        Some((line, rest)) => printed
            .split_first()
            .is_some_and(|(first, others)| line_alike(line, first) && lines_alike(rest, others)),
    }
}

fn line_alike(shown: &str, printed: &str) -> bool {
    match shown.split_once('…') {
        None => shown == printed,
        Some((start, end)) => {
            printed.len() >= start.len() + end.len() && printed.starts_with(start) && printed.ends_with(end)
        }
    }
}

#[test]
fn what_is_left_out_stands_for_anything_and_nothing_else_does() {
    assert!(is_like("a\n…\nd", "a\nb\nc\nd"));
    assert!(is_like("a\n…", "a"));
    assert!(is_like("at … in b", "at 12:00 in b"));
    assert!(!is_like("at … in b", "at 12:00 in c"));
    assert!(!is_like("a\nd", "a\nb\nd"));
    assert!(!is_like("", "a"));
}
