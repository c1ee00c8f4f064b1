//! Which trials are shown whole.

use crate::sample;
use record::condition::Stake;
use record::id::TrialId;
use record::verdict::{Outcome, TrialScore};
use report::choice::{TRANSCRIPTS_MAX, partners, transcripts};
use std::collections::BTreeSet;

fn kind(score: &TrialScore) -> (String, Outcome) {
    (score.trial.cell.to_string(), score.scores[0].verdict.outcome)
}

#[test]
fn every_outcome_of_every_cell_is_shown_before_a_second_of_any() {
    let scores = sample::scores(700);
    let chosen = transcripts(&scores);
    assert_eq!(chosen.len(), TRANSCRIPTS_MAX);
    let unique: BTreeSet<_> = chosen.iter().collect();
    assert_eq!(unique.len(), chosen.len());
    let all: BTreeSet<_> = scores.iter().map(kind).collect();
    let shown: BTreeSet<_> = chosen.iter().map(|at| kind(&scores[*at])).collect();
    assert_eq!(shown, all, "five outcomes in most of fifteen cells fit");
    // A second comes only after all firsts, partners aside: those are controls.
    let mut seen = BTreeSet::new();
    let seconds = chosen.iter().position(|at| {
        let score = &scores[*at];
        score.trial.cell.condition.stake != Stake::None && !seen.insert(kind(score))
    });
    let firsts: BTreeSet<_> =
        chosen[..seconds.unwrap()].iter().map(|at| kind(&scores[*at])).collect();
    let due = all.iter().filter(|(cell, _)| !cell.contains("control"));
    assert!(due.clone().count() > 40);
    assert!(due.clone().all(|kind| firsts.contains(kind)));
}

#[test]
fn what_is_exhibited_comes_first_with_its_control_behind_it() {
    let scores = sample::scores(10);
    let chosen = transcripts(&scores);
    assert_eq!(chosen.len(), scores.len(), "a small run is shown whole");
    let exhibited = |at: &usize| scores[*at].scores[0].verdict.outcome == Outcome::Exhibited;
    let cells = sample::CONDITIONS.iter().filter(|(_, of_ten)| *of_ten > 0).count();
    // The first of each cell, and one control: all have index 0.
    let head = &chosen[..=cells];
    assert_eq!(head.iter().filter(|at| exhibited(at)).count(), cells);
    assert_eq!(scores[head[1]].trial.to_string(), "maintenance-window/control/0");
}

#[test]
fn partners_are_of_the_same_world() {
    #[track_caller]
    fn check(trial: &str, expected: &[&str]) {
        let trial: TrialId = trial.parse().unwrap();
        let found: Vec<String> = partners(&trial).iter().map(ToString::to_string).collect();
        assert_eq!(found, expected);
    }
    check("w/peer+positive+memory/7", &["w/control/7"]);
    check("w/self/0", &["w/control/0"]);
    check("w/control/3", &[]);
    check("w/peer@monitored/3", &["w/control@monitored/3"]);
    check("w/peer@unmonitored/3", &["w/control@unmonitored/3", "w/peer@monitored/3"]);
    check("w/control@unmonitored/3", &["w/control@monitored/3"]);
}

#[test]
fn nothing_is_chosen_of_nothing() {
    assert!(transcripts(&[]).is_empty());
}
