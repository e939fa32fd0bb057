//! What moves it.

use std::str::FromStr;

use proc_macro2::{Group, Ident, Literal, Punct, TokenStream, TokenTree};

use super::{differ, function};
use crate::fingerprint::read;

#[test]
fn edits_that_a_set_of_names_would_not_see() {
    differ(
        "let reserve = ctx.call(reserve, 1).await?; f(reserve)",
        "let refund = f(1); f(refund)",
    );
    differ(
        "let reserve = ctx.run(reserve, 1);",
        "let refund = ctx.run(refund, 1);",
    );
    differ(
        "let a = f(1); let b = f(2); g(a, b)",
        "let a = f(1); let b = f(2); g(b, a)",
    );
    differ(
        "let a = f(1); let b = f(2); info!(a)",
        "let b = f(1); let a = f(2); info!(a)",
    );
    differ(
        "let a = f(1); let b = f(2); info!(\"{a}\")",
        "let b = f(1); let a = f(2); info!(\"{a}\")",
    );
    differ(
        "let a = f(1); let b = f(2); format!(\"{a}\")",
        "let b = f(1); let a = f(2); format!(\"{a}\")",
    );
    differ("let a = 1; { let a = 2; } g(a)", "let a = 1; let a = 2; g(a)");
    differ("let x = 1; Order { id: x }", "let x = 1; Order { key: x }");
    differ("let x = 1; x.id", "let x = 1; x.key");
    differ("f(None)", "f(Nothing)");
    differ("match x { LIMIT => 1, _ => 2 }", "match x { MOST => 1, _ => 2 }");
    differ("fn g(a: u8) {} let a = 1; g(a)", "fn h(a: u8) {} let a = 1; h(a)");
    differ(
        "'a: loop { 'b: loop { break 'a } }",
        "'a: loop { 'b: loop { break 'b } }",
    );
    differ(
        "let n = 1; format!(\"{n}\", n = 2)",
        "let n = 1; format!(\"{n}\", m = 2)",
    );
}

#[test]
fn edits_of_tokens_that_look_alike() {
    differ("(a,)", "(a)");
    differ("f((a,))", "f((a))");
    differ("match x { _ => (a,) }", "match x { _ => (a) }");
    differ("a && b", "a & &b");
    differ("f(a, b)", "f((a, b))");
    differ("m!(a, b,)", "m!(a, b)");
    differ("m!(a => { b })", "m!(a => b)");
    differ("f::<u8>()", "f::<u16>()");
    differ("f(1u8)", "f(1)");
    differ("if a { b } else { c }", "if a { c } else { b }");
    differ("#[cfg(a)] f();", "#[cfg(b)] f();");
    differ("ctx.call(charge, 1)", "ctx.call(CHARGE, 1)");
    differ("ctx.call(charge, 1)", "let charge = 1; ctx.call(charge, 1)");
    differ("ctx.call(f(), 1)", "ctx.call(g(), 1)");
}

const BODY: &str = r#"
    let mut total = 0;
    let lines = order.lines.iter().filter(|line| line.cents > 5 && !line.free);
    'all: for (at, line) in lines.enumerate() {
        let Some(price) = price(line, at)? else { continue 'all };
        total += match price { Price::Fixed(cents) if cents > 0 => cents, Price::Free | Price::Gift => { 0 } };
        ctx.set_custom_status(&format!("{at}: {total:?}", total = total))?;
    }
    let receipt = ctx.call(shop::charge, Order { total, id: order.id.clone() }).await?;
    tracing::info!(%receipt, "paid {total}");
    if let (First(yes), 1..=3) = ctx.select((ctx.event::<bool>("ok"), ctx.timer(days(3)))).await { return Ok((yes,)); }
    ctx.continue_as_new(order).on(checkout_v2).await
"#;

/// A small generator, so that a failure is the same in each run.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % limit
    }
}

