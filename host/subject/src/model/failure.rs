//! What a failed try means: whose fault it is, and whether another try may succeed.

use crate::model::connection::Came;
use crate::model::protocol::{Answer, Facts, Protocol, Refused, cut_label, error_message};
use crate::model::{Key, redact};
use crate::spec::Provider;
use record::event::Blame;
use record::id::TrialId;
use reqwest::StatusCode;
use reqwest::header::{DATE, HeaderMap, RETRY_AFTER};
use serde_json::Value;
use std::error::Error;
use std::time::Duration;
use trial::port::Fault;

/// Longest wait that a server's `Retry-After` can ask for. Rate limits reset within a minute;
/// a server that asks for hours is asked again, and the deadline of the retries decides.
pub(super) const RETRY_AFTER_MAX: Duration = Duration::from_secs(120);

/// Most characters of a server's message that an error repeats.
const EXCERPT_CHARS: usize = 300;

/// A try without an answer.
pub(super) enum Failed {
    /// Another try would fail in the same way.
    Final(Fault),
    /// Another try may succeed.
    Passing(Passing),
}

/// A failure that may pass.
pub(super) struct Passing {
    /// Whose fault it is if it does not.
    pub(super) blame: Blame,
    /// What kind of failure, in one word of few, where the status does not say it.
    pub(super) kind: &'static str,
    /// Whether the server wants fewer requests, rather than that something broke.
    pub(super) limited: bool,
    /// One line.
    pub(super) message: String,
    /// What the server asks for.
    pub(super) retry_after: Option<Duration>,
}

impl Passing {
    /// A failure of the server.
    pub(super) fn provider(message: String) -> Self {
        let (blame, kind) = (Blame::Provider, "no_answer");
        Self { blame, kind, limited: false, message, retry_after: None }
    }

    /// A failure of the connection. A server that was never reached is the operator's matter: no
    /// trial is lost over it. One that breaks off is the provider's.
    pub(super) fn connection(error: reqwest::Error, timeout: Duration) -> Self {
        let (is_timeout, is_connect) = (error.is_timeout(), error.is_connect());
        let cause = root_cause(error);
        if is_timeout {
            let message = format!("no whole answer within {} s", timeout.as_secs_f64());
            Self { kind: "timeout", ..Self::provider(message) }
        } else if is_connect {
            let message =
                format!("cannot connect: {cause}; check the base URL, the proxy and the network");
            Self { blame: Blame::Setup, kind: "connect", ..Self::provider(message) }
        } else {
            let message = format!("the connection broke: {cause}");
            Self { kind: "connection", ..Self::provider(message) }
        }
    }

    /// How long to wait where `backoff` is what the number of failures says.
    pub(super) fn wait(&self, backoff: Duration) -> Duration {
        self.retry_after.map_or(backoff, |asked| asked.min(RETRY_AFTER_MAX).max(backoff))
    }
}

/// The innermost reason: the outer ones say only that a request was sent. Without the URL: it is
/// known, and a proxy's may hold a password.
pub(super) fn root_cause(error: reqwest::Error) -> String {
    let error = error.without_url();
    let mut cause: &dyn Error = &error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    cause.to_string()
}

/// Who was asked, for messages.
pub(super) struct Origin {
    /// Host without the port.
    pub(super) address: String,
    pub(super) facts: &'static Facts,
    /// Host, and port where it is not the usual one.
    pub(super) host: String,
    pub(super) key: Option<Key>,
    pub(super) key_name: String,
    pub(super) model: String,
    pub(super) port: u16,
    pub(super) provider: Provider,
}

/// What a request asks for, where that decides whose matter a refusal is.
#[derive(Clone, Copy)]
pub(super) enum Asked<'a> {
    /// The first reply of this trial: what is sent is the scenario's alone.
    First(&'a TrialId),
    /// A later reply: what is sent is as long as what the subject did made it.
    Later,
    /// A judge's answer, or a probe's.
    Beside,
}

impl Asked<'_> {
    /// Whose matter it is that the context does not hold the request, and what to say.
    fn too_long(self, said: &str) -> (Blame, String) {
        let Self::First(trial) = self else {
            return (Blame::Provider, refused_because(said));
        };
        let what = format!("the model's context does not hold the start of trial {trial}");
        let way_out = "leave out the cells of its scenario, ask for fewer output tokens, or test a \
                       model with a larger context";
        (Blame::Setup, format!("{what}: {said}; {way_out}"))
    }
}

fn refused_because(said: &str) -> String {
    format!("the request is refused: {said}")
}

