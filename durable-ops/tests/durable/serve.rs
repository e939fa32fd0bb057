//! The server, as people and their proxies reach it.

#[cfg(unix)]
use std::io::{BufRead as _, BufReader, Write as _};
#[cfg(unix)]
use std::net::TcpStream;
use std::time::{Duration, Instant};

use crate::shell::Shop;
use crate::spawned::Served;

const LIST: &str = "/runtime/webhooks/durabletask/instances";
const ONE: &str = "/runtime/webhooks/durabletask/instances/order-1";

fn key(shop: &Shop, arguments: &[&str]) -> String {
    let ran = shop.durable(&[&["keys"], arguments, &["--keys", "keys.json"]].concat());
    assert_eq!(ran.code, 0, "{}", ran.err);
    ran.out.trim().to_owned()
}

#[cfg(unix)]
#[test]
fn it_answers_and_ends_in_order_when_it_is_asked_to() {
    let shop = Shop::new();
    // An empty variable is how a shell unsets one.
    let mut served = Served::start(&shop, &[], &[("DURABLE_KEY_FILE", "")]);
    assert_eq!(served.ready["keys"], false);
    let shown = served.get(ONE, None);
    assert_eq!(shown.status, 200, "{shown:?}");
    assert!(
        shown.body.contains("\"runtimeStatus\":\"Completed\""),
        "{shown:?}"
    );
    assert_eq!(
        served.ask("GET", ONE, None, "shop.example").status,
        421,
        "no web page can make a browser ask"
    );
    assert_eq!(served.terminated(&shop), Some(0));
    assert!(!served.listens());
}

#[cfg(unix)]
#[test]
fn a_second_signal_cuts_off_what_is_under_way() {
    let shop = Shop::new();
    let mut served = Served::start(&shop, &[], &[]);
    // Nobody runs it, so it is waited for until its time is over.
    let path = "/runtime/webhooks/durabletask/orchestrators/order/new-1?timeout=200&pollingInterval=1";
    let mut waiting = TcpStream::connect(served.address()).unwrap();
    write!(
        waiting,
        "POST {path} HTTP/1.1\r\nhost: localhost\r\ncontent-length: 0\r\n\r\n"
    )
    .unwrap();
    until(|| shop.durable(&["show", "new-1"]).code == 0);
    let stderr = BufReader::new(served.stderr());
    served.terminate(&shop);
    let said = stderr.lines().next().unwrap().unwrap();
    assert!(said.starts_with("ending; "), "{said}");
    // In order it would end with 0.
    assert_eq!(served.terminated(&shop), Some(130));
}

#[test]
fn a_rotated_key_and_a_removed_one_are_seen_without_a_restart() {
    let shop = Shop::new();
    let first = key(&shop, &["add", "ci", "--scope", "read"]);
    let served = Served::start(&shop, &["--keys", "keys.json"], &[]);
    assert_eq!(served.ready["keys"], true);
    assert_eq!(served.get(LIST, None).status, 401);
    assert_eq!(served.get(LIST, Some(&first)).status, 200);
    let start = "/runtime/webhooks/durabletask/orchestrators/order";
    assert_eq!(served.ask("POST", start, Some(&first), "localhost").status, 403);

    let second = key(&shop, &["rotate", "ci", "--overlap", "1h"]);
    until(|| served.get(LIST, Some(&second)).status == 200);
    assert_eq!(served.get(LIST, Some(&first)).status, 200, "the overlap");
    let third = key(&shop, &["rotate", "ci", "--overlap", "0s"]);
    until(|| served.get(LIST, Some(&second)).status == 401);
    assert_eq!(served.get(LIST, Some(&third)).status, 200);
    assert_eq!(served.get(LIST, Some(&first)).status, 401);
    key(&shop, &["remove", "ci"]);
    until(|| served.get(LIST, Some(&third)).status == 401);
}

