//! Colours of the plots: fixed strings in the SVG, so that a file of its own looks right anywhere.
//! `plots/plots.css` maps each of them, by its exact value, to the reader's light or dark scheme.

/// Text and what carries a number.
pub(super) const INK: &str = "#1b2430";
/// Text beside the point, and axes.
pub(super) const SOFT: &str = "#4d5968";
/// Grid lines and frames.
pub(super) const LINE: &str = "#d3d9e0";
/// The measured.
pub(super) const ACCENT: &str = "#0a50b5";
/// What lies under it all.
pub(super) const PAGE: &str = "#ffffff";
/// Figures that somebody else published.
pub(super) const PUBLISHED: &str = "#a33a00";

/// Lines of several series, each at least 4.5 to 1 against the page in both schemes. Shapes, dashes
/// and labels tell them apart without colour.
pub(super) const SERIES: [&str; 6] =
    ["#0b51b6", "#a33b01", "#1a6e38", "#7439a8", "#6f5a00", "#a41c5a"];
