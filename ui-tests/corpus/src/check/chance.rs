//! Random numbers and random ids.

use durable::prelude::*;

/// a random number by a path
#[orchestrator]
async fn rand_random(_ctx: OrchestrationContext, _: ()) -> Result<u32, Failure> {
    Ok(rand::random::<u32>()) //~ D0002
}

/// a generator of the thread
#[orchestrator]
async fn rand_rng(_ctx: OrchestrationContext, _: ()) -> Result<bool, Failure> {
    use rand::Rng as _;
    Ok(rand::rng().random_bool(0.5)) //~ D0002
}

/// a random choice
#[orchestrator]
async fn rand_range(_ctx: OrchestrationContext, _: ()) -> Result<u32, Failure> {
    Ok(rand::random_range(0..10)) //~ D0002
}

/// a generator seeded by the system
#[orchestrator]
async fn os_seed(_ctx: OrchestrationContext, _: ()) -> Result<u64, Failure> {
    use rand::{Rng as _, SeedableRng as _};
    let mut rng = rand::rngs::StdRng::from_os_rng(); //~ D0002
    Ok(rng.random())
}

/// fastrand
#[orchestrator]
async fn fast(_ctx: OrchestrationContext, _: ()) -> Result<u8, Failure> {
    Ok(fastrand::u8(..)) //~ D0002
}

/// a shuffle
#[orchestrator]
async fn shuffle(_ctx: OrchestrationContext, mut names: Vec<String>) -> Result<Vec<String>, Failure> {
    fastrand::shuffle(&mut names); //~ D0002
    Ok(names)
}

/// the system's random bytes
#[orchestrator]
async fn system_bytes(_ctx: OrchestrationContext, _: ()) -> Result<[u8; 4], Failure> {
    let mut bytes = [0; 4];
    getrandom::fill(&mut bytes).map_err(|error| Failure::new(error.to_string()))?; //~ D0002
    Ok(bytes)
}

/// a random uuid
#[orchestrator]
async fn uuid_v4(_ctx: OrchestrationContext, _: ()) -> Result<String, Failure> {
    Ok(uuid::Uuid::new_v4().to_string()) //~ D0002
}

/// a uuid with the time in it, by an import
mod uuid_imported {
    use durable::prelude::*;
    use uuid::Uuid;

    #[orchestrator]
    async fn uuid_v7(_ctx: OrchestrationContext, _: ()) -> Result<String, Failure> {
        Ok(Uuid::now_v7().to_string()) //~ D0002
    }
}

/// uuids for each element, by a function reference
#[orchestrator]
async fn uuid_reference(_ctx: OrchestrationContext, n: usize) -> Result<usize, Failure> {
    Ok(std::iter::repeat_with(uuid::Uuid::new_v4).take(n).count()) //~ D0002
}

/// the random seed of a hasher
#[orchestrator]
async fn hasher(_ctx: OrchestrationContext, text: String) -> Result<u64, Failure> {
    use std::hash::BuildHasher as _;
    Ok(std::collections::hash_map::RandomState::new().hash_one(text)) //~ D0002
}

/// a random id as the id of a child
#[orchestrator]
async fn random_child(ctx: OrchestrationContext, _: ()) -> Result<u32, Failure> {
    let id = format!("child-{}", rand::random::<u64>()); //~ D0002
    Ok(ctx.call(rand_random, ()).id(&id).await?)
}
