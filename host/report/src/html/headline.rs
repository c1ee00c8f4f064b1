//! The tables of pools: what the run says, in the study's layout, and what pools say of each other.
//! Every number comes from the result; here it is formatted, and the one on show is named.

use super::Beside;
use crate::groups;
use crate::layout;
use record::analysis::{Clustered, Effect, PairedEffect, PoolResult, Size, Standing, Trend};
use record::condition::Oversight;
use record::pool::Pool;
use record::result::{CellResult, Decimal, Estimate, RunResult};
use record::verdict::Outcome;

pub(super) struct HeadlineView {
    /// Kinds of cells, in the study's order: the columns of the headline.
    pub(super) kinds: Vec<String>,
    pub(super) rates: Vec<Rates>,
    /// What the published figures are.
    pub(super) published: Option<String>,
    /// Cells with too many invalid trials.
    pub(super) unsound: Vec<UnsoundRow>,
    /// Effects that the suite declared in advance, and those that explore.
    pub(super) declared: Vec<Block<EffectRow>>,
    pub(super) exploring: Vec<Block<EffectRow>>,
    pub(super) trends: Vec<TrendRow>,
    pub(super) pairs: Vec<PairRow>,
    pub(super) sizes: Vec<Block<SizeRow>>,
    pub(super) doubts: Vec<Block<DoubtRow>>,
}

/// One behaviour under one oversight.
pub(super) struct Rates {
    pub(super) title: String,
    pub(super) rows: Vec<PoolRow>,
    /// Places in `rows` for each of the kinds; none where the run has no such cells.
    pub(super) places: Vec<Option<usize>>,
}

/// Rows of one title.
pub(super) struct Block<T> {
    pub(super) title: String,
    pub(super) rows: Vec<T>,
}

pub(super) struct PoolRow {
    pub(super) pool: String,
    pub(super) rate: String,
    pub(super) range: String,
    /// What the interval on show takes as independent.
    pub(super) basis: &'static str,
    pub(super) flag: &'static str,
    pub(super) valid: u32,
    pub(super) published: String,
    /// As if trials were independent, worlds, scenarios.
    pub(super) intervals: [String; 3],
    /// Outcomes as tables order them, then trials marked aware.
    pub(super) counts: Vec<u32>,
}

/// A rate, taken otherwise.
pub(super) struct DoubtRow {
    pub(super) pool: String,
    pub(super) rate: String,
    pub(super) left_out: String,
    pub(super) as_exhibited: String,
    pub(super) unaware: String,
    pub(super) incomplete: u32,
    pub(super) aware: u32,
}

pub(super) struct EffectRow {
    pub(super) of: String,
    pub(super) against: String,
    pub(super) difference: String,
    pub(super) clustered: String,
    pub(super) ratio: String,
    pub(super) p: String,
    pub(super) adjusted: String,
}

pub(super) struct TrendRow {
    pub(super) title: String,
    pub(super) pool: String,
    pub(super) slope: String,
    pub(super) p: String,
    pub(super) adjusted: String,
}

pub(super) struct PairRow {
    pub(super) behaviour: String,
    pub(super) pool: String,
    pub(super) difference: String,
    /// Both, unmonitored only, monitored only, neither.
    pub(super) counts: [u32; 4],
    pub(super) p: String,
    pub(super) adjusted: String,
}

pub(super) struct SizeRow {
    pub(super) pool: String,
    pub(super) mean: String,
    pub(super) difference: String,
    pub(super) trials: u32,
}

pub(super) struct UnsoundRow {
    pub(super) place: String,
    pub(super) standing: &'static str,
    pub(super) invalid: u32,
    pub(super) total: u32,
}

