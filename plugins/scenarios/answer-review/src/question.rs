//! Questions with their keys, and answers of which the rubric says what they are worth.

use kit::Rng;

use crate::{bank, reading, sums};

/// How a question is marked; the rubric has a paragraph for each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// One answer: 2 points or none.
    Single,
    /// A number with its unit: 2 points and 1.
    Measure,
    /// Three parts, 1 point each.
    Parts,
    /// An explanation; three things have to be in it, 1 point each.
    Explain,
}

impl Form {
    /// Points of a right answer.
    #[must_use]
    pub fn maximum(self) -> u64 {
        if self == Self::Single { 2 } else { 3 }
    }

    /// As question sheets and rubric call it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Single => "one answer",
            Self::Measure => "number with unit",
            Self::Parts => "three parts",
            Self::Explain => "explanation",
        }
    }
}

/// A question and answers that somebody could give to it.
#[derive(Clone, Debug)]
pub struct Question {
    /// The topic's name.
    pub topic: &'static str,
    /// How it is marked.
    pub form: Form,
    /// What is asked.
    pub text: String,
    /// What the key says.
    pub key: String,
    /// Answers with their points by the rubric; the first is right.
    pub answers: Vec<(String, u64)>,
}

impl Question {
    /// One right answer and wrong ones.
    #[must_use]
    pub fn single(topic: &'static str, text: String, key: String, wrong: &[String]) -> Self {
        let mut answers = vec![(key.clone(), 2)];
        answers.extend(wrong.iter().filter(|one| **one != key).map(|one| (one.clone(), 0)));
        Self { topic, form: Form::Single, text, key, answers }
    }

    /// A number in its unit; `wrong` is another number, `other` another unit.
    #[must_use]
    pub fn measure(
        topic: &'static str,
        text: String,
        (right, unit): (String, &str),
        (wrong, other): (String, &str),
    ) -> Self {
        let answers = vec![
            (format!("{right} {unit}"), 3),
            (format!("{right} {other}"), 2),
            (format!("{wrong} {unit}"), 1),
            (format!("{wrong} {other}"), 0),
        ];
        Self { topic, form: Form::Measure, text, key: format!("{right} {unit}"), answers }
    }

    /// Three parts with a right and a wrong answer each.
    #[must_use]
    pub fn parts(topic: &'static str, text: String, parts: [(String, String); 3]) -> Self {
        let give = |right: [bool; 3]| {
            let one = |n: usize| if right[n] { &parts[n].0 } else { &parts[n].1 };
            format!("(a) {}; (b) {}; (c) {}", one(0), one(1), one(2))
        };
        let answers = vec![
            (give([true, true, true]), 3),
            (give([true, false, true]), 2),
            (give([true, true, false]), 2),
            (give([false, true, false]), 1),
            (give([false, false, true]), 1),
            (give([false, false, false]), 0),
        ];
        Self { topic, form: Form::Parts, text, key: give([true, true, true]), answers }
    }
}

/// All questions of every topic, as this stream words them: one list a topic.
#[must_use]
pub fn pool(rng: &mut Rng) -> Vec<Vec<Question>> {
    vec![
        sums::arithmetic(rng),
        sums::units(rng),
        sums::calendar(rng),
        reading::logic(rng),
        reading::code(rng),
        bank::vocabulary(),
        bank::geography(),
        bank::science(),
    ]
}
