//! The storage services' interface by hand: one signed request, one answer. It shares no code with the hub.

pub(crate) mod base64;
mod sha256;

use std::io;
use std::time::SystemTime;

use tokio::io::BufReader;
use tokio::net::TcpStream;

use crate::account::{ACCOUNT_KEY, ACCOUNT_NAME, Account, Service};
use crate::date;
use crate::http::{Headers, Request, Response};

/// The version of the interface that .NET's clients of 2022 ask for. The emulator is told not to look at it.
const BLOB_AND_QUEUE_VERSION: &str = "2021-12-02";
/// The only one of tables that matters.
const TABLE_VERSION: &str = "2019-02-02";

/// A request before it is signed.
#[derive(Debug, Clone)]
pub(crate) struct Ask {
    service: Service,
    method: &'static str,
    /// After the account's name, in the form in which it is sent.
    path: String,
    query: Vec<(&'static str, String)>,
    headers: Headers,
    body: Vec<u8>,
    secondary: bool,
}

impl Ask {
    pub(crate) fn new(service: Service, method: &'static str, path: &str) -> Self {
        Self {
            service,
            method,
            path: path.to_owned(),
            query: Vec::new(),
            headers: Vec::new(),
            body: Vec::new(),
            secondary: false,
        }
    }

    /// Adds a parameter, as it is before it is escaped.
    pub(crate) fn query(mut self, name: &'static str, value: &str) -> Self {
        self.query.push((name, value.to_owned()));
        self
    }

    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(crate) fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self
    }

    /// Asks where the account is replicated to.
    #[cfg(test)]
    pub(crate) fn at_secondary(mut self) -> Self {
        self.secondary = true;
        self
    }

    /// Sends it and returns the answer, whatever its status.
    pub(crate) async fn send(self, account: Account) -> io::Result<Response> {
        let mut stream = BufReader::new(TcpStream::connect(("127.0.0.1", account.port(self.service))).await?);
        let method = self.method;
        self.signed(account).write(&mut stream).await?;
        Response::read(&mut stream, method).await
    }

    fn signed(mut self, account: Account) -> Request {
        let suffix = if self.secondary { "-secondary" } else { "" };
        let path = format!("/{ACCOUNT_NAME}{suffix}{}", self.path);
        let version = match self.service {
            Service::Blob | Service::Queue => BLOB_AND_QUEUE_VERSION,
            Service::Table => TABLE_VERSION,
        };
        self = self
            .header("x-ms-date", &date::http(SystemTime::now()))
            .header("x-ms-version", version);
        let authorization = match self.service {
            Service::Blob | Service::Queue => {
                format!("SharedKey {ACCOUNT_NAME}:{}", sign(&self.to_sign(&path)))
            }
            Service::Table => format!("SharedKeyLite {ACCOUNT_NAME}:{}", sign(&self.to_sign_lite(&path))),
        };
        let length = self.body.len().to_string();
        let host = format!("127.0.0.1:{}", account.port(self.service));
        self = self
            .header("Authorization", &authorization)
            .header("Content-Length", &length)
            .header("Host", &host)
            .header("Connection", "close");
        let mut target = path;
        for (at, (name, value)) in self.query.iter().enumerate() {
            target.push(if at == 0 { '?' } else { '&' });
            target.extend([name, "=", &escape(value)]);
        }
        Request {
            method: self.method.to_owned(),
            target,
            headers: self.headers,
            body: self.body,
        }
    }

    /// What is signed for blobs and queues.
    fn to_sign(&self, path: &str) -> String {
        let value = |name: &str| {
            let found = self
                .headers
                .iter()
                .find(|(known, _)| known.eq_ignore_ascii_case(name));
            found.map_or("", |(_, value)| value.as_str())
        };
        let length = match self.body.len() {
            0 => String::new(),
            length => length.to_string(),
        };
        let mut text = format!("{}\n\n\n{length}\n\n{}\n\n", self.method, value("Content-Type"));
        for name in [
            "If-Modified-Since",
            "If-Match",
            "If-None-Match",
            "If-Unmodified-Since",
            "Range",
        ] {
            text.push_str(value(name));
            text.push('\n');
        }
        let own = self.headers.iter().filter(|(name, _)| name.starts_with("x-ms-"));
        let mut own: Vec<String> = own.map(|(name, value)| format!("{name}:{value}\n")).collect();
        own.sort();
        text.push_str(&own.concat());
        text.extend(["/", ACCOUNT_NAME, path]);
        let mut query: Vec<String> = self
            .query
            .iter()
            .map(|(name, value)| format!("\n{name}:{value}"))
            .collect();
        query.sort();
        text.push_str(&query.concat());
        text
    }

    /// What is signed for tables.
    fn to_sign_lite(&self, path: &str) -> String {
        let value = |pairs: &Headers, name: &str| {
            let found = pairs.iter().find(|(known, _)| known == name);
            found.map(|(_, value)| value.clone())
        };
        let date = value(&self.headers, "x-ms-date").unwrap_or_default();
        let comp = self.query.iter().find(|(name, _)| *name == "comp");
        let comp = comp
            .map(|(_, value)| format!("?comp={value}"))
            .unwrap_or_default();
        format!("{date}\n/{ACCOUNT_NAME}{path}{comp}")
    }
}

fn sign(text: &str) -> String {
    let key = base64::decode(ACCOUNT_KEY).unwrap_or_default();
    base64::encode(&sha256::hmac(&key, text.as_bytes()))
}

/// Escapes all but what never needs it in an address.
pub(crate) fn escape(text: &str) -> String {
    let mut escaped = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            escaped.push(char::from(byte));
        } else {
            escaped.extend(['%', hex(byte >> 4), hex(byte & 15)]);
        }
    }
    escaped
}

fn hex(digit: u8) -> char {
    char::from_digit(digit.into(), 16).map_or('0', |digit| digit.to_ascii_uppercase())
}

/// Undoes [`escape`], and what other clients escape besides.
pub(crate) fn unescape(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let code = after.get(..2).filter(|_| *first == b'%');
        let code = code.and_then(|code| u8::from_str_radix(std::str::from_utf8(code).ok()?, 16).ok());
        bytes.push(code.unwrap_or(*first));
        rest = if code.is_some() { &after[2..] } else { after };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests;
