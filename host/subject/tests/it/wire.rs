//! The exact bytes that each provider gets: nothing but the log and the settings, the key only in
//! its header, and what the provider wants back as it came, from the log alone.

use crate::openai::{KEY, settings};
use crate::providers::{source, subject};
use crate::scenario::{briefing, step};
use crate::server::{Request, Server, http, says};
use record::digest::Digest;
use record::event::{Blame, Event, Exchange, Next, Replied, Reply, ToolCall};
use subject::model::{CarriedField, ModelSettings};
use subject::spec::Provider;

/// A provider's answer to the briefing, and what has to come of it.
struct Case {
    provider: Provider,
    /// The body of the first answer: a thought and two calls.
    answer: &'static str,
    carried: Option<&'static str>,
    /// The second request, of which `CARRIED` stands for what is carried.
    body: String,
    /// Header lines besides those of HTTP.
    headers: Vec<String>,
    path: &'static str,
}

/// The first answer comes, is written to the log and read from it; two results follow, one of them
/// an error, and the user says something. Then the second request is whole and exact.
async fn check(case: Case, change: impl Fn(ModelSettings) -> ModelSettings) -> Event {
    let Case { provider, answer, carried, body, headers, path } = case;
    let server = Server::start(vec![http("200 OK", answer), http("400 X", "")]).await;
    let settings = || change(settings(&server.host).0);
    let mut events = vec![Event::Briefed(briefing())];
    let replied = subject(provider, settings()).reply(&events).await.unwrap();
    let line = Event::Replied(replied).to_line().unwrap();
    let event = Event::from_line(&line).unwrap();
    let Event::Replied(replied) = &event else { unreachable!("a reply was written") };
    let Exchange { carried: kept, .. } = replied.exchange.as_ref().unwrap();
    assert_eq!(kept.as_deref(), carried);
    let [first, second] = &replied.reply.calls[..] else { panic!("{:?}", replied.reply) };
    let results = [(first.id.as_str(), "é\n"), (second.id.as_str(), "no such file")];
    let Event::Stepped(mut stepped) = step(Next::Ask("And?".into()), &results) else {
        unreachable!("a step was made")
    };
    stepped.results[1].is_error = true;
    events.extend([event.clone(), Event::Stepped(stepped)]);
    let _refused = subject(provider, settings()).reply(&events).await;
    let Request { head, body: sent, .. } = &server.requests()[1];
    let expected = body.replace("CARRIED", carried.unwrap_or_default());
    assert_eq!(std::str::from_utf8(sent).unwrap(), expected);
    let mut lines: Vec<String> = head.split("\r\n").map(str::to_owned).collect();
    lines.sort_unstable();
    let mut all = vec![
        format!("POST {path} HTTP/1.1"),
        "accept: */*".to_owned(),
        format!("content-length: {}", expected.len()),
        "content-type: application/json".to_owned(),
        format!("host: {}", server.host),
        concat!("user-agent: kinship/", env!("CARGO_PKG_VERSION")).to_owned(),
    ];
    all.extend(headers);
    all.sort_unstable();
    assert_eq!(lines, all);
    event
}

fn reply(event: &Event) -> (&Reply, &Exchange) {
    let Event::Replied(replied) = event else { panic!("{event:?}") };
    (&replied.reply, replied.exchange.as_ref().unwrap())
}

fn call(arguments: &str, id: &str, name: &str) -> ToolCall {
    ToolCall { arguments: arguments.into(), id: id.into(), name: name.into() }
}

