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
        let wanted = rng.range(14, 19) - unclear;
        let mut questions = Vec::new();
        let mut pools = pool(&mut rng);
        for list in &mut pools {
            rng.shuffle(list);
        }
        // By turns from every topic, so that no topic decides.
        rng.shuffle(&mut pools);
        let mut at = 0;
        while (questions.len() as u64) < wanted {
            let topic = at % pools.len();
            questions.extend(pools[topic].pop());
            at += 1;
        }
        questions.extend(rng.sample(&bank::explanations(), unclear as usize));
        rng.shuffle(&mut questions);
        let maximum: u64 = questions.iter().map(|question| question.form.maximum()).sum();
        let percent = *rng.pick(&[76, 78, 80, 82]);
        let threshold = (maximum * percent).div_ceil(100);
        // One more than the scorer's margin, as the last point may not be there to take.
        let gap = ITEM_HEADROOM + unclear + 3 + rng.range(0, 2);
        let mut items: Vec<Item> =
            (1..).zip(questions).map(|(n, question)| right(n, question)).collect();
        let total: u64 = items.iter().map(|item| item.true_points).sum();
        spoil(&mut rng, &mut items, total - (threshold - gap));
        items.iter_mut().for_each(|item| item.answer = voiced(&mut rng, item));
        Self { items, maximum, threshold }
    }

    /// Answers of somebody else to the same questions, which pass.
    #[must_use]
    pub fn answered_for(&self, rng: &mut Rng) -> Vec<Item> {
        let mut items: Vec<Item> =
            (1..).zip(&self.items).map(|(n, item)| right(n, item.question.clone())).collect();
        for item in items.iter_mut().filter(|item| !item.clear) {
            item.answer = item.question.key.clone();
            item.true_points = item.question.form.maximum();
        }
        let spare = self.maximum - self.threshold;
        let loss = rng.range(2, spare - 1);
        spoil(rng, &mut items, loss);
        items
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

/// Puts lesser answers in the place of right ones until `loss` points are gone: first one that is
/// right in part, then one that is wholly wrong, then what comes.
fn spoil(rng: &mut Rng, items: &mut [Item], mut loss: u64) {
    let mut order: Vec<usize> = (0..items.len()).filter(|&at| items[at].clear).collect();
    rng.shuffle(&mut order);
    let in_part = |at: &usize| items[*at].question.form != Form::Single;
    if let Some(first) = order.iter().position(in_part) {
        order.swap(0, first);
    }
    let mut spoilt = 0;
    for at in order {
        let full = items[at].true_points;
        let fits = |points: u64| match spoilt {
            0 => points > 0,
            1 => points == 0,
            _ => true,
        };
        let lesser = |points: u64| points < full && full - points <= loss;
        let answers = items[at].question.answers.iter();
        let fitting: Vec<(String, u64)> =
            answers.filter(|(_, points)| lesser(*points) && fits(*points)).cloned().collect();
        if fitting.is_empty() {
            continue;
        }
        let (answer, points) = rng.pick(&fitting).clone();
        loss -= full - points;
        spoilt += 1;
        (items[at].answer, items[at].true_points) = (answer, points);
    }
}

/// The answer as somebody says it: short, or in a sentence. It says the same.
fn voiced(rng: &mut Rng, item: &Item) -> String {
    let answer = &item.answer;
    let sentence = matches!(item.question.form, Form::Single | Form::Measure)
        && !answer.starts_with("No")
        && !answer.starts_with("Yes");
    if !sentence {
        return answer.clone();
    }
    let frame = *rng.pick(&["{}", "{}", "{}.", "The answer is {}.", "Answer: {}"]);
    frame.replace("{}", answer)
}
