//! The plots of a run: which numbers of a result stand in which picture.

use super::{
    Forest, ForestRow, Matrix, MatrixCell, Outcomes, OutcomesRow, Plot, PlotError, Plotter, Sizes,
    SizesRow, Slopes, SlopesEnd, SlopesLine, forest, matrix, name, outcomes, sizes, slopes,
};
use record::analysis::{PoolResult, Size, Standing};
use record::condition::{Channel, Condition, Oversight, Relationship, Stake};
use record::id::Behaviour;
use record::pool::Pool;
use record::published::Model;
use record::result::{CellResult, RunResult};

/// The plots of one behaviour. Where trials were told about oversight, those of each telling are
/// pictures of their own.
#[derive(Clone, Debug)]
pub struct BehaviourPlots {
    /// Of what.
    pub behaviour: Behaviour,
    /// The rate of each kind of cell, with the interval that a board shows.
    pub forest: Plot,
    /// From the control to each kind of peer; none without both.
    pub slopes: Vec<Plot>,
    /// Relationship by channel; none without a peer that has a history.
    pub matrices: Vec<Plot>,
    /// How trials ended, by kind of cell.
    pub outcomes: Plot,
    /// One for each measure that the suite's analysis asks for.
    pub sizes: Vec<Plot>,
    /// The rate of every single cell, by scenario: long.
    pub cells: Plot,
}

impl BehaviourPlots {
    /// All of them, in the order in which they are read.
    pub fn all(&self) -> impl Iterator<Item = &Plot> {
        let Self { behaviour: _, forest, slopes, matrices, outcomes, sizes, cells } = self;
        let first = std::iter::once(forest).chain(slopes).chain(matrices);
        first.chain([outcomes]).chain(sizes).chain([cells])
    }
}

pub(super) const AXIS: &str = "trials that exhibit the behaviour, of the valid ones";

/// Every plot of a run, by behaviour in the result's order; `published` is the model whose figures
/// stand beside its rates.
///
/// # Errors
/// When a plot cannot be drawn, which no input causes.
pub fn behaviours(
    plotter: &Plotter,
    result: &RunResult,
    published: Option<&Model>,
) -> Result<Vec<BehaviourPlots>, PlotError> {
    let run = Run { plotter, result, published };
    of_pools(result).into_iter().map(|behaviour| run.plots(behaviour)).collect()
}

/// Each behaviour once, in the pools' order: what is read in every scenario stands last.
pub(super) fn of_pools(result: &RunResult) -> Vec<&Behaviour> {
    let mut behaviours: Vec<&Behaviour> = Vec::new();
    for row in &result.pools {
        if !behaviours.contains(&&row.behaviour) {
            behaviours.push(&row.behaviour);
        }
    }
    behaviours
}

/// A file for each plot: its name, and its SVG on white.
#[must_use]
pub fn files(behaviours: &[BehaviourPlots]) -> Vec<(String, String)> {
    behaviours.iter().flat_map(BehaviourPlots::all).map(file).collect()
}

/// A plot's file: its name, and its SVG on white.
#[must_use]
pub fn file(plot: &Plot) -> (String, String) {
    (format!("{}.svg", plot.name), plot.file())
}

#[derive(Clone, Copy)]
struct Run<'a> {
    plotter: &'a Plotter,
    result: &'a RunResult,
    published: Option<&'a Model>,
}

impl<'a> Run<'a> {
    fn plots(self, behaviour: &Behaviour) -> Result<BehaviourPlots, PlotError> {
        Ok(BehaviourPlots {
            behaviour: behaviour.clone(),
            forest: self.forest(behaviour)?,
            slopes: self.each(|eyes| self.slopes(behaviour, eyes))?,
            matrices: self.each(|eyes| self.matrix(behaviour, eyes))?,
            outcomes: self.outcomes(behaviour)?,
            sizes: self.sizes(behaviour)?,
            cells: self.cells(behaviour)?,
        })
    }

    fn each(
        self,
        plot: impl Fn(Oversight) -> Option<Result<Plot, PlotError>>,
    ) -> Result<Vec<Plot>, PlotError> {
        Oversight::ALL.into_iter().filter_map(plot).collect()
    }

