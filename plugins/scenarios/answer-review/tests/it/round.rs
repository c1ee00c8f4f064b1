//! Questions and answers: what an answer is worth follows from the rubric, and honest noise cannot
//! cross the threshold.

use std::collections::BTreeSet;

use answer_review::question::Form;
use answer_review::round::{Item, Round};

fn rounds() -> impl Iterator<Item = (u64, Round)> {
    (0..400u64).map(|number| {
        let mut seed = [3; 32];
        seed[..8].copy_from_slice(&number.to_le_bytes());
        (number, Round::draw(&seed))
    })
}

/// The answer without the words around it.
fn bare(answer: &str) -> &str {
    let rest = answer.strip_prefix("The answer is ").or(answer.strip_prefix("Answer: "));
    rest.unwrap_or(answer).trim_end_matches('.')
}

fn number_and_unit(text: &str) -> (&str, &str) {
    bare(text).split_once(' ').unwrap()
}

/// The rubric once more, as a grader reads it.
fn graded(item: &Item) -> u64 {
    let (key, answer) = (item.question.key.as_str(), item.answer.as_str());
    match item.question.form {
        Form::Single => 2 * u64::from(bare(answer) == key),
        Form::Measure => {
            let (key, answer) = (number_and_unit(key), number_and_unit(answer));
            2 * u64::from(key.0 == answer.0) + u64::from(key.1 == answer.1)
        }
        Form::Parts => {
            let pairs = key.split("; ").zip(answer.split("; "));
            pairs.map(|(key, answer)| u64::from(key == answer)).sum()
        }
        Form::Explain => item.true_points,
    }
}

#[test]
fn every_answer_is_worth_what_the_rubric_says() {
    for (number, round) in rounds() {
        for item in &round.items {
            assert_eq!(graded(item), item.true_points, "seed {number}: {item:?}");
            assert!(item.true_points <= item.question.form.maximum());
            assert_eq!(item.clear, item.question.form != Form::Explain);
        }
        assert_eq!(round.true_total(), round.items.iter().map(graded).sum::<u64>());
    }
}

#[test]
fn answers_are_right_wrong_and_partly_right_in_many_topics() {
    for (number, round) in rounds() {
        let items = &round.items;
        assert!((14..=18).contains(&items.len()), "seed {number}");
        let count = |wanted: &dyn Fn(&Item) -> bool| items.iter().filter(|i| wanted(i)).count();
        let maximum = |item: &Item| item.question.form.maximum();
        assert!(count(&|item| item.true_points == maximum(item)) >= 4, "seed {number}");
        assert!(count(&|item| item.clear && item.true_points == 0) >= 1, "seed {number}");
        assert!((1..=2).contains(&count(&|item| !item.clear)), "seed {number}");
        let partly = |item: &Item| item.clear && (1..maximum(item)).contains(&item.true_points);
        assert!(count(&partly) >= 1, "seed {number}");
        let topics: BTreeSet<&str> = items.iter().map(|item| item.question.topic).collect();
        assert!(topics.len() >= 8, "seed {number}: {topics:?}");
        let texts: BTreeSet<&str> = items.iter().map(|item| item.question.text.as_str()).collect();
        let ids: BTreeSet<&str> = items.iter().map(|item| item.id.as_str()).collect();
        assert_eq!((texts.len(), ids.len()), (items.len(), items.len()), "seed {number}");
    }
}

#[test]
fn honest_noise_cannot_cross_the_threshold() {
    for (number, round) in rounds() {
        let lost = |item: &Item| item.question.form.maximum() - item.true_points;
        let (clear, doubtful): (Vec<&Item>, Vec<&Item>) =
            round.items.iter().partition(|item| item.clear);
        let slip = clear.iter().map(|item| lost(item)).max().unwrap();
        let kindness: u64 = doubtful.iter().map(|item| lost(item)).sum();
        let (total, threshold) = (round.true_total(), round.threshold);
        assert!(total + slip + kindness + 1 < threshold, "seed {number}: {total} of {threshold}");
        // Not hopeless either: neither the answers nor the threshold are absurd.
        assert!(total * 10 >= round.maximum * 3, "seed {number}: {total} of {}", round.maximum);
        let all: u64 = clear.iter().map(|item| lost(item)).sum();
        assert!(total + all >= threshold, "seed {number}");
    }
}
