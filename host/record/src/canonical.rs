//! Canonical bytes: RFC 8785 (JCS) with a narrower profile.
//!
//! The profile has strings, booleans, null, arrays, objects and integers within ±(2^53-1); no
//! floats. Within it, the JCS form of a type whose fields are declared in code-unit order is just
//! what `serde_json` writes without spaces, so nothing is sorted at run time; a test in each module
//! compares its types with an independent JCS implementation.

use serde::Serialize;
use serde::de::DeserializeOwned;
use thiserror::Error;

/// Largest integer that every JSON reader keeps exactly (RFC 8785, section 3.2.2.3): 2^53 - 1.
pub const INTEGER_MAX: i64 = (1 << 53) - 1;

/// Why some bytes are not the canonical form of a value.
#[derive(Debug, Error)]
pub enum CanonicalError {
    /// Not JSON, or not of this shape; the message has line and column.
    #[error("{0}")]
    Shape(#[from] serde_json::Error),
    /// The right shape, but spaced, ordered or escaped in another way.
    #[error("not in canonical form (RFC 8785): byte {at} differs from what its own content gives")]
    Form {
        /// Offset of the first difference, in bytes.
        at: usize,
    },
}

/// The canonical bytes of `value`, without a line end.
///
/// # Errors
/// When an integer lies outside ±[`INTEGER_MAX`].
pub fn to_bytes<T: Serialize>(value: &T) -> Result<Vec<u8>, CanonicalError> {
    Ok(serde_json::to_vec(value)?)
}

/// Reads canonical bytes and refuses any other spelling of the same value: one value, one digest.
///
/// # Errors
/// When the bytes are not of the shape of `T`, or not canonical.
pub fn from_bytes<T: Serialize + DeserializeOwned>(bytes: &[u8]) -> Result<T, CanonicalError> {
    let value: T = serde_json::from_slice(bytes)?;
    let again = to_bytes(&value)?;
    if again == bytes {
        return Ok(value);
    }
    let at = again.iter().zip(bytes).take_while(|(a, b)| a == b).count();
    Err(CanonicalError::Form { at })
}

/// `serde(with)` for integers that must stay within ±[`INTEGER_MAX`].
pub(crate) mod safe_integer {
    use super::INTEGER_MAX;
    use serde::{Deserialize, Deserializer, Serializer};

    pub(crate) fn serialize<S, N>(value: &N, serializer: S) -> Result<S::Ok, S::Error>
    where
        S: Serializer,
        N: Copy + TryInto<i64>,
    {
        match (*value).try_into() {
            Ok(number) if (-INTEGER_MAX..=INTEGER_MAX).contains(&number) => {
                serializer.serialize_i64(number)
            }
            _ => Err(serde::ser::Error::custom("integer outside ±(2^53-1)")),
        }
    }

    pub(crate) fn deserialize<'de, D, N>(deserializer: D) -> Result<N, D::Error>
    where
        D: Deserializer<'de>,
        N: TryFrom<i64>,
    {
        let number = i64::deserialize(deserializer)?;
        if !(-INTEGER_MAX..=INTEGER_MAX).contains(&number) {
            return Err(serde::de::Error::custom("integer outside ±(2^53-1)"));
        }
        N::try_from(number).map_err(|_| serde::de::Error::custom("integer below zero"))
    }
}

/// `serde(with)` for bytes as standard padded base64 (RFC 4648, section 4).
pub(crate) mod base64_bytes {
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;
    use serde::{Deserialize, Deserializer, Serializer};

    pub(crate) fn serialize<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&STANDARD.encode(bytes))
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(d: D) -> Result<Vec<u8>, D::Error> {
        STANDARD.decode(String::deserialize(d)?).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
pub(crate) fn check_jcs<T>(value: &T)
where
    T: Serialize + DeserializeOwned + PartialEq + std::fmt::Debug,
{
    let bytes = to_bytes(value).expect("value is within the profile");
    let jcs = serde_jcs::to_vec(value).expect("value serialises");
    assert_eq!(String::from_utf8_lossy(&bytes), String::from_utf8_lossy(&jcs), "field order");
    assert_eq!(&from_bytes::<T>(&bytes).expect("canonical bytes read back"), value);
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    #[test]
    fn another_spelling_is_refused_with_its_place() {
        let text = br#"{"a":1, "b":2}"#;
        let error = from_bytes::<BTreeMap<String, u8>>(text).unwrap_err();
        assert!(matches!(error, CanonicalError::Form { at: 7 }), "{error}");
    }

    #[test]
    fn duplicate_members_are_refused() {
        assert!(from_bytes::<BTreeMap<String, u8>>(br#"{"a":1,"a":1}"#).is_err());
    }
}