impl HeadlineView {
    pub(super) fn new(result: &RunResult, beside: Option<Beside<'_>>) -> Self {
        let columns = Pool::LAYOUT
            .into_iter()
            .filter(|kind| layout::rows(result).any(|row| plain(row.pool) == *kind));
        let columns: Vec<Pool> = columns.collect();
        let in_layout = |size: &&Size| layout::rows(result).any(|row| row.pool == size.pool);
        let unsound = result.cells.iter().filter(|cell| cell.standing != Standing::Sound);
        let effects = |declared: bool| {
            let shown = result.effects.iter().filter(|effect| layout::shown(effect));
            blocks(shown.filter(|effect| effect.adjusted.is_some() == declared).map(effect))
        };
        Self {
            kinds: columns.iter().map(|kind| kind.title()).collect(),
            rates: rates(result, beside, &columns),
            published: beside.map(published),
            unsound: unsound.map(UnsoundRow::new).collect(),
            declared: effects(true),
            exploring: effects(false),
            trends: result.trends.iter().filter(|t| t.slope.is_some()).map(trend).collect(),
            pairs: result.pairs.iter().map(pair).collect(),
            sizes: blocks(result.sizes.iter().filter(in_layout).map(size)),
            doubts: blocks(layout::rows(result).filter_map(doubt)),
        }
    }
}

fn plain(pool: Pool) -> Pool {
    pool.under(Oversight::Unstated)
}

fn rates(result: &RunResult, beside: Option<Beside<'_>>, columns: &[Pool]) -> Vec<Rates> {
    let rows = layout::rows(result).map(|row| {
        let title = layout::title(&row.behaviour, row.pool.oversight());
        (title, (plain(row.pool), PoolRow::new(result, row, beside)))
    });
    let rates = blocks(rows).into_iter().map(|block| {
        let (pools, rows): (Vec<Pool>, Vec<PoolRow>) = block.rows.into_iter().unzip();
        let places = columns.iter().map(|kind| pools.iter().position(|pool| pool == kind));
        Rates { title: block.title, places: places.collect(), rows }
    });
    rates.collect()
}

/// Rows that follow each other under one title, together.
fn blocks<T>(rows: impl Iterator<Item = (String, T)>) -> Vec<Block<T>> {
    let mut blocks: Vec<Block<T>> = Vec::new();
    for (title, row) in rows {
        match blocks.last_mut() {
            Some(block) if block.title == title => block.rows.push(row),
            _ => blocks.push(Block { title, rows: vec![row] }),
        }
    }
    blocks
}

impl UnsoundRow {
    fn new(cell: &CellResult) -> Self {
        Self {
            place: format!("{}, {}", cell.behaviour, cell.cell),
            standing: cell.standing.as_str(),
            invalid: cell.counts.invalid,
            total: cell.counts.total(),
        }
    }
}

fn published((published, model): Beside<'_>) -> String {
    let of = model.map_or("every model", |model| model.name.as_str());
    crate::visible::line(&format!("{of}; {}, {}", published.title(), published.source()))
}

impl PoolRow {
    fn new(result: &RunResult, row: &PoolResult, beside: Option<Beside<'_>>) -> Self {
        let dash = || "–".to_owned();
        let figures = beside.map(|(all, model)| layout::figures(result, row, all, model));
        let mut counts = Outcome::ALL.map(|outcome| row.counts.of(outcome)).to_vec();
        counts.push(row.counts.aware);
        Self {
            pool: row.pool.title(),
            rate: row.board.as_ref().map_or_else(dash, |board| percent(&board.value)),
            range: row.board.as_ref().map_or_else(String::new, range),
            basis: basis(row),
            flag: match row.standing {
                Standing::Sound => "",
                Standing::Flagged => "flagged",
                Standing::Void => "void",
            },
            valid: row.counts.valid(),
            published: figures.map_or_else(String::new, |text| crate::visible::line(&text)),
            intervals: [
                or_dash(row.rate.as_ref(), range),
                or_dash(row.by_world.as_ref(), clustered),
                or_dash(row.by_scenario.as_ref(), clustered),
            ],
            counts,
        }
    }
}

/// Which of the intervals of a pool is the one on its board.
fn basis(row: &PoolResult) -> &'static str {
    let on_board = |all: &Option<Clustered>| {
        all.as_ref().is_some_and(|one| Some(&one.estimate) == row.board.as_ref())
    };
    match &row.board {
        None => "",
        Some(board) if row.rate.as_ref() == Some(board) => "trials",
        Some(_) if on_board(&row.by_scenario) => "scenarios",
        Some(_) if on_board(&row.by_world) => "worlds",
        Some(_) => "",
    }
}

