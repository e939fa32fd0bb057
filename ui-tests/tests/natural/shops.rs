//! Orders, stock and money: builders, tables, errors that convert, and collections in many shapes.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap, HashMap, HashSet};
use std::fmt;
use std::ops::ControlFlow;

use durable::prelude::*;
use serde::{Deserialize, Serialize};

const LIMITS: [(&str, u64); 3] = [("small", 1_000), ("middle", 10_000), ("large", 100_000)];
static COUNTRIES: &[&str] = &["AT", "CH", "DE"];

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
struct Order {
    lines: Vec<Line>,
    coupon: Option<String>,
    country: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Line {
    article: String,
    count: u32,
    cents: u64,
}

impl Order {
    fn to(country: &str) -> Self {
        Self {
            country: country.to_owned(),
            ..Self::default()
        }
    }

    fn line(mut self, article: &str, count: u32, cents: u64) -> Self {
        self.lines.push(Line {
            article: article.to_owned(),
            count,
            cents,
        });
        self
    }

    fn coupon(self, coupon: impl Into<String>) -> Self {
        Self {
            coupon: Some(coupon.into()),
            ..self
        }
    }

    fn total(&self) -> u64 {
        self.lines
            .iter()
            .map(|line| u64::from(line.count) * line.cents)
            .sum()
    }
}

#[derive(Debug, thiserror::Error, Serialize, Deserialize)]
enum ShopError {
    #[error("{0} is sold out")]
    SoldOut(String),
    #[error("not sent to {country}")]
    Country { country: String },
    #[error(transparent)]
    Call(#[from] CallError<Failure>),
    #[error("the number is malformed: {0}")]
    Number(String),
}

impl From<std::num::ParseIntError> for ShopError {
    fn from(error: std::num::ParseIntError) -> Self {
        Self::Number(error.to_string())
    }
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:>4} × {:<12} {:8.2}",
            self.count,
            self.article,
            self.cents as f64 / 100.0
        )
    }
}

#[activity]
async fn reserve(_ctx: ActivityContext, line: Line) -> Result<String, Failure> {
    Ok(format!("r-{}", line.article))
}

#[activity]
async fn release(_ctx: ActivityContext, reservation: String) -> Result<(), Failure> {
    drop(reservation);
    Ok(())
}

#[activity]
async fn stock(_ctx: ActivityContext, article: String) -> Result<HashMap<String, u32>, Failure> {
    Ok(HashMap::from([(article, 3)]))
}

#[activity]
async fn number(_ctx: ActivityContext, name: String) -> Result<String, Failure> {
    Ok(name.len().to_string())
}

/// Errors of three kinds, all by `?`.
#[orchestrator]
async fn buy(ctx: OrchestrationContext, order: Order) -> Result<u64, ShopError> {
    if !COUNTRIES.contains(&order.country.as_str()) {
        return Err(ShopError::Country {
            country: order.country,
        });
    }
    let discount: u64 = match &order.coupon {
        Some(coupon) => ctx.call(number, coupon.clone()).await?.parse()?,
        None => 0,
    };
    for line in &order.lines {
        let on_stock = ctx.call(stock, line.article.clone()).await?;
        let Some(left) = on_stock.get(&line.article).filter(|left| **left >= line.count) else {
            return Err(ShopError::SoldOut(line.article.clone()));
        };
        ctx.set_custom_status(&format!("{line}: {left} left")).ok();
    }
    Ok(order.total().saturating_sub(discount))
}

/// A payload that is built, and one that is updated.
#[orchestrator]
async fn reorder(ctx: OrchestrationContext, articles: Vec<String>) -> Result<Order, Failure> {
    let order = articles
        .iter()
        .enumerate()
        .fold(Order::to("AT"), |order, (at, article)| {
            order.line(article, 1 + at as u32, 9_95)
        })
        .coupon("spring");
    let order = Order {
        country: COUNTRIES[articles.len() % COUNTRIES.len()].to_owned(),
        ..order
    };
    for line in order.lines.iter().cloned() {
        let _reservation = ctx.call(reserve, line).await?;
    }
    Ok(order)
}

