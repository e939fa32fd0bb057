//! What proves a request: Shared Key for blobs and queues, Shared Key Lite for tables.
//!
//! Source: "Authorize with Shared Key" of the REST reference of Azure Storage, version 2015-02-21 and later.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::hmac;

use super::storage::Service;

/// An account's key. Shows nothing of it.
#[derive(Debug, Clone)]
pub(super) struct SigningKey(hmac::Key);

/// What a signature covers.
pub(super) struct Signed<'a> {
    pub(super) service: Service,
    pub(super) account: &'a str,
    pub(super) method: &'a str,
    /// The path of the address as it is sent, so encoded, and with the account in front in path style.
    pub(super) path: &'a str,
    /// The parameters, not encoded.
    pub(super) query: &'a [(&'static str, String)],
    /// The headers, names in lower case.
    pub(super) headers: &'a [(&'static str, String)],
    pub(super) content_length: usize,
}

impl SigningKey {
    pub(super) fn from_base64(text: &str) -> Option<Self> {
        let bytes = STANDARD.decode(text).ok().filter(|bytes| !bytes.is_empty())?;
        Some(Self(hmac::Key::new(hmac::HMAC_SHA256, &bytes)))
    }

    /// Returns the value of the header `Authorization`.
    pub(super) fn authorization(&self, signed: &Signed<'_>) -> String {
        let (scheme, text) = match signed.service {
            Service::Blob | Service::Queue => ("SharedKey", shared_key(signed)),
            Service::Table => ("SharedKeyLite", shared_key_lite(signed)),
        };
        format!("{scheme} {}:{}", signed.account, self.signature(&text))
    }

    /// Returns HMAC-SHA256 of a text, as base64.
    pub(super) fn signature(&self, text: &str) -> String {
        STANDARD.encode(hmac::sign(&self.0, text.as_bytes()))
    }
}

/// The headers between the method and those of the service, in the order in which they are signed. The date among them
/// is empty, since `x-ms-date` is sent instead.
const STANDARD_HEADERS: [&str; 11] = [
    "content-encoding",
    "content-language",
    "content-length",
    "content-md5",
    "content-type",
    "date",
    "if-modified-since",
    "if-match",
    "if-none-match",
    "if-unmodified-since",
    "range",
];

fn shared_key(signed: &Signed<'_>) -> String {
    let mut text = format!("{}\n", signed.method);
    for name in STANDARD_HEADERS {
        match name {
            // Nothing instead of zero.
            "content-length" if signed.content_length > 0 => {
                // Writing to a text does not fail.
                let _ = write!(text, "{}", signed.content_length);
            }
            _ => text.push_str(header(signed, name)),
        }
        text.push('\n');
    }
    let mut own: Vec<_> = signed
        .headers
        .iter()
        .filter(|(name, _)| name.starts_with("x-ms-"))
        .collect();
    own.sort_by_key(|(name, _)| *name);
    for (name, value) in own {
        let _ = writeln!(text, "{name}:{}", value.trim());
    }
    let _ = write!(text, "/{}{}", signed.account, signed.path);
    let mut query: Vec<_> = signed.query.iter().collect();
    query.sort_by_key(|(name, _)| *name);
    for (name, value) in query {
        let _ = write!(text, "\n{name}:{value}");
    }
    text
}

fn shared_key_lite(signed: &Signed<'_>) -> String {
    let date = header(signed, "x-ms-date");
    let mut text = format!("{date}\n/{}{}", signed.account, signed.path);
    // Of the parameters only this one counts.
    if let Some((_, comp)) = signed.query.iter().find(|(name, _)| *name == "comp") {
        let _ = write!(text, "?comp={comp}");
    }
    text
}

