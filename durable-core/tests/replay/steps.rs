//! Side effects, randomness, custom status and logs: what replay repeats and what it does not.

use std::cell::{Cell, RefCell};

use crate::support::*;

thread_local! {
    static EFFECTS: Cell<u32> = const { Cell::new(0) };
    static LOGGED: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

#[test]
fn a_side_effect_runs_once_and_its_value_is_recorded() {
    let mut driver = Driver::start(
        code!(|ctx, _input| {
            let effect = || {
                EFFECTS.with(|effects| effects.set(effects.get() + 1));
                EFFECTS.with(Cell::get)
            };
            let first = ctx.side_effect(effect).await;
            ctx.event::<Value>("go").await;
            Ok(json!([first, ctx.side_effect(effect).await]))
        }),
        (),
    );
    assert_eq!(decisions(&driver.history), ["#0 SideEffect"]);
    driver.load().unwrap();
    assert_eq!(
        driver.crash().deliver([event("go", 1)]).result(),
        Some(json!([1, 2]))
    );
    driver.load().unwrap();
    assert_eq!(EFFECTS.with(Cell::get), 2);
}

#[test]
fn a_side_effect_may_use_the_context() {
    let mut driver = Driver::new(
        code!(|ctx, _input| {
            let inner = ctx.clone();
            Ok(json!(ctx.side_effect(move || inner.instance().to_string()).await))
        }),
        (),
    );
    assert_eq!(driver.begin().result(), Some(json!("order-42")));
}

/// The property test found this: what a predicate or a side effect drew was not drawn again at replay.
#[test]
fn what_a_side_effect_draws_does_not_change_later_draws() {
    let code = code!(|ctx, _input| {
        let inner = ctx.clone();
        let drawn = ctx.side_effect(move || inner.random()).await;
        let later = ctx.random();
        ctx.event::<Value>("go").await;
        Ok(json!([drawn, later, ctx.random()]))
    });
    let drawn = |forgetful: bool| {
        let mut driver = Driver::new(code, ());
        driver.forgetful = forgetful;
        driver.begin();
        driver.deliver([event("go", 1)]).result().unwrap()
    };
    assert_eq!(drawn(false), drawn(true));
    let [first, second, third] = serde_json::from_value::<[u64; 3]>(drawn(true)).unwrap();
    assert!(first != second && second != third && first != third);
}

#[test]
fn a_side_effect_that_makes_steps_is_refused() {
    let mut driver = Driver::new(
        code!(|ctx, _input| {
            let inner = ctx.clone();
            ctx.side_effect(move || drop(inner.call(a, json!(1)).start()))
                .await;
            Ok(json!(null))
        }),
        (),
    );
    let start = EventKind::ExecutionStarted(Box::new(driver.started.clone()));
    let halt = driver.try_deliver([start]).unwrap_err();
    assert_eq!(halt.reason, HaltReason::Misuse);
    assert!(halt.message.contains("may make no calls") && halt.place.unwrap().contains("steps.rs"));
}

#[test]
fn a_recorded_side_effect_of_another_type_blocks_with_the_place() {
    let mut driver = Driver::start(
        code!(|ctx, _input| {
            ctx.side_effect(|| "text".to_owned()).await;
            Ok(ctx.event("go").await)
        }),
        (),
    );
    driver.deploy(code!(|ctx, _input| {
        ctx.side_effect(|| 5_u32).await;
        Ok(ctx.event("go").await)
    }));
    let halt = driver.load().unwrap_err();
    assert_eq!(halt.reason, HaltReason::Undecodable);
    assert!(
        halt.message.contains("side effect is no `u32`") && halt.place.is_some(),
        "{halt}"
    );
}

#[test]
fn random_numbers_and_ids_are_the_same_at_replay_and_differ_between_executions() {
    let code = code!(|ctx, _input| {
        let before = json!([ctx.random(), ctx.new_uuid()]);
        ctx.event::<Value>("go").await;
        Ok(json!([before, ctx.random(), ctx.new_uuid()]))
    });
    let drawn = |execution: u128, forgetful: bool| {
        let mut driver = Driver::new(code, ());
        driver.started.execution = execution_id(execution);
        driver.forgetful = forgetful;
        driver.begin();
        driver.deliver([event("go", 1)]).result().unwrap()
    };
    assert_eq!(drawn(1, false), drawn(1, true));
    assert_ne!(drawn(1, false), drawn(2, false));
}

#[test]
fn a_recorded_retry_draws_at_replay_what_it_drew_when_it_was_made() {
    let code = code!(|ctx, _input| {
        let call = ctx
            .call(pay, json!(1))
            .retry(RetryPolicy::fixed(2, seconds(1)))
            .start();
        let drawn = ctx.random();
        ctx.event::<Value>("go").await;
        drop(call);
        Ok(json!([drawn, ctx.random()]))
    });
    let drawn = |forgetful: bool| {
        let mut driver = Driver::new(code, ());
        driver.forgetful = forgetful;
        driver.begin();
        driver.deliver([event("go", 1)]).result().unwrap()
    };
    assert_eq!(drawn(false), drawn(true));
}

#[test]
fn the_custom_status_is_set_by_the_turn_that_sets_it_and_not_again_at_replay() {
    use durable_core::decision::CustomStatus;
    let mut driver = Driver::new(
        code!(|ctx, _input| {
            ctx.set_custom_status(&"half way")?;
            Ok(ctx.event("go").await)
        }),
        (),
    );
    let half = CustomStatus::Set(Payload::encode(&"half way").unwrap());
    assert_eq!(driver.begin().custom_status, half);
    assert_eq!(
        driver.crash().deliver([event("go", 1)]).custom_status,
        CustomStatus::Unchanged
    );
}

/// Collects the messages of every event on this thread.
struct Collector;

impl tracing::Subscriber for Collector {
    fn enabled(&self, _: &tracing::Metadata<'_>) -> bool {
        true
    }
    fn new_span(&self, _: &tracing::span::Attributes<'_>) -> tracing::span::Id {
        tracing::span::Id::from_u64(1)
    }
    fn record(&self, _: &tracing::span::Id, _: &tracing::span::Record<'_>) {}
    fn record_follows_from(&self, _: &tracing::span::Id, _: &tracing::span::Id) {}
    fn event(&self, event: &tracing::Event<'_>) {
        struct Message;
        impl tracing::field::Visit for Message {
            fn record_debug(&mut self, _: &tracing::field::Field, value: &dyn std::fmt::Debug) {
                LOGGED.with(|logged| logged.borrow_mut().push(format!("{value:?}")));
            }
        }
        event.record(&mut Message);
    }
    fn enter(&self, _: &tracing::span::Id) {}
    fn exit(&self, _: &tracing::span::Id) {}
}

#[test]
fn logs_are_silent_while_replaying() {
    let _guard = tracing::subscriber::set_default(Collector);
    let mut driver = Driver::start(
        code!(|ctx, _input| {
            tracing::info!("started");
            assert!(!ctx.is_replaying() || ctx.generation() == 0);
            ctx.event::<Value>("go").await;
            tracing::info!("went on");
            Ok(json!(ctx.is_replaying()))
        }),
        (),
    );
    driver.load().unwrap();
    let turn = driver.crash().deliver([event("go", 1)]);
    assert_eq!(turn.result(), Some(json!(false)), "new events are no replay");
    driver.load().unwrap();
    assert_eq!(LOGGED.with(RefCell::take), ["started", "went on"]);
}
