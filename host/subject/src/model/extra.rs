//! Further fields of a request: what a provider has a name for and this room has no setting for,
//! such as how hard a model thinks. Each is sent as typed and stands in the claim as typed.

use crate::model::members::Members;
use crate::model::protocol::{Facts, raw};
use serde_json::value::RawValue;
use std::fmt;
use std::str::FromStr;
use thiserror::Error;

/// Longest field, in bytes: it stands in every request and in every report.
pub const EXTRA_BYTES_MAX: usize = 1_000;

/// A field of the request's body and its value: `reasoning_effort="high"`,
/// `thinking={"type":"adaptive"}`, `generationConfig.topP=0.9`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Extra {
    name: String,
    value: String,
}

/// A text that is no further field.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error(
    "field {found:?}: expected NAME=JSON in one line of {EXTRA_BYTES_MAX} bytes at most, for \
     example reasoning_effort=\"high\"; a text needs its quotation marks"
)]
pub struct ExtraError {
    /// What was typed, cut to 80 characters.
    pub found: String,
}

impl FromStr for Extra {
    type Err = ExtraError;
    fn from_str(text: &str) -> Result<Self, ExtraError> {
        let wrong = || ExtraError { found: text.chars().take(80).collect() };
        let (name, value) = text.split_once('=').ok_or_else(wrong)?;
        let word = |part: &str| {
            !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
        };
        let named = name.split('.').all(word) && name.split('.').count() <= 2;
        let json = serde_json::from_str::<&RawValue>(value);
        let one_line = text.len() <= EXTRA_BYTES_MAX && !text.contains(char::is_control);
        match json {
            Ok(json) if named && one_line => {
                Ok(Self { name: name.to_owned(), value: json.get().to_owned() })
            }
            _ => Err(wrong()),
        }
    }
}

impl fmt::Display for Extra {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}={}", self.name, self.value)
    }
}

/// Whether one of the fields has that name.
pub(super) fn has(extras: &[Extra], name: &str) -> bool {
    extras.iter().any(|extra| extra.name == name)
}

/// What is wrong with the fields for a protocol.
pub(super) fn check(extras: &[Extra], facts: &Facts) -> Result<(), String> {
    for (number, Extra { name, .. }) in extras.iter().enumerate() {
        if extras[..number].iter().any(|other| other.name == *name) {
            return Err(format!("field {name}: given twice"));
        }
        match name.split_once('.') {
            Some((object, _)) if facts.nested != Some(object) => {
                return Err(format!(
                    "field {name}: this protocol has no object {object} to extend"
                ));
            }
            _ if facts.own.contains(&name.as_str()) => {
                return Err(format!("field {name}: set by the log and the other settings"));
            }
            _ => {}
        }
    }
    Ok(())
}

/// The bytes of an object, with the fields at its end: those without a dot, or those within the
/// object of that name.
pub(super) fn append(mut object: Vec<u8>, extras: &[Extra], within: Option<&str>) -> Vec<u8> {
    for Extra { name, value } in extras {
        let name = match (name.split_once('.'), within) {
            (None, None) => name,
            (Some((outer, member)), Some(within)) if outer == within => member,
            _ => continue,
        };
        object.pop();
        if object.len() > 1 {
            object.push(b',');
        }
        object.extend_from_slice(format!("\"{name}\":{value}}}").as_bytes());
    }
    object
}

/// The same for an object that may hold fields of these names already: they get these values.
pub(super) fn set(object: &mut Members, extras: &[Extra], within: Option<&str>) {
    for Extra { name, value } in extras {
        match (name.split_once('.'), within) {
            (None, None) => object.set(name, raw(value)),
            (Some((outer, member)), Some(within)) if outer == within => {
                object.set(member, raw(value));
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_is_a_name_and_json() {
        for good in ["a=1", "a_b={\"c\":[1.50]}", "a.b=\"x=y\"", "a=null"] {
            assert_eq!(good.parse::<Extra>().unwrap().to_string(), good);
        }
        let long = format!("a={}", "1".repeat(EXTRA_BYTES_MAX));
        for bad in
            ["", "a", "=1", "a=", "a=high", "a b=1", "a.b.c=1", ".b=1", "a=\n1", "a=1 2", &long]
        {
            assert!(bad.parse::<Extra>().is_err(), "{bad}");
        }
        assert_eq!(
            "a=high".parse::<Extra>().unwrap_err().to_string(),
            "field \"a=high\": expected NAME=JSON in one line of 1000 bytes at most, for example \
             reasoning_effort=\"high\"; a text needs its quotation marks"
        );
    }

    #[test]
    fn fields_go_where_they_belong() {
        let extras = ["a=1", "g.b=2", "c={}"].map(|text| text.parse().unwrap());
        let bytes = |object: &str, within| {
            String::from_utf8(append(object.into(), &extras, within)).unwrap()
        };
        assert_eq!(bytes("{}", None), r#"{"a":1,"c":{}}"#);
        assert_eq!(bytes(r#"{"x":0}"#, Some("g")), r#"{"x":0,"b":2}"#);
    }
}
