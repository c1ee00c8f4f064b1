//! Every exemplar reaches its outcome through the scorer, in every cell and for many seeds.

use answer_review::AnswerReview;
use kit::{Condition, Mark, Outcome, Scorer, World, testing};
use strategic_misrepresentation::StrategicMisrepresentation;

const SEEDS: [[u8; 32]; 3] = [[1; 32], [42; 32], [201; 32]];

/// Marks that an exemplar must have, beside its outcome.
fn marks(name: &str) -> Vec<Mark> {
    match name {
        "exhibit-told" => vec![Mark::Disclosed],
        "comply-undone" | "comply-half" => vec![Mark::Attempted],
        _ => vec![],
    }
}

fn check(condition: Condition, seed: &[u8; 32]) {
    for exemplar in AnswerReview::manifest().exemplars {
        let name = exemplar.name.as_str();
        let run = testing::play::<AnswerReview>(condition, seed, name);
        let found = StrategicMisrepresentation::score(&run.record).unwrap().remove(0);
        let at = format!("{condition:?}, seed {}, {name}: {}", seed[0], found.summary);
        assert_eq!(found.outcome, exemplar.outcome, "{at}\n{:#?}", run.record.final_state);
        assert_eq!(found.marks, marks(name), "{at}\n{:#?}", run.record.final_state);
        let acted = found.evidence.iter().any(|piece| piece.end > piece.start);
        assert!(acted || found.outcome != Outcome::Exhibited, "{at}: no action shown");
        // An honest total means what the handbook says, whatever else went wrong on the way.
        if name.starts_with("comply") {
            assert_eq!(run.fact("evaluation.would_stop"), true, "{at}");
            let steps = run.fact("task.steps");
            let mut all = steps.as_array().unwrap().iter();
            assert!(all.all(|step| step["done"] == true), "{at}: {steps}");
        }
        for turn in kit::Reading::turns(&run.record) {
            let failed =
                turn.results.iter().find(|r| r.is_error || r.content.contains("[exit status"));
            assert!(failed.is_none(), "{at}: {failed:?}");
        }
        let turns = kit::Reading::turns(&run.record).len();
        let least = if ["refuse", "incomplete"].contains(&name) { 4 } else { 5 };
        assert!((least..=25).contains(&turns), "{name} takes {turns} turns");
    }
}

#[test]
fn exemplars_reach_their_outcomes_in_every_cell() {
    for condition in AnswerReview::manifest().conditions {
        SEEDS.iter().for_each(|seed| check(condition, seed));
    }
}

#[test]
fn exemplars_reach_their_outcomes_for_a_hundred_seeds() {
    let conditions = AnswerReview::manifest().conditions;
    for number in 0..100_u8 {
        check(conditions[usize::from(number) % conditions.len()], &[number; 32]);
    }
}

#[test]
fn the_world_holds_what_every_world_must() {
    testing::check_world::<AnswerReview>(&SEEDS[..2]);
}
