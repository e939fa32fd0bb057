//! Which rules an input breaks, all at once. The words and the places are compared in `ui-tests`.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{File, Item, LitStr};

use crate::function::{self, Kind};

/// Returns the rule of each error in an expansion.
fn rules(expansion: TokenStream) -> Vec<String> {
    let file: File = syn::parse2(expansion).expect("an expansion is a list of items");
    let messages = file.items.iter().filter_map(|item| match item {
        Item::Macro(call) => call.mac.parse_body::<LitStr>().ok(),
        _ => None,
    });
    messages
        .map(|message| {
            let text = message.value();
            let note = text.lines().last().unwrap_or_default().to_owned();
            note["note: ".len().."note: D0000".len()].to_owned()
        })
        .collect()
}

#[expect(clippy::needless_pass_by_value, reason = "the tests read better")]
fn activity(args: TokenStream, item: TokenStream) -> Vec<String> {
    rules(function::run(Kind::Activity, args, &item))
}

#[test]
fn all_errors_are_reported_at_once() {
    let found = activity(
        quote!(
            version = "x",
            nmae = "a b",
            retry(max_attempts = 0, backoff = "2s..1s"),
            timeout = "1"
        ),
        quote!(
            fn charge<T>(ctx: &ActivityContext, order: &str, more: u8) {}
        ),
    );
    let wanted = [
        "D0019", "D0021", "D0014", "D0020", "D0022", "D0010", "D0015", "D0016", "D0017", "D0018", "D0011",
    ];
    assert_eq!(found, wanted);
}

#[test]
fn a_correct_function_has_no_errors() {
    let item = quote!(
        async fn charge(ctx: a::ActivityContext, (a, b): (u8, u8)) -> Result<(), E> {}
    );
    assert_eq!(activity(quote!(), item), Vec::<String>::new());
}

#[test]
fn aliases_are_left_to_the_compiler() {
    let item = quote!(
        async fn charge(ctx: Ctx, order: Order) -> Outcome {}
    );
    assert_eq!(activity(quote!(), item), Vec::<String>::new());
}

#[test]
fn a_blocking_activity_may_not_be_async() {
    let item = quote!(
        async fn charge(ctx: ActivityContext) -> Result<(), E> {}
    );
    assert_eq!(activity(quote!(blocking), item), ["D0010"]);
}

#[test]
fn keys_belong_to_one_attribute_or_the_other() {
    let item = quote!(
        async fn f(ctx: OrchestrationContext) -> Result<(), E> {}
    );
    let args = quote!(
        blocking,
        max_concurrent = 1,
        total_timeout = "1s",
        heartbeat = "1s"
    );
    let found = rules(function::run(Kind::Orchestrator, args, &item));
    assert_eq!(found, ["D0019", "D0019", "D0019", "D0019"]);
}

#[test]
fn a_broken_list_of_arguments_is_one_error() {
    let item = quote!(
        async fn charge(ctx: ActivityContext) -> Result<(), E> {}
    );
    let expansion = function::run(Kind::Activity, quote!(version = = "1"), &item);
    let text = expansion.to_string();
    assert_eq!(text.matches("compile_error").count(), 1, "{text}");
}

#[test]
fn a_function_is_found_while_its_body_is_written() {
    let item = quote!(
        async fn f(ctx: OrchestrationContext) -> Result<(), E> {
            ctx.
        }
    );
    let text = function::run(Kind::Orchestrator, quote!(), &item).to_string();
    assert_eq!(text.matches("compile_error").count(), 1, "{text}");
    assert!(text.contains("fn f_v1"), "{text}");
}

#[test]
fn other_items_are_refused() {
    for item in [
        quote!(
            struct A;
        ),
        quote!(
            enum A {}
        ),
        quote!(
            trait A {}
        ),
        quote!(
            mod a {}
        ),
        quote!(
            static A: u8 = 1;
        ),
    ] {
        assert_eq!(activity(quote!(), item), ["D0023"]);
    }
}

#[test]
fn types_of_schemas_may_not_contain_themselves() {
    let found = rules(crate::schema::run(quote!(
        enum Tree {
            Leaf,
            Node(Box<Tree>, Vec<Self>),
        }
    )));
    assert_eq!(found, ["D0028", "D0028"]);
    let found = rules(crate::schema::run(quote!(
        struct A {
            #[durable(opake)]
            a: u8,
        }
    )));
    assert_eq!(found, ["D0019"]);
}

#[test]
fn a_body_is_checked_to_its_end() {
    let item = quote!(
        async fn f(ctx: OrchestrationContext) -> Result<(), E> {
            let pay = async |x| x;
            known!(a.await b);
            stringify!(c.await => d);
            known!(a.await, b);
            macro_rules! later {
                () => {
                    x.await
                };
            }
        }
    );
    let found = rules(function::run(Kind::Orchestrator, quote!(), &item));
    assert_eq!(found, ["D0105", "D0106", "D0106"]);
    assert_eq!(rules(crate::deterministic::run(quote!(), &item)), found);
}

#[test]
fn a_deterministic_function_is_a_plain_one() {
    let deterministic = |item| rules(crate::deterministic::run(quote!(), &item));
    for item in [
        quote!(
            const fn f() {}
        ),
        quote!(
            unsafe fn f() {}
        ),
        quote!(
            extern "C" fn f() {}
        ),
        quote!(
            enum A {}
        ),
        quote!(
            #[durable::activity]
            async fn f(ctx: ActivityContext) -> Result<(), E> {}
        ),
        quote!(
            impl A {
                fn f(&self) {}
                const fn g(&self) {}
            }
        ),
        quote!(
            trait A {
                unsafe fn g(&self);
            }
        ),
    ] {
        assert_eq!(deterministic(item.clone()), ["D0201"], "{item}");
    }
    let both = quote!(
        #[deterministic]
        async fn f(ctx: OrchestrationContext) -> Result<(), E> {}
    );
    assert_eq!(
        rules(function::run(Kind::Orchestrator, quote!(), &both)),
        ["D0201"]
    );
}

#[test]
fn strictness_is_on_or_off() {
    let item = quote!(
        async fn wait(ctx: OrchestrationContext) -> Result<(), E> {
            Ok(())
        }
    );
    let orchestrator = |args| rules(function::run(Kind::Orchestrator, args, &item));
    let none: [&str; 0] = [];
    assert_eq!(orchestrator(quote!(strict)), none);
    assert_eq!(orchestrator(quote!(strict = false)), none);
    assert_eq!(orchestrator(quote!(strict = "no")), ["D0019"]);
    assert_eq!(orchestrator(quote!(strict(no))), ["D0019"]);
}
