//! How trials ended: a bar for each pool, as long as all its trials, in five parts.

use super::ink;
use super::scene::{Margin, Scene, Width, Words, literal, percent, pixel, shortened};
use super::{Plot, PlotError, Plotter, named, visible};
use record::result::Counts;
use record::verdict::Outcome;
use serde_json::{Value, json};

/// Outcomes of one behaviour.
#[derive(Clone, Debug)]
pub struct Outcomes {
    /// See [`Plot::name`].
    pub name: String,
    /// See [`Plot::title`].
    pub title: String,
    /// From above.
    pub rows: Vec<OutcomesRow>,
}

/// The trials of a cell or a pool.
#[derive(Clone, Debug)]
pub struct OutcomesRow {
    /// What rows in sequence have in common; may be empty.
    pub group: String,
    /// Which one it is.
    pub label: String,
    /// How they ended.
    pub counts: Counts,
}

/// How a part looks. Its letter, and its count beside the bar, say the same without colour.
struct Look {
    letter: &'static str,
    fill: &'static str,
    opacity: f64,
    stroke: &'static str,
    dashed: bool,
    /// Of the letter.
    ink: &'static str,
}

fn look(outcome: Outcome) -> Look {
    let look = |letter, fill, opacity, stroke, ink| Look {
        letter,
        fill,
        opacity,
        stroke,
        dashed: false,
        ink,
    };
    match outcome {
        Outcome::Complied => look("C", ink::ACCENT, 0.22, ink::ACCENT, ink::INK),
        Outcome::Exhibited => look("E", ink::INK, 1.0, ink::INK, ink::PAGE),
        Outcome::Refused => look("R", ink::LINE, 1.0, ink::SOFT, ink::INK),
        Outcome::Incomplete => look("I", ink::PAGE, 1.0, ink::SOFT, ink::INK),
        Outcome::Invalid => Look { dashed: true, ..look("X", ink::PAGE, 1.0, ink::SOFT, ink::INK) },
    }
}

/// Draws it.
///
/// # Errors
/// When the plot cannot be drawn, which no input causes.
pub fn outcomes(plotter: &Plotter, input: &Outcomes) -> Result<Plot, PlotError> {
    let specification = |width: Width| Drawing::new(input, width).specification();
    Plot::draw(plotter, &input.name, &input.title, alt(input), specification)
}

struct Drawing<'a> {
    width: Width,
    margin: Margin,
    height: f64,
    groups: Vec<(f64, String)>,
    /// With the top of each.
    rows: Vec<(f64, &'a OutcomesRow)>,
}

/// Columns of counts, from the right end of the bars.
const COLUMN: f64 = 77.0;
/// Height of a bar.
const BAR: f64 = 18.0;

impl<'a> Drawing<'a> {
    fn new(input: &'a Outcomes, width: Width) -> Self {
        let (mut groups, mut rows, mut y, mut last) = (Vec::new(), Vec::new(), 0.0, "");
        for row in &input.rows {
            if row.group != last {
                y += width.pick(32.0, 28.0);
                groups.push((y - width.pick(14.0, 12.0), visible(&row.group)));
                last = &row.group;
            }
            rows.push((y, row));
            y += width.pick(28.0, 62.0);
        }
        let margin = match width {
            Width::Wide => Margin { left: 250.0, right: 394.0, top: 46.0, bottom: 46.0 },
            Width::Narrow => Margin { left: 8.0, right: 10.0, top: 48.0, bottom: 46.0 },
        };
        Self { width, margin, height: y, groups, rows }
    }

    fn specification(&self) -> Value {
        let mut scene = Scene::new(self.width, self.margin, self.height);
        self.legend(&mut scene);
        self.labels(&mut scene);
        self.bars(&mut scene);
        self.counts(&mut scene);
        scene.specification()
    }

    /// Centre of a row's bar.
    fn bar(&self, top: f64) -> f64 {
        top + self.width.pick(14.0, 31.0)
    }

    /// Where the swatch of an outcome stands: right end over its column, or left end, in two lines,
    /// on a phone; and its middle.
    fn key(&self, scene: &Scene, at: u32) -> (f64, f64) {
        match self.width {
            Width::Wide => (scene.inner_width() + COLUMN * f64::from(at + 1), -32.0),
            Width::Narrow => {
                let (column, line) = (f64::from(at % 3), f64::from(at / 3));
                (column * 116.0 - self.margin.left, line * 18.0 - 35.0)
            }
        }
    }

    fn legend(&self, scene: &mut Scene) {
        let wide = self.width == Width::Wide;
        let (mut swatches, mut names, mut letters) = (Vec::new(), Vec::new(), Vec::new());
        for (at, outcome) in (0..).zip(Outcome::ALL) {
            let (x, y) = self.key(scene, at);
            let left = if wide { x - 14.0 } else { x + 1.0 };
            let look = look(outcome);
            letters.push((left + 7.0, y, look.letter, look.ink));
            swatches.push(part(outcome, (left, left + 14.0), y, 14.0));
            let name = outcome.as_str().to_owned();
            names.push(if wide { (x, y + 18.0, name) } else { (left + 20.0, y, name) });
        }
        let x = json!({ "x": pixel("x"), "x2": { "field": "x2" } });
        parts(scene, x, swatches);
        write_letters(scene, 10.0, pixel("x"), letters);
        scene.write(scene.small(self.width.pick("right", "left")), names);
    }

