//! The doorbell: a Unix datagram socket by which processes that share the file tell each other to look.
//!
//! A lost ring is no harm: every process looks now and then anyway (`waking.rs`).

use std::collections::BTreeSet;
use std::io::ErrorKind;
use std::os::unix::fs::FileTypeExt;
use std::os::unix::net::UnixDatagram;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use durable_core::Timestamp;
use durable_core::hub::{HubError, HubErrorKind};
use rusqlite::Connection;

use crate::error::StoreError;
use crate::tx::{execute, rows};
use crate::writer::{Request, RequestSender};

/// The socket of this process, with the thread that listens.
#[derive(Debug)]
pub(crate) struct Doorbell {
    path: PathBuf,
    socket: Arc<UnixDatagram>,
    stop: Arc<AtomicBool>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Doorbell {
    /// Opens a socket in the directory for temporary files and listens to it.
    pub(crate) fn open(writer: RequestSender) -> Result<Self, HubError> {
        let failed = |error: std::io::Error| {
            HubError::new(
                HubErrorKind::Unavailable,
                format!("the doorbell cannot be opened: {error}"),
            )
            .with_source(error)
        };
        let path = fresh_path();
        let socket = Arc::new(UnixDatagram::bind(&path).map_err(failed)?);
        let stop = Arc::new(AtomicBool::new(false));
        let (listening, stopping) = (Arc::clone(&socket), Arc::clone(&stop));
        let thread = crate::hub::spawn("durable-doorbell", move || listen(&listening, &stopping, &writer))?;
        Ok(Self {
            path,
            socket,
            stop,
            thread: Some(thread),
        })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for Doorbell {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Release);
        // Wakes the thread, which waits in `recv`, even if the file of the socket is gone.
        let _ = self.socket.shutdown(std::net::Shutdown::Both);
        if let Ok(bell) = UnixDatagram::unbound() {
            let _ = bell.send_to(&[0], &self.path);
        }
        let _ = std::fs::remove_file(&self.path);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Returns a path that no other socket has: process, a count, and the time.
fn fresh_path() -> PathBuf {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    let since_epoch = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    let nanos = since_epoch.unwrap_or_default().as_nanos();
    std::env::temp_dir().join(format!("durable-{}-{count}-{nanos:x}.bell", std::process::id()))
}

fn listen(socket: &UnixDatagram, stop: &AtomicBool, writer: &RequestSender) {
    let mut ring = [0; 1];
    while socket.recv(&mut ring).is_ok() && !stop.load(Ordering::Acquire) {
        // Rings that came in the meantime are answered by the same look.
        if socket.set_nonblocking(true).is_ok() {
            while socket.recv(&mut ring).is_ok() {}
        }
        if socket.set_nonblocking(false).is_err() || writer.send(Request::Look).is_err() {
            return;
        }
    }
}

/// Removes what a process that was killed left behind. The path comes from the file, so it is not trusted: nothing
/// but a socket of the name that this module gives is removed.
fn remove_abandoned(socket: &Path) {
    let is_bell = socket.extension().is_some_and(|extension| extension == "bell");
    let is_socket = std::fs::symlink_metadata(socket).is_ok_and(|found| found.file_type().is_socket());
    if is_bell && is_socket {
        // Another process may have removed it already.
        let _ = std::fs::remove_file(socket);
    }
}

/// Returns whether a socket is there and nobody listens to it.
fn refuses(socket: &Path) -> bool {
    let Ok(bell) = UnixDatagram::unbound() else {
        return false;
    };
    // A ring that arrives is a ring too many, which is no harm.
    let rung = bell
        .set_nonblocking(true)
        .and_then(|()| bell.send_to(&[1], socket));
    rung.is_err_and(|error| error.kind() == ErrorKind::ConnectionRefused)
}

/// The doorbells of the other processes, as the writer knows them.
#[derive(Debug, Default)]
pub(crate) struct Neighbours {
    own: Option<(i64, String)>,
    sockets: Vec<PathBuf>,
    bell: Option<UnixDatagram>,
    /// Doorbells that nobody listens to any more.
    died: BTreeSet<PathBuf>,
}

impl Neighbours {
    /// Reads who wants to be rung.
    pub(crate) fn load(&mut self, conn: &Connection) -> Result<(), StoreError> {
        let own = self.own.as_ref().map_or(0, |(id, _)| *id);
        let sockets = rows(conn, "SELECT socket FROM listener WHERE id <> ?1", [own], |row| {
            row.get(0)
        })?;
        self.sockets = sockets
            .into_iter()
            .map(|socket: String| PathBuf::from(socket))
            .collect();
        Ok(())
    }

    /// Returns the doorbell of this process.
    pub(crate) fn own_socket(&self) -> Option<&str> {
        self.own.as_ref().map(|(_, socket)| socket.as_str())
    }

    /// Returns a test of whether the process that listened to a doorbell has died.
    ///
    /// A socket that is there and refuses has nobody behind it. One that is not there says nothing: another process may
    /// have tidied it away, or this one may see another directory.
    pub(crate) fn died(&self) -> impl Fn(&str) -> bool + use<> {
        let (own, known) = (self.own_socket().map(str::to_owned), self.died.clone());
        move |socket| {
            let path = Path::new(socket);
            own.as_deref() != Some(socket) && (known.contains(path) || refuses(path))
        }
    }

    /// Returns whether a ring found a process dead that was not known to be.
    /// Returns whether no other process is known to have the file open for writing.
    pub(crate) fn are_none(&self) -> bool {
        self.sockets.is_empty()
    }

    pub(crate) fn any_died(&self) -> bool {
        !self.died.is_empty()
    }

    /// Notes that what the dead owned was taken over.
    pub(crate) fn forget_died(&mut self) {
        self.died.clear();
    }

    /// Writes this process down.
    pub(crate) fn register(
        &mut self,
        conn: &Connection,
        id: i64,
        socket: String,
        expires: Timestamp,
    ) -> Result<(), StoreError> {
        let sql = "INSERT INTO listener (id, socket, expires) VALUES (?1, ?2, ?3)";
        execute(conn, sql, (id, &socket, expires.as_micros()))?;
        self.own = Some((id, socket));
        self.load(conn)
    }

    /// Prolongs this process's entry, and writes it anew if others took it for dead.
    pub(crate) fn renew(&mut self, conn: &Connection, expires: Timestamp) -> Result<(), StoreError> {
        if let Some((id, socket)) = &self.own {
            let sql = "INSERT INTO listener (id, socket, expires) VALUES (?1, ?2, ?3)
                       ON CONFLICT DO UPDATE SET expires = excluded.expires";
            execute(conn, sql, (id, socket, expires.as_micros()))?;
        }
        Ok(())
    }

    /// Removes the entries of processes that are gone.
    pub(crate) fn dismiss_expired(&mut self, conn: &Connection, now: Timestamp) -> Result<(), StoreError> {
        if execute(
            conn,
            "DELETE FROM listener WHERE expires <= ?1",
            [now.as_micros()],
        )? > 0
        {
            self.load(conn)?;
        }
        Ok(())
    }

    /// Tells the other processes to look.
    pub(crate) fn ring(&mut self) {
        if self.sockets.is_empty() {
            return;
        }
        if self.bell.is_none() {
            self.bell = UnixDatagram::unbound()
                .and_then(|bell| bell.set_nonblocking(true).map(|()| bell))
                .ok();
        }
        let Some(bell) = &self.bell else {
            return;
        };
        self.sockets.retain(|socket| match bell.send_to(&[1], socket) {
            // A full socket has rings enough already.
            Ok(_) => true,
            Err(error) => match error.kind() {
                ErrorKind::NotFound => false,
                ErrorKind::ConnectionRefused => {
                    self.died.insert(socket.clone());
                    remove_abandoned(socket);
                    false
                }
                _ => true,
            },
        });
    }
}
