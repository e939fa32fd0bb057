//! What every request goes through: target, sign, send, judge, wait, again.

use std::sync::Arc;
use std::time::Duration;

use durable_core::Clock;
use durable_core::random::Entropy;

use super::account::Account;
use super::credential::Right;
use super::date;
use super::error::{StorageError, StorageErrorKind};
use super::exchange::{Answer, Exchange, ExchangeError, Wire};
use super::journey::{Journey, Next};
use super::operation::Operations;
use super::outage::Outage;
use super::percent;
use super::refusal;
use super::request::{Place, Request, Response};
use super::retry::{RetrySettings, Setback, is_worth_another};
use super::secret::Secret;
use super::sign::Signed;
use super::storage::Service;
use super::token::TokenCache;
use crate::value::Ticks;

/// Returns the version of the service's protocol that is spoken: old enough for every cloud and emulator of these years.
/// Of tables it is the latest that the official clients speak, and the first that takes tokens.
fn version(service: Service) -> &'static str {
    match service {
        Service::Blob | Service::Queue => "2021-12-02",
        Service::Table => "2020-12-06",
    }
}

/// How a request may go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Route {
    /// The longest time of the whole operation, if it is not that of the settings.
    pub(super) total: Option<Duration>,
    /// The secondary may answer if the primary does not.
    pub(super) either: bool,
}

/// One opened account.
#[derive(Debug)]
pub(super) struct Pipeline {
    pub(super) account: Account,
    pub(super) retry: RetrySettings,
    pub(super) operations: Operations,
    exchange: Arc<dyn Exchange>,
    tokens: Option<TokenCache>,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    outage: Outage,
}

/// How one attempt ended.
enum Outcome {
    Done(Answer),
    /// Asking again would not help.
    Refused(StorageError),
    /// The credential was not accepted, and another can be had.
    TokenRefused(StorageError, Secret),
    Setback(Setback, StorageError),
}

impl Pipeline {
    pub(super) fn new(
        account: Account,
        retry: RetrySettings,
        exchange: Arc<dyn Exchange>,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
    ) -> Self {
        let tokens = match &account.credential.0 {
            Right::Token(provider) => Some(TokenCache::new(Arc::clone(provider))),
            Right::Key(_) | Right::Sas(_) => None,
        };
        Self {
            account,
            retry,
            operations: Operations::default(),
            exchange,
            tokens,
            clock,
            entropy,
            outage: Outage::new(),
        }
    }

    /// Sends a request until it is answered, refused or given up.
    pub(super) async fn send(&self, request: &Request, route: Route) -> Result<Response, StorageError> {
        let has_secondary = self.account.secondary.of(request.service).is_some();
        let mut journey = Journey::new(&self.retry, request, route, has_secondary, self.outage.is_on());
        loop {
            let place = journey.begin_attempt();
            if journey.attempt() > 1 {
                self.operations.count_again();
            }
            let next = match self.attempt(request, place, journey.patience(request)).await {
                Outcome::Done(answer) => {
                    return Ok(Response { answer, place });
                }
                Outcome::Refused(error) => journey.refused(error),
                Outcome::TokenRefused(error, token) => {
                    if let Some(tokens) = &self.tokens {
                        tokens.refused(&token).await;
                    }
                    journey.token_refused(error)
                }
                Outcome::Setback(setback, error) => {
                    tracing::debug!(operation = request.operation.name(), target = request.target, %error, "an attempt failed");
                    journey.setback(setback, error, self.draw())
                }
            };
            match next {
                Next::After(pause) if pause.is_zero() => {}
                Next::After(pause) => tokio::time::sleep(pause).await,
                Next::End(error) => return Err(*error),
            }
        }
    }

    async fn attempt(&self, request: &Request, place: Place, patience: Duration) -> Outcome {
        if let Ok(outcome) = tokio::time::timeout(patience, self.exchange(request, place)).await {
            return outcome;
        }
        if place == Place::Primary {
            self.outage.silent();
        }
        let detail = format!("no answer within {patience:?}");
        let error = StorageError::new(request, StorageErrorKind::Unavailable, detail);
        Outcome::Setback(Setback::TimedOut, error)
    }

    async fn exchange(&self, request: &Request, place: Place) -> Outcome {
        let token = match &self.tokens {
            None => None,
            Some(tokens) => match tokens.token(self.clock.now()).await {
                Ok(token) => Some(token),
                Err(source) => {
                    let detail = format!("there is no token: {source}");
                    let error =
                        StorageError::new(request, StorageErrorKind::Denied, detail).with_source(source);
                    return Outcome::Setback(Setback::NoToken, error);
                }
            },
        };
        let Some(wire) = self.wire(request, place, token.as_ref()) else {
            let detail = "the account has no endpoint of this service";
            return Outcome::Refused(StorageError::new(request, StorageErrorKind::Invalid, detail));
        };
        self.operations.count(request.operation);
        match self.exchange.exchange(wire).await {
            Ok(answer) => {
                if place == Place::Primary {
                    self.outage.answered();
                }
                self.judge(request, answer, token)
            }
            Err(error) => self.no_answer(request, place, error),
        }
    }

