//! As much of HTTP/1.1 as the storage services need: whole messages, read and written. A proxy that loses an answer or
//! closes a connection at a given place must be its own server.

use std::io;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt};

/// The longest line or head of a message. The services' are far below.
const HEAD_MAX: u64 = 64 * 1024;

/// Name and value, in the order of the message.
pub(crate) type Headers = Vec<(String, String)>;

/// What a client asks.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    pub(crate) method: String,
    /// Path and query as sent.
    pub(crate) target: String,
    pub(crate) headers: Headers,
    pub(crate) body: Vec<u8>,
}

/// What a server answers.
#[derive(Debug, Clone)]
pub(crate) struct Response {
    pub(crate) status: u16,
    pub(crate) reason: String,
    pub(crate) headers: Headers,
    pub(crate) body: Vec<u8>,
}

impl Request {
    /// Reads the next one. `None` if the connection ended before it.
    pub(crate) async fn read<R: AsyncBufReadExt + Unpin>(from: &mut R) -> io::Result<Option<Self>> {
        let first = line(from).await?;
        if first.is_empty() {
            return Ok(None);
        }
        let mut parts = first.split(' ').map(str::to_owned);
        let (Some(method), Some(target)) = (parts.next(), parts.next()) else {
            return Err(malformed("a request's first line"));
        };
        let mut headers = headers(from).await?;
        let body = body(from, &mut headers, Length::Nothing).await?;
        Ok(Some(Self {
            method,
            target,
            headers,
            body,
        }))
    }

    pub(crate) async fn write<W: AsyncWriteExt + Unpin>(&self, to: &mut W) -> io::Result<()> {
        let mut bytes = format!("{} {} HTTP/1.1\r\n", self.method, self.target).into_bytes();
        append(&mut bytes, &self.headers, &self.body);
        to.write_all(&bytes).await
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        find(&self.headers, name)
    }

    /// The path as sent.
    pub(crate) fn path(&self) -> &str {
        self.target.split_once('?').map_or(&self.target, |(path, _)| path)
    }

    /// The value of a parameter, as sent.
    pub(crate) fn parameter(&self, name: &str) -> Option<&str> {
        let (_, query) = self.target.split_once('?')?;
        let pairs = query
            .split('&')
            .map(|pair| pair.split_once('=').unwrap_or((pair, "")));
        pairs
            .into_iter()
            .find(|(key, _)| *key == name)
            .map(|(_, value)| value)
    }
}

impl Response {
    /// Reads the answer to a request of this method.
    pub(crate) async fn read<R: AsyncBufReadExt + Unpin>(from: &mut R, method: &str) -> io::Result<Self> {
        let first = line(from).await?;
        let mut parts = first.splitn(3, ' ');
        let status = parts.nth(1).and_then(|status| status.parse().ok());
        let status = status.ok_or_else(|| malformed("an answer's first line"))?;
        let reason = parts.next().unwrap_or_default().to_owned();
        let mut headers = headers(from).await?;
        let body = if method == "HEAD" || status == 204 || status == 304 {
            Vec::new()
        } else {
            body(from, &mut headers, Length::ToTheEnd).await?
        };
        Ok(Self {
            status,
            reason,
            headers,
            body,
        })
    }

    pub(crate) async fn write<W: AsyncWriteExt + Unpin>(&self, to: &mut W) -> io::Result<()> {
        let mut bytes = format!("HTTP/1.1 {} {}\r\n", self.status, self.reason).into_bytes();
        append(&mut bytes, &self.headers, &self.body);
        to.write_all(&bytes).await
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        find(&self.headers, name)
    }

    /// The body as text, for what the services write as text.
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

fn append(bytes: &mut Vec<u8>, headers: &Headers, body: &[u8]) {
    for (name, value) in headers {
        bytes.extend(format!("{name}: {value}\r\n").into_bytes());
    }
    bytes.extend(b"\r\n");
    bytes.extend(body);
}

fn find<'a>(headers: &'a Headers, name: &str) -> Option<&'a str> {
    let found = headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
    found.map(|(_, value)| value.as_str())
}

