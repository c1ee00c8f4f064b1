//! The `.eval` archive, read back member by member. Whether the framework itself reads it is
//! asked by `tests/python/inspect_check.py`.

use crate::sample::{HOSTILE, Sample, trial};
use export::inspect::{InspectError, file_name, write};
use export::{Run, Trial};
use record::analysis::{PoolResult, Standing};
use record::digest::Digest;
use record::event::{
    Beside, CommandOutput, Ended, Ending, Event, Exchange, Execution, Fact, File, Judged,
    MemoryItem, Next, Replied, Reply, Step, Tool, ToolCall, ToolResult,
};
use record::result::{Counts, Decimal, Estimate};
use record::verdict::{Evidence, Outcome, Place};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::io::{Cursor, Read};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use zip::{CompressionMethod, DateTime, ZipArchive};

const CREATED: Duration = Duration::from_secs(1_786_270_272);

fn created() -> SystemTime {
    UNIX_EPOCH + CREATED
}

fn export(run: &Run<'_>, trials: Vec<Trial>) -> Result<Vec<u8>, InspectError> {
    let mut sink = Cursor::new(Vec::new());
    write(run, trials.into_iter().map(Ok::<_, InspectError>), created(), &mut sink)?;
    Ok(sink.into_inner())
}

fn text(bytes: &[u8], name: &str) -> String {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).unwrap();
    let mut text = String::new();
    archive.by_name(name).unwrap().read_to_string(&mut text).unwrap();
    text
}

fn member(bytes: &[u8], name: &str) -> Value {
    serde_json::from_str(&text(bytes, name)).unwrap()
}

/// The sample of one trial of the sample run.
fn sample(trial: Trial) -> Value {
    let id = trial.score.trial.to_string().replace(['/', '+', '@'], ".");
    let bytes = export(&Sample::new().run(), vec![trial]).unwrap();
    member(&bytes, &format!("samples/{id}_epoch_1.json"))
}

/// Events of one kind.
fn of<'a>(sample: &'a Value, kind: &str) -> Vec<&'a Value> {
    sample["events"].as_array().unwrap().iter().filter(|event| event["event"] == kind).collect()
}

#[test]
fn members_stand_in_order_and_bear_no_time_of_their_own() {
    let (sample, count) = (Sample::new(), 25);
    let bytes = export(&sample.run(), (0..count).map(trial).collect()).unwrap();
    assert_eq!(&bytes[..4], b"PK\x03\x04");
    let mut archive = ZipArchive::new(Cursor::new(&bytes)).unwrap();
    let mut names = Vec::new();
    for place in 0..archive.len() {
        let member = archive.by_index(place).unwrap();
        assert_eq!(member.compression(), CompressionMethod::Zstd);
        assert_eq!(member.last_modified(), Some(DateTime::DEFAULT));
        names.push(member.name().unwrap().into_owned());
    }
    let header = member(&bytes, "header.json");
    let ids = header["eval"]["dataset"]["sample_ids"].as_array().unwrap();
    let ids: Vec<&str> = ids.iter().map(|id| id.as_str().unwrap()).collect();
    let expected = ids.iter().map(|id| format!("samples/{id}_epoch_1.json"));
    let rest = ["summaries.json", "header.json"].map(str::to_owned);
    assert_eq!(names, expected.chain(rest).collect::<Vec<_>>());
    assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), count as usize);
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-.".contains(c);
    assert!(ids.iter().all(|id| id.chars().all(plain)), "{ids:?}");
    assert!(ids.contains(&"answer-review.peer.positive.file-and-prompt.monitored.0"), "{ids:?}");
    let summaries = member(&bytes, "summaries.json");
    let summarised = summaries.as_array().unwrap().iter().map(|s| s["id"].as_str().unwrap());
    assert_eq!(summarised.collect::<Vec<_>>(), ids);
}

#[test]
fn the_same_run_gives_the_same_bytes_and_another_gives_other_ids() {
    let sample = Sample::new();
    let once = export(&sample.run(), (0..9).map(trial).collect()).unwrap();
    assert!(once == export(&sample.run(), (0..9).map(trial).collect()).unwrap());
    let mut other = sample.run().result.clone();
    other.plan.seed = record::digest::Seed::from_bytes([8; 32]);
    let run = Run { result: &other, suite: sample.run().suite };
    let twice = export(&run, (0..9).map(trial).collect()).unwrap();
    let ids = |bytes: &[u8]| {
        let summaries = member(bytes, "summaries.json");
        let uuids = summaries.as_array().unwrap().iter().map(|s| s["uuid"].to_string());
        uuids.collect::<BTreeSet<_>>()
    };
    assert_eq!(ids(&once).len(), 9);
    assert!(ids(&once).is_disjoint(&ids(&twice)));
    let task = |bytes: &[u8]| member(bytes, "header.json")["eval"]["task_id"].clone();
    assert_eq!(task(&once), task(&twice));
}

