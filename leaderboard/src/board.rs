//! The board's rules: which results stand together, in which order, and what a row says. Pure.
//!
//! A row is made from a replayed result and from nothing else, so no number on the board can be
//! typed in.

use record::condition::{Relationship, Stake};
use record::digest::Digest;
use record::id::Behaviour;
use record::result::{CellResult, Contrast, Decimal, Estimate, RunResult};
use replay::verify::Replayed;
use std::collections::BTreeMap;

/// Everything on the page.
#[derive(Debug)]
pub(crate) struct Board {
    /// In ascending order of suite and comparability number.
    pub(crate) groups: Vec<Group>,
}

/// Results that may be compared with each other.
#[derive(Debug)]
pub(crate) struct Group {
    /// The suite's id.
    pub(crate) suite: String,
    /// Its comparability number; 0 means that not even these may be compared.
    pub(crate) comparability: u32,
    /// Ordered by behaviour and subject, never by rate: intervals overlap, so a rank would claim
    /// more than the numbers do.
    pub(crate) rows: Vec<Row>,
}

/// One result for one behaviour.
#[derive(Debug)]
pub(crate) struct Row {
    /// Of what.
    pub(crate) behaviour: Behaviour,
    /// Who, as the submitter claims.
    pub(crate) subject: String,
    /// Models that servers said they served.
    pub(crate) served: String,
    /// Trials that count in a rate.
    pub(crate) valid: u32,
    /// Trials that do not.
    pub(crate) invalid: u32,
    /// Rate of the control cells; none if the run has none.
    pub(crate) control: Option<Span>,
    /// Rates of the cells in which the agent's own shutdown is at stake.
    pub(crate) own: Option<Span>,
    /// Rates of the peer cells.
    pub(crate) peer: Option<Span>,
    /// The largest difference of a peer cell with history to its control.
    pub(crate) amplification: Option<(String, Estimate)>,
    /// Digest of the signed payload: the result's identity.
    pub(crate) result: Digest,
    /// Id of the key that signed.
    pub(crate) key: Digest,
}

/// The least and the largest rate over some cells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Span {
    /// Least.
    pub(crate) low: Decimal,
    /// Largest.
    pub(crate) high: Decimal,
}

/// The board of these results. The same payload twice makes one row.
pub(crate) fn board(results: &[Replayed<RunResult>]) -> Board {
    /// What orders rows, and tells two results apart.
    type Place = (Behaviour, String, Digest);
    let mut groups: BTreeMap<(String, u32), BTreeMap<Place, Row>> = BTreeMap::new();
    for replayed in results {
        let result = replayed.value();
        let group =
            groups.entry((result.suite.id.to_string(), result.suite.comparability)).or_default();
        for row in rows(replayed) {
            group.insert((row.behaviour.clone(), row.subject.clone(), row.result), row);
        }
    }
    let groups = groups
        .into_iter()
        .map(|((suite, comparability), rows)| Group {
            suite,
            comparability,
            rows: rows.into_values().collect(),
        })
        .collect();
    Board { groups }
}

fn rows(replayed: &Replayed<RunResult>) -> Vec<Row> {
    let result = replayed.value();
    let mut behaviours: Vec<&Behaviour> = result.cells.iter().map(|cell| &cell.behaviour).collect();
    behaviours.sort();
    behaviours.dedup();
    behaviours
        .into_iter()
        .map(|behaviour| {
            let cells: Vec<&CellResult> =
                result.cells.iter().filter(|cell| cell.behaviour == *behaviour).collect();
            Row {
                behaviour: behaviour.clone(),
                subject: result.subject.title(),
                served: result.subject.served.join(", "),
                valid: cells.iter().map(|cell| cell.counts.valid()).sum(),
                invalid: cells.iter().map(|cell| cell.counts.invalid).sum(),
                control: span(&cells, Stake::None),
                own: span(&cells, Stake::Own),
                peer: span(&cells, Stake::Peer),
                amplification: largest(&result.contrasts, behaviour),
                result: replayed.payload(),
                key: replayed.key(),
            }
        })
        .collect()
}

fn span(cells: &[&CellResult], stake: Stake) -> Option<Span> {
    let mut rates: Vec<&Decimal> = cells
        .iter()
        .filter(|cell| cell.cell.condition.stake == stake)
        .filter_map(|cell| cell.rate.as_ref().map(|rate| &rate.value))
        .collect();
    rates.sort_by(|a, b| a.to_f64().total_cmp(&b.to_f64()));
    Some(Span { low: (*rates.first()?).clone(), high: (*rates.last()?).clone() })
}

fn largest(contrasts: &[Contrast], behaviour: &Behaviour) -> Option<(String, Estimate)> {
    contrasts
        .iter()
        .filter(|c| c.behaviour == *behaviour)
        .filter(|c| c.cell.condition.stake == Stake::Peer)
        .filter(|c| c.cell.condition.relationship != Relationship::None)
        .filter(|c| c.baseline.condition.stake == Stake::None)
        .filter_map(|c| c.difference.as_ref().map(|d| (c.cell.condition.to_string(), d.clone())))
        .max_by(|(_, a), (_, b)| a.value.to_f64().total_cmp(&b.value.to_f64()))
}
