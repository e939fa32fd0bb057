//! Expansions in full: short enough to be read.

use quote::quote;

use super::pretty;
use crate::function::{self, Kind};

#[test]
fn hello() {
    let activity = quote! {
        async fn greet(_ctx: ActivityContext, name: String) -> Result<String, Failure> {
            Ok(format!("Hello, {name}!"))
        }
    };
    let orchestrator = quote! {
        async fn hello(ctx: OrchestrationContext, name: String) -> Result<String, Failure> {
            Ok(ctx.call(greet, name).await?)
        }
    };
    let activity = function::run(Kind::Activity, quote!(), &activity);
    let orchestrator = function::run(Kind::Orchestrator, quote!(), &orchestrator);
    insta::assert_snapshot!(pretty(quote!(#activity #orchestrator)));
}

#[test]
fn orchestrator() {
    let item = quote! {
        /// Checks an order out.
        #[tracing::instrument(skip_all)]
        pub(crate) async fn checkout(mut ctx: OrchestrationContext, order: Order) -> Result<Receipt, CheckoutError> {
            let both = ctx.join((async move { ctx.call(checkout, order).await }, ctx.timer(days(3)))).await;
            let all = ctx.join_all(vec![async { 1 }]).await;
            async fn helper() { async {}.await }
            match both {
                A => ctx.continue_as_new(order).await,
                B => ctx.continue_as_new(order).keep_events().on(checkout_v1).await,
            }
        }
    };
    let args = quote!(version = "2.0", timeout = "3d");
    insta::assert_snapshot!(pretty(function::run(Kind::Orchestrator, args, &item)));
}

#[test]
fn superseded_orchestrator_that_upgrades() {
    let item = quote! {
        #[cfg(feature = "old")]
        #[deprecated]
        #[expect(unused_variables)]
        async fn checkout(ctx: Ctx, OrderV1 { id, .. }: OrderV1) -> durable::Result<Receipt> {
            ctx.continue_as_new(order).await
        }
    };
    let args = quote!(
        version = "1.4.10",
        name = "shop.check-out",
        superseded,
        upgrade = "latest"
    );
    insta::assert_snapshot!(pretty(function::run(Kind::Orchestrator, args, &item)));
}

#[test]
fn activity() {
    let item = quote! {
        pub async fn charge(_ctx: ActivityContext, order: Order) -> Result<Receipt, ChargeError> {
            use crate::Local;
            ctx.state::<Bank>().charge(&order, ctx.state::<Ledger<u8>>(), ctx.state::<Local>()).await
        }
    };
    let args = quote!(
        retry(
            max_attempts = 5,
            backoff = "1s..1m",
            jitter = 0.2,
            non_retriable("Declined")
        ),
        timeout = "30s",
        max_concurrent = 4
    );
    insta::assert_snapshot!(pretty(function::run(Kind::Activity, args, &item)));
}

#[test]
fn blocking_activity_without_input_in_a_renamed_facade() {
    let item = quote! {
        fn r#move(_: my::ActivityContext) -> Result<(), my::Failure> { Ok(()) }
    };
    let args = quote!(blocking, crate = my);
    insta::assert_snapshot!(pretty(function::run(Kind::Activity, args, &item)));
}

#[test]
fn refused_function_keeps_its_handles() {
    let item = quote! {
        async fn charge(ctx: &ActivityContext, order: &str) -> u8 { nonsense }
    };
    insta::assert_snapshot!(pretty(function::run(Kind::Activity, quote!(), &item)));
}

#[test]
fn main_function() {
    let item = quote! {
        #[allow(unused)]
        async fn main() -> durable::Result<()> { App::new().run().await }
    };
    insta::assert_snapshot!(pretty(crate::entry::run(quote!(), &item)));
}

#[test]
fn migration() {
    let item = quote! {
        fn upgrade(old: OrderV1) -> Order { Order { id: old.id } }
    };
    insta::assert_snapshot!(pretty(crate::migrate::run(quote!(), &item)));
}

#[test]
fn schema_of_a_struct() {
    let item = quote! {
        #[serde(rename_all = "camelCase", deny_unknown_fields)]
        struct Page<'a, T: Clone, const N: usize> where T: Send {
            first_item: &'a T,
            #[serde(rename = "rest", default, skip_serializing_if = "Vec::is_empty")]
            others: Vec<T>,
            #[serde(skip)]
            cache: Cache,
            #[serde(flatten)]
            meta: Meta,
            #[serde(with = "hex")]
            bytes: [u8; N],
            #[durable(opaque)]
            next: Option<Box<Page<'a, T, N>>>,
        }
    };
    insta::assert_snapshot!(pretty(crate::schema::run(item)));
}

#[test]
fn schema_of_an_enum() {
    let item = quote! {
        #[serde(tag = "kind", content = "data", rename_all = "snake_case", rename_all_fields = "kebab-case")]
        #[durable(crate = my)]
        enum Event {
            PaidOut(Receipt),
            Moved { to_place: Place, #[serde(rename(serialize = "F", deserialize = "f"))] from: Place },
            #[serde(rename = "end")]
            Ended,
            Pair(u8, u16),
            #[serde(skip)]
            Never,
        }
    };
    insta::assert_snapshot!(pretty(crate::schema::run(item)));
}

#[test]
fn schema_of_a_newtype_is_that_of_its_content() {
    let tokens = pretty(crate::schema::run(quote!(
        struct Id(String);
    )));
    assert!(
        tokens.contains(
            "const FINGERPRINT: u64 = <String as ::durable::__private::DurableSchema>::FINGERPRINT;"
        )
    );
    let proxy = pretty(crate::schema::run(quote!(
        #[serde(into = "u64")]
        struct Id {
            a: u8,
        }
    )));
    assert!(proxy.contains("<u64 as ::durable::__private::DurableSchema>::FINGERPRINT"));
}

#[test]
fn deterministic_function() {
    let item = quote! {
        /// Pays.
        #[cfg(feature = "pay")]
        #[allow(clippy::unused_self)]
        pub async fn pay<'a, T>(ctx: &OrchestrationContext, name: &'a T, mut cents: u64) -> Result<&'a T, Failure>
        where
            T: Clone,
        {
            for order in &orders { (ctx.timer(order)).await; }
            let first = orders.iter().next();
            assert!(matches!(ctx.event("x").await, Some(x) if x.await > 1));
            ctx.side_effect(|| map.iter().count()).await;
            Ok(ctx.call(charge, cents).await?)
        }
    };
    insta::assert_snapshot!(pretty(crate::deterministic::run(quote!(), &item)));
}

#[test]
fn deterministic_plain_function_in_strict_code() {
    let item = quote! {
        fn r#move(order: &Order) -> u64 {
            let double = |n| tax(n);
            double(prices::base::<u8>(order)) + tax(order.cents) + Order::total(order) + std::cmp::max(1, 2)
        }
    };
    insta::assert_snapshot!(pretty(crate::deterministic::run(
        quote!(strict, crate = my),
        &item
    )));
}

#[test]
fn deterministic_members() {
    let item = quote! {
        impl Channel for Mail {
            const NAME: &'static str = "mail";
            async fn send(&self, text: String) { self.ctx.timer(seconds(1)).await }
            fn empty(self) -> bool { true }
        }
    };
    insta::assert_snapshot!(pretty(crate::deterministic::run(quote!(), &item)));
}
