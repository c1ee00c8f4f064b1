//! Ed25519 keys (RFC 8032) as PEM files: PKCS#8 for the private one, SPKI for the public one
//! (RFC 8410), so keys that OpenSSL makes load here and the other way round.

use ed25519_dalek::pkcs8::spki::der::pem::LineEnding;
use ed25519_dalek::pkcs8::{
    DecodePrivateKey, DecodePublicKey, EncodePrivateKey, EncodePublicKey, KeypairBytes,
};
use ed25519_dalek::{Signer, VerifyingKey};
use record::digest::Digest;
use std::fmt;
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::Path;
use thiserror::Error;

/// Largest key file, in bytes, that is read at all: an Ed25519 key in PEM has about 120.
pub const KEY_BYTES_MAX: u64 = 4096;

/// Why a key was not made, read or written.
#[derive(Debug, Error)]
pub enum KeyError {
    /// The file cannot be read or written.
    #[error("{path}: {error}")]
    File {
        /// Which file.
        path: String,
        /// What the system says.
        error: io::Error,
    },
    /// A key is never written over.
    #[error("{path}: exists already, and a key is never overwritten; choose another path")]
    Exists {
        /// Which file.
        path: String,
    },
    /// Others can read the private key.
    #[error(
        "{path}: mode {mode:03o} lets others read this private key; run `chmod 600 {path}`, \
         and make a new key if somebody else uses this machine"
    )]
    Exposed {
        /// Which file.
        path: String,
        /// Its permission bits.
        mode: u32,
    },
    /// Not a key of this kind.
    #[error("{name}: expected an Ed25519 {expected} in PEM, found {found}")]
    Format {
        /// Which file, or what the key is for.
        name: String,
        /// What it should be.
        expected: &'static str,
        /// What is wrong.
        found: String,
    },
    /// A public key under which a signature proves nothing.
    #[error("{name}: a weak Ed25519 public key: {reason}")]
    Weak {
        /// Which file, or what the key is for.
        name: String,
        /// Why.
        reason: &'static str,
    },
}

/// A private key.
pub struct SigningKey(ed25519_dalek::SigningKey);

/// A public key that is canonical and not of small order.
#[derive(Clone, PartialEq, Eq)]
pub struct PublicKey(VerifyingKey);

impl SigningKey {
    /// The key of 32 bytes from the operating system's generator: the caller draws them, and must
    /// not use them again.
    pub fn generate(entropy: [u8; 32]) -> Self {
        Self(ed25519_dalek::SigningKey::from_bytes(&entropy))
    }

    /// Reads a PKCS#8 PEM file that only its owner may read.
    ///
    /// # Errors
    /// When the file cannot be read, others may read it, or it is no such key.
    pub fn load(path: &Path) -> Result<Self, KeyError> {
        let name = path.display().to_string();
        let file = open(path)?;
        refuse_exposed(&file, &name)?;
        let text = read(file, &name)?;
        match ed25519_dalek::SigningKey::from_pkcs8_pem(&text) {
            Ok(key) => Ok(Self(key)),
            Err(error) => {
                let (expected, found) = ("private key (PKCS#8)", error.to_string());
                Err(KeyError::Format { name, expected, found })
            }
        }
    }

    /// Writes a new PKCS#8 PEM file of mode 0600.
    ///
    /// # Errors
    /// When the file exists or cannot be written.
    pub fn save(&self, path: &Path) -> Result<(), KeyError> {
        // Version 1, without the public key: OpenSSL 3.0 reads no other.
        let pair = KeypairBytes { secret_key: self.0.to_bytes(), public_key: None };
        let pem = pair.to_pkcs8_pem(LineEnding::LF).expect("32 bytes have a PKCS#8 form");
        create(path, pem.as_bytes(), 0o600)
    }

    /// The key that checks this one's signatures.
    pub fn public(&self) -> PublicKey {
        PublicKey(self.0.verifying_key())
    }

    /// An Ed25519 signature of `message`.
    pub(crate) fn sign(&self, message: &[u8]) -> [u8; 64] {
        self.0.sign(message).to_bytes()
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey(of {})", self.public().id())
    }
}