/// Undone in reverse by a list of one's own, whatever step failed.
#[orchestrator]
async fn all_or_nothing(ctx: OrchestrationContext, order: Order) -> Result<usize, Failure> {
    let mut done: Vec<String> = Vec::with_capacity(order.lines.len());
    let outcome = 'steps: {
        for line in order.lines {
            match ctx.call(reserve, line).await {
                Ok(reservation) => done.push(reservation),
                Err(error) => break 'steps Err(error),
            }
        }
        Ok(done.len())
    };
    if outcome.is_err() {
        while let Some(reservation) = done.pop() {
            ctx.call(release, reservation).await?;
        }
    }
    Ok(outcome?)
}

/// Tables of hashes, where their order does not matter.
#[orchestrator]
async fn inventory(
    ctx: OrchestrationContext,
    articles: BTreeSet<String>,
) -> Result<BTreeMap<String, u32>, Failure> {
    let mut all: HashMap<String, u32> = HashMap::new();
    for part in ctx
        .join_all(articles.into_iter().map(|article| ctx.call(stock, article)))
        .await
    {
        all.extend(part?);
    }
    let empty: HashSet<&str> = all
        .iter()
        .filter(|(_, left)| **left == 0)
        .map(|(name, _)| name.as_str())
        .collect();
    let mut names: Vec<_> = all.keys().cloned().collect();
    names.sort_unstable();
    names.dedup();
    let most = all.values().copied().max().unwrap_or_default();
    let enough = all.values().all(|left| *left > 1) && !empty.contains("all");
    if enough && names.len() as u32 <= most {
        ctx.set_custom_status(&names)?;
    }
    Ok(all.into_iter().collect::<BTreeMap<_, _>>())
}

/// A constant table is searched.
#[deterministic]
fn class_of(cents: u64) -> Cow<'static, str> {
    LIMITS.iter().find(|(_, limit)| cents <= *limit).map_or_else(
        || Cow::Owned(format!("over {cents}")),
        |(name, _)| Cow::Borrowed(*name),
    )
}

#[orchestrator]
async fn classified(
    ctx: OrchestrationContext,
    orders: Vec<Order>,
) -> Result<BTreeMap<String, Vec<u64>>, Failure> {
    let mut classes: BTreeMap<String, Vec<u64>> = BTreeMap::new();
    for total in orders.iter().map(Order::total) {
        classes
            .entry(class_of(total).into_owned())
            .or_default()
            .push(total);
    }
    for totals in classes.values_mut() {
        totals.sort_by_key(|total| std::cmp::Reverse(*total));
    }
    let first = classes.first_key_value().map(|(class, _)| class.clone());
    if let Some(class) = first {
        ctx.call(number, class).await?;
    }
    Ok(classes)
}

/// The most urgent first, from a heap.
#[orchestrator]
async fn most_urgent(ctx: OrchestrationContext, jobs: Vec<(u8, String)>) -> Result<Vec<String>, Failure> {
    let mut heap: BinaryHeap<(u8, String)> = jobs.into();
    let mut done = vec![];
    while let Some((urgency, name)) = heap.pop() {
        let answer = ctx.call(number, name.clone()).await?;
        if answer.starts_with('0') && urgency > 0 {
            heap.push((urgency - 1, name));
        } else {
            done.push(format!("{name}: {answer}"));
        }
    }
    Ok(done)
}

/// Short-circuits by `try_fold` over what is known, and awaits afterwards.
#[orchestrator]
async fn budget(ctx: OrchestrationContext, order: Order) -> Result<Option<u64>, ShopError> {
    let spent = order.lines.iter().try_fold(0_u64, |sum, line| {
        let next = sum + line.cents;
        if next > 50_000 {
            ControlFlow::Break(sum)
        } else {
            ControlFlow::Continue(next)
        }
    });
    let (ControlFlow::Break(cents) | ControlFlow::Continue(cents)) = spent;
    let numbers: Vec<u64> = ["one", "two"]
        .iter()
        .map(|n| n.len().to_string().parse())
        .collect::<Result<_, _>>()?;
    let [first, .., last] = numbers[..] else {
        return Ok(None);
    };
    let checked = ctx
        .call(number, cents.to_string())
        .await
        .map_err(ShopError::from)?;
    Ok(checked
        .parse::<u64>()
        .ok()
        .and_then(|n| n.checked_add(first * last)))
}
