//! Payloads: the opaque form in which inputs, outputs and events are stored.
//!
//! Engine and hubs never look inside a payload. It is encoded and decoded at the edge only.

use std::fmt;
use std::sync::Arc;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// The most bytes one payload may have, unless a hub allows less.
pub const PAYLOAD_MAX: usize = 16 * 1024 * 1024;

/// How the bytes of a payload are to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Encoding {
    /// JSON text in UTF-8.
    Json,
    /// An encoding that the application defines, by its number.
    Custom(u16),
}

/// Encoded data with the tag of its encoding. Cheap to clone.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Payload {
    encoding: Encoding,
    bytes: Arc<[u8]>,
}

/// Why a value could not be turned into a payload or back.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum PayloadError {
    /// The value could not be encoded.
    #[error("cannot encode a `{ty}` as JSON: {source}")]
    Encode {
        /// The Rust type of the value.
        ty: &'static str,
        /// What serde says.
        source: Arc<serde_json::Error>,
    },
    /// The bytes are not a value of the wanted type.
    #[error("cannot decode the stored JSON as `{ty}`: {source}")]
    Decode {
        /// The Rust type that was wanted.
        ty: &'static str,
        /// What serde says.
        source: Arc<serde_json::Error>,
    },
    /// The payload has an encoding that this program does not read.
    #[error("the payload has encoding {encoding:?}; this program reads JSON")]
    Encoding {
        /// The encoding found.
        encoding: Encoding,
    },
    /// The payload is larger than allowed.
    #[error("a payload of {len} bytes is larger than the {max} bytes allowed")]
    TooLarge {
        /// Its size in bytes.
        len: usize,
        /// The limit in bytes.
        max: usize,
    },
}

impl Payload {
    /// Encodes a value as JSON.
    pub fn encode<T: Serialize + ?Sized>(value: &T) -> Result<Self, PayloadError> {
        let bytes = serde_json::to_vec(value).map_err(|source| PayloadError::Encode {
            ty: std::any::type_name::<T>(),
            source: Arc::new(source),
        })?;
        if bytes.len() > PAYLOAD_MAX {
            return Err(PayloadError::TooLarge {
                len: bytes.len(),
                max: PAYLOAD_MAX,
            });
        }
        Ok(Self {
            encoding: Encoding::Json,
            bytes: bytes.into(),
        })
    }

    /// Decodes a JSON payload. The depth of nesting is limited by `serde_json` (128).
    pub fn decode<T: DeserializeOwned>(&self) -> Result<T, PayloadError> {
        match self.encoding {
            Encoding::Json => serde_json::from_slice(&self.bytes).map_err(|source| PayloadError::Decode {
                ty: std::any::type_name::<T>(),
                source: Arc::new(source),
            }),
            Encoding::Custom(_) => Err(PayloadError::Encoding {
                encoding: self.encoding,
            }),
        }
    }

    /// Makes a payload from bytes that are encoded already.
    pub fn from_bytes(encoding: Encoding, bytes: impl Into<Arc<[u8]>>) -> Result<Self, PayloadError> {
        let bytes = bytes.into();
        if bytes.len() > PAYLOAD_MAX {
            return Err(PayloadError::TooLarge {
                len: bytes.len(),
                max: PAYLOAD_MAX,
            });
        }
        Ok(Self { encoding, bytes })
    }

    /// Makes a payload from JSON text.
    pub fn from_json(text: &str) -> Result<Self, PayloadError> {
        Self::from_bytes(Encoding::Json, text.as_bytes())
    }

    /// Returns the payload of `()`: the JSON text `null`.
    pub fn unit() -> Self {
        Self {
            encoding: Encoding::Json,
            bytes: Arc::from(&b"null"[..]),
        }
    }

    /// Returns how the bytes are to be read.
    pub fn encoding(&self) -> Encoding {
        self.encoding
    }

