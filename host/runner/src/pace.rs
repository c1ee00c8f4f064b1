//! Requests and tokens a minute, by the generic cell rate algorithm (governor).
//!
//! A provider counts over a minute of its own choosing, so calls are spread evenly: in any minute
//! there are at most as many as its limit and a tenth of a second's worth more.

use governor::clock::Clock;
use governor::middleware::NoOpMiddleware;
use governor::nanos::Nanos;
use governor::state::{InMemoryState, NotKeyed};
use governor::{Quota, RateLimiter};
use record::price::Tokens;
use std::num::NonZeroU32;
use std::sync::{Mutex as Lock, PoisonError};
use std::time::Duration;
use tokio::sync::Mutex;
use tokio::time::{Instant, sleep};
use trial::port::CallSize;

/// How many times what was estimated, or allowed, a server is believed to have used. A byte is a
/// token at most, which is four times the estimate.
const BELIEVED_TIMES: u64 = 8;
const MINUTE: Duration = Duration::from_secs(60);

/// What a key allows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rates {
    /// Requests a minute; none for no limit.
    pub requests: Option<NonZeroU32>,
    /// Tokens a minute, read and written; none for no limit.
    pub tokens: Option<NonZeroU32>,
}

/// Makes calls wait until their turn at these rates.
pub(crate) struct Paces {
    requests: Option<Limiter>,
    /// Held while one call waits for its tokens: calls go in the order in which they came, and a
    /// large one is not overtaken for ever.
    tokens: Option<Mutex<Limiter>>,
    learnt: Lock<Learnt>,
}

/// How far estimates were right.
#[derive(Default)]
struct Learnt {
    answers: u64,
    /// Tokens taken from the rate less those that were used: what the next calls take less, or more.
    ahead: i64,
    input_estimated: u64,
    input_used: u64,
    output_used: u64,
}

impl Paces {
    pub(crate) fn new(rates: Rates) -> Self {
        Self {
            requests: rates.requests.map(Limiter::new),
            tokens: rates.tokens.map(|tokens| Mutex::new(Limiter::new(tokens))),
            learnt: Lock::default(),
        }
    }

    /// Waits until the call has its turn.
    pub(crate) async fn wait(&self, size: CallSize) {
        if let Some(requests) = &self.requests {
            requests.take(1).await;
        }
        if let Some(tokens) = &self.tokens {
            let limiter = tokens.lock().await;
            let count = self.learn(|learnt| learnt.take(size));
            limiter.take(count).await;
        }
    }

    /// The call of that size was answered.
    pub(crate) fn used(&self, size: CallSize, tokens: Tokens) {
        if self.tokens.is_some() {
            self.learn(|learnt| learnt.used(size, tokens));
        }
    }

