//! Decides what a path stands for, as far as its names tell.

use super::Topic;
use super::crates;
use super::table::{BARE, COMMON_TYPES, PATHS};

/// Returns what is wrong with a path in an expression: a call, or a function that is passed on.
pub(super) fn judge(path: &[String]) -> Option<Topic> {
    let (last, before) = path.split_last()?;
    let first = before.first()?;
    if is_own(first) {
        return None;
    }
    let listed = PATHS
        .iter()
        .find(|(_, patterns)| patterns.iter().any(|pattern| matches(pattern, path)));
    if let Some((topic, _)) = listed {
        return Some(*topic);
    }
    let ty = before.last()?;
    if looks_like_clock(ty) && reads_clock(last) {
        return Some(Topic::Clock);
    }
    crates::does_io(path).then_some(Topic::Io)
}

/// Returns what is wrong with a function that is called by its bare name.
pub(super) fn judge_bare(name: &str) -> Option<Topic> {
    let found = BARE.iter().find(|(_, names)| names.contains(&name));
    found.map(|(topic, _)| *topic)
}

/// Returns what is wrong with a path whose beginning is only guessed: it must be listed by name.
pub(super) fn judge_listed(path: &[String]) -> Option<Topic> {
    let found = PATHS.iter().find(|(_, patterns)| {
        patterns
            .iter()
            .any(|pattern| !pattern.ends_with('*') && matches(pattern, path))
    });
    found.map(|(topic, _)| *topic)
}

/// Returns whether a type is a clock by its name.
pub(super) fn looks_like_clock(ty: &str) -> bool {
    const WORDS: [&str; 8] = [
        "Clock",
        "Instant",
        "SystemTime",
        "DateTime",
        "Timestamp",
        "Utc",
        "Zoned",
        "OffsetDateTime",
    ];
    const WHOLE: [&str; 5] = ["Local", "Date", "NaiveDate", "Time", "Epoch"];
    is_type(ty) && (WORDS.iter().any(|word| ty.contains(word)) || WHOLE.contains(&ty))
}

/// Returns whether a function of a clock reads it.
pub(super) fn reads_clock(function: &str) -> bool {
    matches!(function, "now" | "today") || function.starts_with("now_") || function.starts_with("today_")
}

/// Returns whether it is the name of a type.
pub(super) fn is_type(name: &str) -> bool {
    let mut letters = name.trim_start_matches('_').chars();
    letters.next().is_some_and(char::is_uppercase) && (letters.any(char::is_lowercase) || name.len() == 1)
}

/// Returns whether a path that begins so is the user's own or this library's.
fn is_own(first: &str) -> bool {
    matches!(
        first,
        "crate" | "self" | "super" | "Self" | "durable" | "durable_core"
    )
}

/// Compares a path with a pattern.
///
/// A pattern names the whole path. Of the path, the beginning may be missing, as it is when a module or a type was
/// imported: `env::var`, `Instant::now`. If the pattern names a type, its beginning may also be another, as it is when
/// the type was re-exported: `my::time::Instant::now`. Types of common names need their module or crate. With `*`, the path must be whole, and end in a function.
fn matches(pattern: &str, path: &[String]) -> bool {
    // Braces hold no `::`.
    let mut wanted: Vec<&str> = pattern.split("::").collect();
    let (Some(last_wanted), Some((last, before))) = (wanted.pop(), path.split_last()) else {
        return false;
    };
    if last_wanted == "*" {
        return is_function(last) && same(&wanted, before);
    }
    if !alternative(last_wanted, last) {
        return false;
    }
    let missing = wanted.len().checked_sub(before.len());
    let ends_alike = missing.is_some_and(|missing| !before.is_empty() && same(&wanted[missing..], before));
    let (Some(ty), Some(given)) = (wanted.last(), before.last()) else {
        return false;
    };
    if !ty.chars().any(char::is_uppercase) {
        ends_alike
    } else if COMMON_TYPES.contains(&given.as_str()) {
        ends_alike && before.len() > 1
    } else {
        alternative(ty, given)
    }
}

fn same(wanted: &[&str], given: &[String]) -> bool {
    wanted.len() == given.len()
        && wanted
            .iter()
            .zip(given)
            .all(|(wanted, given)| alternative(wanted, given))
}

/// Compares one part: a name, or one of several in braces. `core` and `alloc` are parts of `std`.
fn alternative(wanted: &str, given: &str) -> bool {
    let given = if matches!(given, "core" | "alloc") {
        "std"
    } else {
        given
    };
    match wanted.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) {
        Some(names) => names.split(',').any(|name| name.trim() == given),
        None => wanted == given,
    }
}

fn is_function(name: &str) -> bool {
    name.chars()
        .next()
        .is_some_and(|first| first.is_lowercase() || first == '_')
}
