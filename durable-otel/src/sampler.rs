//! Which traces are recorded: `OTEL_TRACES_SAMPLER` and `OTEL_TRACES_SAMPLER_ARG`.

use opentelemetry_sdk::trace::Sampler;

use crate::error::OtelError;
use crate::variable::Variable;

const NAMES: &str =
    "there are `always_on`, `always_off`, `traceidratio`, and these with `parentbased_` before them";

/// Makes the sampler that the environment asks for, all by default.
///
/// The specification would record everything where the name is unknown; that is what nobody asked for who set one.
pub(crate) fn of_env(read: impl Fn(&str) -> Option<String>) -> Result<Sampler, OtelError> {
    let Some(asked) = Variable::read(&read, "OTEL_TRACES_SAMPLER") else {
        return Ok(Sampler::ParentBased(Box::new(Sampler::AlwaysOn)));
    };
    let (is_based, root) = match asked.value().strip_prefix("parentbased_") {
        Some(root) => (true, root),
        None => (false, asked.value()),
    };
    let root = match root {
        "always_on" => Sampler::AlwaysOn,
        "always_off" => Sampler::AlwaysOff,
        "traceidratio" => Sampler::TraceIdRatioBased(ratio(read)?),
        _ => return Err(asked.refused(NAMES)),
    };
    Ok(if is_based {
        Sampler::ParentBased(Box::new(root))
    } else {
        root
    })
}

fn ratio(read: impl Fn(&str) -> Option<String>) -> Result<f64, OtelError> {
    let Some(asked) = Variable::read(read, "OTEL_TRACES_SAMPLER_ARG") else {
        return Ok(1.0);
    };
    let ratio = asked.value().parse().ok();
    let ratio = ratio.filter(|ratio| (0.0..=1.0).contains(ratio));
    ratio.ok_or_else(|| asked.refused("it is a share of the traces, from 0 to 1"))
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
        match sampler {
            Ok(sampler) => format!("{sampler:?}"),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn samplers_are_those_of_the_specification() {
        for (name, argument, expected) in [
            (None, None, "ParentBased(AlwaysOn)"),
            (Some(" "), Some("7"), "ParentBased(AlwaysOn)"),
            (Some("always_off"), None, "AlwaysOff"),
            (Some("parentbased_always_off"), None, "ParentBased(AlwaysOff)"),
            (Some("traceidratio"), Some("0.25"), "TraceIdRatioBased(0.25)"),
            (Some("traceidratio"), None, "TraceIdRatioBased(1.0)"),
            (
                Some("parentbased_traceidratio"),
                Some("0.5"),
                "ParentBased(TraceIdRatioBased(0.5))",
            ),
            (
                Some("traceidratio"),
                Some("7"),
                "OTEL_TRACES_SAMPLER_ARG is `7`: it is a share of the traces, from 0 to 1",
            ),
        ] {
            assert_eq!(of(name, argument), expected);
        }
        let unknown = of(Some("xray"), None);
        assert!(
            unknown.starts_with("OTEL_TRACES_SAMPLER is `xray`: there are"),
            "{unknown}"
        );
    }
}
