//! Answers as harnesses read them. That they read back as the same reply is held by the model's own
//! parsers, in its room.

use super::*;
use record::event::{Exchange, Replied, Reply, ToolCall};
use serde_json::json;

fn exchange(finish: &str, carried: Option<&str>) -> Exchange {
    Exchange {
        cached_tokens: 4,
        carried: carried.map(str::to_owned),
        finish: finish.into(),
        input_tokens: 11,
        model: "served".into(),
        output_tokens: 7,
        request: Digest::of(b"q"),
        request_id: "r".into(),
        response: Digest::of(b"a"),
    }
}

fn replied(finish: &str, carried: Option<&str>) -> Replied {
    let call = |id: &str, arguments: &str| ToolCall {
        arguments: arguments.into(),
        id: id.into(),
        name: "sh".into(),
    };
    let reply = Reply {
        calls: vec![call("call-2-0", r#"{"z":1.0,"a":2}"#), call("t2", "{\"z\": 1")],
        reasoning: Some("Hm.".into()),
        text: "On\nit.".into(),
    };
    Replied { exchange: Some(exchange(finish, carried)), reply, ..Replied::default() }
}

/// The answer to a request that says nothing.
fn answer(protocol: Provider, stream: bool, replied: &Replied) -> String {
    let body = r#"{"stream_options":{"include_usage":true}}"#;
    let response = write(&Asked { stream, ..asked(protocol, body) }, replied);
    let kind = if stream { "text/event-stream" } else { "application/json" };
    assert_eq!((response.status, response.content_type), (200, kind));
    String::from_utf8(response.bytes).unwrap()
}

/// The events of a stream: names, and data as JSON.
fn events(stream: &str) -> Vec<(String, Value)> {
    let stream = stream.replace("\r\n", "\n");
    let texts = stream.strip_suffix("\n\n").unwrap().split("\n\n").map(str::to_owned);
    let texts = texts.filter(|text| text != "data: [DONE]").collect::<Vec<_>>();
    let event = |text: &String| {
        let (name, data) = match text.strip_prefix("event: ") {
            Some(rest) => rest.split_once('\n').unwrap(),
            None => ("", text.as_str()),
        };
        let data = data.strip_prefix("data: ").unwrap();
        assert!(!data.contains('\n'), "{data}");
        (name.to_owned(), serde_json::from_str(data).unwrap())
    };
    texts.iter().map(event).collect()
}

fn parse(json: &str) -> Value {
    serde_json::from_str(json).unwrap()
}

/// Adds what a delta holds, as clients do: texts are joined, everything else is put.
fn add(whole: &mut Value, delta: &Value) {
    for (name, value) in delta.as_object().unwrap() {
        match (&mut whole[name], value) {
            (Value::String(text), Value::String(more)) => text.push_str(more),
            (place, value) => *place = value.clone(),
        }
    }
}

#[test]
fn a_stream_of_chat_completions_adds_up_to_the_whole() {
    let replied = replied("stop", Some(r#"[{"type":"reasoning.text","signature":"s"}]"#));
    let whole = parse(&answer(Provider::OpenAi, false, &replied));
    let stream = answer(Provider::OpenAi, true, &replied);
    assert!(stream.ends_with("data: [DONE]\n\n"));
    let mut message = json!({});
    let mut calls = Vec::new();
    let mut finish = Value::Null;
    let mut usage = Value::Null;
    for (_, mut chunk) in events(&stream) {
        assert_eq!(chunk["id"], whole["id"]);
        usage = chunk["usage"].take();
        let Some(choice) = chunk.pointer_mut("/choices/0") else { continue };
        assert_eq!(finish, Value::Null, "a chunk after the last");
        finish = choice["finish_reason"].take();
        let mut delta = choice["delta"].take();
        if let Some(mut call) = delta.as_object_mut().unwrap().remove("tool_calls") {
            let mut call = call[0].take();
            assert_eq!(call.as_object_mut().unwrap().remove("index"), Some(calls.len().into()));
            calls.push(call);
        }
        add(&mut message, &delta);
    }
    message["tool_calls"] = calls.into();
    assert_eq!(message, whole["choices"][0]["message"]);
    assert_eq!((&finish, &finish), (&whole["choices"][0]["finish_reason"], &json!("tool_calls")));
    assert_eq!(usage, whole["usage"]);
    assert_eq!(message["tool_calls"][1]["function"]["arguments"], "{\"z\": 1");
    assert_eq!(message["reasoning_details"][0]["signature"], "s");
    let unasked = Asked { stream: true, ..asked(Provider::OpenAi, "{}") };
    let unasked = String::from_utf8(write(&unasked, &replied).bytes).unwrap();
    assert!(events(&unasked).iter().all(|(_, chunk)| chunk.get("usage").is_none()));
}

#[test]
fn a_stream_of_messages_adds_up_to_the_whole() {
    let carried = r#"[{"type":"thinking","thinking":"Hm.","signature":"s/="},{"type":"redacted_thinking","data":"x"},
        {"type":"text","text":"On\nit."},{"type":"tool_use","id":"t","name":"sh","input":{"z": 1.0,
        "a": "\n"}}]"#;
    let plain = replied("stop", None);
    let carried = replied("tool_use", Some(carried));
    for replied in [&plain, &carried] {
        let whole = parse(&answer(Provider::Anthropic, false, replied));
        let mut message = Value::Null;
        let mut input = String::new();
        let mut names = Vec::new();
        for (name, mut data) in events(&answer(Provider::Anthropic, true, replied)) {
            assert_eq!(data["type"], name);
            let at = data["index"].as_u64().unwrap_or_default() as usize;
            match name.as_str() {
                "message_start" => message = data["message"].take(),
                "content_block_start" => {
                    let content = message["content"].as_array_mut().unwrap();
                    assert_eq!(content.len(), at);
                    content.push(data["content_block"].take());
                    input.clear();
                }
                "content_block_delta" => {
                    let mut delta = data["delta"].take();
                    let members = delta.as_object_mut().unwrap();
                    members.remove("type");
                    if let Some(json) = members.remove("partial_json") {
                        input.push_str(json.as_str().unwrap());
                    }
                    add(&mut message["content"][at], &delta);
                }
                "content_block_stop" if !input.is_empty() => {
                    message["content"][at]["input"] = parse(&input);
                }
                "message_delta" => {
                    add(&mut message, &data["delta"]);
                    message["usage"] = data["usage"].take();
                }
                _ => {}
            }
            names.push(name);
        }
        assert_eq!(message, whole);
        assert_eq!(names.last().unwrap(), "message_stop");
        assert_eq!(whole["stop_reason"], "tool_use");
        assert_eq!(whole["usage"]["input_tokens"], 7);
    }
    let whole = parse(&answer(Provider::Anthropic, false, &carried));
    assert_eq!(whole["content"][0]["signature"], "s/=");
    assert!(
        answer(Provider::Anthropic, true, &carried).contains(r#""partial_json":"{\"z\": 1.0,"#)
    );
}

#[test]
fn a_stream_of_responses_adds_up_to_the_whole() {
    let carried = r#"[{"type":"reasoning","id":"rs_1","summary":[{"type":"summary_text","text":"Hm."}],"encrypted_content":"e=="},
        {"type":"message","id":"m","role":"assistant","status":"completed","content":[{"type":"output_text","text":"On it.","annotations":[]},{"type":"refusal","refusal":"No."}]},
        {"type":"function_call","id":"f","call_id":"c","name":"sh","arguments":"{}","status":"completed"}]"#;
    for replied in [replied("stop", None), replied("completed", Some(carried))] {
        let whole = parse(&answer(Provider::OpenAiResponses, false, &replied));
        let mut items: Vec<Value> = Vec::new();
        let mut texts = String::new();
        let events = events(&answer(Provider::OpenAiResponses, true, &replied));
        for (number, (name, data)) in events.iter().enumerate() {
            assert_eq!((&data["type"], &data["sequence_number"]), (&json!(name), &json!(number)));
            match name.as_str() {
                "response.output_item.done" => items.push(data["item"].clone()),
                name if name.ends_with(".delta") => {
                    texts.push_str(data["delta"].as_str().unwrap());
                }
                _ => {}
            }
        }
        let (name, last) = events.last().unwrap();
        assert_eq!(name, "response.completed");
        assert_eq!(last["response"], whole);
        assert_eq!(whole["output"], Value::Array(items));
        assert!(texts.starts_with("Hm.On"), "{texts}");
        assert!(texts.ends_with(
            whole["output"].as_array().unwrap().last().unwrap()["arguments"].as_str().unwrap()
        ));
    }
}

#[test]
fn a_stream_of_gemini_is_the_whole_in_one() {
    let carried = "[{\"text\":\"Hm.\",\"thought\":true},{\"functionCall\":{\"name\":\"sh\",\"args\":{\"z\": 1.0,\n\"a\":2}},\n\"thoughtSignature\":\"s/=\"}]";
    for replied in [replied("tool_use", None), replied("STOP", Some(carried))] {
        let whole = answer(Provider::Google, false, &replied);
        let stream = answer(Provider::Google, true, &replied);
        assert_eq!(stream, format!("data: {}\r\n\r\n", whole.replace('\n', " ")));
        assert_eq!(parse(&whole)["candidates"][0]["finishReason"], "STOP");
    }
    let whole = answer(Provider::Google, false, &replied("STOP", Some(carried)));
    assert!(whole.contains("{\"z\": 1.0,\n\"a\":2}},\"thoughtSignature\":\"s/=\""), "{whole}");
    // An id of ours is none of theirs; what is no object becomes one.
    let made = parse(&answer(Provider::Google, false, &replied("", None)));
    assert_eq!(
        made["candidates"][0]["content"]["parts"],
        json!([{"text": "Hm.", "thought": true}, {"text": "On\nit."},
            {"functionCall": {"name": "sh", "args": {"z": 1.0, "a": 2}}},
            {"functionCall": {"id": "t2", "name": "sh", "args": {"arguments": "{\"z\": 1"}}}])
    );
}

#[test]
fn what_another_protocol_carries_is_left_out() {
    let carried = [
        (Provider::Google, r#"[{"text":"SECRET","thoughtSignature":"s"}]"#),
        (Provider::Anthropic, r#"[{"type":"redacted_thinking","data":"SECRET"}]"#),
        (Provider::OpenAiResponses, r#"[{"type":"reasoning","encrypted_content":"SECRET"}]"#),
        (Provider::OpenAi, r#"[{"type":"reasoning.encrypted","data":"SECRET"}]"#),
    ];
    for (from, carried) in carried {
        for to in ALL {
            for stream in [false, true] {
                let told = answer(to, stream, &replied("stop", Some(carried)));
                assert_eq!(told.contains("SECRET"), from == to, "{from:?} to {to:?}");
            }
        }
    }
    // A text is what a model wrote in another dialect, or reasoning that stands there anyway.
    let told = answer(Provider::OpenAi, true, &replied("stop", Some(r#""SECRET""#)));
    assert!(!told.contains("SECRET"));
}

#[test]
fn a_reply_ends_in_the_protocols_own_word() {
    #[track_caller]
    fn check(finish: &str, expected: [&str; 4]) {
        let reply = Reply { text: "a".into(), ..Reply::default() };
        let replied =
            Replied { exchange: Some(exchange(finish, None)), reply, ..Replied::default() };
        let words = ALL.map(|protocol| {
            let body = parse(&answer(protocol, false, &replied));
            let place = match protocol {
                Provider::OpenAi => "/choices/0/finish_reason",
                Provider::OpenAiResponses if body["status"] == "completed" => "/status",
                Provider::OpenAiResponses => "/incomplete_details/reason",
                Provider::Anthropic => "/stop_reason",
                Provider::Google => "/candidates/0/finishReason",
            };
            body.pointer(place).unwrap().as_str().unwrap().to_owned()
        });
        assert_eq!(words, expected);
    }
    let done = ["stop", "completed", "end_turn", "STOP"];
    for word in ["", "stop", "completed", "end_turn", "STOP", "eos"] {
        check(word, done);
    }
    let length = ["length", "max_output_tokens", "max_tokens", "MAX_TOKENS"];
    for word in
        ["length", "max_output_tokens", "max_tokens", "MAX_TOKENS", "context_length_exceeded"]
    {
        check(word, length);
    }
    let filter = ["content_filter", "content_filter", "refusal", "SAFETY"];
    for word in ["content_filter", "refusal", "SAFETY", "invalid_prompt"] {
        check(word, filter);
    }
    check("stop_sequence", ["stop", "completed", "stop_sequence", "STOP"]);
    check(
        "PROHIBITED_CONTENT",
        ["content_filter", "content_filter", "refusal", "PROHIBITED_CONTENT"],
    );
}

#[test]
fn a_reply_without_a_server_is_answered_with_the_harnesss_model() {
    let reply = Reply::default();
    let replied = Replied { exchange: None, reply, ..Replied::default() };
    for (protocol, place) in [
        (Provider::OpenAi, "/model"),
        (Provider::OpenAiResponses, "/model"),
        (Provider::Anthropic, "/model"),
        (Provider::Google, "/modelVersion"),
    ] {
        let body = parse(&answer(protocol, false, &replied));
        assert_eq!(body.pointer(place).unwrap(), "m");
        assert!(answer(protocol, true, &replied).contains("\"m\""));
    }
}

#[test]
fn an_error_is_told_in_the_protocols_own_form() {
    #[track_caller]
    fn check(protocol: Option<Provider>, status: u16, expected: &str) {
        let response = error(protocol, status, "no");
        assert_eq!((response.status, response.content_type), (status, "application/json"));
        assert_eq!(String::from_utf8(response.bytes).unwrap(), expected);
    }
    let openai = r#"{"error":{"code":null,"message":"no","param":null,"type":"server_error"}}"#;
    for protocol in [None, Some(Provider::OpenAi), Some(Provider::OpenAiResponses)] {
        check(protocol, 500, openai);
    }
    check(
        Some(Provider::Anthropic),
        413,
        r#"{"error":{"message":"no","type":"request_too_large"},"type":"error"}"#,
    );
    check(
        Some(Provider::Google),
        429,
        r#"{"error":{"code":429,"message":"no","status":"RESOURCE_EXHAUSTED"}}"#,
    );
}
