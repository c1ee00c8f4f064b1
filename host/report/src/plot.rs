//! Pictures of a result, as finished SVG: nothing is left to do in the reader's browser, so they
//! print, stand in a file of their own, and need no script.
//!
//! Each is a Vega-Lite specification (<https://vega.github.io/vega-lite/docs/>), made here and
//! drawn by Vega inside the binary. Numbers arrive counted and estimated; the only arithmetic here
//! is that of places on paper.

pub mod compared;
mod engine;
mod forest;
mod ink;
mod matrix;
mod outcomes;
mod rows;
pub mod run;
mod scene;
mod sizes;
mod slopes;
mod svg;

pub use engine::Plotter;
pub use forest::{Forest, ForestRow, forest};
pub use matrix::{Matrix, MatrixCell, matrix};
pub use outcomes::{Outcomes, OutcomesRow, outcomes};
pub use sizes::{Sizes, SizesRow, sizes};
pub use slopes::{Slopes, SlopesEnd, SlopesLine, slopes};

use crate::groups;
use record::result::Estimate;
use scene::Width;
use serde_json::Value;
use std::fmt::Display;
use thiserror::Error;

/// What a page must hold once for its plots: which drawing is shown, and the reader's colours. It
/// takes `--ink`, `--soft`, `--line`, `--accent` and `--page` from the page's own style sheet.
pub const STYLE: &str = include_str!("../plots/plots.css");

/// A picture in two drawings, for a page that shows one of them in an element of class `plot`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plot {
    /// Unique on its page: lower-case letters, digits and hyphens. Its file is called so.
    pub name: String,
    /// What it shows.
    pub title: String,
    /// An `svg` element of class `plot-wide`, 960 pixels wide, for windows and paper.
    pub wide: String,
    /// An `svg` element of class `plot-narrow`, 350 pixels wide, for phones.
    pub narrow: String,
    /// Every number of the picture in words.
    pub alt: String,
}

/// Why a plot cannot be drawn. No input causes this; it is ours to mend.
#[derive(Debug, Error)]
#[error("report plot {plot}: {message}; please report this as a bug")]
pub struct PlotError {
    plot: String,
    message: String,
}

impl PlotError {
    fn new(plot: &str, message: &dyn Display) -> Self {
        let message = message.to_string().trim().replace('\n', "; ");
        Self { plot: plot.to_owned(), message }
    }
}

impl Plot {
    /// The wide drawing as a file of its own, on white.
    #[must_use]
    pub fn file(&self) -> String {
        let paper = format!(r#"</desc><rect width="100%" height="100%" fill="{}"/>"#, ink::PAGE);
        format!("{}\n", self.wide.replacen("</desc>", &paper, 1))
    }

    fn draw(
        plotter: &Plotter,
        name: &str,
        title: &str,
        alt: String,
        specification: impl Fn(Width) -> Value,
    ) -> Result<Self, PlotError> {
        let title = visible(title);
        let draw = |width: Width| {
            let drawn = plotter.svg(name, &specification(width))?;
            let which = width.pick("wide", "narrow");
            let (id, class) = (format!("{name}-{which}"), format!("plot-{which}"));
            svg::titled(&drawn, &id, &class, &title, &alt)
        };
        let [wide, narrow] = Width::BOTH.map(draw);
        Ok(Self { name: name.to_owned(), wide: wide?, narrow: narrow?, title, alt })
    }
}

/// A name for a plot from its parts: what is not a lower-case letter or a digit becomes a hyphen.
#[must_use]
pub fn name(parts: &[&str]) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' };
    let text: String = parts.join("-").chars().map(plain).collect();
    text.split('-').filter(|word| !word.is_empty()).collect::<Vec<_>>().join("-")
}

/// Text of a subject or an operator that XML and a reader can bear.
fn visible(text: &str) -> String {
    let text = crate::visible::line(text);
    // The two characters that are no control characters and yet no part of XML.
    text.replace(['\u{fffe}', '\u{ffff}'], "\u{fffd}")
}

/// Value, lower and upper end in percent.
fn percents(estimate: &Estimate) -> [f64; 3] {
    [&estimate.value, &estimate.low, &estimate.high].map(|share| share.to_f64() * 100.0)
}

/// `60.0 %`.
fn share(estimate: &Estimate) -> String {
    format!("{} %", groups::percent(estimate.value.to_f64(), 1))
}

/// `60.0 % (38.7 to 78.1)`, to be read aloud.
fn spoken(estimate: &Estimate) -> String {
    let [_, low, high] = percents(estimate);
    format!("{} ({} to {})", share(estimate), groups::number(low, 1), groups::number(high, 1))
}

/// `1 valid trial`, `20 valid trials`.
fn trials(count: u32) -> String {
    format!("{count} valid {}", if count == 1 { "trial" } else { "trials" })
}

/// `group, label`, or one of them alone.
fn named(group: &str, label: &str) -> String {
    let parts = [group, label].into_iter().filter(|part| !part.is_empty());
    visible(&parts.collect::<Vec<_>>().join(", "))
}
