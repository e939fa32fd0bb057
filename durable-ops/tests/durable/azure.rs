//! Hubs in an Azure Storage account: the emulator's.

use durable::{Client, Payload};
use durable_azure::AzureHub;
use durable_testazure::{ACCOUNT_KEY, fresh_name, shared};

use crate::shell::{Ran, Shop};
use crate::spawned::Served;

const VARIABLE: &str = "DURABLE_AZURE_CONNECTION_STRING";

fn durable(shop: &Shop, arguments: &[&str], variables: &[(&str, &str)]) -> Ran {
    let mut command = shop.command(env!("CARGO_BIN_EXE_durable"));
    command.args(arguments).envs(variables.iter().copied());
    let ran = shop.ran(&command.output().unwrap());
    assert!(
        !format!("{ran:?}").contains(ACCOUNT_KEY),
        "a secret is shown: {arguments:?}"
    );
    ran
}

/// Makes a hub with two queues, and starts `order-1` to `order-4` in it.
fn fill(connection: &str, name: &str) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let hub = AzureHub::at(connection, name).partitions(2).open().await.unwrap();
        let client = Client::without_code(std::sync::Arc::new(hub));
        for n in 1..=4 {
            let start = client.start_named("order", Payload::from_json("995").unwrap());
            start.id(format!("order-{n}")).await.unwrap();
        }
    });
}

#[test]
fn a_hub_in_a_storage_account_is_operated_and_served() {
    let Some(azurite) = shared().unwrap() else { return };
    let (shop, connection, name) = (Shop::new(), azurite.connection_string(), fresh_name("ops"));
    fill(&connection, &name);
    let place = format!("azure://{name}");
    let environment = [(VARIABLE, connection.as_str()), ("DURABLE_HUB", place.as_str())];
    let listed = durable(&shop, &["list"], &environment);
    assert_eq!(
        (listed.code, listed.out.lines().count()),
        (0, 5),
        "{}",
        listed.err
    );
    let whole = format!("{connection};TaskHub={name}");
    let by_string = durable(&shop, &["list"], &[("DURABLE_HUB", &whole)]);
    assert_eq!(by_string.out, listed.out, "{}", by_string.err);

    let ended = durable(&shop, &["terminate", "order-1", "--reason", "lost"], &environment);
    assert_eq!(ended.code, 0, "{}", ended.err);
    let shown = durable(&shop, &["show", "order-1", "--hub", &whole], &[]);
    assert!(shown.out.contains("Terminated"), "{}{}", shown.out, shown.err);

    let served = Served::start(&shop, &[], &environment);
    assert_eq!(served.ready["task_hub"], name.as_str());
    let page = served.get("/runtime/webhooks/durabletask/instances", None);
    assert!(page.status == 200 && page.body.contains("order-4"), "{page:?}");
}

#[test]
fn a_hub_that_is_missing_is_not_made() {
    let Some(azurite) = shared().unwrap() else { return };
    let (shop, connection, name) = (Shop::new(), azurite.connection_string(), fresh_name("none"));
    let place = format!("azure://{name}");
    let environment = [(VARIABLE, connection.as_str()), ("DURABLE_HUB", place.as_str())];
    for arguments in [&["start", "order"][..], &["list"], &["serve"]] {
        let ran = durable(&shop, arguments, &environment);
        assert_eq!(ran.code, 3, "{arguments:?}: {}", ran.err);
        assert!(
            ran.err.contains(&format!("there is no hub `{name}`")),
            "{}",
            ran.err
        );
    }
}

#[test]
fn an_account_that_lets_nobody_in_or_is_not_there_is_said_without_its_key() {
    let Some(azurite) = shared().unwrap() else { return };
    let (shop, connection) = (Shop::new(), azurite.connection_string());
    let other = ACCOUNT_KEY.replace("Eby8", "Abc9");
    let denied = connection.replace(ACCOUNT_KEY, &other) + ";TaskHub=Orders";
    let ran = durable(&shop, &["list", "--hub", &denied], &[]);
    assert!(ran.code == 3 && !ran.err.contains(&other), "{}", ran.err);
    assert!(ran.err.contains("check the connection string"), "{}", ran.err);
}
