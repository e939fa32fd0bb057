//! A server that does what it is told, one connection for each request.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener};
use std::sync::mpsc::{Receiver, channel};

/// What becomes of a request.
#[derive(Debug, Clone)]
pub(crate) enum Act {
    /// It is answered so.
    Answer(u16, String),
    /// It is read, and the connection is closed.
    HangUp,
}

/// A request as it came.
#[derive(Debug)]
pub(crate) struct Asked {
    /// Method and path with query.
    pub(crate) line: String,
    pub(crate) headers: Vec<String>,
    pub(crate) body: String,
}

/// A server that acts so often and then is gone.
pub(crate) struct Scripted {
    pub(crate) address: SocketAddr,
    asked: Receiver<Asked>,
}

pub(crate) fn ok(body: &str) -> Act {
    Act::Answer(200, body.to_owned())
}

/// The answer to the first question of every hub.
pub(crate) fn described() -> Act {
    ok("{\"capabilities\": {}, \"now\": 0, \"release\": \"0\"}")
}

impl Scripted {
    pub(crate) fn new(acts: Vec<Act>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (sender, asked) = channel();
        std::thread::spawn(move || {
            for act in acts {
                let Ok((mut stream, _)) = listener.accept() else {
                    return;
                };
                let mut reader = BufReader::new(stream.try_clone().unwrap());
                let mut head = Vec::new();
                loop {
                    let mut line = String::new();
                    reader.read_line(&mut line).unwrap();
                    if line.trim().is_empty() {
                        break;
                    }
                    head.push(line.trim().to_owned());
                }
                let length = head.iter().find_map(|line| line.strip_prefix("content-length: "));
                let mut body = vec![0; length.map_or(0, |length| length.parse().unwrap())];
                reader.read_exact(&mut body).unwrap();
                let _ = sender.send(Asked {
                    line: head[0].trim_end_matches(" HTTP/1.1").to_owned(),
                    headers: head.split_off(1),
                    body: String::from_utf8(body).unwrap(),
                });
                if let Act::Answer(status, body) = act {
                    let length = body.len();
                    let head =
                        format!("HTTP/1.1 {status} X\r\nconnection: close\r\ncontent-length: {length}\r\n");
                    let place = if status == 302 {
                        "location: /elsewhere\r\n"
                    } else {
                        ""
                    };
                    let _ = write!(stream, "{head}{place}\r\n{body}");
                }
            }
        });
        Self { address, asked }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Returns what was asked since it was looked at last.
    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.asked.try_iter().collect()
    }
}
