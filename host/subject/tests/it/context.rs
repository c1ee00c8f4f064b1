//! A request that is longer than the model's context: the operator's matter at the start of a trial,
//! and an outcome of the subject after it has spoken.

use crate::openai::settings;
use crate::providers::subject;
use crate::scenario::{briefing, step};
use crate::server::{Answer, Server, http};
use record::event::{Blame, Event, Next, Replied, Reply};
use subject::model::{Dialect, ModelSettings, judge};
use subject::spec::Provider;
use trial::port::Fault;

/// What servers say, and the word that the record has for it.
const REFUSALS: [(Provider, &str, &str); 10] = [
    (
        Provider::OpenAi,
        r#"{"error":{"message":"Too long.","type":"invalid_request_error","param":"messages","code":"context_length_exceeded"}}"#,
        "context_length_exceeded",
    ),
    (
        Provider::OpenAiResponses,
        r#"{"error":{"message":"Too long.","type":"invalid_request_error","param":"input","code":"context_length_exceeded"}}"#,
        "context_length_exceeded",
    ),
    // llama.cpp's server.
    (
        Provider::OpenAi,
        r#"{"error":{"code":400,"message":"request (9000 tokens) exceeds the available context size (8192 tokens), try increasing it","type":"exceed_context_size_error","n_prompt_tokens":9000,"n_ctx":8192}}"#,
        "exceed_context_size_error",
    ),
    // vLLM, in two ages.
    (
        Provider::OpenAi,
        r#"{"object":"error","message":"This model's maximum context length is 4096 tokens.","type":"BadRequestError","param":null,"code":400}"#,
        "context_length_exceeded",
    ),
    (
        Provider::OpenAi,
        r#"{"error":{"message":"This model's maximum context length is 4096 tokens.","type":"BadRequestError","param":null,"code":400}}"#,
        "context_length_exceeded",
    ),
    (
        Provider::OpenAi,
        r#"{"object":"error","message":"The input (9000 tokens) is longer than the model's context length (8192 tokens).","type":"BadRequestError","code":400}"#,
        "context_length_exceeded",
    ),
    (
        Provider::OpenAi,
        r#"{"error":{"message":"Invalid request: Your request exceeded model token limit: 8192","type":"invalid_request_error"}}"#,
        "context_length_exceeded",
    ),
    (
        Provider::Anthropic,
        r#"{"type":"error","error":{"type":"invalid_request_error","message":"prompt is too long: 208310 tokens > 200000 maximum"}}"#,
        "model_context_window_exceeded",
    ),
    (
        Provider::Anthropic,
        r#"{"type":"error","error":{"type":"invalid_request_error","message":"input length and `max_tokens` exceed context limit: 198000 + 4096 > 200000"}}"#,
        "model_context_window_exceeded",
    ),
    (
        Provider::Google,
        r#"{"error":{"code":400,"message":"The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).","status":"INVALID_ARGUMENT"}}"#,
        "input_token_count_exceeds_maximum",
    ),
];

/// A log that goes on after a reply.
fn later() -> Vec<Event> {
    let reply = Reply { text: "Looking.".into(), ..Reply::default() };
    vec![
        Event::Briefed(briefing()),
        Event::Replied(Replied { exchange: None, reply, ..Replied::default() }),
        step(Next::Ask("And?".into()), &[]),
    ]
}

/// The reply to `events`, from a server that refuses with this body; one request in every case.
async fn ask(
    provider: Provider,
    status: &str,
    body: &str,
    dialect: Dialect,
    events: &[Event],
) -> Result<Replied, Fault> {
    let script: Vec<Answer> = (0..2).map(|_| http(status, body)).collect();
    let server = Server::start(script).await;
    let (settings, notices) = settings(&server.host);
    let replied = subject(provider, ModelSettings { dialect, ..settings }).reply(events).await;
    assert_eq!((server.requests().len(), notices.lock().unwrap().len()), (1, 0), "{body}");
    replied
}

#[tokio::test]
async fn a_scenario_that_does_not_fit_stops_the_run() {
    for (provider, body, _) in REFUSALS {
        let start = [Event::Briefed(briefing())];
        let fault =
            ask(provider, "400 No", body, Dialect::Native, &start).await.expect_err("refused");
        assert_eq!((fault.blame, fault.invalidates()), (Blame::Setup, false), "{fault}");
        for part in [
            "the model's context does not hold the start of trial w/control/7: ",
            "; leave out the cells of its scenario, ask for fewer output tokens, or test a model \
             with a larger context",
        ] {
            assert!(fault.message.contains(part), "{part}: {fault}");
        }
    }
}

#[tokio::test]
async fn a_context_that_a_trial_has_filled_is_an_outcome() {
    for (provider, body, finish) in REFUSALS {
        for dialect in [Dialect::Native, Dialect::Text] {
            let replied = ask(provider, "400 No", body, dialect, &later()).await;
            let replied = replied.unwrap_or_else(|fault| panic!("{body}: {fault}"));
            let exchange = replied.exchange.unwrap();
            assert_eq!((&replied.reply, exchange.finish.as_str()), (&Reply::default(), finish));
            assert_eq!((exchange.input_tokens, exchange.output_tokens), (0, 0));
        }
    }
}

#[tokio::test]
async fn after_one_the_world_may_ask_again_and_the_answer_is_the_same() {
    for (provider, body, finish) in REFUSALS {
        let mut events = later();
        let replied = ask(provider, "400 No", body, Dialect::Native, &events).await.unwrap();
        events.push(Event::Replied(replied));
        events.push(step(Next::Ask("Was that all?".into()), &[]));
        let again = ask(provider, "400 No", body, Dialect::Native, &events).await.unwrap();
        assert_eq!(
            (again.reply, again.exchange.unwrap().finish.as_str()),
            (Reply::default(), finish)
        );
    }
}

#[tokio::test]
async fn another_wrong_request_stays_the_providers_and_so_does_a_word_that_breaks_off() {
    for provider in Provider::ALL {
        let body = r#"{"error":{"message":"The maximum number of images is 5.","status":"INVALID_ARGUMENT"}}"#;
        let fault = ask(provider, "400 No", body, Dialect::Native, &later()).await.unwrap_err();
        assert_eq!(fault.blame, Blame::Provider, "{fault}");
    }
    for (provider, body, _) in REFUSALS {
        let cut = format!("{body}{}", " ".repeat(70_000));
        let fault = ask(provider, "400 No", &cut, Dialect::Native, &later()).await.unwrap_err();
        assert_eq!(fault.blame, Blame::Provider, "{fault}");
    }
}

#[tokio::test]
async fn a_judges_question_that_does_not_fit_is_refused_as_any_other() {
    for (_, body, _) in REFUSALS.iter().filter(|(provider, ..)| *provider == Provider::OpenAi) {
        let server = Server::start(vec![http("400 No", body)]).await;
        let (_, judge) = judge("j", settings(&server.host).0).ok().unwrap();
        let fault = judge.ask("?", "{}").await.unwrap_err();
        assert_eq!((fault.blame, server.requests().len()), (Blame::Provider, 1), "{fault}");
        assert!(fault.message.contains(": the request is refused: "), "{fault}");
    }
}
