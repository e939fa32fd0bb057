//! What calls stand for.

use super::package::Package;

const RELEASED: &str = r#"
mod shop {
    use durable::prelude::*;
    #[activity(version = "1")]
    pub async fn charge(_ctx: ActivityContext, cents: u64) -> Result<u64, Failure> { Ok(cents) }
    #[activity]
    pub async fn refund(_ctx: ActivityContext, cents: u64) -> Result<u64, Failure> { Ok(cents) }
    pub mod inner {
        use durable::prelude::*;
        #[orchestrator(version = "1")]
        pub async fn checkout(ctx: OrchestrationContext, cents: u64) -> Result<u64, Failure> {
            use super::refund as undo;
            let handle = super::charge;
            let first = ctx.call(handle, cents).await?;
            let again = ctx.call(super::charge, first).await?;
            {
                use crate::shop::*;
                ctx.call(refund, again).await?;
            }
            ctx.call(self::wait, ()).await?;
            Bus.call(plain, 1);
            Ok(ctx.call(undo, again).await?)
        }
        #[orchestrator]
        pub async fn wait(ctx: OrchestrationContext) -> Result<(), Failure> { ctx.timer(days(1)).await; Ok(()) }
        struct Bus;
        impl Bus { fn call(&self, _: fn(u8), _: u8) {} }
        fn plain(_: u8) {}
    }
}
"#;

/// Makes a second version of `charge` the current one.
fn rebound() -> String {
    RELEASED.replace("#[activity(version = \"1\")]", "#[activity(version = \"2\")]\n    pub async fn charge(_ctx: ActivityContext, cents: u64) -> Result<u64, Failure> { Ok(cents) }\n    #[activity(version = \"1\", superseded)]")
}

#[test]
fn a_plain_name_that_stands_for_a_new_version_is_refused() {
    let package = Package::new("callees", RELEASED);
    let lock = package.release().to_string();
    let calls: Vec<&str> = lock.lines().filter(|line| line.starts_with("  call")).collect();
    assert_eq!(
        calls,
        [
            "  call activity charge 1",
            "  call activity refund 1",
            "  call orchestrator wait 1",
            "  call - plain",
            "  call activity refund 1"
        ],
        "{lock}"
    );
    package.passes();

    package.edit(&rebound());
    package.fails(
        "D0504",
        "charge, first",
        "was released calling activity `charge` version 1 here",
    );
    let errors = package.check();
    assert!(
        errors[0].text.contains("help: write `super::charge_v1`"),
        "{errors:#?}"
    );

    package.edit(&rebound().replace(
        "ctx.call(super::charge, first)",
        "ctx.call(super::charge_v1, first)",
    ));
    package.passes();

    package.edit(&RELEASED.replace("ctx.call(refund, again)", "ctx.call(charge, again)"));
    package.fails(
        "D0504",
        "charge, again",
        "was released with activity `refund` version 1 in this place",
    );
    package.edit(
        &RELEASED
            .replace("Bus.call(plain, 1)", "Bus.call(other, 1)")
            .replace("fn plain", "fn other"),
    );
    package.fails("D0504", "other, 1", "was released with `plain` in this place");
}
