//! A Vega-Lite specification under construction: layers over one pair of axes, with room for text
//! around them. Marks that carry numbers stand on Vega's scales; words beside them at pixels.

use super::ink;
use serde_json::{Value, json};

/// Which of the two drawings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Width {
    /// [`WIDE`] pixels.
    Wide,
    /// [`NARROW`] pixels.
    Narrow,
}

/// A page on a screen or on paper, in CSS pixels.
pub(super) const WIDE: f64 = 960.0;
/// A phone.
pub(super) const NARROW: f64 = 350.0;

impl Width {
    pub(super) const BOTH: [Self; 2] = [Self::Wide, Self::Narrow];

    pub(super) fn pixels(self) -> f64 {
        self.pick(WIDE, NARROW)
    }

    pub(super) fn pick<T>(self, wide: T, narrow: T) -> T {
        match self {
            Self::Wide => wide,
            Self::Narrow => narrow,
        }
    }

    /// Size of ordinary text.
    pub(super) fn font(self) -> f64 {
        self.pick(13.0, 12.0)
    }
}

/// Room around the axes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Margin {
    pub(super) left: f64,
    pub(super) right: f64,
    pub(super) top: f64,
    pub(super) bottom: f64,
}

pub(super) struct Scene {
    pub(super) width: Width,
    margin: Margin,
    height: f64,
    layers: Vec<Value>,
}

/// Where a text stands with regard to its point, and how it looks.
#[derive(Clone, Copy, Debug)]
pub(super) struct Words {
    pub(super) align: &'static str,
    pub(super) bold: bool,
    pub(super) ink: &'static str,
    pub(super) size: f64,
}

impl Scene {
    /// `height` is that between the axes.
    pub(super) fn new(width: Width, margin: Margin, height: f64) -> Self {
        Self { width, margin, height, layers: Vec::new() }
    }

    /// Between the axes.
    pub(super) fn inner_width(&self) -> f64 {
        self.width.pixels() - self.margin.left - self.margin.right
    }

    /// Ordinary text.
    pub(super) fn words(&self, align: &'static str) -> Words {
        Words { align, bold: false, ink: ink::INK, size: self.width.font() }
    }

    /// Text that explains.
    pub(super) fn small(&self, align: &'static str) -> Words {
        Words { ink: ink::SOFT, size: self.width.pick(12.0, 11.0), ..self.words(align) }
    }

    /// Puts marks over those before; none where there are no data.
    pub(super) fn layer(&mut self, mark: Value, encoding: Value, values: Vec<Value>) {
        if values.is_empty() {
            return;
        }
        self.layers.push(json!({
            "data": { "values": values },
            "mark": mark,
            "encoding": encoding,
        }));
    }

    /// Writes `(x, y, text)` at pixels from the upper left corner of the axes; `x` may be negative.
    pub(super) fn write(&mut self, words: Words, texts: Vec<(f64, f64, String)>) {
        let mark = json!({
            "type": "text", "aria": false, "align": words.align, "baseline": "middle",
            "fill": words.ink, "fontSize": words.size,
            "fontWeight": if words.bold { "bold" } else { "normal" },
        });
        let encoding = json!({
            "x": pixel("x"), "y": pixel("y"), "text": { "field": "text", "type": "nominal" },
        });
        let value = |(x, y, text)| json!({ "x": x, "y": y, "text": text });
        self.layer(mark, encoding, texts.into_iter().map(value).collect());
    }

    /// Draws lines between pixels: `(x, y, x2, y2)`.
    pub(super) fn rules(&mut self, stroke: &'static str, lines: Vec<[f64; 4]>) {
        let mark = json!({ "type": "rule", "aria": false, "stroke": stroke, "strokeWidth": 1 });
        let encoding = json!({
            "x": pixel("x"), "y": pixel("y"),
            "x2": { "field": "x2" }, "y2": { "field": "y2" },
        });
        let value = |[x, y, x2, y2]: [f64; 4]| json!({ "x": x, "y": y, "x2": x2, "y2": y2 });
        self.layer(mark, encoding, lines.into_iter().map(value).collect());
    }

