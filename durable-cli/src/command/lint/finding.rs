//! One finding of clippy.

use cargo_metadata::diagnostic::Diagnostic;

#[derive(Debug, PartialEq, Eq)]
pub(super) struct Finding {
    pub(super) rule: String,
    /// clippy's own rendering.
    pub(super) rendered: String,
}

impl Finding {
    /// Reads a finding of the shipped list; other entries of the user's own are theirs.
    pub(super) fn of(message: &Diagnostic) -> Option<Self> {
        let code = message.code.as_ref().map(|code| code.code.as_str());
        let rule = if code == Some("clippy::iter_over_hash_type") {
            "D0301".to_owned()
        } else {
            message
                .children
                .iter()
                .find_map(|child| rule_in(&child.message))?
        };
        Some(Self {
            rule,
            rendered: message.rendered.as_deref()?.trim_end().to_owned(),
        })
    }
}

/// Returns the rule that a reason of the list ends with.
fn rule_in(reason: &str) -> Option<String> {
    let (_, rest) = reason.rsplit_once("[durable ")?;
    rest.split_once(']').map(|(rule, _)| rule.to_owned())
}
