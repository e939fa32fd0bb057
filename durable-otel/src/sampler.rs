//! Which traces are recorded: `OTEL_TRACES_SAMPLER` and `OTEL_TRACES_SAMPLER_ARG`.

use opentelemetry_sdk::trace::Sampler;

/// Makes the sampler that the environment asks for, as the specification has it: all by default, and all if it is unknown.
pub(crate) fn of_env(read: impl Fn(&str) -> Option<String>) -> Sampler {
    let ratio = || {
        let given = read("OTEL_TRACES_SAMPLER_ARG").and_then(|text| text.trim().parse::<f64>().ok());
        given.filter(|ratio| (0.0..=1.0).contains(ratio)).unwrap_or(1.0)
    };
    let based = |root| Sampler::ParentBased(Box::new(root));
    match read("OTEL_TRACES_SAMPLER").as_deref().map(str::trim) {
        None | Some("" | "parentbased_always_on") => based(Sampler::AlwaysOn),
        Some("parentbased_always_off") => based(Sampler::AlwaysOff),
        Some("parentbased_traceidratio") => based(Sampler::TraceIdRatioBased(ratio())),
        Some("always_on") => Sampler::AlwaysOn,
        Some("always_off") => Sampler::AlwaysOff,
        Some("traceidratio") => Sampler::TraceIdRatioBased(ratio()),
        Some(other) => {
            tracing::warn!("OTEL_TRACES_SAMPLER is `{other}`, which is unknown: every trace is recorded");
            based(Sampler::AlwaysOn)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(sampler: Option<&str>, argument: Option<&str>) -> String {
        let sampler = of_env(|name| {
            let value = if name == "OTEL_TRACES_SAMPLER" {
                sampler
            } else {
                argument
            };
            value.map(str::to_owned)
        });
        format!("{sampler:?}")
    }

    #[test]
    fn samplers_are_those_of_the_specification() {
        for (name, argument, expected) in [
            (None, None, "ParentBased(AlwaysOn)"),
            (Some("always_off"), None, "AlwaysOff"),
            (Some("traceidratio"), Some("0.25"), "TraceIdRatioBased(0.25)"),
            (Some("traceidratio"), Some("7"), "TraceIdRatioBased(1.0)"),
            (
                Some("parentbased_traceidratio"),
                Some("0.5"),
                "ParentBased(TraceIdRatioBased(0.5))",
            ),
            (Some("xray"), None, "ParentBased(AlwaysOn)"),
        ] {
            assert_eq!(of(name, argument), expected);
        }
    }
}
