//! The text of the generated crates.

use std::fmt::Write as _;
use std::path::Path;

/// Whether the functions bear the attributes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    /// Plain `async fn`s that call each other.
    Plain,
    /// Orchestrators and activities.
    Durable,
}

impl Style {
    pub(super) fn workload(self) -> &'static str {
        match self {
            Self::Plain => "check-plain",
            Self::Durable => "check",
        }
    }

    fn attribute(self, text: &'static str) -> &'static str {
        match self {
            Self::Plain => "",
            Self::Durable => text,
        }
    }

    /// Returns an expression that waits for an activity's result.
    fn call(self, activity: &str) -> String {
        match self {
            Self::Plain => format!("{activity}(ctx.clone(), order.clone()).await?"),
            Self::Durable => format!("ctx.call({activity}, order.clone()).await?"),
        }
    }

    fn activity_context(self) -> &'static str {
        match self {
            Self::Plain => "OrchestrationContext",
            Self::Durable => "ActivityContext",
        }
    }
}

pub(super) fn manifest(style: Style, workspace: &Path) -> String {
    let (name, durable) = (style.workload(), workspace.join("durable").display().to_string());
    format!(
        r#"[package]
name = "{name}"
version = "0.0.0"
edition = "2024"

[dependencies]
durable = {{ path = '{durable}', default-features = false }}
serde = {{ version = "1", features = ["derive"] }}

[workspace]
"#
    )
}

/// Writes a crate with so many orchestrators and so many activities for each.
pub(super) fn library(style: Style, orchestrators: usize, activities_each: usize) -> String {
    let mut text = String::from(HEAD);
    for orchestrator in 0..orchestrators {
        let names: Vec<String> = (0..activities_each)
            .map(|activity| format!("step_{orchestrator}_{activity}"))
            .collect();
        for name in &names {
            activity(&mut text, style, name);
        }
        process(&mut text, style, orchestrator, &names);
    }
    text
}

const HEAD: &str = "\
#![allow(dead_code)]
use durable::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Order {
    pub id: String,
    pub cents: u64,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Receipt {
    pub id: String,
    pub cents: u64,
}
";

fn activity(text: &mut String, style: Style, name: &str) {
    let attribute = style.attribute("#[activity(retry(max_attempts = 3), timeout = \"30s\")]");
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

fn process(text: &mut String, style: Style, number: usize, activities: &[String]) {
    let attribute = style.attribute("#[orchestrator]");
    let _ = write!(
        text,
        "
{attribute}
async fn process_{number}(ctx: OrchestrationContext, order: Order) -> Result<Vec<Receipt>, Failure> {{
    let mut receipts = Vec::new();
"
    );
    for name in activities {
        let call = style.call(name);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_crates_have_the_same_functions() {
        let functions = |style| library(style, 3, 2).matches("async fn ").count();
        assert_eq!((functions(Style::Plain), functions(Style::Durable)), (9, 9));
        assert_eq!(library(Style::Durable, 3, 2).matches("\n#[").count(), 9 + 2);
        assert_eq!(library(Style::Plain, 3, 2).matches("\n#[").count(), 2);
    }
}
