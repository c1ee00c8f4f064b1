//! DSSE envelopes: made by [`seal`], opened by [`Sealed`], believed only as [`Verified`].

use crate::key::{PublicKey, SigningKey};
use record::canonical::{self, CanonicalError};
use record::digest::Digest;
use record::statement::{Envelope, PayloadType, Signature, Statement};
use thiserror::Error;

/// Largest envelope, in bytes, that is parsed at all: a statement on one result has about 1,500.
pub const ENVELOPE_BYTES_MAX: usize = 64 << 10;

/// Why an envelope was not believed.
#[derive(Debug, Error)]
pub enum SealError {
    /// Too large to be one.
    #[error("envelope: {found} bytes, expected {ENVELOPE_BYTES_MAX} at most")]
    TooLarge {
        /// Its size in bytes.
        found: usize,
    },
    /// Not an envelope of this profile.
    #[error("envelope: {0}")]
    Envelope(CanonicalError),
    /// None, or several.
    #[error("envelope: {found} signatures, expected 1")]
    Signatures {
        /// How many.
        found: usize,
    },
    /// Not by this key.
    #[error("envelope: signed by another key: expected key {expected}, found key {found}")]
    OtherKey {
        /// Id of the key that was asked for.
        expected: Digest,
        /// Id that the envelope names.
        found: Digest,
    },
    /// By nobody.
    #[error("envelope: the signature is not one of key {key} over these bytes")]
    Signature {
        /// Id of the key.
        key: Digest,
    },
    /// Signed, but not a statement of this profile.
    #[error("statement: {0}")]
    Statement(CanonicalError),
}

/// Signs a statement and returns the canonical bytes of its envelope. The same statement and key
/// give the same bytes (RFC 8032 signatures need no randomness).
///
/// # Errors
/// When an integer lies outside the canonical profile.
pub fn seal(statement: &Statement, key: &SigningKey) -> Result<Vec<u8>, SealError> {
    let payload = canonical::to_bytes(statement).map_err(SealError::Statement)?;
    let payload_type = PayloadType::InToto;
    let sig = key.sign(&pre_authentication_encoding(payload_type, &payload)).to_vec();
    let signatures = vec![Signature { keyid: key.public().id(), sig }];
    canonical::to_bytes(&Envelope { payload, payload_type, signatures })
        .map_err(SealError::Envelope)
}

/// An envelope of the right shape: a claim that nobody has checked.
#[derive(Clone, Debug)]
pub struct Sealed {
    payload: Vec<u8>,
    payload_type: PayloadType,
    signature: Signature,
}

impl Sealed {
    /// Reads the envelope; the payload stays unread until its signature is checked.
    ///
    /// # Errors
    /// When it is too large, not canonical, or not signed exactly once.
    pub fn open(bytes: &[u8]) -> Result<Self, SealError> {
        if bytes.len() > ENVELOPE_BYTES_MAX {
            return Err(SealError::TooLarge { found: bytes.len() });
        }
        let envelope: Envelope = canonical::from_bytes(bytes).map_err(SealError::Envelope)?;
        let Envelope { payload, payload_type, signatures } = envelope;
        let [signature] = <[Signature; 1]>::try_from(signatures)
            .map_err(|all| SealError::Signatures { found: all.len() })?;
        Ok(Self { payload, payload_type, signature })
    }

    /// Id of the key that is said to have signed.
    pub const fn key_id(&self) -> Digest {
        self.signature.keyid
    }

    /// Checks the signature against `key`, then reads the very bytes that were signed.
    ///
    /// # Errors
    /// When another key signed, the signature does not hold, or the payload is no statement.
    pub fn verify(self, key: &PublicKey) -> Result<Verified<Statement>, SealError> {
        let id = key.id();
        if self.signature.keyid != id {
            return Err(SealError::OtherKey { expected: id, found: self.signature.keyid });
        }
        let message = pre_authentication_encoding(self.payload_type, &self.payload);
        let holds = <[u8; 64]>::try_from(self.signature.sig.as_slice())
            .is_ok_and(|signature| key.verifies(&message, &signature));
        if !holds {
            return Err(SealError::Signature { key: id });
        }
        let value = canonical::from_bytes(&self.payload).map_err(SealError::Statement)?;
        Ok(Verified { key: id, payload: Digest::of(&self.payload), value })
    }
}

/// A value whose signature was checked. It has no public constructor: holding one is the proof.
#[derive(Clone, Debug)]
pub struct Verified<T> {
    key: Digest,
    payload: Digest,
    value: T,
}

impl<T> Verified<T> {
    /// Id of the key that signed.
    pub const fn key_id(&self) -> Digest {
        self.key
    }

    /// Digest of the bytes that were signed: what is the same however often it is sent, because
    /// the envelope around it could be written in other ways.
    pub const fn payload(&self) -> Digest {
        self.payload
    }

    /// What was signed.
    pub const fn get(&self) -> &T {
        &self.value
    }
}

/// DSSE v1, `protocol.md`: `"DSSEv1" SP LEN(type) SP type SP LEN(body) SP body`, lengths in decimal.
fn pre_authentication_encoding(payload_type: PayloadType, payload: &[u8]) -> Vec<u8> {
    let name = payload_type.as_str();
    let mut message = format!("DSSEv1 {} {name} {} ", name.len(), payload.len()).into_bytes();
    message.extend_from_slice(payload);
    message
}
