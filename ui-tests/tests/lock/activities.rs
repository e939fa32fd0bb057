//! Activities: their bodies may be edited, what they record may not.

use super::package::Package;

const RELEASED: &str = r#"
#[activity(version = "2")]
async fn charge(_ctx: ActivityContext, cents: u64) -> Result<u64, Failure> { Ok(cents) }
"#;

#[test]
fn the_body_may_change_and_the_output_may_not() {
    let package = Package::released("activities", RELEASED);
    package.edit(&RELEASED.replace("Ok(cents)", "Ok(cents + 1)"));
    package.passes();
    package.edit(
        &RELEASED
            .replace("Result<u64", "Result<u32")
            .replace("Ok(cents)", "Ok(cents as u32)"),
    );
    package.fails(
        "D0502",
        "u32, Failure>",
        "the output of activity `charge` version 2",
    );
}
