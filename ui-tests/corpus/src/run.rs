//! Caught at run time: nothing before sees it. The markers are the reasons with which the instance is blocked.
//!
//! The package only shows that it compiles without a report; ui-tests compiles this file too, and runs each of these.

use std::collections::{HashMap, HashSet};
use std::pin::Pin;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};
use std::task::{Context, Poll};

use durable::prelude::*;

static SHARED: Mutex<u32> = Mutex::new(0);

struct Gauge;

impl Gauge {
    fn read(&self) -> u128 {
        std::time::UNIX_EPOCH.elapsed().map_or(0, |age| age.as_nanos())
    }
}

fn unmarked_helper() -> u128 {
    Gauge.read()
}

fn next_number() -> u32 {
    SHARED.lock().map_or(0, |mut shared| {
        *shared += 1;
        *shared
    })
}

/// a clock inside a method of one's own type: methods are not followed
#[orchestrator]
pub(crate) async fn in_method(_ctx: OrchestrationContext, _: ()) -> Result<u128, Failure> {
    Ok(Gauge.read()) //~ nondeterminism
}

/// a clock inside a function that is not marked: only strict orchestrators ask for the mark
#[orchestrator]
pub(crate) async fn in_helper(_ctx: OrchestrationContext, _: ()) -> Result<u128, Failure> {
    Ok(unmarked_helper()) //~ nondeterminism
}

/// a clock behind a trait
#[orchestrator]
pub(crate) async fn behind_trait(_ctx: OrchestrationContext, _: ()) -> Result<u128, Failure> {
    let source: Box<dyn Source + Send> = Box::new(Gauge);
    Ok(source.next()) //~ nondeterminism
}

trait Source {
    fn next(&self) -> u128;
}

impl Source for Gauge {
    fn next(&self) -> u128 {
        self.read()
    }
}

/// a clock in a type's default
#[orchestrator]
pub(crate) async fn in_default(_ctx: OrchestrationContext, _: ()) -> Result<u128, Failure> {
    Ok(Stamp::default().0) //~ nondeterminism
}

struct Stamp(u128);

impl Default for Stamp {
    fn default() -> Self {
        Self(Gauge.read())
    }
}

/// a clock that a function of the caller's reads
#[orchestrator]
pub(crate) async fn in_generic(_ctx: OrchestrationContext, _: ()) -> Result<u128, Failure> {
    Ok(applied(unmarked_helper)) //~ nondeterminism
}

fn applied(function: impl Fn() -> u128) -> u128 {
    function()
}

/// a counter behind a function
#[orchestrator]
pub(crate) async fn static_behind_function(_ctx: OrchestrationContext, _: ()) -> Result<u32, Failure> {
    Ok(next_number()) //~ nondeterminism
}

/// a counter behind a function that decides whether something is called
#[orchestrator]
pub(crate) async fn decides(ctx: OrchestrationContext, _: ()) -> Result<(), Failure> {
    if odd_turn() {
        ctx.timer(seconds(1)).await; //~ nondeterminism
    }
    Ok(())
}

fn odd_turn() -> bool {
    static TURNS: AtomicU32 = AtomicU32::new(0);
    TURNS.fetch_add(1, Ordering::SeqCst).is_multiple_of(2)
}

/// the order of a hash map in its debug text: the type of a formatted value is not seen
#[orchestrator]
pub(crate) async fn debug_of_map(_ctx: OrchestrationContext, _: ()) -> Result<String, Failure> {
    let index: HashMap<u32, u32> = (0..100).map(|n| (n, n)).collect();
    Ok(format!("{index:?}")) //~ nondeterminism
}

/// the order of a hash set behind a function
#[orchestrator]
pub(crate) async fn set_behind_function(_ctx: OrchestrationContext, _: ()) -> Result<Vec<u32>, Failure> {
    Ok(listed((0..100).collect())) //~ nondeterminism
}

fn listed(set: HashSet<u32>) -> Vec<u32> {
    set.into_iter().collect()
}

/// the order of a hash set that a list is extended with
#[orchestrator]
pub(crate) async fn set_extended(_ctx: OrchestrationContext, _: ()) -> Result<Vec<u32>, Failure> {
    let set: HashSet<u32> = (0..100).collect();
    let mut list = Vec::new();
    list.extend(listed(set)); //~ nondeterminism
    Ok(list)
}

/// which keys a hash map keeps, by the order in which it asks
#[orchestrator]
pub(crate) async fn retained(_ctx: OrchestrationContext, _: ()) -> Result<Vec<u32>, Failure> {
    let mut set: HashSet<u32> = (0..100).collect();
    let mut left = 10;
    set.retain(|_| {
        left -= 1;
        left >= 0
    });
    let kept = std::collections::BTreeSet::from_iter(set);
    Ok(kept.into_iter().collect()) //~ nondeterminism
}

/// the random seed of a map's hasher
#[orchestrator]
pub(crate) async fn hasher(_ctx: OrchestrationContext, _: ()) -> Result<u64, Failure> {
    use std::hash::BuildHasher as _;
    let index: HashMap<u32, u32> = HashMap::new();
    Ok(index.hasher().hash_one(1)) //~ nondeterminism
}

/// another library's timer behind a function that a macro of the module awaits
#[orchestrator]
#[allow(deprecated, reason = "the macro is not read; that is what this shows")]
pub(crate) async fn hidden_timer(_ctx: OrchestrationContext, _: ()) -> Result<(), Failure> {
    wait!(pause()); //~ foreign-future
    Ok(())
}

fn pause() -> impl Future<Output = ()> {
    tokio::time::sleep(std::time::Duration::from_secs(1))
}

/// a channel behind a function that a macro of the module awaits
#[orchestrator]
#[allow(deprecated, reason = "the macro is not read; that is what this shows")]
pub(crate) async fn hidden_channel(_ctx: OrchestrationContext, _: ()) -> Result<u32, Failure> {
    Ok(wait!(received())) //~ foreign-future
}

async fn received() -> u32 {
    let (sender, receiver) = tokio::sync::oneshot::channel::<u32>();
    let value = receiver.await.unwrap_or_default();
    drop(sender);
    value
}

/// waiting for nothing behind a function that a macro of the module awaits
#[orchestrator]
#[allow(deprecated, reason = "the macro is not read; that is what this shows")]
pub(crate) async fn hidden_nothing(_ctx: OrchestrationContext, _: ()) -> Result<(), Failure> {
    wait!(nothing()); //~ foreign-future
    Ok(())
}

fn nothing() -> impl Future<Output = ()> {
    std::future::pending()
}

/// a yield to a scheduler, of one's own making, that a macro of the module awaits
#[orchestrator]
#[allow(deprecated, reason = "the macro is not read; that is what this shows")]
pub(crate) async fn hidden_yield(_ctx: OrchestrationContext, _: ()) -> Result<(), Failure> {
    wait!(Yield(false)); //~ foreign-future
    Ok(())
}

struct Yield(bool);

impl Future for Yield {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if std::mem::replace(&mut self.0, true) {
            return Poll::Ready(());
        }
        context.waker().wake_by_ref();
        Poll::Pending
    }
}

macro_rules! wait {
    ($future:expr) => {
        $future.await
    };
}
use wait;
