//! The pages of the rules list what the rules know by name.
//!
//! `PAGES=overwrite cargo test -p durable-macros pages` writes the lists anew.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use crate::lint::macros::{MACROS, MacroKind};
use crate::lint::table::{BARE, METHODS, PATHS, SHARED_METHODS};
use crate::lint::{Topic, crates};

const BEGIN: &str = "<!-- names: begin -->\n";
const END: &str = "<!-- names: end -->\n";

/// What a rule knows, by the kind of name.
type Names = BTreeMap<&'static str, Vec<String>>;

/// Returns what each rule knows by name.
fn known() -> BTreeMap<&'static str, Names> {
    let mut rules: BTreeMap<&'static str, Names> = BTreeMap::new();
    let mut add = |topic: Topic, kind: &'static str, name: String| {
        let names = rules.entry(topic.rule()).or_default().entry(kind).or_default();
        if !names.contains(&name) {
            names.push(name);
        }
    };
    for (topic, patterns) in PATHS {
        for pattern in *patterns {
            add(*topic, "Functions", pattern.split_whitespace().collect());
        }
    }
    for (topic, names) in BARE {
        for name in *names {
            add(*topic, "Functions, also without their path", (*name).to_owned());
        }
    }
    for (topic, _, names) in METHODS {
        for name in *names {
            add(*topic, "Methods", (*name).to_owned());
        }
    }
    for name in SHARED_METHODS {
        add(
            Topic::SharedState,
            "Methods of a name in capitals",
            (*name).to_owned(),
        );
    }
    for name in crates::CRATES.iter().chain(crates::FAMILIES) {
        add(Topic::Io, "Crates", (*name).to_owned());
    }
    for (_, names, kind) in MACROS {
        for name in *names {
            match kind {
                MacroKind::Refused(topic) => add(*topic, "Macros", format!("{name}!")),
                MacroKind::Pure | MacroKind::Leaves | MacroKind::Formats => {
                    add(
                        Topic::UnknownMacro,
                        "Macros that are known and accepted",
                        format!("{name}!"),
                    );
                }
                MacroKind::Unknown => {}
            }
        }
    }
    rules
}

fn rendered(names: &Names) -> String {
    let mut text = String::new();
    for (kind, names) in names {
        let names: Vec<_> = names.iter().map(|name| format!("`{name}`")).collect();
        let _ = writeln!(text, "\n{kind}: {}.", names.join(", "));
    }
    text
}

fn page(rule: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../docs/lints/{rule}.md"))
}

#[test]
fn the_page_of_each_rule_lists_what_it_knows_by_name() {
    for (rule, names) in known() {
        let path = page(rule);
        let text = fs::read_to_string(&path).expect("every rule has a page");
        let (before, rest) = text.split_once(BEGIN).unwrap_or((&text, END));
        let (_, after) = rest.split_once(END).unwrap_or_default();
        let wanted = format!("{before}{BEGIN}{}\n{END}{after}", rendered(&names));
        if std::env::var("PAGES").is_ok_and(|value| value == "overwrite") {
            fs::write(&path, &wanted).expect("the page can be written");
            continue;
        }
        assert!(
            text == wanted,
            "{rule}.md does not list what the rule knows: run this test with PAGES=overwrite and read the difference"
        );
    }
}
