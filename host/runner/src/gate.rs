//! The gate before one model: how many calls at once, how many requests and tokens a minute, and
//! what the budget holds.
//!
//! The number of calls at once follows the server by additive increase and multiplicative decrease
//! (Chiu and Jain 1989, as TCP does): half as many when it asks for fewer, one more after as many
//! answers as there are places. It begins at what the operator asked for, because a server that
//! can take it should not be made to wait.

use crate::budget::{Budget, Reserved};
use crate::in_line::{IN_LINE, InLine};
use crate::pace::{Paces, Rates};
use async_trait::async_trait;
use record::event::Blame;
use record::price::{Money, Price, Tokens};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::time::{Instant, sleep, sleep_until};
use trial::port::{CallSize, Fault, Pass, TryEnd};

/// Longest that a server's `Retry-After` keeps the gate shut. One that asks for more is asked
/// again; the deadline of each call decides what becomes of it.
const PAUSE_MAX: Duration = Duration::from_secs(120);

/// How a gate is set.
pub struct Settings {
    /// Shared with the run's other gates.
    pub budget: Arc<Budget>,
    /// Most calls at once, at least 1.
    pub calls: usize,
    /// What the model costs; none is counted as nothing.
    pub price: Option<Price>,
    /// Requests and tokens a minute that its key allows.
    pub rates: Rates,
}

/// The gate before one model. Clones are the same gate.
#[derive(Clone)]
pub struct Gate(Arc<Shared>);

struct Shared {
    budget: Arc<Budget>,
    /// Turns true when no further call is sent.
    closed: watch::Sender<bool>,
    paces: Paces,
    places: Arc<Semaphore>,
    price: Option<Price>,
    state: Mutex<State>,
}

struct State {
    counts: Counts,
    /// When the number of places was last cut.
    cut: Option<Instant>,
    /// Answers since a place was last added.
    answers: usize,
    places_max: usize,
    shut_until: Option<Instant>,
    /// Places that go when the calls that have them end.
    surplus: usize,
    /// When each call that waits is tried again.
    tries: BTreeMap<(Instant, u64), bool>,
    next_id: u64,
}

/// What a gate sees, at one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Calls that were answered.
    pub answered: u64,
    /// Tries that failed in another way than by a limit.
    pub failed: u64,
    /// Tries that the server turned away because there were too many.
    pub limited: u64,
    /// Time until the next try of a call that waits; none if none waits.
    pub next_try: Option<Duration>,
    /// Calls at once that it lets through now.
    pub places: usize,
    /// Calls that wait to be sent for the first time, or again: for a place, the rate or the budget.
    pub queued: usize,
    /// Calls that wait after a failure, the limited ones included.
    pub resting: usize,
    /// Of those, calls that the server turned away because there were too many.
    pub resting_limited: usize,
    /// Calls that are sent and not answered.
    pub sent: usize,
    /// What the answers used.
    pub tokens: Tokens,
}

impl Gate {
    /// An open gate.
    pub fn new(settings: Settings) -> Self {
        let Settings { budget, calls, price, rates } = settings;
        let calls = calls.clamp(1, Semaphore::MAX_PERMITS);
        let state = State {
            counts: Counts { places: calls, ..Counts::default() },
            cut: None,
            answers: 0,
            places_max: calls,
            shut_until: None,
            surplus: 0,
            tries: BTreeMap::new(),
            next_id: 0,
        };
        Self(Arc::new(Shared {
            budget,
            closed: watch::Sender::new(false),
            paces: Paces::new(rates),
            places: Arc::new(Semaphore::new(calls)),
            price,
            state: Mutex::new(state),
        }))
    }

    /// What it sees now.
    pub fn counts(&self) -> Counts {
        let state = self.0.state();
        let now = Instant::now();
        let next = state.tries.keys().next().map(|(at, _)| at.saturating_duration_since(now));
        Counts {
            next_try: next,
            resting: state.tries.len(),
            resting_limited: state.tries.values().filter(|limited| **limited).count(),
            ..state.counts.clone()
        }
    }

