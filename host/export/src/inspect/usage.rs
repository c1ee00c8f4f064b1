//! Tokens, as model servers count them.

use record::event::Exchange;
use serde_json::{Map, Value, json};

/// Tokens of the exchanges with one party.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Tokens {
    /// Answers of servers; none of a reference subject.
    exchanges: u64,
    /// Read.
    input: u64,
    /// Written.
    output: u64,
}

/// Tokens of a sample or of a run.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Usage {
    /// Of the judge.
    pub(super) judge: Tokens,
    /// Of the subject.
    pub(super) subject: Tokens,
}

impl Tokens {
    /// Adds an exchange.
    pub(super) fn count(&mut self, exchange: Option<&Exchange>) {
        if let Some(exchange) = exchange {
            let (input, output) = (exchange.input_tokens, exchange.output_tokens);
            self.add(Self { exchanges: 1, input, output });
        }
    }

    fn add(&mut self, other: Self) {
        self.exchanges += other.exchanges;
        self.input = self.input.saturating_add(other.input);
        self.output = self.output.saturating_add(other.output);
    }

    /// `ModelUsage`.
    fn json(self) -> Value {
        json!({
            "input_tokens": self.input,
            "output_tokens": self.output,
            "total_tokens": self.input.saturating_add(self.output),
        })
    }
}

impl Usage {
    /// Adds that of another sample.
    pub(super) fn add(&mut self, other: Self) {
        self.judge.add(other.judge);
        self.subject.add(other.subject);
    }

    /// `model_usage` and `role_usage`. Where no server was asked nobody knows, which is not zero:
    /// then there is no entry.
    pub(super) fn json(self, model: &str, judge: &str) -> (Value, Value) {
        let (mut models, mut roles) = (Map::new(), Map::new());
        let mut subject = self.subject;
        if self.judge.exchanges > 0 {
            roles.insert("grader".to_owned(), self.judge.json());
            if judge == model {
                subject.add(self.judge);
            } else {
                models.insert(judge.to_owned(), self.judge.json());
            }
        }
        if subject.exchanges > 0 {
            models.insert(model.to_owned(), subject.json());
        }
        (models.into(), roles.into())
    }
}

/// `ModelUsage` of one exchange.
pub(super) fn of(exchange: &Exchange) -> Value {
    let mut tokens = Tokens::default();
    tokens.count(Some(exchange));
    tokens.json()
}
