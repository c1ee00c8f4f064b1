//! One call of the server: tries until there is an answer, a failure that will not pass, or no
//! time left.

use crate::openai::failure::{Failed, Origin, Passing, root_cause};
use crate::openai::response::{self, Answer, NoAnswer, cut_label};
use crate::openai::{OnRetry, OpenAiSettings, Retries, RetryNotice};
use backon::{BackoffBuilder, ExponentialBuilder};
use record::digest::Digest;
use record::event::{Blame, Exchange, Replied, Reply};
use record::id::TrialId;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use reqwest::{Client, Proxy, Response, Url};
use std::time::Duration;
use tokio::time::Instant;
use trial::port::Fault;

/// Most bytes of an answer. It becomes one event, whose line has 16 MiB at most and may be twice
/// as long as the answer when arguments that came as an object become text.
const RESPONSE_BYTES_MAX: usize = 6 << 20;

/// Bytes of an error's body that are read: its message stands at the start.
const ERROR_BYTES_MAX: usize = 64 << 10;

/// Longest wait between tries before jitter, unless the server asks for more.
const WAIT_MAX: Duration = Duration::from_secs(60);

/// A chat completions server.
pub(super) struct Server {
    authorization: Option<HeaderValue>,
    client: Client,
    on_retry: OnRetry,
    origin: Origin,
    retries: Retries,
    timeout: Duration,
    url: Url,
}

impl Server {
    /// A server that has not been asked yet.
    ///
    /// # Errors
    /// `Setup` with the setting that cannot work.
    pub(super) fn new(model: &str, settings: OpenAiSettings) -> Result<Self, Fault> {
        let setup = |problem: &str| Fault::new(Blame::Setup, format!("openai: {problem}"));
        let url = endpoint(&settings.base_url).map_err(setup)?;
        let authorization = match &settings.key {
            None => None,
            Some(key) => {
                let bearer = HeaderValue::from_str(&format!("Bearer {}", key.expose()));
                let mut bearer = bearer.map_err(|_| {
                    setup(&format!(
                        "{}: the key holds a line end or another character that no HTTP header \
                         can hold",
                        settings.key_name
                    ))
                })?;
                bearer.set_sensitive(true);
                Some(bearer)
            }
        };
        // Whoever comes first installs it for the process; a second time changes nothing.
        let _already = rustls::crypto::ring::default_provider().install_default();
        let mut client = Client::builder()
            .user_agent(concat!("kinship/", env!("CARGO_PKG_VERSION")))
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .timeout(settings.request_timeout)
            .no_proxy();
        if url.scheme() == "http" && settings.proxy.is_none() {
            // A machine without certificates of its own can still ask a server beside it.
            client = client.tls_certs_only([]);
        }
        if let Some(proxy) = &settings.proxy {
            client = client.proxy(Proxy::all(proxy).map_err(|_| setup("proxy: not a URL"))?);
        }
        let client = client
            .build()
            .map_err(|error| setup(&format!("cannot set TLS up: {}", root_cause(error))))?;
        let host = url.host_str().unwrap_or_default();
        let host = url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"));
        let OpenAiSettings { key, key_name, on_retry, request_timeout, retries, .. } = settings;
        Ok(Self {
            authorization,
            client,
            on_retry,
            origin: Origin { host, key, key_name, model: model.to_owned() },
            retries,
            timeout: request_timeout,
            url,
        })
    }

    /// Host, and port where it is not the usual one.
    pub(super) fn host(&self) -> &str {
        &self.origin.host
    }

    /// The answer to `body`, the request for reply number `turn` of `trial`; none for a judge.
    ///
    /// # Errors
    /// `Setup` when the operator has to act, `Provider` when the server refuses the request or
    /// every try failed.
    pub(super) async fn ask(
        &self,
        trial: Option<&TrialId>,
        turn: usize,
        body: Vec<u8>,
    ) -> Result<Replied, Fault> {
        let Retries { attempts_max, deadline, first_wait } = self.retries;
        let mut waits = ExponentialBuilder::new()
            .with_jitter()
            .with_min_delay(first_wait)
            .with_max_delay(WAIT_MAX)
            .with_max_times(attempts_max.saturating_sub(1) as usize)
            .build();
        let begun = Instant::now();
        let mut attempt = 0;
        loop {
            attempt += 1;
            let passing = match self.attempt(turn, &body).await {
                Ok(replied) => return Ok(replied),
                Err(Failed::Final(fault)) => return Err(fault),
                Err(Failed::Passing(passing)) => passing,
            };
            let wait = waits.next().map(|backoff| passing.wait(backoff));
            let Some(wait) = wait.filter(|wait| begun.elapsed() + *wait <= deadline) else {
                let Passing { blame, message, .. } = passing;
                let message = match attempt {
                    1 => message,
                    tries => format!("{tries} tries failed, the last with: {message}"),
                };
                return Err(self.origin.fault(blame, &message));
            };
            let Passing { message, .. } = passing;
            (self.on_retry)(&RetryNotice { attempt, message, trial: trial.cloned(), wait });
            tokio::time::sleep(wait).await;
        }
    }