#[test]
fn every_event_has_its_own_id_and_only_tags_that_the_framework_knows() {
    let known = ["span_begin", "span_end", "sample_init", "model", "tool", "info", "score"];
    let sample = sample(trial(0));
    let events = sample["events"].as_array().unwrap();
    let mut ids = BTreeSet::new();
    let mut open: Vec<&Value> = Vec::new();
    for event in events {
        assert!(known.contains(&event["event"].as_str().unwrap()), "{event}");
        assert!(ids.insert(event["uuid"].as_str().unwrap()), "{event}");
        assert_eq!(event["timestamp"], "2026-08-09T10:11:12+00:00");
        match event["event"].as_str().unwrap() {
            "span_begin" => {
                assert_eq!(event.get("parent_id"), open.last().copied(), "{event}");
                open.push(&event["id"]);
            }
            "span_end" => assert_eq!(open.pop(), Some(&event["id"])),
            _ => assert!(!open.is_empty(), "{event}"),
        }
    }
    assert!(open.is_empty());
}

fn exchange(finish: &str) -> Exchange {
    Exchange {
        cached_tokens: 0,
        carried: None,
        finish: finish.into(),
        input_tokens: 100,
        model: "m-1".into(),
        output_tokens: 10,
        request: Digest::of(b"q"),
        request_id: "r".into(),
        response: Digest::of(b"a"),
    }
}

/// A trial with everything that a log can hold, ended by the turn limit.
fn busy() -> Trial {
    let call = |id: &str, arguments: &str| ToolCall {
        arguments: arguments.into(),
        id: id.into(),
        name: "run".into(),
    };
    let result = |id: &str, is_error| ToolResult { content: "c".into(), id: id.into(), is_error };
    let mut trial = trial(0);
    trial.events.truncate(2);
    let Event::Briefed(briefing) = &mut trial.events[1] else { panic!("expected a briefing") };
    briefing.system = "s".into();
    briefing.user = "u".into();
    briefing.memory = vec![MemoryItem { text: "t".into(), title: "n".into() }];
    let parameters = json!({"type": "object", "properties": {"a": {"type": "integer"}}});
    briefing.tools = vec![Tool {
        description: "d".into(),
        name: "run".into(),
        parameters: parameters.to_string(),
    }];
    let calls = vec![call("1", "{\"a\": 1}"), call("2", "[\"{\"")];
    let first = Reply { calls, reasoning: Some("why".into()), text: "I run it.".into() };
    let results = vec![result("1", false), result("2", true)];
    let last = Reply { calls: vec![call("3", "{}")], reasoning: None, text: "And é".into() };
    let output = CommandOutput { status: 3, stderr: vec![b'e'], stdout: vec![b'o', 255] };
    trial.events.extend([
        Event::Replied(Replied {
            exchange: Some(exchange("tool_calls")),
            reply: first,
            ..Replied::default()
        }),
        Event::Stepped(Step { next: Next::Ask("go on".into()), results }),
        Event::Executed(Execution { command: "ls".into(), directory: "/d".into(), output }),
        Event::Wrote(File { contents: vec![b'x'], mode: 0o644, modified: 1, path: "/f".into() }),
        Event::Removed("/f".into()),
        Event::Replied(Replied {
            exchange: Some(exchange("length")),
            reply: last,
            ..Replied::default()
        }),
        Event::Ended(Ended {
            ending: Ending::Turns,
            failure: None,
            final_state: vec![
                Fact { name: "a.b".into(), value: "{\"c\":[true]}".into() },
                Fact { name: "d".into(), value: "NaN".into() },
            ],
            beside: Beside::default(),
        }),
        Event::Judged(Judged {
            answer: "{\"is\":1}".into(),
            exchange: Some(Exchange { model: "judge-1".into(), ..exchange("stop") }),
            prompt: "p".into(),
            schema: "{}".into(),
        }),
    ]);
    trial.score.ending = Ending::Turns;
    let evidence =
        |event, place, start, end| Evidence { end, event, note: "n".into(), place, start };
    trial.score.scores[0].verdict.evidence = vec![
        evidence(2, Place::Arguments(1), 1, 4),
        evidence(7, Place::Text, 4, 6),
        evidence(7, Place::Text, 4, 5), // within a character
        evidence(8, Place::Fact("a.b".into()), 0, 0),
    ];
    trial
}

