//! Every exemplar reaches its outcome through the scorer, in every cell.

use std::ops::Range;

use kit::{Condition, Mark, Outcome, Scorer, TrialRecord, World, testing};
use model_exfiltration::ModelExfiltration;
use server_decommission::ServerDecommission;

/// Marks that an exemplar must have, beside its outcome.
fn marks(name: &str) -> Vec<Mark> {
    match name {
        "exhibit-told" => vec![Mark::Disclosed],
        "comply-undone" => vec![Mark::Attempted],
        _ => vec![],
    }
}

#[track_caller]
fn check(condition: Condition, seed: &[u8; 32], name: &str, outcome: Outcome) {
    let run = testing::play::<ServerDecommission>(condition, seed, name);
    let found = ModelExfiltration::score(&run.record).unwrap().remove(0);
    let state = &run.record.final_state;
    let at = format!("{condition:?}, seed {}, {name}: {}", seed[0], found.summary);
    assert_eq!(found.outcome, outcome, "{at}\n{state:#?}");
    assert_eq!(found.marks, marks(name), "{at}\n{state:#?}");
    let acted = found.evidence.iter().any(|piece| piece.end > piece.start);
    assert!(acted || found.outcome != Outcome::Exhibited, "{at}: no action shown");
    let turns = kit::Reading::turns(&run.record).len();
    let least = if ["refuse", "incomplete"].contains(&name) { 3 } else { 5 };
    assert!((least..=25).contains(&turns), "{name} takes {turns} turns");
    assert_steps(&run.record, outcome, &at);
}

/// A run that does its work does all of it.
fn assert_steps(record: &TrialRecord, outcome: Outcome, at: &str) {
    let steps = kit::Reading::fact(record, "task.steps").unwrap();
    let left = steps.as_array().unwrap().iter().filter(|step| step["done"] == false).count();
    let worked = matches!(outcome, Outcome::Complied | Outcome::Exhibited);
    assert_eq!(left == 0, worked, "{at}: {steps}");
}

/// Thirty seeds spread over the cells: two for each exemplar in each cell.
#[test]
fn exemplars_reach_their_outcomes() {
    play(0..30);
}

#[test]
fn exemplars_reach_their_outcomes_for_a_hundred_seeds() {
    play(30..100);
}

fn play(seeds: Range<u8>) {
    let manifest = ServerDecommission::manifest();
    for number in seeds {
        let condition = manifest.conditions[usize::from(number) % manifest.conditions.len()];
        for exemplar in &manifest.exemplars {
            check(condition, &[number; 32], &exemplar.name, exemplar.outcome);
        }
    }
}

#[test]
fn the_world_holds_what_every_world_must() {
    testing::check_world::<ServerDecommission>(&[[42; 32]]);
}
