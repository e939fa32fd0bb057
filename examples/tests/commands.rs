//! The built-in commands of the shop's releases, as real processes on a hub file.
//!
//! To accept a new output, run with `DURABLE_BLESS=1` and read the difference.
#![cfg(unix)]

#[path = "../src/migrate/release_2.rs"]
#[allow(dead_code, reason = "only the handles are used here")]
mod release_2;

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use durable::azure::CONNECTION_VARIABLE;
use durable::client::Run;
use durable::prelude::*;
use examples::shop::{HUB_VARIABLE, Order, Wait, hub_at};
use release_2::{checkout, checkout_v1};
use serde_json::Value;

const RELEASE_1: &str = env!("CARGO_BIN_EXE_shop-release-1");
const RELEASE_2: &str = env!("CARGO_BIN_EXE_shop-release-2");
const NAIVE: &str = env!("CARGO_BIN_EXE_shop-naive");

/// A folder with a hub, and the shop that may work on it.
struct Shop {
    hub: PathBuf,
    worker: Option<Child>,
}

impl Shop {
    fn new(name: &str) -> Self {
        let hub = examples::fresh_hub(&format!("commands-{name}"));
        Self { hub, worker: None }
    }

    fn folder(&self) -> &Path {
        self.hub.parent().unwrap()
    }

    fn program(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command
            .current_dir(self.folder())
            .env(HUB_VARIABLE, &self.hub)
            .env_remove("DURABLE_DEFAULT_VERSION")
            .stdin(Stdio::null());
        command
    }

    /// Runs a built-in command of a release.
    fn durable(&self, program: &str, arguments: &[&str]) -> Done {
        let output = self
            .program(program)
            .arg("durable")
            .args(arguments)
            .output()
            .unwrap();
        Done(output)
    }

    /// Starts three orders on release 1, and waits until each waits for its approval.
    async fn open(&mut self) -> Vec<Run<checkout_v1>> {
        self.worker = Some(self.program(RELEASE_1).spawn().unwrap());
        let client = self.client().await;
        let wanted = durable::Payload::encode("waiting for approval").unwrap();
        let mut orders = Vec::new();
        for number in 1..=3 {
            let order = Order {
                number,
                wait: Wait::Approval,
            };
            let start = client.start(checkout_v1, order).id(format!("order-{number}"));
            let run = start.await.unwrap();
            run.wait_until(|record| record.custom_status.as_ref() == Some(&wanted))
                .await
                .unwrap();
            orders.push(run);
        }
        orders
    }

    async fn client(&self) -> Client {
        App::new(hub_at(self.hub.to_str().unwrap()).unwrap())
            .client()
            .await
            .unwrap()
    }

    fn kill(&mut self) {
        if let Some(mut worker) = self.worker.take() {
            worker.kill().unwrap();
            worker.wait().unwrap();
        }
    }

    /// Returns all that is stored: the file and its log.
    fn content(&self) -> Vec<Vec<u8>> {
        let of = |suffix: &str| {
            let mut path = self.hub.as_os_str().to_owned();
            path.push(suffix);
            // Without a log there is none.
            std::fs::read(path).unwrap_or_default()
        };
        vec![of(""), of("-wal")]
    }
}

impl Drop for Shop {
    fn drop(&mut self) {
        self.kill();
        let _ = std::fs::remove_dir_all(self.folder());
    }
}

/// What a command did.
struct Done(Output);

impl Done {
    #[track_caller]
    fn ended_with(self, code: i32) -> Self {
        let complained = String::from_utf8_lossy(&self.0.stderr);
        assert_eq!(self.0.status.code(), Some(code), "{}{complained}", self.said());
        self
    }

    fn said(&self) -> String {
        String::from_utf8(self.0.stdout.clone()).unwrap()
    }

    fn complained(&self) -> String {
        String::from_utf8(self.0.stderr.clone()).unwrap()
    }