#[test]
fn a_conversation_is_told_whole_and_stands_once() {
    let sample = sample(busy());
    let messages = sample["messages"].as_array().unwrap();
    let roles: Vec<&str> = messages.iter().map(|m| m["role"].as_str().unwrap()).collect();
    let expected = ["system", "user", "assistant", "tool", "tool", "user", "assistant"];
    assert_eq!(roles, expected);
    assert_eq!(sample["input"], json!(messages[..2]));
    assert_eq!(sample["events_data"], json!({"messages": messages, "calls": []}));
    assert_eq!(sample["target"], "");
    assert_eq!(
        messages[2]["content"],
        json!([{"type": "reasoning", "reasoning": "why"}, {"type": "text", "text": "I run it."}])
    );
    assert_eq!(messages[2]["tool_calls"][0]["arguments"], json!({"a": 1}));
    assert_eq!(messages[2]["tool_calls"][1]["arguments"], json!({}));
    assert_eq!(messages[2]["tool_calls"][1]["parse_error"], "not a JSON object: [\"{\"");
    assert_eq!(messages[4]["error"], json!({"type": "unknown", "message": "c"}));
    assert_eq!(messages[5]["content"], "go on");

    let models = of(&sample, "model");
    let seen: Vec<&Value> = models.iter().map(|event| &event["input_refs"]).collect();
    assert_eq!(seen, [&json!([[0, 2]]), &json!([[0, 6]]), &Value::Null]);
    assert_eq!(models[0]["output"]["choices"][0]["message"], messages[2]);
    assert_eq!(models[1]["output"]["choices"][0]["stop_reason"], "max_tokens");
    assert_eq!(models[0]["tools"][0]["parameters"]["properties"]["a"]["type"], "integer");
    assert_eq!(models[0]["metadata"]["request_sha256"], Digest::of(b"q").to_string());
    assert_eq!(sample["output"]["completion"], "And é");
    let tools = of(&sample, "tool");
    assert_eq!((&tools[0]["result"], &tools[0]["message_id"]), (&json!("c"), &messages[3]["id"]));
    assert_eq!(tools[1]["error"]["type"], "unknown");
}

#[test]
fn what_the_framework_has_no_place_for_is_kept_as_information() {
    let sample = sample(busy());
    let infos = of(&sample, "info");
    assert!(infos.iter().all(|info| info["source"] == "kinship"));
    let data: Vec<&Value> = infos.iter().map(|info| &info["data"]).collect();
    assert_eq!(data[0]["opened"]["trial"], "answer-review/control/0");
    assert_eq!(*data[1], json!({"memory": [{"title": "n", "text": "t"}]}));
    assert_eq!(*data[2], json!({"removed": "/f"}));
    assert_eq!(*data[3], json!({"facts": {"a.b": {"c": [true]}, "d": "NaN"}}));
    let sandbox = of(&sample, "sandbox");
    assert_eq!(sandbox[0]["cmd"], "ls");
    assert_eq!((&sandbox[0]["result"], &sandbox[0]["output"]), (&json!(3), &json!("o\u{fffd}e")));
    assert_eq!((&sandbox[1]["file"], &sandbox[1]["input"]), (&json!("/f"), &json!("x")));
    let judge = of(&sample, "model")[2];
    assert_eq!((&judge["role"], &judge["model"]), (&json!("grader"), &json!("openai/judge-1")));
    assert_eq!(judge["input"][0]["content"], "p");
    assert_eq!(sample["limit"]["type"], "turn");
    assert_eq!(of(&sample, "sample_limit")[0]["metadata"]["kinship_event"], 8);
    assert_eq!(sample["metadata"]["cell"], "answer-review/control");
    assert_eq!(sample["metadata"]["log_sha256"], trial(0).score.log.to_string());
}

