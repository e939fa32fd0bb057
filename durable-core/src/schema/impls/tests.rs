//! What is described is what serde records.

use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap, HashMap, HashSet, LinkedList, VecDeque};
use std::ffi::{CString, OsString};
use std::fmt::Debug;
use std::marker::PhantomData;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6};
use std::num::{NonZero, Saturating, Wrapping};
use std::ops::Bound;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU8};
use std::sync::{Arc, Mutex, RwLock};
use std::time::{Duration, SystemTime};

use serde::Serialize;
use serde_json::{Map, Number, Value};

use crate::failure::{CallError, Failure, FailureDetails};
use crate::schema::{DurableSchema, Schema, Tagging};
use crate::{EventName, FailureOrigin, InstanceId, Timestamp, Version, WireName};

/// Checks that a value is recorded as its type says.
fn fits<T: DurableSchema + Serialize + Debug>(value: &T) {
    let recorded = serde_json::to_value(value).unwrap();
    let schema = T::describe();
    assert!(
        is_of(&recorded, &schema),
        "{value:?} is recorded as {recorded}, not {schema}"
    );
    assert_eq!(schema.to_string().parse().as_ref(), Ok(&schema));
}

fn is_of(value: &Value, schema: &Schema) -> bool {
    match (schema, value) {
        (Schema::Scalar(name), _) => is_scalar(value, name),
        (Schema::Optional(inner), _) => value.is_null() || is_of(value, inner),
        (Schema::Sequence(item), Value::Array(all)) => all.iter().all(|one| is_of(one, item)),
        (Schema::Array { item, len }, Value::Array(all)) => {
            all.len() == *len && all.iter().all(|one| is_of(one, item))
        }
        (Schema::Map { key, value: item }, Value::Object(all)) => all.iter().all(|(name, one)| {
            let number = || serde_json::from_str(name).is_ok_and(|number: Value| is_of(&number, key));
            (is_of(&Value::String(name.clone()), key) || number()) && is_of(one, item)
        }),
        (Schema::Tuple(items), Value::Null) => items.is_empty(),
        (Schema::Tuple(items), Value::Array(all)) => {
            items.len() == all.len() && all.iter().zip(items).all(|(one, item)| is_of(one, item))
        }
        (Schema::Struct(fields), Value::Object(all)) => {
            let known = |field: &crate::schema::Field| {
                all.get(&field.name).is_some_and(|one| is_of(one, &field.schema))
            };
            fields.len() == all.len() && fields.iter().all(known)
        }
        (
            Schema::Enum {
                tagging: Tagging::External,
                variants,
            },
            Value::String(name),
        ) => {
            let unit = Schema::tuple([]);
            variants
                .iter()
                .any(|variant| variant.name == *name && variant.schema == unit)
        }
        (
            Schema::Enum {
                tagging: Tagging::External,
                variants,
            },
            Value::Object(all),
        ) => {
            let mut all = all.iter();
            let (Some((name, one)), None) = (all.next(), all.next()) else {
                return false;
            };
            variants
                .iter()
                .any(|variant| variant.name == *name && is_of(one, &variant.schema))
        }
        (Schema::Opaque(_), _) => true,
        _ => false,
    }
}

fn is_scalar(value: &Value, name: &str) -> bool {
    let name = name
        .strip_prefix("NonZero<")
        .map_or(name, |inner| inner.trim_end_matches('>'));
    match name {
        "bool" => value.is_boolean(),
        "f32" | "f64" | "json number" => value.is_number(),
        "durable::Timestamp" => value.is_i64(),
        integer if integer.starts_with(['u', 'i']) && integer.len() < 6 && integer != "uuid" => {
            value.is_u64() || (integer.starts_with('i') && value.is_i64())
        }
        _ => value.is_string(),
    }
}

#[test]
fn numbers_and_texts() {
    fits(&(true, 'x', 1_u8, 2_u16, 3_u32, 4_u64, 5_u128, 6_usize));
    fits(&(-1_i8, -2_i16, -3_i32, -4_i64, -5_i128, -6_isize, 1.5_f32, 2.5_f64));
    fits(&(NonZero::<u8>::MIN, NonZero::<i64>::MIN, NonZero::<u128>::MIN));
    fits(&(AtomicBool::new(true), AtomicU8::new(1), AtomicI64::new(-1)));
    fits(&(
        String::from("a"),
        Box::<str>::from("a"),
        Rc::<str>::from("a"),
        Arc::<str>::from("a"),
    ));
    fits(&(
        Cow::Borrowed("a"),
        "a",
        PathBuf::from("a"),
        Path::new("a"),
        Box::<Path>::from(Path::new("a")),
    ));
    fits(&CString::new("a").unwrap());
    fits(&OsString::from("a"));
}

#[test]
fn collections() {
    fits(&vec![1_u8]);
    fits(&(
        VecDeque::from([1_u8]),
        LinkedList::from([1_u8]),
        BinaryHeap::from([1_u8]),
    ));
    fits(&(
        BTreeSet::from([1_u8]),
        HashSet::from([1_u8]),
        Box::<[u8]>::from([1]),
        [1_u8; 3],
    ));
    fits(&(BTreeMap::from([(1_u8, "a")]), HashMap::from([("a", 1_u8)])));
    fits(&(Cow::Borrowed(&[1_u8][..]), Some(1_u8), None::<u8>, ()));
    fits(&[Ok::<u8, String>(1), Err("a".to_owned())]);
}

