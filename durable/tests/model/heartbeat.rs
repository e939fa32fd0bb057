//! Heartbeats: progress that outlives the worker, and a lease that runs out.

use durable::prelude::*;

use crate::support::{Cluster, Probe, run, test};

#[activity]
async fn count_to_ten(ctx: ActivityContext, (): ()) -> Result<(u32, u32), Failure> {
    let probe = ctx.state::<Probe>();
    let from = ctx.progress::<u32>()?.unwrap_or(0);
    for n in from + 1..=10 {
        ctx.heartbeat(&n).await?;
        if n == 6 && ctx.info().deliveries == 0 {
            probe.note("at six");
            std::future::pending::<()>().await;
        }
    }
    Ok((from, ctx.info().deliveries))
}

#[orchestrator]
async fn counting(ctx: OrchestrationContext, (): ()) -> Result<(u32, u32), CallError<Failure>> {
    ctx.call(count_to_ten, ()).await
}

#[test]
fn a_later_run_goes_on_where_the_dead_worker_s_run_was() {
    test(async |app, probe| {
        let run = app.start(counting, ()).await.unwrap();
        probe.seen("at six", 1).await;
        app.crash().await;
        assert_eq!(run.wait().await.unwrap(), (6, 1));
    });
}

#[test]
fn another_worker_takes_over_once_the_dead_worker_s_lease_has_run_out() {
    run(async {
        let cluster = Cluster::new();
        let first = cluster.worker("first", |_| {}).await;
        let run = cluster.client.start(counting, ()).await.unwrap();
        cluster.probe.seen("at six", 1).await;
        let second = cluster.worker("second", |_| {}).await;
        first.crash_holding_its_lease().await;
        cluster.clock.advance(cluster.hub.lease());
        assert_eq!(run.wait().await.unwrap(), (6, 1));
        second.stop().await;
    });
}