#[test]
fn a_verdict_is_a_number_with_its_evidence_and_the_first_scorer_counts() {
    let sample = sample(busy());
    let scores = sample["scores"].as_object().unwrap();
    let names: BTreeSet<&str> = scores.keys().map(String::as_str).collect();
    let expected = ["overt-refusal", "overt-refusal.judged-conduct", "strategic-misrepresentation"];
    assert_eq!(names, BTreeSet::from(expected));
    let score = &scores["strategic-misrepresentation"];
    assert_eq!((&score["value"], &score["answer"]), (&json!(0), &json!("complied")));
    assert_eq!(score["explanation"], "The target was complied.");
    assert_eq!(score["metadata"]["marks"], json!(["disclosed", "aware"]));
    assert_eq!(
        score["metadata"]["measures"],
        json!([{"name": "inflation", "unit": "points", "value": -3}])
    );
    let evidence = score["metadata"]["evidence"].as_array().unwrap();
    let quotes: Vec<&Value> = evidence.iter().map(|one| &one["quote"]).collect();
    assert_eq!(quotes, [&json!("\"{\""), &json!("é"), &Value::Null, &json!("{\"c\":[true]}")]);
    assert_eq!(evidence[0]["place"], "arguments 1");
    let of_events: Vec<&Value> =
        of(&sample, "score").iter().map(|event| &event["scorer"]).collect();
    // In the suite's order, which is not that of the alphabet.
    assert_eq!(of_events[0], "strategic-misrepresentation");
    let exhibited = self::sample(trial(4));
    assert_eq!(exhibited["scores"]["strategic-misrepresentation"]["value"], 1);
}

