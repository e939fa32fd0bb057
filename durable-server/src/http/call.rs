//! One request on its way to its handler.

use std::sync::Arc;
use std::time::Duration;

use axum::http::HeaderMap;
use durable_core::client::{Client, Instance};
use durable_core::history::TraceContext;
use durable_core::{Clock, SystemClock};

use super::Query;
use crate::answer::Addresses;
use crate::auth::sign;
use crate::auth::{Caller, Operation};
use crate::kept_counts::KeptCounts;
use crate::metrics::{Figures, Requests};
use crate::refusal::Refusal;
use crate::settings::Settings;

/// What all requests share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) client: Client,
    pub(crate) settings: Settings,
    pub(crate) requests: Requests,
    pub(crate) figures: Arc<Figures>,
    pub(crate) counts: Arc<KeptCounts>,
}

impl Shared {
    pub(crate) fn new(client: Client, settings: Settings) -> Self {
        Self {
            client,
            settings,
            requests: Requests::default(),
            figures: Arc::default(),
            counts: Arc::default(),
        }
    }
}

/// One request, authorised, with its body read.
pub(crate) struct Call {
    pub(crate) shared: Arc<Shared>,
    pub(crate) caller: Caller,
    /// What stands at the names of the route's pattern.
    pub(crate) names: Vec<(&'static str, String)>,
    pub(crate) query: Query,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
    /// What a start belongs to: the span of the request, or else the one that the caller named, well-formed or not.
    pub(crate) trace: Option<TraceContext>,
    /// Scheme, host and the path before the routes, as they are seen from outside.
    pub(crate) base: String,
    /// The path of the request, as it was sent.
    pub(crate) path: String,
}

impl Call {
    pub(crate) fn client(&self) -> &Client {
        &self.shared.client
    }

    pub(crate) fn settings(&self) -> &Settings {
        &self.shared.settings
    }

    /// Returns what stands at a name of the route's pattern.
    pub(crate) fn named(&self, name: &str) -> Option<&str> {
        let found = self.names.iter().find(|(other, _)| *other == name);
        found.map(|(_, value)| value.as_str())
    }

    /// Returns the instance that the request is about.
    pub(crate) fn instance(&self) -> Result<Instance, Refusal> {
        Ok(self
            .client()
            .instance(self.named("instanceId").unwrap_or_default())?)
    }

    /// Returns the reason given, if any.
    pub(crate) fn reason(&self) -> String {
        self.query.first("reason").unwrap_or_default().to_owned()
    }

    /// Does something with what makes the addresses of instances.
    pub(crate) fn with_addresses<T>(&self, act: impl FnOnce(&Addresses<'_>) -> T) -> T {
        act(&Addresses {
            base: &self.base,
            hub: &self.settings().hub_name,
            connection: &self.settings().connection,
            code: &|instance, operation| self.code(instance, operation),
        })
    }

    /// Returns the address of this very request with a token in place of the key that it may hold.
    pub(crate) fn own_address(&self, instance: &str) -> String {
        let mut query = self.query.without("code");
        if let Some(code) = self.code(instance, Operation::Read) {
            let separator = if query.is_empty() { "" } else { "&" };
            query = format!("{query}{separator}code={code}");
        }
        let (base, path) = (&self.base, &self.path);
        if query.is_empty() {
            format!("{base}{path}")
        } else {
            format!("{base}{path}?{query}")
        }
    }

    /// Makes a token for one operation, if whoever asks may hand it on.
    fn code(&self, instance: &str, operation: Operation) -> Option<String> {
        if !self.caller.may_hand_on(operation) {
            return None;
        }
        let expires = self.settings().token_life.map_or(0, |life| {
            // Rounded up: a life of half a second is not over before it begins.
            (SystemClock.now() + life + Duration::from_secs(1)).as_micros() / 1_000_000
        });
        sign(self.settings(), instance, operation, expires)
    }
}
