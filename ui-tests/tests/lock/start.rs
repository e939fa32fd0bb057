//! What a program says of the lock when it starts.

use durable::Registry;
use durable::registry::LockFile;
use durable_core::lock::{Lock, What};

use super::package::Package;

const SOURCE: &str = "durable::lock!();\n#[orchestrator]\nasync fn wait(_ctx: OrchestrationContext) -> Result<(), Failure> { Ok(()) }\n";

/// Prints what the registry says.
const CHECK: &str = r#"
fn main() {
    match durable::Registry::collected() {
        Ok(_) => println!("ok"),
        Err(error) => println!("{error}"),
    }
}
"#;

/// Builds the program's registry as its start does, and prints what is logged meanwhile.
const WARNINGS: &str = r#"
struct Printer;
impl tracing::Subscriber for Printer {
    fn enabled(&self, _: &tracing::Metadata<'_>) -> bool { true }
    fn new_span(&self, _: &tracing::span::Attributes<'_>) -> tracing::Id { tracing::Id::from_u64(1) }
    fn record(&self, _: &tracing::Id, _: &tracing::span::Record<'_>) {}
    fn record_follows_from(&self, _: &tracing::Id, _: &tracing::Id) {}
    fn event(&self, event: &tracing::Event<'_>) {
        struct Line(String);
        impl tracing::field::Visit for Line {
            fn record_debug(&mut self, _: &tracing::field::Field, value: &dyn std::fmt::Debug) {
                self.0 += &format!(" {value:?}");
            }
        }
        let mut line = Line(event.metadata().level().to_string());
        event.record(&mut line);
        println!("{}", line.0);
    }
    fn enter(&self, _: &tracing::Id) {}
    fn exit(&self, _: &tracing::Id) {}
}
fn main() {
    tracing::subscriber::with_default(Printer, || durable::Registry::collected().map(drop)).unwrap();
}
"#;

fn says(lock: &str) -> String {
    let package = Package::new("start", "");
    package.write("src/main.rs", &format!("{}{SOURCE}{CHECK}", super::package::HEAD));
    package.write("durable.lock", lock);
    let output = package.cargo(&["run", "--quiet"]);
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn a_lock_that_fits_is_silent() {
    assert_eq!(says("format 1\n"), "ok\n");
}

mod here {
    use durable::prelude::*;

    #[activity]
    async fn charge(_ctx: ActivityContext) -> Result<(), Failure> {
        Ok(())
    }

    #[orchestrator]
    async fn checkout(ctx: OrchestrationContext) -> Result<(), Failure> {
        Ok(ctx.call(charge, ()).await?)
    }
}

fn checked(stanza: &str) -> (Vec<String>, Vec<String>) {
    let text: &'static str = format!("format 1\n\n{stanza}").leak();
    let file = LockFile {
        package: Some("ui-tests"),
        text,
    };
    let registry = Registry::collected_where(|_| true).unwrap();
    let (missing, errors) = registry.check_locks([file, file]);
    let missing = missing.iter().map(|one| one.key.to_string());
    (
        missing.collect(),
        errors.iter().map(ToString::to_string).collect(),
    )
}

#[test]
fn a_released_version_that_is_not_here_is_named() {
    let forms = "  input -\n  output -\n  error -\n";
    let (missing, errors) = checked(&format!("activity charge 1\n{forms}\nactivity ship 2\n{forms}"));
    assert_eq!(missing, ["activity ship 2"]);
    assert_eq!(errors, [""; 0]);
}

/// A released version that was deleted is no reason not to start, and must not go unnoticed.
#[test]
fn a_program_warns_at_its_start_of_a_released_version_that_it_lacks() {
    let source = "durable::lock!();\n#[orchestrator]\nasync fn wait(_ctx: OrchestrationContext) -> Result<(), Failure> { Ok(()) }\n";
    let ship = "#[orchestrator(version = \"1.2\", superseded)]\nasync fn ship(_ctx: OrchestrationContext) -> Result<(), Failure> { Ok(()) }\n";
    let package = Package::new("start-missing", &format!("{source}{ship}"));
    package.write("durable.lock", "format 1\n");
    package.release();
    let manifest = std::fs::read_to_string(package.root.join("Cargo.toml")).unwrap();
    package.write(
        "Cargo.toml",
        &manifest.replace(
            "serde = ",
            "tracing = { version = \"0.1\", default-features = false }\nserde = ",
        ),
    );
    let warnings = || {
        let output = package.cargo(&["run", "--quiet"]);
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{errors}");
        String::from_utf8(output.stdout).unwrap()
    };
    let head = super::package::HEAD;
    package.write("src/main.rs", &format!("{head}{source}{ship}{WARNINGS}"));
    assert_eq!(warnings(), "");
    package.write("src/main.rs", &format!("{head}{source}{WARNINGS}"));
    assert_eq!(
        warnings(),
        "WARN `orchestrator ship 1.2` was released with `start-missing`, and is not in this binary: it was deleted, left \
         out by `cfg`, or dropped by the linker\n"
    );
}

#[test]
fn a_released_orchestrator_whose_callees_changed_is_refused() {
    let stanza = |call: &str| {
        format!(
            "orchestrator checkout 1\n  body fp1:0000000000000000\n  input -\n  output -\n  error -\n  call {call}\n"
        )
    };
    assert_eq!(checked(&stanza("activity charge 1")), (vec![], vec![]));
    let (_, errors) = checked(&stanza("activity charge 2"));
    let [error] = errors.as_slice() else {
        panic!("{errors:?}")
    };
    assert!(
        error.starts_with("`orchestrator checkout 1` at ui-tests/tests/lock/start.rs:"),
        "{error}"
    );
    let says = "was released calling activity charge 2, and now calls activity charge 1: running instances would not \
                replay; write the handle of version 2, `.._v2`";
    assert!(error.ends_with(says), "{error}");
}

#[test]
fn a_damaged_lock_is_refused() {
    let (_, errors) = checked("activity\n");
    assert_eq!(
        errors,
        ["the `durable.lock` of `ui-tests`: line 3: expected a name and a version, not `activity`"]
    );
}

#[test]
fn a_manifest_names_no_machine_and_agrees_with_its_own_lock() {
    let package = Package::new("manifest", &SOURCE.replace("durable::lock!();", ""));
    let manifest = package.manifest();
    let text = serde_json::to_string(&manifest).unwrap();
    assert!(!text.contains(env!("CARGO_TARGET_TMPDIR")), "{text}");
    let function = &manifest.functions[0];
    assert_eq!(function.key.to_string(), "orchestrator wait 1");
    assert_eq!(function.package.as_deref(), Some("manifest"));
    assert!(function.place.starts_with("src/main.rs:"), "{}", function.place);
    let lock = Lock::of_manifest(&manifest, package.name());
    assert_eq!(lock.compare(&manifest, package.name()), []);
    let nothing = durable_core::lock::Manifest {
        format: 1,
        functions: Vec::new(),
    };
    let missing = lock.compare(&nothing, package.name());
    assert!(
        matches!(&missing[..], [only] if only.what == What::Missing),
        "{missing:?}"
    );
}
