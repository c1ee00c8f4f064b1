//! One tiny call that says whether a key, an address and a model work, before a run is begun.
//!
//! Asking which models there are costs nothing, and the three providers' own servers answer it for
//! an accepted key alone; some other servers answer everybody. Asking a model costs a few tokens and
//! shows that the key, the model and the protocol work.

use crate::model::connection::Came;
use crate::model::failure::{Asked, Failed, Passing};
use crate::model::protocol::LABEL_CHARS_MAX;
use crate::model::server::{Call, ERROR_BYTES_MAX, RESPONSE_BYTES_MAX, Server};
use crate::model::talk::{Talk, Turn};
use crate::model::{ModelSettings, Shared, gate, protocol};
use crate::spec::Provider;
use record::event::Blame;
use record::id::TrialId;
use record::price::Tokens;
use serde_json::Value;
use std::time::{Duration, SystemTime};
use tokio::time::Instant;
use trial::port::Fault;

/// Most tokens of a probe's answer: the least that every server takes (Responses refuses fewer than
/// 16).
const OUTPUT_TOKENS_MAX: u32 = 16;

/// Longest page of models, where there are pages: the most that Anthropic and Google give.
const PAGE_MODELS_MAX: u32 = 1000;

/// What is asked.
const PROMPT: &str = "Reply with the word ready.";

/// What a probe asks a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Probe<'a> {
    /// Which models there are, without a cost.
    Models {
        /// A model that should be among them, as the server names it.
        wanted: Option<&'a str>,
    },
    /// A few tokens of this model, without a second try.
    Model(&'a str),
}

/// What a server answered to a probe.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Probed {
    /// The server's clock, from its `Date`; none where it sends none. It is at most [`Self::took`]
    /// older than now, and a second, because it has no parts of one.
    pub date: Option<SystemTime>,
    /// How much the key may use, as the server says of itself.
    pub limits: Limits,
    /// The models, where they were asked for.
    pub models: Option<Models>,
    /// The model that the server says it served; empty where it does not say or none was asked.
    pub served: String,
    /// What it cost.
    pub tokens: Tokens,
    /// From the first byte out to the last byte in, the connection included.
    pub took: Duration,
}

/// What a server says about the models that it has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Models {
    /// How many it listed.
    pub listed: usize,
    /// Whether the wanted one is among them; none where none was wanted, or where the server has
    /// more of them than it listed.
    pub wanted: Option<bool>,
}

/// Limits in header fields of a response; none where the server does not say. Providers count them
/// in a minute (OpenAI's `x-ratelimit-limit-…`, Anthropic's `anthropic-ratelimit-…-limit`); other
/// servers use the names for other times.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    /// Requests.
    pub requests: Option<u64>,
    /// Tokens; of Anthropic the read ones where it counts those apart.
    pub tokens: Option<u64>,
}

/// Asks a server once.
///
/// # Errors
/// As a trial's call, with the way out in the message; a failure that may pass is not tried again.
pub async fn probe(
    provider: Provider,
    mut settings: ModelSettings,
    probe: Probe<'_>,
) -> Result<Probed, Fault> {
    match probe {
        Probe::Models { wanted } => {
            let server = Server::new(provider, "", settings)?;
            list(&server, wanted).await
        }
        Probe::Model(model) => {
            // Further fields may ask for a budget of thoughts that has to be below the limit.
            if settings.extra.is_empty() {
                settings.max_output_tokens = settings.max_output_tokens.min(OUTPUT_TOKENS_MAX);
            }
            ask(&Shared::new(provider, model, settings)?).await
        }
    }
}

async fn ask(shared: &Shared) -> Result<Probed, Fault> {
    let Shared { sampling, server } = shared;
    let trial: TrialId = "probe/control/0".parse().expect("an id as the grammar wants it");
    let turns = vec![Turn::User(PROMPT)];
    let talk = Talk { schema: None, system: "", tools: Vec::new(), trial: &trial, turns };
    let body = protocol(sampling.provider).body(sampling, &talk)?;
    let tried = server.once(&Call { body, sampling, trial: None, turn: 0 }, 1).await?;
    let replied = tried.outcome.map_err(|failed| fault(server, failed))?;
    let exchange = replied.exchange.as_ref();
    Ok(Probed {
        date: date(&tried.came),
        limits: limits(&tried.came),
        models: None,
        served: exchange.map_or_else(String::new, |exchange| exchange.model.clone()),
        tokens: gate::tokens(&replied),
        took: tried.took,
    })
}

