//! Just enough SVG for line and bar charts with axes and a legend.

use std::fmt::Write;

const WIDTH: f64 = 720.0;
const HEIGHT: f64 = 400.0;
const LEFT: f64 = 56.0;
const RIGHT: f64 = 16.0;
const TOP: f64 = 40.0;
const BOTTOM: f64 = 72.0;
/// Lines across.
const GRID: usize = 5;
/// Width of a letter of the legend, about.
const LETTER: f64 = 7.0;
/// Distinguished by people who see colours differently (Okabe and Ito 2008).
const COLOURS: [&str; 6] = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9"];

/// The values from one end of an axis to the other.
#[derive(Clone, Copy)]
pub(super) struct Interval {
    pub low: f64,
    pub high: f64,
}

/// An axis with its title.
pub(super) struct Axis<'a> {
    pub title: &'a str,
    pub interval: Interval,
}

/// A bar of a series.
pub(super) struct Bar {
    /// Where it stands on the x axis.
    pub place: Interval,
    pub value: f64,
    /// From the lowest to the highest value, drawn as a line.
    pub whisker: Interval,
}

/// A chart under construction.
pub(super) struct Chart {
    body: String,
    x: Interval,
    y: Interval,
    legend: f64,
}

impl Chart {
    /// A chart with a title and two axes.
    pub fn new(title: &str, x: Axis<'_>, y: Axis<'_>) -> Self {
        let (x_title, y_title, x, y) = (x.title, y.title, x.interval, y.interval);
        let mut chart = Self { body: String::new(), x, y, legend: LEFT };
        chart.text(WIDTH / 2.0, 20.0, "middle", title);
        chart.text((LEFT + WIDTH - RIGHT) / 2.0, HEIGHT - 34.0, "middle", x_title);
        let _ = writeln!(
            chart.body,
            r#"<text transform="translate(14 {:.0}) rotate(-90)" text-anchor="middle">{y_title}</text>"#,
            (TOP + HEIGHT - BOTTOM) / 2.0
        );
        for i in 0..=GRID {
            let value = y.at(i as f64 / GRID as f64);
            let at = chart.place_y(value);
            let _ = writeln!(chart.body, r##"<path d="M{LEFT} {at:.1}H{:.1}" stroke="#ddd"/>"##, WIDTH - RIGHT);
            chart.text(LEFT - 6.0, at + 4.0, "end", &label(value));
        }
        chart
    }

    /// A mark under the axis.
    pub fn tick(&mut self, x: f64, text: &str) {
        let at = self.place_x(x);
        self.text(at, HEIGHT - BOTTOM + 16.0, "middle", text);
    }

    /// Evenly spread marks with their numbers.
    pub fn ticks(&mut self) {
        for i in 0..=GRID {
            let value = self.x.at(i as f64 / GRID as f64);
            self.tick(value, &label(value));
        }
    }

    /// A line through points, in the colour of a series.
    pub fn line(&mut self, series: usize, points: impl Iterator<Item = (f64, f64)>) {
        let points = points.map(|(x, y)| format!("{:.1},{:.1}", self.place_x(x), self.place_y(y)));
        let points = points.collect::<Vec<_>>().join(" ");
        let colour = COLOURS[series % COLOURS.len()];
        let _ = writeln!(self.body, r#"<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2"/>"#);
    }

    /// A bar from the bottom, in the colour of a series.
    pub fn bar(&mut self, series: usize, bar: &Bar) {
        let (left, right) = (self.place_x(bar.place.low), self.place_x(bar.place.high));
        let top = self.place_y(bar.value);
        let (width, height) = (right - left, HEIGHT - BOTTOM - top);
        let colour = COLOURS[series % COLOURS.len()];
        let _ = writeln!(
            self.body,
            r#"<rect x="{left:.1}" y="{top:.1}" width="{width:.1}" height="{height:.1}" fill="{colour}"/>"#
        );
        let (middle, low, high) = ((left + right) / 2.0, self.place_y(bar.whisker.low), self.place_y(bar.whisker.high));
        let _ = writeln!(self.body, r##"<path d="M{middle:.1} {low:.1}V{high:.1}" stroke="#000"/>"##);
    }

    /// Names a series.
    pub fn name(&mut self, series: usize, text: &str) {
        let (x, y) = (self.legend, HEIGHT - 12.0);
        let colour = COLOURS[series % COLOURS.len()];
        let _ = writeln!(self.body, r#"<rect x="{x:.1}" y="{:.1}" width="12" height="12" fill="{colour}"/>"#, y - 10.0);
        self.text(x + 16.0, y, "start", text);
        self.legend += 40.0 + LETTER * text.chars().count() as f64;
    }

    /// The file.
    pub fn finish(self) -> String {
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" font-family=\"sans-serif\" \
             font-size=\"12\">\n<rect width=\"{WIDTH}\" height=\"{HEIGHT}\" fill=\"#fff\"/>\n{}</svg>\n",
            self.body
        )
    }

    fn text(&mut self, x: f64, y: f64, anchor: &str, text: &str) {
        let _ = writeln!(self.body, r#"<text x="{x:.1}" y="{y:.1}" text-anchor="{anchor}">{text}</text>"#);
    }

    fn place_x(&self, x: f64) -> f64 {
        LEFT + self.x.share(x) * (WIDTH - LEFT - RIGHT)
    }

    fn place_y(&self, y: f64) -> f64 {
        HEIGHT - BOTTOM - self.y.share(y.clamp(self.y.low, self.y.high)) * (HEIGHT - BOTTOM - TOP)
    }
}

impl Interval {
    /// The value at a share of the interval, 0 to 1.
    fn at(self, share: f64) -> f64 {
        self.low + (self.high - self.low) * share
    }

    /// The share of the interval that lies below a value.
    fn share(self, value: f64) -> f64 {
        (value - self.low) / (self.high - self.low)
    }
}

fn label(value: f64) -> String {
    if value.fract().abs() < 1e-9 { format!("{value:.0}") } else { format!("{value:.1}") }
}
