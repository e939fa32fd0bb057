//! An example of each form.

use serde_json::{Value, json};

use crate::route::HubForm;

/// 2026-11-21T01:43:00Z.
const STARTED: i64 = 1_795_225_380_000_000;
const CHANGED: i64 = STARTED + 7_000_000;
const EXECUTION: &str = "00000000000000000000000000000007";

pub(in crate::openapi) fn of(form: HubForm) -> Value {
    match form {
        HubForm::Description => json!({
            "capabilities": {
                "filter_at_fetch": true, "atomic_outbox": true, "multi_process": true, "persistent": true, "listed_by_time": true,
            },
            "now": CHANGED, "release": "0.1.0",
        }),
        HubForm::Found => json!({"record": record()}),
        HubForm::Query => {
            json!({"names": ["checkout"], "statuses": ["Failed"], "created_from": STARTED, "page_size": 50})
        }
        HubForm::Page => json!({"items": [record()], "next": null}),
        HubForm::HistoryPart => json!({"history": history(), "next": null}),
        HubForm::Waited => json!({"record": null, "seen": null, "created_at": STARTED}),
        HubForm::Start => json!({
            "started": {
                "instance": "order-42", "execution": EXECUTION, "name": "checkout", "version": "1.2", "input": payload(),
                "parent": null, "generation": 0, "scheduled_start": null, "tags": {"shop": "north"},
            },
            "reuse": "AllowIfEnded",
        }),
        HubForm::StartOutcome => json!({"Started": EXECUTION}),
        HubForm::Event => json!({"name": "approval", "input": {"Json": "true"}}),
        HubForm::Completion => json!({
            "activity": {"instance": "order-42", "execution": EXECUTION, "task": 3}, "result": {"Ok": {"Json": "17"}},
        }),
        HubForm::Signal => json!({"Suspend": {"reason": "stock-taking"}}),
        HubForm::Amendment => json!({
            "execution": EXECUTION, "event_count": 4,
            "amendment": {"Move": {
                "version": "2",
                "event": {"at": CHANGED, "trace": null, "kind": {"Marker": {"kind": "Moved", "version": 1, "task": null, "data": "\"2\""}}},
            }},
        }),
        HubForm::Import => json!({"record": record(), "history": history(), "timers": []}),
        HubForm::PurgeReport => json!({"purged": 12, "complete": true}),
        HubForm::Fence => fence(),
        HubForm::Fences => json!([fence()]),
        HubForm::Lowered => json!({"lowered": true}),
        HubForm::Versions => json!([{
            "name": "checkout", "version": "1.2", "pending": 0, "running": 1, "waiting": 4, "suspended": 0, "blocked": 0,
            "failed": 2, "ended": 310, "oldest": STARTED, "last_started": CHANGED, "offered": true,
        }]),
        HubForm::Workers => json!([{
            "worker": "shop-1", "build": 12, "orchestrators": [{"name": "checkout", "version": "1.2"}],
            "activities": [{"name": "charge", "version": "1"}], "expires_at": CHANGED,
        }]),
        HubForm::Record => record(),
        HubForm::History => history(),
        HubForm::Payload => payload(),
    }
}

fn payload() -> Value {
    json!({"Json": "{\"cents\":995}"})
}

fn record() -> Value {
    json!({
        "instance": "order-42", "execution": EXECUTION, "generation": 0, "name": "checkout", "version": "1.2",
        "status": "Completed", "created_at": STARTED, "updated_at": CHANGED, "ended_at": CHANGED, "scheduled_start": null,
        "input": payload(), "output": {"Json": "{\"receipt\":17}"}, "failure": null, "custom_status": null,
        "tags": {"shop": "north"}, "parent": null, "policy": "Cancel", "blocked": null, "stalled_since": null,
        "owner": null, "event_count": 1,
    })
}

fn history() -> Value {
    json!({
        "execution": EXECUTION,
        "events": [{"at": STARTED, "trace": null, "kind": {"ExecutionStarted": {
            "instance": "order-42", "execution": EXECUTION, "name": "checkout", "version": "1.2", "input": payload(),
            "parent": null, "generation": 0, "scheduled_start": null, "tags": {"shop": "north"},
        }}}],
    })
}

fn fence() -> Value {
    json!({
        "id": "release-7", "codes": [{"name": "checkout", "version": "1.2"}], "reason": "release 7 is being deployed",
        "until": CHANGED,
    })
}

#[cfg(test)]
mod tests {
    use durable_core::Payload;
    use durable_core::hub::wire::{
        Amend, Completion, Description, Found, HistoryPart, Lowered, NewEvent, NewImport, Waited,
    };
    use durable_core::hub::{
        Fence, Import, InstanceQuery, InstanceRecord, LoadedHistory, Page, PurgeReport, Signal, StartOutcome,
        StartRequest, VersionCount, WorkerRecord,
    };
    use serde::de::DeserializeOwned;

    use super::*;

    fn read<T: DeserializeOwned>(form: HubForm) -> T {
        serde_json::from_value(of(form)).unwrap_or_else(|error| panic!("{form:?}: {error}"))
    }

    #[test]
    fn the_core_reads_every_example() {
        for form in HubForm::ALL {
            match form {
                HubForm::Description => drop(read::<Description>(form)),
                HubForm::Found => drop(read::<Found>(form)),
                HubForm::Query => drop(read::<InstanceQuery>(form)),
                HubForm::Page => drop(read::<Page<InstanceRecord>>(form)),
                HubForm::HistoryPart => drop(read::<HistoryPart>(form)),
                HubForm::Waited => drop(read::<Waited>(form)),
                HubForm::Start => drop(read::<StartRequest>(form)),
                HubForm::StartOutcome => drop(read::<StartOutcome>(form)),
                HubForm::Event => drop(read::<NewEvent>(form)),
                HubForm::Completion => drop(read::<Completion>(form)),
                HubForm::Signal => drop(read::<Signal>(form)),
                HubForm::Amendment => drop(read::<Amend>(form)),
                HubForm::Import => drop(Import::try_from(read::<NewImport>(form)).unwrap()),
                HubForm::PurgeReport => drop(read::<PurgeReport>(form)),
                HubForm::Fence => drop(read::<Fence>(form)),
                HubForm::Fences => drop(read::<Vec<Fence>>(form)),
                HubForm::Lowered => assert!(read::<Lowered>(form).lowered),
                HubForm::Versions => drop(read::<Vec<VersionCount>>(form)),
                HubForm::Workers => drop(read::<Vec<WorkerRecord>>(form)),
                HubForm::Record => drop(read::<InstanceRecord>(form)),
                HubForm::History => drop(read::<LoadedHistory>(form)),
                HubForm::Payload => drop(read::<Payload>(form)),
            }
        }
    }
}
