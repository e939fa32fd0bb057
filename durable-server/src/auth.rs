//! Who asks, and what they may: keys with scopes, and tokens for single instances.

mod caller;
mod credential;
mod key;
mod key_file;
mod origin;
mod private_file;
mod scope;
mod secret_file;
mod sync;
mod token;
mod watched;

pub(crate) use caller::{Caller, authorize, sign};
pub use key::{Key, KeyText};
pub use key_file::{KeyFile, KeyFileError};
pub(crate) use origin::{check_host, check_origin};
pub use private_file::PrivateFileError;
pub use scope::{Operation, Scope, ScopeError};
pub use secret_file::SecretFile;
pub use sync::{KeyChange, KeyChangeKind, KeySide};
use token::TokenError;
