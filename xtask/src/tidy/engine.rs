//! The engine is pure: no worker, no client, no runtime, no clock, and of the hub only its messages.

use crate::finding::Finding;
use crate::rust::{self, UsedPath};
use crate::tree::{File, Tree};

pub(super) const RULE: &str = "engine";

const PURE: [&str; 3] = ["replay", "history", "orchestration"];

/// What replay may use of the hub: what it is given, and what it gives back.
const MESSAGES: [&str; 2] = ["Message", "MessageReceipt"];

pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for module in PURE {
        for file in tree.rust().filter(|file| is_in(file, module)) {
            let code = rust::code_of(&file.text);
            let paths = rust::used_paths(rust::before_tests(&code));
            let refused = paths
                .iter()
                .filter_map(|path| Some((path, refusal(path, module)?)));
            findings.extend(refused.map(|(path, why)| {
                let text = format!("`{module}` uses `{}`: {why}", path.parts.join("::"));
                Finding::new(RULE, &file.path, path.line, text)
            }));
        }
    }
    findings
}

/// Returns whether a file is of a module of the core, and not of its tests.
fn is_in(file: &File, module: &str) -> bool {
    let Some(path) = file.path.strip_prefix("durable-core/src/") else {
        return false;
    };
    let tests = path.ends_with("/tests.rs") || path.contains("/tests/");
    !tests && (path == format!("{module}.rs") || path.starts_with(&format!("{module}/")))
}

fn refusal(path: &UsedPath, module: &str) -> Option<&'static str> {
    let supers = path.parts.iter().take_while(|part| *part == "super").count();
    let local = if path.starts_with(&["crate"]) { 1 } else { supers };
    let first = (local > 0)
        .then(|| path.parts.get(local))
        .flatten()
        .map_or("", String::as_str);
    match first {
        "worker" | "client" => return Some("the engine knows neither worker nor client"),
        "hub" if module == "replay" => {
            let used = path.parts.get(local + 1).map_or("", String::as_str);
            if !MESSAGES.contains(&used) {
                return Some("of the hub, replay knows only `Message` and `MessageReceipt`");
            }
        }
        _ => {}
    }
    if path.starts_with(&["tokio"]) {
        return Some("the engine runs without tokio");
    }
    (path.has("SystemTime") || path.has("Instant")).then_some("time comes from the history")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::assert_findings;

    #[test]
    fn impure_imports_are_found() {
        let tree = Tree::of(&[
            (
                "durable-core/src/replay/a.rs",
                "use crate::hub::{Message, TaskHub};\nuse std::time::{Duration, Instant};\n",
            ),
            ("durable-core/src/history.rs", "use crate::client::Client;\n"),
            (
                "durable-core/src/orchestration/b.rs",
                "fn f() {\n    tokio::spawn(g);\n    super::super::worker::h();\n}\n",
            ),
        ]);
        assert_findings(
            &check(&tree),
            &[
                "durable-core/src/replay/a.rs:1: engine: `replay` uses `crate::hub::TaskHub`: \
                 of the hub, replay knows only `Message` and `MessageReceipt`",
                "durable-core/src/replay/a.rs:2: engine: `replay` uses `std::time::Instant`: time comes from the history",
                "durable-core/src/history.rs:1: engine: `history` uses `crate::client::Client`: \
                 the engine knows neither worker nor client",
                "durable-core/src/orchestration/b.rs:2: engine: `orchestration` uses `tokio::spawn`: \
                 the engine runs without tokio",
                "durable-core/src/orchestration/b.rs:3: engine: `orchestration` uses `super::super::worker::h`: \
                 the engine knows neither worker nor client",
            ],
        );
    }

    #[test]
    fn messages_comments_tests_and_other_modules_are_free() {
        let tree = Tree::of(&[
            (
                "durable-core/src/replay/a.rs",
                "//! Not tokio::spawn.\nuse crate::hub::{Message, MessageReceipt};\n",
            ),
            (
                "durable-core/src/replay/b.rs",
                "#[cfg(test)]\nmod tests {\n    use tokio::spawn;\n}\n",
            ),
            ("durable-core/src/replay/tests/c.rs", "use tokio::spawn;\n"),
            ("durable-core/src/worker/d.rs", "use tokio::spawn;\n"),
        ]);
        assert_findings(&check(&tree), &[]);
    }
}
