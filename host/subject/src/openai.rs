//! Models behind a server that speaks OpenAI's chat completions with tools.
//!
//! What is sent is built from the log alone and holds nothing that the log and the claim do not
//! show: the briefing's system text and task, the replies, the results, the tools, the model and
//! the settings. Notes of the briefing's memory are not sent; they are for agents with a memory of
//! their own, and a scenario offers the same notes through a tool.

mod exchange;
mod failure;
mod judge;
mod request;
mod response;

use crate::openai::exchange::Server;
use async_trait::async_trait;
use record::event::{Blame, Event, Replied};
use record::id::TrialId;
use record::plan::PlannedTrial;
use record::result::SubjectClaim;
use secrecy::{ExposeSecret, SecretString};
use std::sync::Arc;
use std::time::Duration;
use trial::port::{Fault, ScenarioPlugin, Subject, SubjectSource};

pub use judge::judge;

/// A key, sent to the server and written nowhere: it has no `Debug` and no `Display`, and its
/// memory is cleared when it goes.
#[derive(Clone)]
pub struct Key(SecretString);

impl Key {
    /// The key as the operator gave it.
    pub fn new(key: String) -> Self {
        Self(key.into())
    }

    fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

/// The field that carries the limit of output tokens: servers disagree on its name, and refuse or
/// ignore the other one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokensField {
    /// `max_completion_tokens`, the present name.
    MaxCompletionTokens,
    /// `max_tokens`, the older name, for servers that know only that.
    MaxTokens,
}

impl TokensField {
    const fn as_str(self) -> &'static str {
        match self {
            Self::MaxCompletionTokens => "max_completion_tokens",
            Self::MaxTokens => "max_tokens",
        }
    }
}

/// When a call that failed for a passing reason is tried again. Waits double, with random jitter
/// of up to as much again; a server's `Retry-After` makes them longer, never shorter.
#[derive(Clone, Copy, Debug)]
pub struct Retries {
    /// Most tries of one call, the first included; at least 1.
    pub attempts_max: u32,
    /// No try begins later than this after the first one began.
    pub deadline: Duration,
    /// The wait after the first failure, before jitter.
    pub first_wait: Duration,
}

/// A call failed and will be tried again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RetryNotice {
    /// How many tries have failed.
    pub attempt: u32,
    /// Why the last one did; one line, without the key.
    pub message: String,
    /// The trial whose reply was asked for; none for a judge's answer.
    pub trial: Option<TrialId>,
    /// How long until the next try.
    pub wait: Duration,
}

/// Told of every retry before the wait begins.
pub type OnRetry = Arc<dyn Fn(&RetryNotice) + Send + Sync>;

/// Where the model is and how it is asked.
#[derive(Clone)]
pub struct OpenAiSettings {
    /// Up to and without `/chat/completions`, such as `https://models.example/v1`.
    pub base_url: String,
    /// Sent as a bearer token; none for a server that wants none.
    pub key: Option<Key>,
    /// What the operator sets to give another key, for messages: a variable or a flag.
    pub key_name: String,
    /// Most tokens of one reply, reasoning included.
    pub max_output_tokens: u32,
    /// Told of every retry.
    pub on_retry: OnRetry,
    /// An HTTP or SOCKS proxy's URL. The environment's proxies are not looked at.
    pub proxy: Option<String>,
    /// How long one try may take, from the connection to the last byte of the answer.
    pub request_timeout: Duration,
    /// When to try again.
    pub retries: Retries,
    /// Sampling temperature; none sends none, which leaves it to the server.
    pub temperature: Option<f64>,
    /// How `max_output_tokens` is called on the wire.
    pub tokens_field: TokensField,
}

/// The part of the settings that shapes answers: what a request holds besides the log.
struct Sampling {
    max_output_tokens: u32,
    model: String,
    temperature: Option<f64>,
    tokens_field: TokensField,
}

/// A model on a server, for any number of trials at once.
pub struct OpenAi {
    claim: SubjectClaim,
    shared: Arc<Shared>,
}

struct Shared {
    sampling: Sampling,
    server: Server,
}

impl OpenAi {
    /// A model as its server names it.
    ///
    /// # Errors
    /// `Setup` when a setting cannot work; the message names it. Nothing is sent yet.
    pub fn new(model: &str, settings: OpenAiSettings) -> Result<Self, Fault> {
        let shared = Shared::new(model, settings)?;
        let claim = SubjectClaim {
            model: model.to_owned(),
            served: Vec::new(),
            settings: shared.sampling.claims(shared.server.host()),
            spec: format!("openai:{model}"),
        };
        Ok(Self { claim, shared: Arc::new(shared) })
    }
}

impl Shared {
    /// A model and its server, checked; nothing is sent yet.
    fn new(model: &str, settings: OpenAiSettings) -> Result<Self, Fault> {
        let setup = |problem: &str| Err(Fault::new(Blame::Setup, format!("openai: {problem}")));
        let sampling = Sampling {
            max_output_tokens: settings.max_output_tokens,
            model: model.to_owned(),
            temperature: settings.temperature,
            tokens_field: settings.tokens_field,
        };
        if sampling.max_output_tokens == 0 {
            return setup("output tokens: expected at least 1, found 0");
        }
        if let Some(degrees) = sampling.temperature
            && !(degrees.is_finite() && degrees >= 0.0)
        {
            return setup(&format!("temperature: expected 0 or more, found {degrees}"));
        }
        if settings.retries.attempts_max == 0 {
            return setup("tries of a call: expected at least 1, found 0");
        }
        Ok(Self { server: Server::new(model, settings)?, sampling })
    }
}

impl Sampling {
    /// As a result states them: the names and values of the request, in ascending order. Of the
    /// address only the host, which may be a lab's own; the path adds nothing.
    fn claims(&self, host: &str) -> Vec<String> {
        let mut settings = vec![
            format!("host={host}"),
            format!("{}={}", self.tokens_field.as_str(), self.max_output_tokens),
        ];
        settings.extend(self.temperature.map(|degrees| format!("temperature={degrees:?}")));
        settings.sort();
        settings
    }
}

impl SubjectSource for OpenAi {
    fn claim(&self) -> SubjectClaim {
        self.claim.clone()
    }

    fn subject(
        &self,
        trial: &PlannedTrial,
        _scenario: &Arc<dyn ScenarioPlugin>,
    ) -> Result<Box<dyn Subject>, Fault> {
        Ok(Box::new(Conversation { shared: Arc::clone(&self.shared), trial: trial.trial.clone() }))
    }
}

/// One trial's conversation: it holds nothing of it, because every request is built from the log.
struct Conversation {
    shared: Arc<Shared>,
    trial: TrialId,
}

#[async_trait]
impl Subject for Conversation {
    async fn reply(&mut self, events: &[Event]) -> Result<Replied, Fault> {
        let Shared { sampling, server } = &*self.shared;
        let body = request::body(sampling, &self.trial, events)?;
        let turn = events.iter().filter(|event| matches!(event, Event::Replied(_))).count();
        server.ask(Some(&self.trial), turn, body).await
    }
}
