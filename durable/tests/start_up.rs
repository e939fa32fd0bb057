//! What an app tells when it cannot start.

#![allow(clippy::unwrap_used, reason = "what fails here fails the test")]

use std::path::PathBuf;
use std::sync::Arc;

use durable::prelude::*;
use durable::testkit::{Fault, FaultyHub, MemoryHub};
use durable::{DefaultVersions, Registry, Version, Worker};

mod shop {
    use durable::prelude::*;

    #[orchestrator(name = "check-out")]
    pub(crate) async fn dashed(_ctx: OrchestrationContext) -> Result<(), Failure> {
        Ok(())
    }

    #[orchestrator(name = "check_out")]
    pub(crate) async fn underscored(_ctx: OrchestrationContext) -> Result<(), Failure> {
        Ok(())
    }
}

mod bank {
    use durable::prelude::*;

    struct Bank;

    #[activity]
    async fn pay(ctx: ActivityContext) -> Result<(), Failure> {
        let _bank = ctx.state::<Bank>();
        Ok(())
    }
}

mod twice {
    use durable::prelude::*;

    #[orchestrator(name = "check-out")]
    pub(crate) async fn again(_ctx: OrchestrationContext) -> Result<(), Failure> {
        Ok(())
    }
}

fn block_on<T>(test: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build();
    runtime.unwrap().block_on(test)
}

/// Returns what the app says instead of starting.
fn refusal(app: App) -> String {
    block_on(app.start()).unwrap_err().to_string()
}

fn functions(modules: &[&str]) -> Registry {
    let chosen = |module: &str| modules.iter().any(|own| module == format!("start_up::{own}"));
    Registry::collected_where(|row| chosen(row.place.module)).unwrap()
}

struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("durable-start-up-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.0));
    }
}

/// A worker that refuses to start used to leave its app waiting for results that nobody makes.
#[test]
fn an_app_does_not_start_without_the_state_that_an_activity_wants() {
    let text = refusal(App::new(MemoryHub::default()).registry(functions(&["bank"])));
    assert!(text.starts_with("activity `pay` at durable/tests/"), "{text}");
    assert!(
        text.ends_with(
            "asks for shared state of type `start_up::bank::Bank`, which was not given; add `.state(..)`"
        ),
        "{text}"
    );
}

#[test]
fn an_app_whose_functions_clash_names_both_places() {
    let text = refusal(App::new(MemoryHub::default()));
    assert!(
        text.starts_with(
            "orchestrator `check-out` version 1 is defined twice: at durable/tests/start_up.rs:"
        ),
        "{text}"
    );
    assert!(text.ends_with("; give one another name or version"), "{text}");
}

#[test]
fn a_variable_that_fits_two_orchestrators_is_refused_naming_both() {
    let registry = functions(&["shop"]);
    let variable = ("DURABLE_DEFAULT_VERSION_CHECK_OUT".to_owned(), "1".to_owned());
    let defaults = DefaultVersions::new().overridden_by([variable]).unwrap();
    assert_eq!(
        registry.check_defaults(&defaults).unwrap_err().to_string(),
        "the environment variable `DURABLE_DEFAULT_VERSION_CHECK_OUT` could mean orchestrator `check-out` or `check_out`: \
         set their default versions in the code, with `DefaultVersions::of`"
    );
    let text = refusal(
        App::new(MemoryHub::default())
            .registry(registry.clone())
            .options(|options| options.default_versions = defaults),
    );
    assert!(text.contains("`check-out` or `check_out`"), "{text}");

    let exact = DefaultVersions::new().of(shop::dashed, Version::ONE);
    registry.check_defaults(&exact).unwrap();
}

#[test]
fn a_default_version_of_a_text_that_is_no_name_is_refused() {
    let text = refusal(
        App::new(MemoryHub::default())
            .registry(functions(&["shop"]))
            .options(|options| {
                options.default_versions = DefaultVersions::new().of("check out", Version::ONE);
            }),
    );
    assert!(
        text.starts_with("a default version is set for a name that is none: "),
        "{text}"
    );
}

#[test]
fn a_hub_in_a_folder_that_there_is_not_is_refused_by_its_path() {
    let folder = Folder::new("missing");
    let file = folder.0.join("nowhere/shop.db");
    let text = refusal(App::new(SqliteHub::at(&file)).registry(functions(&["shop"])));
    assert_eq!(
        text,
        format!(
            "opening the hub `{}` failed: unable to open database file: {0}",
            file.display()
        )
    );
}

#[test]
fn a_hub_path_that_is_a_folder_is_refused() {
    let folder = Folder::new("folder");
    let text = refusal(App::new(SqliteHub::at(&folder.0)).registry(functions(&["shop"])));
    assert_eq!(
        text,
        format!(
            "opening the hub `{}` failed: unable to open database file: {0}",
            folder.0.display()
        )
    );
}

#[test]
fn a_worker_whose_hub_fails_says_that_it_was_the_hub() {
    let faulty = FaultyHub::new(Arc::new(MemoryHub::default()));
    faulty.inject(Fault::CrashFrom(1));
    let worker = Worker::with_registry(faulty.hub(), Arc::new(functions(&["shop"])));
    let text = block_on(worker.run_until(std::future::pending()))
        .unwrap_err()
        .to_string();
    assert_eq!(
        text,
        "the task hub failed: injected: the process died before operation 1"
    );
}
