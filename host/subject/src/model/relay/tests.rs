//! What a server is sent for a harness, and that what it answers comes back to the harness.

#[path = "../../../tests/it/server.rs"]
#[expect(dead_code, reason = "the tests of the built-in loop use all of it")]
mod server;

mod every;

use super::*;
use crate::model::relay::tests::every::{ANSWERS, ASKED};
use crate::model::{ModelSettings, OpenGate, Retries};
use record::event::{Exchange, ToolResult};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;

fn settings(base_url: String) -> ModelSettings {
    ModelSettings {
        base_url,
        carry: None,
        dialect: Dialect::Native,
        extra: Vec::new(),
        gate: Arc::new(OpenGate),
        key: None,
        key_name: "K".into(),
        max_output_tokens: 100,
        on_exchange: None,
        on_retry: Arc::new(|_| ()),
        proxy: None,
        request_timeout: Duration::from_secs(10),
        retries: Retries { attempts_max: 1, deadline: Duration::ZERO, first_wait: Duration::ZERO },
        temperature: None,
        tokens_field: TokensField::MaxCompletionTokens,
    }
}

fn model(provider: Provider, settings: ModelSettings) -> Model {
    Model::new(provider, "under-test", settings).unwrap()
}

fn asked(protocol: Provider, body: &str) -> Asked {
    Asked { body: body.into(), model: "harness's".into(), protocol, stream: true }
}

fn call(id: &str, name: &str, arguments: &str) -> ToolCall {
    ToolCall { arguments: arguments.into(), id: id.into(), name: name.into() }
}

fn past(calls: Vec<ToolCall>, text: &str, carried: Option<&str>) -> Replied {
    let exchange = Exchange {
        cached_tokens: 0,
        carried: carried.map(str::to_owned),
        finish: "stop".into(),
        input_tokens: 1,
        model: "m".into(),
        output_tokens: 1,
        request: record::digest::Digest::of(b"q"),
        request_id: String::new(),
        response: record::digest::Digest::of(b"a"),
    };
    let reply = Reply { calls, reasoning: None, text: text.into() };
    Replied { exchange: Some(exchange), reply, ..Replied::default() }
}

/// What the server of `provider` is sent for a harness's request, and what the harness gets.
#[track_caller]
fn relayed(
    provider: Provider,
    change: impl FnOnce(&mut ModelSettings),
    asked: &Asked,
    past: &[&Replied],
    answer: &str,
) -> (Value, Reply) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let server = server::Server::start(vec![server::http("200 OK", answer)]).await;
        let mut settings = settings(format!("http://{}/v1", server.host));
        change(&mut settings);
        let model = model(provider, settings);
        let trial: TrialId = "w/control/0".parse().unwrap();
        let replied = model.relay(&trial, 5, asked, past).await.unwrap();
        let request = server.requests().remove(0);
        assert_eq!(
            replied.exchange.unwrap().request,
            record::digest::Digest::of(&request.body),
            "the digest is of what was sent"
        );
        (serde_json::from_slice(&request.body).unwrap(), replied.reply)
    })
}

