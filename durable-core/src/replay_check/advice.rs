//! What to do about a finding.

use super::report::FindingKind;
use crate::name::WireName;
use crate::version::RecordedVersion;

/// Returns what to do next, the likeliest first.
pub(super) fn next(
    kind: FindingKind,
    name: Option<&WireName>,
    version: Option<&RecordedVersion>,
) -> Vec<String> {
    let name = name.map_or("it", WireName::as_str);
    let version = version.map_or_else(|| "?".to_owned(), ToString::to_string);
    let texts: [String; 2] = match kind {
        FindingKind::Diverges => [
            format!("keep version {version} as it was when it was released, and put the change in a new version"),
            format!("`cargo durable freeze {name}` keeps the released code beside the new one"),
        ],
        FindingKind::MissingVersion => [
            format!("put the code of version {version} back, marked `superseded`"),
            format!("delete it when `durable versions` says that {name}@{version} may be deleted"),
        ],
        FindingKind::UnknownOrchestrator => [
            format!("put `{name}` back; if the function has another name now, `name = \"{name}\"` in its attribute keeps it"),
            "if it is another program's, leave it out with `--ignore-unknown`".to_owned(),
        ],
        FindingKind::NoVersion => [
            format!("mark one version of `{name}` as current, or set `DURABLE_DEFAULT_VERSION` to one of these"),
            String::new(),
        ],
        FindingKind::Undecodable => [
            "let the type read what was recorded, for example with `#[serde(default)]` or `#[serde(alias = \"..\")]`".to_owned(),
            format!("or keep version {version} with the old type, and put the new type in a new version"),
        ],
        FindingKind::Panics => [
            "repair the code in place: the recorded steps must stay the same".to_owned(),
            String::new(),
        ],
        FindingKind::Misuse | FindingKind::ForeignFuture => ["repair the code in place, as the text says".to_owned(), String::new()],
        FindingKind::Unreadable => [
            "if a later release wrote it, deploy that release or a later one".to_owned(),
            "else it is damaged: take it from a backup, or terminate the instance".to_owned(),
        ],
        FindingKind::DidNotReturn => [
            format!("look in version {version} for a loop without an `.await`, or for what blocks the thread"),
            "if the history is only long, allow more time with `--timeout`".to_owned(),
        ],
        FindingKind::InputChanged => [
            "nothing, if that is meant: steps that were recorded keep their results, later ones get the new input".to_owned(),
            format!("else restore what version {version} computed, and put the change in a new version"),
        ],
    };
    texts.into_iter().filter(|text| !text.is_empty()).collect()
}
