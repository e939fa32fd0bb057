//! D0703: the attribute on statements and on expressions of many kinds.
#![deny(warnings)]

use std::time::Instant;

use durable::prelude::*;

fn late(limit: Instant, now: Instant) -> bool {
    limit < now
}

#[orchestrator]
async fn harmless(_ctx: OrchestrationContext, n: u8) -> Result<bool, Failure> {
    #[allow_nondeterminism(reason = "on a let")]
    let began = Instant::now();
    #[allow_nondeterminism(reason = "on a macro")]
    println!("{began:?}");
    let again = #[allow_nondeterminism(reason = "on an initialiser")]
    Instant::now();
    let clock = #[allow_nondeterminism(reason = "on a closure")]
    || Instant::now();
    #[allow_nondeterminism(reason = "on a block")]
    {
        println!("{:?}", Instant::now());
    }
    let mut answer = false;
    #[allow_nondeterminism(reason = "on an assignment")]
    answer |= late(began, Instant::now());
    let chosen = match n {
        #[allow_nondeterminism(reason = "on an arm")]
        0 => Instant::now(),
        _ => again,
    };
    Ok(answer && late(chosen, #[allow_nondeterminism(reason = "on an argument")] Instant::now()) && late(clock(), began))
}

fn main() {}
