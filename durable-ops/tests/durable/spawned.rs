//! A server that runs in a process of its own, and requests to it.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::Child;

use serde_json::Value;

use crate::shell::Shop;

/// A server, which ends with the test.
pub(crate) struct Served {
    child: Child,
    /// What it has said when it was ready.
    pub(crate) ready: Value,
}

/// What a server has answered.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Served {
    /// Starts `durable serve` on a free port, and waits until it listens.
    pub(crate) fn start(shop: &Shop, arguments: &[&str], variables: &[(&str, &str)]) -> Self {
        let mut command = shop.command(env!("CARGO_BIN_EXE_durable"));
        command
            .args(["serve", "--listen", "127.0.0.1:0", "--json"])
            .args(arguments)
            .envs(variables.iter().copied())
            .stdout(std::process::Stdio::piped())
            .stderr(std::process::Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap())
            .read_line(&mut line)
            .unwrap();
        let ready = serde_json::from_str(&line).unwrap_or_else(|error| {
            let mut said = String::new();
            let _ = child.stderr.as_mut().unwrap().read_to_string(&mut said);
            panic!("{error}: {line}{said}")
        });
        Self { child, ready }
    }

    pub(crate) fn address(&self) -> &str {
        self.ready["url"]
            .as_str()
            .unwrap()
            .strip_prefix("http://")
            .unwrap()
    }

    /// Takes what it says besides its answers.
    #[cfg(unix)]
    pub(crate) fn stderr(&mut self) -> std::process::ChildStderr {
        self.child.stderr.take().unwrap()
    }

    /// Returns whether it can be reached.
    pub(crate) fn listens(&self) -> bool {
        TcpStream::connect(self.address()).is_ok()
    }

    /// Asks with a key, if there is one, by the name of a host.
    pub(crate) fn ask(&self, method: &str, path: &str, key: Option<&str>, host: &str) -> Answer {
        let key = key.map_or_else(String::new, |key| format!("x-functions-key: {key}\r\n"));
        let mut stream = TcpStream::connect(self.address()).unwrap();
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nhost: {host}\r\n{key}content-length: 0\r\nconnection: close\r\n\r\n"
        )
        .unwrap();
        let mut text = String::new();
        stream.read_to_string(&mut text).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        Answer {
            status: head.split(' ').nth(1).unwrap().parse().unwrap(),
            head: head.to_owned(),
            body: body.to_owned(),
        }
    }

    pub(crate) fn get(&self, path: &str, key: Option<&str>) -> Answer {
        self.ask("GET", path, key, "localhost")
    }

    /// Asks it to end, as service managers do.
    #[cfg(unix)]
    pub(crate) fn terminate(&self, shop: &Shop) {
        let mut kill = shop.command("kill");
        kill.args(["-TERM", &self.child.id().to_string()]);
        assert!(kill.status().unwrap().success());
    }

    /// Asks it to end, and returns how it has.
    #[cfg(unix)]
    pub(crate) fn terminated(&mut self, shop: &Shop) -> Option<i32> {
        self.terminate(shop);
        self.child.wait().unwrap().code()
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        // It may have ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
