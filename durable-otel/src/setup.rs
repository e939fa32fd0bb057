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
use crate::variable::Variable;
use crate::watched::Watched;

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
        .with_timeout(asked.timeout)
        .with_http_client(Sender::new(asked.is_secure, asked.timeout)?)
        .build()?;
    let sampler = sampler::of_env(read)?;
    let provider = SdkTracerProvider::builder()
        .with_batch_exporter(Watched::new(exporter))
        .with_sampler(sampler.clone())
        .with_id_generator(Ids::default())
        .build();
    Exporting::of(provider, sampler).map(Some)
}

/// What is asked for. The address, the headers and the batches are read by the library, which would leave out without a word
/// what it does not understand.
#[derive(Debug, PartialEq, Eq)]
struct Asked {
    is_secure: bool,
    timeout: Duration,
}

impl Asked {
    fn of(read: impl Fn(&str) -> Option<String>) -> Result<Option<Self>, OtelError> {
        let Some(address) = Variable::of_traces(&read, "ENDPOINT") else {
            return Ok(None);
        };
        if is_switched_off(&read)? {
            return Ok(None);
        }
        let is_secure = is_secure(&address)?;
        if let Some(protocol) = Variable::of_traces(&read, "PROTOCOL")
            && protocol.value() != "http/protobuf"
        {
            return Err(protocol.refused("only `http/protobuf` is spoken"));
        }
        if let Some(compression) = Variable::of_traces(&read, "COMPRESSION")
            && compression.value() != "none"
        {
            return Err(compression.refused("nothing is compressed: leave it out, or set `none`"));
        }
        if let Some(headers) = Variable::of_traces(&read, "HEADERS") {
            headers.check_headers()?;
        }
        check_batches(&read)?;
        let timeout = match Variable::of_traces(&read, "TIMEOUT") {
            Some(given) => {
                Duration::from_millis(given.number(1, "it is a time in milliseconds, at least 1")?)
            }
            None => TIMEOUT,
        };
        Ok(Some(Self { is_secure, timeout }))
    }
}

/// Returns whether nothing is to be exported, although there is an address.
fn is_switched_off(read: impl Fn(&str) -> Option<String>) -> Result<bool, OtelError> {
    if let Some(disabled) = Variable::read(&read, "OTEL_SDK_DISABLED") {
        match disabled.value().to_ascii_lowercase().as_str() {
            "true" => return Ok(true),
            "false" => {}
            _ => return Err(disabled.refused("it is `true` or `false`")),
        }
    }
    match Variable::read(&read, "OTEL_TRACES_EXPORTER") {
        None => Ok(false),
        Some(exporter) => match exporter.value() {
            "otlp" => Ok(false),
            "none" => Ok(true),
            _ => Err(exporter.refused("there are `otlp` and `none`")),
        },
    }
}

fn is_secure(address: &Variable) -> Result<bool, OtelError> {
    let (is_secure, rest) = match address.value().split_once("://") {
        Some(("http", rest)) => (false, rest),
        Some(("https", rest)) => (true, rest),
        Some(_) | None => (false, ""),
    };
    // The rest of the form is checked by what reads it.
    if rest.is_empty() || rest.starts_with(['/', ':']) {
        return Err(address
            .refused("it begins with `http://` or `https://` and a host, such as `http://localhost:4318`"));
    }
    Ok(is_secure)
}

fn check_batches(read: impl Fn(&str) -> Option<String>) -> Result<(), OtelError> {
    let millis = "it is a time in milliseconds";
    let count = "it is a number of spans, at least 1";
    for (name, least, wanted) in [
        ("OTEL_BSP_SCHEDULE_DELAY", 0, millis),
        ("OTEL_BSP_EXPORT_TIMEOUT", 0, millis),
        ("OTEL_BSP_MAX_QUEUE_SIZE", 1, count),
        ("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", 1, count),
    ] {
        if let Some(given) = Variable::read(&read, name) {
            given.number(least, wanted)?;
        }
    }
    Ok(())
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
    fn a_wrong_setting_is_refused_by_its_name_and_value_and_not_replaced() {
        for (variable, value, wanted) in [
            (
                "OTEL_EXPORTER_OTLP_PROTOCOL",
                "grpc",
                "only `http/protobuf` is spoken",
            ),
            (
                "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL",
                "http/json",
                "only `http/protobuf` is spoken",
            ),
            ("OTEL_TRACES_EXPORTER", "zipkin", "there are `otlp` and `none`"),
            ("OTEL_SDK_DISABLED", "yes", "it is `true` or `false`"),
            (
                "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
                "localhost:4318",
                "it begins with `http://`",
            ),
            (
                "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
                "https://:4318",
                "it begins with `http://`",
            ),
            (
                "OTEL_EXPORTER_OTLP_TIMEOUT",
                "10s",
                "it is a time in milliseconds, at least 1",
            ),
            (
                "OTEL_EXPORTER_OTLP_TRACES_TIMEOUT",
                "0",
                "it is a time in milliseconds, at least 1",
            ),
            ("OTEL_EXPORTER_OTLP_COMPRESSION", "gzip", "nothing is compressed"),
            ("OTEL_BSP_SCHEDULE_DELAY", "soon", "it is a time in milliseconds"),
            (
                "OTEL_BSP_MAX_QUEUE_SIZE",
                "0",
                "it is a number of spans, at least 1",
            ),
        ] {
            let refused = asked(&[(variable, value), ADDRESS]).unwrap_err();
            let expected = format!("{variable} is `{value}`: {wanted}");
            assert!(refused.starts_with(&expected), "{refused}");
        }
    }

    #[test]
    fn a_malformed_header_is_refused_and_its_text_is_not_repeated() {
        for (value, part) in [
            ("x-api-key: hush", 1),
            ("a=b,hush", 2),
            ("a=b,=hush", 2),
            ("hush=", 1),
            ("a=b,,c=hush", 2),
            ("a=hush\u{e9}", 1),
        ] {
            for variable in ["OTEL_EXPORTER_OTLP_HEADERS", "OTEL_EXPORTER_OTLP_TRACES_HEADERS"] {
                let refused = asked(&[(variable, value), ADDRESS]).unwrap_err();
                assert!(
                    refused.starts_with(&format!("part {part} of {variable} is not")),
                    "{refused}"
                );
                assert!(!refused.contains("hush"), "{refused}");
            }
        }
        for value in ["a=b", "a=b%20c, d=e=f,", "authorization=Bearer x"] {
            assert!(
                asked(&[("OTEL_EXPORTER_OTLP_HEADERS", value), ADDRESS]).is_ok(),
                "{value}"
            );
        }
    }
}