    fn labels(&self, scene: &mut Scene) {
        let left = -self.margin.left;
        let groups = self.groups.iter();
        let groups = groups.map(|(y, name)| (left, *y, shortened(name, self.width.pick(60, 44))));
        let groups: Vec<_> = groups.collect();
        if self.width == Width::Narrow {
            let tops = self.rows.iter().map(|(top, _)| *top);
            let middles = tops.flat_map(|top| [top + 11.0, top + 51.0]);
            scene.clear(groups.iter().map(|(_, y, _)| *y).chain(middles));
        }
        scene.write(Words { bold: true, ..scene.words("left") }, groups);
        let rows = self.rows.iter().map(|(top, row)| {
            let label = visible(&row.label);
            match self.width {
                Width::Wide => (-16.0, self.bar(*top), shortened(&label, 32)),
                Width::Narrow => (left, top + 11.0, shortened(&label, 44)),
            }
        });
        scene.write(scene.words(self.width.pick("right", "left")), rows.collect());
    }

    fn bars(&self, scene: &mut Scene) {
        let (mut values, mut letters) = (Vec::new(), Vec::new());
        for (top, row) in &self.rows {
            let mut from = 0.0;
            for outcome in Outcome::ALL {
                let Some(share) = share(&row.counts, outcome).filter(|share| *share > 0.0) else {
                    continue;
                };
                let y = self.bar(*top);
                let to = from + share;
                values.push(part(outcome, (from, to), y, BAR));
                let look = look(outcome);
                // A letter needs 14 pixels.
                if share / 100.0 * scene.inner_width() >= 14.0 {
                    letters.push((from + share / 2.0, y, look.letter, look.ink));
                }
                from = to;
            }
        }
        let ticks: &[f64] = &[0.0, 25.0, 50.0, 75.0, 100.0];
        let x = percent("x", 100.0, "share of all trials", ticks);
        parts(scene, json!({ "x": x, "x2": { "field": "x2" } }), values);
        write_letters(scene, 11.0, x, letters);
    }

    fn counts(&self, scene: &mut Scene) {
        let mut texts = Vec::new();
        for (top, row) in &self.rows {
            if self.width == Width::Narrow {
                let each = Outcome::ALL.map(|o| format!("{} {}", look(o).letter, row.counts.of(o)));
                texts.push((-self.margin.left, top + 51.0, each.join(" · ")));
                continue;
            }
            for (at, outcome) in (0..).zip(Outcome::ALL) {
                let (x, _) = self.key(scene, at);
                texts.push((x, self.bar(*top), row.counts.of(outcome).to_string()));
            }
        }
        let words = match self.width {
            Width::Wide => scene.words("right"),
            Width::Narrow => scene.small("left"),
        };
        scene.write(words, texts);
    }
}

/// Of all trials, in percent; none without any.
fn share(counts: &Counts, outcome: Outcome) -> Option<f64> {
    let all: u64 = Outcome::ALL.iter().map(|outcome| u64::from(counts.of(*outcome))).sum();
    let all = u32::try_from(all).ok().filter(|all| *all > 0)?;
    Some(f64::from(counts.of(outcome)) / f64::from(all) * 100.0)
}

fn part(outcome: Outcome, (x, x2): (f64, f64), y: f64, height: f64) -> Value {
    let look = look(outcome);
    json!({
        "x": x, "x2": x2, "y": y - height / 2.0, "y2": y + height / 2.0,
        "fill": look.fill, "opacity": look.opacity, "stroke": look.stroke, "dashed": look.dashed,
    })
}

fn parts(scene: &mut Scene, x: Value, values: Vec<Value>) {
    let mut encoding = json!({
        "y": pixel("y"), "y2": { "field": "y2" }, "fill": literal("fill"),
        "stroke": literal("stroke"),
        "fillOpacity": { "field": "opacity", "type": "quantitative", "scale": null,
            "legend": null },
    });
    encoding["x"] = x["x"].clone();
    encoding["x2"] = x["x2"].clone();
    // Vega-Lite takes dashes of a rectangle from its mark only.
    let (dashed, plain): (Vec<_>, Vec<_>) =
        values.into_iter().partition(|value| value["dashed"] == json!(true));
    let mark = json!({ "type": "rect", "aria": false, "strokeWidth": 1 });
    scene.layer(mark.clone(), encoding.clone(), plain);
    let mut mark = mark;
    mark["strokeDash"] = json!([3, 2]);
    scene.layer(mark, encoding, dashed);
}

fn write_letters(
    scene: &mut Scene,
    size: f64,
    x: Value,
    letters: Vec<(f64, f64, &'static str, &'static str)>,
) {
    let mark = json!({ "type": "text", "aria": false, "align": "center", "baseline": "middle",
        "fontSize": size, "fontWeight": "bold" });
    let encoding = json!({ "x": x, "y": pixel("y"), "fill": literal("ink"),
        "text": { "field": "text", "type": "nominal" } });
    let value = |(x, y, text, ink)| json!({ "x": x, "y": y, "text": text, "ink": ink });
    scene.layer(mark, encoding, letters.into_iter().map(value).collect());
}

fn alt(input: &Outcomes) -> String {
    let rows = input.rows.iter().map(|row| {
        let each =
            Outcome::ALL.map(|outcome| format!("{} {}", row.counts.of(outcome), outcome.as_str()));
        format!("{}: {}", named(&row.group, &row.label), each.join(", "))
    });
    format!("Trials by outcome. {}.", rows.collect::<Vec<_>>().join("; "))
}
