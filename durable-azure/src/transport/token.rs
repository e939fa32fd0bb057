//! The bearer token in use: kept until shortly before its end, and asked for by one request at a time.

use std::sync::Arc;
use std::time::Duration;

use durable_core::Timestamp;
use tokio::sync::Mutex;

use super::credential::{AccessToken, TokenError, TokenProvider};
use super::secret::Secret;

/// What a token is good for.
const SCOPE: &str = "https://storage.azure.com/.default";
/// A token that ends within this time is replaced, if another can be had.
const MARGIN: Duration = Duration::from_mins(5);

#[derive(Debug)]
pub(super) struct TokenCache {
    provider: Arc<dyn TokenProvider>,
    held: Mutex<Option<AccessToken>>,
}

impl TokenCache {
    pub(super) fn new(provider: Arc<dyn TokenProvider>) -> Self {
        Self {
            provider,
            held: Mutex::new(None),
        }
    }

    pub(super) async fn token(&self, now: Timestamp) -> Result<Secret, TokenError> {
        let mut held = self.held.lock().await;
        if let Some(token) = held.as_ref().filter(|token| now + MARGIN < token.expires_at) {
            return Ok(token.token.clone());
        }
        match self.provider.token(SCOPE).await {
            Ok(fresh) => {
                let token = fresh.token.clone();
                *held = Some(fresh);
                Ok(token)
            }
            // The old one still holds.
            Err(error) => match held.as_ref().filter(|token| now < token.expires_at) {
                Some(token) => Ok(token.token.clone()),
                None => Err(error),
            },
        }
    }

    /// Drops a token that the service refused, unless it has been replaced since.
    pub(super) async fn refused(&self, token: &Secret) {
        let mut held = self.held.lock().await;
        if held.as_ref().is_some_and(|held| held.token == *token) {
            *held = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex as StdMutex;

    use super::super::credential::TokenFuture;
    use super::*;

    /// Gives what the test put in, the last first.
    #[derive(Debug, Default)]
    struct Given(StdMutex<Vec<Result<AccessToken, &'static str>>>);

    impl TokenProvider for Given {
        fn token<'a>(&'a self, scope: &'a str) -> TokenFuture<'a> {
            assert_eq!(scope, "https://storage.azure.com/.default");
            let next = self
                .0
                .lock()
                .unwrap()
                .pop()
                .unwrap_or(Err("asked once too often"));
            Box::pin(async move { next.map_err(TokenError::from) })
        }
    }

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_micros(seconds * 1_000_000)
    }

    fn cache(given: Vec<Result<AccessToken, &'static str>>) -> TokenCache {
        TokenCache::new(Arc::new(Given(StdMutex::new(given))))
    }

    #[tokio::test]
    async fn a_token_is_kept_until_shortly_before_its_end() {
        let cache = cache(vec![
            Ok(AccessToken::new("second", at(2000))),
            Ok(AccessToken::new("first", at(1000))),
        ]);
        for (now, expected) in [(0, "first"), (699, "first"), (700, "second"), (1699, "second")] {
            assert_eq!(cache.token(at(now)).await.unwrap().reveal(), expected);
        }
    }

    #[tokio::test]
    async fn a_token_is_used_to_its_end_if_there_is_no_other() {
        let cache = cache(vec![
            Err("down"),
            Err("down"),
            Ok(AccessToken::new("first", at(1000))),
        ]);
        assert_eq!(cache.token(at(0)).await.unwrap().reveal(), "first");
        assert_eq!(cache.token(at(999)).await.unwrap().reveal(), "first");
        assert_eq!(cache.token(at(1000)).await.unwrap_err().to_string(), "down");
    }

    #[tokio::test]
    async fn a_refused_token_is_not_used_again() {
        let cache = cache(vec![
            Ok(AccessToken::new("second", at(1000))),
            Ok(AccessToken::new("first", at(1000))),
        ]);
        let first = cache.token(at(0)).await.unwrap();
        cache.refused(&first).await;
        let second = cache.token(at(0)).await.unwrap();
        assert_eq!(second.reveal(), "second");
        // Another request noticed late.
        cache.refused(&first).await;
        assert_eq!(cache.token(at(0)).await.unwrap().reveal(), "second");
    }
}
