//! Functions that cannot stand together.

use durable::registry::Registry;

use crate::support::release;

/// Defines `send` and `remind` version 1, and says that it is current.
mod mail {
    use durable::prelude::*;

    #[activity]
    pub(crate) async fn send(_ctx: ActivityContext, _to: String) -> Result<(), Failure> {
        Ok(())
    }

    #[orchestrator(version = "1.0")]
    pub(crate) async fn remind(ctx: OrchestrationContext, to: String) -> Result<(), Failure> {
        Ok(ctx.call(send, to).await?)
    }
}

/// A second `send` version 1, and a second current version of `remind`.
mod post {
    use durable::prelude::*;

    #[activity(name = "send")]
    pub(crate) async fn send_letter(_ctx: ActivityContext, _to: String) -> Result<(), Failure> {
        Ok(())
    }

    #[orchestrator(version = "2")]
    pub(crate) async fn remind(ctx: OrchestrationContext, to: String) -> Result<(), Failure> {
        Ok(ctx.call(send_letter, to).await?)
    }
}

/// An orchestrator with an activity's name, and an older version of `remind`.
mod beside {
    use durable::prelude::*;

    #[orchestrator]
    pub(crate) async fn send(_ctx: OrchestrationContext, _to: String) -> Result<(), Failure> {
        Ok(())
    }

    #[orchestrator(version = "0.9", superseded)]
    pub(crate) async fn remind(_ctx: OrchestrationContext, _to: String) -> Result<(), Failure> {
        Ok(())
    }
}

/// Replaces lines and columns, which change with every edit.
fn without_numbers(text: &str) -> String {
    let mut plain = String::new();
    for part in text.split_inclusive(|c: char| !c.is_ascii_digit()) {
        let digits = part.chars().take_while(char::is_ascii_digit).count();
        let placed = plain.ends_with(".rs:") || plain.ends_with("L:");
        if placed && digits > 0 {
            plain.push('L');
            plain.push_str(&part[digits..]);
        } else {
            plain.push_str(part);
        }
    }
    plain
}

#[test]
fn clashes_between_modules_are_refused_all_at_once_naming_both_places() {
    let clashing = Registry::collected_where(|row| {
        row.place.module.ends_with("::mail") || row.place.module.ends_with("::post")
    });
    assert_eq!(
        without_numbers(&clashing.unwrap_err().to_string()),
        "activity `send` version 1 is defined twice: at durable/tests/versions/registrations.rs:L:L and at \
         durable/tests/versions/registrations.rs:L:L; give one another name or version\n\
         orchestrator `remind` has two current versions: 1 at durable/tests/versions/registrations.rs:L:L and 2 at \
         durable/tests/versions/registrations.rs:L:L; mark all but one `superseded`"
    );
}

#[test]
fn a_binary_whose_modules_clash_does_not_start() {
    let text = Registry::collected().unwrap_err().to_string();
    assert!(
        text.contains("orchestrator `order` version 1 is defined twice"),
        "{text}"
    );
    assert!(
        text.contains("releases.rs") && text.contains("registrations.rs"),
        "{text}"
    );
}

#[test]
fn the_order_of_registration_decides_nothing() {
    let rows: Vec<_> = release(&["two", "shapes"]).rows().copied().collect();
    let forward = Registry::from_rows(rows.clone(), []).unwrap();
    let backward = Registry::from_rows(rows.into_iter().rev(), []).unwrap();
    let shown = |registry: &Registry| registry.rows().map(|row| format!("{row:?}")).collect::<Vec<_>>();
    assert_eq!(shown(&forward), shown(&backward));
}

#[test]
fn an_orchestrator_and_an_activity_may_share_a_name_and_modules_may_share_a_function() {
    let together = release(&["mail", "beside"]);
    let keys: Vec<_> = together
        .rows()
        .map(|row| format!("{} {}@{}", row.kind(), row.name, row.version))
        .collect();
    assert_eq!(
        keys,
        [
            "orchestrator remind@0.9",
            "orchestrator remind@1",
            "orchestrator send@1",
            "activity send@1"
        ]
    );
}
