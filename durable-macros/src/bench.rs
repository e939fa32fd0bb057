//! What the compiler pays for each function: `cargo bench -p durable-macros`. Release builds; users' builds run the macros
//! unoptimised, which `cargo run --release -p bench -- check` measures with everything around them.
#![allow(
    dead_code,
    unused_imports,
    clippy::unwrap_used,
    clippy::missing_docs_in_private_items,
    reason = "a crate of macros exports nothing else, so this is the root of its modules once more, and uses a part of them"
)]

mod args;
mod body;
mod deterministic;
mod entry;
mod errors;
mod fingerprint;
mod function;
mod lint;
mod lock;
mod message;
mod migrate;
mod package;
mod paths;
mod schema;
mod text;

use divan::Bencher;
use proc_macro2::TokenStream;

use function::Kind;

fn main() {
    divan::main();
}

/// An orchestrator as they are written: calls with and without options, a loop, a select, a saga's undo.
const ORCHESTRATOR: &str = r#"
    pub async fn checkout(ctx: OrchestrationContext, order: Order) -> Result<Receipt, CheckoutError> {
        let stock = ctx.call(reserve, &order.lines).retry(attempts(5)).timeout(minutes(2)).await?;
        let mut charged = Vec::new();
        for part in order.parts() {
            let charge = ctx.call(charge_card, (order.card.clone(), part.cents)).await;
            match charge {
                Ok(receipt) => charged.push(receipt),
                Err(error) => {
                    for receipt in charged.iter().rev() {
                        ctx.call(refund, receipt).await?;
                    }
                    ctx.call(release, stock).await?;
                    return Err(CheckoutError::Declined(error.to_string()));
                }
            }
        }
        match ctx.select((ctx.event::<Approval>("approval"), ctx.timer(days(2)))).await {
            First(approval) if approval.granted => {}
            First(_) | Second(()) => return Err(CheckoutError::NotApproved),
        }
        let sent = ctx.join_all(order.lines.iter().map(|line| ctx.call(ship, line))).await;
        Ok(Receipt { id: ctx.uuid(), lines: sent.len(), cents: order.cents() })
    }
"#;

const ACTIVITY: &str = r"
    async fn charge_card(ctx: ActivityContext, (card, cents): (Card, u64)) -> Result<Charge, Failure> {
        let bank = ctx.state::<Bank>();
        let answer = bank.charge(&card, cents, &ctx.idempotency_key()).await?;
        Ok(Charge { id: answer.id, cents })
    }
";

fn expand(bencher: Bencher<'_, '_>, kind: Kind, args: &str, item: &str) {
    let (args, item): (TokenStream, TokenStream) = (args.parse().unwrap(), item.parse().unwrap());
    let expanded = function::run(kind, args.clone(), &item).to_string();
    assert!(!expanded.contains("compile_error"), "{expanded}");
    bencher.bench_local(|| function::run(kind, args.clone(), &item));
}

#[divan::bench(max_time = 1)]
fn an_orchestrator(bencher: Bencher<'_, '_>) {
    expand(bencher, Kind::Orchestrator, "", ORCHESTRATOR);
}

#[divan::bench(max_time = 0.5)]
fn an_activity(bencher: Bencher<'_, '_>) {
    expand(bencher, Kind::Activity, "retry(max_attempts = 3)", ACTIVITY);
}