    async fn attempt(&self, turn: usize, body: &[u8]) -> Result<Replied, Failed> {
        let broke = |error| Failed::Passing(Passing::connection(error, self.timeout));
        let mut request = self
            .client
            .post(self.url.clone())
            .header(CONTENT_TYPE, "application/json")
            .body(body.to_vec());
        if let Some(authorization) = &self.authorization {
            request = request.header(AUTHORIZATION, authorization.clone());
        }
        let mut response = request.send().await.map_err(broke)?;
        let status = response.status();
        if !status.is_success() {
            let headers = response.headers().clone();
            // The status says what to do, even where its body breaks off.
            let start = read(&mut response, ERROR_BYTES_MAX).await.unwrap_or_default().0;
            return Err(self.origin.refused(status, &headers, &start));
        }
        let header_id = response.headers().get("x-request-id").and_then(|id| id.to_str().ok());
        let header_id = header_id.map(cut_label);
        let (bytes, whole) = read(&mut response, RESPONSE_BYTES_MAX).await.map_err(broke)?;
        if !whole {
            let message = format!("the answer is longer than {RESPONSE_BYTES_MAX} bytes");
            return Err(Failed::Final(self.origin.fault(Blame::Provider, &message)));
        }
        let answer = response::parse(&bytes, turn).map_err(|why| {
            let code = status.as_u16();
            Failed::Passing(Passing::provider(match why {
                NoAnswer::Error(said) => {
                    format!("{code} with an error: {}", self.origin.excerpt(&said))
                }
                NoAnswer::Shape(what) => {
                    let body = self.origin.excerpt(&String::from_utf8_lossy(&bytes));
                    format!("{code}, but no chat completion ({what}): {body}")
                }
            }))
        })?;
        Ok(self.replied(answer, header_id, Digest::of(body), Digest::of(&bytes)))
    }

    fn replied(
        &self,
        answer: Answer,
        header_id: Option<String>,
        request: Digest,
        response: Digest,
    ) -> Replied {
        let redact = |text| self.origin.redact(text);
        let Reply { mut calls, reasoning, text } = answer.reply;
        for call in &mut calls {
            for part in [&mut call.arguments, &mut call.id, &mut call.name] {
                *part = redact(std::mem::take(part));
            }
        }
        let exchange = Exchange {
            finish: redact(answer.finish),
            input_tokens: answer.input_tokens,
            model: redact(answer.model),
            output_tokens: answer.output_tokens,
            request,
            request_id: redact(header_id.unwrap_or(answer.id)),
            response,
        };
        let reply = Reply { calls, reasoning: reasoning.map(redact), text: redact(text) };
        Replied { exchange: Some(exchange), reply }
    }
}

/// The URL of the endpoint below a base URL; else what is wrong with that.
fn endpoint(base_url: &str) -> Result<Url, &'static str> {
    const EXPECTED: &str =
        "base URL: expected http:// or https:// and a host, for example https://models.example/v1";
    let mut url = Url::parse(base_url).map_err(|_| EXPECTED)?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(EXPECTED);
    }
    // Not repeated: the password is a secret.
    if !url.username().is_empty() || url.password().is_some() {
        return Err("base URL: holds a user or a password; a key is given by itself");
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err("base URL: expected it to end with its path, found ? or #");
    }
    url.path_segments_mut().map_err(|()| EXPECTED)?.pop_if_empty().extend(["chat", "completions"]);
    Ok(url)
}

/// At most `limit` bytes of the body, and whether that is all of it.
async fn read(response: &mut Response, limit: usize) -> Result<(Vec<u8>, bool), reqwest::Error> {
    let mut bytes = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        let room = limit - bytes.len();
        if chunk.len() > room {
            bytes.extend_from_slice(&chunk[..room]);
            return Ok((bytes, false));
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok((bytes, true))
}
