//! The types of other crates, each behind the feature of its name.

#[cfg(feature = "bytes")]
mod bytes {
    use crate::schema::{DurableSchema, Schema};

    macro_rules! recorded_as_sequence {
        ($($ty:ident)*) => {$(
            impl DurableSchema for bytes::$ty {
                const FINGERPRINT: u64 = <[u8]>::FINGERPRINT;
                fn describe() -> Schema {
                    <[u8]>::describe()
                }
            }
        )*};
    }

    recorded_as_sequence!(Bytes BytesMut);
}

#[cfg(feature = "chrono")]
mod chrono {
    use chrono::{DateTime, Month, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, TimeZone, Weekday};

    use super::super::scalars;
    use crate::schema::{DurableSchema, Fingerprint, Schema};

    scalars! {
        NaiveDate => "chrono::NaiveDate",
        NaiveDateTime => "chrono::NaiveDateTime",
        NaiveTime => "chrono::NaiveTime",
        Weekday => "chrono::Weekday",
        Month => "chrono::Month",
    }

    // The text has the offset in it, and is read in any zone.
    impl<Tz: TimeZone> DurableSchema for DateTime<Tz> {
        const FINGERPRINT: u64 = Fingerprint::new("chrono::DateTime").get();
        fn describe() -> Schema {
            Schema::scalar("chrono::DateTime")
        }
    }

    impl DurableSchema for TimeDelta {
        const FINGERPRINT: u64 = <(i64, i32)>::FINGERPRINT;
        fn describe() -> Schema {
            <(i64, i32)>::describe()
        }
    }
}

#[cfg(feature = "jiff")]
mod jiff {
    use jiff::civil::{Date, DateTime, Time};
    use jiff::{SignedDuration, Span, Timestamp, Zoned};

    use super::super::scalars;
    use crate::schema::{DurableSchema, Fingerprint, Schema};

    scalars! {
        Timestamp => "jiff::Timestamp",
        Zoned => "jiff::Zoned",
        Date => "jiff::civil::Date",
        DateTime => "jiff::civil::DateTime",
        Time => "jiff::civil::Time",
        Span => "jiff::Span",
        SignedDuration => "jiff::SignedDuration",
    }
}

#[cfg(feature = "time")]
mod time {
    use time::{
        Date, Duration, Month, OffsetDateTime, PrimitiveDateTime, Time, UtcDateTime, UtcOffset, Weekday,
    };

    use super::super::opaque;
    use crate::schema::{DurableSchema, Fingerprint, Schema};

    // Their form depends on the features of `time`.
    opaque! {
        Date => "time::Date",
        Duration => "time::Duration",
        Month => "time::Month",
        OffsetDateTime => "time::OffsetDateTime",
        PrimitiveDateTime => "time::PrimitiveDateTime",
        Time => "time::Time",
        UtcDateTime => "time::UtcDateTime",
        UtcOffset => "time::UtcOffset",
        Weekday => "time::Weekday",
    }
}

#[cfg(feature = "uuid")]
mod uuid {
    use super::super::scalars;
    use crate::schema::{DurableSchema, Fingerprint, Schema};

    scalars! {
        uuid::Uuid => "uuid::Uuid",
    }
}
