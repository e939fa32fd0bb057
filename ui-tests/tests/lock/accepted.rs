//! Edits that somebody took responsibility for. The accepted forms of D0501, D0502, D0503 and D0504 stand in the tests of
//! bodies, types, helpers and calls, those of D0505 and D0506 in the tests of the file.

use durable_core::lock::Lock;

use super::package::Package;

const SOURCE: &str = "#[orchestrator]\nasync fn wait(ctx: OrchestrationContext) -> Result<(), Failure> { ctx.timer(days(1)).await; Ok(()) }\n";

/// Does what `cargo durable lock --accept` does.
fn accept(package: &Package, lock: &mut Lock) {
    // The command asks the program with the check out of the way.
    std::fs::remove_file(package.root.join("durable.lock")).unwrap();
    let manifest = package.manifest();
    let key = manifest.functions[0].key.clone();
    lock.accept(&manifest, &key, "2026-11-21", "it was live for a minute")
        .unwrap();
    package.write("durable.lock", &lock.to_string());
}

#[test]
fn an_accepted_edit_passes() {
    let package = Package::new("accepted", SOURCE);
    let mut lock = package.release();
    package.edit(&SOURCE.replace("days(1)", "days(2)"));
    package.fails("D0501", "wait(", "orchestrator `wait` version 1");

    accept(&package, &mut lock);
    package.passes();
}

/// D0503: with the edit of a helper.
#[test]
fn an_accepted_edit_of_a_helper_passes() {
    let source = "#[deterministic]\nfn most() -> u64 { 1 }\n#[orchestrator]\nasync fn wait(ctx: OrchestrationContext) -> Result<(), Failure> { ctx.timer(days(most())).await; Ok(()) }\n";
    let package = Package::new("accepted-helper", source);
    let mut lock = package.release();
    package.edit(&source.replace("{ 1 }", "{ 2 }"));
    package.fails("D0503", "most())", "the deterministic function `most`");

    accept(&package, &mut lock);
    package.passes();
}