    /// Returns the encoded bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Returns the bytes as text, if they are JSON in valid UTF-8.
    pub fn as_json(&self) -> Option<&str> {
        match self.encoding {
            Encoding::Json => std::str::from_utf8(&self.bytes).ok(),
            Encoding::Custom(_) => None,
        }
    }

    /// Returns a hash of encoding and bytes (FNV-1a, 64 bits), the same on every machine.
    pub fn fingerprint(&self) -> u64 {
        let tag = match self.encoding {
            Encoding::Json => 0,
            Encoding::Custom(number) => 1 + u64::from(number),
        };
        fnv1a(FNV_START ^ tag, &self.bytes)
    }
}

/// Where the hash FNV-1a of 64 bits starts.
pub(crate) const FNV_START: u64 = 0xcbf2_9ce4_8422_2325;

/// Goes on with the hash FNV-1a.
pub(crate) fn fnv1a(hash: u64, bytes: &[u8]) -> u64 {
    bytes.iter().fold(hash, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3)
    })
}

impl fmt::Debug for Payload {
    /// Shows the size only: a payload may hold what must not reach a log.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Payload({:?}, {} bytes)", self.encoding, self.bytes.len())
    }
}

/// The form of a payload in exported histories: JSON stays text, everything else is an array of bytes.
#[derive(Serialize, Deserialize)]
enum Wire {
    Json(String),
    Bytes { encoding: u16, bytes: Vec<u8> },
    JsonBytes(Vec<u8>),
}

impl Serialize for Payload {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let wire = match (self.encoding, std::str::from_utf8(&self.bytes)) {
            (Encoding::Json, Ok(text)) => Wire::Json(text.to_owned()),
            (Encoding::Json, Err(_)) => Wire::JsonBytes(self.bytes.to_vec()),
            (Encoding::Custom(encoding), _) => Wire::Bytes {
                encoding,
                bytes: self.bytes.to_vec(),
            },
        };
        wire.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Payload {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let (encoding, bytes) = match Wire::deserialize(deserializer)? {
            Wire::Json(text) => (Encoding::Json, text.into_bytes()),
            Wire::JsonBytes(bytes) => (Encoding::Json, bytes),
            Wire::Bytes { encoding, bytes } => (Encoding::Custom(encoding), bytes),
        };
        Self::from_bytes(encoding, bytes).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_payload_of_another_type_is_a_clear_error() {
        let payload = Payload::encode(&"three").unwrap();
        let error = payload.decode::<u32>().unwrap_err().to_string();
        assert!(
            error.starts_with("cannot decode the stored JSON as `u32`: invalid type: string"),
            "{error}"
        );
    }

    #[test]
    fn a_value_that_is_no_json_is_a_clear_error() {
        let keys = std::collections::BTreeMap::from([((1, 2), 3)]);
        let error = Payload::encode(&keys).unwrap_err().to_string();
        assert!(
            error.starts_with("cannot encode a `") && error.ends_with("` as JSON: key must be a string"),
            "{error}"
        );
    }

    #[test]
    fn a_payload_of_another_encoding_is_named() {
        let payload = Payload::from_bytes(Encoding::Custom(7), vec![1]).unwrap();
        assert_eq!(
            payload.decode::<u32>().unwrap_err().to_string(),
            "the payload has encoding Custom(7); this program reads JSON"
        );
    }

    #[test]
    fn debug_does_not_show_the_content() {
        let payload = Payload::encode(&"secret").unwrap();
        assert_eq!(format!("{payload:?}"), "Payload(Json, 8 bytes)");
    }

    #[test]
    fn payloads_survive_export() {
        for payload in [
            Payload::unit(),
            Payload::from_bytes(Encoding::Custom(7), vec![0, 255]).unwrap(),
        ] {
            let text = serde_json::to_string(&payload).unwrap();
            assert_eq!(serde_json::from_str::<Payload>(&text).unwrap(), payload);
        }
    }
}
