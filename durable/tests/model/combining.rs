//! join, `join_all` and select, of any arity and nested.

use durable::prelude::*;

use crate::support::test;

#[activity]
async fn echo(_: ActivityContext, n: u32) -> Result<u32, Failure> {
    Ok(n)
}

#[orchestrator]
async fn join_eight(ctx: OrchestrationContext, (): ()) -> Result<Vec<u32>, Failure> {
    let call = |n| ctx.call(echo, n);
    let (a, b) = ctx.join((call(1), call(2))).await;
    let (c, d, e, f, g, h, i, j) = ctx
        .join((
            call(3),
            call(4),
            call(5),
            call(6),
            call(7),
            call(8),
            call(9),
            call(10),
        ))
        .await;
    [a, b, c, d, e, f, g, h, i, j]
        .into_iter()
        .map(|part| Ok(part?))
        .collect()
}

#[orchestrator]
async fn select_eight(ctx: OrchestrationContext, (): ()) -> Result<Vec<u32>, Failure> {
    let mut order = Vec::new();
    for _ in 0..8 {
        let event = |n: u32| ctx.event::<u32>(&format!("e{n}"));
        let all = (
            event(1),
            event(2),
            event(3),
            event(4),
            event(5),
            event(6),
            event(7),
            event(8),
        );
        // Exhaustive, and without a wildcard.
        order.push(match ctx.select(all).await {
            First(n) | Second(n) | Third(n) | Fourth(n) | Fifth(n) | Sixth(n) | Seventh(n) | Eighth(n) => n,
        });
    }
    Ok(order)
}

#[orchestrator]
async fn nested(ctx: OrchestrationContext, (): ()) -> Result<String, Failure> {
    let quick = async {
        ctx.timer(seconds(5)).await;
        ctx.call(echo, 5).await
    };
    let pair = ctx.join((ctx.event::<u32>("left"), ctx.event::<u32>("right")));
    let inner = ctx.select((pair, ctx.timer(seconds(60))));
    match ctx
        .select((inner, ctx.join_all([ctx.timer(days(1)), ctx.timer(days(2))])))
        .await
    {
        First(First((left, right))) => Ok(format!("both: {left} and {right}, then {}", quick.await?)),
        First(Second(())) => Ok("a minute went by".to_owned()),
        Second(_) => Ok("two days went by".to_owned()),
    }
}

#[orchestrator]
async fn race_of_many(ctx: OrchestrationContext, count: u64) -> Result<String, Failure> {
    let timers = (1..=count).map(|n| ctx.timer(seconds(1 + (n * 7) % count)));
    let (first, (), _rest) = ctx.select_all(timers).await;
    Ok(format!("{first}"))
}

#[orchestrator]
async fn fan_out(ctx: OrchestrationContext, count: u32) -> Result<u32, Failure> {
    let parts = ctx.join_all((0..count).map(|n| ctx.call(echo, n))).await;
    parts.into_iter().try_fold(0, |sum, part| Ok(sum + part?))
}

#[test]
fn joins_of_two_and_of_eight_keep_their_order() {
    test(async |app, _| {
        let run = app.start(join_eight, ()).await.unwrap();
        assert_eq!(run.wait().await.unwrap(), (1..=10).collect::<Vec<u32>>());
    });
}

#[test]
fn a_select_of_eight_yields_what_came_first_and_loses_nothing() {
    test(async |app, _| {
        let run = app.start(select_eight, ()).await.unwrap();
        for n in [3_u32, 8, 1, 2, 7, 5, 6, 4] {
            run.raise_event(&format!("e{n}"), &n).await.unwrap();
        }
        let order = run.wait().await.unwrap();
        assert_eq!(order, [3, 8, 1, 2, 7, 5, 6, 4]);
    });
}

#[test]
fn combinators_nest_and_survive_a_crash_between_their_parts() {
    test(async |app, _| {
        let run = app.start(nested, ()).await.unwrap();
        run.raise_event("left", &1_u32).await.unwrap();
        app.settle().await;
        app.crash().await;
        run.raise_event("right", &2_u32).await.unwrap();
        app.advance(seconds(5)).await;
        assert_eq!(run.wait().await.unwrap(), "both: 1 and 2, then 5");
        let run = app.start(nested, ()).await.unwrap();
        app.advance(seconds(60)).await;
        assert_eq!(run.wait().await.unwrap(), "a minute went by");
    });
}

#[test]
fn the_first_of_a_list_wins_and_the_other_timers_are_taken_back() {
    test(async |app, _| {
        let run = app.start(race_of_many, 10).await.unwrap();
        app.advance(seconds(1)).await;
        assert_eq!(run.wait().await.unwrap(), "9");
        assert_eq!(app.hub().next_due(), None);
    });
}

#[test]
fn a_fan_out_of_a_thousand_comes_back_whole() {
    test(async |app, _| {
        let run = app.start(fan_out, 1_000).await.unwrap();
        assert_eq!(run.wait().await.unwrap(), (0..1_000).sum::<u32>());
    });
}
