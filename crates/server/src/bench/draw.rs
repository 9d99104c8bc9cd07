//! Drawings of two sides: a frame with a grid, lines, and what they mean.

use std::fmt::Write;

use super::side::SideName;

/// Both sides with their names and colours, which differ in brightness too, for those who do not see the difference in hue.
pub const SIDES: [(SideName, &str, &str); 2] =
    [(SideName::Baton, "Baton", "#0b5394"), (SideName::Bare, "bare loop", "#e69138")];

/// An SVG document.
pub fn document(width: f64, height: f64, title: &str, content: &str) -> String {
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" role=\"img\" font-family=\"sans-serif\" font-size=\"13\">\n\
         <title>{title}</title>\n\
         <rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n\
         {content}</svg>\n"
    )
}

/// A line of text that begins at a place, ends there, or has it in its middle.
pub fn text(svg: &mut String, (x, y): (f64, f64), anchor: &str, text: &str) {
    // writing to a String does not fail
    let _ = writeln!(svg, "<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\">{text}</text>");
}

/// What a colour means.
pub fn legend(svg: &mut String, (x, y): (f64, f64), colour: &str, label: &str) {
    let _ = writeln!(svg, "<circle cx=\"{:.1}\" cy=\"{:.1}\" r=\"5\" fill=\"{colour}\"/>", x + 5.0, y - 4.0);
    text(svg, (x + 16.0, y), "start", label);
}

/// Where lines are drawn. Values begin at zero.
pub struct Area {
    /// Left edge.
    pub left: f64,
    /// Right edge.
    pub right: f64,
    /// Upper edge, where the highest value is.
    pub top: f64,
    /// Lower edge, where zero is.
    pub bottom: f64,
    /// The highest value.
    pub most: f64,
}

impl Area {
    /// Lines across at round parts of the highest value.
    pub fn grid(&self, svg: &mut String) {
        for step in 0..=4 {
            let value = self.most * f64::from(step) / 4.0;
            let (y, left, right) = (self.y(value), self.left, self.right);
            let _ =
                writeln!(svg, "<line x1=\"{left}\" y1=\"{y:.1}\" x2=\"{right}\" y2=\"{y:.1}\" stroke=\"#cccccc\"/>");
            text(svg, (left - 8.0, y + 4.0), "end", &format!("{value:.0}"));
        }
    }

    /// One side's line. Points are a part of the way from left to right, and a value.
    pub fn line(&self, svg: &mut String, side: SideName, colour: &str, points: &[(f64, f64)]) {
        let mut path = String::new();
        for (part, value) in points {
            let (x, y) = (self.x(*part), self.y(*value));
            let _ = write!(path, "{x:.1},{y:.1} ");
            let _ = writeln!(svg, "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"4\" fill=\"{colour}\"/>");
        }
        let dashes = if side == SideName::Bare { " stroke-dasharray=\"6 4\"" } else { "" };
        let _ = writeln!(
            svg,
            "<polyline points=\"{}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\"{dashes}/>",
            path.trim_end()
        );
    }

    /// A part of the way from left to right.
    pub fn x(&self, part: f64) -> f64 {
        self.left + (self.right - self.left) * part
    }

    fn y(&self, value: f64) -> f64 {
        self.bottom - (self.bottom - self.top) * value / self.most
    }
}
