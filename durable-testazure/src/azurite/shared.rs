//! One emulator for all tests of a process.

use std::ffi::{OsStr, OsString};
use std::io::Write;
use std::sync::{Mutex, OnceLock, PoisonError};
use std::thread;

use super::Azurite;
use super::error::AzuriteError;

/// The variable that leaves tests of the Azure Storage hub out, if it is `off`.
pub const SWITCH: &str = "DURABLE_TEST_AZURE";

static SHARED: OnceLock<Azurite> = OnceLock::new();
static STARTING: Mutex<()> = Mutex::new(());

/// Returns the emulator that all tests of this process share, with its data in memory, and starts it first if need be.
/// Nobody may pause or stop it. It ends with the process.
///
/// `None` if [`SWITCH`] is `off`; a line on the standard error then names the test, even where tests' output is captured.
pub fn shared() -> Result<Option<&'static Azurite>, AzuriteError> {
    if !enabled()? {
        return Ok(None);
    }
    let _starting = STARTING.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(azurite) = SHARED.get() {
        return Ok(Some(azurite));
    }
    let started = Azurite::in_memory()?;
    Ok(Some(SHARED.get_or_init(|| started)))
}

/// Returns whether tests with an emulator run: for those that start one of their own. If not, a line on the standard error
/// names the test.
pub fn enabled() -> Result<bool, AzuriteError> {
    let off = is_off(std::env::var_os(SWITCH))?;
    if off {
        say_skipped();
    }
    Ok(!off)
}

fn is_off(value: Option<OsString>) -> Result<bool, AzuriteError> {
    match value {
        None => Ok(false),
        Some(value) if value.is_empty() => Ok(false),
        Some(value) if value == OsStr::new("off") => Ok(true),
        Some(value) => Err(AzuriteError::Switch(value.to_string_lossy().into_owned())),
    }
}

fn say_skipped() {
    let thread = thread::current();
    let test = thread.name().unwrap_or("a test");
    // Not a macro: what those write is captured. A closed standard error is no reason to fail.
    let _ = writeln!(std::io::stderr(), "left out, {SWITCH}=off: {test}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_off_leaves_tests_out() {
        assert!(!is_off(None).unwrap());
        assert!(!is_off(Some("".into())).unwrap());
        assert!(is_off(Some("off".into())).unwrap());
        assert_eq!(
            is_off(Some("no".into())).unwrap_err().to_string(),
            "DURABLE_TEST_AZURE is `no`; `off` leaves tests of the Azure Storage hub out, and there is no other value"
        );
    }
}
