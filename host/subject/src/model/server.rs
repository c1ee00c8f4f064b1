//! One call of a server, whatever its protocol: tries until there is an answer, a failure that
//! will not pass, or no time left.
//!
//! Here alone the bytes pass that a provider gets and gives: this is where the key is added, where
//! it is taken out of what comes back, and where both bodies get their digests.

use crate::model::failure::{Failed, Origin, Passing, limits, root_cause};
use crate::model::protocol::{Answer, NoAnswer, Protocol, cut_label};
use crate::model::{ModelSettings, OnRetry, Retries, RetryNotice, Sampling, gate, protocol};
use crate::spec::Provider;
use backon::{BackoffBuilder, ExponentialBuilder};
use record::digest::Digest;
use record::event::{Blame, Exchange, Replied, Reply};
use record::id::TrialId;
use reqwest::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use reqwest::{Client, Proxy, RequestBuilder, Response, Url};
use serde_json::Value;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;
use trial::port::{Fault, Gate};

/// Most bytes of an answer. It becomes one event, whose line has 16 MiB at most. The line may hold
/// the answer twice, as the reply and as what is carried back, and each may be twice as long as
/// what came, where JSON becomes text.
const RESPONSE_BYTES_MAX: usize = 3 << 20;

/// Bytes of an error's body that are read: its message stands at the start.
const ERROR_BYTES_MAX: usize = 64 << 10;

/// Longest wait between tries before jitter, unless the server asks for more.
const WAIT_MAX: Duration = Duration::from_secs(60);

/// A server of models.
pub(super) struct Server {
    client: Client,
    gate: Arc<dyn Gate>,
    key: Option<(HeaderName, HeaderValue)>,
    on_retry: OnRetry,
    origin: Origin,
    protocol: &'static dyn Protocol,
    retries: Retries,
    timeout: Duration,
    url: Url,
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
        let setup =
            |problem: &str| Fault::new(Blame::Setup, format!("{}: {problem}", provider.as_str()));
        let url = endpoint(&settings.base_url, (protocol.facts().path)(model)).map_err(setup)?;
        let (name, before) = protocol.facts().key;
        let key = settings.key.as_ref().map(|key| {
            let value = HeaderValue::from_str(&format!("{before}{}", key.expose()));
            let mut value = value.map_err(|_| {
                setup(&format!(
                    "{}: the key holds a line end or another character that no HTTP header can \
                     hold",
                    settings.key_name
                ))
            })?;
            value.set_sensitive(true);
            Ok((HeaderName::from_static(name), value))
        });
        let key_header = key.transpose()?;
        let client = client(&url, &settings).map_err(|problem| setup(&problem))?;
        let host = url.host_str().unwrap_or_default();
        let host = url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"));
        let ModelSettings { gate, key, key_name, on_retry, request_timeout, retries, .. } =
            settings;
        let model = model.to_owned();
        Ok(Self {
            client,
            gate,
            key: key_header,
            on_retry,
            origin: Origin { facts: protocol.facts(), host, key, key_name, model, provider },
            protocol,
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
    /// every try failed; what the gate says, as it says it.
    pub(super) async fn ask(
        &self,
        trial: Option<&TrialId>,
        sampling: &Sampling,
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
        let size = gate::size(body.len(), sampling.max_output_tokens);
        let begun = Instant::now();
        let mut queued = Duration::ZERO;
        let mut attempt = 0;
        loop {
            attempt += 1;
            let queues = Instant::now();
            let pass = self.gate.enter(size).await?;
            queued += queues.elapsed();
            let outcome = self.attempt(sampling, turn, &body).await;
            pass.end(gate::end(&outcome));
            let passing = match outcome {
                Ok(replied) => return Ok(replied),
                Err(Failed::Final(fault)) => return Err(fault),
                Err(Failed::Passing(passing)) => passing,
            };
            let wait = waits.next().map(|backoff| passing.wait(backoff));
            let spent = begun.elapsed().saturating_sub(queued);
            let Some(wait) = wait.filter(|wait| spent + *wait <= deadline) else {
                let Passing { blame, message, .. } = passing;
                let message = match attempt {
                    1 => message,
                    tries => format!("{tries} tries failed, the last with: {message}"),
                };
                return Err(self.origin.fault(blame, &message));
            };
            let Passing { limited, message, .. } = passing;
            (self.on_retry)(&RetryNotice { attempt, message, trial: trial.cloned(), wait });
            self.gate.rest(wait, limited).await;
        }
    }

    async fn attempt(
        &self,
        sampling: &Sampling,
        turn: usize,
        body: &[u8],
    ) -> Result<Replied, Failed> {
        let broke = |error| Failed::Passing(Passing::connection(error, self.timeout));
        let mut response = self.request(body).send().await.map_err(broke)?;
        let status = response.status();
        let headers = response.headers().clone();
        let request_id = headers.get(self.protocol.facts().request_id);
        let request_id = request_id.and_then(|id| id.to_str().ok()).map(cut_label);
        if !status.is_success() {
            // The status says what to do, even where its body breaks off.
            let (start, whole) = read(&mut response, ERROR_BYTES_MAX).await.unwrap_or_default();
            let answer = self.origin.refused(self.protocol, status, &headers, &start, whole)?;
            return Ok(self.replied(answer, request_id, Digest::of(body), Digest::of(&start)));
        }
        let (bytes, whole) = read(&mut response, RESPONSE_BYTES_MAX).await.map_err(broke)?;
        if !whole {
            let message = format!("the answer is longer than {RESPONSE_BYTES_MAX} bytes");
            return Err(Failed::Final(self.origin.fault(Blame::Provider, &message)));
        }
        let answer = self
            .protocol
            .parse(sampling, &bytes, turn)
            .map_err(|why| Failed::Passing(self.no_answer(status.as_u16(), why, &bytes)))?;
        Ok(self.replied(answer, request_id, Digest::of(body), Digest::of(&bytes)))
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

    /// One try, not sent yet.
    fn request(&self, body: &[u8]) -> RequestBuilder {
        let mut request = self
            .client
            .post(self.url.clone())
            .header(CONTENT_TYPE, "application/json")
            .body(body.to_vec());
        for (name, value) in self.protocol.facts().headers {
            request = request.header(*name, *value);
        }
        if let Some((name, value)) = &self.key {
            request = request.header(name, value.clone());
        }
        request
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
            // A server's word, and a price is made of it: more cached than read is nonsense.
            cached_tokens: answer.cached_tokens.min(answer.input_tokens),
            carried: answer.carried.map(redact),
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

/// The client of a server; else what is wrong with a setting.
fn client(url: &Url, settings: &ModelSettings) -> Result<Client, String> {
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
        client = client.proxy(Proxy::all(proxy).map_err(|_| "proxy: not a URL")?);
    }
    client.build().map_err(|error| format!("cannot set TLS up: {}", root_cause(error)))
}

/// The URL of the endpoint below a base URL; else what is wrong with that.
fn endpoint(base_url: &str, path: Vec<String>) -> Result<Url, &'static str> {
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
    url.path_segments_mut().map_err(|()| EXPECTED)?.pop_if_empty().extend(path);
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
