//! Edits of running code that make the same steps: none of them may be reported.

use std::time::Duration;

use crate::support::*;

/// Runs `before` over `messages`, deploys `after`, and expects it to go on to the end.
#[track_caller]
fn safe(before: Code, messages: &[EventKind], after: Code, rest: &[EventKind]) -> Value {
    let mut driver = Driver::start(before, 0);
    for message in messages {
        driver.deliver([message.clone()]);
    }
    driver.deploy(after);
    let mut result = None;
    for message in rest {
        result = driver.deliver([message.clone()]).result().or(result);
    }
    driver.load().unwrap();
    result.expect("the edited code goes on to the end")
}

const A_THEN_B: fn() -> Code = || {
    code!(|ctx, input| {
        let first = ctx.call(a, input).await?;
        let second = ctx.call(b, json!(2)).await?;
        Ok(json!([first, second]))
    })
};

/// Expects an edit of `A_THEN_B`, of which the first call has completed, to be safe.
#[track_caller]
fn edited(after: Code) -> Value {
    safe(A_THEN_B(), &[ok(0, 1)], after, &[ok(1, 2)])
}

#[test]
fn changed_inputs() {
    edited(code!(|ctx, _input| {
        ctx.call(a, json!("quite another")).await?;
        Ok(ctx.call(b, json!({"also": "other"})).await?)
    }));
}

#[test]
fn added_logs() {
    edited(code!(|ctx, input| {
        tracing::info!("about to call");
        ctx.call(a, input).await?;
        tracing::info!(replaying = ctx.is_replaying(), "called");
        Ok(ctx.call(b, json!(2)).await?)
    }));
}

#[test]
fn renamed_locals_and_moved_lines() {
    edited(code!(|context, order| {
        let booked = context.call(a, order);
        let booked = booked.await?;

        let charged = context.call(b, json!(2)).await?;
        Ok(json!([booked, charged]))
    }));
}

#[test]
fn helper_functions() {
    async fn helper(ctx: &OrchestrationContext, input: Value) -> Result<Value, Failure> {
        Ok(ctx.call(a, input).await?)
    }
    edited(code!(|ctx, input| {
        let first = helper(&ctx, input).await?;
        let inner = ctx.clone();
        let second = block(async move { inner.call(b, json!(2)).await }).await?;
        Ok(json!([first, second]))
    }));
}

#[test]
fn added_retries_and_timeouts() {
    edited(code!(|ctx, input| {
        let policy = RetryPolicy::fixed(5, seconds(1));
        ctx.call(a, input).retry(policy.clone()).await?;
        let call = ctx
            .call(b, json!(2))
            .retry(policy)
            .timeout(Duration::from_secs(9));
        Ok(call.total_timeout(Duration::from_secs(99)).await?)
    }));
}

#[test]
fn changed_and_removed_retries_and_timeouts() {
    let before = code!(|ctx, _input| {
        let call = ctx.call(pay, json!(1)).retry(RetryPolicy::fixed(5, seconds(1)));
        Ok(call
            .timeout(Duration::from_secs(5))
            .total_timeout(Duration::from_secs(50))
            .await?)
    });
    let changed = code!(|ctx, _input| {
        let call = ctx
            .call(pay, json!(1))
            .retry(RetryPolicy::exponential(2, seconds(1)..seconds(9)));
        Ok(call.timeout(Duration::from_secs(1)).await?)
    });
    let removed = code!(|ctx, _input| { Ok(ctx.call(pay, json!(1)).no_retry().await?) });
    for after in [changed, removed] {
        // The pause is task 3, the second attempt task 4.
        let rest = [fired(3), ok(4, "paid")];
        assert_eq!(
            safe(before, &[failed(0, failure("busy"))], after, &rest),
            json!("paid")
        );
    }
}

#[test]
fn an_added_changed_or_removed_predicate() {
    let plain = code!(|ctx, _input| {
        Ok(ctx
            .call(pay, json!(1))
            .retry(RetryPolicy::fixed(5, seconds(1)))
            .await?)
    });
    let asking = code!(|ctx, _input| {
        let call = ctx.call(pay, json!(1)).retry(RetryPolicy::fixed(5, seconds(1)));
        Ok(call.retry_if(|error| *error == PayError::Busy).await?)
    });
    for (before, after) in [(plain, asking), (asking, plain)] {
        safe(
            before,
            &[failed(0, failure("busy"))],
            after,
            &[fired(1), ok(2, "paid")],
        );
    }
}

#[test]
fn changed_durations_of_timers() {
    let before = code!(|ctx, _input| { Ok(json!(ctx.timer(seconds(5)).await)) });
    let longer = code!(|ctx, _input| { Ok(json!(ctx.timer(durable_core::orchestration::days(5)).await)) });
    let until = code!(|ctx, _input| { Ok(json!(ctx.timer_at(at(77)).await)) });
    safe(before, &[], longer, &[fired(0)]);
    safe(before, &[], until, &[fired(0)]);
}

