//! Nodes on one table, and the chance that decides which of them makes the next step.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use durable_core::{Clock, Timestamp};
use durable_testkit::{ManualClock, SeededBits};
use tokio::sync::Mutex;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use super::table::{Manner, MemoryTable};
use crate::partition::keeper::{Keeper, Made};
use crate::partition::manager::PartitionEvent;
use crate::partition::pass::{Course, Pace};
use crate::partition::{PartitionError, PartitionSettings, QueueLease};

type PassFuture = Pin<Box<dyn Future<Output = Result<Made, PartitionError>>>>;

/// One node: what the task does, taken apart so that the simulation decides when.
pub(super) struct Node {
    id: String,
    /// By how much its clock is ahead.
    ahead: Duration,
    keeper: Arc<Mutex<Keeper>>,
    events: UnboundedReceiver<PartitionEvent>,
    /// The pass that is under way.
    pass: Option<PassFuture>,
    next_pass: Timestamp,
    /// It stands still until then.
    stopped_until: Timestamp,
    is_leaving: bool,
    has_left: bool,
    /// What it was told to listen to, over or not.
    leases: Vec<(String, QueueLease)>,
    /// Queues that it drains, and when that will be over.
    drains: Vec<(String, Timestamp)>,
}

/// A clock that is not quite right.
#[derive(Debug)]
struct Ahead {
    clock: ManualClock,
    by: Duration,
}

impl Clock for Ahead {
    fn now(&self) -> Timestamp {
        self.clock.now() + self.by
    }

    fn sleep_until(&self, deadline: Timestamp) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        self.clock.sleep_until(deadline - self.by)
    }
}

pub(super) struct World {
    pub(super) clock: ManualClock,
    /// By how much two nodes' clocks differ at most.
    skew: Duration,
    bits: SeededBits,
    pub(super) table: MemoryTable,
    pub(super) nodes: Vec<Node>,
    born: usize,
    /// How long a drain takes at most; the protocol's limit is a minute.
    longest_drain: Duration,
    /// How many events the nodes got.
    pub(super) events: usize,
    /// How often a queue had two owners, each by its own clock.
    pub(super) doubled: usize,
}

impl World {
    pub(super) fn new(seed: u64, skew: Duration) -> Self {
        let bits = SeededBits::new(seed);
        let queues = 1 + usize::try_from(bits.next_u64() % 16).unwrap();
        let mut world = Self::empty(queues, bits, skew);
        for _ in 0..=world.below(4) {
            world.join_new();
        }
        world
    }

    /// Queues, and nobody.
    pub(super) fn empty(queues: usize, bits: SeededBits, skew: Duration) -> Self {
        Self {
            clock: ManualClock::new(),
            skew,
            table: MemoryTable::new(queues, Manner::InSteps),
            nodes: Vec::new(),
            born: 0,
            longest_drain: Duration::from_secs(90),
            events: 0,
            doubled: 0,
            bits,
        }
    }

    pub(super) fn join_new(&mut self) {
        let id = self.new_id();
        self.join(id);
    }

    pub(super) fn below(&self, end: u64) -> u64 {
        self.bits.next_u64() % end
    }

    /// True once in so many times.
    pub(super) fn once_in(&self, times: u64) -> bool {
        self.below(times) == 0
    }

    pub(super) fn seconds_below(&self, end: u64) -> Duration {
        Duration::from_millis(self.below(end * 1000))
    }

    /// A node leaves in order.
    pub(super) fn leave(&mut self, place: usize) {
        self.nodes[place].is_leaving = true;
        self.nodes[place].next_pass = self.clock.now();
    }

    fn new_id(&mut self) -> String {
        self.born += 1;
        format!("node{}", self.born)
    }

    fn join(&mut self, id: String) {
        let (sender, events) = unbounded_channel();
        let ahead = Duration::from_millis(self.below(1 + u64::try_from(self.skew.as_millis()).unwrap()));
        let keeper = Keeper::new(
            id.clone(),
            PartitionSettings::default(),
            Arc::new(Ahead {
                clock: self.clock.clone(),
                by: ahead,
            }),
            Arc::new(self.table.clone()),
            sender,
        );
        self.nodes.push(Node {
            id,
            ahead,
            keeper: Arc::new(Mutex::new(keeper)),
            events,
            pass: None,
            next_pass: self.clock.now(),
            stopped_until: self.clock.now(),
            is_leaving: false,
            has_left: false,
            leases: Vec::new(),
            drains: Vec::new(),
        });
    }

    /// Something happens that nobody planned.
    pub(super) fn disturb(&mut self) {
        let place = usize::try_from(self.below(self.nodes.len() as u64)).unwrap();
        match self.below(7) {
            0 if self.nodes.len() < 6 => self.join_new(),
            // A process dies; sometimes one with its id takes its place.
            1 => {
                let dead = self.nodes.swap_remove(place);
                let id = if self.once_in(2) {
                    dead.id.clone()
                } else {
                    self.new_id()
                };
                drop(dead);
                self.join(id);
            }
            2 => self.nodes[place].stopped_until = self.clock.now() + self.seconds_below(100),
            // A pass takes too long; what it has sent may have been done.
            3 => {
                self.nodes[place].pass = None;
                self.nodes[place].next_pass = self.clock.now();
            }
            4 => self.leave(place),
            5 => self.offer(place),
            _ => self.clock.advance(self.seconds_below(20)),
        }
    }

