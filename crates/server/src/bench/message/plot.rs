//! The slices of a run as a drawing.

use super::report::Report;
use crate::bench::{
    draw::{Area, SIDES, document, legend, text},
    side::SideName,
    slices::Slice,
};

/// Messages per second of each slice, both sides, as an SVG document.
pub fn svg(report: &Report) -> String {
    let most = report.slices.iter().map(Slice::rate).fold(1.0, f64::max) * 1.1;
    let area = Area { left: 70.0, right: 730.0, top: 70.0, bottom: 320.0, most };
    let mut svg = String::new();
    let heading = format!("Referral messages per second, slice by slice (ratio {:.2})", report.ratios().rate);
    text(&mut svg, (area.left, 28.0), "start", &heading);
    area.grid(&mut svg);
    let below = format!("slice (1 to {} of each side)", report.slices.len() / 2);
    text(&mut svg, (area.x(0.5), area.bottom + 36.0), "middle", &below);
    for (at, (side, name, colour)) in SIDES.iter().enumerate() {
        area.line(&mut svg, *side, colour, &points(report, *side));
        let summary = report.of(*side);
        let [p50, p99] = [summary.p50, summary.p99].map(|micros| f64::from(micros) / 1e3);
        let label = format!("{name}: p50 {p50:.1} ms, p99 {p99:.1} ms");
        legend(&mut svg, (area.left + 240.0 * at as f64, 52.0), colour, &label);
    }
    document(760.0, 380.0, "Messages per second of Baton and of a bare loop", &svg)
}

fn points(report: &Report, side: SideName) -> Vec<(f64, f64)> {
    let rates: Vec<f64> = report.slices.iter().filter(|slice| slice.side == side).map(Slice::rate).collect();
    let steps = (rates.len().max(2) - 1) as f64;
    rates.iter().enumerate().map(|(at, rate)| (at as f64 / steps, *rate)).collect()
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
