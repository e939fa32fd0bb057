//! Small functions: little more than the calls, so that nearly all that is measured is the cost of each function.

use std::fmt::Write as _;

use super::{Flow, Style};

/// The types that all functions share.
pub(super) fn head(style: Style) -> String {
    let derives = style.derives();
    format!(
        "
#[derive(Debug, Clone, {derives})]
pub struct Order {{
    pub id: String,
    pub cents: u64,
}}

#[derive(Debug, Clone, {derives})]
pub struct Receipt {{
    pub id: String,
    pub cents: u64,
}}
"
    )
}

pub(super) fn flow(text: &mut String, style: Style, flow: &Flow) {
    for name in &flow.activities {
        activity(text, style, name);
    }
    process(text, style, flow);
}

fn activity(text: &mut String, style: Style, name: &str) {
    let attribute = style.attribute(super::ACTIVITY);
    let context = style.activity_context();
    let _ = write!(
        text,
        "
{attribute}
async fn {name}(_ctx: {context}, order: Order) -> Result<Receipt, Failure> {{
    if order.cents == 0 {{
        return Err(Failure::new(\"nothing to pay\"));
    }}
    Ok(Receipt {{ id: order.id, cents: order.cents }})
}}
"
    );
}

fn process(text: &mut String, style: Style, flow: &Flow) {
    let (attribute, number) = (style.attribute(super::ORCHESTRATOR), flow.number);
    let _ = write!(
        text,
        "
{attribute}
async fn process_{number}(ctx: OrchestrationContext, order: Order) -> Result<Vec<Receipt>, Failure> {{
    let mut receipts = Vec::new();
"
    );
    for name in &flow.activities {
        let call = style.call(name, "order.clone()");
        let _ = write!(
            text,
            "    let receipt = {call};
    if receipt.cents > 1_000 {{
        ctx.timer(std::time::Duration::from_secs(60)).await;
    }}
    receipts.push(receipt);
"
        );
    }
    text.push_str(
        "    for receipt in &receipts {
        ctx.set_custom_status(&format!(\"{} paid {}\", receipt.id, receipt.cents))?;
    }
    Ok(receipts)
}
",
    );
}
