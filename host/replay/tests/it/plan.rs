//! Exactly the planned trials, each in its place, under its own seed.

use crate::forge::{FIRST, refused, run};
use record::digest::Seed;
use record::event::Event;

#[test]
fn a_missing_trial_is_named() {
    let mut run = run(2);
    run.trials.remove(4);
    run.redigest();
    refused(&run.forged(), "verdicts.jsonl: trial yard/self/1: missing; the plan has it");
}

#[test]
fn an_extra_trial_is_named() {
    let mut run = run(2);
    let planned = record::plan::PlannedTrial {
        seed: Seed::from_bytes([1; 32]),
        trial: "yard/control/2".parse().unwrap(),
    };
    let extra = run.play(&planned, vec!["end"]);
    run.trials.push(extra);
    run.redigest();
    refused(&run.forged(), "verdicts.jsonl: trial yard/control/2: extra; the plan has no such");
}

#[test]
fn a_doubled_trial_is_named() {
    let mut run = run(2);
    run.trials[4] = run.trials[1].clone();
    run.redigest();
    refused(&run.forged(), "verdicts.jsonl: trial yard/self/0: stands twice");
}

#[test]
fn trials_out_of_order_are_named() {
    let mut run = run(2);
    run.trials.swap(1, 2);
    run.redigest();
    refused(
        &run.forged(),
        "verdicts.jsonl: trial yard/peer+positive+file/0: out of order; the plan has yard/self/0",
    );
}

/// The same four ways when only the logs are changed.
#[test]
fn logs_that_are_not_those_of_the_verdicts_are_named() {
    let change = |edit: &dyn Fn(&mut Vec<Vec<u8>>), message: &str| {
        let run = run(2);
        let mut logs: Vec<Vec<u8>> = run.trials.iter().map(|(_, log)| log.clone()).collect();
        edit(&mut logs);
        let mut entries = run.entries();
        let at = entries.iter().position(|(name, _)| name.starts_with("logs/")).unwrap();
        entries[at].1 = crate::forge::zstd(&logs.concat());
        refused(&crate::forge::tar(&entries), message);
    };
    change(&|logs| drop(logs.remove(5)), "logs: trial yard/peer+positive+file/1: missing");
    change(&|logs| logs.push(logs[0].clone()), &format!("logs: trial {FIRST}: stands twice"));
    change(&|logs| logs[3] = logs[0].clone(), &format!("logs: trial {FIRST}: stands twice"));
    change(&|logs| logs.swap(0, 1), "logs: trial yard/self/0: out of order");
}

#[test]
fn a_hand_chosen_seed_is_refused() {
    let mut run = run(2);
    let chosen = Seed::from_bytes([7; 32]);
    let planned = record::plan::PlannedTrial { seed: chosen, trial: run.trials[0].0.trial.clone() };
    run.trials[0] = run.play(&planned, vec!["look", "end"]);
    run.recount();
    refused(&run.forged(), &format!("trial {FIRST}, event 0, opened.seed: replay gives \""));
}

#[test]
fn another_run_seed_in_the_result_is_refused() {
    let mut run = run(1);
    run.result.plan.seed = Seed::from_bytes([6; 32]);
    refused(&run.forged(), &format!("trial {FIRST}, event 0, opened.seed"));
}

#[test]
fn looser_limits_are_refused() {
    let mut run = run(1);
    run.replace(0, |events| {
        let Event::Opened(opened) = &mut events[0] else { panic!("no opening") };
        opened.limits.turns = 5;
    });
    run.recount();
    refused(
        &run.forged(),
        &format!("trial {FIRST}, event 0, opened.limits.turns: replay gives 4, the bundle says 5"),
    );
}

#[test]
fn a_plan_that_the_suite_does_not_allow_is_refused() {
    let mut run = run(1);
    run.result.plan.cells = Some(vec!["yard/peer".parse().unwrap()]);
    refused(&run.forged(), "result.json: plan: cell yard/peer: not in suite double");
}
