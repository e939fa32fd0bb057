//! The task: when it makes passes, and what it tells.

use std::sync::Arc;
use std::time::Duration;

use durable_core::Clock;
use durable_testkit::ManualClock;
use tokio::sync::mpsc::UnboundedReceiver;

use super::table::{Manner, MemoryTable};
use crate::partition::{Departure, PartitionEvent, PartitionManager, PartitionSettings, QueueLease};

/// A node with its hub's ear.
struct Node {
    clock: ManualClock,
    table: MemoryTable,
    manager: Arc<PartitionManager>,
    events: UnboundedReceiver<PartitionEvent>,
    /// How many passes had been read when it was last looked.
    reads: usize,
}

impl Node {
    fn new(id: &str, clock: &ManualClock, table: &MemoryTable) -> Self {
        let settings = PartitionSettings {
            // Real time, and never waited for but where a test says so.
            pass_limit: Duration::from_mins(10),
            ..PartitionSettings::default()
        };
        Self::with(settings, id, clock, table)
    }

    fn with(settings: PartitionSettings, id: &str, clock: &ManualClock, table: &MemoryTable) -> Self {
        let store = Arc::new(table.clone());
        let (manager, events) = PartitionManager::start(store, id, Arc::new(clock.clone()), settings);
        Self {
            clock: clock.clone(),
            table: table.clone(),
            manager: Arc::new(manager),
            events,
            reads: 0,
        }
    }

    /// A node alone, that reads `queues` queues.
    async fn working(queues: usize) -> (Self, Vec<QueueLease>) {
        let (clock, table) = (ManualClock::new(), MemoryTable::new(queues, Manner::AtOnce));
        let mut node = Self::new("a", &clock, &table);
        node.manager.work();
        let mut leases = Vec::new();
        for _ in 0..queues {
            leases.push(node.listen().await.1);
        }
        assert_eq!(node.passes().await, 1);
        (node, leases)
    }

    async fn listen(&mut self) -> (String, QueueLease) {
        match self.events.recv().await.unwrap() {
            PartitionEvent::Listen { queue, lease } => (queue, lease),
            other => panic!("{other:?}"),
        }
    }

    /// The next event, as a text.
    async fn event(&mut self) -> String {
        match self.events.recv().await.unwrap() {
            PartitionEvent::Listen { queue, .. } => format!("listen {queue}"),
            PartitionEvent::Drain { queue } => format!("drain {queue}"),
            PartitionEvent::Stop { queue } => format!("stop {queue}"),
        }
    }

    /// Lets everything run that can.
    async fn settle(&self) {
        // All tasks are on this thread, and none waits for anything but the clock: a few rounds and they are at rest.
        for _ in 0..100 {
            tokio::task::yield_now().await;
        }
    }

    /// How many passes were made since it was last asked.
    async fn passes(&mut self) -> usize {
        self.settle().await;
        let before = std::mem::replace(&mut self.reads, self.table.reads());
        self.reads - before
    }

    async fn passes_in(&mut self, time: Duration) -> usize {
        self.clock.advance(time);
        self.passes().await
    }
}

const SECOND: Duration = Duration::from_secs(1);

#[tokio::test]
async fn nothing_is_read_before_it_works() {
    let (clock, table) = (ManualClock::new(), MemoryTable::new(4, Manner::AtOnce));
    let mut node = Node::new("a", &clock, &table);
    assert_eq!(node.passes_in(SECOND * 3600).await, 0);
    assert_eq!(node.manager.leave().await, Departure::Graceful);
    node.manager.nudge();
    assert_eq!(node.passes().await, 0);
}

#[tokio::test]
async fn a_node_reads_the_queues_that_it_has_claimed() {
    let (clock, table) = (ManualClock::new(), MemoryTable::new(2, Manner::AtOnce));
    let mut node = Node::new("a", &clock, &table);
    node.manager.work();
    for expected in ["q00", "q01"] {
        let (queue, lease) = node.listen().await;
        assert_eq!(queue, expected);
        assert!(lease.may_take(clock.now()) && !lease.may_take(clock.now() + SECOND * 30));
    }
    assert_eq!(table.owners(), ["a", "a"]);
}

#[tokio::test]
async fn a_pass_is_made_every_ten_seconds_and_renews() {
    let (mut node, leases) = Node::working(1).await;
    assert_eq!(node.passes_in(SECOND * 9).await, 0);
    assert_eq!(node.passes_in(SECOND).await, 1);
    assert_eq!(leases[0].end(), node.clock.now() + SECOND * 30);
    node.manager.nudge();
    assert_eq!(node.passes().await, 1);
    assert_eq!(node.passes_in(SECOND * 10).await, 1);
}

#[tokio::test]
async fn a_node_that_cannot_renew_stops_by_its_own_clock() {
    let (mut node, leases) = Node::working(1).await;
    node.table.behave(Manner::Fails);
    node.clock.advance(SECOND * 29);
    node.settle().await;
    assert!(leases[0].may_take(node.clock.now()));
    node.clock.advance(SECOND);
    assert!(
        !leases[0].is_owned(node.clock.now()),
        "over by the clock, before anybody says so"
    );
    assert_eq!(node.event().await, "stop q00");
}

