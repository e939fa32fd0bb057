//! The kind of an error: its type's name, and its variant's if it is an enum.
//!
//! serde's data model names the variant, so it is read from there: neither a text nor a naming habit decides.

use std::fmt;

use serde::ser::{self, Impossible, Serialize, Serializer};

/// Returns the kind of `error`: `ChargeError::Declined` for a variant, `Outage` for a struct.
///
/// An enum that is not externally tagged (`#[serde(tag = "…")]`, `untagged`) shows its type's name only.
pub fn error_kind<E: Serialize>(error: &E) -> String {
    let path = std::any::type_name::<E>();
    // Generic parameters may hold paths of their own, so they are cut off before the last segment is taken.
    let path = path.split('<').next().unwrap_or(path);
    let name = path.rsplit("::").next().unwrap_or(path);
    match error.serialize(VariantProbe) {
        Err(Probed(Some(variant))) => format!("{name}::{variant}"),
        Err(Probed(None)) | Ok(()) => name.to_owned(),
    }
}

/// A serializer that stops at once and says which variant it was given, by way of its error.
struct VariantProbe;

#[derive(Debug)]
struct Probed(Option<&'static str>);

impl fmt::Display for Probed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("probed")
    }
}

impl std::error::Error for Probed {}

impl ser::Error for Probed {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self(None)
    }
}

macro_rules! no_variant {
    ($($method:ident: $ty:ty),* $(,)?) => {$(
        fn $method(self, _: $ty) -> Result<(), Probed> {
            Ok(())
        }
    )*};
}

impl Serializer for VariantProbe {
    type Ok = ();
    type Error = Probed;
    type SerializeSeq = Impossible<(), Probed>;
    type SerializeTuple = Impossible<(), Probed>;
    type SerializeTupleStruct = Impossible<(), Probed>;
    type SerializeTupleVariant = Impossible<(), Probed>;
    type SerializeMap = Impossible<(), Probed>;
    type SerializeStruct = Impossible<(), Probed>;
    type SerializeStructVariant = Impossible<(), Probed>;

    no_variant! {
        serialize_bool: bool, serialize_i8: i8, serialize_i16: i16, serialize_i32: i32, serialize_i64: i64,
        serialize_u8: u8, serialize_u16: u16, serialize_u32: u32, serialize_u64: u64, serialize_f32: f32,
        serialize_f64: f64, serialize_char: char, serialize_str: &str, serialize_bytes: &[u8],
        serialize_unit_struct: &'static str,
    }

    fn serialize_none(self) -> Result<(), Probed> {
        Ok(())
    }
    fn serialize_some<T: Serialize + ?Sized>(self, _: &T) -> Result<(), Probed> {
        Ok(())
    }
    fn serialize_unit(self) -> Result<(), Probed> {
        Ok(())
    }
    fn serialize_unit_variant(self, _: &'static str, _: u32, variant: &'static str) -> Result<(), Probed> {
        Err(Probed(Some(variant)))
    }
    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, _: &T) -> Result<(), Probed> {
        Ok(())
    }
    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: &T,
    ) -> Result<(), Probed> {
        Err(Probed(Some(variant)))
    }
    fn serialize_seq(self, _: Option<usize>) -> Result<Self::SerializeSeq, Probed> {
        Err(Probed(None))
    }
    fn serialize_tuple(self, _: usize) -> Result<Self::SerializeTuple, Probed> {
        Err(Probed(None))
    }
    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Self::SerializeTupleStruct, Probed> {
        Err(Probed(None))
    }
    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Self::SerializeTupleVariant, Probed> {
        Err(Probed(Some(variant)))
    }
    fn serialize_map(self, _: Option<usize>) -> Result<Self::SerializeMap, Probed> {
        Err(Probed(None))
    }
    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Self::SerializeStruct, Probed> {
        Err(Probed(None))
    }
    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Self::SerializeStructVariant, Probed> {
        Err(Probed(Some(variant)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(serde::Serialize)]
    enum ChargeError {
        Busy,
        Declined { code: u32 },
        Bank(String),
    }

    #[derive(serde::Serialize)]
    struct Outage {
        since: u32,
    }

    #[test]
    fn variants_are_named_with_their_type() {
        assert_eq!(error_kind(&ChargeError::Busy), "ChargeError::Busy");
        assert_eq!(
            error_kind(&ChargeError::Declined { code: 7 }),
            "ChargeError::Declined"
        );
        assert_eq!(error_kind(&ChargeError::Bank("x".into())), "ChargeError::Bank");
        assert_eq!(error_kind(&Outage { since: 1 }), "Outage");
        assert_eq!(error_kind(&"text".to_owned()), "String");
    }
}
