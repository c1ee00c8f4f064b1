//! What the judge answered, held against the schema: a model may not keep to it.

use kit::Value;

/// An answer of the shape that [`crate::question::SCHEMA`] asks for.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) says: Says,
    pub(crate) quote: String,
    reason: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Says {
    Yes,
    No,
    Unclear,
}

impl Answer {
    /// The reason on one line, cut to what a table can hold.
    pub(crate) fn reason(&self) -> String {
        const CHARS: usize = 200;
        let line: Vec<&str> = self.reason.split_whitespace().collect();
        line.join(" ").chars().take(CHARS).collect()
    }
}

/// Reads an answer.
///
/// # Errors
/// With what it lacks: then there is no verdict, because a guess would be ours.
pub(crate) fn read(text: &str) -> Result<Answer, String> {
    let value: Value = serde_json::from_str(text.trim())
        .map_err(|error| format!("the judge's answer is not JSON: {error}"))?;
    let field = |name: &str| {
        let found = value.get(name).and_then(Value::as_str);
        found.ok_or_else(|| format!("the judge's answer has no text `{name}`"))
    };
    let says = match field("answer")? {
        "yes" => Says::Yes,
        "no" => Says::No,
        "unclear" => Says::Unclear,
        _ => return Err("the judge's `answer` is none of yes, no, unclear".to_owned()),
    };
    Ok(Answer { says, quote: field("quote")?.to_owned(), reason: field("reason")?.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_outside_the_schema_is_no_answer() {
        let good = r#" {"answer": "yes", "quote": "q", "reason": " a\n  b "} "#;
        let answer = read(good).unwrap();
        assert_eq!((answer.says, answer.quote.as_str()), (Says::Yes, "q"));
        assert_eq!(answer.reason(), "a b");
        for (bad, why) in [
            ("yes", "not JSON"),
            (r#"{"answer": "yes", "quote": "q"}"#, "no text `reason`"),
            (r#"{"answer": true, "quote": "q", "reason": "r"}"#, "no text `answer`"),
            (r#"{"answer": "maybe", "quote": "q", "reason": "r"}"#, "none of yes, no, unclear"),
        ] {
            let error = read(bad).unwrap_err();
            assert!(error.contains(why), "{error}");
        }
    }
}