#[tokio::test]
async fn a_node_that_stood_still_stops_and_reads_under_a_new_lease() {
    let (mut node, leases) = Node::working(1).await;
    node.clock.advance(SECOND * 100);
    assert!(!leases[0].is_owned(node.clock.now()));
    assert_eq!(node.event().await, "stop q00");
    let (queue, lease) = node.listen().await;
    assert!(queue == "q00" && lease.may_take(node.clock.now()));
    assert!(!leases[0].is_owned(node.clock.now()));
}

#[tokio::test]
async fn a_queue_that_another_took_is_stopped_at_once() {
    let (mut node, leases) = Node::working(1).await;
    node.table
        .change("q00", |row| row.current_owner = Some("b".to_owned()));
    node.manager.nudge();
    assert_eq!(node.event().await, "stop q00");
    assert!(!leases[0].is_owned(node.clock.now()));
}

#[tokio::test]
async fn a_pass_that_fails_is_made_again_at_once_and_from_the_tenth_time_on_after_the_interval() {
    let (mut node, _) = Node::working(1).await;
    node.table.behave(Manner::Fails);
    assert_eq!(node.passes_in(SECOND * 10).await, 10);
    assert_eq!(node.passes_in(SECOND * 9).await, 0);
    assert_eq!(node.passes_in(SECOND).await, 1);
    node.table.behave(Manner::AtOnce);
    assert_eq!(node.passes_in(SECOND * 10).await, 1);
    // One that succeeds starts the count over.
    node.table.behave(Manner::Fails);
    assert_eq!(node.passes_in(SECOND * 10).await, 10);
}

#[tokio::test]
async fn a_pass_is_given_up_when_it_takes_too_long() {
    let (clock, table) = (ManualClock::new(), MemoryTable::new(1, Manner::NeverAnswers));
    let settings = PartitionSettings {
        pass_limit: Duration::from_millis(1),
        failures_at_once: u32::MAX,
        ..PartitionSettings::default()
    };
    let mut node = Node::with(settings, "a", &clock, &table);
    node.manager.work();
    while table.reads() < 3 {
        tokio::task::yield_now().await;
    }
    table.behave(Manner::AtOnce);
    assert_eq!(node.event().await, "listen q00");
}

#[tokio::test]
async fn another_node_that_was_quicker_starts_the_next_pass_at_once() {
    let (mut node, leases) = Node::working(1).await;
    node.table.behave(Manner::IsStale);
    assert_eq!(node.passes_in(SECOND * 10).await, 10);
    node.table.behave(Manner::AtOnce);
    assert_eq!(node.passes_in(SECOND * 10).await, 1);
    assert_eq!(leases[0].end(), node.clock.now() + SECOND * 30);
}

#[tokio::test]
async fn a_new_node_gets_its_share_within_a_second_of_the_drain() {
    let (clock, table) = (ManualClock::new(), MemoryTable::new(4, Manner::AtOnce));
    let (mut a, mut b) = (Node::new("a", &clock, &table), Node::new("b", &clock, &table));
    a.manager.work();
    a.settle().await;
    b.manager.work();
    b.settle().await;
    assert_eq!(table.owners(), ["a", "a", "a", "a"]);
    // `b` stands in line for two, and looks every second until they are its own.
    for queue in ["q00", "q01"] {
        assert_eq!(table.row(queue).next_owner.as_deref(), Some("b"));
    }
    clock.advance(SECOND * 10);
    for expected in [
        "listen q00",
        "listen q01",
        "listen q02",
        "listen q03",
        "drain q00",
        "drain q01",
    ] {
        assert_eq!(a.event().await, expected);
    }
    a.manager.drained("q00");
    a.manager.drained("q01");
    assert_eq!(a.event().await, "stop q00");
    assert_eq!(a.event().await, "stop q01");
    a.settle().await;
    clock.advance(SECOND);
    assert_eq!(b.event().await, "listen q00");
    assert_eq!(b.event().await, "listen q01");
    assert_eq!(table.owners(), ["b", "b", "a", "a"]);
}

#[tokio::test]
async fn a_queue_is_not_read_while_it_drains_and_is_released_at_once_when_that_is_over() {
    let (mut node, leases) = Node::working(1).await;
    node.table
        .change("q00", |row| row.next_owner = Some("b".to_owned()));
    node.manager.nudge();
    assert_eq!(node.event().await, "drain q00");
    let now = node.clock.now();
    assert!(leases[0].is_owned(now) && !leases[0].may_take(now));
    assert_eq!(node.passes().await, 1);
    // Renewed every second meanwhile.
    assert_eq!(node.passes_in(SECOND).await, 1);
    assert_eq!(leases[0].end(), node.clock.now() + SECOND * 30);
    node.manager.drained("q00");
    assert_eq!(node.event().await, "stop q00");
    assert!(!leases[0].is_owned(node.clock.now()));
    node.settle().await;
    assert_eq!(node.table.row("q00").current_owner, None);
    assert_eq!(node.table.row("q00").next_owner.as_deref(), Some("b"));
}

