//! JSON that is nearly what a reader expects, for tests of readers.

use serde_json::Value;

/// The value with one node of it replaced, for every node and every other kind of value.
pub(crate) fn variants(value: &Value) -> Vec<Value> {
    let others = [r#"null"#, "true", "-1.5", r#""""#, r#""x""#, "[]", "{}", "[[{}],null]"];
    let mut variants: Vec<Value> =
        others.iter().map(|other| serde_json::from_str(other).unwrap()).collect();
    match value {
        Value::Array(items) => {
            for (at, item) in items.iter().enumerate() {
                variants.extend(variants_at(item, |changed| {
                    let mut items = items.clone();
                    items[at] = changed;
                    Value::Array(items)
                }));
            }
        }
        Value::Object(members) => {
            for (name, member) in members {
                variants.extend(variants_at(member, |changed| {
                    let mut members = members.clone();
                    members.insert(name.clone(), changed);
                    Value::Object(members)
                }));
                let mut less = members.clone();
                less.remove(name);
                variants.push(Value::Object(less));
            }
        }
        _ => {}
    }
    variants
}

fn variants_at(value: &Value, put_back: impl Fn(Value) -> Value) -> Vec<Value> {
    variants(value).into_iter().map(put_back).collect()
}
