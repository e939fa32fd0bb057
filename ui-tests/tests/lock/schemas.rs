//! Types of payloads.

use super::package::Package;

const RELEASED: &str = r#"
#[derive(Serialize, Deserialize, DurableSchema)]
struct Order { id: String, cents: u32 }

#[derive(Serialize, Deserialize)]
struct Unknown { id: String }

#[orchestrator(version = "1")]
async fn checkout(_ctx: OrchestrationContext, order: Order) -> Result<Unknown, Failure> {
    Ok(Unknown { id: order.id })
}
"#;

fn edited(from: &str, to: &str) -> String {
    assert!(RELEASED.contains(from), "{from}");
    RELEASED.replace(from, to)
}

#[test]
fn a_released_type_keeps_its_recorded_form() {
    let package = Package::released("schemas", RELEASED);
    package.passes();
    let says = "the input of orchestrator `checkout` version 1 is no longer recorded as when it was released";

    package.edit(&edited("cents: u32", "cents: u64"));
    package.fails("D0502", "Order)", says);
    package.edit(&edited(
        "{ id: String, cents",
        "{ #[serde(rename = \"key\")] id: String, cents",
    ));
    package.fails("D0502", "Order)", says);
    package.edit(&edited("Deserialize, DurableSchema", "Deserialize"));
    package.fails("D0502", "Order)", says);

    // The name of a type is not recorded, and a type without a schema is not known.
    package.edit(&RELEASED.replace("Order", "Purchase"));
    package.passes();
    package.edit(
        &edited("struct Unknown {", "struct Unknown { #[serde(default)] more: u8,")
            .replace("Unknown { id:", "Unknown { more: 0, id:")
            .replace("more: 0, id: String", "id: String"),
    );
    let errors = package.check();
    assert!(
        errors.iter().all(|error| !error.text.contains("D0502")),
        "{errors:#?}"
    );
}
