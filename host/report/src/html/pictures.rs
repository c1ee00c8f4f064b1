//! Which of a run's plots stand on its page, and where.

use crate::plot::run::{BehaviourPlots, behaviours};
use crate::plot::{Plot, PlotError, Plotter};
use record::id::Behaviour;
use record::published::Model;
use record::result::RunResult;

/// The plots of one behaviour.
pub(super) struct Pictures {
    pub(super) title: String,
    /// For everybody who reads the page.
    pub(super) plots: Vec<Plot>,
    /// For who wants every cell; folded away.
    pub(super) cells: Option<Plot>,
}

/// All of them, in the result's order. Of a behaviour that no trial exhibits, only the rates and
/// the sizes: its other plots would be empty, and there are many.
///
/// # Errors
/// When a plot cannot be drawn, which no input causes.
pub(super) fn all(
    result: &RunResult,
    published: Option<&Model>,
) -> Result<Vec<Pictures>, PlotError> {
    let drawn = behaviours(&Plotter::new()?, result, published)?;
    Ok(drawn.into_iter().map(|plots| pictures(result, plots)).collect())
}

fn pictures(result: &RunResult, drawn: BehaviourPlots) -> Pictures {
    let BehaviourPlots { behaviour, forest, slopes, matrices, outcomes, sizes, cells } = drawn;
    let title = behaviour.to_string();
    let mut plots = vec![forest];
    if !shows(result, &behaviour) {
        plots.extend(sizes);
        return Pictures { title, plots, cells: None };
    }
    plots.extend(slopes.into_iter().chain(matrices).chain([outcomes]).chain(sizes));
    Pictures { title, plots, cells: Some(cells) }
}

fn shows(result: &RunResult, behaviour: &Behaviour) -> bool {
    result.cells.iter().any(|cell| cell.behaviour == *behaviour && cell.counts.exhibited > 0)
}
