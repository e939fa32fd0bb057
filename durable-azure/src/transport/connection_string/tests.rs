use proptest::prelude::*;

use super::super::credential::Right;
use super::super::storage::Service;
use super::*;

const KEY_TEXT: &str = "c2VjcmV0LWtleS1vZi10aGUtdGVzdA==";

fn addresses(account: &Account) -> [Option<String>; 6] {
    let of = |endpoints: &Endpoints, service| endpoints.of(service).map(Endpoint::to_string);
    [
        of(&account.primary, Service::Blob),
        of(&account.primary, Service::Queue),
        of(&account.primary, Service::Table),
        of(&account.secondary, Service::Blob),
        of(&account.secondary, Service::Queue),
        of(&account.secondary, Service::Table),
    ]
}

fn some(texts: [&str; 6]) -> [Option<String>; 6] {
    texts.map(|text| (!text.is_empty()).then(|| text.to_owned()))
}

#[test]
fn the_portal_s_string_is_an_account_of_its_cloud() {
    let account = parse(&format!(
        "DefaultEndpointsProtocol=https;AccountName=orders;AccountKey={KEY_TEXT};EndpointSuffix=core.usgovcloudapi.net"
    ))
    .unwrap();
    assert_eq!(account.name(), "orders");
    assert!(matches!(account.credential.0, Right::Key(_)));
    let host = "core.usgovcloudapi.net";
    assert_eq!(
        addresses(&account),
        some([
            &format!("https://orders.blob.{host}"),
            &format!("https://orders.queue.{host}"),
            &format!("https://orders.table.{host}"),
            &format!("https://orders-secondary.blob.{host}"),
            &format!("https://orders-secondary.queue.{host}"),
            &format!("https://orders-secondary.table.{host}"),
        ])
    );
}

#[test]
fn the_emulator_is_on_this_machine_or_on_the_named_one() {
    for (text, host) in [
        ("UseDevelopmentStorage=true", "127.0.0.1"),
        (" usedevelopmentstorage = TRUE ; ", "127.0.0.1"),
        (
            "UseDevelopmentStorage=true;DevelopmentStorageProxyUri=http://azurite",
            "azurite",
        ),
        (
            "UseDevelopmentStorage=true;DevelopmentStorageProxyUri=http://[::1]/",
            "[::1]",
        ),
    ] {
        let account = parse(text).unwrap();
        assert_eq!(account.name(), "devstoreaccount1");
        assert_eq!(
            addresses(&account),
            some([
                &format!("http://{host}:10000/devstoreaccount1"),
                &format!("http://{host}:10001/devstoreaccount1"),
                &format!("http://{host}:10002/devstoreaccount1"),
                &format!("http://{host}:10000/devstoreaccount1-secondary"),
                &format!("http://{host}:10001/devstoreaccount1-secondary"),
                &format!("http://{host}:10002/devstoreaccount1-secondary"),
            ])
        );
    }
}

#[test]
fn a_signature_needs_no_account_name_and_keeps_its_equal_signs() {
    let account = parse(
        "TableEndpoint=https://orders.table.core.windows.net/;SharedAccessSignature=sv=2021&sig=a%3D=;\
         TableSecondaryEndpoint=https://copy.table.core.windows.net",
    )
    .unwrap();
    assert_eq!(account.name(), "orders");
    let Right::Sas(sas) = &account.credential.0 else {
        panic!("no signature: {account:?}");
    };
    assert_eq!(sas.reveal(), "sv=2021&sig=a%3D=");
    assert_eq!(
        addresses(&account),
        some([
            "",
            "",
            "https://orders.table.core.windows.net",
            "",
            "",
            "https://copy.table.core.windows.net"
        ])
    );
}

#[test]
fn a_named_endpoint_replaces_the_cloud_s_and_has_a_secondary_if_it_has_the_name() {
    let account = parse(&format!(
        "DefaultEndpointsProtocol=http;AccountName=orders;AccountKey={KEY_TEXT};BlobEndpoint=http://b.example/x;\
         QueueEndpoint=http://q.example;QueueSecondaryEndpoint=http://q2.example"
    ))
    .unwrap();
    assert_eq!(
        addresses(&account),
        some([
            "http://b.example/x",
            "http://q.example",
            "http://orders.table.core.windows.net",
            "",
            "http://q2.example",
            "http://orders-secondary.table.core.windows.net",
        ])
    );
}

#[test]
fn only_named_endpoints_are_used_if_nothing_names_a_cloud() {
    let account = parse(&format!(
        "AccountName=devstoreaccount1;AccountKey={KEY_TEXT};TableEndpoint=http://127.0.0.1:7/devstoreaccount1"
    ))
    .unwrap();
    assert_eq!(
        addresses(&account),
        some([
            "",
            "",
            "http://127.0.0.1:7/devstoreaccount1",
            "",
            "",
            "http://127.0.0.1:7/devstoreaccount1-secondary"
        ])
    );
}