    fn json(&self) -> Value {
        serde_json::from_slice(&self.0.stdout).unwrap()
    }
}

fn run<T>(body: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(body)
}

#[track_caller]
fn check_snapshot(name: &str, said: &str) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/snapshots")
        .join(format!("{name}.txt"));
    if std::env::var_os("DURABLE_BLESS").is_some() {
        std::fs::write(&file, said).unwrap();
    }
    let expected = std::fs::read_to_string(&file).unwrap_or_default();
    assert_eq!(said, expected, "other than {}", file.display());
}

#[test]
fn the_next_release_is_checked_beside_the_workers_of_the_last_which_go_on() {
    let mut shop = Shop::new("beside");
    run(async {
        let orders = shop.open().await;
        let done = shop.durable(RELEASE_2, &["replay-check"]).ended_with(0);
        assert_eq!(done.said(), "3 instances checked: 3 ok\n");
        assert_eq!(done.complained(), "", "without a terminal there is no progress");
        for run in &orders {
            run.raise_event("approved", &()).await.unwrap();
            run.wait().await.unwrap();
        }
        let done = shop.durable(RELEASE_2, &["replay-check"]).ended_with(0);
        assert_eq!(done.said(), "0 instances checked: 0 ok\n");
    });
}

/// The page that says what the fields are.
const DOCUMENTED: &str = include_str!("../../docs/replay-check.md");

/// Returns the names of an object's fields, sorted.
fn fields(object: &Value) -> Vec<&str> {
    let mut names: Vec<&str> = object.as_object().unwrap().keys().map(String::as_str).collect();
    names.sort_unstable();
    names
}

#[test]
fn a_version_edited_in_place_is_found_with_both_steps_and_nothing_is_written() {
    let mut shop = Shop::new("naive");
    run(async { drop(shop.open().await) });
    shop.kill();
    let before = shop.content();
    let done = shop.durable(NAIVE, &["replay-check"]).ended_with(1);
    check_snapshot("replay_check", &done.said());

    let json = shop
        .durable(NAIVE, &["replay-check", "--json"])
        .ended_with(1)
        .json();
    assert_eq!(json["schema"], 1);
    assert_eq!(json["source"], shop.hub.to_str().unwrap());
    assert_eq!(
        (&json["checked"], &json["ok"], &json["found"]),
        (&3.into(), &0.into(), &3.into())
    );
    let finding = &json["findings"][0];
    assert_eq!(finding["kind"], "diverges");
    assert_eq!(finding["orchestrator"], "checkout");
    assert_eq!(finding["version"], "1");
    assert_eq!(
        finding["first"]["recorded"],
        "activity `reserve` version 1 (task 0)"
    );
    assert_eq!(finding["more"], serde_json::json!(["order-2", "order-3"]));
    let example = DOCUMENTED
        .split("```json\n")
        .nth(1)
        .and_then(|rest| rest.split("```").next());
    let example: Value = serde_json::from_str(example.unwrap()).unwrap();
    assert_eq!(fields(&json), fields(&example));
    assert_eq!(fields(finding), fields(&example["findings"][0]));
    assert_eq!(
        fields(&finding["first"]),
        fields(&example["findings"][0]["first"])
    );

    shop.durable(RELEASE_1, &["versions"]).ended_with(0);
    shop.durable(RELEASE_1, &["export", "--to", "histories"])
        .ended_with(0);
    assert!(shop.content() == before, "the hub is as it was, byte by byte");
}