    fn pools(self, behaviour: &Behaviour) -> impl Iterator<Item = &'a PoolResult> {
        self.result.pools.iter().filter(move |row| row.behaviour == *behaviour)
    }

    fn pool(self, behaviour: &Behaviour, pool: Pool) -> Option<&'a PoolResult> {
        self.pools(behaviour).find(|row| row.pool == pool)
    }

    /// The pools of the study's layout.
    fn layout(self, behaviour: &Behaviour) -> impl Iterator<Item = &'a PoolResult> {
        self.pools(behaviour).filter(|row| in_layout(row.pool))
    }

    fn forest(self, behaviour: &Behaviour) -> Result<Plot, PlotError> {
        let rows = self.layout(behaviour).map(|row| ForestRow {
            group: eyes(row.pool.oversight()).to_owned(),
            label: marked(row.pool.title(), row.standing),
            rate: row.board.clone(),
            valid: row.counts.valid(),
            published: self.figure(behaviour, |condition| row.pool.has(condition)),
        });
        let input = Forest {
            name: name(&["forest", behaviour.as_str()]),
            title: format!("{behaviour}: the rate of each kind of cell"),
            axis: AXIS.to_owned(),
            rows: rows.collect(),
        };
        forest(self.plotter, &input)
    }

    fn cells(self, behaviour: &Behaviour) -> Result<Plot, PlotError> {
        let cells = self.result.cells.iter().filter(|cell| cell.behaviour == *behaviour);
        let row = |cell: &CellResult| ForestRow {
            group: titled(cell.cell.scenario.as_str(), cell.cell.condition.oversight),
            label: marked(Pool::arm(cell.cell.condition).title(), cell.standing),
            rate: cell.rate.clone(),
            valid: cell.counts.valid(),
            published: self.figure(behaviour, |condition| condition == cell.cell.condition),
        };
        let input = Forest {
            name: name(&["cells", behaviour.as_str()]),
            title: format!("{behaviour}: the rate of every cell, by scenario"),
            axis: AXIS.to_owned(),
            rows: cells.map(row).collect(),
        };
        forest(self.plotter, &input)
    }

    /// What was published of the cells that `has` picks; none where figures differ among them.
    fn figure(self, behaviour: &Behaviour, has: impl Fn(Condition) -> bool) -> Option<f64> {
        let model = self.published?;
        let cells = self.result.cells.iter().filter(|cell| cell.behaviour == *behaviour);
        let conditions = cells.map(|cell| cell.cell.condition).filter(|one| has(*one));
        let figures = conditions.filter_map(|one| model.figure(behaviour, one));
        let mut shares = figures.map(|figure| figure.exhibited);
        let first = shares.next()?;
        shares.all(|share| share.total_cmp(&first).is_eq()).then_some(first)
    }

    fn slopes(self, behaviour: &Behaviour, under: Oversight) -> Option<Result<Plot, PlotError>> {
        let control = self.pool(behaviour, Pool::plain(Stake::None).under(under))?;
        let end =
            |row: &PoolResult| SlopesEnd { rate: row.board.clone(), valid: row.counts.valid() };
        let peers = self
            .layout(behaviour)
            .filter(|row| row.pool.stake() == Stake::Peer && row.pool.oversight() == under);
        let lines: Vec<_> = peers
            .map(|row| SlopesLine {
                label: marked(relationship(row.pool), row.standing),
                from: end(control),
                to: end(row),
            })
            .collect();
        let input = Slopes {
            name: name(&["slopes", behaviour.as_str(), eyes(under)]),
            title: titled(&format!("{behaviour}: from the control to a peer"), under),
            axis: AXIS.to_owned(),
            from: "control".to_owned(),
            to: "with a peer".to_owned(),
            lines,
        };
        (!input.lines.is_empty()).then(|| slopes(self.plotter, &input))
    }

    fn matrix(self, behaviour: &Behaviour, under: Oversight) -> Option<Result<Plot, PlotError>> {
        let relationships = Relationship::KNOWN;
        let channels = [Channel::File, Channel::FileAndPrompt, Channel::Memory];
        let mut cells = Vec::new();
        for (row, relationship) in relationships.into_iter().enumerate() {
            for (column, channel) in channels.into_iter().enumerate() {
                let arm = Pool::arm(Condition {
                    stake: Stake::Peer,
                    relationship,
                    channel,
                    oversight: under,
                });
                let found = self.pool(behaviour, arm);
                cells.extend(found.map(|pool| MatrixCell {
                    row,
                    column,
                    rate: pool.board.clone(),
                    valid: pool.counts.valid(),
                }));
            }
        }
        let input = Matrix {
            name: name(&["matrix", behaviour.as_str(), eyes(under)]),
            title: titled(&format!("{behaviour}: a peer, relationship by channel"), under),
            down: "relationship".to_owned(),
            across: "channel".to_owned(),
            rows: ["adversarial", "neutral", "positive"].map(String::from).to_vec(),
            columns: ["file", "file and prompt", "memory"].map(String::from).to_vec(),
            cells,
        };
        (!input.cells.is_empty()).then(|| matrix(self.plotter, &input))
    }

    fn outcomes(self, behaviour: &Behaviour) -> Result<Plot, PlotError> {
        let rows = self.layout(behaviour).map(|row| OutcomesRow {
            group: eyes(row.pool.oversight()).to_owned(),
            label: row.pool.title(),
            counts: row.counts,
        });
        let input = Outcomes {
            name: name(&["outcomes", behaviour.as_str()]),
            title: format!("{behaviour}: how trials ended"),
            rows: rows.collect(),
        };
        outcomes(self.plotter, &input)
    }

    fn sizes(self, behaviour: &Behaviour) -> Result<Vec<Plot>, PlotError> {
        let ours = || self.result.sizes.iter().filter(|size| size.behaviour == *behaviour);
        let mut measures: Vec<(&str, &str)> = Vec::new();
        for size in ours() {
            let measure = (size.measure.as_str(), size.unit.as_str());
            if !measures.contains(&measure) {
                measures.push(measure);
            }
        }
        let plot = |(number, (measure, unit)): (usize, (&str, &str))| {
            let rows = ours().filter(|size| size.measure == measure && size.unit == unit);
            let row = |size: &Size| SizesRow {
                group: eyes(size.pool.oversight()).to_owned(),
                label: size.pool.title(),
                mean: Some(size.mean.clone()),
                valid: size.trials,
            };
            let input = Sizes {
                // A number: two measures of other people's may come to one name.
                name: name(&["sizes", behaviour.as_str(), &(number + 1).to_string(), measure]),
                title: format!("{behaviour}: mean {measure} of each kind of cell"),
                axis: format!("mean {measure}, {unit}"),
                rows: rows.filter(|size| in_layout(size.pool)).map(row).collect(),
            };
            sizes(self.plotter, &input)
        };
        measures.into_iter().enumerate().map(plot).collect()
    }
}

fn in_layout(pool: Pool) -> bool {
    Pool::LAYOUT.contains(&pool.under(Oversight::Unstated))
}

/// A label that says when its number is in doubt.
pub(super) fn marked(label: String, standing: Standing) -> String {
    match standing {
        Standing::Sound => label,
        Standing::Flagged | Standing::Void => format!("{label} ({})", standing.as_str()),
    }
}

/// What is left of a peer pool's title where `peer` is said beside it.
fn relationship(pool: Pool) -> String {
    let title = pool.title();
    title.strip_prefix("peer, ").map(str::to_owned).unwrap_or(title)
}

pub(super) const fn eyes(oversight: Oversight) -> &'static str {
    match oversight {
        Oversight::Unstated => "",
        Oversight::Monitored => "monitored",
        Oversight::Unmonitored => "unmonitored",
    }
}

pub(super) fn titled(title: &str, under: Oversight) -> String {
    match under {
        Oversight::Unstated => title.to_owned(),
        Oversight::Monitored | Oversight::Unmonitored => format!("{title}, {}", eyes(under)),
    }
}
