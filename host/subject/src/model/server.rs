//! One call of a server, whatever its protocol: tries until there is an answer, a failure that
//! will not pass, or no time left.
//!
//! Here alone the bytes pass that a provider gets and gives: this is where the key is added, where
//! it is taken out of what comes back, and where both bodies get their digests.

use crate::model::connection::{Came, Connection};
use crate::model::failure::{Asked, Failed, Origin, Passing, limits};
use crate::model::protocol::{Answer, NoAnswer, Protocol};
use crate::model::tap::{OnExchange, Try};
use crate::model::{
    ModelSettings, OnRetry, Retries, RetryNotice, Sampling, gate, protocol, redact, span,
};
use crate::spec::Provider;
use backon::{BackoffBuilder, ExponentialBuilder};
use record::digest::Digest;
use record::event::{Blame, Exchange, Replied, Reply};
use record::id::TrialId;
use serde_json::Value;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;
use tracing::{Instrument, Span};
use trial::port::{Fault, Gate};

/// Most bytes of an answer. It becomes one event, whose line has 16 MiB at most. The line may hold
/// the answer twice, as the reply and as what is carried back, and each may be twice as long as
/// what came, where JSON becomes text.
pub(super) const RESPONSE_BYTES_MAX: usize = 3 << 20;

/// Bytes of an error's body that are read: its message stands at the start.
pub(super) const ERROR_BYTES_MAX: usize = 64 << 10;

/// Longest wait between tries before jitter, unless the server asks for more.
const WAIT_MAX: Duration = Duration::from_secs(60);

/// A server of models.
pub(super) struct Server {
    pub(super) connection: Connection,
    gate: Arc<dyn Gate>,
    on_exchange: Option<OnExchange>,
    on_retry: OnRetry,
    pub(super) origin: Origin,
    pub(super) protocol: &'static dyn Protocol,
    retries: Retries,
    pub(super) timeout: Duration,
}

/// What is asked.
pub(super) struct Call<'a> {
    pub(super) body: Vec<u8>,
    pub(super) sampling: &'a Sampling,
    /// None for a judge's call and for a probe.
    pub(super) trial: Option<&'a TrialId>,
    /// How many replies came before.
    pub(super) turn: usize,
}

impl Call<'_> {
    fn asked(&self) -> Asked<'_> {
        match self.trial {
            Some(trial) if self.turn == 0 => Asked::First(trial),
            Some(_) => Asked::Later,
            None => Asked::Beside,
        }
    }
}

impl Server {
    /// A server that has not been asked yet.
    ///
    /// # Errors
    /// `Setup` with the setting that cannot work.
    pub(super) fn new(
        provider: Provider,
        model: &str,
        settings: ModelSettings,
    ) -> Result<Self, Fault> {
        let protocol = protocol(provider);
        let connection = Connection::new(protocol, model, &settings);
        let connection = connection.map_err(|problem| {
            Fault::new(Blame::Setup, format!("{}: {problem}", provider.as_str()))
        })?;
        let origin = Origin {
            address: connection.address().to_owned(),
            facts: protocol.facts(),
            host: connection.host(),
            key: settings.key,
            key_name: settings.key_name,
            model: model.to_owned(),
            port: connection.port(),
            provider,
        };
        let ModelSettings {
            gate, on_exchange, on_retry, request_timeout: timeout, retries, ..
        } = settings;
        Ok(Self { connection, gate, on_exchange, on_retry, origin, protocol, retries, timeout })
    }

    /// Host, and port where it is not the usual one.
    pub(super) fn host(&self) -> &str {
        &self.origin.host
    }

    /// The answer to a call.
    ///
    /// # Errors
    /// `Setup` when the operator has to act, `Provider` when the server refuses the request or
    /// every try failed; what the gate says, as it says it.
    pub(super) async fn ask(&self, call: Call<'_>) -> Result<Replied, Fault> {
        let Call { sampling, trial, turn, .. } = &call;
        let span = span::call(&self.origin, sampling.max_output_tokens, *trial, *turn);
        self.tries(&call, &span).instrument(span.clone()).await
    }

    async fn tries(&self, call: &Call<'_>, span: &Span) -> Result<Replied, Fault> {
        let Retries { attempts_max, deadline, first_wait } = self.retries;
        let mut waits = ExponentialBuilder::new()
            .with_jitter()
            .with_min_delay(first_wait)
            .with_max_delay(WAIT_MAX)
            .with_max_times(attempts_max.saturating_sub(1) as usize)
            .build();
        let begun = Instant::now();
        let mut queued = Duration::ZERO;
        let mut attempt = 0;
        loop {
            attempt += 1;
            let tried = self.once(call, attempt).await;
            let tried = tried.inspect_err(|_| span::failed(span, "parked"))?;
            queued += tried.queued;
            span::went(span, attempt, queued);
            let kind = tried.error_type().unwrap_or_default();
            let passing = match tried.outcome {
                Ok(replied) => {
                    if let Some(exchange) = &replied.exchange {
                        span::answered(span, exchange, &tried.came.answer_id);
                    }
                    return Ok(replied);
                }
                Err(Failed::Final(fault)) => {
                    span::failed(span, &kind);
                    return Err(fault);
                }
                Err(Failed::Passing(passing)) => passing,
            };
            let wait = waits.next().map(|backoff| passing.wait(backoff));
            let spent = begun.elapsed().saturating_sub(queued);
            let Some(wait) = wait.filter(|wait| spent + *wait <= deadline) else {
                span::failed(span, &kind);
                return Err(self.given_up(passing, attempt));
            };
            let Passing { limited, message, .. } = passing;
            span::retry(span, attempt, &kind, wait);
            let trial = call.trial.cloned();
            (self.on_retry)(&RetryNotice { attempt, message, trial, wait });
            self.gate.rest(wait, limited).await;
        }
    }

