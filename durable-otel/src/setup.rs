//! What the environment asks for.

use std::time::Duration;

use opentelemetry_otlp::{Protocol, SpanExporter, WithExportConfig, WithHttpConfig};
use opentelemetry_sdk::trace::SdkTracerProvider;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use crate::error::OtelError;
use crate::exporting::Exporting;
use crate::ids::Ids;
use crate::sampler;
use crate::sender::Sender;

/// How long one request may take, if the environment does not say: the specification's ten seconds.
const TIMEOUT: Duration = Duration::from_secs(10);

/// Exports spans by OTLP if the environment says whereto, and makes that the program's `tracing` subscriber.
///
/// Keep what is returned until the program ends. Nothing is done and `None` returned if no address is configured: see
/// [`Exporting::from_env`].
///
/// # Errors
///
/// If the environment asks for what is not there, or the program has a subscriber already.
pub fn init() -> Result<Option<Exporting>, OtelError> {
    let Some(exporting) = from_env()? else {
        return Ok(None);
    };
    let subscriber = tracing_subscriber::registry().with(exporting.layer());
    subscriber.try_init().map_err(|_| OtelError::Subscriber)?;
    Ok(Some(exporting))
}

pub(crate) fn from_env() -> Result<Option<Exporting>, OtelError> {
    let read = |name: &str| std::env::var(name).ok();
    let Some(asked) = Asked::of(read)? else {
        return Ok(None);
    };
    let exporter = SpanExporter::builder()
        .with_http()
        .with_protocol(Protocol::HttpBinary)
        .with_http_client(Sender::new(asked.is_secure, asked.timeout)?)
        .build()?;
    let sampler = sampler::of_env(read);
    let provider = SdkTracerProvider::builder()
        .with_batch_exporter(exporter)
        .with_sampler(sampler.clone())
        .with_id_generator(Ids::default())
        .build();
    Exporting::of(provider, sampler).map(Some)
}

/// What is asked for. The address, the headers and the batches are read by the library.
#[derive(Debug, PartialEq, Eq)]
struct Asked {
    is_secure: bool,
    timeout: Duration,
}

impl Asked {
    fn of(read: impl Fn(&str) -> Option<String>) -> Result<Option<Self>, OtelError> {
        // An empty variable counts as none.
        let read = |name: &str| {
            read(name)
                .map(|text| text.trim().to_owned())
                .filter(|text| !text.is_empty())
        };
        let of_traces = |name: &str| {
            read(&format!("OTEL_EXPORTER_OTLP_TRACES_{name}"))
                .or_else(|| read(&format!("OTEL_EXPORTER_OTLP_{name}")))
        };
        let Some(address) = of_traces("ENDPOINT") else {
            return Ok(None);
        };
        if read("OTEL_SDK_DISABLED").is_some_and(|text| text.eq_ignore_ascii_case("true")) {
            return Ok(None);
        }
        match read("OTEL_TRACES_EXPORTER").as_deref() {
            None | Some("otlp") => {}
            Some("none") => return Ok(None),
            Some(other) => return Err(OtelError::Exporter(other.to_owned())),
        }
        match of_traces("PROTOCOL").as_deref() {
            None | Some("http/protobuf") => {}
            Some(other) => return Err(OtelError::Protocol(other.to_owned())),
        }
        let millis = of_traces("TIMEOUT").and_then(|text| text.parse().ok());
        Ok(Some(Self {
            is_secure: address.starts_with("https:"),
            timeout: millis.map_or(TIMEOUT, Duration::from_millis),
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ADDRESS: (&str, &str) = ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://localhost:4318");

    fn asked(variables: &[(&str, &str)]) -> Result<Option<Asked>, String> {
        let read = |name: &str| {
            let found = variables.iter().find(|(own, _)| *own == name);
            found.map(|(_, value)| (*value).to_owned())
        };
        Asked::of(read).map_err(|error| error.to_string())
    }

    #[test]
    fn nothing_is_exported_unless_an_address_is_configured() {
        assert_eq!(asked(&[]), Ok(None));
        assert_eq!(asked(&[("OTEL_EXPORTER_OTLP_ENDPOINT", " ")]), Ok(None));
        assert_eq!(asked(&[ADDRESS, ("OTEL_SDK_DISABLED", "TRUE")]), Ok(None));
        assert_eq!(asked(&[ADDRESS, ("OTEL_TRACES_EXPORTER", "none")]), Ok(None));
        let plain = Asked {
            is_secure: false,
            timeout: TIMEOUT,
        };
        assert_eq!(asked(&[ADDRESS]), Ok(Some(plain)));
        let traces = [
            ADDRESS,
            (
                "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
                "https://traces.example/v1/traces",
            ),
            ("OTEL_EXPORTER_OTLP_TIMEOUT", "1500"),
        ];
        let secure = Asked {
            is_secure: true,
            timeout: Duration::from_millis(1_500),
        };
        assert_eq!(asked(&traces), Ok(Some(secure)));
    }

    #[test]
    fn what_is_not_there_is_refused_and_not_replaced() {
        let refused = asked(&[ADDRESS, ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc")]).unwrap_err();
        assert_eq!(
            refused,
            "OTEL_EXPORTER_OTLP_PROTOCOL is `grpc`: only `http/protobuf` is spoken"
        );
        let refused = asked(&[ADDRESS, ("OTEL_TRACES_EXPORTER", "zipkin")]).unwrap_err();
        assert_eq!(
            refused,
            "OTEL_TRACES_EXPORTER is `zipkin`: there are `otlp` and `none`"
        );
    }
}
