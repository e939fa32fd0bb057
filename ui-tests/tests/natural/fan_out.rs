//! Many steps at once, and their results together.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};

use durable::prelude::*;

#[activity]
async fn list_files(_ctx: ActivityContext, folder: String) -> Result<Vec<String>, Failure> {
    Ok(vec![format!("{folder}/a"), format!("{folder}/b")])
}

#[activity]
async fn copy_file(_ctx: ActivityContext, file: String) -> Result<u64, Failure> {
    Ok(u64::try_from(file.len())?)
}

/// The sum over all, like a backup of a folder.
#[orchestrator]
async fn backup(ctx: OrchestrationContext, folder: String) -> Result<u64, Failure> {
    let files = ctx.call(list_files, folder).await?;
    let copies = files.into_iter().map(|file| ctx.call(copy_file, file));
    let sizes = ctx.join_all(copies).await;
    sizes.into_iter().try_fold(0, |sum, size| Ok(sum + size?))
}

/// Each branch has several steps of its own.
#[orchestrator]
async fn branches(ctx: OrchestrationContext, folders: Vec<String>) -> Result<u64, Failure> {
    let branches = folders.into_iter().map(|folder| {
        let ctx = ctx.clone();
        async move {
            let mut size = 0;
            for file in ctx.call(list_files, folder).await? {
                size += ctx.call(copy_file, file).await?;
            }
            Ok::<_, Failure>(size)
        }
    });
    let sizes: Result<Vec<u64>, Failure> = ctx.join_all(branches).await.into_iter().collect();
    Ok(sizes?.iter().sum())
}

/// Branches that borrow.
#[orchestrator]
async fn borrowing_branches(ctx: OrchestrationContext, folders: Vec<String>) -> Result<usize, Failure> {
    let ctx = &ctx;
    let lists = ctx
        .join_all(
            folders
                .iter()
                .map(|folder| async move { ctx.call(list_files, folder.clone()).await }),
        )
        .await;
    let mut total = 0;
    for (folder, list) in folders.iter().zip(lists) {
        total += list
            .map_err(|error| Failure::new(format!("{folder}: {error}")))?
            .len();
    }
    Ok(total)
}

/// A few at a time.
#[orchestrator]
async fn in_batches(ctx: OrchestrationContext, files: Vec<String>) -> Result<Vec<u64>, Failure> {
    let mut sizes = Vec::new();
    for batch in files.chunks(10) {
        let calls: Vec<_> = batch
            .iter()
            .map(|file| ctx.call(copy_file, file.clone()))
            .collect();
        for size in ctx.join_all(calls).await {
            sizes.push(size?);
        }
    }
    Ok(sizes)
}

/// A sliding window: as one ends the next begins.
#[orchestrator]
async fn window(ctx: OrchestrationContext, files: Vec<String>) -> Result<u64, Failure> {
    let mut waiting: VecDeque<String> = files.into();
    let mut running: Vec<_> = waiting
        .drain(..waiting.len().min(3))
        .map(|file| ctx.call(copy_file, file).start())
        .collect();
    let mut total = 0;
    while !running.is_empty() {
        let (_, size, rest) = ctx.select_all(running).await;
        total += size?;
        running = rest;
        if let Some(file) = waiting.pop_front() {
            running.push(ctx.call(copy_file, file).start());
        }
    }
    Ok(total)
}

/// The first of several answers counts.
#[orchestrator]
async fn fastest(ctx: OrchestrationContext, mirrors: Vec<String>) -> Result<u64, Failure> {
    let (mirror, size, _) = ctx
        .select_all(mirrors.into_iter().map(|mirror| ctx.call(copy_file, mirror)))
        .await;
    ctx.set_custom_status(&mirror)?;
    Ok(size?)
}

/// Results by key, in an order of their own.
#[orchestrator]
async fn by_key(
    ctx: OrchestrationContext,
    files: BTreeSet<String>,
) -> Result<BTreeMap<String, u64>, Failure> {
    let sizes = ctx
        .join_all(files.iter().map(|file| ctx.call(copy_file, file.clone())))
        .await;
    files
        .into_iter()
        .zip(sizes)
        .map(|(file, size)| Ok((file, size?)))
        .collect()
}

/// What failed is collected, not returned at once.
#[orchestrator]
async fn partial_failure(
    ctx: OrchestrationContext,
    files: Vec<String>,
) -> Result<(u64, Vec<String>), Failure> {
    let outcomes = ctx
        .join_all(files.iter().cloned().map(|file| ctx.call(copy_file, file)))
        .await;
    let (good, bad): (Vec<_>, Vec<_>) = outcomes.into_iter().partition(Result::is_ok);
    let total = good.into_iter().filter_map(Result::ok).sum();
    let told = bad
        .into_iter()
        .filter_map(|outcome| outcome.err().map(|error| error.to_string()))
        .collect();
    Ok((total, told))
}

/// Two different things at once.
#[orchestrator]
async fn two_kinds(ctx: OrchestrationContext, folder: String) -> Result<(usize, u64), Failure> {
    let (files, size) = ctx
        .join((ctx.call(list_files, folder.clone()), ctx.call(copy_file, folder)))
        .await;
    Ok((files?.len(), size?))
}

/// Started first, awaited later.
#[orchestrator]
async fn started_early(ctx: OrchestrationContext, file: String) -> Result<u64, Failure> {
    let copy = ctx.call(copy_file, file.clone()).start();
    let files = ctx.call(list_files, file).await?;
    let size = copy.await?;
    Ok(size + u64::try_from(files.len())?)
}

/// A vector of boxed futures of different kinds.
#[orchestrator]
async fn boxed_kinds(ctx: OrchestrationContext, file: String) -> Result<u64, Failure> {
    use durable::orchestration::BoxDurableFuture;
    let steps: Vec<BoxDurableFuture<'_, Result<u64, Failure>>> = vec![
        Box::pin(async { Ok(ctx.call(copy_file, file.clone()).await?) }),
        Box::pin(async {
            ctx.timer(minutes(1)).await;
            Ok(0)
        }),
    ];
    let mut total = 0;
    for size in ctx.join_all(steps).await {
        total += size?;
    }
    Ok(total)
}

struct Inbox {
    queue: VecDeque<u64>,
    seen: HashSet<u64>,
    by_name: BTreeMap<String, u64>,
}

/// Collections that grow by others: only a list keeps the order of what comes.
#[orchestrator]
async fn extended(
    ctx: OrchestrationContext,
    sizes: HashMap<String, u64>,
) -> Result<BTreeMap<String, u64>, Failure> {
    let mut inbox = Inbox {
        queue: VecDeque::new(),
        seen: HashSet::from([1]),
        by_name: BTreeMap::new(),
    };
    inbox.by_name.extend(sizes);
    let names = inbox.by_name.keys().cloned();
    let copies = ctx.join_all(names.map(|name| ctx.call(copy_file, name))).await;
    inbox.queue.extend(copies.into_iter().flatten());
    let list = &mut inbox.queue;
    list.extend([ctx.call(copy_file, "last".to_owned()).await?]);
    list.extend(inbox.by_name.values().flat_map(|size| [*size, 2 * size]));
    inbox.seen.extend(inbox.queue.iter());
    let seen: HashSet<u64> = HashSet::from([2]);
    inbox.seen.extend(seen);
    inbox
        .by_name
        .insert("seen".to_owned(), u64::try_from(inbox.seen.len())?);
    Ok(inbox.by_name)
}
