//! HTTP is known to one module of each side, so that another library can take the place of the one that is used.

use crate::finding::Finding;
use crate::rust;
use crate::tree::{File, Tree};

pub(super) const RULE: &str = "http";

/// The libraries that only the transports of the hubs that are reached over HTTP know. (`ring` is one more, but a word with
/// other meanings.)
const LIBRARIES: [&str; 6] = [
    "http_body_util",
    "hyper",
    "hyper_rustls",
    "hyper_util",
    "quick_xml",
    "rustls",
];

/// Where the hub behind a server has its transport.
const REMOTE: &str = "durable-remote/src/http.rs";

/// A test that ends TLS before a server.
const TLS_TEST: &str = "durable-ops/tests/durable/https.rs";

/// Those that the one file of the management API that listens knows, too.
const SERVER: [&str; 2] = ["hyper", "hyper_util"];

/// Those that the one file knows that sends spans to a collector.
const SENDER: [&str; 5] = ["http_body_util", "hyper", "hyper_rustls", "hyper_util", "rustls"];

pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    tree.rust()
        .filter(|file| !is_transport(file))
        .flat_map(|file| {
            let code = rust::code_of(&file.text);
            let free = match file.path.as_str() {
                "durable-server/src/server.rs" => &SERVER[..],
                "durable-otel/src/sender.rs" => &SENDER[..],
                _ => &[],
            };
            let named =
                rust::identifiers(&code).filter(|(_, word)| LIBRARIES.contains(word) && !free.contains(word));
            let finding = |(line, word): (usize, &str)| {
                let text = format!("{word} is named outside durable-azure/src/transport and {REMOTE}");
                Finding::new(RULE, &file.path, line, text)
            };
            named.map(finding).collect::<Vec<_>>()
        })
        .collect()
}

fn is_transport(file: &File) -> bool {
    file.path == REMOTE
        || file.path == TLS_TEST
        || file.path == "durable-azure/src/transport.rs"
        || file.path.starts_with("durable-azure/src/transport/")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::assert_findings;

    #[test]
    fn http_outside_of_the_transport_is_found() {
        let tree = Tree::of(&[
            ("durable-azure/src/hub.rs", "\nuse hyper::Method;\n"),
            ("durable-azure/src/transport.rs", "use hyper::Method;\n"),
            ("durable-azure/src/transport/xml.rs", "use quick_xml::Reader;\n"),
            (
                "durable/src/lib.rs",
                "// hyper, in a comment, and \"rustls\" in a text\nlet s = \"hyper\";\n",
            ),
            (
                "durable-server/src/server.rs",
                "use hyper::server;\nuse hyper_util::rt;\nuse rustls::A;\n",
            ),
            ("durable-server/src/dispatch.rs", "use hyper::Method;\n"),
            (
                "durable-otel/src/sender.rs",
                "use hyper_rustls::A;\nuse rustls::B;\n",
            ),
            (
                "durable-remote/src/http.rs",
                "use hyper::Method;\nuse rustls::A;\n",
            ),
            ("durable-remote/src/hub.rs", "use hyper::Method;\n"),
            ("bench/src/main.rs", "fn main() { quick_xml::parse(); }\n"),
        ]);
        assert_findings(
            &check(&tree),
            &[
                "durable-azure/src/hub.rs:2: http: hyper is named outside durable-azure/src/transport and durable-remote/src/http.rs",
                "durable-server/src/server.rs:3: http: rustls is named outside durable-azure/src/transport and durable-remote/src/http.rs",
                "durable-server/src/dispatch.rs:1: http: hyper is named outside durable-azure/src/transport and durable-remote/src/http.rs",
                "durable-remote/src/hub.rs:1: http: hyper is named outside durable-azure/src/transport and durable-remote/src/http.rs",
                "bench/src/main.rs:1: http: quick_xml is named outside durable-azure/src/transport and durable-remote/src/http.rs",
            ],
        );
    }
}
