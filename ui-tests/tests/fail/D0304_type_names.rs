//! D0304: what depends on the name or id of a type is a warning.
#![deny(deprecated)]

use std::any::{Any, TypeId};

use durable::prelude::*;

#[orchestrator]
async fn typed(_ctx: OrchestrationContext, name: String) -> Result<String, Failure> {
    let first = TypeId::of::<String>() < name.type_id();
    Ok(if first { std::any::type_name::<String>().to_owned() } else { name })
}

fn main() {}
