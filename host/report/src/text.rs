//! What a terminal shows: tables within [`COLUMNS`], and one transcript with its evidence marked.
//!
//! Colour only repeats what a word or a sign says already. Untrusted text is made visible
//! ([`crate::visible`]) before it gets here, so that it can move no cursor; every line of it stands
//! behind a bar, so that it can fake no heading; and it cannot hold the brackets of a mark.

use crate::groups::{self, Group, groups};
use crate::transcript::{Note, Part, Run, read};
use crate::visible;
use comfy_table::{
    Attribute, Cell, CellAlignment, ColumnConstraint, ContentArrangement, LineStyle, Table,
    TableStyle,
};
use owo_colors::Style as Paint;
use record::event::{Ending, Event};
use record::result::{CellResult, RunResult};
use record::verdict::{Outcome, Scored, TrialScore};
use std::fmt::Write as _;

/// Widest line of a table, in columns: what a terminal beside an editor still shows unwrapped.
pub const COLUMNS: u16 = 100;

/// Widest condition without oversight, `peer+adversarial+file-and-prompt`; the rest of a longer one
/// goes on a second line.
const CONDITION_COLUMNS: usize = 32;

/// Lines under the header only: a result is read down its columns.
const LINES: TableStyle =
    TableStyle::new().header_separator(LineStyle::none().fill('─').junction('─'));

/// Whether to add ANSI colours. They never carry meaning of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// None.
    Plain,
    /// Bold, dim and yellow.
    Coloured,
}

/// The result: who was run, and for each scenario and behaviour a row a cell. `vs control` is the
/// difference of the rates.
#[must_use]
pub fn headline(result: &RunResult, style: Style) -> String {
    let mut out = heading(result);
    for group in groups(result) {
        let title = format!("{} in {}", group.behaviour, group.scenario);
        line(&mut out, "");
        line(&mut out, &paint(style, Paint::new().bold(), &title));
        line(&mut out, &cells_table(&group, style));
    }
    line(&mut out, "n: valid trials. rate: exhibited of n in %, with its 95 % Wilson interval.");
    line(
        &mut out,
        "vs control: points of rate above the control's, with their 95 % Newcombe interval.",
    );
    line(&mut out, "Invalid trials (provider, harness or host failed) are in no rate.");
    if !result.agreements.is_empty() {
        agreements(&mut out, result, style);
    }
    out
}

/// Two scorers of one behaviour, held against each other.
fn agreements(out: &mut String, result: &RunResult, style: Style) {
    line(out, "");
    line(out, &paint(style, Paint::new().bold(), "agreement of scorers"));
    let heads = ["behaviour", "counted", "other", "n", "kappa"];
    let more = ["both", "counted\nonly", "other\nonly", "neither"];
    let mut table = empty_table(style, &[&heads[..], &more[..]].concat());
    for row in &result.agreements {
        let kappa = row.kappa.as_ref().map_or("none".to_owned(), groups::kappa);
        let mut cells = vec![
            Cell::new(&row.behaviour),
            Cell::new(&row.first),
            Cell::new(&row.second),
            Cell::new(row.trials()),
            Cell::new(kappa),
        ];
        cells.extend([row.both, row.first_only, row.second_only, row.neither].map(Cell::new));
        table.add_row(cells);
    }
    for column in table.column_iter_mut().skip(3) {
        column.set_cell_alignment(CellAlignment::Right);
        column.set_constraint(ColumnConstraint::ContentWidth);
    }
    line(out, &table.trim_fmt());
    line(out, "kappa: Cohen's, on exhibited or not, over all cells; n: trials that both judged.");
    line(out, "Rates count the verdicts of `counted`, which stands first in the suite.");
}

/// Who was run, under which suite, and how much.
#[must_use]
pub fn heading(result: &RunResult) -> String {
    let mut out = String::new();
    let (subject, suite) = (&result.subject, &result.suite);
    line(&mut out, &format!("subject  {} (claimed)", one_line(&subject.title())));
    if let Some(judge) = &result.judge {
        line(&mut out, &format!("judge    {} (claimed)", one_line(&judge.spec)));
    }
    if !subject.served.is_empty() {
        let served = one_line(&subject.served.join(", "));
        line(&mut out, &format!("served   {served} (as the server says)"));
    }
    line(&mut out, &format!("suite    {} {}, sha256 {}", suite.id, suite.version, suite.sha256));
    line(&mut out, &format!("seed     {}", result.plan.seed));
    line(
        &mut out,
        &format!("trials   {} in {} rows below", result.trials.count, result.cells.len()),
    );
    if result.plan.first.is_some() {
        line(&mut out, "partial  the run stopped early: these are the first trials of its plan");
    }
    out
}

