//! hyper as it is used here, before servers that are written by hand.

use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::*;

/// Answers each request of the connections that come with the next of `answers`, byte by byte as they stand; an empty one
/// closes the connection without any. Returns how many connections there were, and what was received.
async fn serve(answers: Vec<&'static str>) -> (SocketAddr, tokio::task::JoinHandle<(usize, String)>) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    let server = tokio::spawn(async move {
        let mut answers = answers.into_iter().peekable();
        let (mut connections, mut received) = (0, String::new());
        while answers.peek().is_some() {
            let (mut stream, _) = listener.accept().await.unwrap();
            connections += 1;
            while let Some(request) = read_request(&mut stream).await {
                received.push_str(&request);
                let Some(answer) = answers.next().filter(|answer| !answer.is_empty()) else {
                    break;
                };
                stream.write_all(answer.as_bytes()).await.unwrap();
                if answer.contains("Connection: close") || answers.peek().is_none() {
                    break;
                }
            }
        }
        (connections, received)
    });
    (address, server)
}

/// Reads a request whose body, if it has one, ends with `.`.
async fn read_request(stream: &mut TcpStream) -> Option<String> {
    let mut received = Vec::new();
    loop {
        let byte = stream.read_u8().await.ok()?;
        received.push(byte);
        let text = String::from_utf8_lossy(&received);
        if let Some((head, body)) = text.split_once("\r\n\r\n")
            && (!head.starts_with("PUT") || head.contains("content-length: 0") || body.ends_with('.'))
        {
            return Some(text.into_owned());
        }
    }
}

fn exchange(secure: bool) -> HyperExchange {
    HyperExchange::new(Handle::current(), secure).unwrap()
}

fn wire(method: Method, address: SocketAddr, body: &'static str) -> Wire {
    Wire {
        method,
        address: format!("http://{address}/a?b=%27"),
        headers: vec![("authorization", "SharedKey a:secret".to_owned())],
        body: Bytes::from_static(body.as_bytes()),
        limit: 5,
    }
}

async fn ask(http: &HyperExchange, address: SocketAddr) -> Result<Answer, ExchangeError> {
    http.exchange(wire(Method::GET, address, "")).await
}

#[tokio::test]
async fn requests_say_their_length_and_share_a_connection() {
    let ok = "HTTP/1.1 200 OK\r\nX-Ms-Request-Id: 7\r\nContent-Length: 5\r\n\r\nhello";
    let (address, server) = serve(vec![ok, ok, ok]).await;
    let http = exchange(false);
    let answer = ask(&http, address).await.unwrap();
    assert_eq!(
        (answer.status, &answer.body[..], answer.header("x-ms-request-id")),
        (200, &b"hello"[..], Some("7"))
    );
    http.exchange(wire(Method::PUT, address, "")).await.unwrap();
    http.exchange(wire(Method::PUT, address, "body.")).await.unwrap();
    let (connections, received) = server.await.unwrap();
    assert_eq!(connections, 1);
    let requests: Vec<_> = received.match_indices("/a?b=%27 HTTP/1.1\r\n").collect();
    assert_eq!(requests.len(), 3);
    for line in [
        "content-length: 0\r\n",
        "content-length: 5\r\n",
        "authorization: SharedKey a:secret\r\n",
    ] {
        assert!(received.contains(line), "{received}");
    }
    let begin = received.split("PUT").next().unwrap();
    assert!(!begin.contains("content-length"), "{begin}");
}

#[tokio::test]
async fn no_more_is_read_than_the_limit() {
    let told = "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 999999999\r\n\r\n123456";
    let chunks = "HTTP/1.1 200 OK\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n4\r\n1234\r\n4\r\n5678\r\n";
    let (address, _server) = serve(vec![told, chunks]).await;
    let http = exchange(false);
    for _ in 0..2 {
        assert!(matches!(ask(&http, address).await, Err(ExchangeError::TooLarge)));
    }
}

#[tokio::test]
async fn an_error_may_be_longer_than_what_was_asked_for() {
    let refused = "HTTP/1.1 404 Not Found\r\nContent-Length: 12\r\n\r\n<Error>..</>";
    let (address, _server) = serve(vec![refused]).await;
    let answer = ask(&exchange(false), address).await.unwrap();
    assert_eq!((answer.status, answer.body.len()), (404, 12));
}

#[tokio::test]
async fn a_connection_that_breaks_is_told_from_one_that_never_was() {
    let cut = "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 5\r\n\r\nhel";
    let (address, server) = serve(vec!["", cut, "nonsense\r\n\r\nConnection: close"]).await;
    let http = exchange(false);
    for _ in 0..3 {
        assert!(matches!(ask(&http, address).await, Err(ExchangeError::Broken(_))));
    }
    server.await.unwrap();
    // Nobody listens there any more.
    assert!(matches!(
        ask(&http, address).await,
        Err(ExchangeError::NoConnection(_))
    ));
}

#[tokio::test]
async fn what_is_no_request_is_not_sent() {
    let http = exchange(false);
    let address = SocketAddr::from(([127, 0, 0, 1], 1));
    let mut header = wire(Method::GET, address, "");
    header.headers.push(("if-match", "a\r\nx: y".to_owned()));
    let mut target = wire(Method::GET, address, "");
    target.address = "http://a b".to_owned();
    for wire in [header, target] {
        assert!(matches!(
            http.exchange(wire).await,
            Err(ExchangeError::Unsendable)
        ));
    }
}

/// What is sent first by https is the greeting of TLS, and nothing of the request.
#[tokio::test]
async fn nothing_is_sent_before_the_other_side_has_proved_who_it_is() {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    let server = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut received = vec![0; 2048];
        let length = stream.read(&mut received).await.unwrap();
        stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await.unwrap();
        received.truncate(length);
        received
    });
    let mut wire = wire(Method::GET, address, "");
    wire.address = wire.address.replace("http:", "https:");
    let result = exchange(false).exchange(wire).await;
    assert!(matches!(result, Err(ExchangeError::NoConnection(_))));
    let received = server.await.unwrap();
    // A handshake's record.
    assert_eq!(received.first(), Some(&22));
    assert!(!String::from_utf8_lossy(&received).contains("secret"));
}
