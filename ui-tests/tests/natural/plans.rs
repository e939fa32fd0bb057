//! Plans, pipelines and plug-ins: traits, generics, modules and recursion.

use std::collections::{BTreeMap, VecDeque};
use std::num::NonZeroU32;
use std::rc::Rc;

use durable::orchestration::{BoxDurableFuture, DurableFuture};
use durable::prelude::*;
use serde::{Deserialize, Serialize};

mod steps {
    use durable::prelude::*;

    #[activity]
    pub(super) async fn build(_ctx: ActivityContext, target: String) -> Result<u32, Failure> {
        Ok(target.len() as u32)
    }

    pub(super) mod checks {
        use durable::prelude::*;

        #[activity]
        pub(in super::super) async fn check(_ctx: ActivityContext, size: u32) -> Result<bool, Failure> {
            Ok(size > 1)
        }
    }

    /// A helper that other modules use by its path.
    #[deterministic]
    pub(super) async fn build_and_check(ctx: &OrchestrationContext, target: &str) -> Result<u32, Failure> {
        let size = ctx.call(build, target.to_owned()).await?;
        if !ctx.call(checks::check, size).await? {
            return Err(Failure::new(format!("{target} is too small: {size}")));
        }
        Ok(size)
    }
}

use steps::checks;

#[derive(Debug, Clone, Serialize, Deserialize)]
enum Plan {
    Build(String),
    Both(Box<Plan>, Box<Plan>),
    Each {
        targets: Vec<String>,
        at_once: NonZeroU32,
    },
    Nothing,
}

/// A plan is a tree: a helper that calls itself.
#[deterministic]
fn run<'a>(ctx: &'a OrchestrationContext, plan: &'a Plan) -> BoxDurableFuture<'a, Result<u32, Failure>> {
    Box::pin(async move {
        match plan {
            Plan::Build(target) => steps::build_and_check(ctx, target).await,
            Plan::Both(one, other) => {
                let (one, other) = ctx.join((run(ctx, one), run(ctx, other))).await;
                Ok(one? + other?)
            }
            Plan::Each { targets, at_once } => {
                let mut sum = 0;
                for chunk in targets.chunks(at_once.get() as usize) {
                    let built =
                        ctx.join_all(chunk.iter().map(|target| ctx.call(steps::build, target.clone())));
                    sum += built
                        .await
                        .into_iter()
                        .collect::<Result<Vec<_>, _>>()?
                        .iter()
                        .sum::<u32>();
                }
                Ok(sum)
            }
            Plan::Nothing => Ok(0),
        }
    })
}

#[orchestrator]
async fn planned(ctx: OrchestrationContext, plan: Plan) -> Result<u32, Failure> {
    run(&ctx, &plan).await
}

trait Stage {
    fn name(&self) -> &str;
    fn run<'a>(
        &'a self,
        ctx: &'a OrchestrationContext,
        input: u32,
    ) -> BoxDurableFuture<'a, Result<u32, Failure>>;
}

struct Build(String);
struct Pause;

#[deterministic]
impl Stage for Build {
    fn name(&self) -> &str {
        &self.0
    }

    fn run<'a>(
        &'a self,
        ctx: &'a OrchestrationContext,
        input: u32,
    ) -> BoxDurableFuture<'a, Result<u32, Failure>> {
        Box::pin(async move { Ok(input + ctx.call(steps::build, self.0.clone()).await?) })
    }
}

#[deterministic]
impl Stage for Pause {
    fn name(&self) -> &str {
        "pause"
    }

    fn run<'a>(
        &'a self,
        ctx: &'a OrchestrationContext,
        input: u32,
    ) -> BoxDurableFuture<'a, Result<u32, Failure>> {
        Box::pin(async move {
            ctx.timer(seconds(input.into())).await;
            Ok(input)
        })
    }
}

/// Stages behind a trait object.
#[orchestrator]
async fn pipeline(ctx: OrchestrationContext, targets: Vec<String>) -> Result<u32, Failure> {
    let mut stages: Vec<Box<dyn Stage>> = targets
        .into_iter()
        .map(|target| Box::new(Build(target)) as Box<dyn Stage>)
        .collect();
    stages.insert(stages.len() / 2, Box::new(Pause));
    let mut size = 0;
    for stage in &stages {
        ctx.set_custom_status(&stage.name())?;
        size = stage.run(&ctx, size).await?;
    }
    Ok(size)
}

