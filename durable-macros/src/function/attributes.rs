//! The user's other attributes, and where each belongs.

use syn::{AttrStyle, Attribute, parse_quote};

/// The attributes of a function, sorted by the generated items they go to.
#[derive(Debug, Default)]
pub(crate) struct Attributes {
    /// `#[cfg]`: on every generated item.
    pub(crate) cfg: Vec<Attribute>,
    /// Documentation and deprecation, which tell callers something: on the handles.
    pub(crate) outside: Vec<Attribute>,
    /// Lint levels as the handles need them.
    pub(crate) lints: Vec<Attribute>,
    /// All others: on the function that holds the body.
    pub(crate) inside: Vec<Attribute>,
}

impl Attributes {
    pub(crate) fn sort(attrs: Vec<Attribute>) -> Self {
        let mut sorted = Self::default();
        for mut attr in attrs {
            // Attributes written at the head of the body come here, too.
            attr.style = AttrStyle::Outer;
            let name = attr
                .path()
                .get_ident()
                .map(ToString::to_string)
                .unwrap_or_default();
            match name.as_str() {
                "cfg" => sorted.cfg.push(attr),
                "doc" | "deprecated" => sorted.outside.push(attr),
                "allow" | "warn" | "deny" | "forbid" => {
                    sorted.lints.push(attr.clone());
                    sorted.inside.push(attr);
                }
                "expect" => {
                    // The body fulfils the expectation; a handle might not.
                    if let Ok(list) = attr.meta.require_list() {
                        let lints = &list.tokens;
                        sorted.lints.push(parse_quote!(#[allow(#lints)]));
                    }
                    sorted.inside.push(attr);
                }
                _ => sorted.inside.push(attr),
            }
        }
        sorted
    }
}
