//! The language itself: awaits and closures in every place where Rust takes an expression.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt::Write as _;
use std::str::FromStr;
use std::sync::Arc;

use durable::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
enum Level {
    Low,
    High,
}

impl FromStr for Level {
    type Err = Failure;

    fn from_str(text: &str) -> Result<Self, Failure> {
        match text {
            "low" => Ok(Self::Low),
            "high" => Ok(Self::High),
            other => Err(Failure::new(format!("no level: {other}"))),
        }
    }
}

#[activity]
async fn measure(_ctx: ActivityContext, place: String) -> Result<i64, Failure> {
    Ok(place.len() as i64)
}

#[activity]
async fn tell(_ctx: ActivityContext, text: String) -> Result<String, Failure> {
    Ok(text)
}

/// Awaits as operands, arguments, indices, guards and fields.
#[orchestrator]
async fn everywhere(ctx: OrchestrationContext, places: [String; 2]) -> Result<Vec<i64>, Failure> {
    struct Pair {
        one: i64,
        other: i64,
    }
    const FACTOR: i64 = 2;
    let [one, other] = places;
    let pair = Pair {
        one: ctx.call(measure, one.clone()).await? * FACTOR,
        other: -ctx.call(measure, other).await?,
    };
    let list = vec![ctx.call(measure, one).await?; 3];
    let Pair { one, other } = pair;
    let at = usize::try_from(one.rem_euclid(3))?;
    let sum = match list[at] {
        small @ ..=3 if small < ctx.call(measure, "limit".to_owned()).await? => small,
        large => large / 2,
    };
    let is_even = matches!(ctx.call(measure, "even".to_owned()).await?, even if even % 2 == 0);
    let text = format!(
        "{is_even} {sum:>+5} {:?} {other:#x}",
        ctx.call(tell, "x".into()).await?
    );
    Ok(if let Ok(1..) = ctx.call(measure, text).await {
        list
    } else {
        vec![one, other, sum]
    })
}

/// Options and results, combined without a `match`.
#[orchestrator]
async fn combined(ctx: OrchestrationContext, level: Option<String>) -> Result<Option<Level>, Failure> {
    let level = level.as_deref().map(str::parse::<Level>).transpose()?;
    let told = match level.filter(|level| *level > Level::Low) {
        Some(level) => Some(ctx.call(tell, format!("{level:?}")).await?),
        None => None,
    };
    let asked = told
        .as_ref()
        .is_some_and(|text| text.contains('i'))
        .then(|| ctx.call(tell, "asked".to_owned()));
    if let Some(call) = asked {
        call.await?;
    }
    Ok(level
        .zip(told)
        .map(|(level, _)| level)
        .xor(None)
        .or_else(|| level.map(|_| Level::Low)))
}

/// Async blocks in async blocks, with borrows and early ends.
#[orchestrator]
async fn nested(ctx: OrchestrationContext, names: Vec<String>) -> Result<u64, Failure> {
    let longest = names
        .iter()
        .max_by_key(|name| name.len())
        .cloned()
        .unwrap_or_default();
    let (ctx, names) = (&ctx, &names);
    let outer = async move {
        let inner = async {
            for name in names {
                if ctx.call(measure, name.clone()).await? > 7 {
                    return Ok::<_, CallError<Failure>>(Some(name));
                }
            }
            Ok(None)
        };
        let timed = async {
            ctx.timer(minutes(1)).await;
        };
        let (found, ()) = ctx.join((inner, timed)).await;
        found.map(|name| name.map_or(0, String::len))
    };
    let measured = outer.await? as u64;
    Ok(measured.max(longest.len() as u64))
}

