//! What a binary has: the side that is compared with the lock.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Entry, Form, Key, LockedCall, LockedHelper};
use crate::function::FunctionKind;
use crate::name::WireName;
use crate::registry::{Callee, Registration, Registry, TypeInfo};
use crate::version::Version;

/// Every function and version of a binary, as `durable manifest --json` prints it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// The version of this form: 1.
    pub format: u32,
    /// The functions, sorted by kind, name and version.
    pub functions: Vec<ManifestFunction>,
}

/// One version of one function.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ManifestFunction {
    /// Which one.
    #[serde(flatten)]
    pub key: Key,
    /// Whether new instances start on it.
    pub current: bool,
    /// The package it belongs to, if it was built by cargo.
    pub package: Option<String>,
    /// The crate and module.
    pub module: String,
    /// The file, line and column, as the compiler saw them.
    pub place: String,
    /// The fingerprint of its body, as `fp1:` and 16 digits; none for an activity.
    pub body: Option<String>,
    /// Its input.
    pub input: ManifestForm,
    /// Its output.
    pub output: ManifestForm,
    /// Its error.
    pub error: ManifestForm,
    /// What its body calls, in the order of its text.
    pub callees: Vec<ManifestCallee>,
    /// The deterministic functions it calls.
    pub helpers: Vec<ManifestHelper>,
}

/// A payload type.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ManifestForm {
    /// The path of the Rust type.
    pub r#type: String,
    /// The fingerprint of its schema, in 16 hexadecimal digits; none without `DurableSchema`.
    pub fingerprint: Option<String>,
    /// The schema in one line.
    pub schema: Option<String>,
}

/// What stands in the place of a handle.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ManifestCallee {
    /// The path, as written.
    pub path: String,
    /// The function; none if the path is no handle.
    pub function: Option<Key>,
    /// Whether the handle names its version.
    pub pinned: bool,
}

/// A deterministic function.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ManifestHelper {
    /// Its name.
    pub name: String,
    /// Its fingerprint, as `fp1:` and 16 digits.
    pub fingerprint: String,
}

impl Manifest {
    /// Lists what a registry has.
    pub fn of(registry: &Registry) -> Self {
        Self {
            format: 1,
            functions: registry.rows().filter_map(function).collect(),
        }
    }

    /// Returns the functions of one package; all, if none is named.
    pub fn of_package<'a>(&'a self, package: Option<&'a str>) -> impl Iterator<Item = &'a ManifestFunction> {
        self.functions
            .iter()
            .filter(move |function| function.is_of(package))
    }
}

impl ManifestFunction {
    /// Returns whether it belongs to a package; without one, all do.
    pub(super) fn is_of(&self, package: Option<&str>) -> bool {
        package.is_none() || self.package.as_deref() == package
    }

    /// Returns what a lock says of the function as it is now.
    pub fn entry(&self) -> Entry {
        Entry {
            body: self.body.as_deref().and_then(|text| text.parse().ok()),
            input: self.input.form(),
            output: self.output.form(),
            error: self.error.form(),
            calls: self.callees.iter().map(ManifestCallee::locked).collect(),
            helpers: self.helpers.iter().filter_map(ManifestHelper::locked).collect(),
            accepted: Vec::new(),
        }
    }

    /// Returns the payload types whose recorded form is not known, by what they are for.
    pub fn without_schema(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let forms = [
            ("input", &self.input),
            ("output", &self.output),
            ("error", &self.error),
        ];
        forms
            .into_iter()
            .filter(|(_, form)| form.fingerprint.is_none())
            .map(|(what, form)| (what, form.r#type.as_str()))
    }
}

impl ManifestForm {
    fn form(&self) -> Form {
        let digits = self.fingerprint.as_deref();
        Form {
            fingerprint: digits.and_then(crate::registry::hex),
            schema: self.schema.as_deref().and_then(|text| text.parse().ok()),
        }
    }
}

impl ManifestCallee {
    /// Returns what a lock says of it.
    pub fn locked(&self) -> LockedCall {
        match &self.function {
            Some(key) => LockedCall::Function(key.clone()),
            None => LockedCall::Other(self.path.clone()),
        }
    }
}

impl ManifestHelper {
    fn locked(&self) -> Option<LockedHelper> {
        Some(LockedHelper {
            name: self.name.clone(),
            fingerprint: self.fingerprint.parse().ok()?,
        })
    }
}

fn function(row: &Registration) -> Option<ManifestFunction> {
    let callees = (row.callees)().into_iter().filter_map(callee);
    let helpers = (row.helpers)().into_iter().map(|helper| ManifestHelper {
        name: helper.name.to_owned(),
        fingerprint: helper.fingerprint.to_string(),
    });
    Some(ManifestFunction {
        key: key(row.kind(), row.name, row.version)?,
        current: row.current,
        package: row.place.package.map(str::to_owned),
        module: row.place.module.to_owned(),
        place: row.place.to_string(),
        body: row.body.map(|print| print.to_string()),
        input: form(&row.input),
        output: form(&row.output),
        error: form(&row.error),
        callees: callees.collect(),
        helpers: helpers.collect(),
    })
}

/// Names of a registry are well-formed; a callee's own row is checked where it is registered.
fn key(kind: FunctionKind, name: &str, version: Version) -> Option<Key> {
    let name = WireName::new(name).ok()?;
    Some(Key { kind, name, version })
}

fn form(ty: &TypeInfo) -> ManifestForm {
    ManifestForm {
        r#type: ty.name().to_owned(),
        fingerprint: ty.schema().map(|print| format!("{print:016x}")),
        schema: ty.describe().map(|schema| schema.to_string()),
    }
}

fn callee(callee: Callee) -> Option<ManifestCallee> {
    Some(match callee {
        Callee::Function {
            kind,
            name,
            version,
            pinned,
            path,
        } => ManifestCallee {
            path: path.to_owned(),
            function: Some(key(kind, name, version)?),
            pinned,
        },
        Callee::Other { path } => ManifestCallee {
            path: path.to_owned(),
            function: None,
            pinned: false,
        },
    })
}

impl fmt::Display for Manifest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, function) in self.functions.iter().enumerate() {
            f.write_str(if at == 0 { "" } else { "\n" })?;
            let state = if function.current { "current" } else { "superseded" };
            writeln!(f, "{} ({state}, {})", function.key, function.place)?;
            write!(f, "{}", function.entry())?;
        }
        Ok(())
    }
}