    fn judge(&self, request: &Request, answer: Answer, token: Option<Secret>) -> Outcome {
        let (status, error) = if (200..300).contains(&answer.status) {
            match (request.failure_in)(&answer) {
                None => return Outcome::Done(answer),
                Some((status, words)) => (status, refusal::of_words(request, status, words)),
            }
        } else {
            (answer.status, refusal::of_answer(request, &answer))
        };
        if is_worth_another(status) {
            let retry_after = self.retry_after(&answer);
            return Outcome::Setback(Setback::Status { status, retry_after }, error);
        }
        match token {
            Some(token) if status == 401 => Outcome::TokenRefused(error, token),
            Some(_) | None => Outcome::Refused(error),
        }
    }

    fn no_answer(&self, request: &Request, place: Place, error: ExchangeError) -> Outcome {
        let of = |kind, detail: &str| StorageError::new(request, kind, detail);
        match error {
            ExchangeError::NoConnection(source) => {
                if place == Place::Primary {
                    self.outage.silent();
                }
                let detail = format!("no connection: {}", causes(&*source));
                let error = of(StorageErrorKind::Unavailable, &detail).with_source(source);
                Outcome::Setback(Setback::NoConnection, error)
            }
            ExchangeError::Broken(source) => {
                let detail = format!("the connection broke: {}", causes(&*source));
                let error = of(StorageErrorKind::Unavailable, &detail).with_source(source);
                Outcome::Setback(Setback::Broken, error)
            }
            ExchangeError::TooLarge => {
                let detail = format!("the answer is longer than {} bytes", request.limit);
                Outcome::Refused(of(StorageErrorKind::TooLarge, &detail))
            }
            ExchangeError::Unsendable => Outcome::Refused(of(
                StorageErrorKind::Invalid,
                "a header or the address cannot be sent",
            )),
        }
    }

    /// Addresses and signs a request; nothing if the service has no endpoint there.
    fn wire(&self, request: &Request, place: Place, token: Option<&Secret>) -> Option<Wire> {
        let endpoint = match place {
            Place::Primary => self.account.primary.of(request.service)?,
            Place::Secondary => self.account.secondary.of(request.service)?,
        };
        let mut address = format!("{endpoint}{}", request.path);
        for (n, (name, value)) in request.query.iter().enumerate() {
            address.push(if n == 0 { '?' } else { '&' });
            address.push_str(name);
            address.push('=');
            percent::encode_into(&mut address, value);
        }
        let mut headers = request.headers.clone();
        headers.push(("x-ms-date", date::write(self.clock.now())));
        headers.push(("x-ms-version", version(request.service).to_owned()));
        match &self.account.credential.0 {
            Right::Sas(parameters) => {
                address.push(if request.query.is_empty() { '?' } else { '&' });
                address.push_str(parameters.reveal());
            }
            Right::Token(_) => {
                let token = token?;
                headers.push(("authorization", format!("Bearer {}", token.reveal())));
            }
            Right::Key(key) => {
                let authorization = key.authorization(&Signed {
                    service: request.service,
                    account: &self.account.name,
                    method: request.method.as_str(),
                    path: &format!("{}{}", endpoint.path(), request.path),
                    query: &request.query,
                    headers: &headers,
                    content_length: request.body.len(),
                });
                headers.push(("authorization", authorization));
            }
        }
        Some(Wire {
            method: request.method.clone(),
            address,
            headers,
            body: request.body.clone(),
            limit: request.limit,
        })
    }

    /// Reads `Retry-After`: seconds, or a date.
    fn retry_after(&self, answer: &Answer) -> Option<Duration> {
        let text = answer.header("retry-after")?;
        if let Ok(seconds) = text.trim().parse() {
            return Some(Duration::from_secs(seconds));
        }
        let at = date::parse(text)?;
        let ticks = at.get() - Ticks::from(self.clock.now()).get();
        Some(Duration::from_micros(u64::try_from(ticks / 10).unwrap_or(0)))
    }

    /// Draws from 0 to 1.
    fn draw(&self) -> f64 {
        let drawn = u32::try_from(self.entropy.draw() >> 96).unwrap_or(0);
        f64::from(drawn) / f64::from(u32::MAX)
    }
}

/// Writes an error with what it comes from, since the outermost says little.
fn causes(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        if !text.contains(&cause_text) {
            text.push_str(": ");
            text.push_str(&cause_text);
        }
        source = cause.source();
    }
    text
}

#[cfg(test)]
mod tests;
