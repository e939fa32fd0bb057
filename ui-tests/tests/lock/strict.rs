//! A package whose `Cargo.toml` makes all its orchestrators strict. Only the manifest changes: cargo itself does not
//! build again for `package.metadata`.

use super::package::Package;

const SOURCE: &str = "fn tax(cents: u64) -> u64 { cents / 5 }\n\
    #[deterministic]\nfn total(cents: u64) -> u64 { cents + tax(cents) }\n\
    #[orchestrator]\nasync fn wait(ctx: OrchestrationContext, cents: u64) -> Result<(), Failure> { ctx.timer(days(total(cents))).await; Ok(()) }\n";

/// What the compiler says of a function that strict code may not call.
const REFUSED: &str = "strict code calls only `#[deterministic]` functions, and this is none";

/// Sets the table's text, later than whatever was built before.
fn set(package: &Package, table: &str) {
    let manifest = std::fs::read_to_string(package.root.join("Cargo.toml")).unwrap();
    let kept = manifest.split("\n[package.metadata.durable]").next().unwrap();
    package.write(
        "Cargo.toml",
        &format!("{kept}\n[package.metadata.durable]\n{table}\n"),
    );
}

#[test]
fn a_package_is_strict_by_its_manifest_and_a_function_may_be_exempt() {
    let package = Package::released("strict", SOURCE);
    package.passes();
    set(&package, "strict = true");
    let errors = package.check();
    let [error] = errors.as_slice() else {
        panic!("{errors:#?}")
    };
    assert_eq!((error.text.as_str(), error.place.0), (REFUSED, 7), "{error:#?}");
    assert!(error.at.starts_with("tax(cents) }"), "{error:#?}");

    // What a function says of strictness is no part of what was released.
    let exempt = SOURCE.replace("#[deterministic]", "#[deterministic(strict = false)]");
    package.edit(&exempt.replace("#[orchestrator]", "#[orchestrator(strict = false)]"));
    package.passes();

    package.edit(SOURCE);
    set(&package, "strict = false");
    package.passes();
}

#[test]
fn methods_are_strict_too() {
    let source = "fn tax(cents: u64) -> u64 { cents / 5 }\nstruct Order(u64);\n\
        impl Order {\n#[deterministic]\nfn total(&self) -> u64 { self.0 + tax(self.0) }\n}\n\
        struct Cart(u64);\n#[deterministic]\nimpl Cart { fn total(&self) -> u64 { tax(self.0) } }\n\
        trait Ship {\n#[deterministic]\nasync fn ship(&self);\n}\n";
    let package = Package::new("strict-methods", source);
    package.passes();
    set(&package, "strict = true");
    let errors = package.check();
    let texts: Vec<&str> = errors.iter().map(|error| error.text.as_str()).collect();
    assert_eq!(texts, [REFUSED; 2], "{errors:#?}");
    package.edit(&source.replace("#[deterministic]", "#[deterministic(strict = false)]"));
    package.passes();
}

#[test]
fn a_slip_in_the_manifest_names_file_line_key_and_value() {
    let package = Package::new("strict-slip", SOURCE);
    package.passes();
    for (table, says) in [
        (
            "stict = true",
            "has no `stict`, line 15\nhelp: did you mean `strict`?",
        ),
        (
            "strict = \"all\"",
            "`strict = \"all\"` in `Cargo.toml`, line 15, under `[package.metadata.durable]`",
        ),
    ] {
        set(&package, table);
        let errors = package.check();
        // One at each function that the setting is about.
        assert_eq!(errors.len(), 2, "{errors:#?}");
        for error in &errors {
            assert!(error.is("D0019") && error.text.contains(says), "{error:#?}");
        }
    }
    set(&package, "strict = false");
    package.passes();
}
