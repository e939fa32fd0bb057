//! Common mistakes in the shapes in which they are made: in builders, defaults, traits, comparisons and streams.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use durable::prelude::*;
use futures::StreamExt as _;
use rand::Rng as _;
use rand::seq::IndexedRandom as _;

#[activity]
async fn send(_ctx: ActivityContext, text: String) -> Result<u32, Failure> {
    Ok(u32::try_from(text.len())?)
}

#[derive(Default, serde::Serialize, serde::Deserialize)]
struct Invoice {
    id: String,
    due: u64,
}

impl Invoice {
    fn id(mut self, id: String) -> Self {
        self.id = id;
        self
    }
}

/// jitter in a pause between attempts
#[orchestrator]
async fn jitter(ctx: OrchestrationContext, _: ()) -> Result<(), Failure> {
    let pause = Duration::from_millis(500 + rand::rng().random_range(0..100)); //~ D0002
    ctx.timer(pause).await;
    Ok(())
}

/// one of several hosts, drawn by lot
#[orchestrator]
async fn lot(ctx: OrchestrationContext, hosts: Vec<String>) -> Result<u32, Failure> {
    let host = hosts.choose(&mut rand::rng()).cloned().unwrap_or_default(); //~ D0002
    Ok(ctx.call(send, host).await?)
}

/// an id in a builder
#[orchestrator]
async fn built(_ctx: OrchestrationContext, _: ()) -> Result<Invoice, Failure> {
    Ok(Invoice::default().id(uuid::Uuid::new_v4().to_string())) //~ D0002
}

/// a clock in the update of a struct
#[orchestrator]
async fn updated(_ctx: OrchestrationContext, _: ()) -> Result<Invoice, Failure> {
    Ok(Invoice {
        due: chrono::Utc::now().timestamp().unsigned_abs(), //~ D0001
        ..Invoice::default()
    })
}

/// a deadline that is compared with a clock
#[orchestrator]
async fn too_late(_ctx: OrchestrationContext, due: i64) -> Result<bool, Failure> {
    Ok(chrono::Utc::now().timestamp() > due) //~ D0001
}

/// a clock behind a trait's path
#[orchestrator]
async fn by_conversion(_ctx: OrchestrationContext, _: ()) -> Result<String, Failure> {
    let now: chrono::DateTime<chrono::Utc> = std::time::SystemTime::now().into(); //~ D0001
    Ok(now.to_rfc3339())
}

/// a file name with a process id in it
#[orchestrator]
async fn file_name(_ctx: OrchestrationContext, name: String) -> Result<String, Failure> {
    Ok([name.as_str(), &std::process::id().to_string()].join("-")) //~ D0006
}

/// a setting that is read as a feature flag
#[orchestrator]
async fn flag(ctx: OrchestrationContext, _: ()) -> Result<u32, Failure> {
    if std::env::var_os("NEW_FLOW").is_some_and(|value| value == "1") {
        //~ D0006
        return Ok(ctx.call(send, "new".to_owned()).await?);
    }
    Ok(0)
}

/// a stream whose items are awaited
#[orchestrator]
async fn stream(ctx: OrchestrationContext, names: Vec<String>) -> Result<u32, Failure> {
    let mut calls = futures::stream::iter(names);
    let mut sum = 0;
    while let Some(name) = calls.next().await {
        //~ D0101
        sum += ctx.call(send, name).await?;
    }
    Ok(sum)
}

/// a future of a library in an option
#[orchestrator]
async fn optional(_ctx: OrchestrationContext, wait: bool) -> Result<(), Failure> {
    let pause = wait.then(|| futures::future::ready(1));
    if let Some(pause) = pause {
        pause.await; //~ D0101
    }
    Ok(())
}

/// a future by a function of the standard library
#[orchestrator]
async fn poll_fn(_ctx: OrchestrationContext, _: ()) -> Result<u32, Failure> {
    Ok(std::future::poll_fn(|_| std::task::Poll::Ready(1)).await) //~ D0101
}

