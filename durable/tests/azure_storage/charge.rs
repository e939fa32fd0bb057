//! The orchestration of the foreign worker, in Rust: the same name, steps and results.

use durable::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// What the activity takes. Others may have written more.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Bill {
    pub(crate) total: u64,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) decline: bool,
}

pub(crate) fn bill(total: u64) -> Bill {
    Bill {
        total,
        decline: false,
    }
}

#[activity(name = "Charge")]
pub(crate) async fn charge(_ctx: ActivityContext, bill: Bill) -> Result<Value, Failure> {
    if bill.decline {
        return Err(Failure::of_kind("CardDeclined", "card declined").non_retriable());
    }
    Ok(json!({ "receipt": bill }))
}

/// Charges, waits for the approval, and returns both.
#[orchestrator(name = "ProcessOrder")]
pub(crate) async fn process_order(ctx: OrchestrationContext, bill: Bill) -> Result<(Value, Value), Failure> {
    let receipt = ctx.call(charge, bill).await?;
    let approved = ctx.event::<Value>("Approved").await;
    Ok((receipt, approved))
}

/// What [`process_order`] and the foreign worker return.
pub(crate) fn result(total: u64) -> (Value, Value) {
    (json!({"receipt": {"total": total}}), json!(true))
}
