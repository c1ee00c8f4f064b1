//! What a try tells the gate that it passes: how large it may become, and how it ended.

use crate::model::failure::{Failed, RETRY_AFTER_MAX};
use async_trait::async_trait;
use record::event::Replied;
use record::price::Tokens;
use std::time::Duration;
use trial::port::{CallSize, Fault, Gate, Pass, TryEnd};

/// Bytes of a request that count as one token before the provider has counted. About four
/// characters are a token of English text: the rule of thumb that providers give (OpenAI, "What are
/// tokens and how to count them?"; Google, "Understand and count tokens"). The bytes are those of
/// the whole body, whose JSON costs less than text does, so the estimate is rather too high: a key
/// waits a little longer and is not refused. Only the gate sees it; what is recorded is the
/// provider's own count.
const BYTES_A_TOKEN: usize = 4;

/// Lets every try through at once and waits exactly as long as it is told: for tests, and for tools
/// that make one call.
#[derive(Clone, Copy, Debug, Default)]
pub struct OpenGate;

/// A try that nobody counts.
struct Uncounted;

#[async_trait]
impl Gate for OpenGate {
    async fn enter(&self, _: CallSize) -> Result<Box<dyn Pass>, Fault> {
        Ok(Box::new(Uncounted))
    }

    async fn rest(&self, wait: Duration, _: bool) {
        tokio::time::sleep(wait).await;
    }
}

impl Pass for Uncounted {
    fn end(self: Box<Self>, _: TryEnd) {}
}

/// What a request of that many bytes may use.
pub(super) fn size(body_bytes: usize, output_tokens_max: u32) -> CallSize {
    CallSize {
        input_tokens: body_bytes.div_ceil(BYTES_A_TOKEN) as u64,
        output_tokens_max: output_tokens_max.into(),
    }
}

/// How a try ended. What a server asks for is cut to the longest wait that is obeyed: one wrong
/// answer must not hold up a whole run for days.
pub(super) fn end(outcome: &Result<Replied, Failed>) -> TryEnd {
    match outcome {
        Ok(replied) => TryEnd::Answered(tokens(replied)),
        Err(Failed::Passing(passing)) if passing.limited => TryEnd::Limited {
            retry_after: passing.retry_after.map(|asked| asked.min(RETRY_AFTER_MAX)),
        },
        Err(Failed::Passing(_) | Failed::Final(_)) => TryEnd::Failed,
    }
}

/// What a reply used, as its server counted.
pub(super) fn tokens(replied: &Replied) -> Tokens {
    replied.exchange.as_ref().map_or_else(Tokens::default, Tokens::from)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::failure::Passing;

    #[test]
    fn four_bytes_are_a_token_and_a_part_of_one_is_one() {
        for (bytes, tokens) in [(0, 0), (1, 1), (4, 1), (5, 2), (4_000_001, 1_000_001)] {
            let size = size(bytes, 7);
            assert_eq!((size.input_tokens, size.output_tokens_max), (tokens, 7));
        }
    }

    #[test]
    fn a_server_that_asks_for_days_is_not_obeyed() {
        let failed = |seconds| {
            let retry_after = Some(Duration::from_secs(seconds));
            let passing = Passing::provider(String::new());
            Err(Failed::Passing(Passing { limited: true, retry_after, ..passing }))
        };
        let limited = |seconds| TryEnd::Limited { retry_after: Some(Duration::from_secs(seconds)) };
        assert_eq!(end(&failed(7)), limited(7));
        assert_eq!(end(&failed(86_400)), limited(120));
    }
}
