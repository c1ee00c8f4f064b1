//! Every protocol of a harness before every protocol of a server.

use super::*;

/// An answer of each protocol: words and a call of the tool `a_tool`.
pub(super) const ANSWERS: [(Provider, &str); 4] = [
    (
        Provider::OpenAi,
        r#"{"model":"s","choices":[{"message":{"content":"On it.","tool_calls":[{"id":"c9","function":{"name":"a_tool","arguments":"{\"z\": 1}"}}]},"finish_reason":"tool_calls"}]}"#,
    ),
    (
        Provider::OpenAiResponses,
        r#"{"model":"s","status":"completed","output":[{"type":"message","content":[{"type":"output_text","text":"On it."}]},{"type":"function_call","call_id":"c9","name":"a_tool","arguments":"{\"z\": 1}"}]}"#,
    ),
    (
        Provider::Anthropic,
        r#"{"model":"s","content":[{"type":"text","text":"On it."},{"type":"tool_use","id":"c9","name":"a_tool","input":{"z": 1}}],"stop_reason":"tool_use"}"#,
    ),
    (
        Provider::Google,
        r#"{"modelVersion":"s","candidates":[{"content":{"parts":[{"text":"On it."},{"functionCall":{"id":"c9","name":"a_tool","args":{"z": 1}}}]},"finishReason":"STOP"}]}"#,
    ),
];

/// The same conversation as harnesses of all protocols ask it: two calls of a tool whose name needs
/// another one elsewhere, results in another order, and a further word.
pub(super) const ASKED: [(Provider, &str); 4] = [
    (
        Provider::OpenAi,
        r#"{"model":"x","max_tokens":7,"temperature":0.5,"stream":true,"stream_options":{"include_usage":true},"messages":[{"role":"system","content":"You help."},{"role":"user","content":"Do it."},
        {"role":"assistant","content":"Two.","tool_calls":[{"id":"i.1","type":"function","function":{"name":"a.tool","arguments":"{\"z\":1}"}},{"id":"i.2","type":"function","function":{"name":"a.tool","arguments":"{}"}}]},
        {"role":"tool","tool_call_id":"i.2","content":"two"},{"role":"tool","tool_call_id":"i.1","content":"one"},{"role":"user","content":"Go on."}],
        "tools":[{"type":"function","function":{"name":"a.tool","description":"d","parameters":{"type":"object","anyOf":[{}]}}}]}"#,
    ),
    (
        Provider::OpenAiResponses,
        r#"{"model":"x","max_output_tokens":7,"temperature":0.5,"stream":true,"instructions":"You help.","input":[{"role":"user","content":"Do it."},{"role":"assistant","content":"Two."},
        {"type":"function_call","call_id":"i.1","name":"a.tool","arguments":"{\"z\":1}"},{"type":"function_call","call_id":"i.2","name":"a.tool","arguments":"{}"},
        {"type":"function_call_output","call_id":"i.2","output":"two"},{"type":"function_call_output","call_id":"i.1","output":"one"},{"role":"user","content":"Go on."}],
        "tools":[{"type":"function","name":"a.tool","description":"d","parameters":{"type":"object","anyOf":[{}]}}]}"#,
    ),
    (
        Provider::Anthropic,
        r#"{"model":"x","max_tokens":7,"temperature":0.5,"stream":true,"system":"You help.","messages":[{"role":"user","content":"Do it."},
        {"role":"assistant","content":[{"type":"text","text":"Two."},{"type":"tool_use","id":"i.1","name":"a.tool","input":{"z":1}},{"type":"tool_use","id":"i.2","name":"a.tool","input":{}}]},
        {"role":"user","content":[{"type":"tool_result","tool_use_id":"i.2","content":"two"},{"type":"tool_result","tool_use_id":"i.1","content":"one"},{"type":"text","text":"Go on."}]}],
        "tools":[{"name":"a.tool","description":"d","input_schema":{"type":"object","anyOf":[{}]}}]}"#,
    ),
    (
        Provider::Google,
        r#"{"systemInstruction":{"parts":[{"text":"You help."}]},"contents":[{"role":"user","parts":[{"text":"Do it."}]},
        {"role":"model","parts":[{"text":"Two."},{"functionCall":{"id":"i.1","name":"a.tool","args":{"z":1}}},{"functionCall":{"id":"i.2","name":"a.tool","args":{}}}]},
        {"role":"user","parts":[{"functionResponse":{"id":"i.2","name":"a.tool","response":{"output":"two"}}},{"functionResponse":{"id":"i.1","name":"a.tool","response":{"output":"one"}}},{"text":"Go on."}]}],
        "tools":[{"functionDeclarations":[{"name":"a.tool","description":"d","parametersJsonSchema":{"type":"object","anyOf":[{}]}}]}],"generationConfig":{"maxOutputTokens":7,"temperature":0.5}}"#,
    ),
];

