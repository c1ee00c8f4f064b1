//! Rows of an interval each, over one horizontal axis: labels to the left and numbers to the right
//! where there is room, and both above the mark on a phone.

use super::ink;
use super::scene::{Margin, Scene, Width, pixel, shortened};
use serde_json::{Value, json};

pub(super) struct Rows<'a> {
    /// The horizontal channel: `x` with scale and axis.
    pub(super) axis: Value,
    /// Over the numbers: `% [95 % interval]`.
    pub(super) heading: &'static str,
    /// A line at this value.
    pub(super) zero: Option<f64>,
    pub(super) lines: &'a [Line],
}

pub(super) enum Line {
    /// What the rows below have in common.
    Group(String),
    Row(Row),
}

pub(super) struct Row {
    pub(super) label: String,
    /// Value, lower and upper end; none where there is nothing to show.
    pub(super) span: Option<[f64; 3]>,
    /// The same as text.
    pub(super) numbers: String,
    pub(super) valid: u32,
    /// What somebody else found.
    pub(super) published: Option<f64>,
}

/// Groups whose name differs from the one before get a line of their own.
pub(super) fn grouped<'a>(rows: impl Iterator<Item = (&'a str, Row)>) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut last = "";
    for (group, row) in rows {
        if group != last {
            lines.push(Line::Group(super::visible(group)));
            last = group;
        }
        lines.push(Line::Row(row));
    }
    lines
}

/// Heights of a line, and where in it the label and the mark stand.
const ROW: (f64, f64) = (26.0, 42.0);
const GROUP: (f64, f64) = (32.0, 28.0);
/// Columns of numbers, from the right end of the axis.
const NUMBERS: f64 = 158.0;
const VALID: f64 = 206.0;

struct Placed<'a> {
    row: &'a Row,
    label: f64,
    mark: f64,
}

