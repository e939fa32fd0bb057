//! A deployment that breaks nothing: version 1 and version 2 of an orchestrator, side by side, through a `kill -9`.
//!
//! Run it with `cargo run --bin migrate`. It starts real processes on one hub and kills one of them:
//!
//! 1. Monday: a shop that knows `checkout` version 1 takes orders. It dies while they are under way.
//! 2. The wrong deployment: version 1 edited in place. The orders stop, with a report; nothing is lost.
//! 3. Tuesday: a shop with version 1 (superseded) and version 2. Old orders end on 1, new ones on 2.

mod process;
#[allow(
    dead_code,
    reason = "only the handles are used here: this program runs no worker"
)]
mod release_2;

use durable::client::{Client, Run};
use durable::prelude::*;
use durable::registry::{Registration, Registry};
use durable::version_table;
use examples::shop::{self, Order, Wait};
use process::Process;
use release_2::{checkout, checkout_v1};

const ORDERS: [(u32, Wait); 6] = [
    (1, Wait::Approval),
    (2, Wait::Approval),
    (3, Wait::Slot),
    (4, Wait::Slot),
    (5, Wait::SlowReservation),
    (6, Wait::SlowReservation),
];

#[durable::main]
async fn main() -> durable::Result<()> {
    process::build_releases()?;
    let hub = examples::place("migrate");
    // The shops are started with the same variable, and so work on the same hub.
    let client = App::new(shop::hub_at(&hub)?).client().await?;

    title("Monday: release 1 knows checkout version 1");
    let monday = Process::start("shop-release-1", &hub)?;
    let mut orders = Vec::new();
    for (number, wait) in ORDERS {
        let id = format!("order-{number}");
        orders.push(client.start(checkout_v1, Order { number, wait }).id(id).await?);
    }
    for (run, (_, wait)) in orders.iter().zip(ORDERS) {
        println!("  {:<8} {}", run.id(), under_way(run, wait).await?);
    }
    show_versions_on_monday(&client).await?;
    monday.kill()?;
    println!("\n  kill -9: the process is gone, in the middle of everything");

    title("Not like this: version 1 edited in place");
    let naive = Process::start("shop-naive", &hub)?;
    orders[0].raise_event("approved", &()).await?;
    let blocked = orders[0].wait_until(|record| record.blocked.is_some()).await?;
    if let Some(report) = blocked.blocked {
        println!(
            "  {} is blocked: {}",
            blocked.instance,
            report.message.replace('\n', "\n  ")
        );
    }
    println!("  nothing is lost: the approval of order-1 has arrived, and waits with the order");
    naive.kill()?;

    title("Tuesday: release 2 has version 1 (superseded) and version 2");
    let tuesday = Process::start("shop-release-2", &hub)?;
    let mut new_orders = Vec::new();
    for number in [7, 8] {
        let order = Order {
            number,
            wait: Wait::Approval,
        };
        new_orders.push(
            client
                .start(checkout, order)
                .id(format!("order-{number}"))
                .await?,
        );
    }
    finish(&new_orders).await?;
    show_versions(&client).await?;
    println!("\n  the approval that order-2 has waited for since Monday comes:");
    orders[1].raise_event("approved", &()).await?;
    finish(&orders).await?;

    title("Version 1 has drained");
    show_versions(&client).await?;
    tuesday.stop()?;
    println!("\n  No instance needs checkout version 1 any more: its code may be deleted.");
    Ok(())
}

/// Waits until the order is in the middle of something, and says of what.
async fn under_way<F: durable::function::OrchestratorFunction>(
    run: &Run<F>,
    wait: Wait,
) -> durable::Result<&'static str> {
    let status = match wait {
        Wait::SlowReservation => "reserving",
        Wait::Approval => "waiting for approval",
        Wait::Slot => "waiting for a delivery slot",
    };
    let wanted = durable::Payload::encode(status)?;
    run.wait_until(|record| record.custom_status.as_ref() == Some(&wanted))
        .await?;
    Ok(match wait {
        Wait::SlowReservation => "is inside an activity",
        Wait::Approval => "waits for an event",
        Wait::Slot => "waits for a timer",
    })
}

/// Waits for orders, and says how and on which version they ended.
async fn finish<F>(orders: &[Run<F>]) -> durable::Result<()>
where
    F: durable::function::OrchestratorFunction<Output = String, Error = Failure>,
{
    for run in orders {
        let result = match run.wait().await {
            Ok(receipt) => receipt,
            Err(error) => format!("failed: {error}"),
        };
        println!(
            "  {:<8} ended on version {}: {result}",
            run.id(),
            run.status().await?.version
        );
    }
    Ok(())
}

/// Shows the table of versions as release 2 sees it.
async fn show_versions(client: &Client) -> durable::Result<()> {
    show(client, &Registry::collected()?).await
}

/// Shows the table of versions as release 1 sees it: there, version 1 is the current one.
async fn show_versions_on_monday(client: &Client) -> durable::Result<()> {
    let all = Registry::collected()?;
    let first = all
        .rows()
        .filter(|row| row.version == durable::Version::ONE)
        .copied();
    let monday = Registry::from_rows(first.map(|row| Registration { current: true, ..row }), [])?;
    show(client, &monday).await
}

async fn show(client: &Client, registry: &Registry) -> durable::Result<()> {
    let table = version_table(&client.version_counts().await?, registry).to_string();
    println!("\n  {}", table.replace('\n', "\n  "));
    Ok(())
}

fn title(text: &str) {
    println!(
        "\n── {text} {}",
        "─".repeat(76_usize.saturating_sub(text.chars().count()))
    );
}
