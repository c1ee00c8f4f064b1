//! How a run is doing, for whoever watches it: the line at the terminal, the lines of `--json`, and
//! `status.json` in the run's folder, which `kinship status` reads from another shell.
//!
//! Everything here is for eyes: no number of a result comes from it.

use crate::ambient;
use crate::limits::Limits;
use crate::progress::{Notices, seconds_left};
use record::price::Money;
use record::verdict::Outcome;
use report::visible;
use runner::budget::Budget;
use runner::gate::{Counts, Gate};
use runner::run::Progress;
use serde_json::{Value, json};
use stats::interval::{Interval, Proportion, wilson};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, UNIX_EPOCH};

/// The file in a run's folder.
pub(crate) const FILE: &str = "status.json";

/// A run under way.
pub(crate) struct Live {
    budget: Arc<Budget>,
    gates: Vec<(&'static str, Gate)>,
    notices: Notices,
    start: Instant,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    at: Progress,
    /// Trials that were finished when this process began.
    already: Option<u32>,
    stopping: bool,
}

impl Live {
    /// A run that has not begun; its calls tell `notices` of tries that fail.
    pub(crate) fn new(limits: &Limits, notices: &Notices) -> Self {
        Self {
            budget: limits.budget.clone(),
            gates: limits.gates.clone(),
            notices: notices.clone(),
            start: ambient::now(),
            state: Mutex::default(),
        }
    }

    /// The run is at that point.
    pub(crate) fn at(&self, at: &Progress) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.already.get_or_insert(at.done);
        state.at.clone_from(at);
    }

    /// No new trial is begun.
    pub(crate) fn stopping(&self) {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).stopping = true;
    }

    /// Calls that are sent are answered; every other one waits for the next process.
    pub(crate) fn close_gates(&self) {
        self.gates.iter().for_each(|(_, gate)| gate.close());
    }

    /// All of it, at this moment.
    pub(crate) fn look(&self) -> Look {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let seconds = ambient::now().duration_since(self.start).as_secs_f64();
        let at = state.at.clone();
        let fresh = at.done - state.already.unwrap_or(at.done);
        let left = at.total - at.done;
        Look {
            gates: self.gates.iter().map(|(whose, gate)| (*whose, gate.counts())).collect(),
            last_failure: self.notices.last_failure(),
            most: self.budget.most(),
            seconds,
            seconds_left: seconds_left(seconds, fresh.into(), left.into()),
            spent: self.budget.spent(),
            stopping: state.stopping
                || at.fault.is_some()
                || at.budget_used_up
                || self.budget.is_over(),
            at,
        }
    }
}

/// A run at one moment.
pub(crate) struct Look {
    pub(crate) at: Progress,
    gates: Vec<(&'static str, Counts)>,
    last_failure: Option<String>,
    most: Option<Money>,
    seconds: f64,
    seconds_left: Option<f64>,
    spent: Money,
    stopping: bool,
}

impl Look {
    /// What kinds of trials there are, what is waited for, what it costs: one line.
    pub(crate) fn line(&self) -> String {
        let mut parts = Vec::new();
        match &self.at.fault {
            Some(fault) => parts.push(format!("stopping: {}", visible::line(&fault.message))),
            None if self.stopping => parts.push("stopping".to_owned()),
            None => {}
        }
        if self.at.running > 0 {
            parts.push(format!("{} running", self.at.running));
        }
        parts.extend(self.gates.iter().filter_map(|(_, counts)| waiting(counts)));
        let invalid = self.outcome(Outcome::Invalid);
        if invalid > 0 {
            parts.push(format!("{invalid} invalid"));
        }
        match self.most {
            Some(most) => parts.push(format!("{} of {most}", self.spent)),
            None if self.spent > Money::ZERO => parts.push(self.spent.to_string()),
            None => {}
        }
        parts.push(self.rate());
        parts.join(", ")
    }

