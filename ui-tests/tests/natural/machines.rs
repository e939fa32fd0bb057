//! State machines, and shapes of code that compilers are tested with.

use std::borrow::Cow;
use std::fmt;
use std::num::NonZeroU32;
use std::ops::ControlFlow;

use durable::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
enum Stage {
    Ordered { id: String },
    Paid { id: String, receipt: String },
    Shipped { id: String },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
struct Percent(u8);

impl fmt::Display for Percent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} %", self.0)
    }
}

#[activity]
async fn work(_ctx: ActivityContext, what: String) -> Result<String, Failure> {
    Ok(what)
}

#[activity]
async fn progress(_ctx: ActivityContext, job: String) -> Result<u8, Failure> {
    Ok(u8::try_from(job.len())?)
}

/// A state machine in a loop.
#[orchestrator]
async fn order(ctx: OrchestrationContext, id: String) -> Result<Stage, Failure> {
    let mut stage = Stage::Ordered { id };
    loop {
        ctx.set_custom_status(&stage)?;
        stage = match stage {
            Stage::Ordered { id } => {
                let receipt = ctx.call(work, format!("charge {id}")).await?;
                Stage::Paid { id, receipt }
            }
            Stage::Paid { id, ref receipt } if !receipt.is_empty() => {
                ctx.call(work, format!("ship {id}")).await?;
                Stage::Shipped { id }
            }
            done @ (Stage::Shipped { .. } | Stage::Paid { .. }) => return Ok(done),
        };
    }
}

/// The same over executions: the state is the input.
#[orchestrator]
async fn order_by_executions(ctx: OrchestrationContext, stage: Stage) -> Result<Stage, Failure> {
    let next = match &stage {
        Stage::Ordered { id } => Stage::Paid {
            id: id.clone(),
            receipt: ctx.call(work, id.clone()).await?,
        },
        Stage::Paid { id, .. } => Stage::Shipped { id: id.clone() },
        Stage::Shipped { .. } => return Ok(stage),
    };
    ctx.continue_as_new(next).await
}

/// Polling an external job.
#[orchestrator]
async fn job(ctx: OrchestrationContext, job: String) -> Result<String, Failure> {
    let mut seen = Percent(0);
    while seen < Percent(100) {
        seen = Percent(ctx.call(progress, job.clone()).await?);
        ctx.set_custom_status(&seen.to_string())?;
        ctx.timer(seconds(10)).await;
    }
    Ok(format!("{job}: {seen}"))
}

/// Nested joins and selects.
#[orchestrator]
async fn nested(ctx: OrchestrationContext, what: String) -> Result<String, Failure> {
    let either = ctx.select((
        ctx.join((ctx.call(work, what.clone()), ctx.timer(seconds(1)))),
        async {
            match ctx
                .select((ctx.event::<String>("skip"), ctx.timer(hours(1))))
                .await
            {
                First(reason) => reason,
                Second(()) => "timeout".to_owned(),
            }
        },
    ));
    match either.await {
        First((done, ())) => Ok(done?),
        Second(reason) => Ok(reason),
    }
}

/// A block with `?`, borrowed data and an early break with a value.
#[orchestrator]
async fn blocks(ctx: OrchestrationContext, words: Vec<String>) -> Result<usize, Failure> {
    let longest = words.iter().map(String::len).max().unwrap_or_default();
    let found = 'search: {
        for word in &words {
            let answer = ctx.call(work, word.clone()).await?;
            if answer.len() == longest {
                break 'search Some(answer);
            }
        }
        None
    };
    let inner: Result<usize, CallError<Failure>> = async {
        let first = ctx.call(work, found.clone().unwrap_or_default()).await?;
        Ok(first.len())
    }
    .await;
    Ok(inner? + found.map_or(0, |word| word.len()))
}

/// Tuples, arrays, slices, closures, shadowing, `Cow`, `ControlFlow`.
#[orchestrator]
async fn shapes(ctx: OrchestrationContext, (name, count): (String, NonZeroU32)) -> Result<String, Failure> {
    let name: Cow<'_, str> = if name.is_empty() {
        "nobody".into()
    } else {
        name.as_str().into()
    };
    let work = work_v1;
    let answers = [
        ctx.call(work, name.to_string()).await?,
        ctx.call(work, count.to_string()).await?,
    ];
    let [first, second] = &answers;
    let flow = answers.iter().try_for_each(|answer| {
        if answer.is_empty() {
            ControlFlow::Break(answer.len())
        } else {
            ControlFlow::Continue(())
        }
    });
    let join = |a: &str, b: &str| a.to_owned() + b;
    let joined = join(first, second);
    if let ControlFlow::Break(at) = flow {
        return Ok(ctx.call(work, at.to_string()).await?);
    }
    Ok(joined)
}

/// Items inside the body.
#[orchestrator]
async fn items_inside(ctx: OrchestrationContext, input: u32) -> Result<u32, Failure> {
    const LIMIT: u32 = 3;
    #[derive(Clone, Copy)]
    struct Counter(u32);
    impl Counter {
        fn next(self) -> Self {
            Self(self.0 + 1)
        }
    }
    fn double(n: u32) -> u32 {
        2 * n
    }
    use std::cmp::min;
    let mut counter = Counter(input);
    while counter.0 < min(LIMIT, double(input)) {
        counter = counter.next();
        ctx.timer(seconds(1)).await;
    }
    Ok(counter.0)
}

/// Handles chosen at run time, by what they have in common: a future.
#[orchestrator]
async fn chosen_step(ctx: OrchestrationContext, fast: bool) -> Result<String, Failure> {
    let step = if fast {
        ctx.call(work, "fast".to_owned())
    } else {
        ctx.call(work, "slow".to_owned()).timeout(hours(1))
    };
    Ok(step.await?)
}

/// Awaits in conditions, arguments, ranges, indices and returns.
#[orchestrator]
async fn awaits_everywhere(ctx: OrchestrationContext, jobs: Vec<String>) -> Result<u8, Failure> {
    let first = jobs.first().cloned().unwrap_or_default();
    for step in 0..ctx.call(progress, first.clone()).await? {
        if step > ctx.call(progress, first.clone()).await? {
            return Ok(u8::max(step, ctx.call(progress, first).await?));
        }
    }
    let scores = [1_u8, 2, 3];
    let at = usize::from(ctx.call(progress, first.clone()).await?) % scores.len();
    let score = scores[at] + (ctx.call(progress, first).await? & 1);
    Ok(-i16::from(score)).map(|n: i16| u8::try_from(-n).unwrap_or(u8::MAX))
}

/// An attribute of one's own on statements, and a name that must be escaped.
#[orchestrator]
async fn r#match(ctx: OrchestrationContext, r#type: String) -> Result<String, Failure> {
    #[allow(clippy::redundant_clone, reason = "shown on purpose")]
    let text = r#type.clone();
    #[rustfmt::skip]
    let answer = ctx.call( work, text ).await?;
    Ok(answer)
}