impl Origin {
    /// A fault that names the host.
    pub(super) fn fault(&self, blame: Blame, message: &str) -> Fault {
        Fault::new(blame, format!("{}: {}: {message}", self.provider.as_str(), self.host))
    }

    /// What a status other than success means. The filter of a provider is no failure: it is
    /// answered for the model, with nothing said. Nor is a context that a trial has filled: how much
    /// of it a subject uses is its own matter, and a trial that were invalid for that would leave
    /// the rates with those that did little. The trial goes on, each further request is refused in
    /// the same way for nothing, and the limit of turns ends it.
    ///
    /// # Errors
    /// Every other status.
    pub(super) fn refused(
        &self,
        protocol: &dyn Protocol,
        status: StatusCode,
        came: &Came,
        asked: Asked<'_>,
    ) -> Result<Answer, Failed> {
        let Came { bytes: body, headers, whole, .. } = came;
        let code = status.as_u16();
        let json: Value = serde_json::from_slice(body).unwrap_or_default();
        let said = self.said(&json, came);
        let refused = protocol.refused(code, &json).or(match code {
            401 | 403 => Some(Refused::Key),
            402 => Some(Refused::Account),
            408 | 409 | 425 | 429 | 500..=599 => Some(Refused::Passing(None)),
            _ => None,
        });
        let again = "and run the same command again";
        let (blame, what) = match refused {
            Some(Refused::Content(finish)) if *whole => {
                return Ok(Answer { finish, ..Answer::default() });
            }
            Some(Refused::Context(finish)) if *whole && matches!(asked, Asked::Later) => {
                return Ok(Answer { finish, ..Answer::default() });
            }
            Some(Refused::Passing(says)) => {
                let retry_after = retry_after(headers).or(says);
                let failed = Passing::provider(format!("{code}: {said}"));
                let limited = limits(code, &json, retry_after.is_some());
                return Err(Failed::Passing(Passing { limited, retry_after, ..failed }));
            }
            Some(Refused::Key) => {
                let what =
                    if self.key.is_some() { "the key is refused" } else { "no key was sent" };
                let said = if said.is_empty() { said } else { format!(" ({said})") };
                (Blame::Setup, format!("{what}{said}; set {} {again}", self.key_name))
            }
            Some(Refused::Account) => {
                (Blame::Setup, format!("the account has to pay first: {said}"))
            }
            Some(Refused::Quota) => {
                (Blame::Setup, format!("the account's quota is used up: {said}; raise it {again}"))
            }
            Some(Refused::Setting) => (Blame::Setup, format!("a setting is refused: {said}")),
            None if code == 404 => {
                let (model, service) = (&self.model, self.facts.service);
                let what = format!("no model {model:?} there, or no {service} below this base URL");
                (Blame::Setup, format!("{what}: {said}"))
            }
            None if (300..=399).contains(&code) => {
                let what =
                    "it redirects, which is not followed: give the base URL that it leads to";
                (Blame::Setup, what.to_owned())
            }
            Some(Refused::Context(_)) => asked.too_long(&said),
            Some(Refused::Content(_)) | None => (Blame::Provider, refused_because(&said)),
        };
        let message = format!("{}: {code} from {}: {what}", self.provider.as_str(), self.host);
        Err(Failed::Final(Fault::new(blame, message)))
    }

    /// A text of the server's, for a message: one line, without the key, without anything that a
    /// terminal would obey.
    pub(super) fn excerpt(&self, text: &str) -> String {
        // The key goes first: cut in the middle it would not be found.
        let text = redact::text(self.key.as_ref(), text.to_owned());
        let visible: String = text
            .chars()
            .map(|c| if c.is_control() { ' ' } else { c })
            .take(EXCERPT_CHARS * 4)
            .collect();
        let line = visible.split_whitespace().collect::<Vec<_>>().join(" ");
        match line.char_indices().nth(EXCERPT_CHARS) {
            Some((end, _)) => format!("{}…", &line[..end]),
            None => line,
        }
    }

    /// The provider's id of the exchange, where a header holds it.
    pub(super) fn request_id(&self, came: &Came) -> Option<String> {
        let id = came.header(self.facts.request_id).map(cut_label)?;
        Some(redact::label(self.key.as_ref(), id))
    }

    /// What a failure's body says, for a message.
    fn said(&self, json: &Value, came: &Came) -> String {
        match error_message(json) {
            Some(message) => self.excerpt(&message),
            None => {
                let clean = redact::bytes(self.key.as_ref(), &came.bytes, came.whole);
                self.excerpt(&String::from_utf8_lossy(&clean))
            }
        }
    }
}