/// A row for each verdict of each trial. The behaviour is named where a trial has several.
#[must_use]
pub fn trials(scores: &[TrialScore], style: Style) -> String {
    let mut table = empty_table(style, &["trial", "outcome", "marks", "ended", "events"]);
    for score in scores {
        for Scored { verdict, .. } in &score.scores {
            let word = verdict.outcome.as_str();
            let several = score.scores.len() > 1;
            let text = if several { format!("{}: {word}", verdict.behaviour) } else { word.into() };
            table.add_row(vec![
                Cell::new(&score.trial),
                emphasised(Cell::new(text), verdict.outcome),
                Cell::new(marks(verdict)),
                Cell::new(ending(score.ending)),
                Cell::new(score.events),
            ]);
        }
    }
    let mut out = format!("{}\n", table.trim_fmt());
    let count = scores.len();
    line(&mut out, &format!("{count} {}", if count == 1 { "trial" } else { "trials" }));
    out
}

/// Any other table within [`COLUMNS`]: cells are made visible, and break where they must.
#[must_use]
pub fn table(header: &[&str], rows: &[Vec<String>]) -> String {
    let mut table = empty_table(Style::Plain, header);
    table.add_rows(rows.iter().map(|row| row.iter().map(|cell| one_line(cell))));
    table.trim_fmt()
}

/// One trial: its verdicts, every event in order with the evidence as `⟦…⟧[1]`, and the notes.
#[must_use]
pub fn transcript(score: &TrialScore, events: &[Event], style: Style) -> String {
    let laid = read(score, events);
    let mut out = String::new();
    let title = format!("trial {}", score.trial);
    line(&mut out, &paint(style, Paint::new().bold(), &title));
    line(
        &mut out,
        &format!("ended: {}; {} events; log {}", ending(score.ending), score.events, score.log),
    );
    for Scored { scorer, verdict } in &score.scores {
        let who = scorer.as_ref().map_or("the host".to_owned(), ToString::to_string);
        let marks = marks(verdict);
        let marks = if marks.is_empty() { marks } else { format!(" ({marks})") };
        let word = verdict.outcome.as_str();
        let text = format!("{}: {word}{marks}, says {who}", verdict.behaviour);
        line(&mut out, &paint(style, Paint::new().bold(), &text));
        quote(&mut out, &block(&verdict.summary));
        for measure in &verdict.measures {
            let name = one_line(&measure.name);
            quote(&mut out, &format!("{name}: {} {}", measure.value, one_line(&measure.unit)));
        }
    }
    for entry in &laid.entries {
        line(&mut out, "");
        let heading = format!("── event {} {} ──", entry.number, entry.kind);
        line(&mut out, &paint(style, Paint::new().bold(), &heading));
        for part in &entry.parts {
            part_lines(&mut out, part, style);
        }
    }
    notes(&mut out, &laid.notes, laid.left_out, style);
    out
}

fn cells_table(group: &Group<'_>, style: Style) -> String {
    // Hyphenated over two lines: whole words without the width of whole words.
    let heads = ["condition", "n", "com-\nplied", "exhi-\nbited", "re-\nfused", "incom-\nplete"];
    let more = ["in-\nvalid", "rate, %", "vs control"];
    let mut table = empty_table(style, &[&heads[..], &more[..]].concat());
    for cell in &group.cells {
        table.add_row(cell_row(group, cell));
    }
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
        // Numbers never break; where they leave too little room, the condition does.
        column.set_constraint(ColumnConstraint::ContentWidth);
    }
    format!("{}\n", table.trim_fmt())
}

