//! The JSON of each command has the fields that the reference documents, and no others.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::shell::Shop;
use crate::spawned::Served;

const REFERENCE: &str = include_str!("../../../docs/durable-command.md");

/// Returns the fields that a section's table names in its first column.
fn documented(title: &str) -> BTreeSet<String> {
    let section = REFERENCE
        .split(&format!("\n### {title}\n"))
        .nth(1)
        .expect("the section");
    let section = section.split("\n### ").next().unwrap();
    let rows = section.lines().filter(|line| line.starts_with("| `"));
    let columns = rows.filter_map(|row| row.split('|').nth(1));
    let names = columns.flat_map(|column| column.split('`').skip(1).step_by(2));
    names.map(str::to_owned).collect()
}

/// Returns the names in backticks of one row of a section's table, behind its colon.
fn documented_in(title: &str, field: &str) -> BTreeSet<String> {
    let section = REFERENCE
        .split(&format!("\n### {title}\n"))
        .nth(1)
        .expect("the section");
    let start = format!("| `{field}` |");
    let row = section
        .lines()
        .find(|line| line.starts_with(&start))
        .expect("the row");
    row.split('`').skip(3).step_by(2).map(str::to_owned).collect()
}

fn fields(value: &Value) -> BTreeSet<String> {
    value.as_object().expect("an object").keys().cloned().collect()
}

fn json(shop: &Shop, arguments: &[&str]) -> Value {
    let ran = shop.durable(arguments);
    serde_json::from_str(&ran.out)
        .unwrap_or_else(|error| panic!("{arguments:?}: {error}: {}{}", ran.out, ran.err))
}

#[test]
fn the_documented_fields_are_those_that_are_printed() {
    let shop = Shop::new();
    let cases: [(&str, &[&str]); 8] = [
        ("`list --json`", &["list", "--json"]),
        ("`history --json`", &["history", "order-2", "--json"]),
        ("`tree --json`", &["tree", "parcel-1", "--json"]),
        ("`versions --json`", &["versions", "--json"]),
        ("`start --json`", &["start", "order", "--id", "new-1", "--json"]),
        ("`purge --json`", &["purge", "order-1", "--json"]),
        (
            "`gate --json`",
            &[
                "gate",
                "--id",
                "r",
                "--orchestrator",
                "none",
                "--stabilize",
                "0s",
                "--json",
            ],
        ),
        ("`fences --json`", &["fences", "--json"]),
    ];
    for (title, arguments) in cases {
        let printed = json(&shop, arguments);
        assert_eq!(documented(title), fields(&printed), "{title}");
        assert_eq!(printed["schema"], 1, "{title}");
    }
    assert_eq!(
        fields(&json(&shop, &["show", "order-2", "--json"])),
        ["instance", "schema"].map(str::to_owned).into()
    );
}

#[test]
fn the_documented_fields_of_keys_and_servers_are_those_that_are_printed() {
    let shop = Shop::new();
    let keys = |arguments: &[&str]| {
        json(
            &shop,
            &[&["keys", "--keys", "keys.json"], arguments, &["--json"]].concat(),
        )
    };
    let added = keys(&["add", "ci", "--scope", "read"]);
    assert_eq!(documented("`keys add --json`"), fields(&added));
    assert_eq!(fields(&keys(&["rotate", "ci"])), fields(&added));
    let listed = keys(&["list"]);
    assert_eq!(documented("`keys list --json`"), fields(&listed));
    assert_eq!(
        documented_in("`keys list --json`", "keys"),
        fields(&listed["keys"][0])
    );
    let synced = keys(&["sync", "other.json"]);
    assert_eq!(documented("`keys sync --json`"), fields(&synced));
    assert_eq!(
        fields(&synced["changes"][0]),
        ["name", "change", "file"].map(str::to_owned).into()
    );
    let served = Served::start(&shop, &[], &[]);
    assert_eq!(documented("`serve --json`"), fields(&served.ready));
}

#[test]
fn the_documented_parts_are_those_that_are_printed() {
    let shop = Shop::new();
    let listed = json(&shop, &["list", "--all", "--json"]);
    let mut parts = BTreeSet::new();
    for instance in listed["instances"].as_array().unwrap() {
        assert_eq!(documented("An instance"), fields(instance));
        for part in ["parent", "failure", "blocked"] {
            if !instance[part].is_null() {
                let mut documented = documented_in("An instance", part);
                assert_eq!(std::mem::take(&mut documented), fields(&instance[part]), "{part}");
                parts.insert(part);
            }
        }
    }
    assert_eq!(parts.len(), 3, "each was seen: {parts:?}");
    for item in json(&shop, &["history", "order-2", "--json"])["timeline"]
        .as_array()
        .unwrap()
    {
        assert_eq!(documented("An item of a timeline"), fields(item));
    }
    let tree = json(&shop, &["tree", "parcel-1", "--json"]);
    assert_eq!(documented_in("`tree --json`", "tree"), fields(&tree["tree"]));
    assert_eq!(tree["tree"]["children"].as_array().unwrap().len(), 2);
    let versions = json(&shop, &["versions", "--json"]);
    assert_eq!(
        documented_in("`versions --json`", "versions"),
        fields(&versions["versions"][0])
    );
}

#[test]
fn values_are_what_was_stored() {
    let shop = Shop::new();
    let failed = json(&shop, &["show", "order-3", "--json"]);
    let failed = &failed["instance"];
    assert_eq!(
        (failed["status"].as_str(), failed["input"].as_u64()),
        (Some("Failed"), Some(13))
    );
    assert_eq!(failed["failure"]["message"], "the bank is down\u{1b}[2J");
    assert_eq!(
        (failed["tags"]["shop"].as_str(), failed["output"].is_null()),
        (Some("north"), true)
    );
    let retried = json(&shop, &["history", "order-2", "--json"]);
    let timeline = retried["timeline"].as_array().unwrap();
    let attempts: Vec<_> = timeline
        .iter()
        .filter_map(|item| item["attempt"].as_u64())
        .collect();
    assert_eq!(attempts, [1, 2, 3]);
    assert_eq!(retried["events"].as_array().unwrap().len(), 30);
    let watched = shop.durable(&["watch", "order-1", "--json"]).out;
    assert_eq!(watched.lines().count(), 1, "a line for each change");
    let watched: Value = serde_json::from_str(&watched).unwrap();
    assert_eq!(
        (watched["schema"].as_u64(), watched["output"].as_str()),
        (Some(1), Some("r-500"))
    );
}
