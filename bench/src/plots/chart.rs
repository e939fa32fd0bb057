//! Lines in a frame, as SVG: its colours follow the reader's choice of light or dark.

use std::fmt::Write as _;
use std::path::Path;

use super::axis::{Axis, Scale, label};

/// Lines in a frame.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Chart {
    pub(super) title: &'static str,
    /// What was measured, and how.
    pub(super) subtitle: String,
    /// What the axes say, units included.
    pub(super) x: &'static str,
    pub(super) y: &'static str,
    pub(super) scales: (Scale, Scale),
    /// Where the first axis has numbers, if not at round values.
    pub(super) x_ticks: Option<Vec<f64>>,
    /// At most as many as there are colours. The first is what the chart is about.
    pub(super) series: Vec<Series>,
}

/// A line, named at its end.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Series {
    label: &'static str,
    points: Vec<(f64, f64)>,
    /// What is written beside each point.
    notes: Vec<String>,
}

impl Series {
    pub(super) fn new(label: &'static str, points: Vec<(f64, f64)>) -> Self {
        Self {
            label,
            points,
            notes: Vec::new(),
        }
    }

    /// Writes something beside each point.
    pub(super) fn notes(self, notes: impl Iterator<Item = String>) -> Self {
        let notes = notes.collect();
        Self { notes, ..self }
    }
}

const WIDTH: f64 = 760.0;
const HEIGHT: f64 = 430.0;
/// The frame: left, top, right, bottom.
const FRAME: [f64; 4] = [74.0, 92.0, 598.0, 368.0];
/// How far apart two names of lines are at least.
const LINE_HEIGHT: f64 = 17.0;

