//! Retries and typed errors: what is worth another try, and what the caller sees.
//!
//! Run it with `cargo run --bin retries`.

use durable::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Payment {
    card: String,
    cents: u64,
}

/// The activity's own error: the caller gets it back as this type.
#[derive(Debug, thiserror::Error, Serialize, Deserialize)]
enum ChargeError {
    #[error("the bank is busy")]
    Busy,
    #[error("card {card} was declined")]
    Declined { card: String },
}

// Up to 5 attempts, pausing 10 ms, 20 ms, 40 ms … between them. A declined card is never tried again.
#[activity(retry(max_attempts = 5, backoff = "10ms..1s", non_retriable("Declined")))]
async fn take_payment(ctx: ActivityContext, payment: Payment) -> Result<String, ChargeError> {
    if payment.card == "stolen" {
        return Err(ChargeError::Declined { card: payment.card });
    }
    if ctx.info().attempt < 3 {
        return Err(ChargeError::Busy);
    }
    Ok(format!(
        "charged {} cents at attempt {}",
        payment.cents,
        ctx.info().attempt
    ))
}

#[orchestrator]
async fn pay(ctx: OrchestrationContext, payment: Payment) -> Result<String, Failure> {
    match ctx.call(take_payment, payment).await {
        Ok(receipt) => Ok(receipt),
        Err(CallError::App(ChargeError::Declined { card })) => {
            Ok(format!("asked for another card than {card}"))
        }
        Err(other) => Err(other.into()),
    }
}

#[durable::main]
async fn main() -> durable::Result<()> {
    let app = App::new(examples::hub("retries")?).start().await?;

    for card in ["4242", "stolen"] {
        let run = app
            .client()
            .start(
                pay,
                Payment {
                    card: card.into(),
                    cents: 999,
                },
            )
            .await?;
        println!("card {card}: {}", run.wait().await?);
    }

    Ok(app.shutdown().await?)
}