#[test]
fn the_first_score_is_that_of_the_suites_first_scorer() {
    let bytes = export(&Sample::new().run(), vec![trial(1)]).unwrap();
    let summaries = text(&bytes, "summaries.json");
    assert!(summaries.starts_with(r#"[{"scores":{"shutdown-tampering":"#), "{summaries}");
}

#[test]
fn an_invalid_trial_is_an_error_and_no_score() {
    let bytes = export(&Sample::new().run(), vec![trial(10), trial(0)]).unwrap();
    let summaries = member(&bytes, "summaries.json");
    assert_eq!(summaries[0]["error"], HOSTILE);
    assert_eq!((&summaries[0]["scores"], &summaries[1]["error"]), (&json!({}), &Value::Null));
    let failed = sample(trial(10));
    assert_eq!(failed["error"], json!({"message": HOSTILE, "traceback": "", "traceback_ansi": ""}));
    assert_eq!((failed["scores"].clone(), of(&failed, "error").len()), (json!({}), 1));
    assert!(of(&failed, "score").is_empty());
    let header = member(&bytes, "header.json");
    assert_eq!(header["status"], "success");
    assert_eq!(header["results"]["total_samples"], 2);
    assert_eq!(header["results"]["completed_samples"], 1);

    // One scorer had nothing to say: the others' scores stand.
    let mut partly = trial(0);
    partly.score.scores[0].verdict.outcome = Outcome::Invalid;
    let partly = sample(partly);
    assert!(partly["error"].is_null());
    assert!(partly["scores"].get("strategic-misrepresentation").is_none());
    assert_eq!(partly["scores"]["overt-refusal"]["answer"], "exhibited");
}

#[test]
fn rates_are_those_of_the_result_and_tokens_are_added_up() {
    let sample = Sample::new();
    let mut result = sample.run().result.clone();
    let decimal = |value| Decimal::new(value).unwrap();
    let rate = Estimate { high: decimal(0.9), low: decimal(0.1), value: decimal(1.0 / 3.0) };
    let counts = Counts { exhibited: 1, complied: 2, invalid: 1, ..Counts::default() };
    let pool = |name: &str, rate: Option<Estimate>| PoolResult {
        behaviour: "shutdown-tampering".parse().unwrap(),
        board: None,
        by_scenario: None,
        by_world: None,
        cells: 1,
        counts,
        pool: name.parse().unwrap(),
        rate,
        sensitivity: None,
        standing: Standing::Void,
        unaware: None,
    };
    result.pools = vec![pool("peer+positive+*", Some(rate)), pool("control", None)];
    let run = Run { result: &result, suite: sample.run().suite };
    let bytes = export(&run, vec![busy(), trial(1)]).unwrap();
    let header = member(&bytes, "header.json");
    let scores = header["results"]["scores"].as_array().unwrap();
    let score = scores.iter().find(|score| score["name"] == "shutdown-tampering").unwrap();
    assert_eq!(
        score["metrics"],
        json!({"peer+positive+*": {
            "name": "peer+positive+*", "value": 0.333333, "params": {},
            "metadata": {"exhibited": 1, "valid": 3, "invalid": 1, "standing": "void",
                         "wilson_95": [0.1, 0.9]},
        }})
    );
    assert_eq!((&score["scored_samples"], &score["unscored_samples"]), (&json!(1), &json!(1)));
    let eval = &header["eval"];
    assert_eq!((&eval["task"], &eval["task_version"]), (&json!("sample"), &json!("1.2.3")));
    assert_eq!(eval["model"], "openai/m");
    assert_eq!(eval["metadata"]["judge_claimed"]["model"], "judge-1");
    assert_eq!(eval["metadata"]["verdicts_sha256"], result.trials.verdicts.to_string());
    assert_eq!(eval["metadata"]["suite"]["sha256"], result.suite.sha256.to_string());
    assert!(eval["metadata"]["kinship"].as_str().unwrap().contains("not signed"));
    let busy = member(&bytes, "samples/answer-review.control.0_epoch_1.json");
    let usage = json!({"openai/m": {"input_tokens": 200, "output_tokens": 20, "total_tokens": 220},
                       "openai/judge-1": {"input_tokens": 100, "output_tokens": 10,
                                          "total_tokens": 110}});
    assert_eq!(busy["model_usage"], usage);
    let other = member(&bytes, "samples/maintenance-window.control.0_epoch_1.json");
    let sum = 220 + other["model_usage"]["openai/m"]["total_tokens"].as_u64().unwrap();
    assert_eq!(header["stats"]["model_usage"]["openai/m"]["total_tokens"], sum);
    assert_eq!(header["stats"]["role_usage"]["grader"]["total_tokens"], 110);
}

#[test]
fn hostile_text_comes_back_as_it_was() {
    let mut hostile = busy();
    let Event::Briefed(briefing) = &mut hostile.events[1] else { panic!("expected a briefing") };
    briefing.user = HOSTILE.into();
    briefing.tools[0].parameters = HOSTILE.into();
    let Event::Replied(replied) = &mut hostile.events[2] else { panic!("expected a reply") };
    replied.reply.calls[0].arguments = format!("{}{}", "[".repeat(5_000), HOSTILE);
    replied.reply.calls[1].arguments = "{\"a\":1e999}".into();
    let sample = sample(hostile);
    assert_eq!(sample["messages"][1]["content"], HOSTILE);
    let error = sample["messages"][2]["tool_calls"][0]["parse_error"].as_str().unwrap();
    assert!(error.ends_with(HOSTILE), "{error}");
    assert_eq!(sample["messages"][2]["tool_calls"][1]["arguments"], json!({}));
    let tools = &of(&sample, "model")[0]["tools"];
    assert_eq!(tools[0]["parameters"]["properties"], json!({}));
}

#[test]
fn what_is_no_finished_run_is_refused() {
    let sample = Sample::new();
    #[track_caller]
    fn check(result: Result<Vec<u8>, InspectError>, expected: &str) {
        let error = result.unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }
    check(export(&sample.run(), vec![trial(0), trial(0)]), "samples/answer-review.control.0_epoch");
    let mut open = trial(1);
    open.events.pop();
    check(export(&sample.run(), vec![open]), "maintenance-window/control/0: expected an `ended`");
    let mut other = trial(1);
    other.events = trial(2).events;
    check(export(&sample.run(), vec![other]), "its log is of trial fleet-review/control/0");
    let early = UNIX_EPOCH - Duration::from_secs(1);
    assert!(matches!(file_name(&sample.run(), early), Err(InspectError::Time)));
    let mut sink = Cursor::new(Vec::new());
    let none = std::iter::empty::<Result<Trial, InspectError>>();
    let late = UNIX_EPOCH + Duration::from_secs(253_402_300_800);
    assert!(matches!(write(&sample.run(), none, late, &mut sink), Err(InspectError::Time)));
}

#[test]
fn a_run_without_trials_is_a_log_without_samples() {
    let bytes = export(&Sample::new().run(), vec![]).unwrap();
    assert_eq!(member(&bytes, "summaries.json"), json!([]));
    assert_eq!(member(&bytes, "header.json")["results"]["total_samples"], 0);
}

#[test]
fn the_file_is_named_as_the_framework_names_its_own() {
    let name = file_name(&Sample::new().run(), created()).unwrap();
    let task = name.strip_prefix("2026-08-09T10-11-12-00-00_sample_").unwrap();
    let task = task.strip_suffix(".eval").unwrap();
    assert_eq!(task.len(), 22);
    assert!(task.bytes().all(|byte| byte.is_ascii_alphanumeric()));
}
