//! D0002: an orchestrator that draws random numbers or makes ids.
use std::hash::{BuildHasher, RandomState};

use durable::prelude::*;

/// Stands in for the crate.
mod rand {
    pub fn random() -> u64 {
        4
    }
}

/// Stands in for the crate.
mod uuid {
    pub struct Uuid;
    impl Uuid {
        pub fn new_v4() -> u64 {
            4
        }
    }
}

#[orchestrator]
async fn lottery(ctx: OrchestrationContext) -> Result<u64, Failure> {
    use rand::random as draw;

    let ids: Vec<u64> = std::iter::repeat_with(uuid::Uuid::new_v4).take(2).collect();
    let sum = draw() + rand::random() + ids[0];
    let hash = RandomState::new().hash_one(sum);
    let recorded = ctx.side_effect(|| rand::random()).await;
    Ok(recorded + hash)
}

fn main() {}
