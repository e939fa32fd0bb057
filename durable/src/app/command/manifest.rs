//! `durable manifest [--json]`: what this binary has, for people and for `durable.lock`. Opens no hub.

use std::io::Write as _;

use durable_core::lock::Manifest;
use durable_core::registry::Registry;

use crate::app::{App, AppError};

pub(super) fn run(app: &App, arguments: &[String]) -> Result<(), AppError> {
    let json = match arguments {
        [] => false,
        [only] if only == "--json" => true,
        [other, ..] => return Err(AppError::Command(format!("manifest {other}"))),
    };
    // Not compared with the lock: the manifest is what an edit is accepted with.
    let registry = match &app.registry {
        Some(registry) => registry.clone(),
        None => Registry::collected_where(|_| true)?,
    };
    let manifest = Manifest::of(&registry);
    let text = if json {
        let value =
            serde_json::to_value(&manifest).expect("a manifest has nothing but texts, numbers and lists");
        format!("{value:#}\n")
    } else {
        manifest.to_string()
    };
    // A closed pipe is how `head` ends a listing: no error of ours.
    let _ = write!(std::io::stdout(), "{text}");
    Ok(())
}
