//! With what right the account is used.

use std::error::Error;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

use durable_core::Timestamp;

use super::account::AccountError;
use super::secret::Secret;
use super::sign::SigningKey;

/// Why there is no token. Its text may appear in logs.
pub type TokenError = Box<dyn Error + Send + Sync>;

/// What [`TokenProvider::token`] returns.
pub type TokenFuture<'a> = Pin<Box<dyn Future<Output = Result<AccessToken, TokenError>> + Send + 'a>>;

/// Where tokens of Microsoft Entra come from: a managed identity, a workload identity, a program's own login.
///
/// The hub keeps a token until shortly before it expires, and asks for one at a time.
pub trait TokenProvider: fmt::Debug + Send + Sync + 'static {
    /// Returns a token for `scope`, which is `https://storage.azure.com/.default`.
    fn token<'a>(&'a self, scope: &'a str) -> TokenFuture<'a>;
}

/// A bearer token and its end.
#[derive(Debug, Clone)]
pub struct AccessToken {
    pub(crate) token: Secret,
    pub(crate) expires_at: Timestamp,
}

impl AccessToken {
    /// Takes a token as it stands in an `Authorization` header, without `Bearer`.
    pub fn new(token: impl Into<String>, expires_at: Timestamp) -> Self {
        Self {
            token: Secret::new(token),
            expires_at,
        }
    }
}

/// With what right an account is used. Shows no secret.
#[derive(Debug, Clone)]
pub struct Credential(pub(super) Right);

#[derive(Debug, Clone)]
pub(super) enum Right {
    Key(SigningKey),
    /// The parameters of a shared access signature, encoded as they stand in an address, without `?`.
    Sas(Secret),
    Token(Arc<dyn TokenProvider>),
}

impl Credential {
    /// Takes an account's key, as the portal shows it: base64.
    pub fn key(base64: &str) -> Result<Self, AccountError> {
        let key = SigningKey::from_base64(base64).ok_or(AccountError::Invalid {
            name: "AccountKey",
            problem: "is not base64",
        })?;
        Ok(Self(Right::Key(key)))
    }

    /// Takes a shared access signature, with or without its `?`. It goes along with each request, so it is as safe as the
    /// way to the endpoint: https should be used.
    pub fn sas(parameters: &str) -> Result<Self, AccountError> {
        let parameters = parameters.strip_prefix('?').unwrap_or(parameters);
        let is_query = parameters
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=:@/?%".contains(&byte));
        let is_signed = parameters
            .split('&')
            .any(|parameter| parameter.starts_with("sig="));
        if is_query && is_signed {
            Ok(Self(Right::Sas(Secret::new(parameters))))
        } else {
            Err(AccountError::Invalid {
                name: "SharedAccessSignature",
                problem: "is not a list of parameters such as `sv=..&sig=..`",
            })
        }
    }

    /// Takes tokens of Microsoft Entra. They are sent over https only.
    pub fn token(provider: impl TokenProvider) -> Self {
        Self(Right::Token(Arc::new(provider)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_may_have_its_question_mark() {
        let Right::Sas(sas) = Credential::sas("?sv=1&sig=a%2B").unwrap().0 else {
            panic!("not a signature");
        };
        assert_eq!(sas.reveal(), "sv=1&sig=a%2B");
    }

    #[test]
    fn what_is_no_key_or_signature_is_refused_and_not_repeated() {
        let refused = [
            Credential::key("hunter2?"),
            Credential::key(""),
            Credential::sas("sv=1&se=hunter2"),
            Credential::sas("sig=hunter2 x"),
            Credential::sas("sig=hunter2#"),
            Credential::sas("sig=hunter2\r\n"),
        ];
        for refused in refused {
            let error = refused.unwrap_err();
            assert!(!format!("{error}{error:?}").contains("hunter2"), "{error}");
        }
    }
}
