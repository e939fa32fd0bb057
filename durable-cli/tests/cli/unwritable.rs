//! The commands that write, where nothing can be written: what they say, and that nothing is lost.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::project::Project;

/// Returns every file of a package, with its bytes.
fn files(shop: &Project) -> BTreeMap<PathBuf, Vec<u8>> {
    fn collect(dir: &Path, found: &mut BTreeMap<PathBuf, Vec<u8>>) {
        for entry in std::fs::read_dir(dir).expect("there") {
            let path = entry.expect("there").path();
            if path.ends_with(".git") {
                continue;
            }
            if path.is_dir() {
                collect(&path, found);
            } else {
                found.insert(path.clone(), std::fs::read(&path).expect("there"));
            }
        }
    }
    let mut found = BTreeMap::new();
    collect(&shop.path("."), &mut found);
    found
}

/// Runs a command that cannot write, then the same with room for it.
fn fails_without_room(shop: &Project, arguments: &[&str], file: &str) {
    // Builds what is asked, and says what it would do.
    let ran = shop.durable(&[arguments, &["--dry-run"]].concat());
    assert_eq!(ran.code, 0, "{}", ran.err);
    let before = files(shop);
    let ran = shop.durable_without_room(arguments);
    assert_eq!(ran.code, 3, "{}{}", ran.out, ran.err);
    let says = format!("error: cannot write {file}: File too large (os error 27)\n");
    assert!(ran.err.contains(&says), "{}", ran.err);
    assert!(ran.err.contains("nothing was changed"), "{}", ran.err);
    // As they were, and nothing beside them.
    assert_eq!(files(shop), before);

    let path = shop.path(file);
    let rights = path.metadata().ok().map(|metadata| metadata.permissions());
    if let Some(rights) = rights {
        let mut closed = rights.clone();
        closed.set_readonly(true);
        std::fs::set_permissions(&path, closed).expect("set");
        let ran = shop.durable(arguments);
        assert_eq!(ran.code, 3, "{}{}", ran.out, ran.err);
        let says = format!("error: cannot write {file}: it is read-only\n");
        assert!(ran.err.contains(&says), "{}", ran.err);
        assert_eq!(files(shop), before);
        std::fs::set_permissions(&path, rights).expect("set");
    }

    let ran = shop.durable(arguments);
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    assert_ne!(files(shop), before);
}

#[test]
fn what_cannot_be_written_is_named_and_nothing_is_lost() {
    let shop = Project::with_sqlite(&[("src/main.rs", crate::walkthrough::program())]);
    let edit = |from: &str, to: &str| {
        let text = shop.read("src/main.rs");
        assert!(text.contains(from), "{text}");
        shop.write("src/main.rs", &text.replace(from, to));
    };
    fails_without_room(&shop, &["release"], "durable.lock");

    edit(
        "    ctx.event::<u64>",
        "    ctx.timer(minutes(10)).await;\n    ctx.event::<u64>",
    );
    fails_without_room(
        &shop,
        &["lock", "--accept", "checkout@1", "--reason", "only a test"],
        "durable.lock",
    );
    fails_without_room(&shop, &["freeze", "checkout", "--allow-dirty"], "src/main.rs");
    // An order on version 2, so that there is a hub.
    let ran = shop.cargo(&["run", "--quiet", "order"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    fails_without_room(&shop, &["prune", "checkout@1", "--yes"], "durable.lock");
}
