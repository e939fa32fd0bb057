//! What is found and what is not, mostly as tables. The words and the places are compared in `ui-tests`.

mod allows;
mod bodies;
mod endless_loops;
mod names;
mod pages;

use quote::ToTokens;
use syn::{Block, File, Item, LitStr, Meta, Stmt};

use super::{Place, check};
use crate::errors::Errors;

/// What a check of a body says, and what it leaves of it.
struct Outcome {
    /// The rules of the errors, then those of the warnings with a `?`.
    found: Vec<String>,
    block: Block,
}

fn check_in(place: Place, code: &str) -> Outcome {
    let mut block: Block = syn::parse_str(&format!("{{ {code} }}")).expect("the code of the test is a block");
    let mut errors = Errors::new();
    check(&mut block, place, &mut errors);
    let file: File = syn::parse2(errors.into_tokens()).expect("errors are macro calls");
    let errors = file.items.iter().filter_map(|item| match item {
        Item::Macro(call) => Some(rule(&call.mac.parse_body::<LitStr>().ok()?.value())),
        _ => None,
    });
    let warnings = block.stmts.iter().filter_map(|stmt| match stmt {
        Stmt::Item(Item::Macro(item)) => item.attrs.iter().find_map(note),
        _ => None,
    });
    let warnings = warnings.map(|note| rule(&note) + "?");
    Outcome {
        found: errors.chain(warnings).collect(),
        block,
    }
}

/// Returns the text of `#[deprecated(note = "..")]`.
fn note(attr: &syn::Attribute) -> Option<String> {
    let Meta::List(list) = &attr.meta else { return None };
    let mut note = None;
    let _ = list.path.is_ident("deprecated").then(|| {
        attr.parse_nested_meta(|meta| {
            note = Some(meta.value()?.parse::<LitStr>()?.value());
            Ok(())
        })
    });
    note
}

/// Returns the rule that a message ends with.
fn rule(message: &str) -> String {
    let note = message.lines().last().unwrap_or_default();
    note["note: ".len().."note: D0000".len()].to_owned()
}

const ORCHESTRATOR: Place = Place {
    what: "an orchestrator",
    strict: false,
};

fn found(code: &str) -> Vec<String> {
    check_in(ORCHESTRATOR, code).found
}

/// Checks that each piece of code breaks one rule, once.
#[track_caller]
fn assert_each(rule: &str, codes: &[&str]) {
    for code in codes {
        assert_eq!(found(code), [rule], "{code}");
    }
}

#[track_caller]
fn assert_clean(codes: &[&str]) {
    for code in codes {
        let outcome = check_in(ORCHESTRATOR, code);
        assert_eq!(outcome.found, Vec::<String>::new(), "{code}");
        let kept: Block = syn::parse_str(&format!("{{ {code} }}")).expect("it was parsed before");
        assert_eq!(
            outcome.block.to_token_stream().to_string(),
            kept.to_token_stream().to_string()
        );
    }
}
