//! Whatever the core holds comes back from every stored form.

use durable_core::history::ChildPolicy;
use proptest::prelude::*;
use std::time::Duration;

use super::super::{
    Address, Envelope, Extras, Guid, Inputs, MessageData, Place, WireEvent, event_row, read_event_row,
};
use super::arbitrary;
use crate::value::{Ticks, Value};

fn extras() -> impl Strategy<Value = Extras> {
    let policies = prop_oneof![
        Just(ChildPolicy::Cancel),
        Just(ChildPolicy::Terminate),
        Just(ChildPolicy::Abandon)
    ];
    let numbers = (any::<u32>(), proptest::option::of(0..u64::MAX / 4), any::<u32>());
    let texts = (
        proptest::option::of(arbitrary::texts()),
        proptest::option::of(arbitrary::payloads()),
        proptest::option::of(arbitrary::texts()),
    );
    (proptest::option::of(policies), numbers, texts, any::<bool>()).prop_map(
        |(policy, (attempt, heartbeat, handed_out), (queue, progress, caused_by), carried)| Extras {
            policy,
            attempt,
            heartbeat: heartbeat.map(Duration::from_micros),
            queue,
            progress,
            handed_out,
            carried,
            caused_by,
        },
    )
}

fn messages() -> impl Strategy<Value = MessageData> {
    let ids = (any::<u128>(), any::<i64>(), proptest::option::of(any::<i32>()));
    let addresses = (
        arbitrary::texts(),
        proptest::option::of(arbitrary::texts()),
        arbitrary::texts(),
        proptest::option::of(arbitrary::texts()),
    );
    let rest = (
        proptest::option::of(arbitrary::tags_of_map()),
        proptest::option::of(arbitrary::texts()),
        extras(),
    );
    (arbitrary::events(), ids, addresses, rest).prop_map(
        |(
            event,
            (id, sequence_number, episode),
            (to, to_execution, by, by_execution),
            (tags, trace, extras),
        )| {
            MessageData {
                activity_id: Guid(id),
                event: WireEvent::of(event),
                target: Address::new(&to, to_execution.as_deref()),
                context_tags: tags,
                sequence_number,
                episode,
                sender: Address::new(&by, by_execution.as_deref()),
                trace_context: trace,
                extras,
            }
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn every_message_comes_back(message in messages()) {
        let text = message.write().unwrap();
        let read = Envelope::read(&text).unwrap();
        prop_assert_eq!(&read, &Envelope::Message(Box::new(message)));
        let Envelope::Message(read) = read else { unreachable!() };
        prop_assert_eq!(read.write().unwrap(), text);
    }

    #[test]
    fn no_message_holds_what_xml_refuses(message in messages()) {
        let text = message.write().unwrap();
        let refused = text.chars().find(|&c| c < ' ' || matches!(c, '\u{fffe}' | '\u{ffff}'));
        prop_assert_eq!(refused, None);
    }

    #[test]
    fn every_event_comes_back_from_its_row(event in arbitrary::events(), index in any::<u64>()) {
        let event = WireEvent::of(event);
        let place = Place { instance: "a/b", execution: "e", index };
        let row = event_row(place, &event, Inputs::Kept).unwrap();
        prop_assert_eq!(&read_event_row(&row).unwrap(), &event);
        prop_assert_eq!(event_row(place, &read_event_row(&row).unwrap(), Inputs::Kept).unwrap(), row);
    }

    #[test]
    fn no_column_holds_what_a_table_refuses(event in arbitrary::events()) {
        let row = event_row(Place { instance: "a", execution: "e", index: 0 }, &WireEvent::of(event), Inputs::Kept);
        let earliest = Ticks::parse("1601-01-01T00:00:00Z").unwrap();
        for (name, value) in row.unwrap().columns {
            prop_assert!(!name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_'), "{}", name);
            if let Value::DateTime(at) = value {
                prop_assert!(at >= earliest);
            }
        }
    }
}
