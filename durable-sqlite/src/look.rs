//! Looking, now and then, for what other processes wrote without ringing. On a plain thread with a connection of its own,
//! so that an idle process wakes once for each look, and its writer only if there is something to see.

use std::convert::Infallible;
use std::sync::mpsc::{Receiver, RecvTimeoutError};

use durable_core::hub::HubError;
use rusqlite::Connection;
use tokio::sync::watch;

use crate::clockwork::Alarm;
use crate::options::SqliteOptions;
use crate::schema;
use crate::upkeep::read_data_version;
use crate::writer::{Request, RequestSender};

/// Sees that others have written, and nothing else.
pub(crate) struct Lookout {
    conn: Connection,
    options: SqliteOptions,
    /// Whether anybody waits for what other processes do.
    alarms: watch::Receiver<Alarm>,
    writer: RequestSender,
}

impl Lookout {
    pub(crate) fn new(
        options: &SqliteOptions,
        alarms: watch::Receiver<Alarm>,
        writer: RequestSender,
    ) -> Result<Self, HubError> {
        Ok(Self {
            conn: schema::open_reader(options)?,
            options: options.clone(),
            alarms,
            writer,
        })
    }

    /// Looks until the other end of `stop` is gone, or the writer is.
    pub(crate) fn run(self, stop: &Receiver<Infallible>) {
        let mut seen = None;
        loop {
            match stop.recv_timeout(self.options.look_every) {
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return,
                Ok(never) => match never {},
            }
            if !self.alarms.borrow().is_active {
                continue;
            }
            // Grows by the writes of this process, too: only the writer can tell whose they were. What cannot be read is
            // for the writer to look at.
            let version = read_data_version(&self.conn).ok();
            if (version.is_none() || version != seen) && self.writer.send(Request::Look).is_err() {
                return;
            }
            seen = version;
        }
    }
}
