//! The codec of stored frames is named in one module, and pinned.

use crate::finding::Finding;
use crate::rust;
use crate::tree::{File, Tree};

pub(super) const RULE: &str = "codec";

const CODEC: &str = "bincode";
const PIN: &str = "\"=2.0.1\"";
const OWNER: &str = "durable-sqlite/Cargo.toml";

pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in tree.rust().filter(|file| !is_frame_module(file)) {
        let code = rust::code_of(&file.text);
        let named = rust::identifiers(&code).filter(|(_, word)| *word == CODEC);
        findings.extend(named.map(|(line, _)| {
            Finding::new(
                RULE,
                &file.path,
                line,
                format!("{CODEC} is named outside durable-sqlite/src/frame"),
            )
        }));
    }
    for file in tree.files.iter().filter(|file| file.path.ends_with("Cargo.toml")) {
        findings.extend(
            file.lines()
                .filter_map(|(line, text)| Some((line, refusal(file, text)?)))
                .map(|(line, text)| Finding::new(RULE, &file.path, line, text)),
        );
    }
    findings
}

fn is_frame_module(file: &File) -> bool {
    file.path == "durable-sqlite/src/frame.rs" || file.path.starts_with("durable-sqlite/src/frame/")
}

fn refusal(file: &File, line: &str) -> Option<String> {
    if !line.starts_with(CODEC) {
        return None;
    }
    match file.path.as_str() {
        "Cargo.toml" => (!line.contains(PIN)).then(|| format!("{CODEC} must be pinned to {PIN}")),
        OWNER => (!line.contains("workspace")).then(|| format!("{CODEC} takes its pin from the workspace")),
        _ => Some(format!("only durable-sqlite depends on {CODEC}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::assert_findings;

    #[test]
    fn other_modules_manifests_and_versions_are_found() {
        let tree = Tree::of(&[
            ("durable-sqlite/src/turn.rs", "\nuse bincode::Encode;\n"),
            ("Cargo.toml", "bincode = \"2\"\n"),
            ("durable-sqlite/Cargo.toml", "bincode = \"=2.0.1\"\n"),
            ("bench/Cargo.toml", "bincode.workspace = true\n"),
        ]);
        assert_findings(
            &check(&tree),
            &[
                "durable-sqlite/src/turn.rs:2: codec: bincode is named outside durable-sqlite/src/frame",
                "Cargo.toml:1: codec: bincode must be pinned to \"=2.0.1\"",
                "durable-sqlite/Cargo.toml:1: codec: bincode takes its pin from the workspace",
                "bench/Cargo.toml:1: codec: only durable-sqlite depends on bincode",
            ],
        );
    }

    #[test]
    fn the_frame_module_comments_and_the_pin_are_free() {
        let tree = Tree::of(&[
            ("durable-sqlite/src/frame.rs", "use bincode::Encode;\n"),
            ("durable-sqlite/src/frame/wire.rs", "use bincode::Encode;\n"),
            ("durable-sqlite/src/turn.rs", "// Not bincode.\n"),
            (
                "Cargo.toml",
                "# bincode 3 is a tombstone.\nbincode = { version = \"=2.0.1\" }\n",
            ),
            ("durable-sqlite/Cargo.toml", "bincode.workspace = true\n"),
        ]);
        assert_findings(&check(&tree), &[]);
    }
}
