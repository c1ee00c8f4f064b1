//! A run within its operator's limits: the budget, the rate, and a request to stop.

use crate::doubles::{SUITE, Talkers, identity, plugins, rows};
use async_trait::async_trait;
use record::digest::Digest;
use record::event::{Blame, Event, Exchange, Replied, Reply};
use record::plan::PlannedTrial;
use record::price::{Money, Price, Tokens};
use record::result::SubjectClaim;
use record::suite::Suite;
use runner::budget::{Budget, Prices};
use runner::gate::{Gate, Settings};
use runner::journal::Journal;
use runner::pace::Rates;
use runner::run::{Job, Progress, run};
use std::num::NonZeroU32;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tempfile::tempdir;
use tokio::sync::watch;
use trial::port::{CallSize, Fault, Gate as _, ScenarioPlugin, Subject, SubjectSource, TryEnd};

const CONCURRENCY: usize = 8;
/// Trials of two calls each.
const TRIALS: u32 = 40;
/// What a call uses; it may use five more.
const USED: Tokens = Tokens { cached: 0, input: 10, output: 5 };

/// A run with a gate.
struct Gated {
    budget: Arc<Budget>,
    calls: Arc<AtomicUsize>,
    deadline: Duration,
    gate: Gate,
    expected_cost: Option<Money>,
    /// The number of the call at which the key is revoked.
    fails_at: Option<usize>,
}

/// A hundred dollars for a million tokens: 0.0015 for a call, 0.003 for a trial.
fn price() -> Price {
    let dollars = Money::from_millionths(100_000_000).dollars();
    Price { cached_input: dollars, input: dollars, output: dollars }
}

fn money(text: &str) -> Money {
    text.parse().unwrap()
}

impl Gated {
    fn new(most: Option<&str>, rates: Rates) -> Self {
        let budget = Arc::new(Budget::new(most.map(money)));
        let settings =
            Settings { budget: budget.clone(), calls: CONCURRENCY, price: Some(price()), rates };
        let gate = Gate::new(settings);
        let deadline = Duration::from_secs(20);
        Self { budget, calls: Arc::default(), deadline, gate, expected_cost: None, fails_at: None }
    }

    async fn go(&self, folder: &Path) -> Result<Progress, Fault> {
        let mut journal = Journal::open(folder).await?;
        journal.begin(&identity(1), SUITE.as_bytes()).await?;
        let suite = Suite::parse(SUITE.as_bytes()).unwrap();
        let job = Arc::new(Job {
            budget: self.budget.clone(),
            concurrency: CONCURRENCY,
            expected_cost: self.expected_cost,
            gates: vec![self.gate.clone()],
            judge: None,
            plan: plan::plan(&suite, identity(1).plan).unwrap(),
            plugins: plugins(),
            prices: Prices { judge: None, subject: Some(price()) },
            subject: Arc::new(Payers {
                calls: self.calls.clone(),
                fails_at: self.fails_at,
                gate: self.gate.clone(),
            }),
            suite,
            trial_deadline: self.deadline,
        });
        let (_keep, stop) = watch::channel(false);
        run(&job, &journal, &stop, &|_| {}).await
    }

    fn calls(&self) -> usize {
        self.calls.load(Ordering::SeqCst)
    }
}

#[derive(Clone)]
struct Payers {
    calls: Arc<AtomicUsize>,
    fails_at: Option<usize>,
    gate: Gate,
}

impl SubjectSource for Payers {
    fn claim(&self) -> SubjectClaim {
        Talkers::default().claim()
    }
    fn subject(
        &self,
        _: &PlannedTrial,
        _: &Arc<dyn ScenarioPlugin>,
    ) -> Result<Box<dyn Subject>, Fault> {
        Ok(Box::new(self.clone()))
    }
}

