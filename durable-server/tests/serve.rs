//! The server itself: where it listens, and what it lets through.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by a panic")]

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use durable_core::client::Client;
use durable_server::{KeyFile, Limits, Scope, SecretFile, ServeError, Server, Settings};
use durable_testkit::MemoryHub;
use support::{files, run};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

#[path = "support/mod.rs"]
mod support;

fn client() -> Client {
    Client::without_code(Arc::new(MemoryHub::default()))
}

async fn bind(address: &str, settings: Settings) -> Result<Server, ServeError> {
    Server::bind(address.parse().unwrap(), client(), settings).await
}

/// Starts a server on loopback, and returns its address.
async fn started(limits: Limits) -> SocketAddr {
    let settings = Settings {
        limits,
        ..Settings::open()
    };
    let server = bind("127.0.0.1:0", settings).await.unwrap();
    let address = server.address();
    tokio::spawn(server.run_until(std::future::pending()));
    address
}

/// Sends bytes, and returns everything that is answered until the server closes.
async fn exchange(address: SocketAddr, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    // The server may have answered and closed before all is sent.
    let _ = stream.write_all(bytes).await;
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8_lossy(&answer).into_owned()
}

const ASK: &[u8] = b"GET /durable/versions HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";

#[test]
fn without_keys_only_this_machine_is_listened_to() {
    run(async {
        let folder = tempfile::tempdir().unwrap();
        let with_keys = |keys: KeyFile, secrets: SecretFile| Settings::with_keys(keys, secrets);
        let (keys, secrets) = files(folder.path());
        for address in ["0.0.0.0:0", "[::]:0", "192.0.2.1:80"] {
            let refused = bind(address, Settings::open()).await.unwrap_err();
            assert!(matches!(refused, ServeError::Open(_)), "{address}: {refused}");
            let refused = bind(address, with_keys(keys.clone(), secrets.clone()))
                .await
                .unwrap_err();
            assert!(
                matches!(refused, ServeError::Open(_)),
                "a file without keys guards nothing: {refused}"
            );
        }
        bind("127.0.0.1:0", Settings::open()).await.unwrap();
        keys.add("one", [Scope::Read]).unwrap();
        bind("0.0.0.0:0", with_keys(keys, secrets)).await.unwrap();
    });
}

#[test]
fn a_stopped_server_answers_what_it_has_begun() {
    run(async {
        let server = bind("127.0.0.1:0", Settings::open()).await.unwrap();
        let address = server.address();
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        let serving = tokio::spawn(server.run_until(async move { drop(stopped.await) }));
        let answer = exchange(address, ASK).await;
        assert!(
            answer.starts_with("HTTP/1.1 200 OK\r\n") && answer.ends_with("[]"),
            "{answer}"
        );
        drop(stop);
        serving.await.unwrap();
        assert!(TcpStream::connect(address).await.is_err());
    });
}

#[test]
fn headers_that_are_too_many_too_long_or_too_slow_are_refused() {
    run(async {
        let limits = Limits {
            header_time: Duration::from_millis(50),
            ..Limits::default()
        };
        let address = started(limits).await;
        let long = format!(
            "GET / HTTP/1.1\r\nhost: localhost\r\nx: {}\r\n\r\n",
            "x".repeat(70_000)
        );
        let answer = exchange(address, long.as_bytes()).await;
        assert!(answer.starts_with("HTTP/1.1 431"), "{answer}");
        let many = format!(
            "GET / HTTP/1.1\r\nhost: localhost\r\n{}\r\n",
            "x: y\r\n".repeat(101)
        );
        let answer = exchange(address, many.as_bytes()).await;
        assert!(answer.starts_with("HTTP/1.1 431"), "{answer}");
        // It never ends its headers, and is hung up on.
        exchange(address, b"GET / HTTP/1.1\r\nhost: loc").await;
    });
}

#[test]
fn bodies_that_are_too_large_or_too_slow_are_refused() {
    run(async {
        let limits = Limits {
            body: 1_000,
            body_time: Duration::from_millis(50),
            ..Limits::default()
        };
        let address = started(limits).await;
        let start = "POST /runtime/webhooks/durabletask/orchestrators/echo HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n";
        let declared = format!("{start}content-length: 1001\r\n\r\n");
        let answer = exchange(address, declared.as_bytes()).await;
        assert!(answer.starts_with("HTTP/1.1 413"), "{answer}");
        let chunked = format!(
            "{start}transfer-encoding: chunked\r\n\r\n3e9\r\n{}\r\n0\r\n\r\n",
            "1".repeat(1_001)
        );
        let answer = exchange(address, chunked.as_bytes()).await;
        assert!(answer.starts_with("HTTP/1.1 413"), "{answer}");
        let slow = format!("{start}content-length: 10\r\n\r\n12");
        let answer = exchange(address, slow.as_bytes()).await;
        assert!(answer.starts_with("HTTP/1.1 408"), "{answer}");
        let good = format!("{start}content-length: 2\r\n\r\n12");
        let answer = exchange(address, good.as_bytes()).await;
        assert!(answer.starts_with("HTTP/1.1 202"), "{answer}");
    });
}

#[test]
fn what_is_no_http_harms_nobody() {
    run(async {
        let address = started(Limits {
            header_time: Duration::from_millis(50),
            ..Limits::default()
        })
        .await;
        for garbage in [
            &b"\0\0\0\0\r\n\r\n"[..],
            b"GET\r\n\r\n",
            b"\x16\x03\x01\x02\x00",
            b"GET / HTTP/9.9\r\n\r\n",
            b"\xff\xfe\r\n\r\n",
        ] {
            let answer = exchange(address, garbage).await;
            assert!(
                answer.is_empty() || answer.starts_with("HTTP/1.1 4"),
                "{garbage:?}: {answer}"
            );
        }
        let answer = exchange(address, ASK).await;
        assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    });
}
