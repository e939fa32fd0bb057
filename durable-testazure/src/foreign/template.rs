//! Texts of the wire as literals with gaps. They are the golden samples of the specification, so that nothing is computed
//! here that the hub computes as well.

/// Fills the gaps of a template: `%name%` becomes the value of that name, as it is. What a value holds is not looked at.
pub(super) fn fill(template: &str, values: &[(&str, &str)]) -> String {
    let value = |name: &str| {
        values
            .iter()
            .find(|(known, _)| *known == name)
            .map(|(_, value)| *value)
    };
    let mut text = String::new();
    for (at, piece) in template.trim_end().split('%').enumerate() {
        // Every second piece stands between two marks.
        let gap = if at % 2 == 1 { value(piece) } else { None };
        text.push_str(gap.unwrap_or(piece));
    }
    text
}

/// A text as JSON.
pub(super) fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    const EXECUTION: &str = "7e1c5d2f0b8a4f3c9d6e1a2b3c4d5e6f";

    /// Compares a filled template with the golden sample of the same name.
    fn assert_golden(template: &str, golden: &str, values: &[(&str, &str)]) {
        let common = [("instance", "\"order-123\""), ("execution", EXECUTION)];
        assert_eq!(fill(template, &[&common, values].concat()), golden.trim_end());
    }

    #[test]
    fn the_templates_filled_are_the_golden_samples() {
        let input = quoted("{\"total\":5}");
        assert_golden(
            include_str!("../../wire/execution-started.json"),
            include_str!("../../wire/golden/execution-started.json"),
            &[
                ("activity", "3f0c2a51-5f0e-4d53-9c2f-8f3a5d0b7c11"),
                ("name", "\"ProcessOrder\""),
                ("version", "\"\""),
                ("input", &input),
                ("generation", "0"),
                ("time", "2026-06-24T10:00:00.1234567Z"),
                ("sequence", "1"),
            ],
        );
        assert_golden(
            include_str!("../../wire/task-scheduled.json"),
            include_str!("../../wire/golden/task-scheduled.json"),
            &[
                ("activity", "b9a7f0de-2c7d-4f0b-8d3c-61c2f7a0e5d4"),
                ("name", "\"Charge\""),
                ("input", &quoted("[{\"total\":5}]")),
                ("id", "0"),
                ("time", "2026-06-24T10:00:01.5Z"),
                ("sequence", "1"),
                ("episode", "1"),
            ],
        );
        assert_golden(
            include_str!("../../wire/task-failed.json"),
            include_str!("../../wire/golden/task-failed.json"),
            &[
                ("activity", "0d3b1e0a-75b1-4c0c-a7c4-0d6d0f6f9b20"),
                ("id", "0"),
                ("reason", "\"card declined\""),
                ("error", "\"CardDeclined\""),
                ("time", "2026-06-24T10:00:02Z"),
                ("sequence", "1"),
                ("episode", "1"),
            ],
        );
        assert_golden(
            include_str!("../../wire/event-raised.json"),
            include_str!("../../wire/golden/event-raised.json"),
            &[
                ("activity", "5a1f4c7e-88a0-4b7e-9a51-3c9f60a1d2e3"),
                ("name", "\"Approved\""),
                ("input", "\"true\""),
                ("time", "2026-06-24T10:00:03.25Z"),
                ("sequence", "2"),
            ],
        );
    }

    #[test]
    fn the_stub_and_the_pending_row_filled_are_the_golden_samples() {
        let input = quoted("{\"total\":5}");
        assert_golden(
            include_str!("../../wire/large-message.json"),
            include_str!("../../wire/golden/large-message.json"),
            &[(
                "blob",
                "\"order-123/message-3f0c2a515f0e4d539c2f8f3a5d0b7c11-ExecutionStarted.json.gz\"",
            )],
        );
        assert_golden(
            include_str!("../../wire/instances-pending.json"),
            include_str!("../../wire/golden/instances-pending.json"),
            &[
                ("key", "\"order-123\""),
                ("input", &input),
                ("created", "2026-06-24T10:00:00.1234567Z"),
                ("updated", "2026-06-24T10:00:00.2Z"),
                ("name", "\"ProcessOrder\""),
                ("version", "\"\""),
                ("hub", "\"Orders\""),
                ("generation", "0"),
            ],
        );
    }

    #[test]
    fn what_a_value_holds_is_left_as_it_is() {
        assert_eq!(fill("a %b% c %d%\n", &[("b", "%d%"), ("d", "x")]), "a %d% c x");
    }
}
