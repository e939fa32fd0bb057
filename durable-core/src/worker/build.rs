//! The identity of the running binary.

use crate::id::BuildId;

/// Returns what identifies this binary: `DURABLE_BUILD_ID` if set, else the executable's size and time of change.
///
/// It only decides whether a blocked instance gets another try, so two builds that look alike cost nothing but that.
pub(super) fn this_build() -> BuildId {
    let text = std::env::var("DURABLE_BUILD_ID")
        .ok()
        .or_else(executable_stamp)
        .unwrap_or_default();
    let hash = text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3)
    });
    // Hubs may store the number signed.
    BuildId(hash >> 1)
}

fn executable_stamp() -> Option<String> {
    let metadata = std::fs::metadata(std::env::current_exe().ok()?).ok()?;
    let changed = metadata
        .modified()
        .ok()?
        .duration_since(std::time::UNIX_EPOCH)
        .ok()?;
    Some(format!("{}/{}", metadata.len(), changed.as_nanos()))
}
