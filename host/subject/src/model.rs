//! Models behind a server that speaks one of the known protocols with tools.
//!
//! What is sent is built from the log alone and holds nothing that the log and the claim do not
//! show: the briefing's system text and task, the replies, the results, the tools, the model and
//! the settings. Notes of the briefing's memory are not sent; they are for agents with a memory of
//! their own, and a scenario offers the same notes through a tool.
//!
//! # Why the wire format is ours
//! A client library for many providers (genai 0.7.2 is the best that was found, and was tried with
//! the three protocols) would save the four files of protocols here, about a thousand lines. It
//! was weighed against what a benchmark has to promise, and lost on four points:
//!
//! * A tool call whose arguments are not JSON is an error there. Here it is what the subject did:
//!   lost or asked for again, it would bend every rate of a weak model.
//! * It adds what was not asked for (`"strict":false`, an empty text beside calls, a limit of
//!   tokens and the protocol itself by the model's name, cache options), and adds other things in
//!   its next version. Here every byte follows from the log and the claim, and a test holds the
//!   whole request of every protocol.
//! * It gives neither the bytes of the request nor the header with the provider's id. A proxy
//!   between would see both, at the price of a second server in the middle of every call and of
//!   guessing which of its calls was which reply. Here the bytes that are hashed are the bytes that
//!   are sent, in one place, which also holds the key.
//! * What a provider wants back (signed thoughts, encrypted reasoning) has to come from the log
//!   alone, byte for byte, also after a kill. It rebuilds it from its own types.
//!
//! What outside crates do well is left to them: HTTP and TLS (reqwest, rustls), waits (backon),
//! dates (httpdate), keys in memory (secrecy), JSON (serde_json), spans (tracing).
//!
//! # What stands around a call
//! Every try passes the run's [gate](trial::port::Gate), which knows the limits and the budget;
//! tells [`OnExchange`] its bytes without the key; and is part of one span for its call, which holds
//! names, counts and times and nothing that was said. None of the three changes a byte of it.

mod anthropic;
mod chat;
mod connection;
mod dialect;
mod extra;
mod failure;
mod gate;
mod google;
mod judge;
pub(crate) mod members;
mod probe;
pub(crate) mod protocol;
mod redact;
mod relay;
mod responses;
mod server;
mod span;
mod talk;
mod tap;

use crate::model::anthropic::Messages;
use crate::model::chat::Chat;
use crate::model::google::GenerateContent;
use crate::model::protocol::Protocol;
use crate::model::responses::Responses;
use crate::model::server::{Call, Server};
use crate::model::talk::Talk;
use crate::spec::Provider;
use async_trait::async_trait;
use record::event::{Blame, Event, Replied};
use record::id::TrialId;
use record::plan::PlannedTrial;
use record::result::SubjectClaim;
use secrecy::{ExposeSecret, SecretString};
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;
use thiserror::Error;
use trial::port::{Fault, Gate, ScenarioPlugin, Subject, SubjectSource};

pub use connection::install_tls;
pub use dialect::Dialect;
pub use extra::{EXTRA_BYTES_MAX, Extra, ExtraError};
pub use gate::OpenGate;
pub use judge::judge;
pub use probe::{Limits, Models, Probe, Probed, probe};
pub use tap::{OnExchange, Tried};

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

/// The field that carries the limit of output tokens in chat completions: servers disagree on its name, and refuse or
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

/// The field of a chat completion's message that holds reasoning which the next request has to
/// repeat. Servers disagree: some demand it within a task (and say so in their documentation), some
/// ignore it, some refuse it. The other protocols say by themselves what they want back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CarriedField {
    /// `reasoning`, a text.
    Reasoning,
    /// `reasoning_content`, a text.
    ReasoningContent,
    /// `reasoning_details`, a list that may hold signatures.
    ReasoningDetails,
}

impl CarriedField {
    const ALL: [Self; 3] = [Self::Reasoning, Self::ReasoningContent, Self::ReasoningDetails];

