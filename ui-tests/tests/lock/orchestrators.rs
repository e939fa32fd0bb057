//! Bodies of orchestrators.

use super::package::Package;

const RELEASED: &str = r#"
#[activity]
async fn charge(_ctx: ActivityContext, cents: u64) -> Result<u64, Failure> { Ok(cents) }

#[orchestrator(version = "1")]
async fn checkout(ctx: OrchestrationContext, cents: u64) -> Result<u64, Failure> {
    let paid = ctx.call(charge, cents).await?;
    Ok(paid)
}

#[orchestrator]
async fn plain(ctx: OrchestrationContext) -> Result<(), Failure> {
    ctx.timer(days(1)).await;
    Ok(())
}
"#;

fn edited(from: &str, to: &str) -> String {
    assert!(RELEASED.contains(from), "{from}");
    RELEASED.replace(from, to)
}

#[test]
fn only_edits_of_what_a_body_does_are_refused() {
    let package = Package::released("orchestrators", RELEASED);
    package.passes();

    package.edit(&edited(
        "    let paid = ctx.call(charge, cents).await?;\n    Ok(paid)",
        "    // The bank first.\n    let receipt = ctx\n        .call(charge, cents,)\n        .await?;\n    #[allow(unused)]\n    Ok(receipt)",
    ));
    package.passes();

    package.edit(&edited("Ok(paid)", "Ok(paid + 1)"));
    package.fails(
        "D0501",
        "\"1\")]",
        "the body of orchestrator `checkout` version 1 was edited since its release",
    );
    let errors = package.check();
    assert!(
        errors[0].text.contains("cargo durable freeze checkout"),
        "{errors:#?}"
    );
    assert!(
        errors[0].text.contains("cargo durable lock --accept checkout@1"),
        "{errors:#?}"
    );

    // Without a version in the attribute, the name is underlined.
    package.edit(&edited("days(1)", "days(2)"));
    package.fails("D0501", "plain(", "orchestrator `plain` version 1");

    // The released version may stay beside a new one.
    let new = "#[orchestrator(version = \"2\")]\nasync fn checkout(_ctx: OrchestrationContext, cents: u64) -> Result<u64, Failure> { Ok(cents) }\n";
    package.edit(&(edited("version = \"1\"", "version = \"1\", superseded") + new));
    package.passes();
}

#[test]
fn a_body_in_a_renamed_facade_is_watched_too() {
    let package = Package::new("renamed", "");
    package.write("Cargo.toml", &super::package::manifest("renamed", "lasting"));
    let source = |days: u8| {
        format!(
            "lasting::lock!();\n#[lasting::orchestrator(crate = lasting)]\nasync fn wait(ctx: lasting::OrchestrationContext) -> Result<(), lasting::Failure> {{\n    \
             ctx.timer(lasting::prelude::days({days})).await;\n    Ok(())\n}}\nfn main() {{}}\n"
        )
    };
    let lock = |body: &str| {
        format!("format 1\n\norchestrator wait 1\n  body fp1:{body}\n  input -\n  output -\n  error -\n")
    };
    package.write("src/main.rs", &source(1));
    package.write("durable.lock", &lock("0000000000000000"));
    package.fails("D0501", "wait(", "orchestrator `wait` version 1");
}
