//! Signals to instances: external events, cancel, suspend and resume.

use durable_core::history::{Event, EventKind, TraceContext};
use durable_core::hub::{HubErrorKind, InstanceStatus, Outgoing, Signal};
use durable_core::{Encoding, Payload};

use super::build::{
    Turn, child, event, event_name, id, messages, next_execution, order, request, resume, started, terminate,
};
use super::setup::{CaseError, CaseResult, refused, same};
use super::stage::{Stage, Worker};

/// A signal to an instance that does not exist MUST be refused as not found, one to an ended instance as a conflict.
/// Otherwise a client believes that its approval was heard.
pub(super) async fn signals_need_a_live_receiver(stage: &mut Stage) -> CaseResult {
    let worker = stage.worker("a").await?;
    stage.finish(&worker, "ended").await?;
    let reason = || "because".to_owned();
    let signals = [
        event("item", "1"),
        terminate(true),
        Signal::Cancel { reason: reason() },
        Signal::Suspend { reason: reason() },
        resume(),
    ];
    for signal in signals {
        let missing = stage.hub.signal(&id("missing"), signal.clone()).await;
        refused("a signal to a missing instance", missing, HubErrorKind::NotFound)?;
        let ended = stage.hub.signal(&id("ended"), signal).await;
        refused("a signal to an ended instance", ended, HubErrorKind::Conflict)?;
    }
    same(
        "status",
        stage.record("ended").await?.status,
        InstanceStatus::Completed,
    )
}

/// Payloads, times and trace contexts MUST come back as they were given, whatever their bytes.
/// Otherwise what was encrypted cannot be decrypted, and spans do not link.
pub(super) async fn what_is_stored_comes_back_unchanged(stage: &mut Stage) -> CaseResult {
    let worker = stage.worker("a").await?;
    let held = stage.begin(&worker, "order").await?;
    let bytes: Vec<u8> = (0..=255).cycle().take(200_000).collect();
    let input = Payload::from_bytes(Encoding::Custom(7), bytes).map_err(|e| CaseError::new(e.to_string()))?;
    let name = event_name("r\u{e9}sum\u{e9} 'x\" %");
    let mut sent = Event::new(
        stage.now(),
        EventKind::EventRaised {
            name: name.clone(),
            input: input.clone(),
        },
    );
    sent.trace = Some(Box::new(TraceContext {
        traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".to_owned(),
        tracestate: Some("a=b".to_owned()),
    }));
    let to = held.instance.clone();
    worker
        .run(Turn::of(&held).send(Outgoing::Send {
            to,
            execution: None,
            event: sent.clone(),
        }))
        .await?;
    stage
        .signal(
            "order",
            Signal::Event {
                name,
                input: input.clone(),
            },
        )
        .await?;
    let work = worker.turn_of("order").await?;
    same("the event sent", &work.messages[0].event, &sent)?;
    worker.run(Turn::of(&work).release()).await?;
    let history = stage.hub.history(&id("order"), None).await?;
    let events = history.map(|history| history.events).unwrap_or_default();
    same("the event in the history", &events[1], &sent)?;
    match &events[2].kind {
        EventKind::EventRaised { input: stored, .. } => same("the payload", stored, &input)?,
        other => {
            return Err(CaseError::new(format!(
                "{other:?} stands in the place of the event"
            )));
        }
    }
    traces_go_along(stage, &worker, &sent).await
}

/// The trace of a start, a call and a continuation is that of what it begins.
async fn traces_go_along(stage: &mut Stage, worker: &Worker, sent: &Event) -> CaseResult {
    let trace = &sent.trace;
    let mut request = request(started("traced", stage.execution()));
    request.trace.clone_from(trace);
    stage.hub.start(request).await?;
    let work = worker.turn_of("traced").await?;
    same("the trace of a start", &work.messages[0].event.trace, trace)?;
    let mut child = child(&work, 0, "traced-child", stage.execution());
    child.trace.clone_from(trace);
    let mut order = order(1);
    order.trace.clone_from(trace);
    let calls = [Outgoing::StartChild(Box::new(child)), Outgoing::Activity(order)];
    let turn = calls.into_iter().fold(Turn::of(&work), Turn::send);
    worker.run(turn).await?;
    let called = worker.turn_of("traced-child").await?;
    same("the trace of a child", &called.messages[0].event.trace, trace)?;
    same("the trace of an activity", &worker.activity().await?.trace, trace)?;
    let mut next = next_execution(&called, stage.execution());
    next.trace.clone_from(trace);
    worker.run(Turn::of(&called).continue_as_new(next)).await?;
    let next = worker.turn_of("traced-child").await?;
    same("the trace of what follows", &next.messages[0].event.trace, trace)
}

/// A request to cancel MUST arrive as a marker whose data is the reason as a JSON string.
/// Otherwise the orchestrator never learns of it, or stumbles over a quotation mark.
pub(super) async fn a_cancel_request_arrives_as_a_marker(stage: &mut Stage) -> CaseResult {
    let worker = stage.worker("a").await?;
    stage.begin(&worker, "order").await?;
    let reason = "a \"quoted\" reason".to_owned();
    stage.signal("order", Signal::Cancel { reason }).await?;
    let work = worker.turn_of("order").await?;
    same(
        "messages",
        messages(&work),
        [r#"CancelRequested "a \"quoted\" reason""#],
    )?;
    same(
        "status",
        stage.record("order").await?.status,
        InstanceStatus::Running,
    )
}

/// Suspend and resume MUST arrive as messages in their order; the status MUST follow the turn that takes them.
/// Otherwise an instance is shown as suspended while it runs, or the reverse.
pub(super) async fn suspension_follows_the_turns(stage: &mut Stage) -> CaseResult {
    let worker = stage.worker("a").await?;
    stage.begin(&worker, "order").await?;
    stage
        .signal(
            "order",
            Signal::Suspend {
                reason: "wait".to_owned(),
            },
        )
        .await?;
    let work = worker.turn_of("order").await?;
    same("messages", messages(&work), ["ExecutionSuspended"])?;
    worker.run(Turn::of(&work).suspended()).await?;
    same(
        "status",
        stage.record("order").await?.status,
        InstanceStatus::Suspended,
    )?;
    stage.signal("order", event("meanwhile", "1")).await?;
    stage.signal("order", resume()).await?;
    let work = worker.turn_of("order").await?;
    same("messages", messages(&work), ["meanwhile", "ExecutionResumed"])?;
    worker.run(Turn::of(&work)).await?;
    same(
        "status",
        stage.record("order").await?.status,
        InstanceStatus::Running,
    )
}

/// A thousand messages MUST be delivered completely and in order.
/// Otherwise a bound inside the hub drops what it has acknowledged.
pub(super) async fn a_thousand_messages_keep_their_order(stage: &mut Stage) -> CaseResult {
    let worker = stage.worker("a").await?;
    stage.begin(&worker, "order").await?;
    let wanted: Vec<String> = (0..1000).map(|number| format!("e{number}")).collect();
    for name in &wanted {
        stage.signal("order", event(name, "0")).await?;
    }
    let mut found = Vec::new();
    while found.len() < wanted.len() {
        let work = worker.turn_of("order").await?;
        found.extend(messages(&work));
        worker.run(Turn::of(&work)).await?;
    }
    same("messages", found, wanted)
}