const STYLE: &str = "\
text{font-family:system-ui,-apple-system,'Segoe UI',Helvetica,Arial,sans-serif;fill:#1f2328}
.title{font-size:17px;font-weight:600}.name{font-size:13px;font-weight:600}
.muted{fill:#59636e;font-size:12px}.note{fill:#59636e;font-size:10.5px;paint-order:stroke;stroke:#fff;stroke-width:3px}
.back{fill:#fff;stroke:#d1d9e0}.grid{stroke:#d1d9e0;stroke-width:1}.axis{stroke:#818b98;stroke-width:1}
.line{fill:none;stroke-width:2.25;stroke-linejoin:round;stroke-linecap:round}.dot{stroke:#fff;stroke-width:1.25}
.s0{stroke:#0969da}.f0{fill:#0969da}.s1{stroke:#bc4c00}.f1{fill:#bc4c00}.s2{stroke:#1a7f37}.f2{fill:#1a7f37}
@media(prefers-color-scheme:dark){text{fill:#f0f6fc}.muted,.note{fill:#9198a1}.note{stroke:#0d1117}.back{fill:#0d1117;stroke:#3d444d}
.grid{stroke:#2a313c}.axis{stroke:#656c76}.dot{stroke:#0d1117}
.s0{stroke:#58a6ff}.f0{fill:#58a6ff}.s1{stroke:#f0883e}.f1{fill:#f0883e}.s2{stroke:#3fb950}.f2{fill:#3fb950}}";

impl Chart {
    /// Writes the chart to a file.
    pub(super) fn draw(&self, file: &Path) -> durable::Result<()> {
        Ok(std::fs::write(file, self.svg())?)
    }

    fn svg(&self) -> String {
        let [left, top, right, bottom] = FRAME;
        let points = || self.series.iter().flat_map(|series| &series.points);
        let x = Axis::of(self.scales.0, points().map(|point| point.0), left, right);
        let y = Axis::of(self.scales.1, points().map(|point| point.1), bottom, top);
        let mut svg = Svg::default();
        svg.add(&format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" width=\"{WIDTH}\" \
             height=\"{HEIGHT}\" role=\"img\" aria-label=\"{}\">\n<style>{STYLE}</style>",
            escape(self.title)
        ));
        svg.add(&format!(
            "<rect class=\"back\" x=\".5\" y=\".5\" width=\"{}\" height=\"{}\" rx=\"8\"/>",
            WIDTH - 1.0,
            HEIGHT - 1.0
        ));
        svg.text("title", 20.0, 31.0, "start", self.title);
        svg.text("muted", 20.0, 51.0, "start", &self.subtitle);
        svg.text("muted", 20.0, 78.0, "start", self.y);
        svg.text(
            "muted",
            f64::midpoint(left, right),
            bottom + 42.0,
            "middle",
            self.x,
        );
        for tick in y.ticks() {
            let at = y.place(tick);
            svg.line("grid", left, at, right, at);
            svg.text("muted", left - 9.0, at + 4.0, "end", &label(tick));
        }
        for tick in self.x_ticks.clone().unwrap_or_else(|| x.ticks()) {
            let at = x.place(tick);
            svg.line("axis", at, bottom, at, bottom + 5.0);
            svg.text("muted", at, bottom + 20.0, "middle", &label(tick));
        }
        svg.line("axis", left, bottom, right, bottom);
        // The first line is drawn last, over the others.
        for (colour, series) in self.series.iter().enumerate().rev() {
            svg.series(colour, series, &x, &y);
        }
        for ((colour, series), at) in self.series.iter().enumerate().zip(self.name_places(&y)) {
            svg.text(
                &format!("name f{colour}"),
                right + 14.0,
                at + 4.0,
                "start",
                series.label,
            );
        }
        svg.0.push_str("</svg>\n");
        svg.0
    }

    /// Returns how high the name of each line is: beside its last point, and apart from the others.
    fn name_places(&self, y: &Axis) -> Vec<f64> {
        let last = |series: &Series| series.points.last().map_or(0.0, |point| y.place(point.1));
        let mut order: Vec<(usize, f64)> = self.series.iter().map(last).enumerate().collect();
        order.sort_by(|a, b| a.1.total_cmp(&b.1));
        let mut places = vec![0.0; order.len()];
        let mut lowest = f64::MIN;
        for (index, at) in order {
            let at = at.max(lowest + LINE_HEIGHT);
            places[index] = at;
            lowest = at;
        }
        places
    }
}

/// A picture in the making.
#[derive(Debug, Default)]
struct Svg(String);

impl Svg {
    fn add(&mut self, element: &str) {
        self.0.push_str(element);
        self.0.push('\n');
    }

    fn text(&mut self, class: &str, x: f64, y: f64, anchor: &str, text: &str) {
        let text = escape(text);
        self.add(&format!(
            "<text class=\"{class}\" x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\">{text}</text>"
        ));
    }

    fn line(&mut self, class: &str, x1: f64, y1: f64, x2: f64, y2: f64) {
        self.add(&format!(
            "<line class=\"{class}\" x1=\"{x1:.1}\" y1=\"{y1:.1}\" x2=\"{x2:.1}\" y2=\"{y2:.1}\"/>"
        ));
    }

    fn series(&mut self, colour: usize, series: &Series, x: &Axis, y: &Axis) {
        let mut path = String::new();
        for (at, point) in series.points.iter().enumerate() {
            let letter = if at == 0 { 'M' } else { 'L' };
            // Writing to a string cannot fail.
            let _ = write!(path, "{letter}{:.1} {:.1}", x.place(point.0), y.place(point.1));
        }
        self.add(&format!("<path class=\"line s{colour}\" d=\"{path}\"/>"));
        for point in &series.points {
            self.add(&format!(
                "<circle class=\"dot f{colour}\" cx=\"{:.1}\" cy=\"{:.1}\" r=\"3.5\"/>",
                x.place(point.0),
                y.place(point.1)
            ));
        }
        for (point, note) in series.points.iter().zip(&series.notes) {
            self.text("note", x.place(point.0), y.place(point.1) + 16.0, "middle", note);
        }
    }
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chart(points: [f64; 2]) -> Chart {
        let line = |last| vec![(1.0, 2.0), (100.0, last)];
        Chart {
            title: "Title < \"quoted\"",
            subtitle: "under it".to_owned(),
            x: "across",
            y: "up",
            scales: (Scale::Logarithmic, Scale::Linear),
            x_ticks: Some(vec![1.0, 64.0]),
            series: vec![
                Series::new("one", line(points[0])),
                Series::new("two", line(points[1])).notes(["first".to_owned()].into_iter()),
            ],
        }
    }

    #[test]
    fn a_chart_names_its_lines_axes_and_points() {
        let svg = chart([3.0, 9.0]).svg();
        for said in [
            "Title &lt; &quot;quoted&quot;",
            ">under it<",
            ">across<",
            ">up<",
            ">one<",
            ">two<",
            ">first<",
            ">64<",
            "prefers-color-scheme:dark",
        ] {
            assert!(svg.contains(said), "{said}: {svg}");
        }
        assert_eq!(svg.matches("<path").count(), 2);
        assert_eq!(svg.matches("<circle").count(), 4);
    }

    #[test]
    fn names_of_lines_that_end_at_one_place_are_apart() {
        let chart = chart([3.0, 3.0]);
        let y = Axis::of(Scale::Linear, [3.0].into_iter(), 100.0, 0.0);
        let places = chart.name_places(&y);
        assert!((places[0] - places[1]).abs() >= LINE_HEIGHT, "{places:?}");
    }
}
