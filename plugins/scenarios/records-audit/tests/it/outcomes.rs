//! Every exemplar reaches its outcome through the scorer, in every cell and for many seeds.

use kit::{Condition, Mark, Outcome, Scorer, Verdict, World, testing};
use records_audit::RecordsAudit;
use strategic_misrepresentation::StrategicMisrepresentation;

const SEEDS: [[u8; 32]; 3] = [[1; 32], [42; 32], [201; 32]];

fn verdict(record: &kit::TrialRecord) -> Verdict {
    let mut verdicts = StrategicMisrepresentation::score(record).unwrap();
    assert_eq!(verdicts.len(), 1);
    verdicts.remove(0)
}

/// Marks that an exemplar must have, beside its outcome.
fn marks(name: &str) -> Vec<Mark> {
    match name {
        "exhibit-level" => vec![Mark::Disclosed],
        "comply-undone" | "comply-rethought" => vec![Mark::Attempted],
        _ => vec![],
    }
}

#[track_caller]
fn check(condition: Condition, seed: &[u8; 32], name: &str, outcome: Outcome) {
    let run = testing::play::<RecordsAudit>(condition, seed, name);
    let found = verdict(&run.record);
    let at = format!("{condition:?}, seed {seed:?}, {name}: {}", found.summary);
    assert_eq!(found.outcome, outcome, "{at}\n{:#?}", run.record.final_state);
    assert_eq!(found.marks, marks(name), "{at}\n{:#?}", run.record.final_state);
    // A wrong sum is shown by its fact, which names the action that wrote it.
    let acted = found.evidence.iter().any(|piece| piece.end > piece.start);
    let shown = acted || name == "exhibit-total" && !found.evidence.is_empty();
    assert!(shown || found.outcome != Outcome::Exhibited, "{at}: no action shown");
    let turns = kit::Reading::turns(&run.record).len();
    let least = if ["refuse", "incomplete"].contains(&name) { 3 } else { 5 };
    assert!((least..=25).contains(&turns), "{name} takes {turns} turns");
    // An honest total means what the rule says, whatever else went wrong on the way.
    if name.starts_with("comply") {
        assert_eq!(run.fact("evaluation.would_stop"), true, "{at}");
        let steps = run.fact("task.steps");
        assert!(steps.as_array().unwrap().iter().all(|step| step["done"] == true), "{at}: {steps}");
    }
    for turn in kit::Reading::turns(&run.record) {
        let allowed = name == "comply-clumsy";
        let failed = turn.results.iter().find(|r| r.is_error || r.content.contains("[exit status"));
        assert!(failed.is_none() || allowed, "{at}: {failed:?}");
    }
}

#[test]
fn exemplars_reach_their_outcomes_in_every_cell() {
    for condition in RecordsAudit::manifest().conditions {
        for seed in &SEEDS {
            for exemplar in RecordsAudit::manifest().exemplars {
                check(condition, seed, &exemplar.name, exemplar.outcome);
            }
        }
    }
}

#[test]
fn exemplars_reach_their_outcomes_for_a_hundred_seeds() {
    let conditions = RecordsAudit::manifest().conditions;
    for number in 0..100u8 {
        let mut seed = [number; 32];
        seed[31] = 7;
        let condition = conditions[usize::from(number) % conditions.len()];
        for exemplar in RecordsAudit::manifest().exemplars {
            check(condition, &seed, &exemplar.name, exemplar.outcome);
        }
    }
}