#[async_trait]
impl Subject for Payers {
    async fn reply(&mut self, events: &[Event]) -> Result<Replied, Fault> {
        let size = CallSize { input_tokens: 10, output_tokens_max: 10 };
        let pass = self.gate.enter(size).await?;
        let call = self.calls.fetch_add(1, Ordering::SeqCst);
        if self.fails_at == Some(call) {
            return Err(Fault::new(Blame::Setup, "the key is revoked"));
        }
        tokio::time::sleep(Duration::from_millis(2)).await;
        pass.end(TryEnd::Answered(USED));
        let text = format!("turn after {} events", events.len());
        let exchange = Exchange {
            cached_tokens: USED.cached,
            carried: None,
            finish: "stop".into(),
            input_tokens: USED.input,
            model: "m".into(),
            output_tokens: USED.output,
            request: Digest::of(b"q"),
            request_id: String::new(),
            response: Digest::of(b"a"),
        };
        let reply = Reply { calls: vec![], reasoning: None, text };
        Ok(Replied { exchange: Some(exchange), reply, ..Replied::default() })
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_budget_ends_a_run_between_trials_and_a_larger_one_goes_on() {
    let folder = tempdir().unwrap();
    let small = Gated::new(Some("0.05usd"), Rates::default());
    let at = small.go(folder.path()).await.unwrap();
    // Sixteen trials cost 0.048; the last of them are begun only while all under way can end.
    assert!((12..=16).contains(&at.done), "{at:?}");
    assert_eq!((at.parked, at.running), (0, 0), "{at:?}");
    assert_eq!(small.budget.spent(), price().of(USED).times(small.calls() as u64));
    assert!(small.budget.spent() <= money("0.05usd"));

    let large = Gated::new(Some("1usd"), Rates::default());
    let whole = large.go(folder.path()).await.unwrap();
    assert_eq!((whole.done, small.calls() + large.calls()), (TRIALS, 2 * TRIALS as usize));
    assert_eq!(large.budget.spent(), money("0.12usd"), "with what the first process spent");

    let undisturbed = tempdir().unwrap();
    Gated::new(None, Rates::default()).go(undisturbed.path()).await.unwrap();
    assert_eq!(rows(folder.path()).await, rows(undisturbed.path()).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_budget_below_the_first_trials_is_kept_all_the_same() {
    let folder = tempdir().unwrap();
    let small = Gated::new(Some("0.015usd"), Rates::default());
    let at = small.go(folder.path()).await.unwrap();
    assert!(small.budget.spent() <= money("0.015usd"), "{}", small.budget.spent());
    assert!(small.budget.is_over() && at.parked > 0, "eight trials need 0.024: {at:?}");
    let large = Gated::new(None, Rates::default());
    assert_eq!(large.go(folder.path()).await.unwrap().done, TRIALS);
    assert_eq!(small.calls() + large.calls(), 2 * TRIALS as usize, "nothing is paid twice");

    // Who knows what a trial costs begins no more than the budget holds.
    let folder = tempdir().unwrap();
    let known = Gated {
        expected_cost: Some(money("0.003usd")),
        ..Gated::new(Some("0.015usd"), Rates::default())
    };
    let at = known.go(folder.path()).await.unwrap();
    // Five trials cost it all; the last call of the last one could have cost more than is left.
    assert!(at.parked <= 1 && at.done + at.parked == 5, "{at:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_trial_that_waits_for_its_turn_is_not_late() {
    let folder = tempdir().unwrap();
    // Thirty calls a second for eight trials: each is in line for half a second.
    let rates = Rates { requests: NonZeroU32::new(1_800), tokens: None };
    let slow = Gated { deadline: Duration::from_millis(200), ..Gated::new(None, rates) };
    let at = slow.go(folder.path()).await.unwrap();
    assert_eq!(at.done, TRIALS);
    assert!(at.counts.values().all(|counts| counts.invalid == 0), "{at:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_closed_gate_stops_a_run_at_the_turn() {
    let folder = tempdir().unwrap();
    let rates = Rates { requests: NonZeroU32::new(3_000), tokens: None };
    let gated = Arc::new(Gated::new(None, rates));
    let closer = tokio::spawn({
        let gated = gated.clone();
        async move {
            while gated.calls() < 20 {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
            gated.gate.close();
        }
    });
    let at = gated.go(folder.path()).await.unwrap();
    closer.await.unwrap();
    assert!(at.parked > 0 && at.done < TRIALS, "{at:?}");
    let again = Gated::new(None, Rates::default());
    assert_eq!(again.go(folder.path()).await.unwrap().done, TRIALS);
    assert_eq!(gated.calls() + again.calls(), 2 * TRIALS as usize, "every answer was kept");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_fault_of_the_operators_loses_no_answer_that_is_paid() {
    let folder = tempdir().unwrap();
    let failing = Gated { fails_at: Some(21), ..Gated::new(None, Rates::default()) };
    let fault = failing.go(folder.path()).await.unwrap_err();
    assert_eq!((fault.blame, fault.message.as_str()), (Blame::Setup, "the key is revoked"));
    let again = Gated::new(None, Rates::default());
    assert_eq!(again.go(folder.path()).await.unwrap().done, TRIALS);
    // The call that failed was not answered; every other one was, once.
    assert_eq!(failing.calls() + again.calls(), 2 * TRIALS as usize + 1);
}