    /// Its name, on the wire, in flags and in claims.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Reasoning => "reasoning",
            Self::ReasoningContent => "reasoning_content",
            Self::ReasoningDetails => "reasoning_details",
        }
    }
}

impl FromStr for CarriedField {
    type Err = NameError;
    fn from_str(text: &str) -> Result<Self, NameError> {
        named(text, Self::ALL, Self::as_str)
    }
}

/// A word that is none of those that are known.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{found:?}: expected {known}")]
pub struct NameError {
    /// What was typed, cut to 80 characters.
    pub found: String,
    /// Every word that is known.
    pub known: String,
}

/// The value of that name.
fn named<T: Copy, const N: usize>(
    text: &str,
    all: [T; N],
    name: fn(T) -> &'static str,
) -> Result<T, NameError> {
    all.into_iter().find(|value| name(*value) == text).ok_or_else(|| NameError {
        found: text.chars().take(80).collect(),
        known: all.map(name).join(", "),
    })
}

/// When a call that failed for a passing reason is tried again. Waits double, with random jitter
/// of up to as much again; a server's `Retry-After` makes them longer, never shorter.
#[derive(Clone, Copy, Debug)]
pub struct Retries {
    /// Most tries of one call, the first included; at least 1.
    pub attempts_max: u32,
    /// No try begins later than this after the first one was sent. Time in the gate's queue does
    /// not count, before the first try or any other: a run that is held to few calls a minute queues
    /// for long, and no trial may become invalid for that.
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
pub struct ModelSettings {
    /// Up to and without the path of the protocol (`/chat/completions`, `/messages`), such as
    /// `https://models.example/v1`; [`Provider::base_url`] has the provider's own.
    pub base_url: String,
    /// The reasoning that a chat completions server wants back; none sends none back.
    pub carry: Option<CarriedField>,
    /// How the model acts.
    pub dialect: Dialect,
    /// Further fields of every request.
    pub extra: Vec<Extra>,
    /// Every try passes it, and waits between tries are spent in it.
    pub gate: Arc<dyn Gate>,
    /// Sent in the header that the protocol has for it; none for a server that wants none.
    pub key: Option<Key>,
    /// What the operator sets to give another key, for messages: a variable or a flag.
    pub key_name: String,
    /// Most tokens of one reply, reasoning included.
    pub max_output_tokens: u32,
    /// Told of every try with its bytes; none tells nobody.
    pub on_exchange: Option<OnExchange>,
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
    /// How a chat completions server calls `max_output_tokens`.
    pub tokens_field: TokensField,
}

/// The part of the settings that shapes answers: what a request holds besides the log.
#[derive(Clone)]
struct Sampling {
    carry: Option<CarriedField>,
    dialect: Dialect,
    extra: Vec<Extra>,
    max_output_tokens: u32,
    model: String,
    provider: Provider,
    temperature: Option<f64>,
    tokens_field: TokensField,
}

/// A model on a server, for any number of trials at once.
pub struct Model {
    claim: SubjectClaim,
    shared: Arc<Shared>,
}

struct Shared {
    sampling: Sampling,
    server: Server,
}

/// How servers of that kind are spoken to.
fn protocol(provider: Provider) -> &'static dyn Protocol {
    match provider {
        Provider::OpenAi => &Chat,
        Provider::OpenAiResponses => &Responses,
        Provider::Anthropic => &Messages,
        Provider::Google => &GenerateContent,
    }
}

impl Model {
    /// A model as its server names it.
    ///
    /// # Errors
    /// `Setup` when a setting cannot work; the message names it. Nothing is sent yet.
    pub fn new(provider: Provider, model: &str, settings: ModelSettings) -> Result<Self, Fault> {
        let shared = Shared::new(provider, model, settings)?;
        let claim = SubjectClaim {
            harness: None,
            model: model.to_owned(),
            served: Vec::new(),
            settings: shared.sampling.claims(shared.server.host()),
            spec: format!("{}:{model}", provider.as_str()),
        };
        Ok(Self { claim, shared: Arc::new(shared) })
    }
}

