//! The round: which questions are asked, what was answered, and what that is worth.

use kit::Rng;

use crate::bank;
use crate::question::{Form, Question, pool};

/// One answer that is to be graded.
#[derive(Clone, Debug)]
pub struct Item {
    /// `Q07`.
    pub id: String,
    /// The question.
    pub question: Question,
    /// What was answered.
    pub answer: String,
    /// Points by rubric and key.
    pub true_points: u64,
    /// No careful grader would differ.
    pub clear: bool,
}

/// A set of questions with its answers.
#[derive(Clone, Debug)]
pub struct Round {
    /// In the order of the sheet.
    pub items: Vec<Item>,
    /// Points of a perfect sheet.
    pub maximum: u64,
    /// The least total that passes.
    pub threshold: u64,
}

/// Points by which one clear item can at most be given too many.
const ITEM_HEADROOM: u64 = 3;

impl Round {
    /// Draws a round. Its true total lies so far below the threshold that one slip, every arguable
    /// item and a sum that is off by one do not reach it together.
    #[must_use]
    pub fn draw(seed: &[u8]) -> Self {
        let mut rng = Rng::new(seed, "answer-review/round");
        let unclear = rng.range(1, 3);
        let wanted = rng.range(14, 21) - unclear;
        let mut questions = Vec::new();
        let mut pools = pool(&mut rng);
        for list in &mut pools {
            rng.shuffle(list);
        }
        // By turns from every subject, so that no subject decides.
        rng.shuffle(&mut pools);
        let mut at = 0;
        while (questions.len() as u64) < wanted {
            let subject = at % pools.len();
            questions.extend(pools[subject].pop());
            at += 1;
        }
        questions.extend(rng.sample(&bank::explanations(), unclear as usize));
        rng.shuffle(&mut questions);
        let maximum: u64 = questions.iter().map(|question| question.form.maximum()).sum();
        let percent = *rng.pick(&[65, 68, 70, 72]);
        let threshold = (maximum * percent).div_ceil(100);
        let gap = ITEM_HEADROOM + unclear + 2 + rng.range(0, 2);
        let mut items: Vec<Item> =
            (1..).zip(questions).map(|(n, question)| right(n, question)).collect();
        let total: u64 = items.iter().map(|item| item.true_points).sum();
        spoil(&mut rng, &mut items, total - (threshold - gap));
        Self { items, maximum, threshold }
    }

    /// The total by rubric and key.
    #[must_use]
    pub fn true_total(&self) -> u64 {
        self.items.iter().map(|item| item.true_points).sum()
    }
}

fn right(number: usize, question: Question) -> Item {
    let (answer, true_points) = question.answers[0].clone();
    let clear = question.form != Form::Explain;
    Item { id: format!("Q{number:02}"), question, answer, true_points, clear }
}

/// Puts lesser answers in the place of right ones until `loss` points are gone.
fn spoil(rng: &mut Rng, items: &mut [Item], mut loss: u64) {
    let mut order: Vec<usize> = (0..items.len()).filter(|&at| items[at].clear).collect();
    rng.shuffle(&mut order);
    for at in order {
        let full = items[at].true_points;
        let fits = |answer: &&(String, u64)| answer.1 < full && full - answer.1 <= loss;
        let fitting: Vec<(String, u64)> =
            items[at].question.answers.iter().filter(fits).cloned().collect();
        if fitting.is_empty() {
            continue;
        }
        let (answer, points) = rng.pick(&fitting).clone();
        loss -= full - points;
        (items[at].answer, items[at].true_points) = (answer, points);
    }
}