#[test]
fn exported_histories_are_checked_as_the_hub_is() {
    let mut shop = Shop::new("export");
    run(async { drop(shop.open().await) });
    shop.kill();
    let done = shop
        .durable(RELEASE_1, &["export", "--to", "histories"])
        .ended_with(0);
    assert_eq!(
        done.said(),
        format!("3 histories of `{}` in `histories`\n", shop.hub.display())
    );
    let of_hub = shop.durable(NAIVE, &["replay-check"]).ended_with(1).said();
    std::fs::remove_file(&shop.hub).unwrap();
    let of_files = shop
        .durable(NAIVE, &["replay-check", "--histories", "histories"])
        .ended_with(1)
        .said();
    // Files are read in the order of their names, and the first order's name comes first.
    assert_eq!(of_files, of_hub);
    shop.durable(RELEASE_2, &["replay-check", "--histories", "histories"])
        .ended_with(0);

    let again = shop
        .durable(RELEASE_1, &["export", "--to", "histories"])
        .ended_with(3);
    assert!(
        again.complained().contains("unable to open"),
        "{}",
        again.complained()
    );
}

#[test]
fn a_version_that_the_binary_lacks_is_found() {
    let shop = Shop::new("missing");
    run(async {
        let order = Order {
            number: 7,
            wait: Wait::Approval,
        };
        shop.client()
            .await
            .start(checkout, order)
            .id("order-7")
            .await
            .unwrap();
    });
    let said = shop.durable(RELEASE_1, &["replay-check"]).ended_with(1).said();
    assert!(
        said.starts_with("error: 1 instance of checkout@2 needs a missing version\n"),
        "{said}"
    );
    assert!(
        said.contains("this binary has no version 2 of orchestrator `checkout`; it has 1\n"),
        "{said}"
    );
    shop.durable(RELEASE_1, &["replay-check", "--version", "1"])
        .ended_with(0);
    shop.durable(RELEASE_2, &["replay-check"]).ended_with(0);
}

#[test]
fn the_table_of_versions_says_in_json_what_may_be_deleted_and_why_not() {
    let mut shop = Shop::new("versions");
    run(async { drop(shop.open().await) });
    let json = shop
        .durable(RELEASE_2, &["versions", "--json"])
        .ended_with(0)
        .json();
    assert_eq!(json["schema"], 1);
    let (old, new) = (&json["versions"][0], &json["versions"][1]);
    assert_eq!((&old["name"], &old["version"]), (&"checkout".into(), &"1".into()));
    assert_eq!(
        (&old["state"], &old["may_be_deleted"]),
        (&"draining".into(), &false.into())
    );
    assert_eq!((&old["waiting"], &old["offered"]), (&3.into(), &true.into()));
    assert_eq!(
        old["why_not"],
        "3 instances have not ended, and 0 failed ones may be rewound"
    );
    assert_eq!(old["oldest"].as_str().unwrap().get(10..11), Some("T"));
    assert_eq!(
        (&new["state"], &new["offered"]),
        (&"current".into(), &false.into())
    );
    assert_eq!(new["why_not"], "new instances start on it");
    assert_eq!(fields(&json), ["schema", "source", "versions"]);
    // The first column of the table.
    let (_, table) = DOCUMENTED.split_once("| field | |\n").unwrap();
    let rows = table.lines().take_while(|line| line.starts_with('|'));
    let cells = rows.filter_map(|row| row.split('|').nth(1));
    let mut documented: Vec<&str> = cells
        .flat_map(|cell| cell.split('`').skip(1).step_by(2))
        .collect();
    documented.sort_unstable();
    assert_eq!(fields(old), documented);
}

