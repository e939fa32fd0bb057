//! Many nodes on one table, in every order that chance brings: each storage operation of each node is a step of its own,
//! nodes stand still, die, leave and come, passes are given up in the middle, and drains end late or never.

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
struct Node {
    id: String,
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

struct World {
    clock: ManualClock,
    bits: SeededBits,
    table: MemoryTable,
    nodes: Vec<Node>,
    born: usize,
    /// How long a drain takes at most; the protocol's limit is a minute.
    longest_drain: Duration,
    /// How many events the nodes got.
    events: usize,
}

impl World {
    fn new(seed: u64) -> Self {
        let bits = SeededBits::new(seed);
        let queues = 1 + usize::try_from(bits.next_u64() % 16).unwrap();
        let mut world = Self {
            clock: ManualClock::new(),
            table: MemoryTable::new(queues, Manner::InSteps),
            nodes: Vec::new(),
            born: 0,
            longest_drain: Duration::from_secs(90),
            events: 0,
            bits,
        };
        for _ in 0..=world.below(4) {
            let id = world.new_id();
            world.join(id);
        }
        world
    }

    fn below(&self, end: u64) -> u64 {
        self.bits.next_u64() % end
    }

    /// True once in so many times.
    fn once_in(&self, times: u64) -> bool {
        self.below(times) == 0
    }

    fn seconds_below(&self, end: u64) -> Duration {
        Duration::from_millis(self.below(end * 1000))
    }

    fn new_id(&mut self) -> String {
        self.born += 1;
        format!("node{}", self.born)
    }

    fn join(&mut self, id: String) {
        let (sender, events) = unbounded_channel();
        let keeper = Keeper::new(
            id.clone(),
            PartitionSettings::default(),
            Arc::new(self.clock.clone()),
            Arc::new(self.table.clone()),
            sender,
        );
        self.nodes.push(Node {
            id,
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
    fn disturb(&mut self) {
        let place = usize::try_from(self.below(self.nodes.len() as u64)).unwrap();
        match self.below(7) {
            0 if self.nodes.len() < 6 => {
                let id = self.new_id();
                self.join(id);
            }
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
            4 => self.nodes[place].is_leaving = true,
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
    fn run(&mut self, place: usize) {
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
            let id = self.new_id();
            self.join(id);
        }
    }

    /// At this moment, no queue has two owners, and who thinks that it owns one is named by the row.
    fn check(&self) {
        let now = self.clock.now();
        for row in self.table.rows() {
            let owners: Vec<&Node> = self
                .nodes
                .iter()
                .filter(|node| node.owns(&row.queue, now))
                .collect();
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
    fn calm(&mut self) {
        self.longest_drain = Duration::from_secs(2);
        for node in &mut self.nodes {
            node.stopped_until = self.clock.now();
        }
    }

    /// Lets a second pass, all nodes being equally quick.
    fn pass_second(&mut self) {
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

    fn is_even(&self) -> bool {
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

/// Runs steps in a random order, with trouble once in so many of them.
fn trouble(world: &mut World, steps: usize, once_in: u64) {
    for _ in 0..steps {
        let place = usize::try_from(world.below(world.nodes.len() as u64)).unwrap();
        world.run(place);
        world.check();
        if world.once_in(10) {
            world.clock.advance(world.seconds_below(3));
            world.check();
        }
        if world.once_in(once_in) {
            world.disturb();
            world.check();
        }
    }
}

#[test]
fn no_queue_has_two_owners_whatever_happens() {
    let mut events = 0;
    for seed in 0..100 {
        let mut world = World::new(seed);
        trouble(&mut world, 1200, 100);
        events += world.events;
    }
    // The nodes were not only in each other's way.
    assert!(events > 3000, "{events} events");
}

/// From the end of all trouble: the dead nodes' leases run out within 30 s and are claimed by the next pass 10 s later,
/// drains that hang are cut off after 60 s, and the rest is a few passes, at one second from each other.
const SECONDS_TO_SETTLE: usize = 120;

#[test]
fn after_any_trouble_the_queues_are_soon_spread_evenly_and_stay_where_they_are() {
    for seed in 0..40 {
        let mut world = World::new(seed);
        trouble(&mut world, 500, 40);
        world.calm();
        let mut seconds = 0;
        while !world.is_even() {
            world.pass_second();
            seconds += 1;
            assert!(
                seconds <= SECONDS_TO_SETTLE,
                "seed {seed}: {:?}",
                world.table.rows()
            );
        }
        // A node that owns a row without knowing it, because an answer was lost, finds it in its next pass.
        for _ in 0..11 {
            world.pass_second();
        }
        let (owners, events) = (world.table.owners(), world.events);
        for _ in 0..60 {
            world.pass_second();
        }
        assert_eq!(
            (world.table.owners(), world.events),
            (owners, events),
            "seed {seed}"
        );
    }
}
