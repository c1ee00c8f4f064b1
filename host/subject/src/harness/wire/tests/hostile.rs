//! Whatever a cage sends, it is read or refused, and never ends the host.

use super::*;
use crate::model::variants::variants;
use record::event::{Replied, Reply};

/// A request of every protocol with all that it can hold.
const REQUESTS: [(Provider, &str); 4] = [
    (
        Provider::OpenAi,
        r#"{"model":"m","stream":true,"stream_options":{"include_usage":true},"max_tokens":1,"response_format":{"type":"json_schema","json_schema":{"schema":{}}},"tools":[{"type":"function","function":{"name":"f","description":"d","parameters":{}}}],"messages":[{"role":"system","content":"s"},{"role":"user","content":[{"type":"text","text":"u"}]},{"role":"assistant","content":"a","reasoning":"r","tool_calls":[{"id":"c","function":{"name":"f","arguments":"{}"}}]},{"role":"tool","tool_call_id":"c","name":"f","content":"g"}]}"#,
    ),
    (
        Provider::OpenAiResponses,
        r#"{"model":"m","instructions":"i","previous_response_id":null,"text":{"format":{"type":"json_schema","schema":{}}},"tools":[{"type":"function","name":"f","description":"d","parameters":{}}],"input":[{"role":"user","content":[{"type":"input_text","text":"u"}]},{"type":"reasoning","summary":[{"text":"r"}]},{"type":"function_call","call_id":"c","name":"f","arguments":"{}"},{"type":"function_call_output","call_id":"c","output":"g"}]}"#,
    ),
    (
        Provider::Anthropic,
        r#"{"model":"m","max_tokens":1,"system":[{"type":"text","text":"s"}],"output_config":{"format":{"schema":{}}},"tools":[{"type":"custom","name":"f","description":"d","input_schema":{}}],"messages":[{"role":"user","content":"u"},{"role":"assistant","content":[{"type":"thinking","thinking":"r"},{"type":"text","text":"a"},{"type":"tool_use","id":"c","name":"f","input":{}}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"c","is_error":true,"content":[{"type":"text","text":"g"}]},{"type":"document","source":{"type":"text","data":"d"}}]}]}"#,
    ),
    (
        Provider::Google,
        r#"{"systemInstruction":{"parts":[{"text":"s"}]},"generationConfig":{"maxOutputTokens":1,"responseMimeType":"application/json","responseSchema":{"type":"OBJECT"}},"tools":[{"functionDeclarations":[{"name":"f","description":"d","parameters":{"type":"OBJECT"}}],"googleSearch":{}}],"contents":[{"role":"user","parts":[{"text":"u"},{"inlineData":{"mimeType":"image/png"}}]},{"role":"model","parts":[{"text":"r","thought":true},{"functionCall":{"id":"c","name":"f","args":{}}}]},{"role":"user","parts":[{"functionResponse":{"id":"c","name":"f","response":{"output":"g"},"parts":[{"text":"x"}]}}]}]}"#,
    ),
];

#[test]
fn whatever_a_request_looks_like_it_is_read_and_answered_or_refused() {
    let replied =
        Replied { reply: Reply { text: "a".into(), ..Reply::default() }, ..Replied::default() };
    for (protocol, body) in REQUESTS {
        let whole: Value = serde_json::from_str(body).unwrap();
        let variants = variants(&whole);
        let tried = variants.len();
        let mut taken = 0;
        for variant in variants {
            let mut asked = asked(protocol, &variant.to_string());
            withhold(&mut asked);
            let Ok(conversation) = read(&asked) else { continue };
            taken += 1;
            let once = outline(&conversation);
            assert_eq!(once, outline(&read(&asked).unwrap()));
            for stream in [false, true] {
                asked.stream = stream;
                assert_eq!(write(&asked, &replied).status, 200);
            }
        }
        assert!(tried > 150 && taken > tried / 2, "{protocol:?}: {taken} of {tried}");
    }
}

#[test]
fn what_is_nested_without_end_is_refused_or_passed_over() {
    let deep = format!("{}{}", "[".repeat(200_000), "]".repeat(200_000));
    for (protocol, list) in [
        (Provider::OpenAi, "messages"),
        (Provider::OpenAiResponses, "input"),
        (Provider::Anthropic, "messages"),
        (Provider::Google, "contents"),
    ] {
        assert!(read(&asked(protocol, &deep)).is_err());
        assert!(read(&asked(protocol, &format!("{{\"{list}\":{deep}}}"))).is_err());
        let mut within = asked(protocol, &format!("{{\"{list}\":[],\"tools\":{deep}}}"));
        assert!(read(&within).is_ok());
        withhold(&mut within);
    }
    assert!(read(&Asked { body: vec![0xff; 9], ..asked(Provider::OpenAi, "") }).is_err());
}