#[test]
fn a_harness_of_the_servers_own_protocol_is_passed_on() {
    #[track_caller]
    fn check(
        provider: Provider,
        change: impl FnOnce(&mut ModelSettings),
        body: &str,
        expected: &str,
    ) {
        let shared = &model(provider, {
            let mut settings = settings("http://h/v1".into());
            change(&mut settings);
            settings
        })
        .shared;
        let body = Members::parse(body).unwrap();
        assert_eq!(own(&shared.sampling, body, &[]).to_json(), expected);
    }
    let extra = |settings: &mut ModelSettings| {
        settings.temperature = Some(0.0);
        settings.extra = vec!["top_p=0.90".parse().unwrap(), "seed=1".parse().unwrap()];
    };
    check(
        Provider::OpenAi,
        |_| (),
        r#"{"stream":true,"model":"x","messages":[ {"z":1.0} ],"stream_options":{},"temperature":1}"#,
        r#"{"model":"under-test","messages":[ {"z":1.0} ],"temperature":1,"max_completion_tokens":100}"#,
    );
    check(
        Provider::OpenAi,
        extra,
        r#"{"model":"x","max_tokens":9,"temperature":1,"top_p":0.5}"#,
        r#"{"model":"under-test","temperature":0.0,"top_p":0.90,"max_completion_tokens":9,"seed":1}"#,
    );
    check(
        Provider::OpenAi,
        |settings| settings.tokens_field = TokensField::MaxTokens,
        r#"{"max_completion_tokens":900}"#,
        r#"{"model":"under-test","max_tokens":100}"#,
    );
    check(
        Provider::OpenAiResponses,
        |_| (),
        r#"{"model":"x","background":true,"max_output_tokens":900}"#,
        r#"{"model":"under-test","max_output_tokens":100}"#,
    );
    check(
        Provider::Anthropic,
        |_| (),
        r#"{"model":"x","max_tokens":9,"stream":true}"#,
        r#"{"model":"under-test","max_tokens":9}"#,
    );
    check(
        Provider::Google,
        |settings| {
            settings.temperature = Some(0.5);
            settings.extra =
                vec!["generationConfig.topP=0.90".parse().unwrap(), "a=1".parse().unwrap()];
        },
        r#"{"contents":[ ],"generationConfig":{"topP":1,"temperature":1,"thinkingConfig":{}},"model":"x"}"#,
        r#"{"contents":[ ],"generationConfig":{"topP":0.90,"temperature":0.5,"thinkingConfig":{},"maxOutputTokens":100},"a":1}"#,
    );
    check(
        Provider::Google,
        |_| (),
        r#"{"contents":[]}"#,
        r#"{"contents":[],"generationConfig":{"maxOutputTokens":100}}"#,
    );
}

