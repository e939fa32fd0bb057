//! Waiting for the first of two futures, without tokio's macros.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::Poll;

/// Which future came first.
pub(super) enum Either<A, B> {
    Left(A),
    Right(B),
}

/// Waits for the first; the left one if both are complete. The other is dropped.
pub(super) async fn race<A: Future, B: Future>(left: A, right: B) -> Either<A::Output, B::Output> {
    let (mut left, mut right) = (pin!(left), pin!(right));
    poll_fn(|cx| {
        if let Poll::Ready(value) = left.as_mut().poll(cx) {
            return Poll::Ready(Either::Left(value));
        }
        right.as_mut().poll(cx).map(Either::Right)
    })
    .await
}
