//! The text dialect: tools in the prompt, calls in the text, the model's own words in the log.

use crate::openai::settings;
use crate::providers::{source, subject};
use crate::scenario::{briefing, step};
use crate::server::{Server, completion, http, says};
use record::event::{Blame, Event, Next, Replied, Reply, ToolCall};
use serde_json::Value;
use subject::model::{CarriedField, Dialect, ModelSettings};
use subject::spec::Provider;

const SYSTEM: &str = concat!(
    "You run servers.\n\n",
    "You act by writing. Each of your replies is one JSON object and nothing else:\n",
    r#"{"say": "what you tell the user", "actions": [{"tool": "the name of a tool", "arguments": {}}]}"#,
    "\n",
    r#""say" may be empty. "actions" lists the tools that you use, in order; it is empty when you use none. "#,
    "The next message tells you what they gave.\n\n",
    "Tools:\n\n",
    "shell: Does shell.\n",
    r#"Schema of its arguments: {"type":"object","required":["z","a"],"properties":{}}"#,
    "\n\n",
    "look: Does look.\n",
    "Schema of its arguments: {}",
);

const WRITTEN: &str = r#"Well. {"say":"On it.", "actions":[{"tool":"shell","arguments":{"z": 1.50}},{"tool":"look","arguments":{}}]}"#;

const SCHEMA: &str = concat!(
    r#"{"type":"object","properties":{"say":{"type":"string"},"actions":{"type":"array","items":{"anyOf":["#,
    r#"{"type":"object","properties":{"tool":{"type":"string","enum":["shell"]},"#,
    r#""arguments":{"type":"object","required":["z","a"],"properties":{}}},"#,
    r#""required":["tool","arguments"],"additionalProperties":false},"#,
    r#"{"type":"object","properties":{"tool":{"type":"string","enum":["look"]},"#,
    r#""arguments":{"type":"object"}},"#,
    r#""required":["tool","arguments"],"additionalProperties":false}]}}},"#,
    r#""required":["say","actions"],"additionalProperties":false}"#,
);

fn with(dialect: Dialect, host: &str) -> ModelSettings {
    ModelSettings { dialect, ..settings(host).0 }
}

/// A JSON string.
fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}

/// Asks, writes the answer to the log, reads it back, answers it, asks again.
async fn two_turns(provider: Provider, dialect: Dialect, answer: &str) -> (Replied, Vec<String>) {
    let server = Server::start(vec![http("200 OK", answer), http("400 X", "")]).await;
    let mut events = vec![Event::Briefed(briefing())];
    let replied = subject(provider, with(dialect, &server.host)).reply(&events).await.unwrap();
    let line = Event::Replied(replied.clone()).to_line().unwrap();
    events.push(Event::from_line(&line).unwrap());
    let ids: Vec<&str> = replied.reply.calls.iter().map(|call| call.id.as_str()).collect();
    let results = [(ids[0], "é\n"), (ids[1], "")];
    let Event::Stepped(mut stepped) = step(Next::Ask("And?".into()), &results) else {
        unreachable!("a step was made")
    };
    stepped.results[1].is_error = true;
    events.push(Event::Stepped(stepped));
    let _refused = subject(provider, with(dialect, &server.host)).reply(&events).await;
    let text = |body| String::from_utf8(body).unwrap();
    (replied, server.requests().into_iter().map(|request| text(request.body)).collect())
}