    /// A node has work for another, which may be gone.
    fn offer(&mut self, place: usize) {
        let to = format!("node{}", 1 + self.below(self.born as u64));
        let leases = &self.nodes[place].leases;
        if let (Some((queue, _)), Ok(mut keeper)) = (leases.last(), self.nodes[place].keeper.try_lock()) {
            keeper.offer(queue.clone(), to);
        }
    }

    /// One node makes one step.
    pub(super) fn run(&mut self, place: usize) {
        let now = self.clock.now();
        let limit = self.longest_drain.as_secs();
        let drain_time = self.seconds_below(limit.max(1));
        let node = &mut self.nodes[place];
        if now < node.stopped_until || node.has_left {
            return;
        }
        node.advance(now);
        while let Ok(event) = node.events.try_recv() {
            self.events += 1;
            match event {
                PartitionEvent::Listen { queue, lease } => {
                    node.drains.retain(|(drained, _)| *drained != queue);
                    node.leases.push((queue, lease));
                }
                PartitionEvent::Drain { queue } => node.drains.push((queue, now + drain_time)),
                PartitionEvent::Stop { queue } => {
                    node.drains.retain(|(drained, _)| *drained != queue);
                    node.leases.retain(|(held, lease)| {
                        assert!(
                            *held != queue || !lease.is_owned(now),
                            "{} was stopped but owns {queue}",
                            node.id
                        );
                        *held != queue
                    });
                }
            }
        }
        self.nodes.retain(|node| !node.has_left);
        if self.nodes.is_empty() {
            self.join_new();
        }
    }

    /// At this moment, no queue has two owners, and who thinks that it owns one is named by the row; but for as long as
    /// the nodes' clocks differ.
    pub(super) fn check(&mut self) {
        let now = self.clock.now() + self.skew;
        for row in self.table.rows() {
            let owners: Vec<&Node> = self
                .nodes
                .iter()
                .filter(|node| node.owns(&row.queue, now))
                .collect();
            let own_time = self.clock.now();
            let by_own_clocks = self
                .nodes
                .iter()
                .filter(|node| node.owns(&row.queue, own_time + node.ahead));
            self.doubled += usize::from(by_own_clocks.count() > 1);
            let names: Vec<&str> = owners.iter().map(|node| node.id.as_str()).collect();
            assert!(names.len() <= 1, "{} is owned by {names:?}: {row:?}", row.queue);
            for node in owners {
                assert!(
                    row.is_owned_by(&node.id),
                    "{} thinks that it owns {row:?}",
                    node.id
                );
                assert!(!row.is_expired(now), "{} thinks that it owns {row:?}", node.id);
            }
        }
    }

    /// Ends all trouble: whoever stands still goes on, and drains that begin now are short. What the dead own is still
    /// theirs, and drains that hang do so still.
    pub(super) fn calm(&mut self) {
        self.longest_drain = Duration::from_secs(2);
        for node in &mut self.nodes {
            node.stopped_until = self.clock.now();
        }
    }

    /// Lets a second pass, all nodes being equally quick.
    pub(super) fn pass_second(&mut self) {
        self.clock.advance(Duration::from_secs(1));
        // Passes that fail are made again at once, until nobody is in another's way.
        while self.nodes.iter().any(|node| node.is_busy(self.clock.now())) {
            for place in (0..self.nodes.len()).rev() {
                if place < self.nodes.len() {
                    self.run(place);
                }
            }
        }
        self.check();
    }

    pub(super) fn is_even(&self) -> bool {
        let rows = self.table.rows();
        let shares = self.nodes.iter().map(|node| {
            let owned = rows.iter().filter(|row| row.is_owned_by(&node.id));
            owned.count()
        });
        let shares: Vec<usize> = shares.collect();
        let settled = rows
            .iter()
            .all(|row| row.next_owner.is_none() && !row.is_draining);
        settled
            && shares.iter().sum::<usize>() == rows.len()
            && shares.iter().max().unwrap() - shares.iter().min().unwrap() <= 1
    }
}

impl Node {
    fn owns(&self, queue: &str, now: Timestamp) -> bool {
        let mut leases = self.leases.iter();
        leases.any(|(held, lease)| held == queue && lease.is_owned(now))
    }

    fn is_busy(&self, now: Timestamp) -> bool {
        self.pass.is_some() || now >= self.next_pass
    }

    /// Does what the task would do next: a step of its pass, or the beginning of one.
    fn advance(&mut self, now: Timestamp) {
        if let Some(pass) = &mut self.pass {
            match pass.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
                Poll::Pending => {}
                Poll::Ready(made) => {
                    self.pass = None;
                    self.passed(&made, now);
                }
            }
            return;
        }
        let Ok(mut keeper) = self.keeper.try_lock() else {
            return;
        };
        keeper.lapse();
        for (queue, _) in self.drains.extract_if(.., |(_, over)| now >= *over) {
            keeper.drained(&queue);
            self.next_pass = now;
        }
        if self.is_leaving {
            keeper.steer(Course::Leaving);
        }
        drop(keeper);
        if now >= self.next_pass {
            let keeper = self.keeper.clone();
            self.pass = Some(Box::pin(async move { keeper.lock_owned().await.pass().await }));
        }
    }

    fn passed(&mut self, made: &Result<Made, PartitionError>, now: Timestamp) {
        self.has_left = self.is_leaving && made.as_ref().is_ok_and(|made| made.owned == 0);
        let pause = match made {
            Ok(Made {
                pace: Pace::AtInterval,
                ..
            }) => 10,
            Ok(Made { pace: Pace::Soon, .. }) => 1,
            Err(_) => 0,
        };
        self.next_pass = now + Duration::from_secs(pause);
    }
}
