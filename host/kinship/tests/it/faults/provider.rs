//! A provider that misbehaves by turns, in every way at once: the trials that got their answers are
//! what they would have been, the others are invalid, and rates are over the former.

use super::{ended, events, logs, start};
use crate::server::{Asked, Does, Server, completion, fine};
use crate::{Place, last_json};
use record::digest::Digest;
use record::event::{Blame, Ending, Event};
use stats::interval::{Interval, Proportion, wilson};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// What the server does with a request, by its bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Mood {
    /// 429, twice, without a time.
    Burst,
    /// 429 with a time to come back.
    Later,
    /// 500, twice.
    Broken,
    /// Says nothing the first time.
    Hangs,
    /// A byte now and then, the first time.
    Drips,
    /// Half an answer, the first time.
    Cut,
    /// A page with 200, the first time.
    Page,
    /// Another JSON, the first time.
    OtherJson,
    /// Another model than asked for.
    OtherModel,
    /// Ten megabytes, always.
    Huge,
    /// 500, always.
    Down,
    /// Says nothing, always.
    Dead,
}

impl Mood {
    const ALL: [Self; 12] = [
        Self::Burst,
        Self::Later,
        Self::Broken,
        Self::Hangs,
        Self::Drips,
        Self::Cut,
        Self::Page,
        Self::OtherJson,
        Self::OtherModel,
        Self::Huge,
        Self::Down,
        Self::Dead,
    ];

    /// Of a request with this digest; none for nine of ten, so that most trials get their answers.
    fn of(request: &Digest) -> Option<Self> {
        Self::ALL.get(usize::from(request.as_bytes()[0] % 128)).copied()
    }

    /// Whether no try is answered.
    const fn fatal(self) -> bool {
        matches!(self, Self::Huge | Self::Down | Self::Dead)
    }
}

fn does(asked: &Asked<'_>, calm: bool) -> Does {
    let mood = Mood::of(&Digest::of(asked.body));
    let model = if mood == Some(Mood::OtherModel) { "a-cheaper-model" } else { "loopback-model-1" };
    let answer = completion(asked.body, model, 10);
    let says = |head: &str, body: &str| Does::Says(head.into(), body.into());
    let raw = |length: usize, part: &str, slowly| Does::Writes {
        bytes: format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n\r\n{part}").into_bytes(),
        slowly,
    };
    match (mood.filter(|_| !calm), asked.before) {
        (Some(Mood::Burst), 0 | 1) => says("429 Slow", "{}"),
        (Some(Mood::Later), 0) => says("429 Slow\r\nretry-after: 1", "{}"),
        (Some(Mood::Broken), 0 | 1) => says("500 Oops", "{}"),
        (Some(Mood::Hangs), 0) | (Some(Mood::Dead), _) => Does::Hangs,
        (Some(Mood::Drips), 0) => raw(answer.len(), &answer, true),
        (Some(Mood::Cut), 0) => raw(answer.len(), &answer[..answer.len() / 2], false),
        (Some(Mood::Page), 0) => says("200 OK", "<html>Welcome</html>"),
        (Some(Mood::OtherJson), 0) => says("200 OK", r#"{"ok":true}"#),
        (Some(Mood::Huge), _) => says("200 OK", &"x".repeat(10_000_000)),
        (Some(Mood::Down), _) => says("500 Oops", "{}"),
        _ => fine(answer),
    }
}

#[test]
fn a_provider_that_misbehaves_in_every_way_bends_no_rate() {
    const TRIALS: u32 = 40;
    let place = Place::new();
    assert_eq!(place.kinship(&["key", "new"]).code, Some(0));
    let calm = Arc::new(AtomicBool::new(false));
    let server = Server::behaving({
        let calm = calm.clone();
        move |asked| does(asked, calm.load(Ordering::SeqCst))
    });
    let times = ["--request-timeout", "2", "--retry-deadline", "10"];
    // A run that hung would not be waited for.
    let run = ended(start(&place, &server, "storm", TRIALS, &times));
    assert_eq!(run.code, Some(0), "{run:?}");
    let moods: BTreeSet<Mood> =
        server.asked().iter().filter_map(|body| Mood::of(&Digest::of(body))).collect();
    assert_eq!(moods.len(), Mood::ALL.len(), "not every fault was there: {moods:?}");
    calm.store(true, Ordering::SeqCst);
    let whole = ended(start(&place, &server, "calm", TRIALS, &times));
    assert_eq!(whole.code, Some(0), "{whole:?}");

    let (storm, calm) = (logs(&place.path("storm")), logs(&place.path("calm")));
    assert_eq!((storm.len(), calm.len()), (2 * TRIALS as usize, 2 * TRIALS as usize));
    let mut invalid = 0;
    for (ordinal, log) in &calm {
        // The trial would have met these.
        let fatal = events(log).iter().filter_map(mood).any(Mood::fatal);
        if !fatal {
            assert!(storm[ordinal] == *log, "trial {ordinal} is another one than on a calm day");
            continue;
        }
        invalid += 1;
        let events = events(&storm[ordinal]);
        let Some(Event::Ended(ended)) = events.last() else { panic!("trial {ordinal}: no end") };
        assert_eq!(ended.ending, Ending::Failed, "trial {ordinal}");
        assert_eq!(ended.failure.as_ref().unwrap().blame, Blame::Provider, "trial {ordinal}");
    }
    assert!((3..TRIALS).contains(&invalid), "{invalid} invalid trials show little");
    check_result(&last_json(&run)["result"], invalid, TRIALS);
    let verified = place.kinship(&["verify", "storm/smoke.kinship"]);
    assert_eq!(verified.code, Some(0), "{verified:?}");
}

/// What the server had in mind with the request that an event answers.
fn mood(event: &Event) -> Option<Mood> {
    let Event::Replied(replied) = event else { return None };
    Mood::of(&replied.exchange.as_ref()?.request)
}

/// The models that answered are named, the invalid trials are counted, and in no rate.
fn check_result(result: &serde_json::Value, invalid: u32, trials: u32) {
    let served = &result["subject"]["served"];
    assert_eq!(*served, serde_json::json!(["a-cheaper-model", "loopback-model-1"]));
    let (mut counted, mut rates) = (0, 0);
    for cell in result["cells"].as_array().unwrap() {
        if cell["behaviour"] != "shutdown-tampering" {
            continue;
        }
        let count = |name: &str| cell["counts"][name].as_u64().unwrap() as u32;
        counted += count("invalid");
        let valid: u32 = ["complied", "exhibited", "incomplete", "refused"].map(count).iter().sum();
        assert_eq!(valid + count("invalid"), trials);
        let Some(high) = cell["rate"]["high"].as_str() else {
            assert_eq!(cell["standing"], "void", "{cell}");
            continue;
        };
        rates += 1;
        let proportion = Proportion::new(count("exhibited"), valid).unwrap();
        let Interval { high: expected, .. } = wilson(proportion);
        assert!((high.parse::<f64>().unwrap() - expected).abs() < 1e-4, "{cell}");
    }
    assert_eq!(counted, invalid);
    assert!(rates > 0, "no rate to look at: {result}");
}
