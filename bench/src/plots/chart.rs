//! Lines in a frame, as SVG.

use std::ops::Range;
use std::path::Path;

use durable::Failure;
use plotters::coord::ranged1d::{AsRangedCoord, Ranged, ValueFormatter};
use plotters::prelude::*;

/// Lines in a frame.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Chart {
    pub(super) title: &'static str,
    pub(super) x: &'static str,
    pub(super) y: &'static str,
    /// Whether each axis is logarithmic.
    pub(super) logarithmic: (bool, bool),
    pub(super) series: Vec<Series>,
}

/// A line.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Series {
    label: &'static str,
    points: Vec<(f64, f64)>,
}

impl Series {
    pub(super) fn new(label: &'static str, points: Vec<(f64, f64)>) -> Self {
        Self { label, points }
    }
}

const COLOURS: [RGBColor; 2] = [RGBColor(31, 119, 180), RGBColor(214, 96, 20)];

impl Chart {
    /// Writes the chart to a file.
    pub(super) fn draw(&self, file: &Path) -> durable::Result<()> {
        let (x, y) = (self.range(|point| point.0), self.range(|point| point.1));
        match self.logarithmic {
            (true, true) => self.draw_on(file, x.log_scale(), y.log_scale()),
            (true, false) => self.draw_on(file, x.log_scale(), 0.0..y.end),
            (false, true) => self.draw_on(file, 0.0..x.end, y.log_scale()),
            (false, false) => self.draw_on(file, 0.0..x.end, 0.0..y.end),
        }
    }

    fn draw_on<X, Y>(&self, file: &Path, x: X, y: Y) -> durable::Result<()>
    where
        X: AsRangedCoord<Value = f64>,
        Y: AsRangedCoord<Value = f64>,
        X::CoordDescType: Ranged<ValueType = f64> + ValueFormatter<f64>,
        Y::CoordDescType: Ranged<ValueType = f64> + ValueFormatter<f64>,
    {
        let failed = |error: &dyn std::error::Error| Failure::new(format!("`{}`: {error}", file.display()));
        let area = SVGBackend::new(file, (720, 420)).into_drawing_area();
        area.fill(&WHITE).map_err(|error| failed(&error))?;
        let mut chart = ChartBuilder::on(&area)
            .caption(self.title, ("sans-serif", 18))
            .margin(12)
            .x_label_area_size(42)
            .y_label_area_size(72)
            .build_cartesian_2d(x, y)
            .map_err(|error| failed(&error))?;
        chart
            .configure_mesh()
            .x_desc(self.x)
            .y_desc(self.y)
            .light_line_style(TRANSPARENT)
            .draw()
            .map_err(|error| failed(&error))?;
        for (series, colour) in self.series.iter().zip(COLOURS.into_iter().cycle()) {
            chart
                .draw_series(
                    LineSeries::new(series.points.iter().copied(), colour.stroke_width(2)).point_size(3),
                )
                .map_err(|error| failed(&error))?
                .label(series.label)
                .legend(move |(x, y)| PathElement::new([(x, y), (x + 18, y)], colour));
        }
        chart
            .configure_series_labels()
            .background_style(WHITE)
            .border_style(BLACK)
            .draw()
            .map_err(|error| failed(&error))?;
        area.present().map_err(|error| failed(&error))
    }

    /// Returns what the points of all lines span, with some room.
    fn range(&self, of: fn(&(f64, f64)) -> f64) -> Range<f64> {
        let values = || self.series.iter().flat_map(|series| &series.points).map(of);
        let (least, most) = (values().fold(f64::MAX, f64::min), values().fold(0.0, f64::max));
        least.min(most) * 0.9..most * 1.1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chart_names_its_lines_and_axes() {
        let file = std::env::temp_dir().join(format!("durable-bench-chart-{}.svg", std::process::id()));
        let chart = Chart {
            title: "Title",
            x: "across",
            y: "up",
            logarithmic: (true, false),
            series: vec![Series::new("line", vec![(1.0, 2.0), (100.0, 3.0)])],
        };
        chart.draw(&file).unwrap();
        let text = std::fs::read_to_string(&file).unwrap();
        std::fs::remove_file(file).unwrap();
        for said in ["Title", "across", "up", "line", "polyline"] {
            assert!(text.contains(said), "{said}: {text}");
        }
    }
}
