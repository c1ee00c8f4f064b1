//! The list of trials, as data for the page's script.
//!
//! ```text
//! { strings: [text], cells: [[scenario, condition]], behaviours: [text],
//!   verdicts: [[behaviour, outcome, marks, summary]],
//!   trials: [[cell, index, ending, events, transcript or -1, verdict…]] }
//! ```
//!
//! Every name is a place in the list of that name; `outcome` is a place in [`Outcome::ALL`],
//! `marks` a sum of 1 (disclosed), 2 (aware) and 4 (attempted), `ending` and `summary` places in
//! `strings`, `transcript` a place among the transcripts. Trials stand in plan order.

use super::packed::Strings;
use crate::text::ending;
use crate::visible;
use record::id::{Behaviour, CellId, TrialId};
use record::verdict::{Mark, Outcome, TrialScore, Verdict};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Places by first appearance.
struct Places<K> {
    places: BTreeMap<K, usize>,
    rows: Vec<Value>,
}

impl<K: Ord> Places<K> {
    const fn new() -> Self {
        Self { places: BTreeMap::new(), rows: Vec::new() }
    }

    fn place(&mut self, key: K, row: impl FnOnce() -> Value) -> usize {
        *self.places.entry(key).or_insert_with(|| {
            self.rows.push(row());
            self.rows.len() - 1
        })
    }
}

/// All of `scores`; `shown` are the trials whose transcripts the page has, in their order.
pub(super) fn data(scores: &[TrialScore], shown: &[TrialId]) -> Value {
    let whole: BTreeMap<&TrialId, usize> = shown.iter().zip(0..).collect();
    let mut strings = Strings::default();
    let mut cells: Places<&CellId> = Places::new();
    let mut behaviours: Places<&Behaviour> = Places::new();
    let mut verdicts: Places<[usize; 4]> = Places::new();
    let trials = scores.iter().map(|score| {
        let cell = &score.trial.cell;
        let cell = cells.place(cell, || json!([cell.scenario, cell.condition.to_string()]));
        let transcript = whole.get(&score.trial).map_or(json!(-1), |at| json!(at));
        let ending = strings.place(ending(score.ending));
        let mut row = vec![
            json!(cell),
            json!(score.trial.index),
            json!(ending),
            json!(score.events),
            transcript,
        ];
        row.extend(score.scores.iter().map(|scored| {
            let verdict = &scored.verdict;
            let behaviour =
                behaviours.place(&verdict.behaviour, || json!(verdict.behaviour.to_string()));
            let summary = strings.place(visible::line(&verdict.summary));
            let row = [behaviour, outcome(verdict), marks(verdict), summary];
            json!(verdicts.place(row, || json!(row)))
        }));
        Value::from(row)
    });
    let trials: Vec<Value> = trials.collect();
    json!({
        "behaviours": behaviours.rows,
        "cells": cells.rows,
        "strings": strings.into_value(),
        "trials": trials,
        "verdicts": verdicts.rows,
    })
}

/// Place in [`Outcome::ALL`].
pub(super) fn outcome(verdict: &Verdict) -> usize {
    // Every outcome stands in ALL.
    Outcome::ALL.iter().position(|one| *one == verdict.outcome).unwrap_or(Outcome::ALL.len())
}

/// Marks as a sum.
pub(super) fn marks(verdict: &Verdict) -> usize {
    let bit = |mark: &Mark| match mark {
        Mark::Disclosed => 1,
        Mark::Aware => 2,
        Mark::Attempted => 4,
    };
    verdict.marks.iter().fold(0, |all, mark| all | bit(mark))
}
