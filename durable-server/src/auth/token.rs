//! Tokens: the right to some operations on one instance, signed.
//!
//! `cap1.<secret>.<operations>.<expiry>.<signature>`: the number of the secret, a letter for each operation, seconds since
//! 1970 or 0 for never, and the HMAC-SHA256 over these, the hub's name and the instance's id, in base64url.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use durable_core::Timestamp;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use super::Operation;

/// What every token begins with.
pub(super) const PREFIX: &str = "cap1.";

/// Why a token is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum TokenError {
    /// It has not the form of a token.
    #[error("the code has not the form of a token")]
    Form,
    /// It was signed with a secret that is no longer, or not yet, known here.
    #[error("the token was signed with a secret that is not known here")]
    UnknownSecret,
    /// It was not made here, or it was made for another instance or another hub.
    #[error("the token is not one of this instance")]
    Signature,
    /// Its time is over.
    #[error("the token has expired")]
    Expired,
    /// It allows other operations.
    #[error("the token does not allow this operation")]
    Operation,
}

/// What a token allows.
pub(crate) struct Capability<'a> {
    pub(crate) hub: &'a str,
    pub(crate) instance: &'a str,
    /// The letters of the operations.
    pub(crate) operations: String,
    /// Seconds since 1970; 0 for never.
    pub(crate) expires: i64,
}

/// A token whose signature is still to be checked.
pub(super) struct Unverified {
    operations: String,
    expires: i64,
    signature: Vec<u8>,
}

impl Capability<'_> {
    pub(super) fn sign(&self, secret_id: u32, secret: &[u8]) -> Option<String> {
        let signature = self.mac(secret_id, secret)?.finalize().into_bytes();
        let Self {
            operations, expires, ..
        } = self;
        let signature = URL_SAFE_NO_PAD.encode(signature);
        Some(format!("{PREFIX}{secret_id}.{operations}.{expires}.{signature}"))
    }

    /// Neither a name nor an id has line ends, so no two capabilities are one text.
    fn mac(&self, secret_id: u32, secret: &[u8]) -> Option<Hmac<Sha256>> {
        let mut mac = Hmac::<Sha256>::new_from_slice(secret).ok()?;
        let Self {
            hub,
            instance,
            operations,
            expires,
        } = self;
        let hub = hub.to_ascii_lowercase();
        let text = format!("durable capability 1\n{secret_id}\n{hub}\n{instance}\n{operations}\n{expires}");
        mac.update(text.as_bytes());
        Some(mac)
    }

    /// Returns whether it allows an operation now.
    pub(crate) fn check(&self, operation: Operation, now: Timestamp) -> Result<(), TokenError> {
        if self.expires != 0 && now.as_micros() >= self.expires.saturating_mul(1_000_000) {
            return Err(TokenError::Expired);
        }
        if self.operations.contains(operation.letter()) {
            Ok(())
        } else {
            Err(TokenError::Operation)
        }
    }

    /// Returns the operations.
    pub(crate) fn operations(&self) -> impl Iterator<Item = Operation> {
        Operation::ALL
            .into_iter()
            .filter(|operation| self.operations.contains(operation.letter()))
    }

    /// Reads a token: which secret it was signed with, and the rest.
    pub(super) fn parse(token: &str) -> Result<(u32, Unverified), TokenError> {
        let parts: Vec<&str> = token
            .strip_prefix(PREFIX)
            .ok_or(TokenError::Form)?
            .split('.')
            .collect();
        let [id, operations, expires, signature] = parts[..] else {
            return Err(TokenError::Form);
        };
        let signature = URL_SAFE_NO_PAD.decode(signature).map_err(|_| TokenError::Form)?;
        let id = id.parse().map_err(|_| TokenError::Form)?;
        let unverified = Unverified {
            operations: operations.to_owned(),
            expires: expires.parse().map_err(|_| TokenError::Form)?,
            signature,
        };
        Ok((id, unverified))
    }
}

impl Unverified {
    /// Compares the signature with that of this very instance, in constant time.
    pub(super) fn verified<'a>(
        self,
        hub: &'a str,
        instance: &'a str,
        secret_id: u32,
        secret: &[u8],
    ) -> Result<Capability<'a>, TokenError> {
        let Self {
            operations,
            expires,
            signature,
        } = self;
        let capability = Capability {
            hub,
            instance,
            operations,
            expires,
        };
        let mac = capability
            .mac(secret_id, secret)
            .ok_or(TokenError::UnknownSecret)?;
        mac.verify_slice(&signature).map_err(|_| TokenError::Signature)?;
        Ok(capability)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &[u8] = b"a secret of the hub";

    fn capability<'a>(hub: &'a str, instance: &'a str, operations: &str, expires: i64) -> Capability<'a> {
        Capability {
            hub,
            instance,
            operations: operations.to_owned(),
            expires,
        }
    }

    fn check(token: &str, hub: &str, instance: &str, secret: &[u8]) -> Result<String, TokenError> {
        let (id, parts) = Capability::parse(token)?;
        parts
            .verified(hub, instance, id, secret)
            .map(|capability| capability.operations)
    }

    #[test]
    fn every_part_of_a_token_is_signed() {
        let token = capability("Shop", "order-1", "re", 0).sign(1, SECRET).unwrap();
        assert_eq!(check(&token, "shop", "order-1", SECRET), Ok("re".to_owned()));
        for (hub, instance, secret) in [
            ("other", "order-1", SECRET),
            ("shop", "order-2", SECRET),
            ("shop", "order-1", b"another secret"),
        ] {
            assert_eq!(check(&token, hub, instance, secret), Err(TokenError::Signature));
        }
        for changed in [
            token.replace(".re.", ".ret."),
            token.replace(".0.", ".9."),
            token.replace("cap1.1.", "cap1.2."),
        ] {
            assert_eq!(
                check(&changed, "shop", "order-1", SECRET),
                Err(TokenError::Signature),
                "{changed}"
            );
        }
        for bad in [
            "cap1.",
            "cap1.1.r.0",
            "cap1.1.r.0.!",
            "cap1.x.r.0.AAAA",
            "cap1.1.r.x.AAAA",
            "cap2.1.r.0.AAAA",
            "",
        ] {
            assert_eq!(
                check(bad, "shop", "order-1", SECRET),
                Err(TokenError::Form),
                "{bad}"
            );
        }
    }

    #[test]
    fn a_token_passes_at_its_time() {
        let capability = capability("shop", "order-1", "r", 100);
        let at =
            |seconds: i64| capability.check(Operation::Read, Timestamp::from_micros(seconds * 1_000_000));
        assert_eq!((at(99), at(100)), (Ok(()), Err(TokenError::Expired)));
        let now = Timestamp::from_micros(0);
        assert_eq!(
            capability.check(Operation::Terminate, now),
            Err(TokenError::Operation)
        );
    }

    #[test]
    fn no_two_operations_share_a_letter() {
        let letters: std::collections::BTreeSet<char> =
            Operation::ALL.into_iter().map(Operation::letter).collect();
        assert_eq!(letters.len(), Operation::ALL.len());
    }
}