    /// From now on every call parks its trial, those that wait too; calls that are sent are
    /// answered.
    pub fn close(&self) {
        self.0.closed.send_replace(true);
    }
}

#[async_trait]
impl trial::port::Gate for Gate {
    async fn enter(&self, size: CallSize) -> Result<Box<dyn Pass>, Fault> {
        let _queued = Queued::new(&self.0);
        tokio::select! {
            biased;
            () = self.0.closed() => Err(Fault::parking("the run was asked to stop")),
            passed = self.0.pass(size) => passed.map(|sent| Box::new(sent) as Box<dyn Pass>),
        }
    }

    async fn rest(&self, wait: Duration, limited: bool) {
        let _resting = Resting::new(&self.0, Instant::now() + wait, limited);
        tokio::select! {
            // The next try will find it closed.
            () = self.0.closed() => {}
            () = sleep(wait) => {}
        }
    }
}

impl Shared {
    /// Returns when the gate is closed.
    async fn closed(&self) {
        // An error means that the gate is gone, and nobody asks then.
        let _ = self.closed.subscribe().wait_for(|closed| *closed).await;
    }

    /// Waits for a place, the rates, the budget and the server, in this order. Dropped while it
    /// waits, it gives all of it back.
    async fn pass(self: &Arc<Self>, size: CallSize) -> Result<Sent, Fault> {
        let permit = self.places.clone().acquire_owned().await;
        let permit = permit.map_err(|_| Fault::new(Blame::Bug, "a gate's places are gone"))?;
        let place = Place { permit: Some(permit), shared: self.clone() };
        self.paces.wait(size).await;
        let reserved = self.budget.reserve(self.most(size)).await?;
        // Last: what was learnt while this call waited counts.
        while let Some(until) = self.shut_until() {
            sleep_until(until).await;
        }
        self.state().counts.sent += 1;
        Ok(Sent { begun: Instant::now(), place, reserved: Some(reserved), size })
    }

    /// What a call costs at most, as far as its size is known.
    fn most(&self, size: CallSize) -> Money {
        let tokens = Tokens { cached: 0, input: size.input_tokens, output: size.output_tokens_max };
        self.price.map_or(Money::ZERO, |price| price.of(tokens))
    }

    /// When calls may be sent again, if not now.
    fn shut_until(&self) -> Option<Instant> {
        self.state().shut_until.filter(|until| *until > Instant::now())
    }

    fn answered(&self, tokens: Tokens) {
        let mut state = self.state();
        state.counts.answered += 1;
        state.counts.tokens += tokens;
        state.answers += 1;
        if state.counts.places < state.places_max && state.answers >= state.counts.places {
            state.answers = 0;
            state.counts.places += 1;
            if state.surplus > 0 {
                state.surplus -= 1;
            } else {
                self.places.add_permits(1);
            }
        }
    }

    fn limited(&self, begun: Instant, retry_after: Option<Duration>) {
        let now = Instant::now();
        let mut state = self.state();
        state.counts.limited += 1;
        if let Some(wait) = retry_after {
            let until = now + wait.min(PAUSE_MAX);
            state.shut_until = state.shut_until.max(Some(until));
        }
        // Calls that were sent before the last cut say nothing about the places left since.
        if state.cut.is_none_or(|cut| begun > cut) {
            state.cut = Some(now);
            state.answers = 0;
            let take = state.counts.places / 2;
            state.counts.places -= take;
            state.surplus += take - self.places.forget_permits(take);
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Counts are whole after every statement.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A call that waits to be sent.
struct Queued<'a> {
    in_line: Option<Arc<InLine>>,
    shared: &'a Shared,
}

impl<'a> Queued<'a> {
    fn new(shared: &'a Shared) -> Self {
        shared.state().counts.queued += 1;
        // No trial of a run: a test, or a tool.
        let in_line = IN_LINE.try_with(Arc::clone).ok();
        if let Some(in_line) = &in_line {
            in_line.set(Some(Instant::now()));
        }
        Self { in_line, shared }
    }
}

impl Drop for Queued<'_> {
    fn drop(&mut self) {
        self.shared.state().counts.queued -= 1;
        if let Some(in_line) = &self.in_line {
            in_line.set(None);
        }
    }
}

/// A call that waits after a failure.
struct Resting<'a> {
    key: (Instant, u64),
    shared: &'a Shared,
}

