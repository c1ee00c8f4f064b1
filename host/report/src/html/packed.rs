//! Data that a page carries for its script: JSON with every text stored once, gzipped, in base64.
//!
//! A run says the same few hundred sentences ten thousand times, so most of a page's text is
//! worth storing once. The page unpacks with `DecompressionStream`, which browsers have since 2023.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::{Compression, GzBuilder};
use serde_json::Value;
use std::collections::BTreeMap;
use std::io::Write as _;

/// Every text once, in the order in which each was first needed.
#[derive(Default)]
pub(super) struct Strings {
    places: BTreeMap<String, usize>,
    all: Vec<String>,
    bytes: usize,
}

impl Strings {
    /// The place of `text`, which is kept.
    pub(super) fn place(&mut self, text: impl AsRef<str> + Into<String>) -> usize {
        if let Some(place) = self.places.get(text.as_ref()) {
            return *place;
        }
        let text = text.into();
        self.bytes += text.len();
        self.places.insert(text.clone(), self.all.len());
        self.all.push(text);
        self.all.len() - 1
    }

    /// Bytes of all texts together.
    pub(super) const fn bytes(&self) -> usize {
        self.bytes
    }

    /// How many texts there are: where [`Self::back_to`] may return to.
    pub(super) const fn len(&self) -> usize {
        self.all.len()
    }

    /// Forgets every text but the first `len`.
    pub(super) fn back_to(&mut self, len: usize) {
        for text in self.all.drain(len..) {
            self.bytes -= text.len();
            self.places.remove(&text);
        }
    }

    pub(super) fn into_value(self) -> Value {
        Value::from(self.all)
    }
}

/// `value` as the text of a JSON string: gzip (RFC 1952) with neither time nor name in its header,
/// in base64 (RFC 4648, section 4), whose letters need no escape in JSON or HTML. The same value
/// gives the same text on every machine.
///
/// # Errors
/// Writing to memory does not fail.
pub(super) fn pack(value: &Value) -> std::io::Result<String> {
    let mut gzip = GzBuilder::new().write(Vec::new(), Compression::best());
    gzip.write_all(value.to_string().as_bytes())?;
    Ok(STANDARD.encode(gzip.finish()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_has_one_place_until_it_is_forgotten() {
        let mut strings = Strings::default();
        assert_eq!([strings.place("a"), strings.place("bc"), strings.place("a")], [0, 1, 0]);
        assert_eq!((strings.len(), strings.bytes()), (2, 3));
        strings.back_to(1);
        assert_eq!((strings.len(), strings.bytes()), (1, 1));
        assert_eq!([strings.place("d"), strings.place("bc")], [1, 2]);
        assert_eq!(strings.into_value(), serde_json::json!(["a", "d", "bc"]));
    }
}
