//! Envelopes: what other programs say of them, and that no bit of one can change.

use crate::{openssl, succeed};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use record::digest::Digest;
use record::statement::{EvalResult, EvidenceLevel, RESULT_NAME, Statement, VERDICTS_NAME};
use seal::envelope::{ENVELOPE_BYTES_MAX, SealError, Sealed, seal};
use seal::key::SigningKey;
use std::fs;
use std::process::Command;

fn statement() -> Statement {
    let predicate = EvalResult {
        evidence: EvidenceLevel::Signed,
        format: "0.1".into(),
        host: "0.0.0".into(),
        suite: Digest::of(b"suite"),
        verdicts: Digest::of(b"verdicts"),
    };
    Statement::eval_result(predicate, Digest::of(b"result"))
}

fn key() -> SigningKey {
    SigningKey::generate([3; 32])
}

fn envelope() -> Vec<u8> {
    seal(&statement(), &key()).unwrap()
}

fn check(bytes: &[u8]) -> Result<Statement, SealError> {
    Ok(Sealed::open(bytes)?.verify(&key().public())?.get().clone())
}

#[test]
fn what_was_sealed_is_verified() {
    assert_eq!(check(&envelope()).unwrap(), statement());
    assert_eq!(envelope(), envelope(), "the same statement and key give the same bytes");
    let verified = Sealed::open(&envelope()).unwrap().verify(&key().public()).unwrap();
    assert_eq!(verified.key_id(), key().public().id());
}

#[test]
fn every_flipped_bit_is_refused() {
    let good = envelope();
    for at in 0..good.len() * 8 {
        let mut bad = good.clone();
        bad[at / 8] ^= 1 << (at % 8);
        assert!(check(&bad).is_err(), "bit {at} of {}", String::from_utf8_lossy(&good));
    }
}

#[test]
fn another_key_is_named_beside_the_expected_one() {
    let other = SigningKey::generate([4; 32]).public();
    let error = Sealed::open(&envelope()).unwrap().verify(&other).unwrap_err().to_string();
    let (expected, found) = (other.id(), key().public().id());
    assert_eq!(
        error,
        format!("envelope: signed by another key: expected key {expected}, found key {found}")
    );
}

#[test]
fn a_signature_under_a_borrowed_key_id_is_refused() {
    let forged = seal(&statement(), &SigningKey::generate([4; 32])).unwrap();
    let forged = String::from_utf8(forged).unwrap().replace(
        &SigningKey::generate([4; 32]).public().id().to_string(),
        &key().public().id().to_string(),
    );
    assert!(matches!(check(forged.as_bytes()), Err(SealError::Signature { .. })));
}

#[test]
fn a_signature_with_s_beyond_the_group_order_is_refused() {
    // L, little endian (RFC 8032, section 5.1): S + L passes a lax check and is another text.
    const L: [u8; 32] = [
        0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde,
        0x14, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
    ];
    let text = String::from_utf8(envelope()).unwrap();
    let start = text.find("\"sig\":\"").unwrap() + 7;
    let mut sig = BASE64.decode(&text[start..start + 88]).unwrap();
    let mut carry = 0;
    for (byte, order) in sig[32..].iter_mut().zip(L) {
        let sum = u16::from(*byte) + u16::from(order) + carry;
        *byte = sum as u8;
        carry = sum >> 8;
    }
    let bad = format!("{}{}{}", &text[..start], BASE64.encode(sig), &text[start + 88..]);
    assert!(matches!(check(bad.as_bytes()), Err(SealError::Signature { .. })));
}

#[test]
fn none_or_two_signatures_and_giants_are_refused() {
    let text = String::from_utf8(envelope()).unwrap();
    let start = text.find("[{").unwrap();
    let signature = &text[start + 1..text.len() - 2];
    let two = text.replace(signature, &format!("{signature},{signature}"));
    assert!(matches!(check(two.as_bytes()), Err(SealError::Signatures { found: 2 })));
    let none = text.replace(signature, "");
    assert!(matches!(check(none.as_bytes()), Err(SealError::Signatures { found: 0 })));
    let giant = vec![b' '; ENVELOPE_BYTES_MAX + 1];
    assert!(matches!(check(&giant), Err(SealError::TooLarge { .. })));
}

#[test]
fn openssl_accepts_the_signature() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let text = String::from_utf8(envelope()).unwrap();
    let member = |name: &str| {
        let start = text.find(name).unwrap() + name.len();
        let end = start + text[start..].find('"').unwrap();
        BASE64.decode(&text[start..end]).unwrap()
    };
    let payload = member("\"payload\":\"");
    // Built here from DSSE's text, so that the room's own encoding is checked as well.
    let mut message =
        format!("DSSEv1 28 application/vnd.in-toto+json {} ", payload.len()).into_bytes();
    message.extend(&payload);
    fs::write(at("message"), message).unwrap();
    fs::write(at("sig"), member("\"sig\":\"")).unwrap();
    key().public().save(&at("pub.pem")).unwrap();
    let arguments =
        ["pkeyutl", "-verify", "-pubin", "-inkey", "pub.pem", "-rawin", "-in", "message"];
    let verify = [arguments.as_slice(), &["-sigfile", "sig"]].concat();
    succeed(&openssl(folder.path(), &verify));
}

#[test]
#[allow(clippy::disallowed_methods, reason = "a test may ask where an optional checker lies")]
fn the_independent_checker_accepts_the_envelope() {
    // Without the folder there is nothing independent to ask; OpenSSL's check above still runs.
    let Some(checkers) = std::env::var_os("KINSHIP_CHECKERS") else { return };
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    fs::write(at("envelope.json"), envelope()).unwrap();
    key().public().save(&at("pub.pem")).unwrap();
    fs::write(at(RESULT_NAME), "result").unwrap();
    fs::write(at(VERDICTS_NAME), "verdicts").unwrap();
    let output = Command::new("python3")
        .arg(std::path::Path::new(&checkers).join("verify_dsse.py"))
        .args([at("envelope.json"), at("pub.pem")])
        .arg("--closed")
        .arg("--subject")
        .arg(at(RESULT_NAME))
        .arg("--subject")
        .arg(at(VERDICTS_NAME))
        .output()
        .expect("python3 is installed");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
}