impl<'a> Resting<'a> {
    fn new(shared: &'a Shared, until: Instant, limited: bool) -> Self {
        let mut state = shared.state();
        state.next_id += 1;
        let key = (until, state.next_id);
        state.tries.insert(key, limited);
        drop(state);
        Self { key, shared }
    }
}

impl Drop for Resting<'_> {
    fn drop(&mut self) {
        self.shared.state().tries.remove(&self.key);
    }
}

/// One of the places for calls at once.
struct Place {
    permit: Option<OwnedSemaphorePermit>,
    shared: Arc<Shared>,
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut state = self.shared.state();
        if state.surplus > 0
            && let Some(permit) = self.permit.take()
        {
            state.surplus -= 1;
            permit.forget();
        }
    }
}

/// A call that is sent.
struct Sent {
    begun: Instant,
    place: Place,
    reserved: Option<Reserved>,
    size: CallSize,
}

impl Pass for Sent {
    fn end(mut self: Box<Self>, end: TryEnd) {
        let shared = self.place.shared.clone();
        match end {
            TryEnd::Answered(tokens) => {
                shared.answered(tokens);
                shared.paces.used(self.size, tokens);
                let cost = shared.price.map_or(Money::ZERO, |price| price.of(tokens));
                if let Some(reserved) = self.reserved.take() {
                    reserved.spend(cost);
                }
            }
            TryEnd::Limited { retry_after } => shared.limited(self.begun, retry_after),
            TryEnd::Failed => shared.state().counts.failed += 1,
        }
    }
}