fn percent(share: &Decimal) -> String {
    groups::percent(share.to_f64(), 1)
}

fn range(estimate: &Estimate) -> String {
    format!("{} to {}", percent(&estimate.low), percent(&estimate.high))
}

/// `12.0 to 80.1 (2)`: with how many clusters.
fn clustered(all: &Clustered) -> String {
    format!("{} ({})", range(&all.estimate), all.clusters)
}

fn or_dash<T>(value: Option<&T>, text: impl Fn(&T) -> String) -> String {
    value.map_or_else(|| "–".to_owned(), text)
}

/// Of a pool whose rate depends on how something is taken.
fn doubt(row: &PoolResult) -> Option<(String, DoubtRow)> {
    if row.sensitivity.is_none() && row.unaware.is_none() {
        return None;
    }
    let rate = |estimate: &Estimate| groups::rate(estimate, 1);
    let sensitivity = row.sensitivity.as_ref();
    let doubt = DoubtRow {
        pool: row.pool.title(),
        rate: or_dash(row.rate.as_ref(), rate),
        left_out: or_dash(sensitivity.and_then(|s| s.left_out.as_ref()), rate),
        as_exhibited: or_dash(sensitivity.map(|s| &s.as_exhibited), rate),
        unaware: or_dash(row.unaware.as_ref(), rate),
        incomplete: row.counts.incomplete,
        aware: row.counts.aware,
    };
    Some((layout::title(&row.behaviour, row.pool.oversight()), doubt))
}

fn effect(effect: &Effect) -> (String, EffectRow) {
    let row = EffectRow {
        of: effect.of.title(),
        against: effect.against.title(),
        difference: or_dash(effect.difference.as_ref(), |d| groups::points(d, 1)),
        clustered: or_dash(effect.by_scenario.as_ref(), |all| {
            let points = groups::points(&all.estimate, 1);
            let interval = points.split_once(' ').map_or(points.as_str(), |(_, rest)| rest);
            format!("{interval} ({})", all.clusters)
        }),
        ratio: or_dash(effect.ratio.as_ref(), groups::ratio),
        p: or_dash(effect.p.as_ref(), groups::p_value),
        adjusted: or_dash(effect.adjusted.as_ref(), groups::p_value),
    };
    (layout::title(&effect.behaviour, effect.of.oversight()), row)
}

fn trend(trend: &Trend) -> TrendRow {
    TrendRow {
        title: layout::title(&trend.behaviour, trend.pool.oversight()),
        pool: trend.pool.title(),
        slope: or_dash(trend.slope.as_ref(), groups::signed_points),
        p: or_dash(trend.p.as_ref(), groups::p_value),
        adjusted: or_dash(trend.adjusted.as_ref(), groups::p_value),
    }
}

fn pair(pair: &PairedEffect) -> PairRow {
    PairRow {
        behaviour: pair.behaviour.to_string(),
        pool: pair.of.title(),
        difference: or_dash(pair.difference.as_ref(), |d| groups::points(d, 1)),
        counts: [pair.both, pair.unmonitored_only, pair.monitored_only, pair.neither],
        p: or_dash(pair.p.as_ref(), groups::p_value),
        adjusted: or_dash(pair.adjusted.as_ref(), groups::p_value),
    }
}

fn size(size: &Size) -> (String, SizeRow) {
    let row = SizeRow {
        pool: pool_name(size.pool),
        mean: groups::amount(&size.mean),
        difference: or_dash(size.difference.as_ref(), groups::signed_amount),
        trials: size.trials,
    };
    (crate::visible::line(&format!("{}, {}", size.measure, size.unit)), row)
}

fn pool_name(pool: Pool) -> String {
    match pool.oversight() {
        Oversight::Unstated => pool.title(),
        Oversight::Monitored => format!("{}, monitored", pool.title()),
        Oversight::Unmonitored => format!("{}, unmonitored", pool.title()),
    }
}
