//! The table of workers: who offers what, until when. Ours; the framework has none.

use std::sync::Arc;

use durable_core::hub::{CodeKey, HubError, WorkerOffer, WorkerRecord};
use durable_core::{BuildId, WorkerId};

use super::shared::Shared;
use super::together::together;
use crate::coordinator::Elsewhere;
use crate::error::corrupt;
use crate::transport::IfMatch;
use crate::value::{Row, Ticks, Value};
use crate::wire::escape;

const WORKER: &str = "Worker";
const NODE: &str = "Node";
const BUILD: &str = "Build";
const ORCHESTRATORS: &str = "Orchestrators";
const ACTIVITIES: &str = "Activities";
const TAKES_MISMATCHED: &str = "TakesMismatched";
const EXPIRES_AT: &str = "ExpiresAt";

/// Renews the leases of the workers of this node, for as long as the hub is open.
pub(crate) async fn serve(shared: Arc<Shared>) {
    loop {
        let next = shared.now().saturating_add(shared.settings.lease / 3);
        shared.until(Some(next)).await;
        if let Err(error) = shared.renew_workers().await {
            tracing::warn!(%error, "the table of workers could not be written");
        }
        shared.offer_partitions();
    }
}

impl Shared {
    /// Makes a worker known.
    pub(crate) async fn write_worker(&self, offer: &WorkerOffer) -> Result<(), HubError> {
        let mut row = Row::new("", escape(offer.worker.as_str()));
        row.push(WORKER, Value::String(offer.worker.as_str().to_owned()));
        row.push(NODE, Value::String(self.node.clone()));
        row.push(BUILD, Value::String(offer.build.0.to_string()));
        row.push(ORCHESTRATORS, Value::String(write_codes(&offer.orchestrators)?));
        row.push(ACTIVITIES, Value::String(write_codes(&offer.activities)?));
        row.push(TAKES_MISMATCHED, Value::Bool(offer.takes_mismatched));
        let expires = self.now().saturating_add(self.settings.lease);
        row.push(EXPIRES_AT, Value::DateTime(Ticks::of(expires)));
        self.workers.insert_or_replace(&row).await?;
        Ok(())
    }

    /// Makes it known that a worker is gone.
    pub(crate) async fn remove_worker(&self, worker: &WorkerId) -> Result<(), HubError> {
        self.workers
            .delete("", &escape(worker.as_str()), &IfMatch::Any)
            .await?;
        Ok(())
    }

    async fn renew_workers(&self) -> Result<(), HubError> {
        let renewed: Vec<WorkerOffer> = self.with(|state| {
            let renewed = state.workers.values().filter(|it| it.lease_until.is_none());
            renewed.map(|it| it.offer.clone()).collect()
        });
        if renewed.is_empty() {
            return Ok(());
        }
        for answer in together(renewed.iter().map(|offer| self.write_worker(offer))).await {
            answer?;
        }
        self.refresh_workers().await
    }

    /// Offers partitions to nodes that can do what waits in them and that nobody here can.
    fn offer_partitions(&self) {
        let offers = self.with(|state| state.partitions_to_offer());
        let Some(manager) = self.partitions.get() else {
            return;
        };
        for (partition, node) in offers {
            manager.offer(&self.names.control_queue(partition), &node);
        }
    }

    /// Reads which workers other nodes have.
    pub(crate) async fn refresh_workers(&self) -> Result<(), HubError> {
        let rows = match self.query_all(&self.workers.or_secondary(), "", &[]).await {
            Ok(rows) => rows,
            Err(error) if error.kind() == durable_core::hub::HubErrorKind::NotFound => Vec::new(),
            Err(error) => return Err(error),
        };
        let mut elsewhere = Vec::new();
        for row in rows
            .iter()
            .filter(|row| row.text(NODE) != Some(self.node.as_str()))
        {
            elsewhere.push(read_worker(row)?);
        }
        self.with(|state| state.elsewhere = elsewhere);
        Ok(())
    }

    /// Lists the workers whose lease has not run out: those of this node by its memory, the others by the table.
    pub(crate) async fn list_workers(&self) -> Result<Vec<WorkerRecord>, HubError> {
        self.refresh_workers().await?;
        let lease = self.settings.lease;
        Ok(self.with(|state| {
            let now = state.now;
            let here = state
                .workers
                .values()
                .filter(|it| it.is_live(now))
                .map(|it| WorkerRecord {
                    worker: it.offer.worker.clone(),
                    build: it.offer.build,
                    orchestrators: it.offer.orchestrators.clone(),
                    activities: it.offer.activities.clone(),
                    expires_at: it.lease_until.unwrap_or_else(|| now.saturating_add(lease)),
                });
            let elsewhere = state.elsewhere.iter().filter(|it| it.record.expires_at > now);
            here.chain(elsewhere.map(|it| it.record.clone())).collect()
        }))
    }
}

fn write_codes(codes: &[CodeKey]) -> Result<String, HubError> {
    serde_json::to_string(codes).map_err(|error| corrupt(format!("an offer cannot be written: {error}")))
}

fn read_worker(row: &Row) -> Result<Elsewhere, HubError> {
    let bad = |column: &str| {
        corrupt(format!(
            "the row `{}` of the table of workers has no proper `{column}`",
            row.row_key
        ))
    };
    let codes = |column: &str| -> Result<Vec<CodeKey>, HubError> {
        let text = row.text(column).ok_or_else(|| bad(column))?;
        serde_json::from_str(text).map_err(|error| bad(column).with_source(error))
    };
    let worker = row.text(WORKER).and_then(|text| WorkerId::new(text).ok());
    let build = row.text(BUILD).and_then(|text| text.parse().ok());
    Ok(Elsewhere {
        node: row.text(NODE).ok_or_else(|| bad(NODE))?.to_owned(),
        record: WorkerRecord {
            worker: worker.ok_or_else(|| bad(WORKER))?,
            build: BuildId(build.ok_or_else(|| bad(BUILD))?),
            orchestrators: codes(ORCHESTRATORS)?,
            activities: codes(ACTIVITIES)?,
            expires_at: row.time(EXPIRES_AT).ok_or_else(|| bad(EXPIRES_AT))?.timestamp(),
        },
        takes_mismatched: row.bool(TAKES_MISMATCHED).unwrap_or_default(),
    })
}
