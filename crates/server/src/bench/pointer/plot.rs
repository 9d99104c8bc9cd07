//! The cost of each operation as the registry grows, as a drawing.

use super::{
    operation::Operation,
    report::{Cell, Report},
    size::Size,
};
use crate::bench::draw::{Area, SIDES, document, legend, text};

const WIDTH: f64 = 760.0;
const HEIGHT: f64 = 640.0;
/// A panel's width and height with what stands around it.
const PANEL: (f64, f64) = (370.0, 280.0);

/// Processor time per operation against the registry's size, a panel for each operation.
pub fn svg(report: &Report) -> String {
    let mut svg = String::new();
    text(&mut svg, (30.0, 26.0), "start", "Processor time per operation in µs, as the registry grows");
    for (at, (_, name, colour)) in SIDES.iter().enumerate() {
        legend(&mut svg, (30.0 + 110.0 * at as f64, 52.0), colour, name);
    }
    for (at, operation) in Operation::ALL.into_iter().enumerate() {
        let (column, row) = ((at % 2) as f64, (at / 2) as f64);
        panel(&mut svg, report, operation, (PANEL.0 * column, 60.0 + PANEL.1 * row));
    }
    document(
        WIDTH,
        HEIGHT,
        "Processor time per operation of Baton and of a bare loop at registries of several sizes",
        &svg,
    )
}

fn panel(svg: &mut String, report: &Report, operation: Operation, (left, top): (f64, f64)) {
    let cells: Vec<&Cell> = report.cells.iter().filter(|cell| cell.operation == operation).collect();
    let cost = |cell: &Cell, side| cell.of(side).processor_micros;
    let most = cells.iter().flat_map(|cell| SIDES.map(|(side, ..)| cost(cell, side))).fold(0.0, f64::max);
    let area = Area {
        left: left + 60.0,
        right: left + PANEL.0 - 20.0,
        top: top + 40.0,
        bottom: top + PANEL.1 - 40.0,
        most: round_above(most),
    };
    text(svg, (area.left, top + 26.0), "start", operation.name());
    area.grid(svg);
    let sizes: Vec<Size> = cells.iter().map(|cell| cell.size).collect();
    for size in &sizes {
        text(svg, (area.x(part(*size, &sizes)), area.bottom + 18.0), "middle", &size.to_string());
    }
    text(svg, (area.x(0.5), area.bottom + 36.0), "middle", "pointers");
    for (side, _, colour) in SIDES {
        let points: Vec<(f64, f64)> = cells.iter().map(|cell| (part(cell.size, &sizes), cost(cell, side))).collect();
        area.line(svg, side, colour, &points);
    }
}

/// How far a size is on the way from the smallest to the largest, each tenfold as far as the next.
fn part(size: Size, sizes: &[Size]) -> f64 {
    let log = |size: Option<&Size>| size.map_or(0.0, |size| (size.0 as f64).log10());
    let (first, last) = (log(sizes.first()), log(sizes.last()));
    if last > first { (log(Some(&size)) - first) / (last - first) } else { 0.5 }
}

/// A value that four lines divide well: a multiple of 20 that leaves some room.
fn round_above(most: f64) -> f64 {
    (most * 1.1 / 20.0).ceil().max(1.0) * 20.0
}

#[cfg(test)]
mod tests {
    use super::{super::report::sample, Size, part, svg};

    #[test]
    fn each_operation_has_a_panel_with_both_sides_at_all_sizes() {
        let svg = svg(&sample());
        assert_eq!((svg.matches("<polyline").count(), svg.matches("r=\"4\"").count()), (8, 16));
        assert!(svg.contains(">create<") && svg.contains(">1m<"));
    }

    #[test]
    fn sizes_stand_where_their_logarithm_is() {
        let sizes = [10_000, 1_000_000, 100_000_000].map(Size);
        assert_eq!(sizes.map(|size| part(size, &sizes)), [0.0, 0.5, 1.0]);
        assert_eq!(part(Size(10), &[Size(10)]), 0.5);
    }
}