async fn list(server: &Server, wanted: Option<&str>) -> Result<Probed, Fault> {
    let sent = Instant::now();
    let mut came = Came::default();
    let models = listed(server, &mut came).await.map_err(|failed| fault(server, failed))?;
    let Listed { names, more } = models;
    let among = |wanted: &str| names.iter().any(|name| name == wanted);
    let wanted = wanted.map(among).filter(|found| *found || !more);
    Ok(Probed {
        date: date(&came),
        limits: limits(&came),
        models: Some(Models { listed: names.len(), wanted }),
        served: String::new(),
        tokens: Tokens::default(),
        took: sent.elapsed(),
    })
}

/// A page of models.
struct Listed {
    names: Vec<String>,
    /// Whether there are further pages.
    more: bool,
}

async fn listed(server: &Server, came: &mut Came) -> Result<Listed, Failed> {
    let broke = |error| Failed::Passing(Passing::connection(error, server.timeout));
    let page = match server.origin.provider {
        Provider::OpenAi | Provider::OpenAiResponses => None,
        Provider::Anthropic => Some(("limit", PAGE_MODELS_MAX)),
        Provider::Google => Some(("pageSize", PAGE_MODELS_MAX)),
    };
    let (status, response) = came.head(server.connection.list(page)).await.map_err(broke)?;
    if !status.is_success() {
        let _broken = came.body(response, ERROR_BYTES_MAX).await;
        if status == reqwest::StatusCode::NOT_FOUND {
            let what = "404: it lists no models below this base URL; check the base URL, or ask \
                        for a model by its name";
            return Err(Failed::Final(server.origin.fault(Blame::Setup, what)));
        }
        server.origin.refused(server.protocol, status, came, Asked::Beside)?;
        // Only a filter answers in place of a model, and nothing was said to it.
        let what = format!("{status}: it filters a question for models");
        return Err(Failed::Final(server.origin.fault(Blame::Provider, &what)));
    }
    came.body(response, RESPONSE_BYTES_MAX).await.map_err(broke)?;
    names(&came.bytes).filter(|_| came.whole).ok_or_else(|| {
        let body = server.origin.excerpt(&String::from_utf8_lossy(&came.bytes));
        let what = format!("{status}, but no list of models; check the base URL: {body}");
        Failed::Final(server.origin.fault(Blame::Setup, &what))
    })
}

/// The names in a list of models: OpenAI's and Anthropic's `data`, Google's `models`, or a bare
/// list, which some servers give.
fn names(bytes: &[u8]) -> Option<Listed> {
    let (_, body) = protocol::json(bytes).ok()?;
    let list = body.get("data").or_else(|| body.get("models")).unwrap_or(&body).as_array()?;
    let name = |model: &Value| {
        let name = model.get("id").or_else(|| model.get("name"))?.as_str()?;
        let name = name.strip_prefix("models/").unwrap_or(name);
        Some(name.chars().take(LABEL_CHARS_MAX).collect())
    };
    let more = body.get("has_more").and_then(Value::as_bool) == Some(true)
        || body.get("nextPageToken").is_some_and(|token| token.is_string());
    Some(Listed { names: list.iter().filter_map(name).collect(), more })
}

fn fault(server: &Server, failed: Failed) -> Fault {
    match failed {
        Failed::Final(fault) => fault,
        Failed::Passing(Passing { blame, message, .. }) => server.origin.fault(blame, &message),
    }
}

fn date(came: &Came) -> Option<SystemTime> {
    httpdate::parse_http_date(came.header("date")?.trim()).ok()
}

fn limits(came: &Came) -> Limits {
    let number = |name: &&str| came.header(name)?.trim().parse().ok();
    let first = |names: &[&str]| names.iter().find_map(number);
    Limits {
        requests: first(&["x-ratelimit-limit-requests", "anthropic-ratelimit-requests-limit"]),
        tokens: first(&[
            "x-ratelimit-limit-tokens",
            "anthropic-ratelimit-input-tokens-limit",
            "anthropic-ratelimit-tokens-limit",
        ]),
    }
}
