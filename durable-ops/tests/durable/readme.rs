//! What README and reference show of the commands is what they print.

use crate::console;

const README: &str = include_str!("../../../README.md");
const REFERENCE: &str = include_str!("../../../docs/durable-command.md");

#[test]
fn the_readme_shows_what_the_commands_print() {
    let section = README.split("## Operate it\n").nth(1).expect("the section");
    let section = section.split("\n## ").next().unwrap();
    assert!(section.contains("```console"), "it has commands");
    let differences = console::differences(section);
    assert!(differences.is_empty(), "{differences}");
}

#[test]
fn the_reference_shows_what_the_commands_print() {
    assert!(REFERENCE.matches("```console").count() > 6, "it has commands");
    let differences = console::differences(REFERENCE);
    assert!(differences.is_empty(), "{differences}");
}
