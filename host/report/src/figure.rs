//! A forest plot: the rate of each cell with its interval, as SVG.
//!
//! Drawn by `plotters`, whose text comes out as text. Its colours stand in the file as fixed
//! strings; the page's style sheet maps each of them to the reader's light or dark scheme.

use crate::groups::{self, Group};
use crate::html::PageError;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

/// Drawing units, which are CSS pixels at full size.
const WIDTH: u32 = 860;
const ROW: u32 = 26;
const LABELS: u32 = 330;
const NUMBERS: u32 = 160;
const AXIS: u32 = 44;
const TOP: u32 = 6;
/// `plotters` divides font sizes by 1.24: this is 13 px on the page.
const FONT: f64 = 16.2;

/// What `report.css` maps to colours of the scheme, by exact value.
const INK: RGBColor = RGBColor(0x10, 0x20, 0x30);
const GRID: RGBColor = RGBColor(0xd0, 0xd1, 0xd2);
const MARK: RGBColor = RGBColor(0x0a, 0x58, 0xca);

/// The inside of an `svg` element with its size; the caller adds title and description.
pub(crate) struct Figure {
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) body: String,
}

/// Draws one group. A cell without a rate keeps its row, with no mark in it.
pub(crate) fn forest(group: &Group<'_>) -> Result<Figure, PageError> {
    let rows = u32::try_from(group.cells.len()).map_err(|error| draw_error(&error))?;
    let height = TOP + rows * ROW + AXIS;
    let mut text = String::new();
    {
        let root = SVGBackend::with_string(&mut text, (WIDTH, height)).into_drawing_area();
        draw(&root, group, rows).map_err(|error| draw_error(&error))?;
        root.present().map_err(|error| draw_error(&error))?;
    }
    // The page writes its own opening tag, with the description that a screen reader needs.
    let inside = text.split_once('>').and_then(|(_, rest)| rest.rsplit_once("</svg>"));
    let (body, _) = inside.ok_or_else(|| PageError::figure("plotters wrote no svg element"))?;
    Ok(Figure { width: WIDTH, height, body: body.to_owned() })
}

/// The numbers of the picture in words.
pub(crate) fn description(group: &Group<'_>) -> String {
    let rows = group.cells.iter().map(|cell| match &cell.rate {
        Some(rate) => format!("{}: {} %", cell.cell.condition, groups::rate(rate, 1)),
        None => format!("{}: no valid trial", cell.cell.condition),
    });
    format!("Rate with its 95 % interval. {}.", rows.collect::<Vec<_>>().join("; "))
}

type Area<'a> = DrawingArea<SVGBackend<'a>, plotters::coord::Shift>;
type DrawError<'a> = DrawingAreaErrorKind<<SVGBackend<'a> as DrawingBackend>::ErrorType>;

fn draw<'a>(root: &Area<'a>, group: &Group<'_>, rows: u32) -> Result<(), DrawError<'a>> {
    let font = ("system-ui, sans-serif", FONT).into_font().color(&INK);
    let mut chart = ChartBuilder::on(root)
        .margin_top(TOP)
        .margin_left(LABELS)
        .margin_right(NUMBERS)
        .x_label_area_size(AXIS)
        .build_cartesian_2d(0.0..1.0, f64::from(rows)..0.0)?;
    chart
        .configure_mesh()
        .disable_y_mesh()
        .disable_y_axis()
        .x_labels(6)
        .x_label_formatter(&|x| format!("{} %", groups::percent(*x, 0)))
        .x_desc("trials that exhibit the behaviour, of the valid ones")
        .label_style(font.clone())
        .axis_desc_style(font.clone())
        .axis_style(INK)
        .bold_line_style(GRID)
        .light_line_style(TRANSPARENT)
        .draw()?;
    let label = font.pos(Pos::new(HPos::Right, VPos::Center));
    let number = label.pos(Pos::new(HPos::Left, VPos::Center));
    for (row, cell) in (0_u32..).zip(&group.cells) {
        let middle = f64::from(row) + 0.5;
        let (_, y) = chart.backend_coord(&(0.0, middle));
        let at = |x: u32| (i32::try_from(x).unwrap_or(i32::MAX), y);
        root.draw(&Text::new(cell.cell.condition.to_string(), at(LABELS - 14), &label))?;
        let numbers = cell.rate.as_ref().map_or("none".to_owned(), |rate| groups::rate(rate, 1));
        root.draw(&Text::new(numbers, at(WIDTH - NUMBERS + 14), &number))?;
        let Some(rate) = &cell.rate else { continue };
        let (low, high) = (rate.low.to_f64(), rate.high.to_f64());
        let line = |from, to| PathElement::new(vec![from, to], MARK.stroke_width(2));
        chart.draw_series([
            line((low, middle), (high, middle)),
            line((low, middle - 0.18), (low, middle + 0.18)),
            line((high, middle - 0.18), (high, middle + 0.18)),
        ])?;
        chart.draw_series([Circle::new((rate.value.to_f64(), middle), 5, MARK.filled())])?;
    }
    Ok(())
}

fn draw_error(error: &dyn std::fmt::Display) -> PageError {
    PageError::figure(&error.to_string())
}