/// foreign futures in the list of a select
#[orchestrator]
async fn in_select_all(ctx: OrchestrationContext, names: Vec<String>) -> Result<usize, Failure> {
    let pauses = names.into_iter().map(|name| futures::future::ready(name.len()));
    let (at, ..) = ctx.select_all(pauses).await; //~ D0101
    Ok(at)
}

/// a lock that is awaited in an async block of a join
#[orchestrator]
async fn lock_in_join(ctx: OrchestrationContext, _: ()) -> Result<u32, Failure> {
    let shared = tokio::sync::RwLock::new(1);
    let read = async { *shared.read().await }; //~ D0101
    let (value, ()) = ctx.join((read, ctx.timer(minutes(1)))).await;
    Ok(value)
}

/// a semaphore as a limit
#[orchestrator]
async fn semaphore(ctx: OrchestrationContext, names: Vec<String>) -> Result<u32, Failure> {
    let limit = tokio::sync::Semaphore::new(2);
    let mut sum = 0;
    for name in names {
        let _permit = limit.acquire().await?; //~ D0101
        sum += ctx.call(send, name).await?;
    }
    Ok(sum)
}

/// two sets compared by the order of their elements
#[orchestrator]
async fn same_order(_ctx: OrchestrationContext, one: HashSet<u32>) -> Result<bool, Failure> {
    let sorted = [1, 2, 3];
    Ok(one.iter().eq(sorted.iter())) //~ D0301
}

/// the first few of a map
#[orchestrator]
async fn first_few(
    _ctx: OrchestrationContext,
    stock: HashMap<String, u32>,
) -> Result<HashSet<String>, Failure> {
    Ok(stock.into_keys().take(3).collect()) //~ D0301
}

/// a text that is joined from a map
#[orchestrator]
async fn joined_text(_ctx: OrchestrationContext, stock: HashMap<String, String>) -> Result<String, Failure> {
    let parts: Vec<String> = stock.iter().map(|(k, v)| format!("{k}={v}")).collect(); //~ D0301
    Ok(parts.join("&"))
}

/// groups of a map, folded into a text
#[orchestrator]
async fn folded(_ctx: OrchestrationContext, stock: HashMap<String, u32>) -> Result<String, Failure> {
    Ok(stock.keys().fold(String::new(), |text, name| text + name)) //~ D0301
}

/// a map that is split in two lists
#[orchestrator]
async fn unzipped(_ctx: OrchestrationContext, stock: HashMap<String, u32>) -> Result<Vec<String>, Failure> {
    let (names, _counts): (Vec<String>, Vec<u32>) = stock.into_iter().unzip(); //~ D0301
    Ok(names)
}

/// batches of a set
#[orchestrator]
async fn batches(ctx: OrchestrationContext, names: HashSet<String>) -> Result<usize, Failure> {
    let names = Vec::from_iter(&names); //~ D0301
    let calls = names.chunks(2).map(|batch| ctx.call(send, format!("{batch:?}")));
    Ok(ctx.join_all(calls).await.len())
}

/// the first that fits, of a map
#[orchestrator]
async fn found(_ctx: OrchestrationContext, stock: HashMap<String, u32>) -> Result<Option<String>, Failure> {
    let found = stock.iter().find(|(_, count)| **count > 3); //~ D0301
    Ok(found.map(|(name, _)| name.clone()))
}

/// a thread that is named after the instance
#[orchestrator]
async fn named_thread(_ctx: OrchestrationContext, _: ()) -> Result<bool, Failure> {
    let worker = std::thread::Builder::new().name("worker".to_owned()); //~ D0004
    Ok(worker.spawn(|| 1).is_ok())
}

/// a channel of crossbeam's, with a limit
#[orchestrator]
async fn channel(_ctx: OrchestrationContext, _: ()) -> Result<u32, Failure> {
    let (_sender, receiver) = crossbeam::channel::bounded::<u32>(1);
    Ok(receiver.recv_timeout(Duration::from_secs(1)).unwrap_or(0)) //~ D0005
}
