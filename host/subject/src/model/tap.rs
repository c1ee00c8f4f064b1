//! What can be seen of every try: the very bytes that went out and came back.

use crate::model::connection::Came;
use crate::model::failure::{Failed, Origin};
use crate::model::{gate, redact};
use record::digest::Digest;
use record::event::Replied;
use record::id::TrialId;
use record::price::Tokens;
use std::sync::Arc;
use std::time::Duration;

/// Told of every try when it is over, answered or not. A try that is cut short by the end of the
/// run is not told.
pub type OnExchange = Arc<dyn Fn(&Tried<'_>) + Send + Sync>;

/// A try of a call of a model that is over. Neither the key nor its header is in it: where a server
/// repeats the key, `[key]` stands in its place.
#[derive(Clone, Copy, Debug)]
pub struct Tried<'a> {
    /// The number of the try, from 1.
    pub attempt: u32,
    /// Why it gave no answer; one line. None where it did.
    pub failure: Option<&'a str>,
    /// The model that the server says it served; empty where it does not say.
    pub model: &'a str,
    /// How long the try waited at the gate before it was sent.
    pub queued: Duration,
    /// The request's body.
    pub request: &'a [u8],
    /// Of the body that was sent, as [`Exchange::request`](record::event::Exchange::request).
    pub request_digest: Digest,
    /// The provider's id of the exchange; empty where it gives none.
    pub request_id: &'a str,
    /// What was read of the response's body. Of an answer all, of an error 64 KiB at most, of a
    /// connection that broke what came before.
    pub response: &'a [u8],
    /// Of the bytes that were read, as [`Exchange::response`](record::event::Exchange::response);
    /// [`Self::response`] has another where the key was taken out of it.
    pub response_digest: Digest,
    /// The response's status; none where no head of a response came.
    pub status: Option<u16>,
    /// From the first byte out to the last byte in, the connection included.
    pub took: Duration,
    /// What the server says it used; nothing where it gave no answer.
    pub tokens: Tokens,
    /// The trial whose reply was asked for; none for a judge's answer and for a probe.
    pub trial: Option<&'a TrialId>,
    /// How many replies the trial had before; 0 where there is no trial.
    pub turn: usize,
    /// Whether [`Self::response`] is the whole body.
    pub whole: bool,
}

/// A try with its times.
pub(super) struct Try {
    pub(super) came: Came,
    pub(super) outcome: Result<Replied, Failed>,
    pub(super) queued: Duration,
    pub(super) took: Duration,
}

impl Try {
    /// Tells `tap` of it.
    pub(super) fn tell(
        &self,
        tap: &OnExchange,
        origin: &Origin,
        request: &[u8],
        (trial, turn, attempt): (Option<&TrialId>, usize, u32),
    ) {
        let Came { bytes, status, whole, .. } = &self.came;
        let key = origin.key.as_ref();
        let replied = self.outcome.as_ref().ok();
        let exchange = replied.and_then(|replied| replied.exchange.as_ref());
        let failure = match &self.outcome {
            Ok(_) => None,
            Err(Failed::Final(fault)) => Some(fault.message.as_str()),
            Err(Failed::Passing(passing)) => Some(passing.message.as_str()),
        };
        let header_id = || origin.request_id(&self.came).unwrap_or_default();
        let request_id = exchange.map_or_else(header_id, |exchange| exchange.request_id.clone());
        let (request_digest, response_digest) = exchange.map_or_else(
            || (Digest::of(request), Digest::of(bytes)),
            |exchange| (exchange.request, exchange.response),
        );
        tap(&Tried {
            attempt,
            failure,
            model: exchange.map_or("", |exchange| &exchange.model),
            queued: self.queued,
            request: &redact::bytes(key, request, true),
            request_digest,
            request_id: &request_id,
            response: &redact::bytes(key, bytes, *whole),
            response_digest,
            status: status.map(|status| status.as_u16()),
            took: self.took,
            tokens: replied.map_or_else(Tokens::default, gate::tokens),
            trial,
            turn,
            whole: *whole,
        });
    }

    /// What kind of failure it was, in one of few words: the status, or what broke. None for an
    /// answer.
    pub(super) fn error_type(&self) -> Option<String> {
        match (&self.outcome, self.came.status) {
            (Ok(_), _) => None,
            (Err(_), Some(status)) if !status.is_success() => Some(status.as_str().to_owned()),
            (Err(Failed::Passing(passing)), _) => Some(passing.kind.to_owned()),
            (Err(Failed::Final(_)), _) => Some("answer_too_long".to_owned()),
        }
    }
}
