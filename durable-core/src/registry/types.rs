//! Types as the registry compares them.

use std::any::TypeId;
use std::fmt;

use crate::schema::Schema;

/// A Rust type: its identity in this binary, its name, and the fingerprint of its recorded form if it has one.
///
/// Function pointers keep it constructible in constants.
#[derive(Clone, Copy)]
pub struct TypeInfo {
    id: fn() -> TypeId,
    name: fn() -> &'static str,
    schema: Option<u64>,
    describe: Option<fn() -> Schema>,
}

impl TypeInfo {
    /// Describes `T`, whose recorded form has no fingerprint.
    pub const fn of<T: 'static>() -> Self {
        Self {
            id: TypeId::of::<T>,
            name: std::any::type_name::<T>,
            schema: None,
            describe: None,
        }
    }

    /// Describes `T` with its schema, if it has one. Called by generated code.
    #[doc(hidden)]
    pub const fn with_schema<T: 'static>(schema: Option<u64>, describe: Option<fn() -> Schema>) -> Self {
        Self {
            id: TypeId::of::<T>,
            name: std::any::type_name::<T>,
            schema,
            describe,
        }
    }

    /// Returns the type's identity within this binary.
    pub fn id(&self) -> TypeId {
        (self.id)()
    }

    /// Returns the type's path.
    pub fn name(&self) -> &'static str {
        (self.name)()
    }

    /// Returns the fingerprint of the type's `DurableSchema`, if it derives one.
    pub fn schema(&self) -> Option<u64> {
        self.schema
    }

    /// Returns the description of the type's `DurableSchema`, if it derives one.
    pub fn describe(&self) -> Option<Schema> {
        self.describe.map(|describe| describe())
    }

    /// Returns whether values of the two types are recorded alike: the same type, or equal fingerprints.
    pub fn recorded_like(&self, other: &Self) -> bool {
        self.id() == other.id() || (self.schema().is_some() && self.schema() == other.schema())
    }
}

impl fmt::Debug for TypeInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
