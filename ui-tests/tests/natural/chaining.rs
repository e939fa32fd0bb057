//! One step after another.

use std::collections::BTreeMap;

use durable::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Document {
    title: String,
    words: Vec<String>,
}

#[derive(Debug, thiserror::Error, Serialize, Deserialize)]
enum PublishError {
    #[error("could not proof-read")]
    Proof(#[from] CallError<Failure>),
    #[error("{title} has no words")]
    Empty { title: String },
}

#[activity]
async fn proof_read(_ctx: ActivityContext, text: String) -> Result<String, Failure> {
    Ok(text.trim().to_owned())
}

#[activity]
async fn count_words(_ctx: ActivityContext, text: String) -> Result<u32, Failure> {
    Ok(u32::try_from(text.split_whitespace().count())?)
}

#[activity]
async fn publish(_ctx: ActivityContext, document: Document) -> Result<String, Failure> {
    Ok(document.title)
}

/// The same activity for several inputs, one after the other.
#[orchestrator]
async fn greet_cities(ctx: OrchestrationContext, cities: Vec<String>) -> Result<Vec<String>, Failure> {
    let mut greetings = Vec::with_capacity(cities.len());
    for city in cities {
        greetings.push(ctx.call(proof_read, format!(" Hello, {city}! ")).await?);
    }
    Ok(greetings)
}

/// Each step takes what the one before returned.
#[orchestrator]
async fn pipeline(ctx: OrchestrationContext, text: String) -> Result<u32, Failure> {
    let clean = ctx.call(proof_read, text).await?;
    let shout = clean.to_uppercase();
    Ok(ctx.call(count_words, shout).await?)
}

/// A chain of methods behind the await.
#[orchestrator]
async fn chained_methods(ctx: OrchestrationContext, text: String) -> Result<Vec<String>, Failure> {
    Ok(ctx
        .call(proof_read, text)
        .await?
        .split(' ')
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect())
}

/// Typed errors of one's own, returned early.
#[orchestrator]
async fn publish_document(ctx: OrchestrationContext, document: Document) -> Result<String, PublishError> {
    if document.words.is_empty() {
        return Err(PublishError::Empty {
            title: document.title,
        });
    }
    let title = ctx.call(proof_read, document.title.clone()).await?;
    Ok(ctx.call(publish, Document { title, ..document }).await?)
}

/// A value is kept in an ordered map between steps.
#[orchestrator]
async fn count_each(ctx: OrchestrationContext, texts: Vec<String>) -> Result<BTreeMap<String, u32>, Failure> {
    let mut counts = BTreeMap::new();
    for text in &texts {
        let words = ctx.call(count_words, text.clone()).await?;
        counts
            .entry(text.clone())
            .and_modify(|n| *n += words)
            .or_insert(words);
    }
    let longest = counts.iter().max_by_key(|(_, words)| **words);
    if let Some((text, words)) = longest {
        ctx.set_custom_status(&format!("{text}: {words}"))?;
    }
    Ok(counts)
}

/// A step may depend on the result of the one before.
#[orchestrator]
async fn conditional(ctx: OrchestrationContext, text: String) -> Result<String, Failure> {
    let words = ctx.call(count_words, text.clone()).await?;
    let text = if words > 3 {
        ctx.call(proof_read, text).await?
    } else {
        text
    };
    match words {
        0 => Err(Failure::new("nothing to say")),
        1..=3 => Ok(text),
        more => Ok(format!("{text} ({more} words)")),
    }
}

/// `let .. else`, ranges, labelled loops, and arithmetic.
#[orchestrator]
async fn syntax(ctx: OrchestrationContext, numbers: Vec<u32>) -> Result<u32, Failure> {
    let [first, rest @ ..] = numbers.as_slice() else {
        return Err(Failure::new("no numbers"));
    };
    let mut sum = *first;
    'outer: for (at, number) in rest.iter().enumerate() {
        for step in 0..*number {
            if step > 10 {
                break 'outer;
            }
            if at % 2 == 0
                && let Ok(words) = ctx.call(count_words, step.to_string()).await
            {
                sum = sum.saturating_add(words);
            }
        }
    }
    Ok(sum)
}

/// Errors are inspected, not only passed on.
#[orchestrator]
async fn inspects_errors(ctx: OrchestrationContext, text: String) -> Result<String, Failure> {
    let outcome = ctx.call(proof_read, text).await;
    Ok(match outcome {
        Ok(text) => text,
        Err(CallError::Timeout) => "too slow".to_owned(),
        Err(error @ (CallError::Cancelled | CallError::Terminated)) => error.to_string(),
        Err(error) => return Err(error.into()),
    })
}
