//! A judge over a real HTTP server on the loopback interface.

use crate::openai::{KEY, settings};
use crate::server::{Server, completion, http, says};
use record::digest::Digest;
use record::event::Blame;
use subject::model::{ModelSettings, judge};

const SCHEMA: &str = r#"{"type":"object","required":["b","a"]}"#;

#[tokio::test]
async fn a_question_goes_out_with_its_schema_and_the_answer_comes_back_as_it_is() {
    let body = completion(r#"{"content":"{\"answer\": \"no\"}","reasoning_content":"hm"}"#);
    let server = Server::start(vec![http("200 OK", &body)]).await;
    let settings = ModelSettings { temperature: Some(0.0), ..settings(&server.host).0 };
    let (claim, judge) = judge("org/j", settings).ok().unwrap();
    let (answer, exchange) = judge.ask("Did \"it\"?", SCHEMA).await.unwrap();
    assert_eq!(answer, r#"{"answer": "no"}"#);
    let request = &server.requests()[0];
    let expected = concat!(
        r#"{"model":"org/j","messages":[{"role":"user","content":"Did \"it\"?"}],"#,
        r#""response_format":{"type":"json_schema","json_schema":{"name":"answer","strict":true,"#,
        r#""schema":{"type":"object","required":["b","a"]}}},"#,
        r#""max_completion_tokens":4096,"temperature":0.0}"#,
    );
    assert_eq!(std::str::from_utf8(&request.body).unwrap(), expected);
    let exchange = exchange.unwrap();
    assert_eq!((exchange.model.as_str(), exchange.output_tokens), ("m-2026", 7));
    assert_eq!(exchange.request, Digest::of(&request.body));
    assert_eq!(exchange.response, Digest::of(body.as_bytes()));
    assert_eq!((claim.spec.as_str(), claim.model.as_str()), ("openai:org/j", "org/j"));
    let host = format!("host={}", server.host);
    assert_eq!(claim.settings, [&host, "max_completion_tokens=4096", "temperature=0.0"]);
    assert!(!format!("{claim:?}").contains(KEY));
}

#[tokio::test]
async fn a_passing_failure_is_tried_again_and_told_as_a_judges() {
    let script = vec![http("503 X", "{}"), says(r#"{"content":"{}"}"#)];
    let server = Server::start(script).await;
    let (settings, notices) = settings(&server.host);
    let (_, judge) = judge("j", settings).ok().unwrap();
    assert_eq!(judge.ask("?", SCHEMA).await.unwrap().0, "{}");
    let notices = notices.lock().unwrap();
    assert_eq!((notices.len(), &notices[0].trial), (1, &None));
}

#[tokio::test]
async fn what_a_scorer_or_a_server_does_wrong_is_theirs() {
    let server = Server::start(vec![http("401 X", r#"{"error":{"message":"no key"}}"#)]).await;
    let (_, judge) = judge("j", settings(&server.host).0).ok().unwrap();
    let fault = judge.ask("?", "{").await.unwrap_err();
    assert_eq!((fault.blame, server.requests().len()), (Blame::Plugin, 0));
    let fault = judge.ask("?", SCHEMA).await.unwrap_err();
    assert_eq!(fault.blame, Blame::Setup, "{fault}");
}

#[test]
fn a_setting_that_cannot_work_is_found_before_anything_is_sent() {
    let (settings, _) = settings("127.0.0.1:1");
    let none = ModelSettings { max_output_tokens: 0, ..settings.clone() };
    assert_eq!(judge("j", none).err().unwrap().blame, Blame::Setup);
    let nowhere = ModelSettings { base_url: "models".into(), ..settings };
    assert_eq!(judge("j", nowhere).err().unwrap().blame, Blame::Setup);
}