impl PublicKey {
    /// Reads a PEM file (SPKI).
    ///
    /// # Errors
    /// When the file cannot be read or holds no usable key.
    pub fn load(path: &Path) -> Result<Self, KeyError> {
        let name = path.display().to_string();
        let text = read(open(path)?, &name)?;
        Self::from_pem(&name, &text)
    }

    /// Reads a key from PEM text (SPKI). `name` is for messages.
    ///
    /// # Errors
    /// When the text is no Ed25519 key, or one of the keys under which anybody can sign anything
    /// (small order), or one with a second spelling.
    pub fn from_pem(name: &str, text: &str) -> Result<Self, KeyError> {
        let name = name.to_owned();
        let key = match VerifyingKey::from_public_key_pem(text) {
            Ok(key) => key,
            Err(error) => {
                let (expected, found) = ("public key (SPKI)", error.to_string());
                return Err(KeyError::Format { name, expected, found });
            }
        };
        if key.is_weak() {
            let reason = "of small order: one signature fits many messages";
            return Err(KeyError::Weak { name, reason });
        }
        if key.to_edwards().compress().as_bytes() != key.as_bytes() {
            let reason = "not the canonical encoding of its point (RFC 8032, section 5.1.3)";
            return Err(KeyError::Weak { name, reason });
        }
        Ok(Self(key))
    }

    /// The key as PEM text (SPKI), as OpenSSL writes it.
    pub fn to_pem(&self) -> String {
        self.0.to_public_key_pem(LineEnding::LF).expect("a point has an SPKI form")
    }

    /// Writes a new PEM file.
    ///
    /// # Errors
    /// When the file exists or cannot be written.
    pub fn save(&self, path: &Path) -> Result<(), KeyError> {
        create(path, self.to_pem().as_bytes(), 0o644)
    }

    /// The key's id: SHA-256 of its SPKI DER. Two keys are the same iff their ids are equal.
    pub fn id(&self) -> Digest {
        let der = self.0.to_public_key_der().expect("a point has an SPKI form");
        Digest::of(der.as_bytes())
    }

    /// Whether `signature` is this key's for `message`. Strict: refuses the other signatures and
    /// points of small order that RFC 8032 leaves open.
    pub(crate) fn verifies(&self, message: &[u8], signature: &[u8; 64]) -> bool {
        let signature = ed25519_dalek::Signature::from_bytes(signature);
        self.0.verify_strict(message, &signature).is_ok()
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({})", self.id())
    }
}

fn open(path: &Path) -> Result<File, KeyError> {
    File::open(path).map_err(|error| KeyError::File { path: path.display().to_string(), error })
}

fn read(file: File, name: &str) -> Result<String, KeyError> {
    let mut text = String::new();
    let limit = KEY_BYTES_MAX + 1;
    file.take(limit)
        .read_to_string(&mut text)
        .map_err(|error| KeyError::File { path: name.to_owned(), error })?;
    if text.len() as u64 == limit {
        let found = format!("more than {KEY_BYTES_MAX} bytes");
        return Err(KeyError::Format { name: name.to_owned(), expected: "key", found });
    }
    Ok(text)
}

#[cfg(unix)]
fn refuse_exposed(file: &File, name: &str) -> Result<(), KeyError> {
    use std::os::unix::fs::PermissionsExt;
    let path = name.to_owned();
    match file.metadata() {
        Ok(data) if data.permissions().mode() & 0o077 == 0 => Ok(()),
        Ok(data) => Err(KeyError::Exposed { path, mode: data.permissions().mode() & 0o777 }),
        Err(error) => Err(KeyError::File { path, error }),
    }
}

/// Elsewhere the folder's access list decides, and this program cannot judge it.
#[cfg(not(unix))]
fn refuse_exposed(_: &File, _: &str) -> Result<(), KeyError> {
    Ok(())
}

fn create(path: &Path, bytes: &[u8], mode: u32) -> Result<(), KeyError> {
    let name = || path.display().to_string();
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, mode);
    #[cfg(not(unix))]
    let _ = mode;
    let mut file = options.open(path).map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => KeyError::Exists { path: name() },
        _ => KeyError::File { path: name(), error },
    })?;
    file.write_all(bytes).and_then(|()| file.sync_all()).map_err(|error| {
        // Half a key would block the path for good. The first error is the one to tell.
        let _ = std::fs::remove_file(path);
        KeyError::File { path: name(), error }
    })
}
