//! Random orchestrators: a small language, and the orchestrator that interprets it.

use std::cell::Cell;
use std::time::Duration;

use durable_core::orchestration::BoxDurableFuture;
use proptest::prelude::*;
use serde::{Deserialize, Serialize};

use crate::support::*;

thread_local! {
    static COUNTED: Cell<u64> = const { Cell::new(0) };
}

/// One step of a program.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) enum Op {
    /// Calls activity `a`, `b` or `c`.
    Call(u8),
    /// Calls an activity with retries, a predicate and limits.
    Retry {
        attempts: u8,
        judged: bool,
        limited: bool,
        total: bool,
    },
    Timer(u8),
    /// Waits for event `e0` or `e1`.
    Event(u8),
    Effect,
    Draw,
    Raise,
    Child {
        limited: bool,
    },
    Detached,
    Status(u8),
    /// Waits for a request to cancel or for the op.
    Watched(Box<Op>),
    /// Polls an op once and drops it.
    Dropped(Box<Op>),
    /// Starts calls and a timer, runs the op, and selects from what was started.
    Ahead(Box<Op>),
    Join(Box<Op>, Box<Op>),
    Select(Box<Op>, Box<Op>),
    JoinAll(Vec<Op>),
    /// Selects from the list until nothing is left of it.
    SelectAll(Vec<Op>),
    Sequence(Vec<Op>),
    /// Calls an activity with an input that is another one every time. In no random program.
    Counted,
}

/// A program, and how often it continues as new.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Program {
    pub(crate) ops: Vec<Op>,
    pub(crate) generations: u32,
}

/// The orchestrator that runs a [`Program`] given as its input.
pub(crate) fn interpreter() -> Code {
    code!(|ctx, input| {
        let program: Program = serde_json::from_value(input.clone())?;
        let mut values = Vec::new();
        for op in program.ops {
            values.push(run(&ctx, op).await);
        }
        if ctx.generation() < program.generations {
            return ctx.continue_as_new(input).await;
        }
        if ctx.is_cancelled() {
            return Err(Failure::new(format!("{values:?}")));
        }
        Ok(json!(values))
    })
}

type Running = BoxDurableFuture<'static, Value>;

fn run(ctx: &OrchestrationContext, op: Op) -> Running {
    let ctx = ctx.clone();
    match op {
        Op::Call(which) => call(&ctx, which),
        Op::Retry {
            attempts,
            judged,
            limited,
            total,
        } => {
            let policy = RetryPolicy::fixed(u32::from(attempts) + 1, seconds(3)).jitter(0.5);
            let mut call = ctx.call(pay, json!("retried")).retry(policy);
            if judged {
                let asked = ctx.clone();
                call = call.retry_if(move |_| asked.random().is_multiple_of(2));
            }
            if limited {
                call = call.timeout(Duration::from_secs(20));
            }
            if total {
                call = call.total_timeout(minutes(1));
            }
            Box::pin(block(async move { told(call.await) }))
        }
        Op::Timer(long) => Box::pin(block(async move {
            ctx.timer(seconds(u64::from(long))).await;
            json!("timer")
        })),
        Op::Event(which) => Box::pin(block(async move {
            json!(["event", ctx.event::<Value>(&format!("e{}", which % 2)).await])
        })),
        Op::Effect => Box::pin(block(
            async move { json!(["effect", ctx.side_effect(|| 7).await]) },
        )),
        Op::Draw => Box::pin(block(async move { json!([ctx.random(), ctx.new_uuid()]) })),
        Op::Raise => Box::pin(block(async move {
            json!(ctx.raise_event("other", "news", &1).is_ok())
        })),
        Op::Child { limited } => {
            let mut call = ctx.call(child, json!("child"));
            if limited {
                call = call.timeout(Duration::from_secs(20));
            }
            Box::pin(block(async move { told(call.await) }))
        }
        Op::Counted => {
            let count = COUNTED.replace(COUNTED.get() + 1);
            let call = ctx.call(c, json!({ "counted": count }));
            Box::pin(block(async move { told(call.await) }))
        }
        Op::Detached => Box::pin(block(async move {
            ctx.call(child, json!("detached")).detach();
            json!("detached")
        })),
        Op::Status(status) => Box::pin(block(
            async move { json!(ctx.set_custom_status(&status).is_ok()) },
        )),
        combined => combine(ctx, combined),
    }
}

