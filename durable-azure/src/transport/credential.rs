//! With what right the account is used.

use std::error::Error;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

use durable_core::Timestamp;

use super::account::AccountError;
use super::secret::Secret;

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
pub struct Credential(pub(crate) Right);

#[derive(Debug, Clone)]
pub(crate) enum Right {
    /// The account's key, decoded.
    Key(Arc<Secret>),
    /// The parameters of a shared access signature, without `?`.
    Sas(Secret),
    Token(Arc<dyn TokenProvider>),
}

impl Credential {
    /// Takes an account's key, as the portal shows it: base64.
    pub fn key(base64: &str) -> Result<Self, AccountError> {
        todo!()
    }

    /// Takes a shared access signature, with or without its `?`.
    pub fn sas(parameters: &str) -> Result<Self, AccountError> {
        todo!()
    }

    /// Takes tokens of Microsoft Entra. They are sent over https only.
    pub fn token(provider: impl TokenProvider) -> Self {
        Self(Right::Token(Arc::new(provider)))
    }
}