#[test]
fn a_tuple_of_sixteen_is_described() {
    type Sixteen = (u8, u8, u8, u8, u8, u8, u8, u8, u8, u8, u8, u8, u8, u8, u8, String);
    let value: Sixteen = (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, "16".to_owned());
    let recorded = serde_json::to_value(value).unwrap();
    assert!(is_of(&recorded, &Sixteen::describe()), "{recorded}");
}

#[test]
fn types_around_others() {
    fits(&(Box::new(1_u8), Rc::new(1_u8), Arc::new(1_u8), PhantomData::<str>));
    fits(&(
        Cell::new(1_u8),
        RefCell::new(1_u8),
        Mutex::new(1_u8),
        RwLock::new(1_u8),
    ));
    fits(&(Wrapping(1_u8), Saturating(1_u8), Reverse(1_u8)));
}

#[test]
fn ranges_times_and_addresses() {
    fits(&(1_u8..2, 1_u8..=2, 1_u8.., ..2_u8));
    fits(&[Bound::Included(1_u8), Bound::Excluded(1), Bound::Unbounded]);
    fits(&(Duration::from_millis(1500), SystemTime::UNIX_EPOCH));
    let (four, six) = (Ipv4Addr::LOCALHOST, Ipv6Addr::LOCALHOST);
    fits(&(four, six, IpAddr::V4(four), IpAddr::V6(six)));
    let [a, b] = [
        SocketAddrV4::new(four, 1).into(),
        SocketAddrV6::new(six, 1, 0, 0).into(),
    ];
    fits::<(SocketAddr, SocketAddr)>(&(a, b));
}

#[test]
fn json_itself() {
    fits(&Value::Null);
    fits(&Number::from(1));
    fits(&Map::from_iter([("a".to_owned(), Value::Bool(true))]));
}

#[test]
fn types_of_the_library() {
    fits(&(
        Timestamp::from_micros(1),
        Version::ONE,
        crate::RecordedVersion::Blank,
    ));
    fits(&(
        InstanceId::new("a").unwrap(),
        WireName::new("a").unwrap(),
        EventName::new("a").unwrap(),
    ));
    let details = FailureDetails::new(FailureOrigin::Panic, "Panic", "no");
    fits(&[
        CallError::App(1_u8),
        CallError::Timeout,
        CallError::HeartbeatTimeout,
        CallError::Cancelled,
        CallError::Terminated,
        CallError::Payload(details.clone()),
        CallError::Failed(details),
    ]);
}

#[test]
#[cfg(feature = "bytes")]
fn types_of_bytes() {
    fits(&(bytes::Bytes::from_static(b"a"), bytes::BytesMut::from(&b"a"[..])));
}

#[test]
#[cfg(feature = "chrono")]
fn types_of_chrono() {
    use chrono::{
        DateTime, FixedOffset, Month, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Utc, Weekday,
    };
    let utc = DateTime::<Utc>::UNIX_EPOCH;
    fits(&(utc, utc.with_timezone(&FixedOffset::east_opt(3600).unwrap())));
    fits(&(
        NaiveDate::MIN,
        NaiveDateTime::MIN,
        NaiveTime::MIN,
        Weekday::Mon,
        Month::May,
    ));
    fits(&TimeDelta::milliseconds(1500));
    assert_eq!(of::<DateTime<Utc>>(), of::<DateTime<FixedOffset>>());
}

#[test]
#[cfg(feature = "jiff")]
fn types_of_jiff() {
    use jiff::civil::{Date, DateTime, Time};
    let now = jiff::Timestamp::UNIX_EPOCH;
    fits(&(now, now.to_zoned(jiff::tz::TimeZone::UTC)));
    fits(&(Date::MIN, DateTime::MIN, Time::MIN));
    fits(&(jiff::Span::new().hours(1), jiff::SignedDuration::from_secs(1)));
}

#[test]
#[cfg(feature = "uuid")]
fn types_of_uuid() {
    fits(&uuid::Uuid::nil());
}

#[test]
#[cfg(feature = "time")]
fn types_of_time_are_opaque() {
    let text = |schema: Schema| schema.to_string();
    assert_eq!(
        text(time::OffsetDateTime::describe()),
        "opaque \"time::OffsetDateTime\""
    );
    assert_ne!(of::<time::OffsetDateTime>(), of::<time::UtcDateTime>());
    fits(&(
        time::Date::MIN,
        time::Duration::ZERO,
        time::Time::MIDNIGHT,
        time::UtcOffset::UTC,
    ));
}

fn of<T: DurableSchema>() -> u64 {
    T::FINGERPRINT
}

#[test]
fn types_that_are_recorded_alike_have_one_fingerprint() {
    assert_eq!(of::<Vec<u8>>(), of::<BTreeSet<u8>>());
    assert_eq!(of::<HashMap<String, u8>>(), of::<BTreeMap<String, u8>>());
    assert_eq!(of::<Arc<str>>(), of::<String>());
    assert_eq!(of::<Failure>(), of::<FailureDetails>());
}

#[test]
fn types_that_are_recorded_differently_differ() {
    let all = [
        of::<u32>(),
        of::<u64>(),
        of::<Option<u32>>(),
        of::<Vec<u32>>(),
        of::<[u32; 2]>(),
        of::<[u32; 3]>(),
        of::<(u32,)>(),
        of::<(u32, u32)>(),
        of::<()>(),
        of::<Result<u32, u32>>(),
        of::<BTreeMap<u32, u32>>(),
        of::<Duration>(),
    ];
    let distinct: BTreeSet<u64> = all.into_iter().collect();
    assert_eq!(distinct.len(), all.len());
}
