//! Retries, errors, and undoing what was done.

use std::time::Duration;

use durable::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, thiserror::Error, Serialize, Deserialize)]
enum BankError {
    #[error("insufficient funds: {missing} cents are missing")]
    Insufficient { missing: u64 },
    #[error("the bank does not answer")]
    Busy,
}

#[derive(Debug, thiserror::Error, Serialize, Deserialize)]
enum TransferError {
    #[error(transparent)]
    Bank(#[from] CallError<BankError>),
    #[error("gave up after {0} attempts")]
    GaveUp(u32),
}

/// An activity's error that has room for what it did not foresee.
#[derive(Debug, thiserror::Error, Serialize, Deserialize)]
enum PostError {
    #[error("no such address")]
    Address,
    #[error(transparent)]
    Other(#[from] Failure),
    #[error("the printer failed")]
    Printer(#[source] Failure),
}

/// An orchestrator's error that takes in whatever `?` may bring: of calls, and of helpers.
#[derive(Debug, thiserror::Error, Serialize, Deserialize)]
enum ParcelError {
    #[error(transparent)]
    Post(#[from] CallError<PostError>),
    #[error("the trip failed: {0}")]
    Trip(#[from] CallError<Failure>),
    #[error(transparent)]
    Transfer(#[from] CallError<TransferError>),
    #[error(transparent)]
    Other(#[from] Failure),
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Trip {
    hotel: String,
    flight: String,
    car: Option<String>,
}

#[activity(retry(max_attempts = 3, backoff = "1s..1m"))]
async fn withdraw(_ctx: ActivityContext, cents: u64) -> Result<u64, BankError> {
    if cents > 100 {
        Err(BankError::Insufficient { missing: cents - 100 })
    } else {
        Ok(cents)
    }
}

#[activity]
async fn deposit(_ctx: ActivityContext, cents: u64) -> Result<(), BankError> {
    if cents == 0 { Err(BankError::Busy) } else { Ok(()) }
}

#[activity]
async fn book(_ctx: ActivityContext, what: String) -> Result<String, Failure> {
    Ok(format!("{what}-1"))
}

#[activity]
async fn cancel(_ctx: ActivityContext, booking: String) -> Result<(), Failure> {
    if booking.is_empty() {
        Err(Failure::new("no booking"))
    } else {
        Ok(())
    }
}

/// The classic: what was withdrawn is put back if the deposit fails.
#[orchestrator]
async fn transfer(ctx: OrchestrationContext, cents: u64) -> Result<(), TransferError> {
    let amount = ctx.call(withdraw, cents).await?;
    if let Err(error) = ctx.call(deposit, amount).await {
        ctx.call(deposit, amount)
            .retry(RetryPolicy::fixed(5, seconds(10)))
            .await?;
        return Err(error.into());
    }
    Ok(())
}

/// The error's kind decides what comes next.
#[orchestrator]
async fn by_kind(ctx: OrchestrationContext, cents: u64) -> Result<u64, TransferError> {
    match ctx
        .call(withdraw, cents)
        .retry_if(|error| matches!(error, BankError::Busy))
        .await
    {
        Ok(amount) => Ok(amount),
        Err(CallError::App(BankError::Insufficient { missing })) => {
            Ok(ctx.call(withdraw, cents.saturating_sub(missing)).await?)
        }
        Err(error) => Err(error.into()),
    }
}

/// A loop of attempts of one's own.
#[orchestrator]
async fn own_retries(ctx: OrchestrationContext, cents: u64) -> Result<u32, TransferError> {
    for attempt in 1..=5 {
        if ctx.call(deposit, cents).no_retry().await.is_ok() {
            return Ok(attempt);
        }
        ctx.timer(Duration::from_secs(u64::from(attempt) * 10)).await;
    }
    Err(TransferError::GaveUp(5))
}

/// Limits for one attempt and for all together.
#[orchestrator]
async fn call_limits(ctx: OrchestrationContext, cents: u64) -> Result<Option<u64>, TransferError> {
    let call = ctx
        .call(withdraw, cents)
        .timeout(seconds(30))
        .total_timeout(minutes(5))
        .retry(RetryPolicy::exponential(4, seconds(1)..minutes(1)));
    match call.await {
        Ok(amount) => Ok(Some(amount)),
        Err(CallError::Timeout) => Ok(None),
        Err(other) => Err(other.into()),
    }
}

/// Compensations by hand, in reverse.
#[orchestrator]
async fn trip_by_hand(ctx: OrchestrationContext, trip: Trip) -> Result<Vec<String>, Failure> {
    let wanted = [Some(trip.hotel), Some(trip.flight), trip.car];
    let mut booked = Vec::new();
    for what in wanted.into_iter().flatten() {
        match ctx.call(book, what).await {
            Ok(booking) => booked.push(booking),
            Err(error) => {
                while let Some(booking) = booked.pop() {
                    ctx.call(cancel, booking).await?;
                }
                return Err(error.into());
            }
        }
    }
    Ok(booked)
}

/// The same with the saga helper.
#[orchestrator]
async fn trip_saga(ctx: OrchestrationContext, trip: Trip) -> Result<String, Failure> {
    ctx.saga(|saga| {
        let ctx = ctx.clone();
        async move {
            let hotel = ctx.call(book, trip.hotel).await?;
            saga.undo_with(cancel, hotel.clone());
            let flight = ctx.call(book, trip.flight).await?;
            saga.undo_with(cancel, flight.clone());
            if let Some(car) = trip.car {
                let car = ctx.call(book, car).await?;
                saga.undo_with(cancel, car);
            }
            Ok(format!("{hotel}, {flight}"))
        }
    })
    .await
}

/// Failures turned into defaults.
#[orchestrator]
async fn defaults(ctx: OrchestrationContext, what: String) -> Result<String, Failure> {
    let booking = ctx
        .call(book, what.clone())
        .await
        .unwrap_or_else(|_| format!("{what}-waiting"));
    let cancelled = ctx.call(cancel, booking.clone()).await.ok().is_some();
    Ok(if cancelled { booking } else { String::default() })
}

/// Errors with context, through `map_err` and `?`.
#[orchestrator]
async fn context_of_errors(ctx: OrchestrationContext, trips: Vec<Trip>) -> Result<usize, Failure> {
    let mut booked = 0;
    for (at, trip) in trips.iter().enumerate() {
        ctx.call(book, trip.hotel.clone())
            .await
            .map_err(|error| Failure::new(format!("trip {at}: {error}")))?;
        booked += 1;
    }
    Ok(booked)
}

#[activity]
async fn post(_ctx: ActivityContext, weight: u64) -> Result<u32, PostError> {
    let label = |weight: u64| u32::try_from(weight).map_err(Failure::from);
    match weight {
        0 => Err(PostError::Address),
        1 => Err(PostError::Printer(Failure::new("no paper"))),
        weight => Ok(label(weight)?),
    }
}

#[deterministic]
fn stamps(weight: u64) -> Result<u64, Failure> {
    weight.checked_sub(1).ok_or_else(|| Failure::new("no weight"))
}

/// One error type for activities with errors of their own, for those with a `Failure`, for children, and for helpers.
#[orchestrator]
async fn parcel(ctx: OrchestrationContext, weight: u64) -> Result<u32, ParcelError> {
    let cents = stamps(weight)?;
    ctx.call(transfer, cents).await?;
    ctx.call(book, format!("{cents} stamps")).await?;
    let short = u32::try_from(weight).map_err(Failure::from)?;
    Ok(ctx.call(post, short.into()).await?)
}
