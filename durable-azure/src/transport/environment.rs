//! The account that the environment names.

use std::ffi::OsString;

use super::account::{Account, AccountError};

/// The environment variable that holds the connection string. Not an argument: those are seen by all users of a machine.
pub const CONNECTION_VARIABLE: &str = "DURABLE_AZURE_CONNECTION_STRING";

impl Account {
    /// Reads the connection string in the environment variable `DURABLE_AZURE_CONNECTION_STRING`.
    pub fn from_environment() -> Result<Self, AccountError> {
        from_value(std::env::var_os(CONNECTION_VARIABLE))
    }
}

fn from_value(value: Option<OsString>) -> Result<Account, AccountError> {
    let value = value.filter(|value| !value.is_empty());
    let value = value.ok_or(AccountError::NoVariable {
        name: CONNECTION_VARIABLE,
    })?;
    let text = value.to_str().ok_or(AccountError::Invalid {
        name: CONNECTION_VARIABLE,
        problem: "is not UTF-8",
    })?;
    Account::from_connection_string(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_variable_holds_a_connection_string() {
        let account = from_value(Some("UseDevelopmentStorage=true".into())).unwrap();
        assert_eq!(account.name(), "devstoreaccount1");
    }

    #[test]
    fn a_variable_that_is_missing_or_empty_is_named() {
        for value in [None, Some("".into())] {
            assert_eq!(
                from_value(value).unwrap_err().to_string(),
                "the environment variable `DURABLE_AZURE_CONNECTION_STRING`, which holds the connection string, is not set"
            );
        }
    }
}
