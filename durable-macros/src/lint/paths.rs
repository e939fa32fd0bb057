//! Decides what a path stands for, as far as its names tell.

use std::collections::BTreeMap;
use std::sync::LazyLock;

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
    if let Some(topic) = listed(path, before.last()) {
        return Some(topic);
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
    listed(path, None)
}

/// Returns the topic of the first pattern that a path matches; among those that end in `*`, only of this module's.
fn listed(path: &[String], module: Option<&String>) -> Option<Topic> {
    let Index { functions, modules } = &*INDEX;
    let named = functions.get(as_std(path.last()?));
    let starred = module.and_then(|module| modules.get(as_std(module)));
    let candidates = named.into_iter().chain(starred).flatten();
    candidates
        .filter(|rule| matches(rule.pattern, path))
        .min_by_key(|rule| rule.rank)
        .map(|rule| rule.topic)
}

/// The patterns, by what can be looked up: comparing each path with each pattern would be most of a macro's run time.
struct Index {
    /// By the name of the function.
    functions: BTreeMap<&'static str, Vec<Rule>>,
    /// Those that end in `*`, by the name of the module.
    modules: BTreeMap<&'static str, Vec<Rule>>,
}

#[derive(Debug, Clone, Copy)]
struct Rule {
    /// The place in the table, whose first rule wins.
    rank: usize,
    topic: Topic,
    pattern: &'static str,
}

static INDEX: LazyLock<Index> = LazyLock::new(|| {
    let mut index = Index {
        functions: BTreeMap::new(),
        modules: BTreeMap::new(),
    };
    for (rank, (topic, patterns)) in PATHS.iter().enumerate() {
        for pattern in *patterns {
            let rule = Rule {
                rank,
                topic: *topic,
                pattern,
            };
            let (rules, part) = match pattern.strip_suffix("::*") {
                Some(module) => (&mut index.modules, last_part(module)),
                None => (&mut index.functions, last_part(pattern)),
            };
            for name in names(part) {
                rules.entry(name).or_default().push(rule);
            }
        }
    }
    index
});

fn last_part(pattern: &str) -> &str {
    pattern.rsplit_once("::").map_or(pattern, |(_, last)| last)
}

/// Returns the names that a part stands for: one, or several in braces.
fn names(part: &str) -> impl Iterator<Item = &str> {
    let several = part.strip_prefix('{').and_then(|rest| rest.strip_suffix('}'));
    several.unwrap_or(part).split(',').map(str::trim)
}

/// `core` and `alloc` are parts of `std`.
fn as_std(name: &str) -> &str {
    match name {
        "core" | "alloc" => "std",
        other => other,
    }
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

/// Compares one part: a name, or one of several in braces.
fn alternative(wanted: &str, given: &str) -> bool {
    let given = as_std(given);
    names(wanted).any(|name| name == given)
}

fn is_function(name: &str) -> bool {
    name.chars()
        .next()
        .is_some_and(|first| first.is_lowercase() || first == '_')
}
