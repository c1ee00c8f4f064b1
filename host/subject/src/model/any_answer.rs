//! Whatever an answer looks like, it is refused, or it is recorded and the next request can be made:
//! every protocol's answer with every part of it replaced by something else.

use super::*;
use crate::model::protocol::Answer;
use crate::model::variants::variants;
use record::digest::Digest;
use record::event::{Briefing, Exchange, Next, Step, ToolResult};
use serde_json::Value;

/// An answer of every protocol with all that it can hold.
const ANSWERS: [(Provider, &str); 4] = [
    (
        Provider::OpenAi,
        r#"{"id":"i","model":"m","choices":[{"message":{"content":[{"type":"text","text":"a"}],"refusal":"r","reasoning_content":"h","tool_calls":[{"id":"c","function":{"name":"f","arguments":"{}"}}]},"finish_reason":"stop"}],"usage":{"prompt_tokens":1,"completion_tokens":2,"prompt_tokens_details":{"cached_tokens":1},"prompt_cache_hit_tokens":1}}"#,
    ),
    (
        Provider::OpenAiResponses,
        r#"{"id":"i","model":"m","status":"completed","incomplete_details":{"reason":"r"},"output":[{"type":"reasoning","summary":[{"text":"h"}],"encrypted_content":"e"},{"type":"message","content":[{"type":"output_text","text":"a"}]},{"type":"function_call","call_id":"c","name":"f","arguments":"{}"}],"usage":{"input_tokens":1,"output_tokens":2,"input_tokens_details":{"cached_tokens":1}}}"#,
    ),
    (
        Provider::Anthropic,
        r#"{"id":"i","model":"m","content":[{"type":"thinking","thinking":"h","signature":"s"},{"type":"text","text":"a"},{"type":"tool_use","id":"c","name":"f","input":{"x":1}}],"stop_reason":"tool_use","usage":{"input_tokens":1,"output_tokens":2,"cache_read_input_tokens":1}}"#,
    ),
    (
        Provider::Google,
        r#"{"responseId":"i","modelVersion":"m","promptFeedback":{"blockReason":"b"},"candidates":[{"content":{"parts":[{"text":"h","thought":true},{"text":"a"},{"functionCall":{"id":"c","name":"f","args":{"x":1}},"thoughtSignature":"s"}],"role":"model"},"finishReason":"STOP","finishMessage":"f"}],"usageMetadata":{"promptTokenCount":1,"candidatesTokenCount":2,"cachedContentTokenCount":1}}"#,
    ),
];

fn sampling(provider: Provider) -> Sampling {
    Sampling {
        carry: (provider == Provider::OpenAi).then_some(CarriedField::ReasoningContent),
        dialect: Dialect::Native,
        extra: Vec::new(),
        max_output_tokens: 1,
        model: "m".into(),
        provider,
        temperature: None,
        tokens_field: TokensField::MaxTokens,
    }
}

/// The log of a trial whose first reply was this answer, every call of which got a result.
fn log(answer: Answer) -> Vec<Event> {
    let Answer {
        cached_tokens, carried, finish, input_tokens, model, output_tokens, reply, ..
    } = answer;
    let result = |id: &String| ToolResult { content: "r".into(), id: id.clone(), is_error: false };
    let results = reply.calls.iter().map(|call| result(&call.id)).collect();
    let exchange = Exchange {
        cached_tokens,
        carried,
        finish,
        input_tokens,
        model,
        output_tokens,
        request: Digest::of(b"q"),
        request_id: String::new(),
        response: Digest::of(b"a"),
    };
    let briefing = Briefing { memory: vec![], system: "s".into(), tools: vec![], user: "u".into() };
    vec![
        Event::Briefed(briefing),
        Event::Replied(Replied { exchange: Some(exchange), reply, ..Replied::default() }),
        Event::Stepped(Step { next: Next::Ask("on".into()), results }),
    ]
}

#[test]
fn whatever_an_answer_looks_like_it_is_refused_or_recorded_and_talked_on_about() {
    let trial: TrialId = "w/control/0".parse().unwrap();
    for (provider, answer) in ANSWERS {
        let whole: Value = serde_json::from_str(answer).unwrap();
        let sampling = sampling(provider);
        let mut taken = 0;
        let variants = variants(&whole);
        let tried = variants.len();
        for variant in variants {
            let bytes = serde_json::to_vec(&variant).unwrap();
            let parsed = protocol(provider).parse(&sampling, &bytes, 0);
            let Ok(answer) = parsed else { continue };
            taken += 1;
            for event in log(answer.clone()) {
                assert_eq!(Event::from_line(&event.to_line().unwrap()).unwrap(), event);
            }
            let log = log(answer);
            let talk = Talk::read(&trial, &log).unwrap();
            let body = protocol(provider).body(&sampling, &talk).unwrap();
            let _json: Value = serde_json::from_slice(&body).unwrap();
        }
        assert!(tried > 150 && taken > tried / 2, "{provider:?}: {taken} of {tried}");
    }
}
