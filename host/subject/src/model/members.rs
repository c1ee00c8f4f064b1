//! A JSON object whose members keep their order and their bytes: what is changed of a request or put
//! into an answer stands beside what is passed on as it came.

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::Value;
use serde_json::value::{RawValue, to_raw_value};
use std::fmt;

/// Members in their order. Of two with one name the last one counts, as for most readers.
#[derive(Clone, Default)]
pub(crate) struct Members(Vec<(String, Box<RawValue>)>);

impl Members {
    /// The members of a JSON object; none for anything else.
    pub(crate) fn parse(json: &str) -> Option<Self> {
        serde_json::from_str(json).ok()
    }

    /// A member's JSON, byte for byte.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().rev().find(|(known, _)| known == name);
        found.map(|(_, value)| value.get())
    }

    /// A member's value; null for one that is missing or nested too deeply to be read.
    pub(crate) fn value(&self, name: &str) -> Value {
        self.get(name).and_then(|json| serde_json::from_str(json).ok()).unwrap_or_default()
    }

    /// A member that is a text; empty where it is none.
    pub(crate) fn text(&self, name: &str) -> String {
        match self.value(name) {
            Value::String(text) => text,
            _ => String::new(),
        }
    }

    /// The items of a member that is a list, byte for byte; none where it is none.
    pub(crate) fn items(&self, name: &str) -> Vec<&str> {
        self.get(name).map(super::protocol::items).unwrap_or_default()
    }

    /// Those of them that are objects.
    pub(crate) fn objects(&self, name: &str) -> impl Iterator<Item = Self> {
        self.items(name).into_iter().filter_map(Self::parse)
    }

    /// The names in their order.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(name, _)| name.as_str())
    }

    /// Gives a member this value, in its place or at the end.
    pub(crate) fn set(&mut self, name: &str, value: impl Serialize) {
        let value = to_raw_value(&value).expect("what is put into an object has a JSON form");
        match self.0.iter().rposition(|(known, _)| known == name) {
            Some(at) => {
                self.0[at].1 = value;
                let mut position = 0;
                self.0.retain(|(known, _)| {
                    position += 1;
                    known != name || position == at + 1
                });
            }
            None => self.0.push((name.to_owned(), value)),
        }
    }

    /// The same with a member more.
    pub(crate) fn with(mut self, name: &str, value: impl Serialize) -> Self {
        self.set(name, value);
        self
    }

    /// The same with a member more, if there is a value.
    pub(crate) fn with_some(self, name: &str, value: Option<impl Serialize>) -> Self {
        match value {
            Some(value) => self.with(name, value),
            None => self,
        }
    }

    /// The same with the members of another object at its end.
    pub(crate) fn merged(mut self, other: Self) -> Self {
        self.0.extend(other.0);
        self
    }

    /// Takes a member out; whether there was one.
    pub(crate) fn remove(&mut self, name: &str) -> bool {
        let before = self.0.len();
        self.0.retain(|(known, _)| known != name);
        self.0.len() < before
    }

    /// Whether there is none.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The object as JSON.
    pub(crate) fn to_json(&self) -> String {
        serde_json::to_string(self).expect("members are JSON")
    }
}

impl Serialize for Members {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, value) in &self.0 {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(InOrder)
    }
}

struct InOrder;

impl<'de> Visitor<'de> for InOrder {
    type Value = Members;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members, A::Error> {
        let mut members = Vec::new();
        while let Some(member) = map.next_entry()? {
            members.push(member);
        }
        Ok(Members(members))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_keep_their_order_and_their_bytes() {
        let mut members = Members::parse(r#"{"z": 1.50, "a":{"y": "\u00e9"},"z":2e0 }"#).unwrap();
        assert_eq!(members.get("z"), Some("2e0"));
        assert_eq!(members.to_json(), r#"{"z":1.50,"a":{"y": "\u00e9"},"z":2e0}"#);
        members.set("z", 3);
        members.set("b", "x");
        assert_eq!(members.to_json(), r#"{"a":{"y": "\u00e9"},"z":3,"b":"x"}"#);
        assert!(members.remove("a") && !members.remove("a"));
        assert_eq!(members.names().collect::<Vec<_>>(), ["z", "b"]);
        assert_eq!((members.text("b"), members.text("z")), ("x".to_owned(), String::new()));
    }

    #[test]
    fn what_is_no_object_has_no_members() {
        for json in ["", "1", "[]", "{", r#"{"a":}"#, r#"{1:2}"#, "null"] {
            assert!(Members::parse(json).is_none(), "{json}");
        }
        let deep = format!("{{\"a\":{}{}}}", "[".repeat(100_000), "]".repeat(100_000));
        assert_eq!(Members::parse(&deep).unwrap().value("a"), Value::Null);
    }
}