#[test]
fn changed_data_and_receiver_of_a_sent_event() {
    let before = code!(|ctx, _input| {
        ctx.raise_event("other", "news", &1)?;
        Ok(ctx.event::<Value>("answer").await)
    });
    let after = code!(|ctx, _input| {
        ctx.raise_event("somebody-else", "news", &"text")?;
        Ok(ctx.event::<Value>("answer").await)
    });
    safe(before, &[], after, &[event("answer", 1)]);
}

#[test]
fn a_changed_closure_of_a_side_effect_keeps_the_recorded_value() {
    let before = code!(|ctx, _input| {
        let value = ctx.side_effect(|| 1).await;
        Ok(json!([value, ctx.event::<Value>("go").await]))
    });
    let after = code!(|ctx, _input| {
        let value = ctx.side_effect(|| 2).await;
        Ok(json!([value, ctx.event::<Value>("go").await]))
    });
    assert_eq!(safe(before, &[], after, &[event("go", 1)]), json!([1, 1]));
}

#[test]
fn a_changed_custom_status() {
    edited(code!(|ctx, input| {
        ctx.set_custom_status(&"new")?;
        ctx.call(a, input).await?;
        Ok(ctx.call(b, json!(2)).await?)
    }));
}

#[test]
fn added_looks_at_the_context() {
    edited(code!(|ctx, input| {
        let seen = (
            ctx.now(),
            ctx.generation(),
            ctx.instance(),
            ctx.is_cancelled(),
            ctx.version(),
        );
        tracing::debug!(?seen);
        ctx.call(a, input).await?;
        Ok(ctx.call(b, json!(2)).await?)
    }));
}

#[test]
fn a_changed_result_and_new_steps_where_the_history_has_not_come_to() {
    let result = safe(
        A_THEN_B(),
        &[ok(0, 1)],
        code!(|ctx, input| {
            ctx.call(a, input).await?;
            ctx.call(b, json!(2)).await?;
            ctx.timer(seconds(5)).await;
            ctx.call(c, json!(3)).await?;
            Ok(json!("another result"))
        }),
        &[ok(1, 2), fired(2), ok(3, 3)],
    );
    assert_eq!(result, json!("another result"));
}

#[test]
fn other_handling_of_errors_that_did_not_happen() {
    edited(code!(|ctx, input| {
        let first = match ctx.call(a, input).await {
            Ok(value) => value,
            Err(CallError::Timeout) => ctx.call(c, json!("instead")).await?,
            Err(error) => return Err(error.into()),
        };
        Ok(json!([first, ctx.call(b, json!(2)).await?]))
    }));
}

#[test]
fn a_call_wrapped_into_a_join_or_a_list_of_one() {
    edited(code!(|ctx, input| {
        let first = ctx.join_all([ctx.call(a, input)]).await;
        let (_, second, _) = ctx.select_all([ctx.call(b, json!(2))]).await;
        Ok(json!([first.len(), second?]))
    }));
}

#[test]
fn a_started_call_that_is_awaited_at_once_is_like_an_awaited_one() {
    edited(code!(|ctx, input| {
        ctx.call(a, input).start().await?;
        Ok(ctx.call(b, json!(2)).start().await?)
    }));
}

#[test]
fn an_added_branch_that_waits_for_an_event_or_a_request_to_cancel() {
    edited(code!(|ctx, input| {
        ctx.call(a, input).await?;
        match ctx
            .select((
                ctx.call(b, json!(2)),
                ctx.event::<Value>("abort"),
                ctx.cancelled(),
            ))
            .await
        {
            Selected::First(value) => Ok(value?),
            Selected::Second(_) => Ok(json!("aborted")),
            Selected::Third(reason) => Err(Failure::new(reason)),
        }
    }));
}

#[test]
fn a_saga_around_the_same_steps() {
    edited(code!(|ctx, input| {
        let calls = ctx.clone();
        ctx.saga(|saga| {
            block(async move {
                let first = calls.call(a, input).await?;
                saga.undo_with(c, json!(1));
                let second = calls.call(b, json!(2)).await?;
                Ok::<_, Failure>(json!([first, second]))
            })
        })
        .await
    }));
}

#[test]
fn a_wider_type_of_an_event() {
    let before = code!(|ctx, _input| {
        let news = ctx.event::<u8>("news").await;
        Ok(ctx.call(a, json!(news)).await?)
    });
    let after = code!(|ctx, _input| {
        let news = ctx.event::<Option<u64>>("news").await;
        Ok(ctx.call(a, json!(news)).await?)
    });
    safe(before, &[event("news", 1)], after, &[ok(0, 1)]);
}
