//! A drawing of how a training step's time grows: a panel for each size that does.

use std::fmt::Write;

use super::row::Sample;

const PANEL: (f64, f64) = (360.0, 240.0);
/// Room around a panel's axes: left, right, top, bottom.
const ROOM: (f64, f64, f64, f64) = (56.0, 16.0, 32.0, 36.0);
const COLUMNS: usize = 2;

/// What grew, to which values, and milliseconds of a step at each.
pub struct Panel {
    /// What grew.
    pub name: &'static str,
    /// Its values.
    pub values: [usize; 4],
    /// Of a training step, in milliseconds.
    pub times: Vec<Sample>,
}

/// The file.
pub fn svg(panels: &[Panel]) -> String {
    let rows = panels.len().div_ceil(COLUMNS);
    let (width, height) = (PANEL.0 * COLUMNS as f64, PANEL.1 * rows as f64);
    let mut text = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" font-family=\"sans-serif\" \
         font-size=\"12\">\n<rect width=\"{width}\" height=\"{height}\" fill=\"#fff\"/>\n"
    );
    for (at, panel) in panels.iter().enumerate() {
        let (x, y) = ((at % COLUMNS) as f64 * PANEL.0, (at / COLUMNS) as f64 * PANEL.1);
        let _ = writeln!(text, "<g transform=\"translate({x} {y})\">\n{}</g>", draw(panel));
    }
    text + "</svg>\n"
}

/// Both axes begin at 0, so that what is proportional looks so.
fn draw(panel: &Panel) -> String {
    let (left, right, top, bottom) = (ROOM.0, PANEL.0 - ROOM.1, ROOM.2, PANEL.1 - ROOM.3);
    let most = panel.times.iter().map(|time| time.most).fold(f64::MIN_POSITIVE, f64::max);
    let widest = panel.values.iter().copied().max().unwrap_or(1).max(1) as f64;
    let place_x = |value: usize| left + value as f64 / widest * (right - left);
    let place_y = |time: f64| bottom - time / most * (bottom - top);
    let mut text = String::new();
    let _ = writeln!(text, r#"<text x="{left}" y="18">milliseconds of a training step by {}</text>"#, panel.name);
    let _ = writeln!(text, r##"<path d="M{left} {top}V{bottom}H{right}" fill="none" stroke="#000"/>"##);
    for time in [0.0, most / 2.0, most] {
        let (x, y) = (left - 6.0, place_y(time) + 4.0);
        let _ = writeln!(text, r#"<text x="{x}" y="{y:.1}" text-anchor="end">{time:.1}</text>"#);
    }
    let mut line = Vec::new();
    for (value, time) in panel.values.into_iter().zip(&panel.times) {
        let (x, y) = (place_x(value), place_y(time.median));
        let (least, highest) = (place_y(time.least), place_y(time.most));
        let _ = writeln!(text, r#"<text x="{x:.1}" y="{}" text-anchor="middle">{value}</text>"#, bottom + 18.0);
        let _ = writeln!(text, r##"<path d="M{x:.1} {least:.1}V{highest:.1}" stroke="#000"/>"##);
        let _ = writeln!(text, r##"<circle cx="{x:.1}" cy="{y:.1}" r="3" fill="#0072b2"/>"##);
        line.push(format!("{x:.1},{y:.1}"));
    }
    let _ =
        writeln!(text, r##"<polyline points="{}" fill="none" stroke="#0072b2" stroke-width="2"/>"##, line.join(" "));
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_proportional_is_a_straight_line_and_each_size_has_a_panel() {
        let times: Vec<Sample> = [10.0, 20.0, 30.0, 40.0].map(|t| Sample { median: t, least: t, most: t }).to_vec();
        let panel = |name| Panel { name, values: [1, 2, 3, 4], times: times.clone() };
        let drawn = svg(&[panel("length"), panel("width"), panel("labels")]);
        assert_eq!(drawn.matches("<polyline").count(), 3);
        assert!(drawn.contains(r#"points="128.0,161.0 200.0,118.0 272.0,75.0 344.0,32.0""#), "{drawn}");
    }
}
