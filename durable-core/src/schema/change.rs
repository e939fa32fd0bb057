//! What a change of a schema means for values that are recorded already.

use super::{Field, Schema, Tagging, Variant};

/// What a change of a schema means for values that are recorded already.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SchemaChange {
    /// There is none.
    None,
    /// Old values are read by the new code: a field with a default, or a variant, was added.
    Compatible,
    /// Old values may no longer be read, or may be read as something else.
    Breaking,
}

impl Schema {
    /// Returns what it means that values of this form are read as `new`.
    ///
    /// ```
    /// use durable_core::schema::{Schema, SchemaChange};
    /// let old: Schema = "{id: string}".parse()?;
    /// assert_eq!(old.change_to(&"{id: string, cents?: u64}".parse()?), SchemaChange::Compatible);
    /// assert_eq!(old.change_to(&"{id: string, cents: u64}".parse()?), SchemaChange::Breaking);
    /// # Ok::<(), durable_core::schema::SchemaTextError>(())
    /// ```
    pub fn change_to(&self, new: &Self) -> SchemaChange {
        match (self, new) {
            (one, other) if one == other => SchemaChange::None,
            (Self::Optional(old), Self::Optional(new)) | (Self::Sequence(old), Self::Sequence(new)) => {
                old.change_to(new)
            }
            (Self::Array { item: old, len: a }, Self::Array { item: new, len: b }) if a == b => {
                old.change_to(new)
            }
            (
                Self::Map {
                    key: old_key,
                    value: old,
                },
                Self::Map {
                    key: new_key,
                    value: new,
                },
            ) => old_key.change_to(new_key).max(old.change_to(new)),
            (Self::Tuple(old), Self::Tuple(new)) if old.len() == new.len() => {
                let items = old.iter().zip(new).map(|(old, new)| old.change_to(new));
                items.max().unwrap_or(SchemaChange::None)
            }
            (Self::Struct(old), Self::Struct(new)) => fields(old, new),
            (
                Self::Enum {
                    tagging,
                    variants: old,
                },
                Self::Enum {
                    tagging: now,
                    variants: new,
                },
            ) if tagging == now && *tagging != Tagging::Untagged => variants(old, new),
            _ => SchemaChange::Breaking,
        }
    }
}

fn fields(old: &[Field], new: &[Field]) -> SchemaChange {
    let mut change = SchemaChange::None;
    for field in new {
        let known = old.iter().find(|known| known.name == field.name);
        change = change.max(match known {
            Some(known) if known.flatten != field.flatten => SchemaChange::Breaking,
            // Some record may lack what had a default.
            Some(known) if known.default && !field.default => SchemaChange::Breaking,
            Some(known) if known.default != field.default => {
                SchemaChange::Compatible.max(known.schema.change_to(&field.schema))
            }
            Some(known) => known.schema.change_to(&field.schema),
            None if field.default && !field.flatten => SchemaChange::Compatible,
            None => SchemaChange::Breaking,
        });
    }
    // What a record holds and the new code does not read is information lost at replay.
    let lost = old
        .iter()
        .any(|known| !new.iter().any(|field| field.name == known.name));
    let moved = if old.iter().map(|f| &f.name).eq(new.iter().map(|f| &f.name)) {
        SchemaChange::None
    } else {
        SchemaChange::Compatible
    };
    if lost {
        SchemaChange::Breaking
    } else {
        change.max(moved)
    }
}

fn variants(old: &[Variant], new: &[Variant]) -> SchemaChange {
    let mut change = SchemaChange::Compatible;
    for known in old {
        let now = new.iter().find(|variant| variant.name == known.name);
        change = change.max(match now {
            Some(now) => known.schema.change_to(&now.schema),
            None => SchemaChange::Breaking,
        });
    }
    change
}

#[cfg(test)]
mod tests {
    use super::SchemaChange::{Breaking, Compatible, None};
    use super::*;

    fn check(old: &str, new: &str, wanted: SchemaChange) {
        let [from, to]: [Schema; 2] = [old, new].map(|text| text.parse().unwrap());
        assert_eq!(from.change_to(&to), wanted, "{old} to {new}");
    }

    #[test]
    fn what_old_records_allow_is_compatible() {
        check("{a: u64}", "{a: u64}", None);
        check("[{a: u64}]", "[{a: u64, b?: u8}]", Compatible);
        check("{a: u64, b: u8}", "{b: u8, a: u64}", Compatible);
        check("{a: u64}", "{a?: u64}", Compatible);
        check("enum {A: ()}", "enum {A: (), B: u8}", Compatible);
        check("(u8, {})", "(u8, {b?: u8})", Compatible);
    }

    #[test]
    fn what_old_records_may_contradict_is_breaking() {
        check("u32", "u64", Breaking);
        check("{a: u64}", "{b: u64}", Breaking);
        check("{a: u64}", "{a: u64, b: u8}", Breaking);
        check("{a?: u64}", "{a: u64}", Breaking);
        check("{a: u64}", "{}", Breaking);
        check("enum {A: ()}", "enum {B: ()}", Breaking);
        check("enum {A: u8}", "enum {A: u16, B: u8}", Breaking);
        check("enum {A: ()}", "enum untagged {A: ()}", Breaking);
        check("enum untagged {A: u8}", "enum untagged {B: u16, A: u8}", Breaking);
        check("opaque \"a\"", "opaque \"b\"", Breaking);
        check("[u8; 2]", "[u8; 3]", Breaking);
    }
}
