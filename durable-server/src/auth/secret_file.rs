//! The secrets that tokens are signed with.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

use super::private_file::{self, PrivateFileError};
use super::token::{Capability, TokenError};
use super::watched::Watched;

/// How many secrets are kept: the newest signs, and tokens of the others are good until they are dropped.
const KEPT: usize = 3;

/// The secrets of one hub, with which tokens for its instances are signed, in a file that only its owner may read.
///
/// A file for each hub, apart from the keys: whoever reads it can make tokens for instances, and still has no key.
/// Redundant servers of a hub share a copy. Cheap to clone; all clones are one.
#[derive(Clone)]
pub struct SecretFile {
    known: Arc<Watched<Vec<Secret>>>,
}

#[derive(Clone, Serialize, Deserialize)]
struct Secret {
    id: u32,
    /// 32 bytes in base64url.
    secret: String,
}

#[derive(Serialize, Deserialize)]
struct Form {
    version: u32,
    secrets: Vec<Secret>,
}

impl std::fmt::Debug for SecretFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SecretFile")
            .field("path", &self.known.path())
            .finish_non_exhaustive()
    }
}

impl SecretFile {
    /// Opens the file, and makes it with a first secret if it does not exist.
    pub fn open_or_make(path: impl Into<PathBuf>) -> Result<Self, PrivateFileError> {
        let path: PathBuf = path.into();
        let _lock = private_file::lock(&path)?;
        let secrets = match read(&path)? {
            secrets if secrets.is_empty() => write_another(&path, secrets)?,
            secrets => secrets,
        };
        Ok(Self {
            known: Arc::new(Watched::new(path, secrets)),
        })
    }

    /// Draws a new secret, which signs from now on. Tokens of the last two before it stay good; rotate again, and they pass.
    pub fn rotate(&self) -> Result<(), PrivateFileError> {
        let path = self.known.path();
        let _lock = private_file::lock(path)?;
        self.known.put(write_another(path, read(path)?)?);
        Ok(())
    }

    /// Signs with the newest secret.
    pub(crate) fn sign(&self, capability: &Capability<'_>) -> Option<String> {
        let newest = self.secrets().into_iter().last()?;
        capability.sign(newest.id, &URL_SAFE_NO_PAD.decode(&newest.secret).ok()?)
    }

    /// Checks a token's signature; what it allows is in the answer.
    pub(crate) fn verify<'a>(
        &self,
        token: &'a str,
        hub: &'a str,
        instance: &'a str,
    ) -> Result<Capability<'a>, TokenError> {
        let (id, parts) = Capability::parse(token)?;
        let secret = self.secrets().into_iter().find(|secret| secret.id == id);
        let secret = secret.and_then(|secret| URL_SAFE_NO_PAD.decode(&secret.secret).ok());
        parts.verified(hub, instance, id, &secret.ok_or(TokenError::UnknownSecret)?)
    }

    fn secrets(&self) -> Vec<Secret> {
        self.known.content(read)
    }
}

fn read(path: &Path) -> Result<Vec<Secret>, PrivateFileError> {
    match private_file::read::<Form>(path)? {
        None => Ok(Vec::new()),
        Some(form) if form.version == 1 => Ok(form.secrets),
        Some(form) => {
            let (path, found) = (path.to_owned(), form.version);
            Err(PrivateFileError::Later { path, found })
        }
    }
}

fn write_another(path: &Path, mut secrets: Vec<Secret>) -> Result<Vec<Secret>, PrivateFileError> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(|error| PrivateFileError::Io {
        path: path.to_owned(),
        source: std::io::Error::other(error.to_string()),
    })?;
    secrets.push(Secret {
        id: secrets.last().map_or(1, |secret| secret.id.saturating_add(1)),
        secret: URL_SAFE_NO_PAD.encode(bytes),
    });
    secrets.drain(..secrets.len().saturating_sub(KEPT));
    let form = Form { version: 1, secrets };
    private_file::replace(path, &form)?;
    Ok(form.secrets)
}