    /// Takes grid and other lines away behind lines of text, given by their middles: on a phone
    /// words stand between the marks.
    pub(super) fn clear(&mut self, middles: impl Iterator<Item = f64>) {
        let mark = json!({ "type": "rect", "aria": false, "fill": ink::PAGE, "stroke": null });
        let (from, to) = (-self.margin.left, self.inner_width() + self.margin.right);
        let encoding = json!({
            "x": { "value": from }, "x2": { "value": to },
            "y": pixel("y"), "y2": { "field": "y2" },
        });
        let half = self.width.font() / 2.0 + 3.0;
        let value = |y: f64| json!({ "y": y - half, "y2": y + half });
        self.layer(mark, encoding, middles.map(value).collect());
    }

    /// The whole specification.
    pub(super) fn specification(self) -> Value {
        let Margin { left, right, top, bottom } = self.margin;
        json!({
            "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
            "width": self.inner_width(),
            "height": self.height,
            // Exactly as large as said: Vega would have to guess how wide a text is.
            "autosize": "none",
            "padding": { "left": left, "right": right, "top": top, "bottom": bottom },
            "background": null,
            "config": {
                "aria": false,
                "font": "system-ui, sans-serif",
                "view": { "stroke": null },
                "axis": {
                    "domain": false, "ticks": false, "gridColor": ink::LINE,
                    "labelColor": ink::SOFT, "titleColor": ink::SOFT,
                    "labelFontSize": self.width.pick(12, 11), "labelPadding": 6,
                    "titleFontSize": self.width.pick(12, 11), "titleFontWeight": "normal",
                    "titlePadding": 8,
                },
            },
            "layer": self.layers,
        })
    }
}

/// A channel whose field is in pixels already.
pub(super) fn pixel(field: &str) -> Value {
    json!({ "field": field, "type": "quantitative", "scale": null, "axis": null })
}

/// A channel whose field is the thing itself: a colour, a shape, dashes.
pub(super) fn literal(field: &str) -> Value {
    json!({ "field": field, "type": "nominal", "scale": null, "legend": null })
}

/// A channel of shares in percent from 0 to `high`, with its axis.
pub(super) fn percent(field: &str, high: f64, title: &str, ticks: &[f64]) -> Value {
    json!({
        "field": field, "type": "quantitative",
        "scale": { "domain": [0, high], "nice": false },
        "axis": {
            "title": title, "values": ticks, "labelExpr": "datum.label + ' %'",
            "labelFlush": true, "labelOverlap": false,
        },
    })
}

/// `text` in at most `most` characters.
pub(super) fn shortened(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let kept: String = text.chars().take(most.saturating_sub(1)).collect();
    format!("{}…", kept.trim_end())
}

/// Moves places apart, so that each is at least `gap` below the one before, and all stay within
/// `low..=high` where there is room; order kept.
pub(super) fn apart(places: &[f64], gap: f64, low: f64, high: f64) -> Vec<f64> {
    let mut order: Vec<usize> = (0..places.len()).collect();
    order.sort_by(|a, b| places[*a].total_cmp(&places[*b]).then(a.cmp(b)));
    let mut moved = places.to_vec();
    let mut least = low;
    for &at in &order {
        moved[at] = moved[at].max(least);
        least = moved[at] + gap;
    }
    let mut most = high;
    for &at in order.iter().rev() {
        moved[at] = moved[at].min(most);
        most = moved[at] - gap;
    }
    moved
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_move_apart_and_stay_inside() {
        assert_eq!(apart(&[10.0, 11.0, 50.0], 15.0, 0.0, 100.0), [10.0, 25.0, 50.0]);
        assert_eq!(apart(&[99.0, 98.0], 15.0, 0.0, 100.0), [100.0, 85.0]);
        assert_eq!(apart(&[-5.0], 15.0, 0.0, 100.0), [0.0]);
        assert_eq!(apart(&[], 15.0, 0.0, 100.0), [] as [f64; 0]);
    }

    #[test]
    fn long_texts_are_cut_between_characters() {
        assert_eq!(shortened("übermäßig", 9), "übermäßig");
        assert_eq!(shortened("übermäßig", 5), "über…");
        assert_eq!(shortened("a bcd", 3), "a…");
    }
}