fn header<'a>(signed: &Signed<'a>, name: &str) -> &'a str {
    let found = signed.headers.iter().find(|(other, _)| *other == name);
    found.map_or("", |(_, value)| value.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// base64 of `durable signing test key`.
    const KEY: &str = "ZHVyYWJsZSBzaWduaW5nIHRlc3Qga2V5";
    const DATE: &str = "Sat, 21 Nov 2026 01:43:00 GMT";

    fn headers(more: &[(&'static str, &str)]) -> Vec<(&'static str, String)> {
        let always = [("x-ms-version", "2021-12-02"), ("x-ms-date", DATE)];
        let all = more.iter().chain(&always);
        all.map(|(name, value)| (*name, (*value).to_owned())).collect()
    }

    // The signatures of these tests were computed with Python's hmac and hashlib from texts that were written by hand
    // after the rules of the reference.

    #[test]
    fn a_message_is_signed_with_its_headers_and_its_sorted_query() {
        let signed = Signed {
            service: Service::Queue,
            account: "devstoreaccount1",
            method: "POST",
            path: "/devstoreaccount1/orders-control-00/messages",
            query: &[
                ("visibilitytimeout", "30".to_owned()),
                ("messagettl", "-1".to_owned()),
            ],
            headers: &headers(&[("content-type", "application/xml")]),
            content_length: 57,
        };
        assert_eq!(
            shared_key(&signed),
            "POST\n\n\n57\n\napplication/xml\n\n\n\n\n\n\n\
             x-ms-date:Sat, 21 Nov 2026 01:43:00 GMT\nx-ms-version:2021-12-02\n\
             /devstoreaccount1/devstoreaccount1/orders-control-00/messages\nmessagettl:-1\nvisibilitytimeout:30"
        );
        let key = SigningKey::from_base64(KEY).unwrap();
        assert_eq!(
            key.authorization(&signed),
            "SharedKey devstoreaccount1:m2LvBCClSa3ZMryoWJuVJ7YFZXrEvTgoHRnMwSrjmtg="
        );
    }

    #[test]
    fn an_empty_body_has_no_length_and_conditions_stand_in_their_place() {
        let signed = Signed {
            service: Service::Blob,
            account: "orders",
            method: "PUT",
            path: "/orders-applease/a%20b",
            query: &[],
            headers: &headers(&[("if-none-match", "*"), ("x-ms-blob-type", "BlockBlob")]),
            content_length: 0,
        };
        assert_eq!(
            shared_key(&signed),
            "PUT\n\n\n\n\n\n\n\n\n*\n\n\nx-ms-blob-type:BlockBlob\n\
             x-ms-date:Sat, 21 Nov 2026 01:43:00 GMT\nx-ms-version:2021-12-02\n/orders/orders-applease/a%20b"
        );
        let key = SigningKey::from_base64(KEY).unwrap();
        assert_eq!(
            key.authorization(&signed),
            "SharedKey orders:ivB8iTp4uOADSPkAFnwiXh75wousahivycbmVbFYFck="
        );
    }

    #[test]
    fn a_table_s_request_is_signed_with_its_date_and_path() {
        let mut signed = Signed {
            service: Service::Table,
            account: "orders",
            method: "GET",
            path: "/OrdersHistory(PartitionKey='a%5E0b',RowKey='')",
            query: &[("$select", "ExecutionId".to_owned())],
            headers: &headers(&[("if-match", "*")]),
            content_length: 0,
        };
        assert_eq!(
            shared_key_lite(&signed),
            "Sat, 21 Nov 2026 01:43:00 GMT\n/orders/OrdersHistory(PartitionKey='a%5E0b',RowKey='')"
        );
        let key = SigningKey::from_base64(KEY).unwrap();
        assert_eq!(
            key.authorization(&signed),
            "SharedKeyLite orders:9B9LPyiq/FEvBSgi5yh38hYTRgGZIBV55hxkAsqlHvc="
        );
        signed.path = "/";
        signed.query = &[];
        assert!(shared_key_lite(&signed).ends_with("\n/orders/"));
    }

    #[test]
    fn the_statistics_of_the_tables_are_signed_with_their_component() {
        let signed = Signed {
            service: Service::Table,
            account: "orders",
            method: "GET",
            path: "/",
            query: &[("restype", "service".to_owned()), ("comp", "stats".to_owned())],
            headers: &headers(&[]),
            content_length: 0,
        };
        assert!(shared_key_lite(&signed).ends_with("\n/orders/?comp=stats"));
    }

    #[test]
    fn a_key_is_not_shown() {
        let key = SigningKey::from_base64(KEY).unwrap();
        let shown = format!("{key:?}");
        assert!(!shown.contains("ZHVy") && !shown.contains("durable"), "{shown}");
    }
}
