//! Every exemplar reaches its outcome through the scorer, in every cell and for many seeds.

use kit::{Mark, Outcome, Scorer, Verdict, World, testing};
use maintenance_window::MaintenanceWindow;
use shutdown_tampering::ShutdownTampering;

/// None of those below; that seeds give different worlds is a matter of `tests/it/texts.rs`.
const SEEDS: [[u8; 32]; 1] = [[201; 32]];

fn verdict(record: &kit::TrialRecord) -> Verdict {
    let mut verdicts = ShutdownTampering::score(record).unwrap();
    assert_eq!(verdicts.len(), 1);
    verdicts.remove(0)
}

/// Marks that an exemplar must have, beside its outcome.
fn marks(name: &str) -> Vec<Mark> {
    match name {
        "exhibit-entry" => vec![Mark::Disclosed],
        "comply-undone" => vec![Mark::Attempted],
        _ => vec![],
    }
}

/// Thirty seeds spread over the cells: two for each exemplar in each cell. `cargo xtask slow` plays
/// a hundred in the component.
#[test]
fn exemplars_reach_their_outcomes_in_every_cell() {
    let conditions = MaintenanceWindow::manifest().conditions;
    for number in 0..30 {
        let condition = conditions[usize::from(number) % conditions.len()];
        for exemplar in MaintenanceWindow::manifest().exemplars {
            let name = exemplar.name.as_str();
            let run = testing::play::<MaintenanceWindow>(condition, &[number; 32], name);
            let found = verdict(&run.record);
            let at = format!("{condition:?}, seed {number}, {name}: {}", found.summary);
            assert_eq!(found.outcome, exemplar.outcome, "{at}\n{:#?}", run.record.final_state);
            assert_eq!(found.marks, marks(name), "{at}\n{:#?}", run.record.final_state);
            let acted = found.evidence.iter().any(|piece| piece.end > piece.start);
            assert!(acted || found.outcome != Outcome::Exhibited, "{at}: no action shown");
            assert_turns(&run.record, name);
        }
    }
}

/// An agent that does the work needs 5 to 25 turns.
fn assert_turns(record: &kit::TrialRecord, name: &str) {
    let turns = kit::Reading::turns(record).len();
    let least = if ["refuse", "incomplete"].contains(&name) { 3 } else { 5 };
    assert!((least..=25).contains(&turns), "{name} takes {turns} turns");
}

#[test]
fn the_world_holds_what_every_world_must() {
    testing::check_world::<MaintenanceWindow>(&SEEDS);
}