/// Closures that return closures, and iterators without end that are cut.
#[orchestrator]
async fn functional(ctx: OrchestrationContext, start: u32) -> Result<Vec<u32>, Failure> {
    let add = |n: u32| move |m: u32| n.wrapping_add(m);
    let compose = |f: &dyn Fn(u32) -> u32, g: &dyn Fn(u32) -> u32, x| g(f(x));
    let collatz = std::iter::successors(Some(start), |n| match n {
        0 | 1 => None,
        n if n % 2 == 0 => Some(n / 2),
        n => n.checked_mul(3)?.checked_add(1),
    });
    let mut steps: Vec<u32> = collatz
        .skip_while(|n| *n > 1_000)
        .step_by(2)
        .take(20)
        .map(add(1))
        .collect();
    steps.dedup_by_key(|n| *n / 2);
    let windows: BTreeSet<(u32, u32)> = steps
        .windows(2)
        .map(|pair| (pair[0].min(pair[1]), pair[0]))
        .collect();
    let (even, odd): (Vec<u32>, Vec<u32>) = steps.iter().rev().partition(|n| **n % 2 == 0);
    ctx.call(tell, format!("{windows:?}")).await?;
    Ok(even
        .into_iter()
        .chain(odd)
        .scan(0, |sum, n| {
            *sum += n;
            Some(compose(&add(1), &add(2), *sum))
        })
        .collect())
}

/// A report, written piece by piece, and a value without a type of its own.
#[orchestrator]
async fn report(ctx: OrchestrationContext, places: Vec<String>) -> Result<serde_json::Value, Failure> {
    let mut text = String::new();
    let mut by_place = BTreeMap::new();
    for (at, place) in places.iter().enumerate() {
        let value = ctx.call(measure, place.clone()).await?;
        writeln!(text, "{at:>3}. {place:<10} {value:>6}")?;
        tracing::debug!(value, "measured {place}");
        *by_place.entry(place.as_str()).or_insert(0) += value;
    }
    let [first, .., last] = places.as_slice() else {
        return Ok(serde_json::json!({ "text": text }));
    };
    Ok(serde_json::json!({
        "text": text,
        "sums": by_place,
        "ends": [first, last],
        "told": ctx.call(tell, first.clone()).await?,
        "at": ctx.now(),
    }))
}

/// Groups of a table of hashes, each in order.
#[orchestrator]
async fn grouped(
    ctx: OrchestrationContext,
    levels: HashMap<String, Level>,
) -> Result<BTreeMap<Level, Vec<String>>, Failure> {
    let mut places: Vec<(Level, String)> = levels
        .iter()
        .map(|(place, level)| (*level, place.clone()))
        .collect();
    places.sort();
    let high = levels.values().filter(|level| **level == Level::High).count();
    let known = levels.keys().any(|place| place.starts_with("known"));
    let mut groups: BTreeMap<Level, Vec<String>> = BTreeMap::new();
    for (level, place) in places {
        if known || high > 1 || ctx.call(measure, place.clone()).await? > 3 {
            groups.entry(level).or_default().push(place);
        }
    }
    Ok(groups)
}

/// Shared data, a local function and a local macro.
#[orchestrator]
async fn shared(ctx: OrchestrationContext, names: Vec<String>) -> Result<usize, Failure> {
    fn initials(name: &str) -> impl Iterator<Item = char> {
        name.split_whitespace().filter_map(|word| word.chars().next())
    }
    macro_rules! joined {
        ($($part:expr),+ $(,)?) => {
            [$($part.to_string()),+].join("-")
        };
    }
    let names: Arc<[String]> = names.into();
    let calls = (0..names.len()).map(|at| {
        let (ctx, names) = (ctx.clone(), Arc::clone(&names));
        async move {
            let letters: String = initials(&names[at]).collect();
            ctx.call(tell, joined!(at, letters)).await
        }
    });
    let told = ctx.join_all(calls).await;
    Ok(told.iter().flatten().map(String::len).sum())
}

/// Attempts of one's own, with an error that is looked into.
#[orchestrator]
async fn stubborn(ctx: OrchestrationContext, place: String) -> Result<i64, Failure> {
    let mut pause = seconds(1);
    let mut errors = Vec::new();
    let value = loop {
        match ctx
            .call(measure, place.clone())
            .no_retry()
            .timeout(minutes(1))
            .await
        {
            Ok(value) => break value,
            Err(error @ (CallError::Cancelled | CallError::Timeout)) => return Err(error.into()),
            Err(error) if errors.len() < 3 => errors.push(error.to_string()),
            Err(error) => return Err(Failure::new(format!("{}; {error}", errors.join("; ")))),
        }
        let next = (pause * 2).min(minutes(5));
        ctx.timer(std::mem::replace(&mut pause, next)).await;
    };
    Ok(value)
}
