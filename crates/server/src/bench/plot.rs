//! The slices of a run as a drawing.

use std::fmt::Write;

use super::{report::Report, side::SideName, slices::Slice};

const WIDTH: f64 = 760.0;
const HEIGHT: f64 = 380.0;
const LEFT: f64 = 70.0;
const RIGHT: f64 = 730.0;
const TOP: f64 = 70.0;
const BOTTOM: f64 = 320.0;
/// Two colours that differ in brightness too, for those who do not see the difference in hue.
const COLOURS: [(SideName, &str, &str); 2] =
    [(SideName::Baton, "Baton", "#0b5394"), (SideName::Bare, "bare loop", "#e69138")];

/// Messages per second of each slice, both sides, as an SVG document.
pub fn svg(report: &Report) -> String {
    let most = report.slices.iter().map(Slice::rate).fold(1.0, f64::max) * 1.1;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" font-family=\"sans-serif\" font-size=\"13\">\n\
         <title>Messages per second of Baton and of a bare loop</title>\n\
         <rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n\
         <text x=\"{LEFT}\" y=\"28\" font-size=\"17\">Referral messages per second, slice by slice (ratio {:.2})</text>\n",
        report.ratios().rate
    );
    axes(&mut svg, most, report.slices.len() / 2);
    for (at, (side, name, colour)) in COLOURS.iter().enumerate() {
        line(&mut svg, report, *side, colour, most);
        let x = LEFT + 150.0 * at as f64;
        let summary = report.of(*side);
        let label =
            format!("{name}: p50 {:.1} ms, p99 {:.1} ms", f64::from(summary.p50) / 1e3, f64::from(summary.p99) / 1e3);
        let x = x + 90.0 * at as f64;
        // writing to a String does not fail
        let _ = writeln!(
            svg,
            "<circle cx=\"{:.1}\" cy=\"48\" r=\"5\" fill=\"{colour}\"/><text x=\"{:.1}\" y=\"52\">{label}</text>",
            x + 5.0,
            x + 16.0
        );
    }
    svg.push_str("</svg>\n");
    svg
}

fn axes(svg: &mut String, most: f64, slices: usize) {
    for step in 0..=4 {
        let value = most * f64::from(step) / 4.0;
        let y = place_y(value, most);
        let _ = writeln!(
            svg,
            "<line x1=\"{LEFT}\" y1=\"{y:.1}\" x2=\"{RIGHT}\" y2=\"{y:.1}\" stroke=\"#cccccc\"/>\
             <text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{value:.0}</text>",
            LEFT - 8.0,
            y + 4.0
        );
    }
    let _ = writeln!(
        svg,
        "<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\">slice (1 to {slices} of each side)</text>",
        (LEFT + RIGHT) / 2.0,
        BOTTOM + 36.0
    );
}

fn line(svg: &mut String, report: &Report, side: SideName, colour: &str, most: f64) {
    let rates: Vec<f64> = report.slices.iter().filter(|slice| slice.side == side).map(Slice::rate).collect();
    let steps = (rates.len().max(2) - 1) as f64;
    let mut points = String::new();
    for (at, rate) in rates.iter().enumerate() {
        let (x, y) = (LEFT + (RIGHT - LEFT) * at as f64 / steps, place_y(*rate, most));
        let _ = write!(points, "{x:.1},{y:.1} ");
        let _ = writeln!(svg, "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"4\" fill=\"{colour}\"/>");
    }
    let dashes = if side == SideName::Bare { " stroke-dasharray=\"6 4\"" } else { "" };
    let _ = writeln!(
        svg,
        "<polyline points=\"{}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\"{dashes}/>",
        points.trim_end()
    );
}

fn place_y(value: f64, most: f64) -> f64 {
    BOTTOM - (BOTTOM - TOP) * value / most
}

#[cfg(test)]
mod tests {
    use super::{super::report::sample, svg};

    #[test]
    fn the_drawing_has_a_point_for_each_slice_and_a_line_for_each_side() {
        let svg = svg(&sample());
        assert_eq!(svg.matches("r=\"4\"").count(), 4);
        assert_eq!(svg.matches("<polyline").count(), 2);
        assert!(svg.starts_with("<svg ") && svg.ends_with("</svg>\n"));
    }
}
