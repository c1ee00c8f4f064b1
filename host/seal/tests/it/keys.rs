//! Key files: who may read them, what OpenSSL makes of them, which keys are refused.

use crate::{openssl, succeed};
use record::digest::Digest;
use seal::key::{KeyError, PublicKey, SigningKey};
use std::fs;

#[test]
fn openssl_reads_our_keys_and_agrees_on_the_id() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let key = SigningKey::generate([7; 32]);
    key.save(&at("key.pem")).unwrap();
    key.public().save(&at("pub.pem")).unwrap();

    succeed(&openssl(folder.path(), &["pkey", "-in", "key.pem", "-pubout", "-out", "again.pem"]));
    assert_eq!(fs::read(at("again.pem")).unwrap(), fs::read(at("pub.pem")).unwrap());
    let der = openssl(folder.path(), &["pkey", "-pubin", "-in", "pub.pem", "-outform", "DER"]);
    succeed(&der);
    assert_eq!(key.public().id(), Digest::of(&der.stdout));
}

#[test]
fn keys_that_openssl_made_load() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    succeed(&openssl(folder.path(), &["genpkey", "-algorithm", "ed25519", "-out", "key.pem"]));
    succeed(&openssl(folder.path(), &["pkey", "-in", "key.pem", "-pubout", "-out", "pub.pem"]));
    private(&at("key.pem"));
    let key = SigningKey::load(&at("key.pem")).unwrap();
    assert_eq!(key.public(), PublicKey::load(&at("pub.pem")).unwrap());
    assert_eq!(key.public().to_pem(), fs::read_to_string(at("pub.pem")).unwrap());
}

#[test]
fn a_key_is_private_and_never_overwritten() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("key.pem");
    SigningKey::generate([1; 32]).save(&path).unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }
    let before = fs::read(&path).unwrap();
    let error = SigningKey::generate([2; 32]).save(&path).unwrap_err();
    assert!(matches!(error, KeyError::Exists { .. }), "{error}");
    assert_eq!(fs::read(&path).unwrap(), before);
    assert_eq!(
        error.to_string(),
        format!(
            "{}: exists already, and a key is never overwritten; choose another path",
            path.display()
        )
    );
}

#[cfg(unix)]
#[test]
fn a_private_key_that_others_may_read_is_refused() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("key.pem");
    SigningKey::generate([1; 32]).save(&path).unwrap();
    for mode in [0o640, 0o604, 0o660, 0o601] {
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        let error = SigningKey::load(&path).unwrap_err().to_string();
        let expected = format!("mode {mode:03o} lets others read this private key; run `chmod 600");
        assert!(error.contains(&expected), "{error}");
    }
    private(&path);
    SigningKey::load(&path).unwrap();
}

#[test]
fn what_is_no_key_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("key.pem");
    let other = SigningKey::generate([1; 32]).public().to_pem();
    for text in ["", "key", &other, &"x".repeat(5000)] {
        fs::write(&path, text).unwrap();
        private(&path);
        let error = SigningKey::load(&path).unwrap_err();
        assert!(matches!(error, KeyError::Format { .. }), "{error}");
    }
    succeed(&openssl(
        folder.path(),
        &["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", "key.pem"],
    ));
    private(&path);
    let error = SigningKey::load(&path).unwrap_err();
    assert!(matches!(error, KeyError::Format { .. }), "{error}");
}

/// The eight points of small order, and the encodings of y that reach past the field's prime
/// (RFC 8032 section 5.1.3; the list is that of "Taming the many EdDSAs", table 1).
#[test]
fn weak_public_keys_are_refused() {
    let refused = [
        "0100000000000000000000000000000000000000000000000000000000000000",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0000000000000000000000000000000000000000000000000000000000000080",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
        "0100000000000000000000000000000000000000000000000000000000000080",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        // y = p + 3, a point of full order in its second spelling.
        "f0ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    ];
    for point in refused {
        let error = PublicKey::from_pem("key.pem", &pem(point)).unwrap_err().to_string();
        assert!(
            error.starts_with("key.pem: a weak Ed25519 public key: ")
                || error.starts_with("key.pem: expected an Ed25519 public key (SPKI)"),
            "{error}"
        );
    }
    let good = hex(SigningKey::generate([1; 32]).public().to_pem());
    PublicKey::from_pem("key.pem", &pem(&good)).unwrap();
}

/// SPKI PEM of a point that is given as 64 hex digits, built by OpenSSL-independent means.
fn pem(point: &str) -> String {
    let der = format!("302a300506032b6570032100{point}");
    let bytes: Vec<u8> = (0..der.len())
        .step_by(2)
        .map(|i| u8::from_str_radix(&der[i..i + 2], 16).unwrap())
        .collect();
    format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", BASE64.encode(bytes))
}

/// The hex digits of the point in a public key's PEM.
fn hex(pem: String) -> String {
    let line = pem.lines().nth(1).unwrap();
    BASE64.decode(line).unwrap()[12..].iter().map(|b| format!("{b:02x}")).collect()
}

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

fn private(path: &std::path::Path) {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
    }
    #[cfg(not(unix))]
    let _ = path;
}
