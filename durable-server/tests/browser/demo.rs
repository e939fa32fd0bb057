//! A shop on an ordinary day: instances in every state, a retired version, and one that nobody has.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use durable::activity::StateMap;
use durable::history::{Event, EventKind};
use durable::hub::{InstanceRecord, TaskHub};
use durable::registry::{DefaultVersions, Registry};
use durable::sqlite::SqliteHub;
use durable::worker::WorkerOptions;
use durable::{
    CancelToken, Client, Clock, InstanceId, InstanceStatus, SystemClock, Version, Worker, WorkerError,
    WorkerId,
};
use durable_testkit::ManualClock;
use tokio::task::JoinHandle;

use crate::shop::{DECLINED, FLAKY, Order, Tries, newsletter, order};

/// For how long the shop has been open when somebody looks.
const OPEN: Duration = Duration::from_hours(2);

/// A hub with a worker.
pub(crate) struct World {
    hub: Arc<dyn TaskHub>,
    stop: CancelToken,
    tasks: Vec<JoinHandle<()>>,
    worker: JoinHandle<Result<(), WorkerError>>,
}

impl World {
    /// Lets a worker work on a hub whose clock is the test's.
    pub(crate) fn start(hub: Arc<dyn TaskHub>, clock: &ManualClock) -> Self {
        let stop = CancelToken::new();
        let stopped = stop.clone();
        let worker = Worker::with_registry(Arc::clone(&hub), Arc::new(Registry::collected().unwrap()))
            .states(StateMap::new().with(clock.clone()).with(Tries::default()))
            .options(|options: &mut WorkerOptions| options.id = Some(WorkerId::new("shop-1").unwrap()));
        let worker = tokio::spawn(worker.run_until(async move { stopped.cancelled().await }));
        Self {
            hub,
            stop,
            tasks: Vec::new(),
            worker,
        }
    }

    pub(crate) fn hub(&self) -> Arc<dyn TaskHub> {
        Arc::clone(&self.hub)
    }

    pub(crate) fn client(&self) -> Client {
        let registry = Arc::new(Registry::collected().unwrap());
        Client::with_registry(self.hub(), registry, DefaultVersions::new())
    }

    /// Lets the clock go on as that of the wall, so that timers fire while somebody looks.
    pub(crate) fn live(&mut self, clock: &ManualClock) {
        let clock = clock.clone();
        self.tasks.push(tokio::spawn(async move {
            loop {
                tokio::time::sleep(Duration::from_millis(20)).await;
                let now = SystemClock.now();
                if now > clock.now() {
                    clock.advance_to(now);
                }
            }
        }));
    }

    pub(crate) async fn stop(self) {
        self.stop.cancel();
        for task in self.tasks {
            task.abort();
        }
        self.worker.await.unwrap().unwrap();
    }
}

pub(crate) async fn open(folder: &Path) -> World {
    let clock = ManualClock::starting_at(SystemClock.now() - OPEN);
    let hub = SqliteHub::at(folder.join("shop.db"))
        .clock(Arc::new(clock.clone()))
        .lease(Duration::from_hours(100));
    let mut world = World::start(Arc::new(hub.open().unwrap()), &clock);
    let shop = Shop {
        client: world.client(),
        clock: clock.clone(),
    };
    shop.fill().await;
    let behind = SystemClock.now().saturating_since(clock.now());
    assert!(behind > Duration::from_secs(1), "the day is over too early");
    world.live(&clock);
    world
}

struct Shop {
    client: Client,
    clock: ManualClock,
}

const CUSTOMERS: [&str; 9] = [
    "Ada Lovelace",
    "Grace Hopper",
    "Édouard Lucas",
    "山田 花子",
    "Barbara Liskov",
    "Edsger Dijkstra",
    "Sofja Kowalewskaja",
    "Alan Kay",
    "Radia Perlman",
];

impl Shop {
    fn order(number: u32, cents: u64, gift: bool) -> Order {
        let customer = CUSTOMERS[number as usize % CUSTOMERS.len()].to_owned();
        Order {
            number,
            customer,
            cents,
            gift,
        }
    }