/// Asks until it is so: the server looks at the file once in a second.
fn until(is_so: impl Fn() -> bool) {
    let begun = Instant::now();
    while !is_so() {
        assert!(begun.elapsed() < Duration::from_secs(30), "it never was");
    }
}

#[cfg(unix)]
#[test]
fn behind_a_proxy_it_has_the_proxys_address_and_its_tokens_outlive_it() {
    let shop = Shop::new();
    let key = key(&shop, &["add", "ops", "--scope", "start,read"]);
    let behind = [
        "--keys",
        "keys.json",
        "--public-url",
        "https://ops.example.com/shop/",
        "--allow-host",
        "ops.example.com",
        "--task-hub",
        "Orders",
    ];
    let mut served = Served::start(&shop, &behind, &[]);
    assert_eq!(served.ready["task_hub"], "Orders");
    let start = "/runtime/webhooks/durabletask/orchestrators/order/new-1";
    assert_eq!(
        served.ask("POST", start, Some(&key), "other.example.com").status,
        421
    );
    let started = served.ask("POST", start, Some(&key), "ops.example.com");
    assert_eq!(started.status, 202, "{started:?}");
    let body: serde_json::Value = serde_json::from_str(&started.body).unwrap();
    let place = body["statusQueryGetUri"].as_str().unwrap();
    let path = place.strip_prefix("https://ops.example.com/shop").expect(place);
    assert!(path.contains("taskHub=Orders") && !path.contains(&key), "{path}");
    assert_eq!(served.terminated(&shop), Some(0));

    let secrets = shop.path().join("shop.db.secrets.json").metadata().unwrap();
    let mode = std::os::unix::fs::PermissionsExt::mode(&secrets.permissions());
    assert_eq!(mode & 0o777, 0o600);
    let again = Served::start(&shop, &behind, &[]);
    let looked = again.ask("GET", path, None, "ops.example.com");
    assert_eq!(looked.status, 202, "it is pending: {looked:?}");
    assert!(
        looked.head.contains("location: https://ops.example.com/shop/"),
        "{looked:?}"
    );
    for _ in 0..3 {
        let ran = shop.durable(&["keys", "rotate-secret", "shop.db.secrets.json"]);
        assert_eq!(ran.code, 0, "{}", ran.err);
    }
    until(|| again.ask("GET", path, None, "ops.example.com").status == 401);
}

#[cfg(unix)]
#[test]
fn a_file_of_keys_that_cannot_be_read_any_more_is_told_and_what_was_known_stays_good() {
    use std::os::unix::fs::PermissionsExt as _;
    let shop = Shop::new();
    let text = key(&shop, &["add", "ci", "--scope", "read"]);
    let mut served = Served::start(&shop, &["--keys", "keys.json"], &[]);
    assert_eq!(served.get(LIST, Some(&text)).status, 200);
    // Replaced as a whole, as by a copy from another machine that everybody may read.
    let (path, copy) = (shop.path().join("keys.json"), shop.path().join("copy.json"));
    std::fs::copy(&path, &copy).unwrap();
    std::fs::set_permissions(&copy, std::fs::Permissions::from_mode(0o644)).unwrap();
    std::fs::rename(&copy, &path).unwrap();
    let stderr = BufReader::new(served.stderr());
    let warned = std::thread::spawn(move || stderr.lines().next().unwrap().unwrap());
    // The server looks at the file once in a second, when it is asked.
    until(|| {
        assert_eq!(served.get(LIST, Some(&text)).status, 200);
        warned.is_finished()
    });
    let warned = warned.join().unwrap();
    assert!(
        warned.contains("ERROR durable_server")
            && warned.contains("keys.json may be read or written by others"),
        "{warned}"
    );
}

#[test]
fn a_limit_of_the_command_line_is_kept() {
    let shop = Shop::new();
    let served = Served::start(&shop, &["--page-max", "2"], &[]);
    let page: Vec<serde_json::Value> = serde_json::from_str(&served.get(LIST, None).body).unwrap();
    assert_eq!(page.len(), 2);
}
