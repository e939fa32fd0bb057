//! A container lease in memory, by the rules of the blob service.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use durable_core::{Clock, Timestamp};
use durable_testkit::ManualClock;

use crate::app_lease::{AppLeaseError, AppLeaseFuture, AppLeaseInfo, AppLeaseStore};

#[derive(Debug, Clone)]
pub(super) struct MemoryLease(Arc<Mutex<Inner>>);

#[derive(Debug)]
struct Inner {
    clock: ManualClock,
    /// Who has it, until when, and for how long it is renewed.
    held: Option<(String, Timestamp, Duration)>,
    info: AppLeaseInfo,
    is_broken: bool,
    is_read_only: bool,
    operations: Vec<String>,
}

impl MemoryLease {
    pub(super) fn new(clock: &ManualClock) -> Self {
        Self(Arc::new(Mutex::new(Inner {
            clock: clock.clone(),
            held: None,
            info: AppLeaseInfo::default(),
            is_broken: false,
            is_read_only: false,
            operations: Vec::new(),
        })))
    }

    pub(super) fn set_broken(&self, is_broken: bool) {
        self.0.lock().unwrap().is_broken = is_broken;
    }

    /// The info blob cannot be written.
    pub(super) fn set_read_only(&self, is_read_only: bool) {
        self.0.lock().unwrap().is_read_only = is_read_only;
    }

    pub(super) fn stored_info(&self) -> AppLeaseInfo {
        self.0.lock().unwrap().info.clone()
    }

    /// What was asked of it since this was last asked.
    pub(super) fn operations(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap().operations)
    }

    fn operate<T: Send + 'static>(
        &self,
        name: String,
        operation: impl FnOnce(&mut Inner) -> Result<T, AppLeaseError>,
    ) -> AppLeaseFuture<'static, T> {
        let mut inner = self.0.lock().unwrap();
        inner.operations.push(name);
        let answer = if inner.is_broken {
            Err(AppLeaseError::Failed("the store is not there".into()))
        } else {
            operation(&mut inner)
        };
        Box::pin(std::future::ready(answer))
    }
}

impl Inner {
    fn holder(&self) -> Option<&str> {
        let now = self.clock.now();
        let held = self.held.as_ref().filter(|(_, until, _)| now < *until);
        held.map(|(id, ..)| id.as_str())
    }
}

impl AppLeaseStore for MemoryLease {
    fn info(&self) -> AppLeaseFuture<'_, AppLeaseInfo> {
        self.operate("info".to_owned(), |inner| Ok(inner.info.clone()))
    }

    fn write_info<'a>(&'a self, info: &'a AppLeaseInfo) -> AppLeaseFuture<'a, ()> {
        self.operate("write".to_owned(), |inner| {
            if inner.is_read_only {
                return Err(AppLeaseError::Failed("read only".into()));
            }
            inner.info = info.clone();
            Ok(())
        })
    }

    fn acquire<'a>(&'a self, id: &'a str, duration: Duration) -> AppLeaseFuture<'a, ()> {
        self.operate(format!("acquire {id}"), |inner| {
            if inner.holder().is_some_and(|holder| holder != id) {
                return Err(AppLeaseError::Refused);
            }
            inner.held = Some((id.to_owned(), inner.clock.now() + duration, duration));
            Ok(())
        })
    }

    fn renew<'a>(&'a self, id: &'a str) -> AppLeaseFuture<'a, ()> {
        self.operate(format!("renew {id}"), |inner| {
            let now = inner.clock.now();
            // One that ran out can be renewed as long as nobody else has had it.
            match &mut inner.held {
                Some((holder, until, duration)) if holder == id => {
                    *until = now + *duration;
                    Ok(())
                }
                Some(_) | None => Err(AppLeaseError::Refused),
            }
        })
    }

    fn change<'a>(&'a self, from: &'a str, to: &'a str) -> AppLeaseFuture<'a, ()> {
        self.operate(format!("change {from} {to}"), |inner| {
            if inner.holder() != Some(from) {
                return Err(AppLeaseError::Refused);
            }
            if let Some((holder, ..)) = &mut inner.held {
                to.clone_into(holder);
            }
            Ok(())
        })
    }
}