#[test]
fn a_reply_of_the_log_goes_back_with_what_it_carries() {
    // The harness kept the first reply's id, gave the second one its own, and made the third up.
    let body = r#"{"contents":[{"role":"user","parts":[{"text":"Do it."}]},
        {"role":"model","parts":[{"functionCall":{"id":"t1","name":"sh","args":{"a":1}}}]},
        {"role":"user","parts":[{"functionResponse":{"id":"t1","name":"sh","response":{"output":"one"}}}]},
        {"role":"model","parts":[{"text":"Next. "},{"functionCall":{"id":"sh_9","name":"sh","args":{"b":1,"a":2}}}]},
        {"role":"user","parts":[{"functionResponse":{"id":"sh_9","name":"sh","response":{"output":"two"}}}]},
        {"role":"model","parts":[{"text":"Made up."}]},{"role":"user","parts":[{"text":"And?"}]}]}"#;
    let dropped =
        past(vec![call("t0", "sh", "{}")], "", Some(r#"[{"type":"thinking","thinking":"0"}]"#));
    let first = past(
        vec![call("t1", "sh", r#"{"a":1}"#)],
        "",
        Some(
            r#"[{"type":"thinking","thinking":"1","signature":"s1"},{"type":"tool_use","id":"t1","name":"sh","input":{"a":1}}]"#,
        ),
    );
    let second = past(vec![call("t2", "sh", r#"{"a":2, "b":1}"#)], "Next.", None);
    let past = [&dropped, &first, &second];
    let (sent, _) = relayed(
        Provider::Anthropic,
        |_| (),
        &asked(Provider::Google, body),
        &past,
        r#"{"content":[]}"#,
    );
    assert_eq!(
        sent["messages"],
        json!([
            {"role": "user", "content": [{"type": "text", "text": "Do it."}]},
            {"role": "assistant", "content": [
                {"type": "thinking", "thinking": "1", "signature": "s1"},
                {"type": "tool_use", "id": "t1", "name": "sh", "input": {"a": 1}}]},
            {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "t1", "content": "one"}]},
            {"role": "assistant", "content": [{"type": "text", "text": "Next."},
                {"type": "tool_use", "id": "t2", "name": "sh", "input": {"a": 2, "b": 1}}]},
            {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "t2", "content": "two"}]},
            {"role": "assistant", "content": [{"type": "text", "text": "Made up."}]},
            {"role": "user", "content": [{"type": "text", "text": "And?"}]}
        ])
    );
}

#[test]
fn reasoning_that_a_harness_drops_is_put_back_where_the_server_wants_it() {
    let body = r#"{"messages":[{"role":"user","content":"u"},
        {"role":"assistant","content":null,"tool_calls":[{"id":"c1","function":{"name":"sh","arguments":"{}"}}]},
        {"role":"tool","tool_call_id":"c1","content":"r"},
        {"role":"assistant","content":"Said.","reasoning_content":"kept"},{"role":"assistant","content":"Unknown."}]}"#;
    let first = past(vec![call("c1", "sh", "{}")], "", Some(r#""Hm\u002e""#));
    let second = past(vec![], "Said.", Some(r#""other""#));
    let (sent, _) = relayed(
        Provider::OpenAi,
        |settings| settings.carry = Some(CarriedField::ReasoningContent),
        &asked(Provider::OpenAi, body),
        &[&first, &second],
        r#"{"choices":[{"message":{"content":""}}]}"#,
    );
    let reasoning: Vec<&Value> =
        (0..5).map(|at| &sent["messages"][at]["reasoning_content"]).collect();
    assert_eq!(
        reasoning,
        [&Value::Null, &json!("Hm."), &Value::Null, &json!("kept"), &Value::Null]
    );
}

#[test]
fn a_model_without_tools_serves_a_harness_too() {
    let body = ASKED[3].1;
    let answer = r#"{"choices":[{"message":{"content":"{\"say\":\"On it.\",\"actions\":[{\"tool\":\"a_tool\",\"arguments\":{\"z\": 2}}]}"},"finish_reason":"stop"}]}"#;
    for protocol in [Provider::Google, Provider::OpenAi] {
        let body = if protocol == Provider::Google { body } else { ASKED[0].1 };
        let (sent, reply) = relayed(
            Provider::OpenAi,
            |settings| settings.dialect = Dialect::ConstrainedText,
            &asked(protocol, body),
            &[],
            answer,
        );
        let text = |at: usize| sent["messages"][at]["content"].as_str().unwrap();
        assert!(text(0).ends_with(r#"Schema of its arguments: {"type":"object","anyOf":[{}]}"#));
        assert_eq!(
            text(2),
            r#"{"say":"Two.","actions":[{"tool":"a_tool","arguments":{"z":1}},{"tool":"a_tool","arguments":{}}]}"#
        );
        assert_eq!(
            text(3),
            "Action 1 (a_tool) gave:\none\n\nAction 2 (a_tool) gave:\ntwo\n\nGo on."
        );
        assert_eq!(sent["tools"], Value::Null);
        assert!(sent["response_format"].is_object());
        let calls = vec![call("call-5-0", "a.tool", r#"{"z": 2}"#)];
        assert_eq!(reply, Reply { calls, reasoning: None, text: "On it.".into() });
    }
}

#[test]
fn the_user_has_the_last_word() {
    #[track_caller]
    fn check(messages: &str, expected: Value) {
        let body = format!("{{\"messages\":[{messages}]}}");
        let answer = r#"{"candidates":[{"content":{"parts":[]}}]}"#;
        let asked = asked(Provider::OpenAi, &body);
        let (sent, _) = relayed(Provider::Google, |_| (), &asked, &[], answer);
        let contents = sent["contents"].as_array().unwrap();
        assert_eq!(contents.last().unwrap(), &expected);
    }
    let user = |text: &str| json!({"role": "user", "parts": [{"text": text}]});
    let assistant = r#"{"role":"user","content":"u"},{"role":"assistant","content":"I beg"}"#;
    check(assistant, user(CONTINUE));
    check(
        &format!("{assistant},{{\"role\":\"user\",\"content\":\" \"}}"),
        json!({"role": "user", "parts": [{"text": " "}, {"text": CONTINUE}]}),
    );
    check(&format!("{assistant},{{\"role\":\"user\",\"content\":\"Go.\"}}"), user("Go."));
    check("", user(CONTINUE));
    check(
        r#"{"role":"user","content":"u"},{"role":"assistant","tool_calls":[{"id":"c","function":{"name":"f","arguments":"{}"}}]}"#,
        json!({"role": "user", "parts": [
            {"functionResponse": {"name": "f", "response": {"error": "No result."}}}, {"text": CONTINUE}]}),
    );
}

#[test]
fn a_schema_for_the_answer_is_told_in_words() {
    let body = r#"{"contents":[{"role":"user","parts":[{"text":"u"}]}],
        "generationConfig":{"responseMimeType":"application/json","responseJsonSchema":{"b":1,"a":2}}}"#;
    let answer = r#"{"choices":[{"message":{"content":"{}"}}]}"#;
    let (sent, _) = relayed(Provider::OpenAi, |_| (), &asked(Provider::Google, body), &[], answer);
    assert_eq!(
        sent["messages"][0]["content"],
        "Answer with one JSON value and nothing else, no fence around it. Its JSON Schema: {\"b\":1,\"a\":2}"
    );
}

#[test]
fn a_name_that_a_server_refuses_gets_another_one() {
    let long = "x".repeat(70);
    let tools = ["sh", "a.b", "a_b", "a:b", "9", "-a", "", "é", &long, &format!("{long}y")];
    let tools: Vec<_> = tools
        .iter()
        .map(|name| record::event::Tool {
            description: String::new(),
            name: (*name).to_owned(),
            parameters: "{}".into(),
        })
        .collect();
    let briefing = record::event::Briefing {
        memory: vec![],
        system: String::new(),
        tools: tools.clone(),
        user: String::new(),
    };
    let names = names(&[Event::Briefed(briefing)]);
    let there: Vec<&str> = tools.iter().map(|tool| names[&tool.name].as_str()).collect();
    let cut = &long[..NAME_BYTES_MAX];
    let second = format!("{}_2", &long[..NAME_BYTES_MAX - 2]);
    assert_eq!(there, ["sh", "a_b", "a_b_2", "a_b_3", "_9", "_-a", "_", "__2", cut, &second]);
}

#[test]
fn what_a_harness_is_told_reads_back_as_the_same_reply() {
    let reply = Reply {
        calls: vec![call("c1", "sh", r#"{"z":1.0,"a":"\n"}"#), call("call-5-1", "sh", "{}")],
        reasoning: Some("Hm.\nWell.".into()),
        text: "On\nit. é\u{2028}".into(),
    };
    for (provider, _) in ANSWERS {
        for reply in [reply.clone(), Reply::default()] {
            let replied = Replied { reply: reply.clone(), ..past(vec![], "", None) };
            let mut asked = asked(provider, "{}");
            asked.stream = false;
            let response = wire::write(&asked, &replied);
            let settings = settings("http://h/v1".into());
            let shared = &model(provider, settings).shared;
            let answer = protocol(provider).parse(&shared.sampling, &response.bytes, 5);
            let answer = answer.unwrap_or_else(|why| panic!("{provider:?}: {why:?}"));
            assert_eq!(answer.reply, reply, "{provider:?}");
            assert_eq!((answer.input_tokens, answer.output_tokens), (1, 1));
            assert_eq!(answer.model, "m");
        }
    }
}

#[test]
fn a_signed_answer_passes_through_a_harness_unchanged() {
    // What a server answers, the harness is told, and asks with: the parts are the server's own.
    let answer = r#"{"candidates":[{"content":{"parts":[{"text":"Hm.","thought":true},{"functionCall":{"name":"sh","args":{"z": 1.0}},"thoughtSignature":"s/="}]},"finishReason":"STOP"}]}"#;
    let shared = &model(Provider::Google, settings("http://h/v1".into())).shared;
    let parsed = protocol(Provider::Google).parse(&shared.sampling, answer.as_bytes(), 0).unwrap();
    let carried = parsed.carried.unwrap();
    let replied = Replied { reply: parsed.reply, ..past(vec![], "", Some(&carried)) };
    let mut asked = asked(Provider::Google, "{}");
    asked.stream = false;
    let told = String::from_utf8(wire::write(&asked, &replied).bytes).unwrap();
    assert!(told.contains(carried.trim_matches(['[', ']'])), "{told}");
}

#[test]
fn results_have_the_ids_of_their_calls() {
    let known = past(vec![call("call-7-0", "sh", "{}")], "", None);
    let result = |id: &str| ToolResult { content: "r".into(), id: id.into(), is_error: false };
    let stepped =
        |id: &str| Event::Stepped(Step { next: Next::Observe, results: vec![result(id)] });
    let replied = |id: &str| {
        let reply = Reply { calls: vec![call(id, "sh", "{}")], ..Reply::default() };
        Event::Replied(Replied { reply, ..Replied::default() })
    };
    let mut events = vec![replied("call-7-0"), stepped("call-7-0"), replied("x"), stepped("x")];
    recall(&mut events, &[&known]);
    let ids: Vec<&str> = events
        .iter()
        .map(|event| match event {
            Event::Replied(replied) => replied.reply.calls[0].id.as_str(),
            Event::Stepped(step) => step.results[0].id.as_str(),
            _ => "",
        })
        .collect();
    assert_eq!(ids, ["call-0-0", "call-0-0", "call-1-0", "call-1-0"]);
}
