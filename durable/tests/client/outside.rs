//! Activities that are completed from outside.

use std::collections::BTreeMap;
use std::sync::Mutex;

use durable::hub::CompletionToken;
use durable::prelude::*;

use tokio::sync::Notify;

use crate::support::{World, release, run};

static TOKENS: Mutex<BTreeMap<String, CompletionToken>> = Mutex::new(BTreeMap::new());

/// Tells that there is another token.
static GIVEN: Notify = Notify::const_new();

/// Waits until the activity called with this text has given out a token, and returns the last.
pub(crate) async fn token(of: &str) -> CompletionToken {
    token_after(of, None).await
}

/// Waits until the activity called with this text has given out another token than this one.
pub(crate) async fn token_after(of: &str, old: Option<&CompletionToken>) -> CompletionToken {
    loop {
        // Before the look, so that no token is given in between and missed.
        let given = GIVEN.notified();
        let token = TOKENS.lock().unwrap().get(of).cloned();
        if let Some(token) = token.filter(|token| Some(token) != old) {
            return token;
        }
        given.await;
    }
}

#[activity]
pub(crate) async fn ask_a_person(ctx: ActivityContext, question: String) -> Result<u32, Failure> {
    let token = ctx.completes_later().token;
    TOKENS.lock().unwrap().insert(question, token);
    GIVEN.notify_waiters();
    Ok(0)
}

#[orchestrator]
async fn asking(ctx: OrchestrationContext, question: String) -> Result<u32, Failure> {
    Ok(ctx.call(ask_a_person, question).await?)
}

#[test]
fn an_activity_is_completed_or_failed_from_outside_once() {
    run(async {
        let world = World::new();
        let all = release(&["outside"]);
        let worker = world.worker("w", &all).await;
        let client = world.client(&all);
        let answered = client.start(asking, "how many?".into()).await.unwrap();
        let refused = client.start(asking, "why?".into()).await.unwrap();
        world.settle().await;
        // As text, a token goes through mails and forms.
        let given: CompletionToken = token("how many?").await.to_string().parse().unwrap();
        client.complete_activity(&given, &42_u32).await.unwrap();
        client
            .fail_activity(&token("why?").await, &Failure::new("I will not say"))
            .await
            .unwrap();
        assert_eq!(answered.wait().await.unwrap(), 42);
        assert_eq!(refused.wait().await.unwrap_err().to_string(), "I will not say");
        assert_eq!(
            client
                .complete_activity(&given, &43_u32)
                .await
                .unwrap_err()
                .to_string(),
            format!("there is no activity `{given}` that is waited for")
        );
        worker.stop().await;
    });
}

#[test]
fn a_text_that_is_no_token_is_refused_with_the_form() {
    let error = "order-42".parse::<CompletionToken>().unwrap_err().to_string();
    assert_eq!(
        error,
        "`order-42` is not a completion token: it has the form `instance:execution:task`"
    );
}
