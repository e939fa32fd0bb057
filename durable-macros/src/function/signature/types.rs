//! What can be told of a type from its tokens alone. Everything else is left to the compiler.

use syn::visit::Visit;
use syn::{GenericArgument, PathArguments, Type, TypePath, parse_quote};

use super::Output;

/// The outermost form of a type.
pub(super) enum Shape<'a> {
    /// A path: a type's name or an alias.
    Path,
    /// A reference.
    Reference(&'a Type),
    /// A tuple, an array, or another form that can be written down.
    Other,
    /// Something that stands for many types: `impl Trait`, `dyn Trait`, `_`.
    Unnameable,
}

pub(super) fn shape(ty: &Type) -> Shape<'_> {
    match ty {
        Type::Group(group) => shape(&group.elem),
        Type::Paren(paren) => shape(&paren.elem),
        Type::Path(_) | Type::Macro(_) if !stands_for_many(ty) => Shape::Path,
        Type::Reference(reference) => Shape::Reference(&reference.elem),
        _ if stands_for_many(ty) => Shape::Unnameable,
        _ => Shape::Other,
    }
}

/// Returns whether the type contains `impl Trait` or `_`, or is a trait object.
fn stands_for_many(ty: &Type) -> bool {
    struct Finder(bool);
    impl<'ast> Visit<'ast> for Finder {
        fn visit_type_impl_trait(&mut self, _: &'ast syn::TypeImplTrait) {
            self.0 = true;
        }
        fn visit_type_infer(&mut self, _: &'ast syn::TypeInfer) {
            self.0 = true;
        }
    }
    let mut finder = Finder(matches!(ty, Type::TraitObject(_)));
    finder.visit_type(ty);
    finder.0
}

/// Returns whether the last segment of the type's path is `name`.
pub(super) fn is_named(ty: &Type, name: &str) -> bool {
    last_segment(ty).is_some_and(|segment| segment == name)
}

/// Returns whether the type is named like one of the two contexts.
pub(super) fn names_a_context(ty: &Type) -> bool {
    last_segment(ty).is_some_and(|segment| segment.ends_with("Context") || segment.ends_with("Ctx"))
}

fn last_segment(ty: &Type) -> Option<String> {
    match ty {
        Type::Group(group) => last_segment(&group.elem),
        Type::Paren(paren) => last_segment(&paren.elem),
        Type::Path(path) => path.path.segments.last().map(|segment| segment.ident.to_string()),
        _ => None,
    }
}

/// Returns whether the type is one that everybody knows, and so neither a context nor a `Result`.
pub(super) fn is_familiar(ty: &Type) -> bool {
    const PRIMITIVES: [&str; 19] = [
        "bool", "char", "str", "u8", "u16", "u32", "u64", "u128", "usize", "i8", "i16", "i32", "i64", "i128",
        "isize", "f32", "f64", "String", "Vec",
    ];
    match ty {
        Type::Path(TypePath {
            qself: None, path, ..
        }) if path.segments.len() == 1 => {
            last_segment(ty).is_some_and(|name| PRIMITIVES.contains(&name.as_str()))
        }
        _ => false,
    }
}

/// Returns the type to take instead of a reference to `inner`, and how it is written if not as `inner`.
pub(super) fn owned(inner: &Type) -> (Type, Option<&'static str>) {
    match inner {
        Type::Slice(slice) => {
            let item = &slice.elem;
            (parse_quote!(::std::vec::Vec<#item>), Some("Vec<..>"))
        }
        _ if is_named(inner, "str") => (parse_quote!(::std::string::String), Some("String")),
        _ if stands_for_many(inner) => (parse_quote!(()), None),
        _ => (inner.clone(), None),
    }
}

/// Splits `Result<T, E>`, so that the compiler's complaint about one of the two is located there.
pub(super) fn output(ty: &Type) -> Output {
    if let Type::Path(path) = ty
        && let Some(last) = path.path.segments.last()
        && last.ident == "Result"
        && let PathArguments::AngleBracketed(args) = &last.arguments
        && args.args.len() == 2
        && let (Some(GenericArgument::Type(value)), Some(GenericArgument::Type(error))) =
            (args.args.first(), args.args.last())
    {
        return Output::Result {
            whole: Box::new(ty.clone()),
            value: Box::new(value.clone()),
            error: Box::new(error.clone()),
        };
    }
    Output::Alias(Box::new(ty.clone()))
}
