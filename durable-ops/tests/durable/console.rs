//! The commands that a document shows: each is run, and must print what stands there.

use std::fmt::Write as _;

use crate::shell::Shop;

/// Runs the blocks of `console` of a text, each on a hub of its own, and returns what differs.
pub(crate) fn differences(text: &str) -> String {
    let blocks = text
        .split("```console\n")
        .skip(1)
        .map(|block| block.split("```").next().unwrap());
    let mut differences = String::new();
    for block in blocks {
        let shop = Shop::new();
        for part in format!("\n{block}").split("\n$ ").skip(1) {
            let (command, shown) = part.split_once('\n').unwrap_or((part, ""));
            let mut shell = shop.command("sh");
            let ran = shop.ran(
                &shell
                    .args(["-c", &format!("{{ {command}\n}} 2>&1")])
                    .output()
                    .unwrap(),
            );
            if !is_like(shown.trim_end(), ran.out.trim_end()) {
                let _ = writeln!(differences, "$ {command}\n{}", ran.out);
            }
        }
    }
    differences
}

/// Compares line by line; what ends with `…` may go on as it likes, and a whole line of it stands for any lines.
fn is_like(shown: &str, printed: &str) -> bool {
    let (shown, printed): (Vec<&str>, Vec<&str>) = (shown.lines().collect(), printed.lines().collect());
    lines_alike(&shown, &printed)
}

fn lines_alike(shown: &[&str], printed: &[&str]) -> bool {
    match shown.split_first() {
        None => printed.is_empty(),
        Some((&"…", rest)) => (0..=printed.len()).any(|at| lines_alike(rest, &printed[at..])),
        Some((line, rest)) => printed
            .split_first()
            .is_some_and(|(first, others)| line_alike(line, first) && lines_alike(rest, others)),
    }
}

fn line_alike(shown: &str, printed: &str) -> bool {
    let open = shown
        .strip_suffix('…')
        .is_some_and(|start| printed.starts_with(start));
    open || shown.trim_end() == printed.trim_end()
}

#[test]
fn what_is_left_out_stands_for_anything_and_nothing_else_does() {
    assert!(is_like("a\n…\nd", "a\nb\nc\nd"));
    assert!(is_like("until …", "until 12:00"));
    assert!(!is_like("a …", "b c"));
    assert!(!is_like("a\nd", "a\nb\nd"));
    assert!(!is_like("", "a"));
}