    fn given_up(&self, last: Passing, tries: u32) -> Fault {
        let Passing { blame, message, .. } = last;
        let message = match tries {
            1 => message,
            tries => format!("{tries} tries failed, the last with: {message}"),
        };
        self.origin.fault(blame, &message)
    }

    /// One try, through the gate.
    ///
    /// # Errors
    /// The gate's; a try that fails is no error here.
    pub(super) async fn once(&self, call: &Call<'_>, attempt: u32) -> Result<Try, Fault> {
        let queues = Instant::now();
        let size = gate::size(call.body.len(), call.sampling.max_output_tokens);
        let pass = self.gate.enter(size).await?;
        let sent = Instant::now();
        let mut came = Came::default();
        let outcome = self.attempt(call, &mut came).await;
        pass.end(gate::end(&outcome));
        let tried = Try { came, outcome, queued: sent - queues, took: sent.elapsed() };
        if let Some(tap) = &self.on_exchange {
            tried.tell(tap, &self.origin, &call.body, (call.trial, call.turn, attempt));
        }
        Ok(tried)
    }

    async fn attempt(&self, call: &Call<'_>, came: &mut Came) -> Result<Replied, Failed> {
        let broke = |error| Failed::Passing(Passing::connection(error, self.timeout));
        let request = Digest::of(&call.body);
        let (status, response) =
            came.head(self.connection.call(&call.body)).await.map_err(broke)?;
        if !status.is_success() {
            // The status says what to do, even where its body breaks off.
            let _broken = came.body(response, ERROR_BYTES_MAX).await;
            let answer = self.origin.refused(self.protocol, status, came, call.asked())?;
            return Ok(self.replied(answer, request, came));
        }
        came.body(response, RESPONSE_BYTES_MAX).await.map_err(broke)?;
        if !came.whole {
            let message = format!("the answer is longer than {RESPONSE_BYTES_MAX} bytes");
            return Err(Failed::Final(self.origin.fault(Blame::Provider, &message)));
        }
        match self.protocol.parse(call.sampling, &came.bytes, call.turn) {
            Ok(answer) => Ok(self.replied(answer, request, came)),
            Err(why) => Err(Failed::Passing(self.no_answer(status.as_u16(), why, &came.bytes))),
        }
    }

    /// A success without an answer in it. Some servers in front of others pass an error on in that
    /// way, with its status as a number in the body.
    fn no_answer(&self, code: u16, why: NoAnswer, bytes: &[u8]) -> Passing {
        match why {
            NoAnswer::Error(said) => {
                let json: Value = serde_json::from_slice(bytes).unwrap_or_default();
                let inner = json.pointer("/error/code").and_then(Value::as_u64);
                let inner = inner.and_then(|code| u16::try_from(code).ok()).unwrap_or(code);
                let message = format!("{code} with an error: {}", self.origin.excerpt(&said));
                let limited = limits(inner, &json, false);
                Passing { limited, ..Passing::provider(message) }
            }
            NoAnswer::Shape(what) => {
                let body = self.origin.excerpt(&String::from_utf8_lossy(bytes));
                let answer = self.protocol.facts().answer;
                Passing::provider(format!("{code}, but no {answer} ({what}): {body}"))
            }
        }
    }

    fn replied(&self, answer: Answer, request: Digest, came: &mut Came) -> Replied {
        let redact = |text| redact::text(self.origin.key.as_ref(), text);
        let label = |text| redact::label(self.origin.key.as_ref(), text);
        came.answer_id = label(answer.id);
        let Reply { mut calls, reasoning, text } = answer.reply;
        for call in &mut calls {
            for part in [&mut call.arguments, &mut call.id, &mut call.name] {
                *part = redact(std::mem::take(part));
            }
        }
        let exchange = Exchange {
            // A server's word, and a price is made of it: more cached than read is nonsense.
            cached_tokens: answer.cached_tokens.min(answer.input_tokens),
            carried: answer.carried.map(redact),
            finish: label(answer.finish),
            input_tokens: answer.input_tokens,
            model: label(answer.model),
            output_tokens: answer.output_tokens,
            request,
            request_id: self.origin.request_id(came).unwrap_or_else(|| came.answer_id.clone()),
            response: Digest::of(&came.bytes),
        };
        let reply = Reply { calls, reasoning: reasoning.map(redact), text: redact(text) };
        Replied { exchange: Some(exchange), reply, ..Replied::default() }
    }
}
