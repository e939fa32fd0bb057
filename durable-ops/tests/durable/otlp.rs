//! The spans of `durable serve`, at a collector.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use durable_testotlp::{Collector, only};

use crate::shell::Shop;
use crate::spawned::Served;

/// Long enough that only the end of the process sends anything.
const NEVER: (&str, &str) = ("OTEL_BSP_SCHEDULE_DELAY", "3600000");

#[cfg(unix)]
#[test]
fn what_is_asked_of_a_server_is_at_the_collector_when_the_server_has_ended() {
    let (shop, collector) = (Shop::new(), Collector::start());
    let address = collector.address();
    let variables = [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", address.as_str()),
        ("OTEL_SERVICE_NAME", "shop-ops"),
        NEVER,
    ];
    let mut served = Served::start(&shop, &[], &variables);
    let start = "/runtime/webhooks/durabletask/orchestrators/order/new-1";
    assert_eq!(served.ask("POST", start, None, "localhost").status, 202);
    let raise = "/runtime/webhooks/durabletask/instances/new-1/raiseEvent/approval";
    ask_in_a_trace(&served, raise);
    assert_eq!(served.get("/nowhere?code=secret", None).status, 404);
    assert_eq!(served.terminated(&shop), Some(0));

    let spans = collector.until(|spans| !spans.is_empty());
    let asked = only(
        &spans,
        "POST /runtime/webhooks/durabletask/orchestrators/{functionName}/{instanceId}",
    );
    assert_eq!((asked.service.as_str(), asked.kind), ("shop-ops", SERVER));
    assert!(asked.parent.is_empty() && !asked.is_error);
    for (name, value) in [
        ("http.request.method", "POST"),
        ("url.path", start),
        ("http.response.status_code", "202"),
        ("durabletask.task.instance_id", "new-1"),
    ] {
        assert_eq!(asked.attributes[name], value, "{name}");
    }
    let created = only(&spans, "create_orchestration:order");
    assert_eq!((&created.parent, &created.trace), (&asked.id, &asked.trace));
    assert_eq!(created.attributes["durabletask.task.instance_id"], "new-1");

    let asked = only(
        &spans,
        "POST /runtime/webhooks/durabletask/instances/{instanceId}/raiseEvent/{eventName}",
    );
    assert_eq!(asked.trace, TRACE.to_be_bytes());
    assert_eq!(asked.parent, PARENT.to_be_bytes());
    let raised = only(&spans, "orchestration_event:approval");
    assert_eq!((&raised.parent, &raised.trace), (&asked.id, &asked.trace));

    let lost = only(&spans, "GET");
    assert_eq!(lost.attributes["http.response.status_code"], "404");
    assert!(spans.iter().all(|span| !format!("{span:?}").contains("secret")));
}

/// `SPAN_KIND_SERVER`
const SERVER: i32 = 2;

const TRACE: u128 = 0x4bf9_2f35_77b3_4da6_a3ce_929d_0e0e_4736;
const PARENT: u64 = 0x00f0_67aa_0ba9_02b7;

fn ask_in_a_trace(served: &Served, path: &str) {
    let mut stream = TcpStream::connect(served.address()).unwrap();
    let head = format!(
        "POST {path} HTTP/1.1\r\nhost: localhost\r\ntraceparent: 00-{TRACE:032x}-{PARENT:016x}-01\r\ncontent-type: application/json\r\n"
    );
    write!(stream, "{head}content-length: 2\r\nconnection: close\r\n\r\n{{}}").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 202 "), "{answer}");
}

#[cfg(unix)]
#[test]
fn spans_that_cannot_be_sent_are_told_and_hinder_nobody() {
    let shop = Shop::new();
    // Nothing listens at a port that only the system may give away.
    let nobody = ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1");
    let mut served = Served::start(&shop, &[], &[nobody, NEVER]);
    let start = "/runtime/webhooks/durabletask/orchestrators/order/new-1";
    assert_eq!(served.ask("POST", start, None, "localhost").status, 202);
    let mut stderr = served.stderr();
    assert_eq!(served.terminated(&shop), Some(0));
    let mut said = String::new();
    stderr.read_to_string(&mut said).unwrap();
    assert!(
        said.contains("WARN durable_otel::watched: spans cannot be exported"),
        "{said}"
    );
}

#[test]
fn a_wrong_setting_of_the_export_is_told_with_its_value_and_no_hub_is_opened() {
    let shop = Shop::new();
    let address = ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:4318");
    for (variable, value, code) in [
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc", 2),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "localhost:4318", 2),
        ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://local host/", 2),
        ("OTEL_EXPORTER_OTLP_TIMEOUT", "ten seconds", 2),
        ("OTEL_TRACES_SAMPLER", "xray", 2),
    ] {
        let mut command = shop.command(env!("CARGO_BIN_EXE_durable"));
        let command = command.args(["serve", "--hub", "nowhere.db"]);
        let output = command.envs([address]).env(variable, value).output();
        let ran = shop.ran(&output.unwrap());
        assert_eq!(ran.code, code, "{ran:?}");
        let said = ran.err;
        assert!(
            said.starts_with("error: ") && said.contains("\n  help: "),
            "{said}"
        );
        assert!(said.contains(variable) && said.contains(value), "{said}");
    }
}
