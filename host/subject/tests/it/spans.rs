//! What a subscriber sees of a call: names, counts and times in the words of the conventions, and
//! nothing that was said.

use crate::openai::{KEY, settings};
use crate::providers::subject;
use crate::scenario::{briefing, planned};
use crate::server::{Server, completion, http};
use record::event::Event as Logged;
use std::collections::BTreeMap;
use std::fmt::Debug;
use std::sync::{Arc, Mutex};
use subject::model::{ModelSettings, Retries, judge};
use subject::spec::Provider;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

/// The fields of a span or an event.
type Fields = BTreeMap<String, String>;

/// Keeps everything of every crate.
#[derive(Clone, Default)]
struct Keeper {
    events: Arc<Mutex<Vec<Fields>>>,
    spans: Arc<Mutex<Vec<Fields>>>,
}

struct Reader<'a>(&'a mut Fields);

impl Visit for Reader<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.0.insert(field.name().to_owned(), format!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.insert(field.name().to_owned(), value.to_owned());
    }
}

impl Subscriber for Keeper {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        let mut fields = Fields::from([("target".into(), span.metadata().target().into())]);
        span.record(&mut Reader(&mut fields));
        let mut spans = self.spans.lock().unwrap();
        spans.push(fields);
        Id::from_u64(spans.len() as u64)
    }

    fn record(&self, span: &Id, values: &Record<'_>) {
        let at = usize::try_from(span.into_u64()).unwrap() - 1;
        values.record(&mut Reader(&mut self.spans.lock().unwrap()[at]));
    }

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut fields = Fields::from([("target".into(), event.metadata().target().into())]);
        event.record(&mut Reader(&mut fields));
        self.events.lock().unwrap().push(fields);
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

impl Keeper {
    fn of_calls(kept: &Mutex<Vec<Fields>>) -> Vec<Fields> {
        let kept = kept.lock().unwrap();
        kept.iter().filter(|fields| fields["target"] == "kinship::model").cloned().collect()
    }

    /// The one span of a call.
    fn call(&self) -> Fields {
        let spans = Self::of_calls(&self.spans);
        assert_eq!(spans.len(), 1, "{spans:?}");
        spans[0].clone()
    }

    /// All that any crate said, in one text.
    fn said(&self) -> String {
        format!("{:?}{:?}", self.spans.lock().unwrap(), self.events.lock().unwrap())
    }
}

#[track_caller]
fn has(fields: &Fields, expected: &[(&str, &str)]) {
    for (name, value) in expected {
        assert_eq!(fields.get(*name).map(String::as_str), Some(*value), "{name} in {fields:?}");
    }
}

/// A reply, with a subscriber that listens only here.
async fn ask(provider: Provider, script: Vec<crate::server::Answer>) -> (Keeper, String, bool) {
    let keeper = Keeper::default();
    let _listening = tracing::subscriber::set_default(keeper.clone());
    let server = Server::start(script).await;
    let settings = settings(&server.host).0;
    let retries = Retries { attempts_max: 2, ..settings.retries };
    let mut subject = subject(provider, ModelSettings { retries, ..settings });
    let answered = subject.reply(&[Logged::Briefed(briefing())]).await.is_ok();
    (keeper, server.host, answered)
}

