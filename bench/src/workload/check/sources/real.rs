//! Functions of an application's size: orchestrators of about thirty lines and activities of about twenty. With a single
//! line in each body, a crate would hold little but attributes.
//!
//! Each orchestrator has an input type of its own: one type for three functions, as in the repository's examples. More of
//! them would hide the cost of the functions behind that of serde's derives.

use std::fmt::Write as _;

use super::{Flow, Style};

/// The types that all functions share.
pub(super) fn head(style: Style) -> String {
    let derives = style.derives();
    format!(
        "
/// A line of an order.
#[derive(Debug, Clone, PartialEq, {derives})]
pub struct Line {{
    pub article: String,
    pub count: u32,
    pub cents: u64,
}}

/// What a step did.
#[derive(Debug, Clone, PartialEq, {derives})]
pub struct Receipt {{
    pub id: String,
    pub cents: u64,
    pub carrier: Option<String>,
}}

/// What became of an order.
#[derive(Debug, Clone, PartialEq, {derives})]
pub enum Outcome {{
    Done {{ cents: u64, carriers: Vec<String> }},
    Rejected(String),
}}
"
    )
}

pub(super) fn flow(text: &mut String, style: Style, flow: &Flow) {
    order(text, style, flow.number);
    for name in &flow.activities {
        activity(text, style, flow, name);
    }
    process(text, style, flow);
}

fn order(text: &mut String, style: Style, number: usize) {
    let derives = style.derives();
    let _ = write!(
        text,
        "
/// What is ordered.
#[derive(Debug, Clone, PartialEq, {derives})]
pub struct Order{number} {{
    pub id: String,
    pub customer: String,
    pub lines: Vec<Line>,
    pub express: bool,
    pub note: Option<String>,
}}
"
    );
}

fn activity(text: &mut String, style: Style, flow: &Flow, name: &str) {
    let (attribute, context) = (style.attribute(super::ACTIVITY), style.activity_context());
    let number = flow.number;
    let _ = write!(
        text,
        "
/// A step of process {number}.
{attribute}
async fn {name}(_ctx: {context}, order: Order{number}) -> Result<Receipt, Failure> {{
    if order.lines.is_empty() {{
        return Err(Failure::new(format!(\"order {{}} is empty\", order.id)));
    }}
    let mut cents = 0;
    for line in &order.lines {{
        let price = line.cents * u64::from(line.count);
        cents += if line.count > 10 {{ price * 9 / 10 }} else {{ price }};
    }}
    let most = order.lines.iter().max_by_key(|line| line.count);
    let carrier = match (order.express, most) {{
        (true, _) => Some(\"express\".to_owned()),
        (false, Some(line)) => Some(format!(\"post, with {{}} of {{}}\", line.count, line.article)),
        (false, None) => None,
    }};
    Ok(Receipt {{
        id: order.id,
        cents,
        carrier,
    }})
}}
"
    );
}

fn process(text: &mut String, style: Style, flow: &Flow) {
    let (attribute, number) = (style.attribute(super::ORCHESTRATOR), flow.number);
    let _ = write!(
        text,
        "
/// Leads an order through its steps.
{attribute}
async fn process_{number}(ctx: OrchestrationContext, order: Order{number}) -> Result<Outcome, Failure> {{
    let articles: Vec<String> = order.lines.iter().map(|line| line.article.clone()).collect();
    if articles.is_empty() {{
        return Ok(Outcome::Rejected(format!(\"order {{}} is empty\", order.id)));
    }}
    let mut total = 0;
    let mut carriers = Vec::new();
"
    );
    for name in &flow.activities {
        let call = style.call(name, "order.clone()");
        let _ = write!(
            text,
            "    let receipt = {call};
    if receipt.cents > 100_000 {{
        ctx.timer(Duration::from_secs(60)).await;
    }}
    total += receipt.cents;
    carriers.extend(receipt.carrier);
    ctx.set_custom_status(&format!(\"{name} of {{}}: {{}} cents\", receipt.id, receipt.cents))?;
"
        );
    }
    let _ = write!(
        text,
        "    match &order.note {{
        Some(note) if note.contains(\"gift\") => {{
            let wrapped = format!(\"{{}} for {{}}\", articles.join(\", \"), order.customer);
            ctx.set_custom_status(&wrapped)?;
        }}
        Some(_) | None => {{}}
    }}
    if total == 0 {{
        return Ok(Outcome::Rejected(\"nothing to pay\".to_owned()));
    }}
    Ok(Outcome::Done {{
        cents: total,
        carriers,
    }})
}}
"
    );
}
