//! The file itself: missing, created, malformed, in a workspace, in a package that is published.

use super::package::{HEAD, MAIN, Package, manifest};

const SOURCE: &str = "durable::lock!();\n#[orchestrator]\nasync fn wait(_ctx: OrchestrationContext) -> Result<(), Failure> { Ok(()) }\n";
const EMPTY: &str = "format 1\n";

#[test]
fn with_the_line_the_file_must_exist() {
    let package = Package::new("file", SOURCE);
    package.fails("D0506", "durable::lock!();", "`cargo durable release` creates it");
    package.write("durable.lock", EMPTY);
    package.passes();
    std::fs::remove_file(package.root.join("durable.lock")).unwrap();
    package.fails("D0506", "durable::lock!();", "`durable.lock` does not exist");

    package.write("durable.lock", "format 1\n\norchestrator wait\n");
    let errors = package.check();
    assert_eq!(errors.len(), 2, "{errors:#?}");
    assert!(errors.iter().all(|error| error.is("D0505")), "{errors:#?}");
    assert!(
        errors[0]
            .text
            .contains("line 3: expected a name and a version, not `orchestrator wait`"),
        "{errors:#?}"
    );
    let mut places: Vec<&str> = errors.iter().map(|error| error.at.as_str()).collect();
    places.sort_unstable();
    assert!(
        places[0].starts_with("durable::lock!();") && places[1].starts_with("wait("),
        "{places:?}"
    );
}

#[test]
fn a_change_of_the_file_alone_is_noticed_without_the_line() {
    let source = SOURCE.replace("durable::lock!();", "");
    let package = Package::released("tracked", &source);
    package.passes();
    let lock = std::fs::read_to_string(package.root.join("durable.lock")).unwrap();
    let body = lock.find("fp1:").unwrap();
    package.write(
        "durable.lock",
        &format!("{}fp1:0000000000000000{}", &lock[..body], &lock[body + 20..]),
    );
    package.fails("D0501", "wait(", "orchestrator `wait` version 1");
    std::fs::remove_file(package.root.join("durable.lock")).unwrap();
    package.passes();
}

#[test]
fn the_line_takes_no_arguments() {
    let package = Package::new("arguments", &SOURCE.replace("lock!()", "lock!(strict)"));
    package.write("durable.lock", EMPTY);
    let errors = package.check();
    assert!(
        errors[0].text.contains("`lock!` takes no arguments"),
        "{errors:#?}"
    );
    assert!(errors[0].at.starts_with("strict"), "{errors:#?}");
}

#[test]
fn a_member_of_a_workspace_has_its_own() {
    let package = Package::new("workspace", "");
    std::fs::remove_dir_all(package.root.join("src")).unwrap();
    package.write(
        "Cargo.toml",
        "[workspace]\nresolver = \"3\"\nmembers = [\"one\", \"two\"]\n",
    );
    for member in ["one", "two"] {
        package.write(
            &format!("{member}/Cargo.toml"),
            &manifest(member, "durable").replace("[workspace]\n", ""),
        );
        package.write(&format!("{member}/src/main.rs"), &format!("{HEAD}{SOURCE}{MAIN}"));
    }
    package.write("one/durable.lock", EMPTY);
    let errors = package.check_with(&["-p", "one"]);
    assert!(errors.is_empty(), "{errors:#?}");
    let errors = package.check_with(&["-p", "two"]);
    assert!(errors[0].text.contains("D0506"), "{errors:#?}");
}

const EDITED: &str =
    "format 1\n\norchestrator wait 1\n  body fp1:0000000000000000\n  input -\n  output -\n  error -\n";

#[test]
fn a_variable_may_name_the_file() {
    let package = Package::new("named", SOURCE);
    package.write(
        ".cargo/config.toml",
        "[env]\nDURABLE_LOCK = \"locks/shop.lock\"\n",
    );
    // Not this one.
    package.write("durable.lock", EDITED);
    package.fails("D0506", "durable::lock!();", "`locks/shop.lock` does not exist");
    package.write("locks/shop.lock", EMPTY);
    package.passes();
    package.write("locks/shop.lock", EDITED);
    package.fails("D0501", "wait(", "orchestrator `wait` version 1");
}

/// As a compiler that no cargo runs: it is told of no package.
#[test]
#[cfg(unix)]
fn without_a_package_nothing_is_compared_unless_the_line_asks_for_it() {
    use std::os::unix::fs::PermissionsExt as _;
    let package = Package::new("bare", &SOURCE.replace("durable::lock!();", ""));
    package.write("durable.lock", EDITED);
    package.write("rustc.sh", "#!/bin/sh\nexec env -u CARGO_MANIFEST_DIR \"$@\"\n");
    let script = package.root.join("rustc.sh");
    std::fs::set_permissions(&script, std::fs::Permissions::from_mode(0o755)).unwrap();
    package.write(
        ".cargo/config.toml",
        "[build]\nrustc-workspace-wrapper = \"./rustc.sh\"\n",
    );
    package.passes();
    package.edit(SOURCE);
    package.fails(
        "D0506",
        "durable::lock!();",
        "it is not known which package this is",
    );
}

#[test]
fn a_published_package_brings_it() {
    let package = Package::new("published", SOURCE);
    package.write("durable.lock", EMPTY);
    let output = package.cargo(&["package", "--list", "--allow-dirty"]);
    let listed = String::from_utf8(output.stdout).unwrap();
    assert!(listed.lines().any(|line| line == "durable.lock"), "{listed}");
}
