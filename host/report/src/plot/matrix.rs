//! A matrix of rates: one thing down, another across, a number in each field.

use super::ink;
use super::scene::{Margin, Scene, Width, Words, shortened};
use super::{Plot, PlotError, Plotter, percents, share, spoken, trials, visible};
use crate::groups;
use record::result::Estimate;
use serde_json::{Value, json};

/// Rates of one behaviour by two things.
#[derive(Clone, Debug)]
pub struct Matrix {
    /// See [`Plot::name`].
    pub name: String,
    /// See [`Plot::title`].
    pub title: String,
    /// What the rows are: `relationship`.
    pub down: String,
    /// What the columns are: `channel`.
    pub across: String,
    /// From above.
    pub rows: Vec<String>,
    /// From the left.
    pub columns: Vec<String>,
    /// Any order; a field without one is shown as missing.
    pub cells: Vec<MatrixCell>,
}

/// One field.
#[derive(Clone, Debug)]
pub struct MatrixCell {
    /// Which of the rows, from 0.
    pub row: usize,
    /// Which of the columns, from 0.
    pub column: usize,
    /// A share from 0 to 1 with its interval; none where there is no rate.
    pub rate: Option<Estimate>,
    /// Valid trials.
    pub valid: u32,
}

/// Of the accent over the page at 100 %: text in ink keeps a contrast of 5 to 1 in both schemes.
const OPACITY_MAX: f64 = 0.42;

/// Draws it.
///
/// # Errors
/// When the plot cannot be drawn, which no input causes.
pub fn matrix(plotter: &Plotter, input: &Matrix) -> Result<Plot, PlotError> {
    let specification = |width: Width| Drawing::new(input, width).specification();
    Plot::draw(plotter, &input.name, &input.title, alt(input), specification)
}

impl Matrix {
    fn at(&self, row: usize, column: usize) -> Option<&MatrixCell> {
        self.cells.iter().find(|cell| cell.row == row && cell.column == column)
    }
}

struct Drawing<'a> {
    input: &'a Matrix,
    width: Width,
    margin: Margin,
    /// Of a row, and what of it is above the fields: a phone has its name there.
    row: f64,
    name: f64,
}

impl<'a> Drawing<'a> {
    fn new(input: &'a Matrix, width: Width) -> Self {
        let margin = match width {
            // Fields of 150 pixels at most.
            Width::Wide => {
                let right = (width.pixels() - 160.0 - 150.0 * number(input.columns.len())).max(1.0);
                Margin { left: 160.0, right, top: 50.0, bottom: 4.0 }
            }
            Width::Narrow => Margin { left: 1.0, right: 1.0, top: 44.0, bottom: 4.0 },
        };
        Self { input, width, margin, row: width.pick(64.0, 84.0), name: width.pick(0.0, 24.0) }
    }

    fn specification(&self) -> Value {
        let height = self.row * number(self.input.rows.len());
        let mut scene = Scene::new(self.width, self.margin, height);
        self.names(&mut scene);
        self.fields(&mut scene);
        self.texts(&mut scene);
        scene.specification()
    }

    /// Pixels of a field: left, top, width, height.
    fn field(&self, scene: &Scene, row: usize, column: usize) -> [f64; 4] {
        let width = scene.inner_width() / number(self.input.columns.len()).max(1.0);
        let top = self.row * number(row) + self.name;
        [width * number(column), top, width, self.row - self.name]
    }

    fn names(&self, scene: &mut Scene) {
        let (input, inner) = (self.input, scene.inner_width());
        let each = scene.width.pick(20, 51 / input.columns.len().max(1));
        let columns = input.columns.iter().enumerate().map(|(at, name)| {
            let [x, _, width, _] = self.field(scene, 0, at);
            (x + width / 2.0, -11.0, shortened(&visible(name), each.max(6)))
        });
        scene.write(scene.words("center"), columns.collect());
        let title = vec![(inner / 2.0, -34.0, visible(&input.across))];
        scene.write(scene.small("center"), title);
        let rows = input.rows.iter().enumerate().map(|(at, name)| {
            let [_, top, _, height] = self.field(scene, at, 0);
            let name = visible(name);
            match self.width {
                Width::Wide => (-14.0, top + height / 2.0, shortened(&name, 20)),
                Width::Narrow => (0.0, top - 11.0, shortened(&name, 40)),
            }
        });
        let align = self.width.pick("right", "left");
        scene.write(scene.words(align), rows.collect());
        if self.width == Width::Wide {
            scene.write(scene.small("right"), vec![(-14.0, -11.0, visible(&input.down))]);
        }
    }