    async fn fill(&self) {
        for number in 1001..1013 {
            self.old(number, "1").await;
        }
        self.old(1013, "2").await;
        self.waiting("order-1013", 5).await;
        for number in 1014..1040 {
            self.clock
                .advance(Duration::from_secs(20 + u64::from(number % 11) * 13));
            match number % 9 {
                3 => self.failed(number).await,
                5 => self.flaky(number).await,
                7 => self.news(number).await,
                _ => self.approved(number).await,
            }
        }
        self.clock.advance(Duration::from_mins(4));
        self.terminated(1040).await;
        self.suspended(1041).await;
        self.blocked(1042).await;
        self.gift(1043).await;
        self.start(Self::order(1044, 4_200, false), "3").await;
        self.waiting("order-1044", 12).await;
        self.clock.advance(Duration::from_secs(41));
        self.failed(1045).await;
        self.stalled().await;
        self.hostile().await;
        let due = self.clock.now() + Duration::from_hours(20);
        let night = self.client.start(newsletter, Self::order(1, 0, false));
        night
            .id("newsletter-tonight")
            .at(due)
            .tag("region", "north")
            .await
            .unwrap();
    }

    async fn start(&self, order_given: Order, version: &str) -> String {
        let id = format!("order-{}", order_given.number);
        let region = if order_given.number.is_multiple_of(2) {
            "north"
        } else {
            "south"
        };
        let start = self.client.start(order, order_given);
        let version = Version::new(version).unwrap();
        start
            .id(&id)
            .version(version)
            .tag("region", region)
            .await
            .unwrap();
        id
    }

    async fn old(&self, number: u32, version: &str) {
        self.clock.advance(Duration::from_secs(70));
        let id = self
            .start(Self::order(number, 2_000 + u64::from(number), false), version)
            .await;
        if version == "1" {
            self.ended(&id).await;
        }
    }

    async fn approved(&self, number: u32) {
        let id = self
            .start(Self::order(number, 1_000 + u64::from(number), false), "3")
            .await;
        self.approve(&id).await;
        self.until_timer(&id, |count| count >= 2).await;
        self.clock.advance(Duration::from_secs(3));
        self.ended(&id).await;
    }

    async fn approve(&self, id: &str) {
        self.status(id, "waiting for approval").await;
        self.clock.advance(Duration::from_secs(7));
        let instance = self.client.instance(id).unwrap();
        instance.raise_event("approval", &true).await.unwrap();
    }

    async fn flaky(&self, number: u32) {
        let id = self.start(Self::order(number, FLAKY, false), "3").await;
        self.pauses(&id).await;
        self.approve(&id).await;
        self.until_timer(&id, |count| count >= 4).await;
        self.clock.advance(Duration::from_secs(3));
        self.ended(&id).await;
    }

    async fn failed(&self, number: u32) {
        let id = self.start(Self::order(number, DECLINED, false), "3").await;
        self.pauses(&id).await;
        self.ended(&id).await;
    }

    /// Goes past the two pauses between three tries.
    async fn pauses(&self, id: &str) {
        for pause in 1..=2 {
            self.until_timer(id, |count| count >= pause).await;
            self.clock
                .advance(Duration::from_secs(if pause == 1 { 2 } else { 4 }));
        }
    }

    async fn news(&self, number: u32) {
        let id = format!("newsletter-{number}");
        let start = self.client.start(newsletter, Self::order(number, 0, false));
        start.id(&id).tag("region", "north").await.unwrap();
        self.ended(&id).await;
    }

    async fn terminated(&self, number: u32) {
        let id = self.start(Self::order(number, 5_000, false), "3").await;
        self.status(&id, "waiting for approval").await;
        let instance = self.client.instance(&id).unwrap();
        instance
            .terminate("the customer has ordered twice")
            .await
            .unwrap();
        self.ended(&id).await;
    }

    async fn suspended(&self, number: u32) {
        let id = self.start(Self::order(number, 5_000, false), "3").await;
        self.status(&id, "waiting for approval").await;
        let instance = self.client.instance(&id).unwrap();
        instance.suspend("stock-taking").await.unwrap();
        self.until(&id, |record| record.status == InstanceStatus::Suspended)
            .await;
    }

