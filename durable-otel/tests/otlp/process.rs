//! The processes: this test binary, started again.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use durable::hub::{Access, DescribesHub};
use durable::prelude::*;
use durable::{Client, Registry};
use tracing::Instrument;

const ROLE: &str = "DURABLE_OTLP_ROLE";
const FOLDER: &str = "DURABLE_OTLP_FOLDER";

/// How long a worker may be silent: short, so that the other soon takes over.
const LEASE: Duration = Duration::from_millis(300);

#[activity]
async fn first(_: ActivityContext, n: u64) -> Result<u64, Failure> {
    Ok(n + 1)
}

#[activity]
async fn last(_: ActivityContext, n: u64) -> Result<u64, Failure> {
    Ok(n + 1)
}

#[orchestrator]
async fn two_steps(ctx: OrchestrationContext, n: u64) -> Result<u64, Failure> {
    let n = ctx.call(first, n).await?;
    ctx.set_custom_status(&"waits")?;
    ctx.event::<()>("go").await;
    Ok(ctx.call(last, n).await?)
}

/// What a process does.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Role {
    /// Works until it is told to stop.
    Worker,
    /// Starts the instance, and waits until it has made its first step.
    Starter,
    /// Lets it go on, and waits for its end.
    Finisher,
}

/// A process. Dropped, it is killed.
#[derive(Debug)]
pub(crate) struct Process(Child);

impl Process {
    pub(crate) fn start(role: Role, service: &str, folder: &Path, collector: &str) -> Self {
        let child = Command::new(std::env::current_exe().unwrap())
            .args([
                "a_process_of_the_other_test",
                "--exact",
                "--nocapture",
                "--test-threads=1",
            ])
            .env(ROLE, format!("{role:?}"))
            .env(FOLDER, folder)
            .env("OTEL_EXPORTER_OTLP_ENDPOINT", collector)
            .env("OTEL_SERVICE_NAME", service)
            .env("OTEL_BSP_SCHEDULE_DELAY", "20")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn();
        Self(child.unwrap())
    }

    /// Waits until it has ended by itself.
    pub(crate) fn ended(mut self) {
        assert!(self.0.wait().unwrap().success());
    }

    /// `kill -9`.
    pub(crate) fn kill(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }

    /// Asks it to stop, and waits until it has.
    pub(crate) fn stop(self) {
        let asked = Command::new("kill")
            .args(["-TERM", &self.0.id().to_string()])
            .status();
        assert!(asked.unwrap().success());
        self.ended();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It has ended, unless the test failed.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Does what this process was started for, if it was.
pub(crate) fn run_if_asked() {
    let (Ok(role), Ok(folder)) = (std::env::var(ROLE), std::env::var(FOLDER)) else {
        return;
    };
    let exporting = durable_otel::init().unwrap().expect("an address is configured");
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let hub = SqliteHub::at(Path::new(&folder).join("hub.db")).lease(LEASE);
        match role.as_str() {
            "Worker" => App::new(hub).run().await.unwrap(),
            "Starter" => {
                let request = tracing::info_span!("request");
                start(&client(hub).await).instrument(request).await;
            }
            "Finisher" => finish(&client(hub).await).await,
            other => panic!("{other} is no role"),
        }
    });
    exporting.shut_down().unwrap();
}

async fn client(hub: impl DescribesHub) -> Client {
    let hub = hub.open(Access::ReadWrite).await.unwrap();
    let registry = std::sync::Arc::new(Registry::collected().unwrap());
    Client::with_registry(hub, registry, durable::DefaultVersions::new())
}

async fn start(client: &Client) {
    let run = client.start(two_steps, 1).id("one").await.unwrap();
    run.wait_until(|record| record.custom_status.is_some())
        .await
        .unwrap();
}

async fn finish(client: &Client) {
    let run = client.run_of(two_steps, "one").unwrap();
    run.raise_event("go", &()).await.unwrap();
    assert_eq!(run.wait().await.unwrap(), 3);
}
