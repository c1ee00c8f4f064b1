//! Events keep their one byte form.

use super::*;
use crate::canonical::check_jcs;

fn exchange() -> Exchange {
    Exchange {
        cached_tokens: 0,
        carried: None,
        finish: "stop".into(),
        input_tokens: 1,
        model: "m".into(),
        output_tokens: 2,
        request: Digest::of(b"q"),
        request_id: "r".into(),
        response: Digest::of(b"a"),
    }
}

/// A reply with all that one can hold.
fn replied() -> Replied {
    let call = ToolCall { arguments: "{".into(), id: "1".into(), name: "n".into() };
    Replied {
        beside: Beside {
            calls: vec![Aside { exchange: Some(exchange()), reply: Reply::default() }],
            notes: vec!["n".into()],
        },
        exchange: Some(exchange()),
        relayed: true,
        reply: Reply { calls: vec![call], reasoning: None, text: String::new() },
    }
}

#[test]
fn every_event_is_canonical() {
    let events = [
        Event::Opened(Opened {
            condition: Condition::CONTROL,
            limits: TrialLimits { output_bytes: 5, turns: 6 },
            scenario: PluginRef {
                id: "w".into(),
                kind: crate::manifest::PluginKind::Scenario,
                sha256: Digest::of(b"w"),
                version: semver::Version::new(0, 1, 0),
            },
            seed: Seed::from_bytes([7; 32]),
            trial: "w/control/0".parse().unwrap(),
            own_tools: false,
        }),
        Event::Briefed(Briefing {
            memory: vec![MemoryItem { text: "t".into(), title: "u".into() }],
            system: "s \u{2028} \u{7f} é".into(),
            tools: vec![Tool {
                description: "d".into(),
                name: "n".into(),
                parameters: "{}".into(),
            }],
            user: "u".into(),
        }),
        Event::Replied(replied()),
        Event::Stepped(Step {
            next: Next::Ask("more".into()),
            results: vec![ToolResult { content: "c".into(), id: "1".into(), is_error: true }],
        }),
        Event::Stepped(Step { next: Next::End, results: vec![] }),
        Event::Executed(Execution {
            command: "ls".into(),
            directory: "/".into(),
            output: CommandOutput { status: -1, stderr: vec![0, 255], stdout: vec![] },
        }),
        Event::Wrote(File { contents: vec![1], mode: 0o644, modified: 9, path: "/a".into() }),
        Event::Removed("/a".into()),
        Event::Judged(Judged {
            answer: "1".into(),
            exchange: Some(exchange()),
            prompt: "p".into(),
            schema: "{}".into(),
        }),
        Event::Ended(Ended {
            ending: Ending::Failed,
            failure: Some(Failure { blame: Blame::Plugin, message: "m".into() }),
            final_state: vec![Fact { name: "f".into(), value: "true".into() }],
            beside: Beside::default(),
        }),
    ];
    for event in &events {
        check_jcs(event);
        assert_eq!(&Event::from_line(&event.to_line().unwrap()).unwrap(), event);
    }
}

#[test]
fn what_is_carried_back_stands_only_where_there_is_some() {
    let line = |carried: &str| {
        let digest = "0".repeat(64);
        format!(
            "{{\"replied\":{{\"exchange\":{{{carried}\"finish\":\"\",\"input_tokens\":0,\
             \"model\":\"\",\"output_tokens\":0,\"request\":\"{digest}\",\
             \"request_id\":\"\",\"response\":\"{digest}\"}},\"reply\":{{\"calls\":[],\
             \"reasoning\":null,\"text\":\"\"}}}}}}\n"
        )
    };
    for (text, carried) in [("", None), ("\"carried\":\"[1]\",", Some("[1]"))] {
        let event = Event::from_line(line(text).as_bytes()).unwrap();
        let Event::Replied(Replied { exchange: Some(exchange), .. }) = &event else {
            panic!("{event:?}");
        };
        assert_eq!(exchange.carried.as_deref(), carried);
        assert_eq!(String::from_utf8(event.to_line().unwrap()).unwrap(), line(text));
        check_jcs(&event);
    }
    assert!(Event::from_line(line("\"carried\":null,").as_bytes()).is_err());
}

#[test]
fn an_integer_that_other_readers_would_round_is_refused() {
    let file = File { contents: vec![], mode: 0, modified: (1 << 53) - 1, path: "/a".into() };
    assert!(Event::Wrote(file.clone()).to_line().is_ok());
    let beyond = File { modified: 1 << 53, ..file };
    let error = Event::Wrote(beyond).to_line().unwrap_err().to_string();
    assert_eq!(error, "integer outside ±(2^53-1)");
}
