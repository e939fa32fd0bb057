//! Human interaction: wait for an approval, but not for ever.
//!
//! Run it with `cargo run --bin approval`.

use std::time::Duration;

use durable::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Expense {
    who: String,
    cents: u64,
    /// How long to wait for an answer. In life this would be days; the timer survives restarts all the same.
    patience: Duration,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Approval {
    by: String,
}

#[activity]
async fn pay(_ctx: ActivityContext, expense: Expense) -> Result<String, Failure> {
    Ok(format!("paid {} cents to {}", expense.cents, expense.who))
}

#[orchestrator]
async fn reimburse(ctx: OrchestrationContext, expense: Expense) -> Result<String, Failure> {
    ctx.set_custom_status(&"waiting for approval")?;
    let patience = expense.patience;
    // Whichever comes first decides; the other is cancelled.
    match ctx
        .select((ctx.event::<Approval>("approval"), ctx.timer(patience)))
        .await
    {
        First(approval) => {
            let paid = ctx.call(pay, expense).await?;
            Ok(format!("{paid}, approved by {}", approval.by))
        }
        Second(()) => Ok(format!("nobody approved the expense of {} in time", expense.who)),
    }
}

#[durable::main]
async fn main() -> durable::Result<()> {
    let app = App::new(examples::hub("approval")?).start().await?;
    let client = app.client();

    let quick = Expense {
        who: "Ada".into(),
        cents: 4_200,
        patience: days(3),
    };
    let run = client.start(reimburse, quick).id("expense-1").await?;
    run.raise_event("approval", &Approval { by: "Grace".into() })
        .await?;
    println!("{}: {}", run.id(), run.wait().await?);

    let forgotten = Expense {
        who: "Bob".into(),
        cents: 990,
        patience: Duration::from_millis(200),
    };
    let run = client.start(reimburse, forgotten).id("expense-2").await?;
    println!("{}: {}", run.id(), run.wait().await?);

    Ok(app.shutdown().await?)
}
