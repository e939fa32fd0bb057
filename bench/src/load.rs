//! Many pieces of work, so and so many at once.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use crate::quantile::Latencies;

/// How long a load took, and each piece of it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Took {
    pub(crate) seconds: f64,
    pub(crate) latencies: Latencies,
}

/// Does `n` pieces of work, `in_flight` of them at any time: whoever has done one begins the next.
pub(crate) async fn run<Work, Piece>(n: usize, in_flight: usize, work: Work) -> durable::Result<Took>
where
    Work: Fn(usize) -> Piece + Clone + Send + 'static,
    Piece: Future<Output = durable::Result<()>> + Send + 'static,
{
    let next = Arc::new(AtomicUsize::new(0));
    let begin = Instant::now();
    let lanes: Vec<_> = (0..in_flight.min(n))
        .map(|_| tokio::spawn(lane(n, Arc::clone(&next), work.clone())))
        .collect();
    let mut times = Vec::with_capacity(n);
    for lane in lanes {
        times.extend(lane.await??);
    }
    Ok(Took {
        seconds: begin.elapsed().as_secs_f64(),
        latencies: Latencies::of(&times),
    })
}

async fn lane<Piece>(
    n: usize,
    next: Arc<AtomicUsize>,
    work: impl Fn(usize) -> Piece,
) -> durable::Result<Vec<Duration>>
where
    Piece: Future<Output = durable::Result<()>>,
{
    let mut times = Vec::new();
    loop {
        let piece = next.fetch_add(1, Ordering::Relaxed);
        if piece >= n {
            return Ok(times);
        }
        let begin = Instant::now();
        work(piece).await?;
        times.push(begin.elapsed());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Mutex;

    #[tokio::test]
    async fn every_piece_is_done_once_whatever_the_number_in_flight() {
        for in_flight in [1, 3, 100] {
            let done = Arc::new(Mutex::new(Vec::new()));
            let noted = Arc::clone(&done);
            let work = move |piece| {
                let noted = Arc::clone(&noted);
                async move {
                    tokio::task::yield_now().await;
                    noted.lock().unwrap().push(piece);
                    Ok(())
                }
            };
            run(10, in_flight, work).await.unwrap();
            let mut done = done.lock().unwrap().clone();
            done.sort_unstable();
            assert_eq!(done, (0..10).collect::<Vec<_>>());
        }
    }
}