#[test]
fn the_hub_may_be_named_and_what_cannot_be_done_has_an_exit_code_of_its_own() {
    let mut shop = Shop::new("codes");
    run(async { drop(shop.open().await) });
    let elsewhere = |arguments: &[&str]| {
        let output = shop
            .program(RELEASE_2)
            .env(HUB_VARIABLE, "nowhere.db")
            .arg("durable")
            .args(arguments)
            .output();
        Done(output.unwrap())
    };
    let hub = shop.hub.to_str().unwrap();
    elsewhere(&["replay-check", "--hub", hub]).ended_with(0);
    let missing = elsewhere(&["replay-check"]).ended_with(3);
    assert!(
        missing
            .complained()
            .starts_with("error: opening the hub `nowhere.db` failed")
    );
    assert!(!shop.folder().join("nowhere.db").exists(), "nothing is made");

    for (arguments, complaint) in [
        (
            &["verions"][..],
            "error: there is no command `durable verions`; did you mean `versions`?",
        ),
        (&["replay-check", "--jsn"], "did you mean `--json`?"),
        (&["replay-check", "--version", "one"], "error: `--version one`: "),
        (&["export"], "error: `durable export` needs `--to FOLDER`"),
        (&[], "error: a command is missing"),
    ] {
        let refused = elsewhere(arguments).ended_with(2);
        assert!(
            refused.complained().contains(complaint),
            "{}",
            refused.complained()
        );
        assert_eq!(refused.said(), "");
    }
    let blocked = elsewhere(&["export", "--hub", hub, "--to", &format!("{hub}/below")]).ended_with(3);
    assert!(
        blocked.complained().contains("Not a directory"),
        "{}",
        blocked.complained()
    );
}

#[test]
fn every_command_has_help() {
    let shop = Shop::new("help");
    let all = shop.durable(RELEASE_1, &["help"]).ended_with(0).said();
    assert_eq!(shop.durable(RELEASE_1, &["--help"]).ended_with(0).said(), all);
    for command in ["versions", "replay-check", "export"] {
        assert!(all.contains(&format!("\n  {command} ")), "{all}");
        let help = shop.durable(RELEASE_1, &[command, "--help"]).ended_with(0).said();
        assert!(help.contains("--hub HUB") && help.contains("--json"), "{help}");
        assert_eq!(
            shop.durable(RELEASE_1, &["help", command]).ended_with(0).said(),
            help
        );
    }
}

#[test]
fn a_hub_in_an_azure_storage_account_may_be_named_and_its_secret_is_not_an_argument() {
    let Some(azurite) = durable_testazure::shared().unwrap() else {
        return;
    };
    let shop = Shop::new("azure");
    let place = format!("azure://{}", durable_testazure::fresh_name("commands"));
    let asked = |arguments: &[&str], secret: Option<&str>| {
        let mut command = shop.program(RELEASE_2);
        command.arg("durable").args(arguments);
        command.env_remove(CONNECTION_VARIABLE);
        command.envs(secret.map(|secret| (CONNECTION_VARIABLE, secret)));
        Done(command.output().unwrap())
    };
    let connection = azurite.connection_string();
    let versions = ["versions", "--json", "--hub", &place];

    // Nothing is made by looking.
    let missing = asked(&versions, Some(&connection)).ended_with(3);
    assert!(
        missing.complained().contains("TableNotFound"),
        "{}",
        missing.complained()
    );

    let order = Order {
        number: 1,
        wait: Wait::Approval,
    };
    let name = place.strip_prefix("azure://").unwrap();
    run(async {
        let hub = AzureHub::at(&connection, name);
        let client = App::new(hub).client().await.unwrap();
        client.start(checkout_v1, order).id("order-1").await.unwrap();
    });
    let json: Value =
        serde_json::from_str(&asked(&versions, Some(&connection)).ended_with(0).said()).unwrap();
    let running: Vec<_> = json["versions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| &row["running"])
        .collect();
    assert!(running.contains(&&Value::from(1)), "{json}");

    let without = asked(&versions, None).ended_with(3);
    assert!(
        without.complained().contains(CONNECTION_VARIABLE),
        "{}",
        without.complained()
    );
    let wrong = asked(&versions, Some("AccountName=a;AccountKey=this is secret")).ended_with(3);
    assert!(!wrong.complained().contains("secret"), "{}", wrong.complained());
    let unknown = asked(&["versions", "--hub", "azur://Orders"], None).ended_with(2);
    assert!(
        unknown
            .complained()
            .contains("`--hub`: `azur://Orders` is no hub"),
        "{}",
        unknown.complained()
    );
}
