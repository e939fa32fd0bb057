//! Which macros are known, and what is known of them.

use super::Topic;

/// What a macro is to the lints.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum MacroKind {
    /// Its arguments say all that there is to see.
    Pure,
    /// So too, and it may leave the function.
    Leaves,
    /// Its texts may format addresses.
    Formats,
    /// It is refused.
    Refused(Topic),
    /// Nobody knows.
    Unknown,
}

const STD: &[&str] = &["std", "core", "alloc"];
const FUTURES: &[&str] = &[
    "tokio",
    "futures",
    "futures_util",
    "futures_lite",
    "futures_micro",
    "async_std",
    "smol",
];
const LOGS: &[&str] = &["trace", "debug", "info", "warn", "error", "event"];

/// The macros: the crates that have them, their names, what they are. A bare name is taken for the first that has it.
pub(super) const MACROS: &[(&[&str], &[&str], MacroKind)] = {
    use MacroKind::{Formats, Leaves, Pure, Refused};
    &[
        (
            STD,
            &[
                "assert",
                "assert_eq",
                "assert_ne",
                "debug_assert",
                "debug_assert_eq",
                "debug_assert_ne",
            ],
            Formats,
        ),
        (STD, &["format", "format_args", "write", "writeln"], Formats),
        (STD, &["panic", "todo", "unimplemented", "unreachable"], Leaves),
        (
            STD,
            &[
                "compile_error",
                "concat",
                "matches",
                "pin",
                "ready",
                "stringify",
                "vec",
                "assert_matches",
            ],
            Pure,
        ),
        (
            STD,
            &["print", "println", "eprint", "eprintln", "dbg"],
            Refused(Topic::Print),
        ),
        (STD, &["thread_local"], Refused(Topic::LocalStatic)),
        (STD, &["addr_of", "addr_of_mut"], Refused(Topic::Address)),
        (
            STD,
            &[
                "cfg",
                "env",
                "option_env",
                "include",
                "include_str",
                "include_bytes",
                "file",
                "line",
                "column",
                "module_path",
                "cfg_if",
                "cfg_select",
            ],
            Refused(Topic::Build),
        ),
        (&["cfg_if"], &["cfg_if"], Refused(Topic::Build)),
        (
            STD,
            &["is_x86_feature_detected", "is_aarch64_feature_detected"],
            Refused(Topic::Environment),
        ),
        (&["tracing"], LOGS, Formats),
        (
            &["tracing"],
            &[
                "span",
                "trace_span",
                "debug_span",
                "info_span",
                "warn_span",
                "error_span",
                "enabled",
                "event_enabled",
                "span_enabled",
            ],
            Pure,
        ),
        (
            &["log"],
            &["trace", "debug", "info", "warn", "error", "log"],
            Refused(Topic::Log),
        ),
        (
            FUTURES,
            &["select", "select_biased", "stream_select"],
            Refused(Topic::Select),
        ),
        (
            &["crossbeam", "crossbeam_channel"],
            &["select", "select_biased"],
            Refused(Topic::Select),
        ),
        (FUTURES, &["join", "try_join"], Refused(Topic::Join)),
        (FUTURES, &["poll", "pending"], Refused(Topic::Poll)),
        (FUTURES, &["pin", "pin_mut", "ready", "assert_unpin"], Pure),
        (&["tokio"], &["task_local"], Refused(Topic::LocalStatic)),
        (&["lazy_static"], &["lazy_static"], Refused(Topic::LocalStatic)),
        (&["nanoid"], &["nanoid"], Refused(Topic::Id)),
        (
            &["anyhow", "eyre", "color_eyre", "miette", "snafu"],
            &["bail", "ensure", "ensure_eq", "whatever"],
            Leaves,
        ),
        (
            &["anyhow", "eyre", "color_eyre", "miette"],
            &["anyhow", "eyre", "miette", "format_err"],
            Formats,
        ),
        (&["serde_json", "serde_yaml", "simd_json"], &["json"], Pure),
        (&["bson", "mongodb"], &["bson", "doc"], Pure),
        (
            &["maplit", "velcro", "map_macro", "indexmap", "im", "common_macros"],
            &[
                "btreemap",
                "btreeset",
                "hashmap",
                "hashset",
                "indexmap",
                "indexset",
                "convert_args",
            ],
            Pure,
        ),
        (
            &["smallvec", "tinyvec", "arrayvec"],
            &["smallvec", "tiny_vec", "array_vec", "array_str"],
            Pure,
        ),
        (
            &["indoc", "unindent"],
            &["indoc", "formatdoc", "writedoc", "concatdoc"],
            Formats,
        ),
        (&["const_format"], &["formatcp", "concatcp", "str_repeat"], Pure),
        (&["itertools"], &["izip", "iproduct", "chain"], Pure),
        (&["rust_decimal", "rust_decimal_macros"], &["dec"], Pure),
        (&["uuid"], &["uuid"], Pure),
        (&["hex_literal", "hex"], &["hex"], Pure),
        (&["http", "url"], &["uri", "url"], Pure),
        (
            &["time"],
            &["date", "datetime", "offset", "time", "format_description"],
            Pure,
        ),
        (&["jiff"], &["civil"], Pure),
        (&["either"], &["for_both", "try_left", "try_right"], Pure),
        (
            &["static_assertions"],
            &["const_assert", "const_assert_eq", "assert_impl_all"],
            Pure,
        ),
        (&["enumflags2", "flagset"], &["make_bitflags", "flags"], Pure),
        (&["strum", "phf"], &["phf_map", "phf_set"], Pure),
        (&["if_chain"], &["if_chain"], Pure),
    ]
};

/// Returns what a macro is, by its path.
pub(super) fn kind(path: &[String]) -> MacroKind {
    let Some((name, before)) = path.split_last() else {
        return MacroKind::Unknown;
    };
    let has = |names: &[&str]| names.contains(&name.as_str());
    let found = match before.first().map(String::as_str) {
        None => MACROS.iter().find(|(_, names, _)| has(names)),
        Some("durable") => return MacroKind::Pure,
        Some(first) => MACROS
            .iter()
            .find(|(crates, names, _)| crates.contains(&first) && has(names)),
    };
    match found {
        Some((_, _, kind)) => *kind,
        None if super::crates::does_io(path) => MacroKind::Refused(Topic::Io),
        None => MacroKind::Unknown,
    }
}