/// A line without its end; empty at the end of the connection.
async fn line<R: AsyncBufReadExt + Unpin>(from: &mut R) -> io::Result<String> {
    let mut text = String::new();
    (&mut *from).take(HEAD_MAX).read_line(&mut text).await?;
    if !text.is_empty() && !text.ends_with('\n') {
        return Err(malformed("a line that ends"));
    }
    Ok(text.trim_end().to_owned())
}

async fn headers<R: AsyncBufReadExt + Unpin>(from: &mut R) -> io::Result<Headers> {
    let mut headers = Vec::new();
    loop {
        let text = line(from).await?;
        if text.is_empty() {
            return Ok(headers);
        }
        let (name, value) = text.split_once(':').ok_or_else(|| malformed("a header"))?;
        headers.push((name.to_owned(), value.trim().to_owned()));
    }
}

/// How long a body is of which the headers do not say it.
#[derive(Debug, Clone, Copy)]
enum Length {
    Nothing,
    ToTheEnd,
}

/// Reads the body. One in chunks is made whole, and the headers say so.
async fn body<R: AsyncBufReadExt + Unpin>(
    from: &mut R,
    headers: &mut Headers,
    otherwise: Length,
) -> io::Result<Vec<u8>> {
    let mut body = Vec::new();
    if find(headers, "transfer-encoding").is_some_and(|coding| coding.eq_ignore_ascii_case("chunked")) {
        loop {
            let size = line(from).await?;
            let size = u64::from_str_radix(size.split(';').next().unwrap_or_default(), 16)
                .map_err(|_| malformed("the size of a chunk"))?;
            let read = (&mut *from).take(size).read_to_end(&mut body).await?;
            if read as u64 != size || !line(from).await?.is_empty() {
                return Err(malformed("a whole chunk"));
            }
            if size == 0 {
                break;
            }
        }
        headers.retain(|(name, _)| !name.eq_ignore_ascii_case("transfer-encoding"));
        headers.push(("Content-Length".to_owned(), body.len().to_string()));
        return Ok(body);
    }
    match (find(headers, "content-length"), otherwise) {
        (Some(length), _) => {
            let length: usize = length.parse().map_err(|_| malformed("a length"))?;
            body.resize(length, 0);
            from.read_exact(&mut body).await?;
        }
        (None, Length::Nothing) => {}
        (None, Length::ToTheEnd) => {
            from.read_to_end(&mut body).await?;
            headers.push(("Content-Length".to_owned(), body.len().to_string()));
        }
    }
    Ok(body)
}

fn malformed(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("{what} is missing"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_body_in_chunks_becomes_whole() {
        let text = "HTTP/1.1 200 OK\r\nA: 1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=1\r\nde\r\n0\r\n\r\nrest";
        let mut from = text.as_bytes();
        let response = Response::read(&mut from, "GET").await.unwrap();
        assert_eq!(response.text(), "abcde");
        assert_eq!(response.header("content-length"), Some("5"));
        assert_eq!(response.header("transfer-encoding"), None);
        assert_eq!(from, b"rest");
    }

    #[tokio::test]
    async fn what_is_read_is_written_alike() {
        let text = "PUT /a?b=c%20d&e HTTP/1.1\r\nContent-Length: 2\r\n\r\nhi";
        let request = Request::read(&mut text.as_bytes()).await.unwrap().unwrap();
        let mut written = Vec::new();
        request.write(&mut written).await.unwrap();
        assert_eq!(written, text.as_bytes());
        assert_eq!((request.path(), request.parameter("b")), ("/a", Some("c%20d")));
        assert!(Request::read(&mut &b""[..]).await.unwrap().is_none());
        assert!(
            Request::read(&mut &b"PUT /a HTTP/1.1\r\nContent-Length: 9\r\n\r\nhi"[..])
                .await
                .is_err()
        );
    }

    #[tokio::test]
    async fn an_answer_without_a_body_has_none_whatever_its_length() {
        let text = "HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\nnext";
        let mut from = text.as_bytes();
        let response = Response::read(&mut from, "HEAD").await.unwrap();
        assert_eq!(
            (response.body.len(), response.header("content-length")),
            (0, Some("7"))
        );
        assert_eq!(from, b"next");
    }
}