/// Changes the token of a number, counted through all groups; returns whether there was one.
fn edit(tokens: TokenStream, at: &mut usize, replace: &dyn Fn(TokenTree) -> TokenTree) -> TokenStream {
    let edited = tokens.into_iter().map(|token| {
        let here = *at == 0;
        *at = at.wrapping_sub(1);
        match token {
            TokenTree::Group(group) => {
                Group::new(group.delimiter(), edit(group.stream(), at, replace)).into()
            }
            token if here => replace(token),
            token => token,
        }
    });
    edited.collect()
}

fn other(token: TokenTree) -> TokenTree {
    match token {
        TokenTree::Ident(ident) => Ident::new(&format!("{ident}x"), ident.span()).into(),
        TokenTree::Literal(literal) if literal.to_string().starts_with('"') => {
            Literal::string("other").into()
        }
        TokenTree::Literal(_) => Literal::u8_unsuffixed(99).into(),
        TokenTree::Punct(punct) => {
            Punct::new(if punct.as_char() == '*' { '+' } else { '*' }, punct.spacing()).into()
        }
        group @ TokenTree::Group(_) => group,
    }
}

fn count(tokens: &TokenStream) -> usize {
    let inner = |token| match token {
        TokenTree::Group(group) => 1 + count(&group.stream()),
        TokenTree::Ident(_) | TokenTree::Literal(_) | TokenTree::Punct(_) => 1,
    };
    tokens.clone().into_iter().map(inner).sum()
}

/// Every edit of one token that still is a function moves the fingerprint, but for the paths of callees, which are
/// compared by what they stand for, and superfluous commas.
#[test]
fn every_edit_of_a_single_token() {
    let whole = function(BODY);
    let head =
        count(&TokenStream::from_str("async fn checkout(ctx: Ctx, order: Order) -> Result<(), E>").unwrap());
    let before = read(&whole).unwrap();
    let mut moved = 0;
    for at in head + 1..count(&whole) {
        let edited = edit(whole.clone(), &mut at.clone(), &other);
        if edited.to_string() == whole.to_string() {
            continue;
        }
        let Some(after) = read(&edited) else { continue };
        let texts = |print: &crate::fingerprint::Fingerprint| {
            print.callees.iter().map(|c| c.text.clone()).collect::<Vec<_>>()
        };
        let seen = after.hash != before.hash || texts(&after) != texts(&before);
        assert!(seen, "token {at} of {edited}");
        moved += 1;
    }
    assert!(moved > 100, "{moved}");
}

#[test]
fn renaming_local_variables_never_does() {
    let locals = ["total", "lines", "line", "at", "price", "cents", "receipt", "yes"];
    let text = BODY
        // Where a name is a field, a function or a macro's, too, it is not only a variable.
        .replace("line.cents", "line.amount")
        .replace("price(line, at)", "find(line, at)")
        .replace("total = total", "sum = total")
        .replace("{total:?}", "{total:?} {sum}")
        .replace("Order { total, ", "Order { sum: total, ")
        .replace("tracing::info!(%receipt, \"paid {total}\");", "f(receipt);");
    let before = read(&function(&text)).unwrap().hash;
    let mut random = Random(7);
    for round in 0..200 {
        let mut renamed = text.clone();
        for local in locals {
            if random.below(2) == 0 {
                let name = format!("v{}_{local}", random.below(1000));
                renamed = rename(&renamed, local, &name);
            }
        }
        assert_eq!(
            read(&function(&renamed)).unwrap().hash,
            before,
            "round {round}: {renamed}"
        );
    }
}

/// Replaces a whole word.
fn rename(text: &str, from: &str, to: &str) -> String {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    let mut renamed = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(from) {
        let (before, after) = (&rest[..at], &rest[at + from.len()..]);
        let whole = !before.ends_with(|c| is_part(c) || c == '.') && !after.starts_with(is_part);
        renamed.push_str(before);
        renamed.push_str(if whole { to } else { from });
        rest = after;
    }
    renamed + rest
}