impl Rows<'_> {
    pub(super) fn specification(&self, width: Width) -> Value {
        let published = self.placed(width).1.iter().any(|placed| placed.row.published.is_some());
        let legend = if published { 20.0 } else { 0.0 };
        let top = width.pick(26.0, 24.0) + legend;
        let margin = match width {
            Width::Wide => Margin { left: 290.0, right: 214.0, top, bottom: 46.0 },
            Width::Narrow => Margin { left: 8.0, right: 10.0, top, bottom: 46.0 },
        };
        let (groups, rows, height) = self.placed(width);
        let mut scene = Scene::new(width, margin, height);
        self.axis(&mut scene, &rows);
        if width == Width::Narrow {
            let middles = groups.iter().map(|(_, y, _)| *y).chain(rows.iter().map(|p| p.label));
            scene.clear(middles);
        }
        self.headings(&mut scene, published);
        scene.write(super::scene::Words { bold: true, ..scene.words("left") }, groups);
        labels(&mut scene, margin, &rows);
        self.marks(&mut scene, &rows);
        scene.specification()
    }

    /// Names of groups with their places, rows with theirs, and the height of all.
    fn placed(&self, width: Width) -> (Vec<(f64, f64, String)>, Vec<Placed<'_>>, f64) {
        let (mut groups, mut rows, mut y) = (Vec::new(), Vec::new(), 0.0);
        let left = width.pick(-290.0, -8.0);
        for line in self.lines {
            match line {
                Line::Group(name) => {
                    let high = width.pick(GROUP.0, GROUP.1);
                    let place = y + high - width.pick(14.0, 12.0);
                    groups.push((left, place, shortened(name, width.pick(60, 44))));
                    y += high;
                }
                Line::Row(row) => {
                    let (label, mark) = width.pick((13.0, 13.0), (12.0, 29.0));
                    rows.push(Placed { row, label: y + label, mark: y + mark });
                    y += width.pick(ROW.0, ROW.1);
                }
            }
        }
        (groups, rows, y)
    }

    fn headings(&self, scene: &mut Scene, published: bool) {
        let (wide, inner) = (scene.width == Width::Wide, scene.inner_width());
        let (right, left) = if wide { (inner, -290.0) } else { (inner + 10.0, -8.0) };
        let texts = if wide {
            vec![
                (right + NUMBERS, -13.0, self.heading.to_owned()),
                (right + VALID, -13.0, "valid".to_owned()),
            ]
        } else {
            vec![(right, -13.0, format!("{} · valid trials", self.heading))]
        };
        scene.write(scene.small("right"), texts);
        if published {
            let y = if wide { -13.0 } else { -33.0 };
            scene.layer(dot(), place(), vec![json!({ "x": left + 6.0, "y": y })]);
            scene.layer(diamond(), place(), vec![json!({ "x": left + 92.0, "y": y })]);
            let texts = [(left + 16.0, "this run"), (left + 104.0, "published figure")];
            let texts = texts.map(|(x, text)| (x, y, text.to_owned())).to_vec();
            scene.write(scene.small("left"), texts);
        }
    }

    /// The axis, its grid and the line at zero. It stands also where no row has a number.
    fn axis(&self, scene: &mut Scene, rows: &[Placed<'_>]) {
        let values = rows.iter().map(|placed| {
            let at = placed.row.span.map_or_else(|| self.zero.unwrap_or_default(), |span| span[1]);
            json!({ "at": at, "y": placed.mark })
        });
        let unseen = json!({ "type": "point", "aria": false, "opacity": 0, "stroke": ink::PAGE });
        let at = json!({ "x": self.axis.clone(), "y": pixel("y") });
        scene.layer(unseen, at, values.take(1).collect());
        let mark = json!({
            "type": "rule", "aria": false, "stroke": ink::SOFT, "strokeDash": [4, 3],
        });
        let from_top = json!({ "x": self.axis.clone(), "y": { "value": 0 },
            "y2": { "value": "height" } });
        scene.layer(
            mark,
            from_top,
            self.zero.map(|zero| json!({ "at": zero })).into_iter().collect(),
        );
    }

    fn marks(&self, scene: &mut Scene, rows: &[Placed<'_>]) {
        let at = json!({ "x": self.axis.clone(), "y": pixel("y") });
        let known = |placed: &Placed<'_>| placed.row.span.map(|span| (span, placed.mark));
        let mut to = at.clone();
        to["x2"] = json!({ "field": "high" });
        let bars = rows.iter().filter_map(known);
        let bars = bars.map(|([_, low, high], y)| json!({ "at": low, "high": high, "y": y }));
        let bar = json!({ "type": "rule", "aria": false, "stroke": ink::ACCENT, "strokeWidth": 2 });
        scene.layer(bar, to, bars.collect());
        let tick = json!({
            "type": "tick", "aria": false, "orient": "vertical", "size": 9, "thickness": 2,
            "fill": ink::ACCENT, "stroke": null,
        });
        let ends = rows
            .iter()
            .filter_map(known)
            .flat_map(|([_, low, high], y)| [low, high].map(|at| json!({ "at": at, "y": y })));
        scene.layer(tick, at.clone(), ends.collect());
        let values = rows.iter().filter_map(known);
        let values = values.map(|([value, ..], y)| json!({ "at": value, "y": y }));
        scene.layer(dot(), at.clone(), values.collect());
        let published = rows.iter().filter_map(|placed| {
            placed.row.published.map(|value| json!({ "at": value, "y": placed.mark }))
        });
        scene.layer(diamond(), at, published.collect());
    }
}

fn labels(scene: &mut Scene, margin: Margin, rows: &[Placed<'_>]) {
    let (wide, inner) = (scene.width == Width::Wide, scene.inner_width());
    if wide {
        let label = |p: &Placed<'_>| (-16.0, p.label, shortened(&p.row.label, 38));
        scene.write(scene.words("right"), rows.iter().map(label).collect());
        let numbers = |p: &Placed<'_>| (inner + NUMBERS, p.label, p.row.numbers.clone());
        scene.write(scene.words("right"), rows.iter().map(numbers).collect());
        let valid = |p: &Placed<'_>| (inner + VALID, p.label, p.row.valid.to_string());
        scene.write(scene.small("right"), rows.iter().map(valid).collect());
    } else {
        let numbers = |p: &Placed<'_>| format!("{} · {}", p.row.numbers, p.row.valid);
        // A phone's line has 51 characters for both.
        let label = |p: &Placed<'_>| {
            let most = 50_usize.saturating_sub(numbers(p).chars().count()).max(12);
            (-margin.left, p.label, shortened(&p.row.label, most))
        };
        scene.write(scene.words("left"), rows.iter().map(label).collect());
        let right = |p: &Placed<'_>| (inner + margin.right, p.label, numbers(p));
        scene.write(scene.words("right"), rows.iter().map(right).collect());
    }
}

fn place() -> Value {
    json!({ "x": pixel("x"), "y": pixel("y") })
}

fn dot() -> Value {
    json!({ "type": "point", "aria": false, "filled": true, "size": 80, "fill": ink::ACCENT,
        "stroke": null, "opacity": 1 })
}

fn diamond() -> Value {
    json!({ "type": "point", "aria": false, "filled": false, "shape": "diamond", "size": 130,
        "fill": null, "stroke": ink::PUBLISHED, "strokeWidth": 2, "opacity": 1 })
}
