//! Imports inside the body, closures, nested functions.

use quote::ToTokens;

use super::{ORCHESTRATOR, Place, assert_clean, assert_each, check_in, found};

#[test]
fn imports_and_aliases_inside_the_body_are_followed() {
    assert_each(
        "D0001",
        &[
            "use std::time::Instant as T; T::now();",
            "T::now(); use std::time::{Duration, SystemTime as T};",
            "use std::time as t; use t::Instant as I; { I::now(); }",
            "type T = std::time::Instant; T::now();",
            "use std::time::{self as t}; t::Instant::now();",
            "use chrono::Local; at.with_timezone(&Local);",
        ],
    );
    assert_each(
        "D0002",
        &["use rand::random as draw; draw();", "use rand::*; random();"],
    );
    assert_each(
        "D0004",
        &[
            "use tokio::spawn; spawn(work);",
            "use tokio::{task::*}; unconstrained(a);",
        ],
    );
    assert_each(
        "D0006",
        &[
            "use std::env::{self, var}; var(key);",
            "use std::env::*; all(vars);",
        ],
    );
    assert_each("D0103", &["use tokio::select as first; first! { a = b => c };"]);
    assert_clean(&[
        "{ use std::time::Instant as T; } T::now();",
        "use crate::time::Instant; Instant::now();",
        "struct Instant; Instant::now();",
        "mod env {} env::var(key);",
        "fn thread_rng() {} thread_rng();",
        "macro_rules! select { () => {} } select! {}",
    ]);
    assert_each("D0104?", &["use crate::select; select! {}"]);
}

#[test]
fn the_bodys_own_functions_closures_and_macros_belong_to_it() {
    assert_each(
        "D0001",
        &[
            "fn late() -> bool { Instant::now() > LIMIT }",
            "let late = || Instant::now();",
            "let late = async move { Instant::now() };",
            "struct A; impl A { fn late(&self) { Instant::now(); } }",
            "const { Instant::now() };",
            "macro_rules! late { () => { Instant::now() } } late!();",
            "let [a, b] = [1, { if c { Instant::now() } else { d } }];",
        ],
    );
    assert_clean(&["#[activity] async fn charge() { Instant::now(); println!(); }"]);
}

#[test]
fn side_effects_may_be_nondeterministic_but_not_block_or_spawn() {
    assert_clean(&[
        "ctx.side_effect(|| SystemTime::now()).await;",
        "ctx.side_effect(Uuid::new_v4).await;",
        "ctx.call(charge, 1).retry_if(|_| rand::random()).await;",
        "ctx.side_effect(|| { println!(); std::env::var(key).ok() }).await;",
    ]);
    assert_each("D0004", &["ctx.side_effect(|| tokio::spawn(work)).await;"]);
    assert_each("D0005", &["ctx.side_effect(|| std::fs::read(path)).await;"]);
    assert_each("D0001", &["ctx.side_effect(|| 1).await; Instant::now();"]);
}

#[test]
fn all_findings_are_reported() {
    let code =
        "let a = Instant::now(); println!(); tokio::spawn(async { rand::random() }); std::env::var(a);";
    assert_eq!(found(code), ["D0001", "D0004", "D0002", "D0006", "D0401?"]);
}

#[test]
fn strict_refuses_unknown_macros() {
    let strict = Place {
        strict: true,
        ..ORCHESTRATOR
    };
    assert_eq!(
        check_in(strict, "my_mac!(); println!();").found,
        ["D0104", "D0401?"]
    );
}

#[test]
fn an_await_of_what_is_wrong_already_is_marked_once() {
    let marks = |code: &str| {
        let block = check_in(ORCHESTRATOR, code).block;
        block
            .to_token_stream()
            .to_string()
            .matches("durable_lint_hit")
            .count()
    };
    assert_eq!(marks("tokio::time::sleep(limit).await;"), 1);
    assert_eq!(marks("async fn nap() { tokio::time::sleep(limit).await; }"), 0);
    assert_eq!(marks("format!(\"{:?}\", tokio::time::sleep(limit).await);"), 0);
    assert_eq!(marks("ctx.call(charge, 1).await; tokio::spawn(work);"), 0);
    assert_eq!(marks("println!(); order.started.elapsed(); work.await;"), 0);
}