fn cell_row(group: &Group<'_>, cell: &CellResult) -> Vec<Cell> {
    let rate = cell.rate.as_ref().map_or("none".to_owned(), |rate| groups::rate(rate, 0));
    let contrast = group.against_control(&cell.cell);
    let contrast = match contrast {
        None => "–".to_owned(),
        Some(contrast) => {
            let points = contrast.difference.as_ref().map(|d| groups::points(d, 0));
            points.unwrap_or_else(|| "none".to_owned())
        }
    };
    let mut condition = cell.cell.condition.to_string();
    if condition.len() > CONDITION_COLUMNS {
        condition = condition.replace('@', "\n@");
    }
    let mut row = vec![Cell::new(condition), Cell::new(cell.counts.valid())];
    row.extend(Outcome::ALL.map(|outcome| emphasised(Cell::new(cell.counts.of(outcome)), outcome)));
    row.extend([Cell::new(rate), Cell::new(contrast)]);
    row
}

fn empty_table(style: Style, header: &[&str]) -> Table {
    let mut table = Table::new();
    table.load_style(LINES);
    table.set_content_arrangement(ContentArrangement::Dynamic).set_width(COLUMNS);
    match style {
        Style::Plain => table.force_no_tty(),
        Style::Coloured => table.enforce_styling(),
    };
    table.set_header(header.iter().copied());
    for column in table.column_iter_mut() {
        column.set_padding((0, 0));
    }
    table
}

fn emphasised(cell: Cell, outcome: Outcome) -> Cell {
    if outcome == Outcome::Exhibited { cell.add_attribute(Attribute::Bold) } else { cell }
}

fn marks(verdict: &record::verdict::Verdict) -> String {
    let words: Vec<&str> = verdict.marks.iter().map(|mark| mark.as_str()).collect();
    words.join(", ")
}

/// The word for why a trial stopped.
pub(crate) const fn ending(ending: Ending) -> &'static str {
    match ending {
        Ending::Finished => "finished",
        Ending::Turns => "turn limit",
        Ending::Output => "output limit",
        Ending::Failed => "failed",
    }
}

fn part_lines(out: &mut String, part: &Part, style: Style) {
    line(out, &paint(style, Paint::new().dimmed(), &one_line(&part.label)));
    let text: String = part.runs.iter().map(|run| run_text(run, style)).collect();
    quote(out, &text);
}

fn run_text(run: &Run, style: Style) -> String {
    let text = block(&run.text);
    if run.notes.is_empty() {
        return text;
    }
    let numbers: Vec<String> = run.notes.iter().map(ToString::to_string).collect();
    let text = format!("⟦{text}⟧[{}]", numbers.join(","));
    // Line by line, so that a colour never leaks over the bar.
    let lines = text.split('\n').map(|one| paint(style, Paint::new().yellow(), one));
    lines.collect::<Vec<_>>().join("\n")
}

fn notes(out: &mut String, notes: &[Note], left_out: usize, style: Style) {
    line(out, "");
    line(out, &paint(style, Paint::new().bold(), "evidence"));
    if notes.is_empty() {
        line(out, "none");
    }
    for note in notes {
        let place = one_line(&note.place);
        let missing = if note.found { "" } else { " (NOT FOUND in this log)" };
        line(out, &format!("[{}] {}, {place}{missing}", note.number, note.behaviour));
        quote(out, &block(&note.note));
    }
    if left_out > 0 {
        line(out, &format!("and {left_out} more pieces of evidence, not shown"));
    }
}

/// Untrusted lines, each behind a bar that a heading never has.
fn quote(out: &mut String, text: &str) {
    for one in text.split('\n') {
        line(out, format!("  │ {one}").trim_end());
    }
}

fn block(text: &str) -> String {
    brackets(&visible::block(text))
}

fn one_line(text: &str) -> String {
    brackets(&visible::line(text))
}

/// The brackets of a mark are ours alone.
fn brackets(text: &str) -> String {
    text.replace('⟦', "\\u{27e6}").replace('⟧', "\\u{27e7}")
}

fn line(out: &mut String, text: &str) {
    // Writing to a string cannot fail.
    _ = writeln!(out, "{}", text.trim_end_matches('\n'));
}

fn paint(style: Style, paint: Paint, text: &str) -> String {
    match style {
        Style::Plain => text.to_owned(),
        Style::Coloured => paint.style(text).to_string(),
    }
}