#[tokio::test]
async fn a_call_is_one_span_in_the_conventions_words() {
    let answer = completion(r#"{"content":"WORDS OF THE MODEL"}"#).replace(
        r#""completion_tokens":7"#,
        r#""completion_tokens":7,"prompt_tokens_details":{"cached_tokens":4}"#,
    );
    let script =
        vec![http("429 Slow", "SERVER'S WORDS"), http("200 OK\r\nx-request-id: r", &answer)];
    let (keeper, host, _) = ask(Provider::OpenAi, script).await;
    let call = keeper.call();
    let (address, port) = host.split_once(':').unwrap();
    has(
        &call,
        &[
            ("otel.name", "chat m-1"),
            ("otel.kind", "client"),
            ("gen_ai.operation.name", "chat"),
            ("gen_ai.provider.name", "openai"),
            ("gen_ai.request.max_tokens", "4096"),
            ("gen_ai.request.model", "m-1"),
            ("gen_ai.response.finish_reasons", r#"["stop"]"#),
            ("gen_ai.response.id", "cmpl-1"),
            ("gen_ai.response.model", "m-2026"),
            ("gen_ai.usage.cache_read.input_tokens", "4"),
            ("gen_ai.usage.input_tokens", "11"),
            ("gen_ai.usage.output_tokens", "7"),
            ("kinship.tries", "2"),
            ("kinship.trial", &planned("w/control", 7).trial.to_string()),
            ("kinship.turn", "0"),
            ("server.address", address),
            ("server.port", port),
        ],
    );
    assert!(!call.contains_key("error.type") && !call.contains_key("otel.status_code"));
    let retries = Keeper::of_calls(&keeper.events);
    assert_eq!(retries.len(), 1);
    has(&retries[0], &[("message", "retry"), ("attempt", "1"), ("error.type", "429")]);
    assert!(retries[0].contains_key("wait_ms"));
}

#[tokio::test]
async fn every_provider_has_the_name_that_the_conventions_give_it() {
    for (provider, operation, name) in [
        (Provider::OpenAiResponses, "chat", "openai"),
        (Provider::Anthropic, "chat", "anthropic"),
        (Provider::Google, "generate_content", "gcp.gemini"),
    ] {
        let script = vec![http("400 No", r#"{"error":{"message":"no"}}"#)];
        let (keeper, ..) = ask(provider, script).await;
        let otel_name = format!("{operation} m-1");
        has(
            &keeper.call(),
            &[
                ("otel.name", &otel_name),
                ("gen_ai.operation.name", operation),
                ("gen_ai.provider.name", name),
                ("error.type", "400"),
                ("otel.status_code", "ERROR"),
            ],
        );
    }
}

#[tokio::test]
async fn what_failed_is_told_in_one_of_few_words() {
    use crate::server::Answer;
    let long = format!("HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n{}", "x".repeat(4 << 20));
    for (answers, kind) in [
        ([http("503 Busy", ""), http("500 Oops", "")], "500"),
        ([http("503 Busy", ""), http("200 OK", "<html>")], "no_answer"),
        ([http("503 Busy", ""), Answer::Raw(vec![])], "connection"),
        ([http("503 Busy", ""), Answer::Raw(long.into_bytes())], "answer_too_long"),
    ] {
        let (keeper, _, answered) = ask(Provider::OpenAi, answers.into()).await;
        assert!(!answered);
        has(&keeper.call(), &[("error.type", kind), ("kinship.tries", "2")]);
        has(&Keeper::of_calls(&keeper.events)[0], &[("error.type", "503")]);
    }
}

#[tokio::test]
async fn neither_what_was_said_nor_a_key_is_in_any_field_of_any_crate() {
    let echo = format!(r#"{{"error":{{"message":"SERVER'S WORDS {KEY}"}}}}"#);
    let answer = completion(&format!(
        r#"{{"content":"WORDS OF THE MODEL {KEY}","reasoning_content":"THOUGHTS","tool_calls":[{{"id":"c","function":{{"name":"shell","arguments":"ARGUMENTS"}}}}]}}"#
    ));
    let answer = answer.replace("cmpl-1", KEY).replace("m-2026", KEY).replace("stop", KEY);
    let script = vec![http("500 Oops", &echo), http("200 OK", &answer)];
    let (keeper, _, answered) = ask(Provider::OpenAi, script).await;
    assert!(answered);
    let said = keeper.said();
    let briefing = briefing();
    let words = ["SERVER'S WORDS", "WORDS OF THE MODEL", "THOUGHTS", "ARGUMENTS", &KEY[..8]];
    for word in words.into_iter().chain([briefing.system.as_str(), "the \\\"work\\\"", "Bearer"]) {
        assert!(!word.is_empty() && !said.contains(word), "{word} in {said}");
    }
    assert!(said.contains("[key]"), "the names were there to be cleaned");
}

#[tokio::test]
async fn a_judges_call_has_no_trial() {
    let keeper = Keeper::default();
    let _listening = tracing::subscriber::set_default(keeper.clone());
    let server = Server::start(vec![crate::server::says(r#"{"content":"{}"}"#)]).await;
    let (_, judge) = judge("j", settings(&server.host).0).ok().unwrap();
    judge.ask("A QUESTION", "{}").await.unwrap();
    has(&keeper.call(), &[("otel.name", "chat j")]);
    assert!(!keeper.call().contains_key("kinship.trial"));
    assert!(!keeper.said().contains("A QUESTION"));
}