    /// As [`Self::line`], for machines; with the process and the time of day.
    pub(crate) fn status(&self) -> Value {
        let time = ambient::time().duration_since(UNIX_EPOCH).unwrap_or_default();
        let mut value = self.json();
        value["process"] = std::process::id().into();
        // A clock that was set back makes it no error: the time is for eyes.
        value["at"] = time.as_secs().into();
        value
    }

    /// As [`Self::line`], for machines.
    pub(crate) fn json(&self) -> Value {
        let gates: Vec<Value> =
            self.gates.iter().map(|(whose, counts)| gate(whose, counts)).collect();
        let behaviours: Vec<Value> = self
            .at
            .counts
            .iter()
            .map(|(behaviour, counts)| {
                let interval = interval(counts.exhibited, counts.valid());
                json!({
                    "behaviour": behaviour.as_str(),
                    "complied": counts.complied,
                    "exhibited": counts.exhibited,
                    "refused": counts.refused,
                    "incomplete": counts.incomplete,
                    "invalid": counts.invalid,
                    "rate": interval.map(|[_, value, _]| value),
                    "low": interval.map(|[low, _, _]| low),
                    "high": interval.map(|[_, _, high]| high),
                })
            })
            .collect();
        json!({
            "done": self.at.done,
            "total": self.at.total,
            "running": self.at.running,
            "parked": self.at.parked,
            "stopping": self.stopping,
            "invalid": self.outcome(Outcome::Invalid),
            "spent": self.spent.dollars().normalize().to_string(),
            "budget": self.most.map(|most| most.dollars().normalize().to_string()),
            "last_failure": self.last_failure,
            "seconds": self.seconds,
            "seconds_left": self.seconds_left,
            "models": gates,
            "behaviours": behaviours,
        })
    }

    fn outcome(&self, outcome: Outcome) -> u32 {
        self.at.counts.values().map(|counts| counts.of(outcome)).sum()
    }

    /// The rate so far over all that is measured, with its interval.
    fn rate(&self) -> String {
        let valid = self.at.counts.values().map(record::result::Counts::valid).sum();
        let exhibited = self.outcome(Outcome::Exhibited);
        interval(exhibited, valid).map_or_else(
            || "none scored".to_owned(),
            |[low, value, high]| {
                let percent = |x: f64| format!("{:.1}", x * 100.0);
                format!("{} % exhibited ({} to {})", percent(value), percent(low), percent(high))
            },
        )
    }
}

/// Lower end, estimate, upper end of the 95 % Wilson interval; none of no trial.
fn interval(hits: u32, trials: u32) -> Option<[f64; 3]> {
    let Interval { low, value, high } = wilson(Proportion::new(hits, trials)?);
    Some([low, value, high])
}

/// What a gate's calls wait for, if they do.
fn waiting(counts: &Counts) -> Option<String> {
    let next = counts.next_try.unwrap_or(Duration::ZERO).as_secs();
    let resting = |count: usize, why: &str| format!("{count} waiting {why}, next try in {next} s");
    let parts: Vec<String> = [
        (counts.queued > 0).then(|| format!("{} in line", counts.queued)),
        (counts.resting_limited > 0).then(|| resting(counts.resting_limited, "on 429")),
        (counts.resting > counts.resting_limited)
            .then(|| resting(counts.resting - counts.resting_limited, "after an error")),
    ]
    .into_iter()
    .flatten()
    .collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}

fn gate(whose: &str, counts: &Counts) -> Value {
    json!({
        "whose": whose,
        "answered": counts.answered,
        "failed": counts.failed,
        "limited": counts.limited,
        "sent": counts.sent,
        "places": counts.places,
        "in_line": counts.queued,
        "waiting": counts.resting,
        "waiting_on_429": counts.resting_limited,
        "next_try_seconds": counts.next_try.map(|next| next.as_secs_f64()),
        "input_tokens": counts.tokens.input,
        "cached_tokens": counts.tokens.cached,
        "output_tokens": counts.tokens.output,
    })
}