/// Tasks that depend on each other, in rounds.
#[orchestrator]
async fn by_dependency(
    ctx: OrchestrationContext,
    mut needs: BTreeMap<String, Vec<String>>,
) -> Result<Vec<Vec<String>>, Failure> {
    let mut rounds = Vec::new();
    while !needs.is_empty() {
        let ready: Vec<String> = needs
            .iter()
            .filter(|(_, needed)| needed.is_empty())
            .map(|(name, _)| name.clone())
            .collect();
        if ready.is_empty() {
            return Err(Failure::new("a circle"));
        }
        let built = ctx
            .join_all(ready.iter().map(|name| ctx.call(steps::build, name.clone())))
            .await;
        for (name, size) in ready.iter().zip(built) {
            size?;
            needs.remove(name);
            needs
                .values_mut()
                .for_each(|needed| needed.retain(|other| other != name));
        }
        rounds.push(ready);
    }
    Ok(rounds)
}

/// A generic helper over steps that return different types.
#[deterministic]
async fn until<T, F>(
    mut step: impl FnMut(u32) -> F,
    enough: impl Fn(&T) -> bool,
    rounds: u32,
) -> Result<Option<T>, Failure>
where
    F: DurableFuture<Output = Result<T, CallError<Failure>>>,
{
    for round in 0..rounds {
        let value = step(round).await?;
        if enough(&value) {
            return Ok(Some(value));
        }
    }
    Ok(None)
}

#[orchestrator]
async fn growing(ctx: OrchestrationContext, name: String) -> Result<Option<u32>, Failure> {
    let grown = until(
        |round| ctx.call(steps::build, name.repeat(round as usize)).into_future(),
        |size| *size > 10,
        5,
    )
    .await?;
    let checked = until(
        |round| ctx.call(checks::check, round).into_future(),
        |fine| *fine,
        3,
    )
    .await?;
    Ok(grown.filter(|_| checked.unwrap_or(false)))
}

/// A breadth-first walk with a queue, and shared names by `Rc`.
#[orchestrator]
async fn crawl(ctx: OrchestrationContext, start: String) -> Result<Vec<String>, Failure> {
    let mut queue: VecDeque<(Rc<str>, u8)> = VecDeque::from([(Rc::from(start), 0)]);
    let mut visited = std::collections::BTreeSet::new();
    while let Some((name, depth)) = queue.pop_front() {
        if depth > 2 || !visited.insert(Rc::clone(&name)) {
            continue;
        }
        let size = ctx.call(steps::build, name.to_string()).await?;
        queue.extend((0..size % 3).map(|child| (format!("{name}/{child}").into(), depth + 1)));
    }
    Ok(visited.iter().map(ToString::to_string).collect())
}

/// A child for each part, with an id of its own; late ones are not waited for.
#[orchestrator]
async fn parts(ctx: OrchestrationContext, plans: Vec<Plan>) -> Result<u32, Failure> {
    let children = plans.into_iter().enumerate().map(|(at, plan)| {
        let id = format!("{}-{at}", ctx.instance());
        ctx.call(planned, plan).id(&id)
    });
    let all = ctx.join_all(children);
    match ctx.select((all, ctx.timer(hours(6)))).await {
        First(sizes) => sizes.into_iter().map(|size| size.map_err(Failure::from)).sum(),
        Second(()) => Err(Failure::new("late")),
    }
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Page<T> {
    items: Vec<T>,
    next: Option<u64>,
}

#[activity]
async fn page(_ctx: ActivityContext, from: u64) -> Result<Page<u64>, Failure> {
    Ok(Page {
        items: vec![from],
        next: (from < 3).then_some(from + 1),
    })
}

/// Page after page, by a `while let` over an option.
#[orchestrator]
async fn pages(ctx: OrchestrationContext) -> Result<u64, Failure> {
    let (mut next, mut sum) = (Some(0), 0);
    while let Some(from) = next.take() {
        let Page {
            items,
            next: following,
        } = ctx.call(page, from).await?;
        sum += items.iter().copied().fold(0, u64::wrapping_add);
        next = following.filter(|_| sum < 1_000);
    }
    Ok(sum)
}
