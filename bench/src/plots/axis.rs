//! An axis: from values to places on the picture, and the values that are written beside it.

/// How values are spread.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scale {
    /// From zero on.
    Linear,
    /// Equal distances are equal ratios. Values must be above zero.
    Logarithmic,
}

/// An axis.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Axis {
    scale: Scale,
    least: f64,
    most: f64,
    /// Where it begins and ends on the picture.
    from: f64,
    to: f64,
}

impl Axis {
    /// Makes an axis that has room for all values.
    pub(super) fn of(scale: Scale, values: impl Iterator<Item = f64> + Clone, from: f64, to: f64) -> Self {
        let most = values.clone().fold(f64::MIN_POSITIVE, f64::max);
        let (least, most) = match scale {
            Scale::Linear => (0.0, most * 1.12),
            Scale::Logarithmic => (values.fold(most, f64::min) / 1.6, most * 1.25),
        };
        Self {
            scale,
            least,
            most,
            from,
            to,
        }
    }

    /// Returns where a value is on the picture.
    pub(super) fn place(&self, value: f64) -> f64 {
        let part = match self.scale {
            Scale::Linear => (value - self.least) / (self.most - self.least),
            Scale::Logarithmic => (value / self.least).ln() / (self.most / self.least).ln(),
        };
        self.from + (self.to - self.from) * part
    }

    /// Returns round values within the axis, a handful of them.
    pub(super) fn ticks(&self) -> Vec<f64> {
        match self.scale {
            Scale::Linear => {
                let step = round_up(self.most / 6.0);
                let ticks = (0..).map(|at| f64::from(at) * step);
                ticks.take_while(|tick| *tick <= self.most).collect()
            }
            Scale::Logarithmic => {
                let decades = (self.most / self.least).log10();
                let within: &[f64] = if decades > 3.2 { &[1.0] } else { &[1.0, 2.0, 5.0] };
                let powers =
                    (-9..12).flat_map(|power| within.iter().map(move |one| one * 10_f64.powi(power)));
                powers
                    .filter(|tick| (self.least..=self.most).contains(tick))
                    .collect()
            }
        }
    }
}

/// Returns the next of 1, 2, 2.5, 5, 10 and so on.
fn round_up(value: f64) -> f64 {
    let power = 10_f64.powf(value.log10().floor());
    let factor = [1.0, 2.0, 2.5, 5.0]
        .into_iter()
        .find(|factor| factor * power >= value);
    factor.unwrap_or(10.0) * power
}

/// Writes a value as people do: with commas between thousands, and without needless digits.
pub(super) fn label(value: f64) -> String {
    if value < 1.0 && value > 0.0 {
        // Rounded, since a power of ten may not be exact.
        return format!("{value:.3}").trim_end_matches('0').to_owned();
    }
    let digits = format!("{value:.0}");
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at) % 3 == 0 {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_linear_axis_begins_at_zero_and_has_round_ticks() {
        let axis = Axis::of(Scale::Linear, [30.0, 400.0].into_iter(), 0.0, 100.0);
        assert_eq!(axis.ticks(), [0.0, 100.0, 200.0, 300.0, 400.0]);
        assert!(axis.place(0.0).abs() < 1e-9);
        assert!((axis.place(448.0) - 100.0).abs() < 1e-9);
    }

    #[test]
    fn equal_ratios_are_equal_distances_on_a_logarithmic_axis() {
        let axis = Axis::of(Scale::Logarithmic, [1.0, 10_000.0].into_iter(), 100.0, 0.0);
        assert_eq!(axis.ticks(), [1.0, 10.0, 100.0, 1_000.0, 10_000.0]);
        let (a, b) = (
            axis.place(1.0) - axis.place(10.0),
            axis.place(100.0) - axis.place(1_000.0),
        );
        assert!(a > 0.0 && (a - b).abs() < 1e-9, "{a} {b}");
        let short = Axis::of(Scale::Logarithmic, [1.0, 9.0].into_iter(), 0.0, 1.0);
        assert_eq!(short.ticks(), [1.0, 2.0, 5.0, 10.0]);
    }

    #[test]
    fn values_are_written_as_people_do() {
        for (value, text) in [
            (0.0, "0"),
            (0.2, "0.2"),
            (1.0, "1"),
            (2_000.0, "2,000"),
            (1_234_567.0, "1,234,567"),
        ] {
            assert_eq!(label(value), text);
        }
    }
}
