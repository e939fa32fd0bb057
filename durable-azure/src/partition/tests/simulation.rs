//! Many nodes on one table, in every order that chance brings: each storage operation of each node is a step of its own,
//! nodes stand still, die, leave and come, passes are given up in the middle, and drains end late or never.

use std::time::Duration;

use durable_testkit::SeededBits;

use super::world::World;

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
        let mut world = World::new(seed, Duration::ZERO);
        trouble(&mut world, 1200, 100);
        assert_eq!(world.doubled, 0);
        events += world.events;
    }
    // The nodes were not only in each other's way.
    assert!(events > 3000, "{events} events");
}

#[test]
fn clocks_that_differ_make_two_owners_for_no_longer_than_they_differ() {
    let mut doubled = 0;
    for seed in 0..100 {
        let mut world = World::new(seed, Duration::from_secs(5));
        trouble(&mut world, 1200, 100);
        doubled += world.doubled;
    }
    assert!(doubled > 0, "the clocks made no difference");
}

/// From the end of all trouble: the dead nodes' leases run out within 30 s and are claimed by the next pass 10 s later,
/// drains that hang are cut off after 60 s, and the rest is a few passes, at one second from each other.
const SECONDS_TO_SETTLE: usize = 120;

#[test]
fn after_any_trouble_the_queues_are_soon_spread_evenly_and_stay_where_they_are() {
    for seed in 0..40 {
        let mut world = World::new(seed, Duration::ZERO);
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

/// Lets time pass until the queues are spread evenly over `nodes` nodes, and returns how many seconds that took.
fn settle(world: &mut World, nodes: usize) -> usize {
    let mut seconds = 0;
    while world.nodes.len() != nodes || !world.is_even() {
        world.pass_second();
        seconds += 1;
        assert!(
            seconds <= SECONDS_TO_SETTLE,
            "{nodes} nodes: {:?}",
            world.table.rows()
        );
    }
    seconds
}

#[test]
fn each_join_and_each_leave_is_settled_within_a_few_passes() {
    for queues in 1..=16 {
        let mut world = World::empty(queues, SeededBits::new(queues as u64), Duration::ZERO);
        world.calm();
        for nodes in 1..=5 {
            world.join_new();
            // The others notice within ten seconds, drain for two at most, and one later the queues are claimed.
            let seconds = settle(&mut world, nodes);
            assert!(seconds <= 15, "{queues} queues, {nodes} nodes: {seconds} s");
        }
        for nodes in (1..=4).rev() {
            world.leave(0);
            // Who looks first takes all that is drained, which is evened out as after a join.
            let seconds = settle(&mut world, nodes);
            assert!(seconds <= 30, "{queues} queues, {nodes} nodes: {seconds} s");
        }
    }
}
