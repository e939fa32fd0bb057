//! Completion tokens as text.

use std::fmt;
use std::str::FromStr;

use crate::hub::{ActivityKey, CompletionToken};
use crate::id::{ExecutionId, InstanceId, TaskId};

/// The text is not a completion token.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a completion token: it has the form `instance:execution:task`")]
pub struct TokenError(String);

impl fmt::Display for CompletionToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for CompletionToken {
    type Err = TokenError;

    fn from_str(text: &str) -> Result<Self, TokenError> {
        let parse = || {
            // An instance id may hold colons, so the parts are taken from the right.
            let (rest, task) = text.rsplit_once(':')?;
            let (instance, execution) = rest.rsplit_once(':')?;
            Some(ActivityKey {
                instance: InstanceId::new(instance).ok()?,
                execution: ExecutionId::new(execution).ok()?,
                task: TaskId(task.parse().ok()?),
            })
        };
        parse()
            .map(Self)
            .ok_or_else(|| TokenError(text.chars().take(100).collect()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_survive_text_even_with_colons_in_the_id() {
        let text = "order:42:0123:7";
        let token: CompletionToken = text.parse().unwrap();
        assert_eq!(token.0.instance.as_str(), "order:42");
        assert_eq!(token.to_string(), text);
        assert!("order".parse::<CompletionToken>().is_err());
    }
}