/// A string in which `KEY` stands for a key, and how its error begins.
const BAD: [(&str, &str); 25] = [
    ("", "the connection string is empty"),
    (" ; ;", "the connection string is empty"),
    ("AccountName", "part 1 of the connection string is not"),
    (
        "KEY",
        "part 1 of the connection string has a name that is not known",
    ),
    (
        "AccountName=a;;Colour=x",
        "part 3 of the connection string has a name that is not known",
    ),
    (
        "AccountKey=KEY;accountkey=KEY",
        "the connection string has `AccountKey` twice",
    ),
    ("AccountName=orders;AccountKey=", "`AccountKey` is empty"),
    ("AccountName=orders", "`AccountKey` is missing"),
    ("AccountKey=KEY", "`AccountName` is missing"),
    ("SharedAccessSignature=sig=x", "`AccountName` is missing"),
    (
        "AccountName=orders;AccountKey=not base64",
        "`AccountKey` is not base64",
    ),
    (
        "AccountName=Orders;AccountKey=KEY",
        "`AccountName` is not 3 to 24",
    ),
    (
        "AccountName=orders;SharedAccessSignature=x y",
        "`SharedAccessSignature` is not",
    ),
    (
        "AccountName=orders;SharedAccessSignature=sv=1",
        "`SharedAccessSignature` is not",
    ),
    (
        "AccountName=orders;AccountKey=KEY;SharedAccessSignature=sig=1",
        "`AccountKey` and `SharedAccessSignature`",
    ),
    (
        "AccountName=orders;AccountKey=KEY;DefaultEndpointsProtocol=ftp",
        "`DefaultEndpointsProtocol` is neither",
    ),
    (
        "AccountName=orders;AccountKey=KEY;EndpointSuffix=a/b",
        "`EndpointSuffix` is not",
    ),
    (
        "AccountName=orders;AccountKey=KEY;EndpointSuffix=.a",
        "`EndpointSuffix` is not",
    ),
    (
        "AccountName=orders;AccountKey=KEY;BlobEndpoint=x",
        "`BlobEndpoint` is not",
    ),
    (
        "AccountName=orders;AccountKey=KEY;QueueSecondaryEndpoint=x",
        "`QueueSecondaryEndpoint` is not",
    ),
    (
        "UseDevelopmentStorage=false",
        "`UseDevelopmentStorage` can only be",
    ),
    (
        "UseDevelopmentStorage=true;AccountKey=KEY",
        "`UseDevelopmentStorage` and `AccountKey` exclude",
    ),
    (
        "DevelopmentStorageProxyUri=http://a",
        "`UseDevelopmentStorage` is missing",
    ),
    (
        "UseDevelopmentStorage=true;DevelopmentStorageProxyUri=http://a:1",
        "`DevelopmentStorageProxyUri` is not",
    ),
    (
        "UseDevelopmentStorage=true;DevelopmentStorageProxyUri=http://a/b",
        "`DevelopmentStorageProxyUri` is not",
    ),
];

#[test]
fn every_bad_string_is_refused_by_the_name_of_what_is_wrong() {
    for (text, expected) in BAD {
        let text = match text {
            "KEY" => KEY_TEXT.to_owned(),
            text => text.replace("=KEY", &format!("={KEY_TEXT}")),
        };
        let refused = parse(&text).map(|account| addresses(&account)).unwrap_err();
        assert!(refused.to_string().starts_with(expected), "{text:?}: {refused}");
    }
}

#[test]
fn a_read_account_shows_no_secret() {
    let account = parse(&format!("AccountName=orders;AccountKey={KEY_TEXT}")).unwrap();
    assert!(!format!("{account:?}{account:#?}").contains("c2Vj"));
    let account = parse("AccountName=orders;SharedAccessSignature=sv=1&sig=hunter2").unwrap();
    assert!(!format!("{account:?}{account:#?}").contains("hunter2"));
}

proptest! {
    #[test]
    fn no_text_stops_the_reader(text in ".{0,200}") {
        let _ = parse(&text);
    }

    /// Whatever is wrong with a string, its error does not repeat a value.
    #[test]
    fn no_error_repeats_a_value(
        parts in prop::collection::vec(
            (prop::sample::select(&NAMES[..]), "[ -:<-~]{0,12}", any::<bool>()),
            0..6,
        ),
    ) {
        const SECRET: &str = "Zm9vYmFyc2VjcmV0";
        let text: Vec<String> = parts
            .iter()
            .map(|(name, rest, paired)| {
                let separator = if *paired { "=" } else { "" };
                format!("{name}{separator}{SECRET}{rest}")
            })
            .collect();
        match parse(&text.join(";")) {
            Ok(account) => {
                let shown = format!("{:?}", account.credential);
                prop_assert!(!shown.contains(SECRET), "{}", shown);
            }
            Err(error) => {
                let shown = format!("{error} {error:?}");
                prop_assert!(!shown.contains(SECRET), "{}", shown);
            }
        }
    }

    /// The order of the parts and the case of their names mean nothing.
    #[test]
    fn parts_may_come_in_any_order(order in Just([0_usize, 1, 2, 3]).prop_shuffle(), upper in any::<bool>()) {
        let parts = [
            ("DefaultEndpointsProtocol", "http"),
            ("AccountName", "orders"),
            ("AccountKey", KEY_TEXT),
            ("EndpointSuffix", "example.com"),
        ];
        let written: Vec<String> = order
            .iter()
            .map(|&n| {
                let (name, value) = parts[n];
                let name = if upper { name.to_uppercase() } else { name.to_owned() };
                format!("{name}={value}")
            })
            .collect();
        let account = parse(&written.join(";")).unwrap();
        let expected = Some("http://orders.queue.example.com".to_owned());
        prop_assert_eq!(account.primary.of(Service::Queue).map(Endpoint::to_string), expected);
    }
}