fn combine(ctx: OrchestrationContext, op: Op) -> Running {
    Box::pin(block(async move {
        match op {
            Op::Watched(op) => match ctx.select((ctx.cancelled(), run(&ctx, *op))).await {
                Selected::First(reason) => json!(["cancelled", reason]),
                Selected::Second(value) => value,
            },
            Op::Dropped(op) => match ctx.select((run(&ctx, *op), ctx.side_effect(|| 0))).await {
                Selected::First(value) => value,
                Selected::Second(_) => json!("dropped"),
            },
            Op::Ahead(op) => ahead(&ctx, *op).await,
            Op::Join(first, second) => {
                let (first, second) = ctx.join((run(&ctx, *first), run(&ctx, *second))).await;
                json!([first, second])
            }
            Op::Select(first, second) => match ctx.select((run(&ctx, *first), run(&ctx, *second))).await {
                Selected::First(value) => json!(["first", value]),
                Selected::Second(value) => json!(["second", value]),
            },
            Op::JoinAll(ops) => json!(ctx.join_all(ops.into_iter().map(|op| run(&ctx, op))).await),
            Op::SelectAll(ops) => {
                let mut left: Vec<_> = ops.into_iter().map(|op| run(&ctx, op)).collect();
                let mut order = Vec::new();
                while !left.is_empty() {
                    let (place, value, rest) = ctx.select_all(left).await;
                    order.push(json!([place, value]));
                    left = rest;
                }
                json!(order)
            }
            Op::Sequence(ops) => {
                let mut values = Vec::new();
                for op in ops {
                    values.push(run(&ctx, op).await);
                }
                json!(values)
            }
            simple => run(&ctx, simple).await,
        }
    }))
}

async fn ahead(ctx: &OrchestrationContext, op: Op) -> Value {
    let first = ctx.call(a, json!("ahead")).start();
    let second = ctx
        .call(b, json!("ahead"))
        .timeout(Duration::from_secs(30))
        .start();
    let third = ctx.timer(seconds(10)).start();
    let between = run(ctx, op).await;
    let winner = match ctx.select((first, second, third)).await {
        Selected::First(value) => json!(["a", told(value)]),
        Selected::Second(value) => json!(["b", told(value)]),
        Selected::Third(()) => json!("timer"),
    };
    json!([between, winner])
}

fn call(ctx: &OrchestrationContext, which: u8) -> Running {
    let input = json!(which);
    match which % 3 {
        0 => {
            let call = ctx.call(a, input);
            Box::pin(block(async move { told(call.await) }))
        }
        1 => {
            let call = ctx.call(b, input);
            Box::pin(block(async move { told(call.await) }))
        }
        _ => {
            let call = ctx.call(c, input).start();
            Box::pin(block(async move { told(call.await) }))
        }
    }
}

fn told<E: std::fmt::Display>(result: Result<Value, E>) -> Value {
    result.unwrap_or_else(|error| json!(error.to_string()))
}

/// Makes random programs.
pub(crate) fn programs() -> impl Strategy<Value = Program> {
    (proptest::collection::vec(ops(), 1..5), 0..3_u32)
        .prop_map(|(ops, generations)| Program { ops, generations })
}

fn ops() -> impl Strategy<Value = Op> {
    let leaf = prop_oneof![
        4 => (0..3_u8).prop_map(Op::Call),
        2 => (0..3_u8, any::<bool>(), any::<bool>(), any::<bool>())
            .prop_map(|(attempts, judged, limited, total)| Op::Retry { attempts, judged, limited, total }),
        2 => (1..9_u8).prop_map(Op::Timer),
        3 => (0..2_u8).prop_map(Op::Event),
        1 => Just(Op::Effect),
        1 => Just(Op::Draw),
        1 => Just(Op::Raise),
        1 => any::<bool>().prop_map(|limited| Op::Child { limited }),
        1 => Just(Op::Detached),
        1 => any::<u8>().prop_map(Op::Status),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        let boxed = || inner.clone().prop_map(Box::new);
        let list = || proptest::collection::vec(inner.clone(), 0..4);
        let some = proptest::collection::vec(inner.clone(), 1..4);
        prop_oneof![
            boxed().prop_map(Op::Watched),
            boxed().prop_map(Op::Dropped),
            boxed().prop_map(Op::Ahead),
            (boxed(), boxed()).prop_map(|(first, second)| Op::Join(first, second)),
            (boxed(), boxed()).prop_map(|(first, second)| Op::Select(first, second)),
            list().prop_map(Op::JoinAll),
            some.prop_map(Op::SelectAll),
            list().prop_map(Op::Sequence),
        ]
    })
}
