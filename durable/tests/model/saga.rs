//! Sagas.

use durable::prelude::*;

use crate::support::{Probe, test};

#[activity]
async fn book(ctx: ActivityContext, what: String) -> Result<String, Failure> {
    if what == "moon" {
        return Err(Failure::new("no flights to the moon"));
    }
    ctx.state::<Probe>().note(format!("booked {what}"));
    Ok(what)
}

#[activity]
async fn unbook(ctx: ActivityContext, what: String) -> Result<(), Failure> {
    ctx.state::<Probe>().note(format!("unbooked {what}"));
    if what == "car" {
        return Err(Failure::new("the car is gone"));
    }
    Ok(())
}

#[orchestrator]
async fn journey(ctx: OrchestrationContext, stops: Vec<String>) -> Result<usize, Failure> {
    ctx.saga(|saga| {
        let ctx = ctx.clone();
        async move {
            for stop in &stops {
                let booking = ctx.call(book, stop.clone()).await?;
                saga.undo_with(unbook, booking);
                ctx.event::<()>("next").await;
            }
            Ok(stops.len())
        }
    })
    .await
}

fn stops(names: &[&str]) -> Vec<String> {
    names.iter().map(|&name| name.to_owned()).collect()
}

#[test]
fn compensations_run_in_reverse_over_a_crash_and_one_that_fails_does_not_stop_the_rest() {
    test(async |app, probe| {
        let run = app
            .start(journey, stops(&["hotel", "car", "train", "moon"]))
            .await
            .unwrap();
        for _ in 0..3 {
            app.settle().await;
            app.crash().await;
            run.raise_event("next", &()).await.unwrap();
        }
        assert_eq!(
            run.wait().await.unwrap_err().to_string(),
            "no flights to the moon"
        );
        let unbooked: Vec<String> = probe
            .notes()
            .into_iter()
            .filter(|note| note.starts_with("un"))
            .collect();
        assert_eq!(unbooked, ["unbooked train", "unbooked car", "unbooked hotel"]);
    });
}

#[test]
fn a_saga_that_succeeds_undoes_nothing() {
    test(async |app, probe| {
        let run = app.start(journey, stops(&["hotel"])).await.unwrap();
        run.raise_event("next", &()).await.unwrap();
        assert_eq!(run.wait().await.unwrap(), 1);
        assert_eq!(probe.notes(), ["booked hotel"]);
    });
}
