//! A proxy before the three services, which counts requests and injects faults.
//!
//! A [`Rule`] says which requests, by service, operation, path and body, and which of those: the n-th, the first n, every
//! n-th, or by chance with a seed. A [`Fault`] says what happens to them: an error in the place of the answer, a closed
//! connection or silence before or after the service has done what was asked, a pause, or a [`Gate`] that the test opens.
//! A rule's faults reach only requests that come after it was injected.
//!
//! The proxy also plays a geo-redundant account, which the emulator does not: what is replicated refuses writes and, with
//! [`Proxy::set_replica`], is a copy of an earlier time; [`Primary`] takes the account itself away.
//!
//! It runs in the runtime of its test. When a test blocks its thread, or the hub is in another process, that is one with
//! threads of its own.

mod answer;
mod connection;
mod counts;
mod fault;
mod gate;
mod operation;
mod rule;
mod secondary;

use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};

pub use answer::Answer;
pub use counts::{Counts, Tally};
pub use fault::Fault;
pub use gate::Gate;
use operation::Call;
pub use operation::Operation;
use rule::Standing;
pub use rule::{Injected, Rule};
use secondary::Secondary;

use crate::account::{Account, Service};
use crate::http::Request;

/// A proxy before a storage account, on ports of its own. It changes no request and no answer but by its rules, so
/// signatures stay valid: they hold the path, and not the host. Dropped, it closes its ports and all connections.
///
/// Of the rules that meet a request the first does its work; all of them count.
#[derive(Debug)]
pub struct Proxy {
    account: Account,
    shared: Arc<Shared>,
    ports: Vec<JoinHandle<()>>,
}

/// What all connections see.
#[derive(Debug)]
struct Shared {
    behind: Account,
    state: Mutex<State>,
    counts: watch::Sender<Counts>,
}

#[derive(Debug, Default)]
struct State {
    rules: Vec<(Arc<Standing>, Fault)>,
    primary: Primary,
    secondary: Secondary,
}

/// How the account itself behaves.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Primary {
    /// It answers.
    #[default]
    Up,
    /// Every request ends with a closed connection.
    Down,
    /// No request is answered.
    Silent,
}

impl Proxy {
    /// Begins to listen before an account. It works as long as the runtime does in which it was made.
    pub async fn before(account: Account) -> io::Result<Self> {
        let shared = Arc::new(Shared {
            behind: account,
            state: Mutex::default(),
            counts: watch::Sender::default(),
        });
        let mut own = account;
        let mut ports = Vec::new();
        for service in Service::ALL {
            let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
            *own.port_mut(service) = listener.local_addr()?.port();
            ports.push(tokio::spawn(accept(listener, service, Arc::clone(&shared))));
        }
        Ok(Self {
            account: own,
            shared,
            ports,
        })
    }

    /// The account as seen through the proxy.
    pub fn account(&self) -> Account {
        self.account
    }

    /// What a client needs to come through the proxy.
    pub fn connection_string(&self) -> String {
        self.account.to_string()
    }

    /// Does this to the requests that the rule meets, from now on.
    pub fn inject(&self, rule: Rule, fault: Fault) -> Injected {
        let standing = Arc::new(Standing::new(rule));
        self.shared.state().rules.push((Arc::clone(&standing), fault));
        Injected(standing)
    }

    /// How many requests there were until now.
    pub fn counts(&self) -> Counts {
        self.shared.counts.borrow().clone()
    }

    /// Waits until the counts are so.
    pub async fn until(&self, counts: impl FnMut(&Counts) -> bool) {
        // It fails only when the sender is gone, which `self` holds.
        let _ = self.shared.counts.subscribe().wait_for(counts).await;
    }

    /// Sets how the account itself behaves. Where it is replicated to is not touched.
    pub fn set_primary(&self, primary: Primary) {
        self.shared.state().primary = primary;
    }

    /// Sets when the account was last replicated, as the service's statistics say. Until then the emulator says it.
    pub fn set_last_sync_time(&self, time: SystemTime) {
        self.shared.state().secondary.last_sync = Some(time);
    }

    /// Lets `replica` answer the reads of what is replicated, instead of the account itself: nothing of the account at
    /// first, and what there is when [`Proxy::replicate`] is called. Messages are answered by the account still.
    pub fn set_replica(&self, replica: Account) {
        self.shared.state().secondary.replica = Some(replica);
    }

    /// Brings the replica to what the account holds now, tables and blobs, and sets the time of it.
    pub async fn replicate(&self) -> io::Result<()> {
        let replica = self.shared.state().secondary.replica;
        let replica = replica.ok_or_else(|| io::Error::other("the proxy has no replica"))?;
        let time = SystemTime::now();
        crate::replica::copy(self.shared.behind, replica).await?;
        self.set_last_sync_time(time);
        Ok(())
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        for port in &self.ports {
            port.abort();
        }
    }
}

impl Shared {
    /// What is in it is whole even if a test failed while it held it.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn count(&self, call: &Call, change: impl FnOnce(&mut Tally)) {
        self.counts
            .send_modify(|counts| change(counts.entry(call.operation)));
    }

    /// The fault that meets this request.
    fn fault(&self, call: &Call, request: &Request) -> Option<Fault> {
        let state = self.state();
        let mut met = None;
        for (standing, fault) in &state.rules {
            if standing.meets(call, &request.body) && met.is_none() {
                met = Some(fault.clone());
            }
        }
        met
    }
}

/// Takes connections until it is aborted, and they with it.
async fn accept(listener: TcpListener, service: Service, shared: Arc<Shared>) {
    let mut connections = JoinSet::new();
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                connections.spawn(connection::serve(stream, service, Arc::clone(&shared)));
            }
            // A connection that is gone before it was taken.
            Err(_) => tokio::task::yield_now().await,
        }
        while connections.try_join_next().is_some() {}
    }
}

#[cfg(test)]
mod tests;
