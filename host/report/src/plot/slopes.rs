//! Slopes from a baseline to what is compared with it: how much a rate rises, line by line.

use super::ink;
use super::scene::{Margin, Scene, Width, Words, apart, literal, pixel, shortened};
use super::{Plot, PlotError, Plotter, percents, share, spoken, trials, visible};
use crate::groups;
use record::result::Estimate;
use serde_json::{Value, json};

/// Rates of one behaviour at two places.
#[derive(Clone, Debug)]
pub struct Slopes {
    /// See [`Plot::name`].
    pub name: String,
    /// See [`Plot::title`].
    pub title: String,
    /// What the axis counts.
    pub axis: String,
    /// The left end: `control`.
    pub from: String,
    /// The right end: `peer`.
    pub to: String,
    /// One for each relationship, or each model.
    pub lines: Vec<SlopesLine>,
}

/// One line; drawn as one point where an end is missing.
#[derive(Clone, Debug)]
pub struct SlopesLine {
    /// Whose.
    pub label: String,
    /// At the left.
    pub from: SlopesEnd,
    /// At the right.
    pub to: SlopesEnd,
}

/// One end of a line.
#[derive(Clone, Debug)]
pub struct SlopesEnd {
    /// A share from 0 to 1 with its interval; none where there is no rate.
    pub rate: Option<Estimate>,
    /// Valid trials.
    pub valid: u32,
}

const SHAPES: [&str; 6] = ["circle", "square", "triangle-up", "diamond", "cross", "triangle-down"];
const DASHES: [&[u32]; 6] = [&[], &[7, 4], &[2, 3], &[9, 3, 2, 3], &[12, 4], &[4, 2]];
/// Ends of axes and steps to them, in percent: the first that holds every interval is taken.
const AXES: [(f64, u32); 6] =
    [(10.0, 2), (20.0, 5), (40.0, 10), (60.0, 20), (80.0, 20), (100.0, 20)];
/// Pixels between labels.
const GAP: f64 = 17.0;

/// Draws it.
///
/// # Errors
/// When the plot cannot be drawn, which no input causes.
pub fn slopes(plotter: &Plotter, input: &Slopes) -> Result<Plot, PlotError> {
    let specification = |width: Width| Drawing::new(input, width).specification();
    Plot::draw(plotter, &input.name, &input.title, alt(input), specification)
}

struct Drawing<'a> {
    input: &'a Slopes,
    width: Width,
    margin: Margin,
    height: f64,
    /// The upper end of the axis, in percent.
    high: f64,
    step: u32,
}

impl<'a> Drawing<'a> {
    fn new(input: &'a Slopes, width: Width) -> Self {
        let ends = input.lines.iter().flat_map(|line| [&line.from, &line.to]);
        let most = ends.filter_map(|end| end.rate.as_ref());
        let most = most.map(|rate| percents(rate)[2]).fold(0.0, f64::max);
        let (high, step) = AXES.into_iter().find(|(high, _)| *high >= most).unwrap_or((100.0, 20));
        let margin = Margin {
            left: width.pick(190.0, 76.0),
            right: width.pick(340.0, 180.0),
            top: 34.0,
            bottom: 30.0,
        };
        let lines = u32::try_from(input.lines.len()).map_or(f64::MAX, f64::from);
        Self { input, width, margin, height: (lines * (GAP + 2.0)).max(300.0), high, step }
    }

    fn specification(&self) -> Value {
        let mut scene = Scene::new(self.width, self.margin, self.height);
        self.frame(&mut scene);
        self.lines(&mut scene);
        self.left_labels(&mut scene);
        self.right_labels(&mut scene);
        scene.specification()
    }

    fn y(&self, percent: f64) -> f64 {
        self.height * (1.0 - percent / self.high)
    }

    /// How far a line's end is moved aside, so that intervals at one end stand side by side.
    fn shift(&self, at: usize) -> f64 {
        let count = self.input.lines.len();
        self.width.pick(11.0, 6.0) * (place(at, count) - place(count - 1, count) / 2.0)
    }

    /// How far the outermost is moved.
    fn reach(&self) -> f64 {
        self.input.lines.len().checked_sub(1).map_or(0.0, |last| self.shift(last))
    }

    /// Names of the two ends, and the range of the axis.
    fn frame(&self, scene: &mut Scene) {
        let inner = scene.inner_width();
        let bold = Words { bold: true, ..scene.words("center") };
        let most = self.width.pick(40, 15);
        let names = [(0.0, &self.input.from), (inner, &self.input.to)];
        let names = names.map(|(x, name)| (x, -20.0, shortened(&visible(name), most)));
        scene.write(bold, names.to_vec());
        scene.rules(ink::LINE, [0.0, inner].map(|x| [x, 0.0, x, self.height]).to_vec());
        let range = match self.width {
            Width::Wide => shortened(&visible(&self.input.axis), 120),
            Width::Narrow => format!("axis from 0 to {} %", groups::number(self.high, 0)),
        };
        let place = (-self.margin.left, self.height + 20.0);
        scene.write(scene.small("left"), vec![(place.0, place.1, range)]);
    }

