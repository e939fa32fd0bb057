//! One client's connection.

use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, BufReader};
use tokio::net::TcpStream;

use super::fault::Fault;
use super::operation::Call;
use super::{Primary, Shared};
use crate::account::{Account, Service};
use crate::http::{Request, Response};

/// The emulator closes a connection that nobody has used for five seconds, so an older one is not used again.
const IDLE_MAX: Duration = Duration::from_secs(2);

/// How the proxy ends a request.
enum End {
    Answer(Response),
    Close,
    Silence,
}

/// Serves one connection until one side closes it. An error on either side closes the client's.
pub(super) async fn serve(stream: TcpStream, service: Service, shared: Arc<Shared>) {
    // There is nobody to tell, and the client sees it.
    let _ = Connection {
        service,
        shared,
        idle: None,
    }
    .run(BufReader::new(stream))
    .await;
}

struct Connection {
    service: Service,
    shared: Arc<Shared>,
    /// The connection to a service, for the next request.
    idle: Option<(Account, Instant, BufReader<TcpStream>)>,
}

impl Connection {
    async fn run(mut self, mut client: BufReader<TcpStream>) -> io::Result<()> {
        while let Some(request) = Request::read(&mut client).await? {
            match self.end(&request).await? {
                End::Answer(response) => response.write(&mut client).await?,
                End::Close => return Ok(()),
                End::Silence => {
                    // Until the client has had enough.
                    while client.read(&mut [0; 64]).await? > 0 {}
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    async fn end(&mut self, request: &Request) -> io::Result<End> {
        let call = Call::of(self.service, request);
        let shared = Arc::clone(&self.shared);
        shared.count(&call, |tally| tally.asked += 1);
        let (primary, secondary) = {
            let state = shared.state();
            (state.primary, state.secondary)
        };
        let end = match primary {
            _ if call.secondary => secondary.answer(&call).map(End::Answer),
            Primary::Up => None,
            Primary::Down => Some(End::Close),
            Primary::Silent => Some(End::Silence),
        };
        if let Some(end) = end {
            shared.count(&call, |tally| tally.faulted += 1);
            return Ok(end);
        }
        if let Some(fault) = shared.fault(&call, request) {
            shared.count(&call, |tally| tally.faulted += 1);
            return self.faulted(&call, request, fault).await;
        }
        self.forward(&call, request).await.map(End::Answer)
    }

    async fn faulted(&mut self, call: &Call, request: &Request, fault: Fault) -> io::Result<End> {
        let end = match fault {
            Fault::Answer(answer) => End::Answer(answer.response(call)),
            Fault::AnswerAfter(answer) => {
                self.forward(call, request).await?;
                End::Answer(answer.response(call))
            }
            Fault::CloseBefore => End::Close,
            Fault::CloseAfter => {
                self.forward(call, request).await?;
                End::Close
            }
            Fault::SilenceBefore => End::Silence,
            Fault::SilenceAfter => {
                self.forward(call, request).await?;
                End::Silence
            }
            Fault::Delay(pause) => {
                tokio::time::sleep(pause).await;
                End::Answer(self.forward(call, request).await?)
            }
            Fault::Hold(gate) => {
                gate.pass().await;
                End::Answer(self.forward(call, request).await?)
            }
            Fault::HoldAnswer(gate) => {
                let response = self.forward(call, request).await?;
                gate.pass().await;
                End::Answer(response)
            }
        };
        Ok(end)
    }

    /// Hands it on to a service, and returns its answer. It is never sent twice: it could be done twice.
    async fn forward(&mut self, call: &Call, request: &Request) -> io::Result<Response> {
        let behind = if call.secondary {
            self.shared.state().secondary.behind(call, self.shared.behind)
        } else {
            self.shared.behind
        };
        let mut service = match self.idle.take() {
            Some((account, since, service))
                if account == behind && since.elapsed() < IDLE_MAX && is_open(&service) =>
            {
                service
            }
            _ => BufReader::new(TcpStream::connect(("127.0.0.1", behind.port(self.service))).await?),
        };
        request.write(&mut service).await?;
        let response = Response::read(&mut service, &request.method).await?;
        let closes = |value: &str| value.eq_ignore_ascii_case("close");
        if !response.header("connection").is_some_and(closes)
            && !request.header("connection").is_some_and(closes)
        {
            self.idle = Some((behind, Instant::now(), service));
        }
        self.shared.count(call, |tally| tally.reached += 1);
        Ok(response)
    }
}

/// Returns whether the service has neither closed the connection nor said what nobody asked for.
fn is_open(service: &BufReader<TcpStream>) -> bool {
    let said = service.get_ref().try_read(&mut [0]);
    said.is_err_and(|error| error.kind() == io::ErrorKind::WouldBlock)
}
