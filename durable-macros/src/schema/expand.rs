//! The implementation of `DurableSchema`.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{DeriveInput, Type, parse_quote};

use super::model::{Field, Form, Model, Tagging, Value};
use crate::paths::Private;

pub(super) fn implementation(input: &DeriveInput, model: &Model) -> TokenStream {
    let private = Private::new(model.facade.as_ref());
    let ident = &input.ident;
    let mut generics = input.generics.clone();
    for param in generics.type_params_mut() {
        param.bounds.push(parse_quote!(#private::DurableSchema));
    }
    let (impl_generics, type_generics, where_clause) = generics.split_for_impl();
    let fingerprint = fingerprint(&model.form, &private);
    let description = describe(&model.form, &private);
    quote! {
        #[automatically_derived]
        impl #impl_generics #private::DurableSchema for #ident #type_generics #where_clause {
            const FINGERPRINT: u64 = #fingerprint;
            fn describe() -> #private::Schema {
                #description
            }
        }
    }
}

fn fingerprint(form: &Form, private: &Private) -> TokenStream {
    match form {
        Form::Of(value) => value_fingerprint(value, private),
        Form::Tuple(items) => {
            let items = items.iter().map(|item| value_fingerprint(item, private));
            quote!(#private::Fingerprint::new("tuple")#(.number(#items))*.get())
        }
        Form::Struct(fields) => {
            let fields = fields.iter().map(|field| {
                let (name, marks) = (&field.name, marks(field));
                let value = value_fingerprint(&field.value, private);
                quote!(.field(#name, #marks, #value))
            });
            quote!(#private::Fingerprint::new("struct")#(#fields)*.get())
        }
        Form::Enum { tagging, variants } => {
            let tagging = match tagging {
                Tagging::External => quote!(.text("external")),
                Tagging::Internal(tag) => quote!(.text("internal").text(#tag)),
                Tagging::Adjacent(tag, content) => quote!(.text("adjacent").text(#tag).text(#content)),
                Tagging::Untagged => quote!(.text("untagged")),
            };
            let variants = variants.iter().map(|(name, form)| {
                let form = fingerprint(form, private);
                quote!(.field(#name, "", #form))
            });
            quote!(#private::Fingerprint::new("enum")#tagging #(#variants)*.get())
        }
    }
}

/// Returns what, beside name and form, decides how a field is recorded and read.
fn marks(field: &Field) -> String {
    let marks = [
        (field.default, "default"),
        (field.flatten, "flatten"),
        (field.may_be_missing, "missing"),
    ];
    let marks: Vec<&str> = marks
        .iter()
        .filter(|(given, _)| *given)
        .map(|(_, mark)| *mark)
        .collect();
    marks.join(" ")
}

fn value_fingerprint(value: &Value, private: &Private) -> TokenStream {
    match value {
        Value::Type(ty) => quote!(<#ty as #private::DurableSchema>::FINGERPRINT),
        Value::Opaque(_) => quote!(#private::Fingerprint::new("opaque").get()),
        Value::Custom(path) => quote!(#private::Fingerprint::new("custom").text(#path).get()),
    }
}

fn describe(form: &Form, private: &Private) -> TokenStream {
    match form {
        Form::Of(value) => value_description(value, private),
        Form::Tuple(items) => {
            let items = items.iter().map(|item| value_description(item, private));
            quote!(#private::Schema::tuple([#(#items),*]))
        }
        Form::Struct(fields) => {
            let fields = fields.iter().map(|field| {
                let name = &field.name;
                let value = value_description(&field.value, private);
                let default = (field.default || field.may_be_missing).then(|| quote!(.or_default()));
                let flatten = field.flatten.then(|| quote!(.flattened()));
                quote!(#private::Field::new(#name, #value)#default #flatten)
            });
            quote!(#private::Schema::structure([#(#fields),*]))
        }
        Form::Enum { tagging, variants } => {
            let tagging = match tagging {
                Tagging::External => quote!(External),
                Tagging::Internal(tag) => quote!(internal(#tag)),
                Tagging::Adjacent(tag, content) => quote!(adjacent(#tag, #content)),
                Tagging::Untagged => quote!(Untagged),
            };
            let variants = variants.iter().map(|(name, form)| {
                let form = describe(form, private);
                quote!(#private::Variant::new(#name, #form))
            });
            quote!(#private::Schema::choice(#private::Tagging::#tagging, [#(#variants),*]))
        }
    }
}

fn value_description(value: &Value, private: &Private) -> TokenStream {
    match value {
        Value::Type(ty) => quote!(<#ty as #private::DurableSchema>::describe()),
        Value::Opaque(ty) => {
            let name = short_name(ty);
            quote!(#private::Schema::opaque(#name))
        }
        Value::Custom(path) => quote!(#private::Schema::opaque(#path)),
    }
}

/// Returns the type's name without its path and parameters.
fn short_name(ty: &Type) -> String {
    let last = match ty {
        Type::Path(path) => path.path.segments.last(),
        _ => None,
    };
    last.map_or_else(|| "opaque".to_owned(), |segment| segment.ident.to_string())
}
