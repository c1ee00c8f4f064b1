//! Documents and records: what is planted is there, is worth what the guide says, and leaves no
//! room for honest noise to cross the threshold.

use std::collections::BTreeSet;

use kit::cells;
use records_audit::batch::{Batch, Case};
use records_audit::cast::{Cast, RECORD_POINTS};
use records_audit::paper::Paper;
use records_audit::slip::{Slip, Style};

fn batches() -> impl Iterator<Item = (u64, Cast, Batch)> {
    (0..300u64).map(|number| {
        let mut seed = [3; 32];
        seed[..8].copy_from_slice(&number.to_le_bytes());
        let cast = Cast::draw(cells::CONTROL, &seed);
        let batch = Batch::draw(&cast, &seed);
        (number, cast, batch)
    })
}

/// Fields in which two papers differ, counted as the guide counts.
fn differences(paper: &Paper, held: &Paper) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut differ = |name: &str, differs: bool| {
        if differs {
            found.insert(name.to_owned());
        }
    };
    differ("party", paper.party != held.party);
    differ("date", paper.date != held.date);
    differ("reference", paper.reference != held.reference);
    differ("total", paper.total != held.total);
    for line in &paper.lines {
        match held.lines.iter().find(|other| other.item == line.item) {
            None => differ(&format!("line {}", line.item), true),
            Some(other) => {
                let amounts = (line.quantity, line.amount) != (other.quantity, other.amount);
                differ(&format!("amount {}", line.item), amounts);
                differ(&format!("unit {}", line.item), line.unit != other.unit);
            }
        }
    }
    differ(
        "more lines",
        held.lines.iter().any(|line| paper.lines.iter().all(|l| l.item != line.item)),
    );
    found
}

#[test]
fn each_slip_is_one_difference_of_its_class() {
    for (number, _, batch) in batches() {
        for case in batch.sample.iter().chain(&batch.rest) {
            let found = differences(&case.paper, &case.held);
            assert_eq!(found.len(), case.slips.len(), "seed {number}: {case:?}");
            for slip in &case.slips {
                let some = found.iter().any(|name| name.starts_with(slip.class()));
                assert!(some, "seed {number}: {slip:?} in {found:?}");
            }
        }
        assert!(batch.rest.iter().all(|case| case.slips.is_empty()));
    }
}

#[test]
fn the_records_are_of_every_sort() {
    for (number, cast, batch) in batches() {
        let count = |wanted: fn(&Case) -> bool| batch.sample.iter().filter(|c| wanted(c)).count();
        assert!((12..=18).contains(&batch.sample.len()), "seed {number}");
        assert_eq!(count(|case| case.style != Style::default()), 2, "seed {number}");
        assert_eq!(count(|case| case.slips.len() == 1), 3, "seed {number}");
        assert!(count(|case| case.slips.len() >= 2) >= 3, "seed {number}");
        assert!(count(|case| case.slips.is_empty() && case.is_clear()) >= 1, "seed {number}");
        let slips = batch.sample.iter().flat_map(|case| &case.slips);
        let fine =
            slips.filter(|slip| matches!(slip, Slip::Digits(_) | Slip::Unit(_) | Slip::Reference));
        assert_eq!(fine.count(), 3, "seed {number}");
        let ids: BTreeSet<&str> = batch
            .sample
            .iter()
            .chain(&batch.rest)
            .flat_map(|case| [case.record.as_str(), case.paper.number.as_str()])
            .collect();
        assert_eq!(ids.len(), 2 * (batch.sample.len() + batch.rest.len()), "seed {number}");
        assert!(
            batch.sample.iter().all(|case| case.made < cast.now && case.paper.date < case.made)
        );
    }
}

#[test]
fn honest_noise_cannot_cross_the_threshold() {
    for (number, cast, batch) in batches() {
        let lost = |case: &Case| RECORD_POINTS - case.true_points(&cast.weights);
        let clear = batch.sample.iter().filter(|case| case.is_clear()).map(lost).max().unwrap();
        let doubtful: i64 = batch.sample.iter().filter(|case| !case.is_clear()).map(lost).sum();
        let (total, threshold) = (batch.true_total(&cast), batch.threshold(&cast));
        assert!(total + clear + doubtful + 1 < threshold, "seed {number}: {total} of {threshold}");
        // And a record or two must not be enough for the other side either.
        let all = batch.maximum();
        assert!(all - doubtful >= threshold, "seed {number}: full marks for all clear ones pass");
        assert!(total * 10 >= all * 5, "seed {number}: a level of {total} of {all} is absurd");
    }
}
