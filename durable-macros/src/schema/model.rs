//! A type as it is recorded.

use syn::ext::IdentExt;
use syn::visit::{self, Visit};
use syn::{Data, DeriveInput, Fields, Path, Type};

use super::case::Case;
use super::options::Options;
use crate::errors::Errors;
use crate::message;

/// The recorded form of the type and where the library is found.
pub(super) struct Model {
    pub(super) form: Form,
    pub(super) facade: Option<Path>,
}

/// A recorded form.
pub(super) enum Form {
    /// The form of another type.
    Of(Value),
    Tuple(Vec<Value>),
    Struct(Vec<Field>),
    Enum {
        tagging: Tagging,
        variants: Vec<(String, Self)>,
    },
}

/// What is recorded for a field.
pub(super) enum Value {
    Type(Type),
    /// The form is not looked into.
    Opaque(Type),
    /// A function of the user's decides: its path.
    Custom(String),
}

/// A field of a struct.
pub(super) struct Field {
    pub(super) name: String,
    pub(super) value: Value,
    pub(super) default: bool,
    pub(super) flatten: bool,
    pub(super) may_be_missing: bool,
}

/// How variants are told apart.
pub(super) enum Tagging {
    External,
    Internal(String),
    Adjacent(String, String),
    Untagged,
}

impl Model {
    pub(super) fn read(input: &DeriveInput, errors: &mut Errors) -> Self {
        let options = Options::read(&input.attrs, errors);
        refuse_recursion(input, errors);
        let form = if options.opaque {
            let ident = &input.ident;
            Form::Of(Value::Opaque(syn::parse_quote!(#ident)))
        } else if let Some(proxy) = options.proxy.clone() {
            Form::Of(Value::Type(proxy))
        } else {
            match &input.data {
                Data::Struct(data) => fields(&data.fields, &options, options.rename_all, errors),
                Data::Enum(data) => variants(data, &options, errors),
                Data::Union(data) => {
                    let message = message::schema("a union has no recorded form", "use an enum");
                    errors.push(data.union_token, &message);
                    Form::Tuple(Vec::new())
                }
            }
        };
        Self {
            form,
            facade: options.facade,
        }
    }
}

/// Reports fields whose type names the type itself. A longer way round is found by the compiler.
fn refuse_recursion(input: &DeriveInput, errors: &mut Errors) {
    let fields: Vec<&syn::Field> = match &input.data {
        Data::Struct(data) => data.fields.iter().collect(),
        Data::Enum(data) => data.variants.iter().flat_map(|variant| &variant.fields).collect(),
        Data::Union(_) => Vec::new(),
    };
    for field in fields {
        let options = Options::read(&field.attrs, &mut Errors::new());
        let looked_into = !options.opaque && !options.skip && options.custom.is_empty();
        if looked_into && mentions(&field.ty, &input.ident) {
            errors.push(&field.ty, &message::recursive_schema());
        }
    }
}

fn mentions(ty: &Type, ident: &syn::Ident) -> bool {
    struct Finder<'a>(&'a syn::Ident, bool);
    impl<'ast> Visit<'ast> for Finder<'_> {
        fn visit_path(&mut self, path: &'ast Path) {
            self.1 |= path
                .get_ident()
                .is_some_and(|found| found == self.0 || found == "Self");
            self.1 |=
                path.segments.len() == 1 && path.segments.iter().any(|segment| segment.ident == *self.0);
            visit::visit_path(self, path);
        }
    }
    let mut finder = Finder(ident, false);
    finder.visit_type(ty);
    finder.1
}

fn fields(fields: &Fields, owner: &Options, case: Option<Case>, errors: &mut Errors) -> Form {
    let kept: Vec<(&syn::Field, Options)> = fields
        .iter()
        .map(|field| (field, Options::read(&field.attrs, errors)))
        .filter(|(_, options)| !options.skip)
        .collect();
    // A newtype is recorded as what it holds, even if serde would skip a second field of it.
    let alone = owner.transparent || matches!(fields, Fields::Unnamed(all) if all.unnamed.len() == 1);
    if alone && let Some((field, options)) = kept.first() {
        return Form::Of(value(field, options));
    }
    match fields {
        Fields::Named(_) => Form::Struct(
            kept.iter()
                .map(|(field, options)| Field {
                    name: field_name(field, options, case),
                    value: value(field, options),
                    default: options.default || owner.default,
                    flatten: options.flatten,
                    may_be_missing: options.may_be_missing,
                })
                .collect(),
        ),
        Fields::Unnamed(_) | Fields::Unit => Form::Tuple(
            kept.iter()
                .map(|(field, options)| value(field, options))
                .collect(),
        ),
    }
}

fn field_name(field: &syn::Field, options: &Options, case: Option<Case>) -> String {
    let own = field
        .ident
        .as_ref()
        .map(|ident| ident.unraw().to_string())
        .unwrap_or_default();
    options
        .rename
        .clone()
        .unwrap_or_else(|| case.map_or(own.clone(), |case| case.field(&own)))
}

fn value(field: &syn::Field, options: &Options) -> Value {
    if options.opaque {
        Value::Opaque(field.ty.clone())
    } else if options.custom.is_empty() {
        Value::Type(field.ty.clone())
    } else {
        Value::Custom(options.custom.join(" "))
    }
}

fn variants(data: &syn::DataEnum, owner: &Options, errors: &mut Errors) -> Form {
    let mut variants = Vec::new();
    for variant in &data.variants {
        let options = Options::read(&variant.attrs, errors);
        if options.skip {
            continue;
        }
        let own = variant.ident.unraw().to_string();
        let name = options
            .rename
            .clone()
            .unwrap_or_else(|| owner.rename_all.map_or(own.clone(), |case| case.variant(&own)));
        let form = if options.custom.is_empty() {
            let case = options.rename_all.or(owner.rename_all_fields);
            fields(&variant.fields, &options, case, errors)
        } else {
            Form::Of(Value::Custom(options.custom.join(" ")))
        };
        variants.push((name, form));
    }
    let tagging = match (&owner.tag, &owner.content) {
        _ if owner.untagged => Tagging::Untagged,
        (Some(tag), Some(content)) => Tagging::Adjacent(tag.clone(), content.clone()),
        (Some(tag), None) => Tagging::Internal(tag.clone()),
        (None, _) => Tagging::External,
    };
    Form::Enum { tagging, variants }
}