impl Drop for Sent {
    fn drop(&mut self) {
        self.place.shared.state().counts.sent -= 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use trial::port::Gate as _;

    const SIZE: CallSize = CallSize { input_tokens: 10, output_tokens_max: 10 };

    fn gate(calls: usize, rates: Rates) -> Gate {
        Gate::new(Settings { budget: Arc::default(), calls, price: None, rates })
    }

    async fn pass(gate: &Gate) -> Box<dyn Pass> {
        match gate.enter(SIZE).await {
            Ok(pass) => pass,
            Err(fault) => panic!("{fault}"),
        }
    }

    #[tokio::test(start_paused = true)]
    async fn so_many_calls_are_sent_at_once_and_the_others_wait_in_line() {
        let gate = gate(2, Rates::default());
        let (first, _second) = (pass(&gate).await, pass(&gate).await);
        let third = tokio::spawn({
            let gate = gate.clone();
            async move { pass(&gate).await.end(TryEnd::Failed) }
        });
        sleep(Duration::from_secs(1)).await;
        let counts = gate.counts();
        assert_eq!((counts.sent, counts.queued, counts.places), (2, 1, 2));
        first.end(TryEnd::Answered(Tokens::default()));
        third.await.unwrap();
        let counts = gate.counts();
        assert_eq!((counts.sent, counts.queued, counts.answered, counts.failed), (1, 0, 1, 1));
    }

    #[tokio::test(start_paused = true)]
    async fn a_limit_halves_the_places_once_for_a_burst_and_answers_win_them_back() {
        let gate = gate(8, Rates::default());
        let mut sent = Vec::new();
        for _ in 0..8 {
            sent.push(pass(&gate).await);
        }
        sleep(Duration::from_secs(1)).await;
        for pass in sent {
            pass.end(TryEnd::Limited { retry_after: None });
        }
        assert_eq!(gate.counts().places, 4, "eight refusals of one burst are one");
        let mut most = 0;
        for _ in 0..6 {
            let mut sent = Vec::new();
            while let Ok(pass) = tokio::time::timeout(Duration::from_millis(1), pass(&gate)).await {
                sent.push(pass);
            }
            most = sent.len();
            sleep(Duration::from_secs(1)).await;
            sent.into_iter().for_each(|pass| pass.end(TryEnd::Answered(Tokens::default())));
        }
        assert_eq!((gate.counts().places, most), (8, 8), "and never more than was asked for");
    }

    #[tokio::test(start_paused = true)]
    async fn nothing_is_sent_while_the_server_wants_nothing() {
        let gate = gate(4, Rates::default());
        let begun = Instant::now();
        let after = Some(Duration::from_secs(30));
        pass(&gate).await.end(TryEnd::Limited { retry_after: after });
        pass(&gate).await.end(TryEnd::Failed);
        assert_eq!(begun.elapsed().as_secs(), 30);
        let after = Some(Duration::from_secs(86_400));
        pass(&gate).await.end(TryEnd::Limited { retry_after: after });
        pass(&gate).await.end(TryEnd::Failed);
        assert_eq!(begun.elapsed().as_secs(), 30 + PAUSE_MAX.as_secs());
    }

    #[tokio::test(start_paused = true)]
    async fn rests_are_seen_with_the_time_of_the_next_try() {
        let gate = gate(4, Rates::default());
        let rests = [(9, true), (4, true), (6, false)].map(|(seconds, limited)| {
            let gate = gate.clone();
            tokio::spawn(async move { gate.rest(Duration::from_secs(seconds), limited).await })
        });
        sleep(Duration::from_secs(1)).await;
        let counts = gate.counts();
        assert_eq!((counts.resting, counts.resting_limited), (3, 2));
        assert_eq!(counts.next_try, Some(Duration::from_secs(3)));
        for rest in rests {
            rest.await.unwrap();
        }
        assert_eq!((gate.counts().resting, gate.counts().next_try), (0, None));
    }

    #[tokio::test(start_paused = true)]
    async fn a_closed_gate_parks_who_waits_and_who_comes() {
        let gate = gate(1, Rates::default());
        let sent = pass(&gate).await;
        let waits = tokio::spawn({
            let gate = gate.clone();
            async move { gate.enter(SIZE).await.map(|_| ()) }
        });
        sleep(Duration::from_secs(1)).await;
        gate.close();
        assert!(waits.await.unwrap().unwrap_err().parks);
        assert!(gate.enter(SIZE).await.err().unwrap().parks);
        sent.end(TryEnd::Answered(Tokens::default()));
        assert_eq!(gate.counts().answered, 1, "what was sent is still answered");
    }

    #[tokio::test(start_paused = true)]
    async fn closing_ends_every_wait() {
        let requests = std::num::NonZeroU32::new(1);
        let gate = gate(4, Rates { requests, tokens: None });
        let begun = Instant::now();
        pass(&gate).await.end(TryEnd::Limited { retry_after: Some(Duration::from_secs(100)) });
        let rate = tokio::spawn({
            let gate = gate.clone();
            async move { gate.enter(SIZE).await.map(|_| ()) }
        });
        let rest = tokio::spawn({
            let gate = gate.clone();
            async move { gate.rest(Duration::from_secs(100), true).await }
        });
        sleep(Duration::from_secs(1)).await;
        gate.close();
        assert!(rate.await.unwrap().unwrap_err().parks);
        rest.await.unwrap();
        assert_eq!(begun.elapsed(), Duration::from_secs(1));
        assert_eq!(gate.counts(), Counts { limited: 1, places: 2, ..Counts::default() });
    }

    #[tokio::test(start_paused = true)]
    async fn answers_are_paid_from_the_budget_and_its_end_parks() {
        let budget = Arc::new(Budget::new(Some("0.001usd".parse().unwrap())));
        let ten = Money::from_millionths(10_000_000).dollars();
        let price = Price { cached_input: ten, input: ten, output: ten };
        let settings = Settings {
            budget: budget.clone(),
            calls: 4,
            price: Some(price),
            rates: Rates::default(),
        };
        let gate = Gate::new(settings);
        // 20 tokens at most, 0.0002 dollars; 15 used.
        let used = Tokens { cached: 0, input: 10, output: 5 };
        for _ in 0..6 {
            pass(&gate).await.end(TryEnd::Answered(used));
        }
        assert!(gate.enter(SIZE).await.err().unwrap().parks, "0.0009 spent, 0.0002 asked for");
        assert_eq!(budget.spent(), Money::from_millionths(900));
    }
}
