//! A tool's parameters as the framework takes them: a part of JSON Schema, and nothing in it may
//! have another type than `inspect_ai.util.JSONSchema` declares, or the sample cannot be read.
//! What does not fit is left out: the whole schema stands in the bundle.

use serde_json::{Map, Value, json};

/// Deepest nesting that is taken over. The framework's JSON reader stops at 200.
const DEPTH_MAX: usize = 16;

/// The types of JSON Schema that the framework names.
const TYPES: [&str; 7] = ["string", "integer", "number", "boolean", "array", "object", "null"];

/// `ToolParams` from the text of a JSON Schema; without parameters where it is not one.
pub(super) fn parameters(text: &str) -> Value {
    let schema = serde_json::from_str(text).unwrap_or(Value::Null);
    let kept = kept(&schema, DEPTH_MAX);
    let part = |name: &str| kept.get(name).cloned();
    json!({
        "type": "object",
        "properties": part("properties").unwrap_or_else(|| json!({})),
        "required": part("required").unwrap_or_else(|| json!([])),
        "additionalProperties": part("additionalProperties").unwrap_or(Value::Bool(false)),
    })
}

fn kept(schema: &Value, depth: usize) -> Map<String, Value> {
    let Value::Object(fields) = schema else { return Map::new() };
    fields
        .iter()
        .filter_map(|(name, value)| {
            Some((name.clone(), field(name, value, depth.checked_sub(1)?)?))
        })
        .collect()
}

fn field(name: &str, value: &Value, depth: usize) -> Option<Value> {
    match (name, value) {
        ("type", Value::String(word)) if TYPES.contains(&word.as_str()) => Some(value.clone()),
        ("type", Value::Array(words)) => {
            let named = |word: &Value| word.as_str().is_some_and(|word| TYPES.contains(&word));
            (!words.is_empty() && words.iter().all(named)).then(|| value.clone())
        }
        ("format" | "description" | "pattern", Value::String(_))
        | ("additionalProperties", Value::Bool(_))
        | ("minimum" | "maximum", Value::Number(_)) => Some(value.clone()),
        ("minLength" | "maxLength", Value::Number(number)) => {
            number.is_u64().then(|| value.clone())
        }
        ("enum" | "examples", Value::Array(_)) | ("default", _) => {
            (nesting(value, depth)).then(|| value.clone())
        }
        ("required", Value::Array(names)) => {
            names.iter().all(Value::is_string).then(|| value.clone())
        }
        ("items" | "additionalProperties", Value::Object(_)) => Some(kept(value, depth).into()),
        ("properties", Value::Object(properties)) => {
            let each = properties.iter().map(|(name, of)| (name.clone(), kept(of, depth).into()));
            Some(Value::Object(each.collect()))
        }
        ("anyOf", Value::Array(any)) => {
            Some(any.iter().map(|one| Value::Object(kept(one, depth))).collect())
        }
        _ => None,
    }
}

/// Whether arrays and objects stand at most `depth` deep in each other.
fn nesting(value: &Value, depth: usize) -> bool {
    let Some(below) = depth.checked_sub(1) else { return false };
    match value {
        Value::Array(items) => items.iter().all(|item| nesting(item, below)),
        Value::Object(fields) => fields.values().all(|field| nesting(field, below)),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Value) {
        assert_eq!(parameters(text), expected);
    }

    #[test]
    fn what_the_framework_knows_is_kept() {
        let schema = json!({
            "type": "object",
            "properties": {
                "path": {"type": "string", "description": "d", "minLength": 1},
                "lines": {"type": ["array", "null"], "items": {"type": "integer", "minimum": 0}},
                "how": {"anyOf": [{"enum": ["a", 1]}, {"type": "null"}], "default": "a"},
            },
            "required": ["path"],
            "additionalProperties": false,
        });
        check(&schema.to_string(), schema);
    }

    #[test]
    fn what_it_would_choke_on_is_left_out() {
        check(
            r##"{"type": "object", "$defs": {}, "required": [1], "additionalProperties": 3,
                "properties": {"a": {"type": "tuple", "minLength": -1, "description": null,
                                     "const": 1, "items": [1]}, "b": true}}"##,
            json!({"type": "object", "properties": {"a": {}, "b": {}}, "required": [],
                   "additionalProperties": false}),
        );
        for text in ["", "null", "[]", "{\"properties\": 1}"] {
            check(
                text,
                json!({"type": "object", "properties": {}, "required": [],
                       "additionalProperties": false}),
            );
        }
    }

    #[test]
    fn a_schema_without_end_ends() {
        let deep = format!("{}{}", r#"{"items":"#.repeat(100), "1".to_owned() + &"}".repeat(100));
        let text = format!(r#"{{"properties": {{"a": {deep}}}}}"#);
        assert!(parameters(&text).to_string().matches("items").count() < DEPTH_MAX);
    }
}