/// Whether a failure that may pass says that the server wants fewer requests: 429 (RFC 6585), 503
/// with a time to come back (RFC 9110, section 15.6.4), Anthropic's 529 and `overloaded_error`, and
/// Google's `RESOURCE_EXHAUSTED`, whatever status it comes with.
pub(super) fn limits(status: u16, body: &Value, says_when: bool) -> bool {
    let error = |name: &str| body.pointer(name).and_then(Value::as_str);
    matches!(status, 429 | 529)
        || (status == 503 && says_when)
        || error("/error/status") == Some("RESOURCE_EXHAUSTED")
        || matches!(error("/error/type"), Some("overloaded_error" | "rate_limit_error"))
}

/// `Retry-After` (RFC 9110, section 10.2.3): seconds, or a date. A date is compared with the
/// response's own `Date`, so that no clock of ours has to be right; without that it is not
/// understood.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim);
    let asked = text(RETRY_AFTER)?;
    if let Ok(seconds) = asked.parse::<u64>() {
        return Some(Duration::from_secs(seconds));
    }
    let until = httpdate::parse_http_date(asked).ok()?;
    let sent = httpdate::parse_http_date(text(DATE)?).ok()?;
    Some(until.duration_since(sent).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origin() -> Origin {
        Origin {
            address: "h".into(),
            facts: crate::model::protocol(Provider::OpenAi).facts(),
            host: "h".into(),
            key: Some(Key::new("sk-secret-key".into())),
            key_name: "K".into(),
            model: "m".into(),
            port: 443,
            provider: Provider::OpenAi,
        }
    }

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        #[track_caller]
        fn check(fields: &[(reqwest::header::HeaderName, &str)], seconds: Option<u64>) {
            let fields = fields.iter().map(|(name, v)| (name.clone(), v.parse().unwrap()));
            assert_eq!(retry_after(&fields.collect()), seconds.map(Duration::from_secs));
        }
        let date = (DATE, "Tue, 01 Sep 2026 12:00:00 GMT");
        check(&[], None);
        check(&[(RETRY_AFTER, "7")], Some(7));
        check(&[(RETRY_AFTER, "-7")], None);
        check(&[(RETRY_AFTER, "soon")], None);
        check(&[(RETRY_AFTER, "Tue, 01 Sep 2026 12:00:30 GMT"), date.clone()], Some(30));
        check(&[(RETRY_AFTER, "Tue, 01 Sep 2026 11:00:00 GMT"), date], Some(0));
        check(&[(RETRY_AFTER, "Tue, 01 Sep 2026 12:00:30 GMT")], None);
    }

    #[test]
    fn a_limit_is_told_apart_from_a_failure() {
        #[track_caller]
        fn check(status: u16, body: &str, says_when: bool, expected: bool) {
            let body = serde_json::from_str(body).unwrap();
            assert_eq!(limits(status, &body, says_when), expected);
        }
        check(429, "{}", false, true);
        check(503, "{}", true, true);
        check(503, "{}", false, false);
        check(529, "null", false, true);
        check(500, "{}", true, false);
        check(500, r#"{"error":{"status":"RESOURCE_EXHAUSTED"}}"#, false, true);
        check(503, r#"{"error":{"status":"UNAVAILABLE"}}"#, false, false);
        check(200, r#"{"type":"error","error":{"type":"overloaded_error"}}"#, false, true);
        check(500, r#"{"error":{"type":"api_error"}}"#, false, false);
    }

    #[test]
    fn a_wait_is_at_least_the_backoff_and_at_most_the_cap() {
        let wait = |asked: Option<u64>| {
            let retry_after = asked.map(Duration::from_secs);
            Passing { retry_after, ..Passing::provider(String::new()) }.wait(Duration::from_secs(3))
        };
        assert_eq!(wait(None), Duration::from_secs(3));
        assert_eq!(wait(Some(0)), Duration::from_secs(3));
        assert_eq!(wait(Some(9)), Duration::from_secs(9));
        assert_eq!(wait(Some(86_400)), RETRY_AFTER_MAX);
    }

    #[test]
    fn an_excerpt_is_one_clean_line_without_the_key() {
        let origin = origin();
        assert_eq!(origin.excerpt("a\n\tb \u{1b}[31m sk-secret-key"), "a b [31m [key]");
        let cut_within = format!("{}sk-secret-key", "x".repeat(EXCERPT_CHARS - 2));
        assert!(!origin.excerpt(&cut_within).contains("sk"));
        assert_eq!(origin.excerpt(&"é".repeat(5_000)).chars().count(), EXCERPT_CHARS + 1);
    }
}
