//! Types of the standard library that are recorded as one number or text, and times.

use std::ffi::{CString, OsString};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6};
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::sync::atomic::{
    AtomicBool, AtomicI8, AtomicI16, AtomicI32, AtomicI64, AtomicIsize, AtomicU8, AtomicU16, AtomicU32,
    AtomicU64, AtomicUsize,
};
use std::time::SystemTime;

use super::{opaque, scalars};
use crate::schema::{DurableSchema, Field, Fingerprint, Schema};

// Not every text is an address, and not every number another than zero: they have names of their own.
scalars! {
    NonZero<u8> => "NonZero<u8>", NonZero<u16> => "NonZero<u16>", NonZero<u32> => "NonZero<u32>",
    NonZero<u64> => "NonZero<u64>", NonZero<u128> => "NonZero<u128>", NonZero<usize> => "NonZero<usize>",
    NonZero<i8> => "NonZero<i8>", NonZero<i16> => "NonZero<i16>", NonZero<i32> => "NonZero<i32>",
    NonZero<i64> => "NonZero<i64>", NonZero<i128> => "NonZero<i128>", NonZero<isize> => "NonZero<isize>",
    AtomicBool => "bool",
    AtomicU8 => "u8", AtomicU16 => "u16", AtomicU32 => "u32", AtomicU64 => "u64", AtomicUsize => "usize",
    AtomicI8 => "i8", AtomicI16 => "i16", AtomicI32 => "i32", AtomicI64 => "i64", AtomicIsize => "isize",
    Path => "string", PathBuf => "string",
    IpAddr => "IpAddr", Ipv4Addr => "Ipv4Addr", Ipv6Addr => "Ipv6Addr",
    SocketAddr => "SocketAddr", SocketAddrV4 => "SocketAddrV4", SocketAddrV6 => "SocketAddrV6",
}

// Its form depends on the system.
opaque! {
    OsString => "std::ffi::OsString",
}

impl DurableSchema for CString {
    const FINGERPRINT: u64 = <[u8]>::FINGERPRINT;
    fn describe() -> Schema {
        <[u8]>::describe()
    }
}

impl DurableSchema for SystemTime {
    const FINGERPRINT: u64 = Fingerprint::new("SystemTime").get();
    fn describe() -> Schema {
        Schema::structure([
            Field::new("secs_since_epoch", u64::describe()),
            Field::new("nanos_since_epoch", u32::describe()),
        ])
    }
}