impl Shared {
    /// A model and its server, checked; nothing is sent yet.
    fn new(provider: Provider, model: &str, settings: ModelSettings) -> Result<Self, Fault> {
        let sampling = Sampling {
            carry: settings.carry,
            dialect: settings.dialect,
            extra: settings.extra.clone(),
            max_output_tokens: settings.max_output_tokens,
            model: model.to_owned(),
            provider,
            temperature: settings.temperature,
            tokens_field: settings.tokens_field,
        };
        let mut checked = sampling.check();
        if settings.retries.attempts_max == 0 {
            checked = checked.and(Err("tries of a call: expected at least 1, found 0".to_owned()));
        }
        checked.map_err(|problem| {
            Fault::new(Blame::Setup, format!("{}: {problem}", provider.as_str()))
        })?;
        Ok(Self { server: Server::new(provider, model, settings)?, sampling })
    }
}

impl Sampling {
    /// What is wrong with the settings.
    fn check(&self) -> Result<(), String> {
        if self.max_output_tokens == 0 {
            return Err("output tokens: expected at least 1, found 0".to_owned());
        }
        if let Some(degrees) = self.temperature
            && !(degrees.is_finite() && degrees >= 0.0)
        {
            return Err(format!("temperature: expected 0 or more, found {degrees}"));
        }
        let chat = self.provider == Provider::OpenAi;
        if let Some(carry) = self.carry
            && !chat
        {
            let name = carry.as_str();
            return Err(format!("carry {name}: a setting of openai: alone; leave it out"));
        }
        if self.dialect == Dialect::ConstrainedText && !chat {
            let name = self.dialect.as_str();
            return Err(format!("dialect {name}: only openai: has it; give text"));
        }
        if self.carry.is_some() && self.dialect != Dialect::Native {
            let name = self.dialect.as_str();
            return Err(format!("dialect {name}: no reasoning is carried back in it"));
        }
        extra::check(&self.extra, protocol(self.provider).facts())
    }

    /// As a result states them: the names and values of the request, in ascending order. Of the
    /// address only the host, which may be a lab's own; the path adds nothing.
    fn claims(&self, host: &str) -> Vec<String> {
        let mut settings = vec![format!("host={host}")];
        settings.extend(protocol(self.provider).claims(self));
        settings.extend(self.temperature.map(|degrees| format!("temperature={degrees:?}")));
        settings.extend(self.extra.iter().map(Extra::to_string));
        if self.dialect != Dialect::Native {
            settings.push(format!("dialect={}", self.dialect.as_str()));
        }
        settings.sort();
        settings
    }
}

impl SubjectSource for Model {
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
        let turn = events.iter().filter(|event| matches!(event, Event::Replied(_))).count();
        let spoken = match sampling.dialect {
            Dialect::Native => None,
            Dialect::Text | Dialect::ConstrainedText => Some(dialect::spoken(&self.trial, events)?),
        };
        let mut talk = Talk::read(&self.trial, spoken.as_deref().unwrap_or(events))?;
        if sampling.dialect == Dialect::ConstrainedText {
            talk.schema = Some(dialect::schema(&self.trial, events)?);
        }
        let body = protocol(sampling.provider).body(sampling, &talk)?;
        let call = Call { body, sampling, trial: Some(&self.trial), turn };
        let replied = server.ask(call).await?;
        Ok(match sampling.dialect {
            Dialect::Native => replied,
            Dialect::Text | Dialect::ConstrainedText => dialect::heard(replied, turn),
        })
    }
}

#[cfg(test)]
mod any_answer;
#[cfg(test)]
pub(crate) mod variants;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_read_back_and_others_are_told_what_is_known() {
        for dialect in Dialect::ALL {
            assert_eq!(dialect.as_str().parse(), Ok(dialect));
        }
        for field in CarriedField::ALL {
            assert_eq!(field.as_str().parse(), Ok(field));
        }
        assert_eq!(
            "json".parse::<Dialect>().unwrap_err().to_string(),
            "\"json\": expected native, text, constrained-text"
        );
    }
}