/// What a server of each protocol is told of it where the harness speaks another.
fn told(provider: Provider) -> Value {
    let schema = json!({"type": "object", "anyOf": [{}]});
    let (one, two) = ("call-0-0", "call-0-1");
    match provider {
        Provider::OpenAi => json!({
            "model": "under-test", "max_completion_tokens": 7,
            "messages": [
                {"role": "system", "content": "You help."}, {"role": "user", "content": "Do it."},
                {"role": "assistant", "content": "Two.", "tool_calls": [
                    {"id": one, "type": "function", "function": {"name": "a_tool", "arguments": "{\"z\":1}"}},
                    {"id": two, "type": "function", "function": {"name": "a_tool", "arguments": "{}"}}]},
                {"role": "tool", "tool_call_id": one, "content": "one"},
                {"role": "tool", "tool_call_id": two, "content": "two"},
                {"role": "user", "content": "Go on."}],
            "tools": [{"type": "function", "function": {"name": "a_tool", "description": "d", "parameters": schema}}]
        }),
        Provider::OpenAiResponses => json!({
            "model": "under-test", "max_output_tokens": 7, "instructions": "You help.",
            "store": false, "include": ["reasoning.encrypted_content"],
            "input": [
                {"type": "message", "role": "user", "content": "Do it."},
                {"type": "message", "role": "assistant", "content": "Two."},
                {"type": "function_call", "call_id": one, "name": "a_tool", "arguments": "{\"z\":1}"},
                {"type": "function_call", "call_id": two, "name": "a_tool", "arguments": "{}"},
                {"type": "function_call_output", "call_id": one, "output": "one"},
                {"type": "function_call_output", "call_id": two, "output": "two"},
                {"type": "message", "role": "user", "content": "Go on."}],
            "tools": [{"type": "function", "name": "a_tool", "description": "d", "parameters": schema, "strict": false}]
        }),
        Provider::Anthropic => json!({
            "model": "under-test", "max_tokens": 7, "system": "You help.",
            "messages": [
                {"role": "user", "content": [{"type": "text", "text": "Do it."}]},
                {"role": "assistant", "content": [{"type": "text", "text": "Two."},
                    {"type": "tool_use", "id": one, "name": "a_tool", "input": {"z": 1}},
                    {"type": "tool_use", "id": two, "name": "a_tool", "input": {}}]},
                {"role": "user", "content": [
                    {"type": "tool_result", "tool_use_id": one, "content": "one"},
                    {"type": "tool_result", "tool_use_id": two, "content": "two"},
                    {"type": "text", "text": "Go on."}]}],
            "tools": [{"name": "a_tool", "description": "d", "input_schema": {"type": "object"}}]
        }),
        Provider::Google => json!({
            "systemInstruction": {"parts": [{"text": "You help."}]},
            "contents": [
                {"role": "user", "parts": [{"text": "Do it."}]},
                {"role": "model", "parts": [{"text": "Two."},
                    {"functionCall": {"name": "a_tool", "args": {"z": 1}}},
                    {"functionCall": {"name": "a_tool", "args": {}}}]},
                {"role": "user", "parts": [
                    {"functionResponse": {"name": "a_tool", "response": {"output": "one"}}},
                    {"functionResponse": {"name": "a_tool", "response": {"output": "two"}}},
                    {"text": "Go on."}]}],
            "tools": [{"functionDeclarations": [{"name": "a_tool", "description": "d", "parametersJsonSchema": schema}]}],
            "generationConfig": {"maxOutputTokens": 7}
        }),
    }
}

#[test]
fn every_harness_is_answered_by_every_server() {
    for (protocol, body) in ASKED {
        for (provider, answer) in ANSWERS {
            let asked = asked(protocol, body);
            let (sent, reply) = relayed(provider, |_| (), &asked, &[], answer);
            let name = if protocol == provider { "a_tool" } else { "a.tool" };
            let calls = vec![call("c9", name, "{\"z\": 1}")];
            assert_eq!(reply, Reply { calls, reasoning: None, text: "On it.".into() });
            if protocol != provider {
                assert_eq!(sent, told(provider), "{protocol:?} to {provider:?}");
            }
        }
    }
}
