//! Loops whose histories grow for ever.

use super::{assert_clean, assert_each};

#[test]
fn loops_without_a_way_out_are_found() {
    assert_each(
        "D0701?",
        &[
            "loop { ctx.timer(day).await; }",
            "while true { ctx.timer(day).await; }",
            "for n in 0.. { ctx.call(charge, n).await.ok(); }",
            "for _ in std::iter::repeat(()) { ctx.timer(day).await; }",
            "for day in days.iter().cycle() { ctx.timer(*day).await; }",
            "loop { for x in xs { if x { break } ctx.timer(day).await; } }",
            "'a: loop { ctx.timer(day).await; continue 'a; }",
            "loop { 'b: { if x { break 'b } ctx.timer(day).await; } }",
            "loop { let f = || { return 1 }; ctx.timer(f()).await; }",
            "loop { ctx.join((async { a.await?; Ok(()) }, b)).await; }",
            "loop { format!(\"{}\", ctx.timer(day).await); }",
            "loop { ctx.call(charge, 1).await?; }",
            "loop { format!(\"{}\", ctx.call(charge, 1).await?); }",
            "loop { write!(text; ctx.call(charge, 1).await?); }",
        ],
    );
}

#[test]
fn loops_that_may_end_or_do_nothing_durable_are_left_alone() {
    assert_clean(&[
        "loop { ctx.timer(day).await; if done { break } }",
        "loop { if let Some(x) = ctx.call(look, ()).await? { return Ok(x) } }",
        "loop { ctx.timer(day).await; if n > 9 { return ctx.continue_as_new(n).await } }",
        "'a: loop { loop { ctx.timer(day).await; break 'a } }",
        "'a: for x in xs { loop { ctx.timer(day).await; continue 'a } }",
        "loop { n += 1; }",
        "for n in 0..9 { ctx.timer(day).await; }",
        "for n in (0..).take(3) { ctx.timer(day).await; }",
        "while more { ctx.timer(day).await; }",
        "loop { ctx.timer(day).await; bail!(\"no\"); }",
        "loop { panic!(\"no\"); }",
    ]);
}
