//! Where the lock is, and `durable::lock!()`.

use std::path::{Path as FilePath, PathBuf};

use proc_macro2::{Span, TokenStream};
use quote::quote;
use syn::parse::{ParseStream, Parser};
use syn::{Path, Token};

use super::parse::Lock;
use crate::errors::Errors;
use crate::message;
use crate::paths::Private;

/// The variable that names the file, where cargo does not say which package is compiled.
const VARIABLE: &str = "DURABLE_LOCK";

/// The lock of the package that is compiled.
#[derive(Debug)]
pub(crate) enum Source {
    /// There is no package, and the variable names no file.
    Nowhere,
    /// The file does not exist, or cannot be read for this reason.
    Unreadable { shown: String, why: Option<String> },
    /// The file's text, and the expression that is its path to the compiler, so that it notices changes.
    Found { text: String, path: TokenStream },
}

impl Source {
    /// Reads the lock of the package.
    pub(crate) fn of_package() -> Self {
        let root = std::env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from);
        let (file, shown, path) = match (std::env::var(VARIABLE), root) {
            (Ok(named), root) => {
                let file = root.unwrap_or_default().join(&named);
                let Ok(file) = std::path::absolute(file) else {
                    return Self::Nowhere;
                };
                // Through the variable where that is possible, so that cargo notices when it is set no more.
                let path = if FilePath::new(&named).is_absolute() {
                    quote!(::core::env!("DURABLE_LOCK"))
                } else {
                    let path = file.to_string_lossy().into_owned();
                    quote!(#path)
                };
                (file, named, path)
            }
            (Err(_), Some(root)) => {
                let path = quote!(::core::concat!(
                    ::core::env!("CARGO_MANIFEST_DIR"),
                    "/durable.lock"
                ));
                (root.join("durable.lock"), "durable.lock".to_owned(), path)
            }
            (Err(_), None) => return Self::Nowhere,
        };
        match std::fs::read(file).map(String::from_utf8) {
            Ok(Ok(text)) => Self::Found { text, path },
            Ok(Err(_)) => Self::unreadable(shown, Some("it is not UTF-8".to_owned())),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Self::unreadable(shown, None),
            Err(error) => Self::unreadable(shown, Some(error.to_string())),
        }
    }

    fn unreadable(shown: String, why: Option<String>) -> Self {
        Self::Unreadable { shown, why }
    }
}

/// Expands `lock!()`, to which the facade gives its own path.
pub(crate) fn run(input: TokenStream, source: &Source) -> TokenStream {
    let mut errors = Errors::new();
    let parser = |input: ParseStream<'_>| {
        let facade: Path = input.call(Path::parse_mod_style)?;
        input.parse::<Token![;]>()?;
        Ok((facade, input.parse::<TokenStream>()?))
    };
    let Some((facade, surplus)) = errors.take(parser.parse2(input)) else {
        return errors.into_tokens();
    };
    if !surplus.is_empty() {
        errors.push(surplus, &message::lock_arguments());
    }
    let private = Private::new(Some(&facade));
    let mut refuse = |message| errors.add(syn::Error::new(Span::call_site(), message));
    let row = match source {
        Source::Nowhere => {
            refuse(message::lock_nowhere());
            None
        }
        Source::Unreadable { shown, why: None } => {
            refuse(message::lock_missing(shown));
            None
        }
        Source::Unreadable { why: Some(why), .. } => {
            refuse(message::lock_malformed(why));
            None
        }
        Source::Found { text, path } => {
            if let Err(problem) = Lock::parse(text) {
                refuse(message::lock_malformed(&problem));
            }
            Some(quote! {
                #private::inventory::submit! {
                    #private::LockFile {
                        package: ::core::option_env!("CARGO_PKG_NAME"),
                        text: ::core::include_str!(#path),
                    }
                }
            })
        }
    };
    let errors = errors.into_tokens();
    // Named, so that the compiler notices when the variable changes.
    quote! {
        #errors
        const _: ::core::option::Option<&str> = ::core::option_env!("DURABLE_LOCK");
        #row
    }
}
