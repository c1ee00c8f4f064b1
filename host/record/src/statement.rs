//! What is signed, and the envelope around it: an in-toto Statement v1 in a DSSE envelope.
//!
//! Sources: in-toto attestation framework, `spec/v1/statement.md`; DSSE v1, `envelope.md`.
//! The profile is closed: one signature, no unknown members, canonical bytes. Other tools read it
//! as ordinary in-toto; this host reads nothing wider, so one statement has one spelling.

use crate::canonical::base64_bytes;
use crate::digest::Digest;
use serde::{Deserialize, Serialize};

/// Name of the subject that is the result, and of its file in a bundle.
pub const RESULT_NAME: &str = "result.json";
/// Name of the subject that is all verdicts, uncompressed: a trial a line, in plan order.
pub const VERDICTS_NAME: &str = "verdicts.jsonl";

/// A DSSE envelope.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Envelope {
    /// The bytes that are signed (with their type: see DSSE's pre-authentication encoding).
    #[serde(with = "base64_bytes")]
    pub payload: Vec<u8>,
    /// What `payload` is.
    #[serde(rename = "payloadType")]
    pub payload_type: PayloadType,
    /// Exactly one.
    pub signatures: Vec<Signature>,
}

/// What an envelope may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum PayloadType {
    /// An in-toto statement.
    #[serde(rename = "application/vnd.in-toto+json")]
    InToto,
}

impl PayloadType {
    /// The media type, as it is signed.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::InToto => "application/vnd.in-toto+json",
        }
    }
}

/// A signature of an envelope.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Signature {
    /// SHA-256 of the public key's SPKI DER. DSSE does not sign it: a hint until it is compared.
    pub keyid: Digest,
    /// The 64 bytes of an Ed25519 signature.
    #[serde(with = "base64_bytes")]
    pub sig: Vec<u8>,
}

/// An in-toto Statement v1 about the result of a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Statement {
    /// The statement's own format.
    #[serde(rename = "_type")]
    pub kind: StatementType,
    /// What is said of the subjects.
    pub predicate: EvalResult,
    /// What kind of thing `predicate` is.
    #[serde(rename = "predicateType")]
    pub predicate_type: PredicateType,
    /// Of what it is said; subjects are matched by digest.
    pub subject: Vec<Subject>,
}

/// The format of a statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum StatementType {
    /// in-toto Statement v1.
    #[serde(rename = "https://in-toto.io/Statement/v1")]
    V1,
}

/// What a predicate can be. A URN names no host that anybody would have to keep alive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum PredicateType {
    /// [`EvalResult`], version 0.
    #[serde(rename = "urn:kinship:eval-result:v0")]
    EvalResultV0,
}

/// The predicate: a run was done, and came to these subjects.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EvalResult {
    /// How much there is to believe.
    pub evidence: EvidenceLevel,
    /// Format of the result, [`crate::result::FORMAT`].
    pub format: String,
    /// Version of the host that made it.
    pub host: String,
    /// SHA-256 of the suite's manifest.
    pub suite: Digest,
    /// SHA-256 of all verdicts, uncompressed; each holds its event log's digest.
    pub verdicts: Digest,
}

/// How much there is to believe, from the signer's side.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EvidenceLevel {
    /// A key vouches for it; the run was not registered before it was seeded.
    Signed,
}

/// One thing that a statement is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Subject {
    /// What it is.
    pub digest: SubjectDigest,
    /// What it is called.
    pub name: String,
}

/// The digest of a subject.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SubjectDigest {
    /// SHA-256 of its bytes.
    pub sha256: Digest,
}

impl Statement {
    /// The statement on a result, by the digests of its file and of its verdicts.
    pub fn eval_result(predicate: EvalResult, result: Digest) -> Self {
        let subject = |name: &str, sha256| Subject {
            digest: SubjectDigest { sha256 },
            name: name.to_owned(),
        };
        Self {
            kind: StatementType::V1,
            subject: vec![subject(RESULT_NAME, result), subject(VERDICTS_NAME, predicate.verdicts)],
            predicate,
            predicate_type: PredicateType::EvalResultV0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::canonical::{check_jcs, from_bytes, to_bytes};

    fn statement() -> Statement {
        let predicate = EvalResult {
            evidence: EvidenceLevel::Signed,
            format: "0.2".into(),
            host: "0.0.0".into(),
            suite: Digest::of(b"suite"),
            verdicts: Digest::of(b"verdicts"),
        };
        Statement::eval_result(predicate, Digest::of(b"result"))
    }

    #[test]
    fn statements_and_envelopes_are_canonical() {
        check_jcs(&statement());
        check_jcs(&Envelope {
            payload: to_bytes(&statement()).unwrap(),
            payload_type: PayloadType::InToto,
            signatures: vec![Signature { keyid: Digest::of(b"key"), sig: vec![255; 64] }],
        });
    }

    #[test]
    fn the_media_type_is_written_as_it_is_signed() {
        let written = serde_json::to_value(PayloadType::InToto).unwrap();
        assert_eq!(written, PayloadType::InToto.as_str());
    }

    #[test]
    fn another_predicate_or_member_is_refused() {
        let text = String::from_utf8(to_bytes(&statement()).unwrap()).unwrap();
        for (from, to) in [
            ("urn:kinship:eval-result:v0", "urn:kinship:eval-result:v9"),
            ("Statement/v1", "Statement/v2"),
            ("\"signed\"", "\"attested\""),
            ("\"subject\":", "\"more\":1,\"subject\":"),
        ] {
            let other = text.replace(from, to);
            assert_ne!(other, text);
            assert!(from_bytes::<Statement>(other.as_bytes()).is_err(), "{to}");
        }
    }
}