    fn learn<T>(&self, change: impl FnOnce(&mut Learnt) -> T) -> T {
        change(&mut self.learnt.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Learnt {
    /// Tokens that a call is expected to use: read as estimated, times what estimates were wrong
    /// by; written as the mean so far, or all that it may.
    fn expected(&self, size: CallSize) -> u64 {
        let CallSize { input_tokens, output_tokens_max } = size;
        let input = match self.input_estimated {
            0 => input_tokens,
            estimated => {
                let scaled = u128::from(input_tokens) * u128::from(self.input_used);
                u64::try_from(scaled / u128::from(estimated)).unwrap_or(u64::MAX)
            }
        };
        let output = self.output_used.checked_div(self.answers).unwrap_or(output_tokens_max);
        input.saturating_add(output.min(output_tokens_max))
    }

    fn take(&mut self, size: CallSize) -> u64 {
        let expected = i64::try_from(self.expected(size)).unwrap_or(i64::MAX);
        let count = expected.saturating_sub(self.ahead).max(0);
        self.ahead = self.ahead.saturating_add(count);
        count.unsigned_abs()
    }

    fn used(&mut self, size: CallSize, told: Tokens) {
        // A server may say anything; what it says must not hold the next call back for ever.
        let most = |tokens: u64, size: u64| tokens.min(size.saturating_mul(BELIEVED_TIMES));
        let tokens = Tokens {
            input: most(told.input, size.input_tokens),
            output: most(told.output, size.output_tokens_max),
            ..told
        };
        let used = i64::try_from(tokens.all()).unwrap_or(i64::MAX);
        self.ahead = self.ahead.saturating_sub(used);
        self.answers += 1;
        self.input_estimated = self.input_estimated.saturating_add(size.input_tokens);
        self.input_used = self.input_used.saturating_add(tokens.input);
        self.output_used = self.output_used.saturating_add(tokens.output);
    }
}

/// So many units a minute.
struct Limiter {
    /// Most units that are taken at once.
    chunk: NonZeroU32,
    clock: Ticks,
    limiter: RateLimiter<NotKeyed, InMemoryState, Ticks, NoOpMiddleware<Nanos>>,
}

impl Limiter {
    fn new(a_minute: NonZeroU32) -> Self {
        /// Tenths of a second in a minute.
        const PARTS: u32 = 600;
        let chunk = NonZeroU32::new(a_minute.get() / PARTS).unwrap_or(NonZeroU32::MIN);
        let each =
            Duration::from_nanos((MINUTE.as_nanos() as u64 / u64::from(a_minute.get())).max(1));
        let quota = Quota::with_period(each).expect("a minute has more nanoseconds than u32 units");
        let clock = Ticks(Instant::now());
        let limiter = RateLimiter::direct_with_clock(quota.allow_burst(chunk), clock);
        Self { chunk, clock, limiter }
    }

    async fn take(&self, mut count: u64) {
        while count > 0 {
            let part = u32::try_from(count).unwrap_or(u32::MAX).min(self.chunk.get());
            let Some(units) = NonZeroU32::new(part) else { return };
            match self.limiter.check_n(units) {
                Ok(Ok(())) => count -= u64::from(part),
                Ok(Err(later)) => sleep(later.wait_time_from(self.clock.now())).await,
                // No part is larger than what the limiter holds.
                Err(_) => return,
            }
        }
    }
}

/// Tokio's clock, so that tests can turn it: time since the limiter was made.
#[derive(Clone, Copy, Debug)]
struct Ticks(Instant);

impl Clock for Ticks {
    type Instant = Nanos;
    fn now(&self) -> Nanos {
        self.0.elapsed().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn size(input_tokens: u64, output_tokens_max: u64) -> CallSize {
        CallSize { input_tokens, output_tokens_max }
    }

    async fn seconds(rates: Rates, calls: usize, one: CallSize, used: Tokens) -> f64 {
        let paces = Paces::new(rates);
        let begun = Instant::now();
        for _ in 0..calls {
            paces.wait(one).await;
            paces.used(one, used);
        }
        begun.elapsed().as_secs_f64()
    }

    #[tokio::test(start_paused = true)]
    async fn requests_are_spread_over_the_minute() {
        let rates = Rates { requests: NonZeroU32::new(120), tokens: None };
        let took = seconds(rates, 121, size(1, 1), Tokens::default()).await;
        assert!((59.9..60.5).contains(&took), "{took} s for 120 more");
        let rates = Rates { requests: NonZeroU32::new(60_000), tokens: None };
        let took = seconds(rates, 10_100, size(1, 1), Tokens::default()).await;
        assert!((9.9..10.6).contains(&took), "{took} s for 10,000 more than the first burst");
    }

    #[tokio::test(start_paused = true)]
    async fn tokens_that_were_used_count_and_not_those_that_might_have_been() {
        let rates = Rates { requests: None, tokens: NonZeroU32::new(60_000) };
        let used = Tokens { cached: 0, input: 2_000, output: 100 };
        // 2,100 tokens of 1,000 a second; the first was expected to use 1,000 + 4,000.
        let took = seconds(rates, 100, size(1_000, 4_000), used).await;
        assert!((205.0..215.0).contains(&took), "{took}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_server_that_counts_beyond_belief_holds_nobody_back_for_ever() {
        let rates = Rates { requests: None, tokens: NonZeroU32::new(60_000) };
        let used = Tokens { cached: 0, input: 1 << 53, output: 1 << 53 };
        let took = seconds(rates, 3, size(1_000, 1_000), used).await;
        assert!(took < 60.0, "{took}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_call_above_the_whole_minutes_tokens_goes_through_in_its_time() {
        let rates = Rates { requests: None, tokens: NonZeroU32::new(600) };
        let paces = Paces::new(rates);
        let begun = Instant::now();
        paces.wait(size(1_200, 0)).await;
        let took = begun.elapsed().as_secs_f64();
        assert!((119.0..121.0).contains(&took), "{took}");
    }
}
