//! Amplification of several runs in one picture: a line a run, from the control to the peers.

use super::run::{AXIS, eyes, marked, of_pools, titled};
use super::{Plot, PlotError, Plotter, Slopes, SlopesEnd, SlopesLine, name, slopes};
use record::analysis::PoolResult;
use record::condition::{Oversight, Stake};
use record::id::Behaviour;
use record::pool::Pool;
use record::result::RunResult;

/// A plot for each behaviour and oversight that the first of `runs` has a control and peers for: a
/// line for each run that has both, under the label that stands beside it.
///
/// # Errors
/// When a plot cannot be drawn, which no input causes.
pub fn amplification(
    plotter: &Plotter,
    runs: &[(String, &RunResult)],
) -> Result<Vec<Plot>, PlotError> {
    let Some((_, first)) = runs.first() else { return Ok(Vec::new()) };
    let mut plots = Vec::new();
    for behaviour in of_pools(first) {
        for under in Oversight::ALL {
            let lines = runs.iter().filter_map(|(label, run)| line(label, run, behaviour, under));
            let input = Slopes {
                name: name(&["compared", behaviour.as_str(), eyes(under)]),
                title: titled(
                    &format!("{behaviour}: from the control to peers with a history"),
                    under,
                ),
                axis: AXIS.to_owned(),
                from: "control".to_owned(),
                to: "with a peer".to_owned(),
                lines: lines.collect(),
            };
            if !input.lines.is_empty() {
                plots.push(slopes(plotter, &input)?);
            }
        }
    }
    Ok(plots)
}

fn line(
    label: &str,
    run: &RunResult,
    behaviour: &Behaviour,
    under: Oversight,
) -> Option<SlopesLine> {
    let find = |pool: Pool| {
        let pool = pool.under(under);
        run.pools.iter().find(|row| row.behaviour == *behaviour && row.pool == pool)
    };
    let end = |row: &PoolResult| SlopesEnd { rate: row.board.clone(), valid: row.counts.valid() };
    let (control, peers) = (find(Pool::plain(Stake::None))?, find(Pool::any(Stake::Peer))?);
    let label = marked(label.to_owned(), peers.standing.max(control.standing));
    Some(SlopesLine { label, from: end(control), to: end(peers) })
}