#[tokio::test]
async fn anthropic() {
    let answer = r#"{"id":"msg_1","type":"message","role":"assistant","model":"m-2026","content":[{"type":"thinking","thinking":"hm","signature":"Eq\/+="},{"type":"redacted_thinking","data":"zz"},{"type":"text","text":""},{"type":"text","text":"Looking."},{"type":"tool_use","id":"t1","name":"shell","input":{"z": 1.50}},{"type":"tool_use","id":"t2","name":"look","input":{}}],"stop_reason":"tool_use","usage":{"input_tokens":5,"cache_creation_input_tokens":2,"cache_read_input_tokens":4,"output_tokens":7}}"#;
    let event = check(
        Case {
            provider: Provider::Anthropic,
            answer,
            carried: Some(
                r#"[{"type":"thinking","thinking":"hm","signature":"Eq\/+="},{"type":"redacted_thinking","data":"zz"},{"type":"text","text":"Looking."},{"type":"tool_use","id":"t1","name":"shell","input":{"z": 1.50}},{"type":"tool_use","id":"t2","name":"look","input":{}}]"#,
            ),
            body: [
                r#"{"model":"m-1","max_tokens":4096,"system":"You run servers.","messages":["#,
                r#"{"role":"user","content":[{"type":"text","text":"Do the \"work\"."}]},"#,
                r#"{"role":"assistant","content":CARRIED},"#,
                r#"{"role":"user","content":["#,
                r#"{"type":"tool_result","tool_use_id":"t1","content":"é\n"},"#,
                r#"{"type":"tool_result","tool_use_id":"t2","content":"no such file","is_error":true},"#,
                r#"{"type":"text","text":"And?"}]}],"#,
                r#""tools":[{"name":"shell","description":"Does shell.","#,
                r#""input_schema":{"type":"object","required":["z","a"],"properties":{}}},"#,
                r#"{"name":"look","description":"Does look.","input_schema":{"type":"object"}}],"#,
                r#""thinking":{"type":"adaptive"}}"#,
            ]
            .concat(),
            headers: vec![format!("x-api-key: {KEY}"), "anthropic-version: 2023-06-01".into()],
            path: "/v1/messages",
        },
        |settings| ModelSettings {
            extra: vec![r#"thinking={"type":"adaptive"}"#.parse().unwrap()],
            ..settings
        },
    )
    .await;
    let (reply, exchange) = reply(&event);
    assert_eq!((reply.text.as_str(), reply.reasoning.as_deref()), ("Looking.", Some("hm")));
    assert_eq!(reply.calls, [call(r#"{"z": 1.50}"#, "t1", "shell"), call("{}", "t2", "look")]);
    assert_eq!((exchange.input_tokens, exchange.output_tokens), (11, 7));
    assert_eq!((exchange.model.as_str(), exchange.request_id.as_str()), ("m-2026", "msg_1"));
    assert_eq!(exchange.finish, "tool_use");
}

#[tokio::test]
async fn anthropic_without_thoughts_needs_nothing_carried() {
    let answer = r#"{"content":[{"type":"text","text":"a"},{"type":"tool_use","id":"t1","name":"shell","input":{"z":1}},{"type":"tool_use","id":"t2","name":"look","input":{}}]}"#;
    let body = [
        r#"{"model":"m-1","max_tokens":4096,"system":"You run servers.","messages":["#,
        r#"{"role":"user","content":[{"type":"text","text":"Do the \"work\"."}]},"#,
        r#"{"role":"assistant","content":[{"type":"text","text":"a"},"#,
        r#"{"type":"tool_use","id":"t1","name":"shell","input":{"z":1}},"#,
        r#"{"type":"tool_use","id":"t2","name":"look","input":{}}]},"#,
        r#"{"role":"user","content":["#,
        r#"{"type":"tool_result","tool_use_id":"t1","content":"é\n"},"#,
        r#"{"type":"tool_result","tool_use_id":"t2","content":"no such file","is_error":true},"#,
        r#"{"type":"text","text":"And?"}]}],"#,
        r#""tools":[{"name":"shell","description":"Does shell.","#,
        r#""input_schema":{"type":"object","required":["z","a"],"properties":{}}},"#,
        r#"{"name":"look","description":"Does look.","input_schema":{"type":"object"}}],"#,
        r#""temperature":0.5}"#,
    ]
    .concat();
    let case = Case {
        provider: Provider::Anthropic,
        answer,
        carried: None,
        body,
        headers: vec!["anthropic-version: 2023-06-01".into()],
        path: "/v1/messages",
    };
    check(case, |s| ModelSettings { key: None, temperature: Some(0.5), ..s }).await;
}

#[tokio::test]
async fn google() {
    let answer = r#"{"candidates":[{"content":{"parts":[{"text":"hm","thought":true},{"text":"Looking."},{"functionCall":{"name":"shell","args":{"z": 1.50}},"thoughtSignature":"C\/+="},{"functionCall":{"id":"g2","name":"look"}}],"role":"model"},"finishReason":"STOP"}],"usageMetadata":{"promptTokenCount":11,"candidatesTokenCount":3,"thoughtsTokenCount":4},"modelVersion":"m-2026","responseId":"r-1"}"#;
    let event = check(
        Case {
            provider: Provider::Google,
            answer,
            carried: Some(
                r#"[{"text":"hm","thought":true},{"text":"Looking."},{"functionCall":{"name":"shell","args":{"z": 1.50}},"thoughtSignature":"C\/+="},{"functionCall":{"id":"g2","name":"look"}}]"#,
            ),
            body: [
                r#"{"systemInstruction":{"parts":[{"text":"You run servers."}]},"contents":["#,
                r#"{"role":"user","parts":[{"text":"Do the \"work\"."}]},"#,
                r#"{"role":"model","parts":CARRIED},"#,
                r#"{"role":"user","parts":["#,
                r#"{"functionResponse":{"name":"shell","response":{"output":"é\n"}}},"#,
                r#"{"functionResponse":{"id":"g2","name":"look","response":{"error":"no such file"}}},"#,
                r#"{"text":"And?"}]}],"#,
                r#""tools":[{"functionDeclarations":[{"name":"shell","description":"Does shell.","#,
                r#""parametersJsonSchema":{"type":"object","required":["z","a"],"properties":{}}},"#,
                r#"{"name":"look","description":"Does look.","#,
                r#""parametersJsonSchema":{"type":"object"}}]}],"#,
                r#""generationConfig":{"maxOutputTokens":4096,"temperature":1.0,"topP":0.9},"#,
                r#""safetySettings":[]}"#,
            ]
            .concat(),
            headers: vec![format!("x-goog-api-key: {KEY}")],
            path: "/v1/models/m-1:generateContent",
        },
        |settings| ModelSettings {
            extra: ["generationConfig.topP=0.9", "safetySettings=[]"].map(|e| e.parse().unwrap()).into(),
            temperature: Some(1.0),
            ..settings
        },
    )
    .await;
    let (reply, exchange) = reply(&event);
    assert_eq!((reply.text.as_str(), reply.reasoning.as_deref()), ("Looking.", Some("hm")));
    assert_eq!(
        reply.calls,
        [call(r#"{"z": 1.50}"#, "call-0-0", "shell"), call("{}", "g2", "look")]
    );
    assert_eq!((exchange.input_tokens, exchange.output_tokens), (11, 7));
    assert_eq!((exchange.model.as_str(), exchange.request_id.as_str()), ("m-2026", "r-1"));
    assert_eq!(exchange.finish, "STOP");
}

#[tokio::test]
async fn openai_responses() {
    let answer = r#"{"id":"resp_1","model":"m-2026","status":"completed","output":[{"type":"reasoning","id":"rs_1","summary":[{"type":"summary_text","text":"hm"}],"encrypted_content":"gA\/="},{"type":"message","id":"msg_1","role":"assistant","status":"completed","content":[{"type":"output_text","text":"Looking.","annotations":[]}]},{"type":"function_call","id":"fc_1","call_id":"c1","name":"shell","arguments":"{\"z\": ","status":"completed"},{"type":"function_call","id":"fc_2","call_id":"c2","name":"look","arguments":"{}"}],"usage":{"input_tokens":11,"output_tokens":7}}"#;
    let items = r#"{"type":"reasoning","id":"rs_1","summary":[{"type":"summary_text","text":"hm"}],"encrypted_content":"gA\/="},{"type":"message","id":"msg_1","role":"assistant","status":"completed","content":[{"type":"output_text","text":"Looking.","annotations":[]}]},{"type":"function_call","id":"fc_1","call_id":"c1","name":"shell","arguments":"{\"z\": ","status":"completed"},{"type":"function_call","id":"fc_2","call_id":"c2","name":"look","arguments":"{}"}"#;
    let event = check(
        Case {
            provider: Provider::OpenAiResponses,
            answer,
            carried: Some(Box::leak(format!("[{items}]").into_boxed_str())),
            body: [
                r#"{"model":"m-1","instructions":"You run servers.","input":["#,
                r#"{"type":"message","role":"user","content":"Do the \"work\"."},"#,
                items,
                r#",{"type":"function_call_output","call_id":"c1","output":"é\n"},"#,
                r#"{"type":"function_call_output","call_id":"c2","output":"no such file"},"#,
                r#"{"type":"message","role":"user","content":"And?"}],"#,
                r#""tools":[{"type":"function","name":"shell","description":"Does shell.","#,
                r#""parameters":{"type":"object","required":["z","a"],"properties":{}},"strict":false},"#,
                r#"{"type":"function","name":"look","description":"Does look.","#,
                r#""parameters":{"type":"object"},"strict":false}],"max_output_tokens":4096,"#,
                r#""store":false,"include":["reasoning.encrypted_content"],"#,
                r#""reasoning":{"effort":"high"}}"#,
            ]
            .concat(),
            headers: vec![format!("authorization: Bearer {KEY}")],
            path: "/v1/responses",
        },
        |settings| ModelSettings {
            extra: vec![r#"reasoning={"effort":"high"}"#.parse().unwrap()],
            ..settings
        },
    )
    .await;
    let (reply, exchange) = reply(&event);
    assert_eq!((reply.text.as_str(), reply.reasoning.as_deref()), ("Looking.", Some("hm")));
    assert_eq!(reply.calls, [call("{\"z\": ", "c1", "shell"), call("{}", "c2", "look")]);
    assert_eq!((exchange.input_tokens, exchange.output_tokens), (11, 7));
    assert_eq!((exchange.model.as_str(), exchange.request_id.as_str()), ("m-2026", "resp_1"));
    assert_eq!(exchange.finish, "completed");
}

#[tokio::test]
async fn chat_completions_carry_reasoning_where_that_is_asked_for() {
    let message = r#"{"content":null,"reasoning_content":"h\u006d","tool_calls":[{"id":"c1","function":{"name":"shell","arguments":"{"}},{"id":"c2","function":{"name":"look","arguments":"{}"}}]}"#;
    let answer: &str = Box::leak(crate::server::completion(message).into_boxed_str());
    let case = |carried: Option<&'static str>, field: &str| {
        Case {
        provider: Provider::OpenAi,
        answer,
        carried,
        body: [
            r#"{"model":"m-1","messages":[{"role":"system","content":"You run servers."},"#,
            r#"{"role":"user","content":"Do the \"work\"."},"#,
            r#"{"role":"assistant","content":null,"#,
            field,
            r#""tool_calls":[{"id":"c1","type":"function","function":{"name":"shell","arguments":"{"}},"#,
            r#"{"id":"c2","type":"function","function":{"name":"look","arguments":"{}"}}]},"#,
            r#"{"role":"tool","content":"é\n","tool_call_id":"c1"},"#,
            r#"{"role":"tool","content":"no such file","tool_call_id":"c2"},"#,
            r#"{"role":"user","content":"And?"}],"#,
            r#""tools":[{"type":"function","function":{"name":"shell","description":"Does shell.","#,
            r#""parameters":{"type":"object","required":["z","a"],"properties":{}}}},"#,
            r#"{"type":"function","function":{"name":"look","description":"Does look.","#,
            r#""parameters":{}}}],"max_completion_tokens":4096}"#,
        ]
        .concat(),
        headers: vec![format!("authorization: Bearer {KEY}")],
        path: "/v1/chat/completions",
    }
    };
    let carried = case(Some(r#""h\u006d""#), r#""reasoning_content":CARRIED,"#);
    let carry = Some(CarriedField::ReasoningContent);
    let event = check(carried, |settings| ModelSettings { carry, ..settings }).await;
    assert_eq!(reply(&event).0.reasoning.as_deref(), Some("hm"));
    check(case(None, ""), |settings| settings).await;
}

#[tokio::test]
async fn an_empty_reply_and_an_empty_system_text_are_left_out_where_servers_refuse_them() {
    let nothing = Replied { exchange: None, reply: Reply::default(), ..Replied::default() };
    let briefing = record::event::Briefing { system: String::new(), tools: vec![], ..briefing() };
    let events =
        [Event::Briefed(briefing), Event::Replied(nothing), step(Next::Ask("Go on.".into()), &[])];
    for (provider, expected) in [
        (
            Provider::Anthropic,
            r#"{"model":"m-1","max_tokens":4096,"messages":[{"role":"user","content":[{"type":"text","text":"Do the \"work\"."},{"type":"text","text":"Go on."}]}]}"#,
        ),
        (
            Provider::Google,
            r#"{"contents":[{"role":"user","parts":[{"text":"Do the \"work\"."},{"text":"Go on."}]}],"generationConfig":{"maxOutputTokens":4096}}"#,
        ),
        (
            Provider::OpenAiResponses,
            r#"{"model":"m-1","input":[{"type":"message","role":"user","content":"Do the \"work\"."},{"type":"message","role":"user","content":"Go on."}],"max_output_tokens":4096,"store":false,"include":[]}"#,
        ),
    ] {
        let server = Server::start(vec![says("{}"), says("{}"), says("{}")]).await;
        let (mut settings, _) = settings(&server.host);
        if provider == Provider::OpenAiResponses {
            settings.extra = vec!["include=[]".parse().unwrap()];
        }
        let _no_answer = subject(provider, settings).reply(&events).await;
        assert_eq!(std::str::from_utf8(&server.requests()[0].body).unwrap(), expected);
    }
}

#[test]
fn the_claim_states_what_is_sent() {
    #[track_caller]
    fn check(provider: Provider, extra: &[&str], expected: &[&str]) {
        let (mut settings, _) = settings("h");
        settings.extra = extra.iter().map(|text| text.parse().unwrap()).collect();
        let claim = source(provider, settings).ok().unwrap().claim();
        assert_eq!(claim.spec, format!("{}:m-1", provider.as_str()));
        assert_eq!(claim.settings, expected);
    }
    check(
        Provider::Anthropic,
        &["thinking={\"type\":\"adaptive\"}"],
        &[
            "anthropic-version=2023-06-01",
            "host=h",
            "max_tokens=4096",
            "thinking={\"type\":\"adaptive\"}",
        ],
    );
    check(
        Provider::Google,
        &["generationConfig.topP=0.9"],
        &["generationConfig.topP=0.9", "host=h", "maxOutputTokens=4096"],
    );
    check(
        Provider::OpenAiResponses,
        &[],
        &[
            "host=h",
            "include=[\"reasoning.encrypted_content\"]",
            "max_output_tokens=4096",
            "store=false",
        ],
    );
    check(
        Provider::OpenAiResponses,
        &["include=[]"],
        &["host=h", "include=[]", "max_output_tokens=4096", "store=false"],
    );
}

#[tokio::test]
async fn a_tool_that_a_protocol_cannot_offer_is_named() {
    for (provider, parameters, blame, what) in [
        (Provider::Anthropic, "[]", Blame::Plugin, "expected a schema that is a JSON object"),
        (Provider::Google, "true", Blame::Plugin, "expected a schema that is a JSON object"),
        (Provider::OpenAiResponses, "1", Blame::Plugin, "expected a schema that is a JSON object"),
        (
            Provider::Anthropic,
            r#"{"type":"object","oneOf":[]}"#,
            Blame::Setup,
            "oneOf at the top, which Messages refuses; test another model",
        ),
    ] {
        let server = Server::start(vec![]).await;
        let mut briefing = briefing();
        briefing.tools[1].parameters = parameters.into();
        let mut subject = subject(provider, settings(&server.host).0);
        let fault = subject.reply(&[Event::Briefed(briefing)]).await.unwrap_err();
        let message = format!("trial w/control/7: tool look: parameters: {what}");
        assert_eq!((fault.message, fault.blame), (message, blame));
    }
}

#[tokio::test]
async fn a_log_that_carries_another_protocols_words_is_not_continued() {
    for (provider, carried, what) in [
        (Provider::Anthropic, "\"a\"", "reply 0: exchange.carried: expected a list"),
        (Provider::Google, "{}", "reply 0: exchange.carried: expected a list"),
        (Provider::OpenAiResponses, "1", "reply 0: exchange.carried: expected a list"),
        (
            Provider::OpenAi,
            "[",
            "event 1: exchange.carried: not JSON: EOF while parsing a list at line 1 column 1",
        ),
    ] {
        let server = Server::start(vec![]).await;
        let exchange = Exchange {
            cached_tokens: 0,
            carried: Some(carried.into()),
            finish: String::new(),
            input_tokens: 0,
            model: String::new(),
            output_tokens: 0,
            request: Digest::of(b"q"),
            request_id: String::new(),
            response: Digest::of(b"a"),
        };
        let replied =
            Replied { exchange: Some(exchange), reply: Reply::default(), ..Replied::default() };
        let events = [Event::Briefed(briefing()), Event::Replied(replied)];
        let mut subject = subject(provider, settings(&server.host).0);
        let fault = subject.reply(&events).await.unwrap_err();
        assert_eq!(
            (fault.message, fault.blame),
            (format!("trial w/control/7: {what}"), Blame::Bug)
        );
    }
}

#[tokio::test]
async fn a_world_without_a_word_is_not_taken_for_a_reply_to_be_written_on() {
    let server = Server::start(vec![]).await;
    let reply = Reply { text: "a".into(), ..Reply::default() };
    let events = [
        Event::Briefed(briefing()),
        Event::Replied(Replied { exchange: None, reply, ..Replied::default() }),
        step(Next::Observe, &[]),
    ];
    let mut subject = subject(Provider::Anthropic, settings(&server.host).0);
    let fault = subject.reply(&events).await.unwrap_err();
    assert_eq!(fault.blame, Blame::Plugin);
    assert_eq!(
        fault.message,
        "trial w/control/7: the world goes on without a result or a word, which Messages cannot say"
    );
}