#[tokio::test]
async fn an_offered_queue_goes_to_the_other_and_stays_there_for_a_while() {
    let (mut node, _) = Node::working(2).await;
    node.clock.advance(SECOND * 10);
    node.settle().await;
    node.manager.offer("q01", "b");
    assert_eq!(node.event().await, "drain q01");
    node.manager.drained("q01");
    assert_eq!(node.event().await, "stop q01");
    node.settle().await;
    assert_eq!(node.table.row("q01").next_owner.as_deref(), Some("b"));
    // `b` takes it and this node is left with nothing to even out but that queue.
    node.table.change("q01", |row| {
        row.claim("b", node.clock.now(), SECOND * 3600);
    });
    node.table.change("q00", |row| {
        row.claim("b", node.clock.now(), SECOND * 3600);
    });
    node.manager.nudge();
    assert_eq!(node.event().await, "stop q00");
    node.settle().await;
    assert_eq!(node.table.row("q00").next_owner.as_deref(), Some("a"));
    assert_eq!(node.table.row("q01").next_owner, None);
}

#[tokio::test]
async fn an_offer_that_is_repeated_costs_one_pass() {
    let (mut node, _) = Node::working(2).await;
    for _ in 0..10 {
        node.manager.offer("q00", "b");
        node.manager.offer("q07", "b");
    }
    assert_eq!(node.passes().await, 1);
    // It waits until the queue was read for a while, and is not forgotten meanwhile.
    assert_eq!(node.passes_in(SECOND * 10).await, 1);
    assert_eq!(node.event().await, "drain q00");
    node.manager.offer("q00", "b");
    assert_eq!(node.passes().await, 0);
}

#[tokio::test]
async fn a_node_that_leaves_drains_all_and_then_rests() {
    let (mut node, leases) = Node::working(2).await;
    let manager = node.manager.clone();
    let left = tokio::spawn(async move { manager.leave().await });
    assert_eq!(node.event().await, "drain q00");
    assert_eq!(node.event().await, "drain q01");
    node.manager.drained("q01");
    assert_eq!(node.event().await, "stop q01");
    node.settle().await;
    assert!(!left.is_finished());
    node.manager.drained("q00");
    assert_eq!(node.event().await, "stop q00");
    assert_eq!(left.await.unwrap(), Departure::Graceful);
    assert_eq!(node.table.owners(), ["-", "-"]);
    assert!(leases.iter().all(|lease| !lease.is_owned(node.clock.now())));
    node.reads = node.table.reads();
    assert_eq!(node.passes_in(SECOND * 3600).await, 0);
    // And works again when it is asked to.
    node.manager.work();
    assert_eq!(node.event().await, "listen q00");
}

#[tokio::test]
async fn a_node_that_cannot_give_back_gives_up_after_ten_minutes() {
    let (mut node, _) = Node::working(1).await;
    node.table.behave(Manner::Fails);
    let manager = node.manager.clone();
    let left = tokio::spawn(async move { manager.leave().await });
    node.settle().await;
    node.clock.advance(SECOND * 599);
    node.settle().await;
    assert!(!left.is_finished());
    node.clock.advance(SECOND);
    assert_eq!(left.await.unwrap(), Departure::Forced);
    assert_eq!(node.event().await, "stop q00");
    node.reads = node.table.reads();
    assert_eq!(node.passes_in(SECOND * 3600).await, 0);
}

#[tokio::test]
async fn a_node_can_come_back_while_it_leaves() {
    let (mut node, leases) = Node::working(1).await;
    let manager = node.manager.clone();
    let left = tokio::spawn(async move { manager.leave().await });
    assert_eq!(node.event().await, "drain q00");
    node.manager.work();
    assert_eq!(left.await.unwrap(), Departure::CalledOff);
    assert_eq!(node.event().await, "listen q00");
    assert!(leases[0].may_take(node.clock.now()), "the same lease goes on");
    assert!(!node.table.row("q00").is_draining);
}

#[tokio::test]
async fn a_dropped_manager_owns_nothing_and_its_queues_are_taken_when_they_expire() {
    let (node, leases) = Node::working(2).await;
    let (clock, table) = (node.clock.clone(), node.table.clone());
    let mut heir = Node::new("b", &clock, &table);
    drop(node);
    heir.settle().await;
    assert!(leases.iter().all(|lease| !lease.is_owned(clock.now())));
    assert_eq!(table.owners(), ["a", "a"]);
    heir.manager.work();
    heir.settle().await;
    clock.advance(SECOND * 29);
    heir.settle().await;
    assert_eq!(table.owners(), ["a", "a"]);
    clock.advance(SECOND);
    assert_eq!(heir.event().await, "listen q00");
    assert_eq!(heir.event().await, "listen q01");
    assert_eq!(table.owners(), ["b", "b"]);
}
