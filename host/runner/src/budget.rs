//! What a run may spend. A call's highest price is set aside before it is sent, so the sum never
//! passes the budget, as far as prices and counts of tokens are right.

use record::event::{Event, Judged};
use record::price::{Money, Price, Tokens};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::Notify;
use trial::port::Fault;

/// Prices of the models of a run; none for a model that costs nothing, or nobody knows what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Prices {
    /// Of the judge.
    pub judge: Option<Price>,
    /// Of the subject.
    pub subject: Option<Price>,
}

impl Prices {
    /// What the calls of a trial's log cost.
    pub fn of(&self, events: &[Event]) -> Money {
        let (subject, judge) = tokens(events);
        self.of_tokens(subject, judge)
    }

    /// What those tokens cost, of the subject and of the judge.
    pub fn of_tokens(&self, subject: Tokens, judge: Tokens) -> Money {
        let cost =
            |price: Option<Price>, tokens| price.map_or(Money::ZERO, |price| price.of(tokens));
        cost(self.subject, subject) + cost(self.judge, judge)
    }
}

/// Tokens of the subject's and of the judge's calls in a trial's log.
pub fn tokens(events: &[Event]) -> (Tokens, Tokens) {
    let (mut subject, mut judge) = (Tokens::default(), Tokens::default());
    for event in events {
        for exchange in event.exchanges() {
            subject += Tokens::from(exchange);
        }
        if let Event::Judged(Judged { exchange: Some(exchange), .. }) = event {
            judge += Tokens::from(exchange);
        }
    }
    (subject, judge)
}

/// The money of one run, over all its models.
#[derive(Default)]
pub struct Budget {
    most: Option<Money>,
    state: Mutex<State>,
    released: Notify,
}

#[derive(Default)]
struct State {
    spent: Money,
    reserved: Money,
    /// A call did not fit: the run is at its end, whatever is released later.
    over: bool,
}

impl Budget {
    /// At most that much; without a limit the money is counted all the same.
    pub fn new(most: Option<Money>) -> Self {
        Self { most, ..Self::default() }
    }

    /// Adds what earlier processes spent.
    pub fn charge(&self, money: Money) {
        self.state().spent += money;
    }

    /// What answered calls cost.
    pub fn spent(&self) -> Money {
        self.state().spent
    }

    /// The limit.
    pub const fn most(&self) -> Option<Money> {
        self.most
    }

    /// Whether a call was turned away.
    pub fn is_over(&self) -> bool {
        self.state().over
    }

    /// Whether it holds so much more beside what is spent; `committed` is the least that counts as
    /// spent.
    pub fn holds(&self, committed: Money, more: Money) -> bool {
        let state = self.state();
        !state.over && self.most.is_none_or(|most| state.spent.max(committed) + more <= most)
    }

    /// Sets `most` of one call aside. What is set aside for other calls may come free, so it waits
    /// for them before it gives up.
    ///
    /// # Errors
    /// A fault that parks the trial.
    pub(crate) async fn reserve(self: &Arc<Self>, most: Money) -> Result<Reserved, Fault> {
        loop {
            // Before the look at the state, so that no release between the two is missed.
            let released = self.released.notified();
            if let Some(outcome) = self.try_reserve(most) {
                return outcome;
            }
            released.await;
        }
    }

    fn try_reserve(self: &Arc<Self>, most: Money) -> Option<Result<Reserved, Fault>> {
        let mut state = self.state();
        let limit = self.most.filter(|limit| state.spent + state.reserved + most > *limit);
        let Some(limit) = limit.or(self.most.filter(|_| state.over)) else {
            state.reserved += most;
            return Some(Ok(Reserved { budget: self.clone(), most }));
        };
        if state.reserved > Money::ZERO && !state.over {
            return None;
        }
        state.over = true;
        let message = format!(
            "the budget of {limit} does not hold the next call: {} spent; \
             the same command with a larger --budget goes on",
            state.spent
        );
        drop(state);
        // Others that wait are turned away too.
        self.released.notify_waiters();
        Some(Err(Fault::parking(message)))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Sums are whole after every statement.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Money set aside for one call; free again when this goes.
pub(crate) struct Reserved {
    budget: Arc<Budget>,
    most: Money,
}

impl Reserved {
    /// The call was answered, and cost so much.
    pub(crate) fn spend(self, cost: Money) {
        self.budget.charge(cost);
    }
}

impl Drop for Reserved {
    fn drop(&mut self) {
        let mut state = self.budget.state();
        state.reserved = state.reserved.less(self.most);
        drop(state);
        self.budget.released.notify_waiters();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dollars(text: &str) -> Money {
        format!("{text}usd").parse().unwrap()
    }

    #[tokio::test]
    async fn the_sum_of_spent_and_set_aside_stays_within_the_limit() {
        let budget = Arc::new(Budget::new(Some(dollars("10"))));
        let first = budget.reserve(dollars("6")).await.ok().unwrap();
        let second = tokio::spawn({
            let budget = budget.clone();
            async move { budget.reserve(dollars("6")).await.map(|_| ()) }
        });
        tokio::task::yield_now().await;
        assert!(!second.is_finished(), "it waits for what the first does not use");
        first.spend(dollars("2"));
        second.await.unwrap().unwrap();
        assert_eq!(budget.spent(), dollars("2"));
        assert!(!budget.is_over());
        let fault = budget.reserve(dollars("9")).await.err().unwrap();
        assert!(fault.parks && fault.message.contains("10.00 USD"), "{fault}");
        assert!(budget.is_over());
        assert!(budget.reserve(dollars("1")).await.is_err(), "once over, it stays so");
    }

    #[tokio::test]
    async fn without_a_limit_money_is_counted() {
        let budget = Arc::new(Budget::new(None));
        budget.charge(dollars("5"));
        budget.reserve(dollars("1000")).await.ok().unwrap().spend(dollars("3"));
        assert_eq!(budget.spent(), dollars("8"));
        assert!(budget.holds(Money::ZERO, dollars("1000000")));
    }

    #[test]
    fn a_trial_is_begun_only_if_all_that_run_can_end() {
        let budget = Budget::new(Some(dollars("10")));
        budget.charge(dollars("4"));
        assert!(budget.holds(Money::ZERO, dollars("6")));
        assert!(!budget.holds(dollars("5"), dollars("6")));
    }
}
