//! A hub that is reached through a server. That every command of a session looks the same as on the file is checked in each
//! session ([`Shop::session`]); here is what only a server brings.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpListener;

use durable_server::Scope;

use crate::shell::Shop;

#[test]
fn every_json_document_is_the_same_through_a_server() {
    let shop = Shop::new();
    let served = shop.served();
    let commands: [&[&str]; 12] = [
        &["list", "--all", "--page-size", "3", "--json"],
        &["show", "order-3", "--json"],
        &["show", "order-4", "--json"],
        &["history", "order-2", "--json"],
        &["history", "parcel-1", "--json"],
        &["tree", "parcel-1", "--json"],
        &["versions", "--json"],
        &["stalled", "--json"],
        &["fences", "--json"],
        &["watch", "order-1", "--json"],
        &[
            "start",
            "order",
            "--id",
            "order-2",
            "--on-existing",
            "use",
            "--json",
        ],
        &["purge", "--status", "completed", "--dry-run", "--json"],
    ];
    for arguments in commands {
        let ran = shop.durable(arguments);
        assert_eq!(served.durable(arguments), ran, "{arguments:?}");
        assert!(ran.out.starts_with('{'), "{arguments:?}: {}", ran.out);
    }
}

#[test]
fn a_key_stands_in_the_environment_or_in_the_address_and_is_in_no_error() {
    let served = Shop::new().served();
    let (url, key) = (&served.server().url, &served.server().key);
    let run = |hub: &str, key: Option<&str>| {
        let mut command = served.command(env!("CARGO_BIN_EXE_durable"));
        command.args(["list", "--hub", hub]).env_remove("DURABLE_KEY");
        if let Some(key) = key {
            command.env("DURABLE_KEY", key);
        }
        served.ran(&command.output().unwrap())
    };
    let with_code = |key: &str| format!("{url}/?code={key}");
    assert_eq!(run(url, Some(key)).code, 0);
    assert_eq!(run(&with_code(key), None).code, 0);
    assert_eq!(
        run(&with_code(key), Some("dk_wrong")).code,
        0,
        "the address says which"
    );
    for (hub, key) in [
        (url.clone(), None),
        (url.clone(), Some("")),
        (url.clone(), Some("dk_s3cret")),
        (with_code("dk_s3cret"), None),
        (format!("{url}/elsewhere?code={key}"), None),
    ] {
        let ran = run(&hub, key);
        assert_eq!((ran.code, ran.out.as_str()), (3, ""), "{}", ran.err);
        assert!(
            !ran.err.contains("s3cret") && !ran.err.contains(&served.server().key),
            "{}",
            ran.err
        );
        assert!(ran.err.contains("help: "), "{}", ran.err);
    }
}

#[test]
fn a_key_is_good_for_the_commands_of_its_scopes() {
    let served = Shop::new().served();
    let run = |key: &str, arguments: &[&str]| {
        let mut command = served.command(env!("CARGO_BIN_EXE_durable"));
        command.args(arguments).env("DURABLE_KEY", key);
        served.ran(&command.output().unwrap())
    };
    let start = served.server().key_for("start", [Scope::Start]);
    let event = served.server().key_for("event", [Scope::Event]);
    let read = served.server().key_for("read", [Scope::Read]);
    assert_eq!(
        run(&start, &["start", "order", "--id", "new-1", "--input", "5"]).code,
        0
    );
    assert_eq!(
        run(&event, &["raise-event", "order-2", "approval", "--data", "true"]).code,
        0
    );
    assert_eq!(run(&read, &["show", "new-1"]).code, 0);
    for (key, arguments) in [
        (&start, &["show", "new-1"][..]),
        (&start, &["terminate", "new-1"]),
        (&event, &["start", "order"]),
        (&read, &["purge", "order-1"]),
    ] {
        let ran = run(key, arguments);
        assert_eq!(ran.code, 3, "{arguments:?}: {}", ran.err);
        assert!(
            ran.err.contains("this route needs a key with the scope"),
            "{}",
            ran.err
        );
        assert!(ran.err.contains("DURABLE_KEY"), "{}", ran.err);
    }
}

#[test]
fn a_watch_sees_at_once_what_others_do_to_the_hub() {
    let served = Shop::new().served();
    let mut watch = served.spawn(&["watch", "order-5"]);
    let mut out = BufReader::new(watch.stdout.take().unwrap());
    let mut first = String::new();
    out.read_line(&mut first).unwrap();
    assert!(first.contains("Suspended"), "{first}");
    // By the file, without the server.
    let mut terminate = served.command(env!("CARGO_BIN_EXE_durable"));
    terminate.args(["terminate", "order-5", "--hub", "shop.db"]);
    assert_eq!(served.ran(&terminate.output().unwrap()).code, 0);
    let mut rest = String::new();
    out.read_to_string(&mut rest).unwrap();
    assert!(rest.contains("Terminated"), "{rest}");
    assert_eq!(watch.wait().unwrap().code(), Some(1));
}

#[cfg(unix)]
#[test]
fn a_gate_that_is_interrupted_takes_its_fence_down_through_a_server() {
    let served = Shop::new().served();
    let mut gate = served.spawn(&["gate", "--id", "release-7"]);
    let mut err = BufReader::new(gate.stderr.take().unwrap());
    let mut first = String::new();
    err.read_line(&mut first).unwrap();
    assert!(first.starts_with("waiting for"), "{first}");
    assert!(served.durable(&["fences"]).out.contains("release-7"));
    let mut kill = served.command("kill");
    assert!(
        kill.args(["-TERM", &gate.id().to_string()])
            .status()
            .unwrap()
            .success()
    );
    assert_eq!(gate.wait().unwrap().code(), Some(130));
    let fences = served.durable(&["fences"]).out;
    assert_eq!(fences, "no fence is up: every start is accepted\n");
}

#[test]
fn a_server_of_an_earlier_release_is_told_by_the_route_that_it_lacks() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let answering = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut head = BufReader::new(stream.try_clone().unwrap()).lines();
        while head.next().unwrap().unwrap() != "" {}
        let body = "{\"error\": \"notFound\", \"message\": \"there is no such route\"}";
        let length = body.len();
        write!(
            stream,
            "HTTP/1.1 404 Not Found\r\ncontent-length: {length}\r\n\r\n{body}"
        )
        .unwrap();
    });
    let ran = Shop::new().durable(&["list", "--hub", &format!("http://{address}")]);
    answering.join().unwrap();
    assert_eq!(ran.code, 3, "{}", ran.err);
    assert!(
        ran.err
            .contains("has no route `GET /durable/hub/v1`: there is no such route"),
        "{}",
        ran.err
    );
    assert!(
        ran.err.contains("use the `durable` of the server's release"),
        "{}",
        ran.err
    );
}