    async fn blocked(&self, number: u32) {
        let id = self.start(Self::order(number, 5_000, false), "3").await;
        self.status(&id, "waiting for approval").await;
        let instance = self.client.instance(&id).unwrap();
        instance.raise_event("approval", &"perhaps").await.unwrap();
        self.until(&id, |record| record.blocked.is_some()).await;
    }

    /// An order with retries, a timer, an event, and a child that waits.
    async fn gift(&self, number: u32) {
        let id = self.start(Self::order(number, FLAKY, true), "3").await;
        self.pauses(&id).await;
        self.approve(&id).await;
        self.status(&id, "shipping").await;
        let child = self.called(&id).await;
        self.until(child.as_str(), |record| record.custom_status.is_some())
            .await;
    }

    /// An instance of a version that no worker has.
    async fn stalled(&self) {
        let foreign = Client::without_code(Arc::clone(self.client.hub()));
        let input = durable::Payload::from_json("{\"account\": \"DE02 1203 0000 0000 2020 51\"}").unwrap();
        let start = foreign.start_named("payout", input);
        start
            .id("payout-2026-11")
            .version(Version::new("7").unwrap())
            .await
            .unwrap();
    }

    /// What is called and holds what a careless page would run.
    async fn hostile(&self) {
        for id in ["<img src=x onerror=window.hacked=1>", "<script>window.hacked=1"] {
            let given = Order {
                customer: "</script><script>window.hacked=1</script>".to_owned(),
                ..Self::order(1046, 1, false)
            };
            let start = self.client.start(order, given);
            start
                .id(id)
                .tag("<b>tag", "\"><svg onload=window.hacked=1>")
                .await
                .unwrap();
            self.status(id, "waiting for approval").await;
            let instance = self.client.instance(id).unwrap();
            instance
                .terminate("<img src=x onerror=window.hacked=1>")
                .await
                .unwrap();
            self.ended(id).await;
        }
    }

    async fn waiting(&self, id: &str, events: u64) {
        self.until(id, |record| {
            record.event_count >= events && record.status == InstanceStatus::Running
        })
        .await;
    }

    async fn status(&self, id: &str, wanted: &str) {
        self.until(id, |record| {
            let status: Option<String> = record.custom_status_as().ok().flatten();
            status.as_deref() == Some(wanted)
        })
        .await;
    }

    async fn ended(&self, id: &str) {
        self.until(id, |record| record.status.is_ended()).await;
    }

    async fn until(&self, id: &str, predicate: impl Fn(&InstanceRecord) -> bool + Send + Sync) {
        let instance = self.client.instance(id).unwrap();
        let waiting = tokio::time::timeout(Duration::from_mins(1), instance.wait_until(predicate));
        let came = waiting.await.is_ok();
        assert!(came, "{id} does not come so far: {:?}", instance.status().await);
    }

    /// Waits until so many timers were set.
    async fn until_timer(&self, id: &str, enough: impl Fn(usize) -> bool) {
        self.history(id, |events| {
            let timers = events.iter().filter(|event| event.kind.name() == "TimerCreated");
            enough(timers.count()).then_some(())
        })
        .await;
    }

    /// Returns the instance that another has called, as soon as it has.
    async fn called(&self, id: &str) -> InstanceId {
        self.history(id, |events| {
            events.iter().find_map(|event| match &event.kind {
                EventKind::SubOrchestrationInstanceCreated { instance, .. } => Some(instance.clone()),
                _ => None,
            })
        })
        .await
    }

    /// Waits until something is found in a history.
    async fn history<T>(&self, id: &str, find: impl Fn(&[Event]) -> Option<T>) -> T {
        loop {
            let history = self.client.instance(id).unwrap().history().await;
            let events = history.map(|history| history.events).unwrap_or_default();
            if let Some(found) = find(&events) {
                return found;
            }
            let seen = u64::try_from(events.len()).unwrap();
            self.until(id, |record| record.event_count != seen).await;
        }
    }
}
