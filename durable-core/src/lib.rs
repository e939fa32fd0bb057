//! The model of durable functions: names, versions, history, replay, registry, worker, client and the hub contract.
//!
//! Applications depend on the facade crate `durable`; authors of a hub depend on this one.

#![forbid(unsafe_code)]

pub mod activity;
pub mod client;
pub mod decision;
pub mod deterministic;
pub mod failure;
pub mod function;
pub mod gate;
pub mod history;
pub mod history_file;
pub mod hub;
pub mod id;
pub mod lock;
pub mod metrics;
pub mod name;
pub mod orchestration;
pub mod payload;
pub mod random;
pub mod registry;
pub mod replay;
pub mod replay_check;
pub mod retry;
pub mod schema;
pub mod time;
pub mod timeline;
pub mod trace;
pub mod version;
pub mod worker;

#[doc(hidden)]
pub mod __private;

pub use activity::{ActivityContext, CancelToken};
pub use failure::{CallError, Failure, FailureDetails, FailureOrigin};
pub use id::{BuildId, ExecutionId, InstanceId, TaskId, WorkerId};
pub use name::{EventName, NameError, WireName};
pub use orchestration::OrchestrationContext;
pub use payload::{Encoding, Payload, PayloadError};
pub use retry::RetryPolicy;
pub use time::{Clock, SystemClock, Timestamp};
pub use version::{RecordedVersion, Version, VersionError};
