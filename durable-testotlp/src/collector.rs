//! A collector: as much of HTTP/1.1 as an exporter needs, and OTLP as it is specified.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::Duration;

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use prost::Message;

use crate::span::{Seen, seen};

/// The longest that a test waits for a span.
const PATIENCE: Duration = Duration::from_mins(1);

#[derive(Debug, Default)]
struct Book {
    spans: Mutex<Vec<Seen>>,
    more: Condvar,
}

/// A collector on a port of its own, for as long as the process runs.
#[derive(Debug)]
pub struct Collector {
    port: u16,
    book: Arc<Book>,
}

impl Collector {
    /// Begins to listen.
    ///
    /// # Panics
    ///
    /// If there is no port.
    #[must_use]
    pub fn start() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let book = Arc::new(Book::default());
        let shared = Arc::clone(&book);
        thread::spawn(move || {
            for stream in listener.incoming() {
                let book = Arc::clone(&shared);
                thread::spawn(move || answer(stream.unwrap(), &book));
            }
        });
        Self { port, book }
    }

    /// Returns its address, for `OTEL_EXPORTER_OTLP_ENDPOINT`.
    pub fn address(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Waits until the spans satisfy a predicate, and returns them all.
    ///
    /// # Panics
    ///
    /// If they do not within a minute.
    pub fn until(&self, satisfied: impl Fn(&[Seen]) -> bool) -> Vec<Seen> {
        let spans = self.book.spans.lock().unwrap();
        let waited = self
            .book
            .more
            .wait_timeout_while(spans, PATIENCE, |spans| !satisfied(spans));
        let (spans, timeout) = waited.unwrap();
        assert!(!timeout.timed_out(), "it did not come: {spans:#?}");
        spans.clone()
    }
}

/// Answers the requests of one connection. One that breaks off, as a killed process's does, ends it.
fn answer(stream: TcpStream, book: &Book) {
    let mut writer = stream.try_clone().unwrap();
    let mut reader = BufReader::new(stream);
    while let Some((line, body)) = request(&mut reader) {
        assert_eq!(line, "POST /v1/traces HTTP/1.1");
        let sent = ExportTraceServiceRequest::decode(body.as_slice()).unwrap();
        book.spans.lock().unwrap().extend(seen(sent));
        book.more.notify_all();
        let reply = "HTTP/1.1 200 OK\r\ncontent-type: application/x-protobuf\r\ncontent-length: 0\r\n\r\n";
        if writer.write_all(reply.as_bytes()).is_err() {
            return;
        }
    }
}

fn request(reader: &mut BufReader<TcpStream>) -> Option<(String, Vec<u8>)> {
    let (mut first, mut length) = (String::new(), 0);
    reader.read_line(&mut first).ok().filter(|read| *read > 0)?;
    loop {
        let mut header = String::new();
        reader.read_line(&mut header).ok().filter(|read| *read > 0)?;
        let header = header.trim_end().to_ascii_lowercase();
        if header.is_empty() {
            break;
        }
        if let Some(value) = header.strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
        if let Some(kind) = header.strip_prefix("content-type:") {
            assert_eq!(kind.trim(), "application/x-protobuf");
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some((first.trim_end().to_owned(), body))
}
