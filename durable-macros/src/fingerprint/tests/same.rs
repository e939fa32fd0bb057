//! What does not move it.

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use quote::quote;

use super::{body, of, same};
use crate::fingerprint::read;

#[test]
fn the_names_of_local_variables() {
    same("let a = f(1); g(a)", "let receipt = f(1); g(receipt)");
    same("let a = 1; let a = a + 1; a", "let a = 1; let b = a + 1; b");
    same(
        "if let Some(x) = f() && x > 1 { g(x) }",
        "if let Some(y) = f() && y > 1 { g(y) }",
    );
    same(
        "while let Some(x) = f() { g(x) }",
        "while let Some(y) = f() { g(y) }",
    );
    same(
        "let Some(x) = f() else { return }; x",
        "let Some(y) = f() else { return }; y",
    );
    same("for (i, x) in f() { g(i, x) }", "for (x, i) in f() { g(x, i) }");
    same("|a: u8, _| a", "|b: u8, _| b");
    same(
        "match x { A(a) | B(a) if a > 1 => a, c => c }",
        "match x { A(b) | B(b) if b > 1 => b, d => d }",
    );
    same("'a: loop { break 'a }", "'b: loop { break 'b }");
    same("'a: { break 'a 1 }", "'b: { break 'b 1 }");
    same("fn f(a: u8) -> u8 { a }", "fn f(b: u8) -> u8 { b }");
    same(
        "let n = 1; format!(\"{n:>4} {{n}} {0}\", n)",
        "let m = 1; format!(\"{m:>4} {{n}} {0}\", m)",
    );
    same(
        "let n = 1; assert!(n > 1, \"{n}\")",
        "let m = 1; assert!(m > 1, \"{m}\")",
    );
    same(
        "let n = 1; matches!(n, Some(x) if x > n)",
        "let m = 1; matches!(m, Some(y) if y > m)",
    );
    same("let n = 1; vec![n; n]", "let m = 1; vec![m; m]");
    same(
        "let ref mut a @ B(c) = d; f(a, c)",
        "let ref mut x @ B(y) = d; f(x, y)",
    );
    same(
        "let id = 1; Order { id, n: 1 }",
        "let key = 1; Order { id: key, n: 1 }",
    );
    same(
        "let Order { id, .. } = f(); id",
        "let Order { id: key, .. } = f(); key",
    );
}

#[test]
fn the_names_of_parameters() {
    let one = of(&quote!(
        async fn f(ctx: C, Order { id, .. }: Order) -> R {
            ctx.g(id)
        }
    ));
    let other = of(&quote!(
        async fn f(context: C, Order { id: key, .. }: Order) -> R {
            context.g(key)
        }
    ));
    assert_eq!(one.hash, other.hash);
}

#[test]
fn attributes_types_and_the_name_of_the_function() {
    let one = of(&quote!(
        async fn f(ctx: C, a: A) -> R {
            1
        }
    ));
    let other = of(&quote!(
        #[inline]
        pub(crate) async fn g(ctx: super::C, a: B<A, u8>) -> S {
            1
        }
    ));
    assert_eq!(one.hash, other.hash);
}

#[test]
fn formatting_comments_and_lint_levels() {
    same("f(a, b)", "f (a,\n b, // why\n)");
    same("f::<A>(a)", "f::<A,>(a,)");
    same("f([a], Foo { a }, vec![a])", "f([a,], Foo { a, }, vec![a,],)");
    same("f(a)", "#[allow(unused)] #[expect(x)] /// doc\n f(a)");
    same("match a { A => 1, B => 2 }", "match a { A => { 1 } B => { 2 } }");
    same(
        "match a { A => { f(); 1 } B => 2 }",
        "match a { A => { f(); 1 }, B => 2, }",
    );
    same("f(|x| x + 1)", "f(|x| { x + 1 })");
    same("let x: Vec<Vec<u8>> = y;", "let x: Vec<Vec<u8> > = y;");
}

#[test]
fn which_handle_of_a_function_is_named() {
    same("ctx.call(charge, 1)", "ctx.call(charge_v1, 1)");
    same("ctx.call(charge, 1)", "ctx.call(crate::shop::charge_v1, 1)");
    same("ctx.call(charge, 1)", "ctx.call(::shop::charge_v1, 1)");
}

#[test]
fn invisible_groups_of_macros() {
    let hidden = TokenTree::Group(Group::new(Delimiter::None, quote!(order.id)));
    let name = TokenTree::Group(Group::new(Delimiter::None, quote!(charge)));
    let block: TokenStream = quote!({ ctx.call(#name, #hidden) });
    let block = TokenTree::Group(Group::new(Delimiter::None, block));
    let generated = read(&quote!(async fn f(ctx: C, order: O) -> R #block)).unwrap();
    assert_eq!(generated.hash, body("ctx.call(charge, order.id)").hash);
    assert_eq!(generated.callees.len(), 1);
}