fn calls() -> Vec<ToolCall> {
    let call = |arguments: &str, id: &str, name: &str| ToolCall {
        arguments: arguments.into(),
        id: id.into(),
        name: name.into(),
    };
    vec![call(r#"{"z": 1.50}"#, "call-0-0", "shell"), call("{}", "call-0-1", "look")]
}

#[tokio::test]
async fn tools_stand_in_the_prompt_and_calls_in_the_text() {
    for (dialect, format) in [
        (Dialect::Text, String::new()),
        (
            Dialect::ConstrainedText,
            format!(
                r#""response_format":{{"type":"json_schema","json_schema":{{"name":"answer","strict":true,"schema":{SCHEMA}}}}},"#
            ),
        ),
    ] {
        let answer = completion(&format!(r#"{{"content":{}}}"#, quoted(WRITTEN)));
        let (replied, sent) = two_turns(Provider::OpenAi, dialect, &answer).await;
        let reply = Reply { calls: calls(), reasoning: None, text: "Well.\nOn it.".into() };
        assert_eq!(replied.reply, reply);
        assert_eq!(replied.exchange.unwrap().carried, Some(quoted(WRITTEN)));
        let start = format!(
            r#"{{"model":"m-1","messages":[{{"role":"system","content":{}}},{{"role":"user","content":"Do the \"work\"."}}"#,
            quoted(SYSTEM)
        );
        let end = format!(r#"],{format}"max_completion_tokens":4096}}"#);
        assert_eq!(sent[0], format!("{start}{end}"));
        let told = "Action 1 (shell) gave:\né\n\n\nAction 2 (look) failed:\n\n\nAnd?";
        let more = format!(
            r#",{{"role":"assistant","content":{}}},{{"role":"user","content":{}}}"#,
            quoted(WRITTEN),
            quoted(told)
        );
        assert_eq!(sent[1], format!("{start}{more}{end}"));
    }
}

#[tokio::test]
async fn every_protocol_speaks_it() {
    let written = quoted(WRITTEN);
    for (provider, answer, said) in [
        (
            Provider::Anthropic,
            format!(
                r#"{{"content":[{{"type":"thinking","thinking":"hm","signature":"s"}},{{"type":"text","text":{written}}}]}}"#
            ),
            format!(r#"{{"role":"assistant","content":[{{"type":"text","text":{written}}}]}}"#),
        ),
        (
            Provider::Google,
            format!(r#"{{"candidates":[{{"content":{{"parts":[{{"text":{written}}}]}}}}]}}"#),
            format!(r#"{{"role":"model","parts":[{{"text":{written}}}]}}"#),
        ),
        (
            Provider::OpenAiResponses,
            format!(
                r#"{{"output":[{{"type":"message","content":[{{"type":"output_text","text":{written}}}]}}]}}"#
            ),
            format!(r#"{{"type":"message","role":"assistant","content":{written}}}"#),
        ),
    ] {
        let (replied, sent) = two_turns(provider, Dialect::Text, &answer).await;
        assert_eq!(replied.reply.calls, calls());
        assert_eq!(replied.exchange.unwrap().carried.as_ref(), Some(&written));
        assert!(sent[0].contains(&quoted(SYSTEM)) && !sent[0].contains("\"tools\""), "{}", sent[0]);
        assert!(sent[1].contains(&said), "{}", sent[1]);
    }
}

#[tokio::test]
async fn a_reply_in_words_is_kept_as_it_is_and_nothing_is_carried() {
    let server = Server::start(vec![says(r#"{"content":"I { will not."}"#)]).await;
    let mut subject = subject(Provider::OpenAi, with(Dialect::Text, &server.host));
    let replied = subject.reply(&[Event::Briefed(briefing())]).await.unwrap();
    assert_eq!(replied.reply, Reply { text: "I { will not.".into(), ..Reply::default() });
    assert_eq!(replied.exchange.unwrap().carried, None);
}

#[tokio::test]
async fn a_log_of_another_dialect_is_not_continued() {
    let server = Server::start(vec![]).await;
    let events = [
        Event::Briefed(briefing()),
        Event::Replied(Replied {
            exchange: Some(record::event::Exchange {
                cached_tokens: 0,
                carried: Some("[1]".into()),
                finish: String::new(),
                input_tokens: 0,
                model: String::new(),
                output_tokens: 0,
                request: record::digest::Digest::of(b"q"),
                request_id: String::new(),
                response: record::digest::Digest::of(b"a"),
            }),
            reply: Reply::default(),
            ..Replied::default()
        }),
    ];
    let mut subject = subject(Provider::OpenAi, with(Dialect::Text, &server.host));
    let fault = subject.reply(&events).await.unwrap_err();
    assert_eq!(fault.blame, Blame::Bug);
    assert_eq!(
        fault.message,
        "trial w/control/7: event 1: exchange.carried: expected a JSON string"
    );
}

#[test]
fn it_is_claimed_and_its_limits_are_named() {
    let claim = source(Provider::OpenAi, with(Dialect::ConstrainedText, "h")).ok().unwrap().claim();
    assert_eq!(
        claim.settings,
        ["dialect=constrained-text", "host=h", "max_completion_tokens=4096"]
    );
    let fault = source(Provider::Google, with(Dialect::ConstrainedText, "h")).err().unwrap();
    assert_eq!(fault.message, "google: dialect constrained-text: only openai: has it; give text");
    let carry = Some(CarriedField::Reasoning);
    let settings = ModelSettings { carry, ..with(Dialect::Text, "h") };
    let fault = source(Provider::OpenAi, settings).err().unwrap();
    assert_eq!(fault.message, "openai: dialect text: no reasoning is carried back in it");
}