    /// A field's shade and a bar at its foot both say the rate; a missing one has a dashed frame.
    fn fields(&self, scene: &mut Scene) {
        let (mut shades, mut bars, mut missing) = (Vec::new(), Vec::new(), Vec::new());
        let (inner, height) = (scene.inner_width(), self.row * number(self.input.rows.len()));
        for (row, column) in self.places() {
            let [x, y, w, h] = self.field(scene, row, column);
            let (x, y, x2, y2) = (x + 2.0, y + 2.0, x + w - 2.0, y + h - 2.0);
            let rate = self.input.at(row, column).and_then(|cell| cell.rate.as_ref());
            let Some(rate) = rate else {
                missing.push(json!({ "x": x, "y": y, "x2": x2, "y2": y2 }));
                continue;
            };
            let share = rate.value.to_f64().clamp(0.0, 1.0);
            let shade = share * OPACITY_MAX;
            shades.push(json!({ "x": x, "y": y, "x2": x2, "y2": y2, "shade": shade }));
            let end = x + (x2 - x) * share;
            bars.push(json!({ "x": x, "y": y2 - 4.0, "x2": end, "y2": y2 }));
        }
        let channel = |field: &str, end: f64| {
            json!({ "field": field, "type": "quantitative", "axis": null,
                "scale": { "domain": [0, end], "range": [0, end], "nice": false } })
        };
        let places = json!({
            "x": channel("x", inner), "x2": { "field": "x2" },
            "y": channel("y", height.max(1.0)), "y2": { "field": "y2" },
        });
        let mut shaded = places.clone();
        shaded["fillOpacity"] =
            json!({ "field": "shade", "type": "quantitative", "scale": null, "legend": null });
        let mark = json!({ "type": "rect", "aria": false, "fill": ink::ACCENT,
            "stroke": ink::LINE, "strokeWidth": 1 });
        scene.layer(mark, shaded, shades);
        let mark = json!({ "type": "rect", "aria": false, "fill": null, "stroke": ink::SOFT,
            "strokeWidth": 1, "strokeDash": [4, 3] });
        scene.layer(mark, places.clone(), missing);
        let mark = json!({ "type": "rect", "aria": false, "fill": ink::ACCENT, "stroke": null });
        scene.layer(mark, places, bars);
    }

    fn texts(&self, scene: &mut Scene) {
        let (mut rates, mut notes) = (Vec::new(), Vec::new());
        let columns = self.input.columns.len();
        for (row, column) in self.places() {
            let [x, y, w, h] = self.field(scene, row, column);
            let (x, y) = (x + w / 2.0, y + h / 2.0 - 2.0);
            match self.input.at(row, column) {
                Some(MatrixCell { rate: Some(rate), valid, .. }) => {
                    rates.push((x, y - 9.0, share(rate)));
                    let [_, low, high] = percents(rate).map(|share| groups::number(share, 0));
                    let note = match self.width {
                        Width::Wide => format!("{low} to {high}, n {valid}"),
                        Width::Narrow if columns <= 4 => format!("n {valid}"),
                        Width::Narrow => valid.to_string(),
                    };
                    notes.push((x, y + 10.0, note));
                }
                Some(MatrixCell { valid, .. }) => {
                    notes.push((x, y - 7.0, "no rate".to_owned()));
                    notes.push((x, y + 9.0, format!("n {valid}")));
                }
                None => notes.push((x, y, "not run".to_owned())),
            }
        }
        let words = Words { bold: true, ..scene.words("center") };
        scene.write(words, rates);
        // In ink, not softer: it stands on a shade.
        scene.write(Words { ink: ink::INK, ..scene.small("center") }, notes);
    }

    fn places(&self) -> impl Iterator<Item = (usize, usize)> {
        let columns = self.input.columns.len();
        (0..self.input.rows.len()).flat_map(move |row| (0..columns).map(move |at| (row, at)))
    }
}

fn number(count: usize) -> f64 {
    u32::try_from(count).map_or(f64::MAX, f64::from)
}

fn alt(input: &Matrix) -> String {
    let mut fields = Vec::new();
    for (row, down) in input.rows.iter().enumerate() {
        for (column, across) in input.columns.iter().enumerate() {
            let text = match input.at(row, column) {
                None => "not run".to_owned(),
                Some(cell) => {
                    let rate = cell.rate.as_ref().map_or_else(|| "no rate".to_owned(), spoken);
                    format!("{rate}, {}", trials(cell.valid))
                }
            };
            fields.push(format!("{}, {}: {text}", visible(down), visible(across)));
        }
    }
    let (down, across) = (visible(&input.down), visible(&input.across));
    format!("Rates with 95 % intervals by {down} and {across}. {}.", fields.join("; "))
}