    fn lines(&self, scene: &mut Scene) {
        let (mut ends, mut bars) = (Vec::new(), Vec::new());
        for (at, line) in self.input.lines.iter().enumerate() {
            let look = |mut value: Value| {
                value["series"] = json!(at);
                value["colour"] = json!(ink::SERIES[at % ink::SERIES.len()]);
                value["shape"] = json!(SHAPES[at % SHAPES.len()]);
                value["dash"] = json!(DASHES[at % DASHES.len()]);
                value
            };
            let places = [0.0, scene.inner_width()].map(|x| x + self.shift(at));
            for (x, end) in places.into_iter().zip([&line.from, &line.to]) {
                let Some(rate) = &end.rate else { continue };
                let [value, low, high] = percents(rate);
                ends.push(look(json!({ "x": x, "y": value })));
                bars.push(look(json!({ "x": x, "low": low, "high": high })));
            }
        }
        let ticks: Vec<u32> = (0..=100).step_by(self.step as usize).collect();
        let y = |field: &str| {
            json!({
                "field": field, "type": "quantitative",
                "scale": { "domain": [0, self.high], "nice": false },
                "axis": {
                    "title": null, "values": ticks,
                    "labelExpr": "datum.label + ' %'", "labels": self.width == Width::Wide,
                    "labelPadding": self.reach() + 84.0, "grid": true,
                },
            })
        };
        let stroke = literal("colour");
        scene.layer(
            json!({ "type": "rule", "aria": false, "strokeWidth": 2, "opacity": 0.5 }),
            json!({ "x": pixel("x"), "y": y("low"), "y2": { "field": "high" }, "stroke": stroke }),
            bars,
        );
        scene.layer(
            json!({ "type": "line", "aria": false, "strokeWidth": 2.5 }),
            json!({
                "x": pixel("x"), "y": y("y"), "stroke": stroke, "strokeDash": literal("dash"),
                "detail": { "field": "series", "type": "nominal" },
            }),
            ends.clone(),
        );
        scene.layer(
            json!({ "type": "point", "aria": false, "filled": true, "size": 85, "opacity": 1 }),
            json!({ "x": pixel("x"), "y": y("y"), "fill": stroke, "shape": literal("shape") }),
            ends,
        );
    }

    /// The rates at the left, each text once: lines mostly start from one baseline.
    fn left_labels(&self, scene: &mut Scene) {
        let mut texts: Vec<(f64, String)> = Vec::new();
        for rate in self.input.lines.iter().filter_map(|line| line.from.rate.as_ref()) {
            let text = share(rate);
            if !texts.iter().any(|(_, known)| *known == text) {
                texts.push((self.y(percents(rate)[0]), text));
            }
        }
        let places: Vec<f64> = texts.iter().map(|(y, _)| *y).collect();
        let moved = apart(&places, GAP, 0.0, self.height);
        let reach = self.reach();
        let end = reach + self.width.pick(20.0, 12.0);
        let lead = places.iter().zip(&moved).map(|(from, to)| [-8.0 - reach, *from, -end, *to]);
        scene.rules(ink::LINE, lead.collect());
        let texts = texts.into_iter().zip(moved).map(|((_, text), y)| (-end - 4.0, y, text));
        scene.write(scene.words("right"), texts.collect());
    }

    /// Whose line it is, in its shape, and its rate.
    fn right_labels(&self, scene: &mut Scene) {
        let edge = scene.inner_width() + self.reach();
        let known = self.input.lines.iter().enumerate();
        let known: Vec<_> =
            known.filter_map(|(at, line)| line.to.rate.as_ref().map(|r| (at, line, r))).collect();
        let places: Vec<f64> = known.iter().map(|(_, _, rate)| self.y(percents(rate)[0])).collect();
        let moved = apart(&places, GAP, 0.0, self.height);
        let lead = places.iter().zip(&moved);
        let end = edge + self.width.pick(20.0, 13.0);
        let lead = lead.map(|(from, to)| [edge + 8.0, *from, end, *to]);
        scene.rules(ink::LINE, lead.collect());
        let (mut rates, mut names, mut keys) = (Vec::new(), Vec::new(), Vec::new());
        for ((at, line, rate), y) in known.iter().zip(moved) {
            keys.push(json!({
                "x": end + 7.0, "y": y, "shape": SHAPES[at % SHAPES.len()],
                "colour": ink::SERIES[at % ink::SERIES.len()],
            }));
            rates.push((end + self.width.pick(70.0, 62.0), y, share(rate)));
            let name = shortened(&visible(&line.label), self.width.pick(32, 13));
            names.push((end + self.width.pick(79.0, 68.0), y, name));
        }
        scene.layer(
            json!({ "type": "point", "aria": false, "filled": true, "size": 60, "opacity": 1 }),
            json!({
                "x": pixel("x"), "y": pixel("y"), "shape": literal("shape"),
                "fill": literal("colour"),
            }),
            keys,
        );
        scene.write(Words { bold: true, ..scene.words("right") }, rates);
        scene.write(scene.words("left"), names);
    }
}

/// From 0 to 1 by place; lines of many series share the room of six.
fn place(at: usize, count: usize) -> f64 {
    let number = |n: usize| u32::try_from(n).map_or(0.0, f64::from);
    let step = if count > 6 { 6.0 / number(count) } else { 1.0 };
    number(at) * step
}

fn alt(input: &Slopes) -> String {
    let (from, to) = (visible(&input.from), visible(&input.to));
    let end = |end: &SlopesEnd| {
        let rate = end.rate.as_ref().map_or_else(|| "no rate".to_owned(), spoken);
        format!("{rate}, {}", trials(end.valid))
    };
    let lines = input.lines.iter().map(|line| {
        format!("{}: {from} {}, {to} {}", visible(&line.label), end(&line.from), end(&line.to))
    });
    let lines = lines.collect::<Vec<_>>().join("; ");
    format!("Rates with 95 % intervals, {from} to {to}; {}. {lines}.", visible(&input.axis))
}
