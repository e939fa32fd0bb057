//! The text of the generated crates.

mod real;
mod small;

use std::path::Path;

const ORCHESTRATOR: &str = "#[orchestrator]";

const ACTIVITY: &str = "#[activity(retry(max_attempts = 3), timeout = \"30s\")]";

/// What the crate is like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Style {
    pub(super) size: Size,
    pub(super) macros: Macros,
}

/// How large the functions are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Size {
    /// Like an application's.
    Real,
    /// As small as can be, on two payloads.
    Small,
}

/// Whether the functions bear the attributes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Macros {
    /// Plain `async fn`s that call each other.
    None,
    /// Orchestrators and activities.
    Functions,
    /// So too, all of them released: the payloads derive their schemas, and `durable.lock` names all.
    Locked,
}

/// An orchestrator with its activities.
struct Flow {
    number: usize,
    activities: Vec<String>,
}

impl Style {
    pub(super) fn workload(self) -> &'static str {
        match (self.size, self.macros) {
            (Size::Real, Macros::None) => "check-plain",
            (Size::Real, Macros::Functions) => "check",
            (Size::Real, Macros::Locked) => "check-locked",
            (Size::Small, Macros::None) => "check-small-plain",
            (Size::Small, Macros::Functions) => "check-small",
            (Size::Small, Macros::Locked) => "check-small-locked",
        }
    }

    fn attribute(self, text: &'static str) -> &'static str {
        match self.macros {
            Macros::None => "",
            Macros::Functions | Macros::Locked => text,
        }
    }

    fn derives(self) -> &'static str {
        match self.macros {
            Macros::None | Macros::Functions => "Serialize, Deserialize",
            Macros::Locked => "Serialize, Deserialize, DurableSchema",
        }
    }

    /// Returns an expression that waits for an activity's result.
    fn call(self, activity: &str, input: &str) -> String {
        match self.macros {
            Macros::None => format!("{activity}(ctx.clone(), {input}).await?"),
            Macros::Functions | Macros::Locked => format!("ctx.call({activity}, {input}).await?"),
        }
    }

    fn activity_context(self) -> &'static str {
        match self.macros {
            Macros::None => "OrchestrationContext",
            Macros::Functions | Macros::Locked => "ActivityContext",
        }
    }
}

pub(super) fn manifest(style: Style, workspace: &Path) -> String {
    let path = |package: &str| workspace.join(package).display().to_string();
    let (name, durable, core) = (style.workload(), path("durable"), path("durable-core"));
    format!(
        r#"[package]
name = "{name}"
version = "0.0.0"
edition = "2024"

[dependencies]
durable = {{ path = '{durable}', default-features = false }}
serde = {{ version = "1", features = ["derive"] }}

[dev-dependencies]
durable-core = {{ path = '{core}' }}

[workspace]
"#
    )
}

/// Writes a program that prints the lock of the functions as they are.
pub(super) fn release(style: Style) -> String {
    let name = style.workload();
    format!(
        r#"use durable_core::lock::{{Lock, Manifest}};

#[path = "../src/lib.rs"]
mod library;

fn main() -> durable::Result<()> {{
    let manifest = Manifest::of(&durable::Registry::collected()?);
    print!("{{}}", Lock::of_manifest(&manifest, Some("{name}")));
    Ok(())
}}
"#
    )
}

/// The line that a released crate has at its root.
pub(super) const LOCK: &str = "\ndurable::lock!();\n";

/// Writes a crate with so many orchestrators and so many activities for each.
pub(super) fn library(style: Style, orchestrators: usize, activities_each: usize) -> String {
    let mut text = String::from(HEAD);
    text.push_str(&match style.size {
        Size::Real => real::head(style),
        Size::Small => small::head(style),
    });
    for number in 0..orchestrators {
        let activities = (0..activities_each).map(|activity| format!("step_{number}_{activity}"));
        let flow = Flow {
            number,
            activities: activities.collect(),
        };
        match style.size {
            Size::Real => real::flow(&mut text, style, &flow),
            Size::Small => small::flow(&mut text, style, &flow),
        }
    }
    text
}

const HEAD: &str = "\
#![allow(dead_code, unused_imports)]
use std::time::Duration;

use durable::prelude::*;
use serde::{Deserialize, Serialize};
";

#[cfg(test)]
mod tests {
    use super::*;

    fn text(size: Size, macros: Macros) -> String {
        library(Style { size, macros }, 3, 2)
    }

    #[test]
    fn the_crates_have_the_same_functions_and_types() {
        for size in [Size::Real, Size::Small] {
            let [plain, functions, locked] =
                [Macros::None, Macros::Functions, Macros::Locked].map(|macros| text(size, macros));
            for what in ["async fn ", "pub struct ", "pub enum ", "Serialize, Deserialize"] {
                let count = plain.matches(what).count();
                assert_eq!(functions.matches(what).count(), count, "{what}");
                assert_eq!(locked.matches(what).count(), count, "{what}");
            }
            assert_eq!(plain.matches("async fn ").count(), 9);
            assert_eq!(
                functions.matches("\n#[").count(),
                plain.matches("\n#[").count() + 9
            );
        }
    }

    #[test]
    fn bodies_differ_in_nothing_but_the_calls() {
        let restored = |text: &str| {
            let lines = text.lines().filter(|line| {
                let attribute = ["#[orchestrator]", "#[activity("];
                !line.is_empty() && !attribute.iter().any(|begin| line.starts_with(begin))
            });
            let lines: Vec<&str> = lines.collect();
            let text = lines
                .join("\n")
                .replace("ActivityContext", "OrchestrationContext");
            (0..3).fold(text, |text, flow| {
                (0..2).fold(text, |text, step| {
                    text.replace(
                        &format!("ctx.call(step_{flow}_{step}, "),
                        &format!("step_{flow}_{step}(ctx.clone(), "),
                    )
                })
            })
        };
        for size in [Size::Real, Size::Small] {
            let [plain, functions] = [Macros::None, Macros::Functions].map(|macros| text(size, macros));
            assert_eq!(restored(&functions), restored(&plain));
        }
    }
}
