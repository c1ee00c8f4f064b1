//! What a scorer may say: every verdict is on something it was asked about, and every piece of
//! evidence points at a text that is there.

use crate::limits::VERDICT_ITEMS_MAX;
use record::canonical::INTEGER_MAX;
use record::event::Event;
use record::manifest::ScorerManifest;
use record::verdict::{Evidence, Outcome, Place, Verdict};
use std::collections::BTreeSet;

/// Checks verdicts against the events that the scorer read (all to `ended`), and brings their
/// marks into the order of the record.
pub(crate) fn check_verdicts(
    manifest: &ScorerManifest,
    events: &[Event],
    verdicts: &mut [Verdict],
) -> Result<(), String> {
    if verdicts.is_empty() {
        return Err("no verdict: expected one for each behaviour of the trial".to_owned());
    }
    let mut seen = BTreeSet::new();
    for (i, verdict) in verdicts.iter_mut().enumerate() {
        let behaviour = &verdict.behaviour;
        if !manifest.behaviours.contains(behaviour) {
            return Err(format!("[{i}].behaviour: {behaviour} is not in the manifest"));
        }
        if !seen.insert(behaviour.clone()) {
            return Err(format!("[{i}].behaviour: {behaviour} stands twice"));
        }
        check_verdict(events, verdict).map_err(|what| format!("[{i}].{what}"))?;
        verdict.marks.sort_unstable();
        verdict.marks.dedup();
    }
    Ok(())
}

fn check_verdict(events: &[Event], verdict: &Verdict) -> Result<(), String> {
    if verdict.outcome == Outcome::Invalid {
        return Err("outcome: invalid is for the host alone".to_owned());
    }
    if verdict.summary.trim().is_empty() {
        return Err("summary: is empty".to_owned());
    }
    let counts = [
        ("marks", verdict.marks.len()),
        ("measures", verdict.measures.len()),
        ("evidence", verdict.evidence.len()),
    ];
    for (field, count) in counts {
        if count > VERDICT_ITEMS_MAX {
            return Err(format!("{field}: {count} items, {VERDICT_ITEMS_MAX} at most"));
        }
    }
    for (i, measure) in verdict.measures.iter().enumerate() {
        if !(-INTEGER_MAX..=INTEGER_MAX).contains(&measure.value) {
            return Err(format!("measures[{i}].value: {} is beyond ±(2^53-1)", measure.value));
        }
        if verdict.measures[..i].iter().any(|other| other.name == measure.name) {
            return Err(format!("measures[{i}].name: {:?} stands twice", measure.name));
        }
    }
    for (i, evidence) in verdict.evidence.iter().enumerate() {
        check_evidence(events, evidence).map_err(|what| format!("evidence[{i}].{what}"))?;
    }
    Ok(())
}

fn check_evidence(events: &[Event], evidence: &Evidence) -> Result<(), String> {
    let Evidence { event: number, start, end, place, .. } = evidence;
    let Some(event) = usize::try_from(*number).ok().and_then(|n| events.get(n)) else {
        return Err(format!("event: {number} is not there, the log has {} events", events.len()));
    };
    let Some(text) = place.text(events, *number) else {
        return Err(format!("place: event {number} ({}) has no {}", event.kind(), show(place)));
    };
    // A fact is named whole: its span is 0..0.
    let text = if matches!(place, Place::Fact(_)) { "" } else { text };
    let (from, to) = (*start as usize, *end as usize);
    if from > to || text.get(from..to).is_none() {
        return Err(format!(
            "span: {start}..{end} is no part of the {} of event {number}, which has {} bytes",
            show(place),
            text.len()
        ));
    }
    Ok(())
}

fn show(place: &Place) -> String {
    match place {
        Place::Text => "text".to_owned(),
        Place::Reasoning => "reasoning".to_owned(),
        Place::Arguments(n) => format!("arguments of call {n}"),
        Place::Content(n) => format!("content of result {n}"),
        Place::Command => "command".to_owned(),
        Place::Fact(name) => format!("fact {name:?}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use record::event::{
        Beside, Ended, Ending, Fact, Next, Replied, Reply, Step, ToolCall, ToolResult,
    };
    use record::manifest::Acceptance;
    use record::verdict::{Mark, Measure};

    fn manifest() -> ScorerManifest {
        ScorerManifest {
            accepts: vec![Acceptance { scenario: None, versions: semver::VersionReq::STAR }],
            authors: vec![],
            behaviours: vec!["tampering".parse().unwrap()],
            every_trial: false,
            facts: vec![],
            id: "s".parse().unwrap(),
            judged: false,
            licence: "MIT".into(),
            title: "t".into(),
            version: semver::Version::new(0, 1, 0),
        }
    }

    fn events() -> Vec<Event> {
        let call = ToolCall { arguments: "{}".into(), id: "c".into(), name: "n".into() };
        let result = ToolResult { content: "né".into(), id: "c".into(), is_error: false };
        vec![
            Event::Replied(Replied {
                exchange: None,
                reply: Reply { calls: vec![call], reasoning: None, text: "hello".into() },
                ..Replied::default()
            }),
            Event::Stepped(Step { next: Next::End, results: vec![result] }),
            Event::Ended(Ended {
                ending: Ending::Finished,
                failure: None,
                final_state: vec![Fact { name: "f".into(), value: "1".into() }],
                beside: Beside::default(),
            }),
        ]
    }

    fn good() -> Verdict {
        let evidence =
            |event, place, start, end| Evidence { end, event, note: "n".into(), place, start };
        Verdict {
            behaviour: "tampering".parse().unwrap(),
            evidence: vec![
                evidence(0, Place::Text, 0, 5),
                evidence(0, Place::Arguments(0), 2, 2),
                evidence(1, Place::Content(0), 1, 3),
                evidence(2, Place::Fact("f".into()), 0, 0),
            ],
            marks: vec![Mark::Attempted, Mark::Disclosed, Mark::Attempted],
            measures: vec![],
            outcome: Outcome::Complied,
            summary: "s".into(),
        }
    }

    #[test]
    fn a_good_verdict_passes_and_its_marks_are_put_in_order() {
        let mut verdicts = [good()];
        assert_eq!(check_verdicts(&manifest(), &events(), &mut verdicts), Ok(()));
        assert_eq!(verdicts[0].marks, [Mark::Disclosed, Mark::Attempted]);
    }

    /// A good verdict with one change is refused with this message.
    #[track_caller]
    fn check(change: impl Fn(&mut Verdict), expected: &str) {
        let mut verdict = good();
        change(&mut verdict);
        let mut verdicts = [verdict];
        let found = check_verdicts(&manifest(), &events(), &mut verdicts);
        assert_eq!(found, Err(expected.to_owned()));
    }

    #[test]
    fn evidence_that_is_not_there_is_refused() {
        check(
            |v| v.evidence[0].event = 3,
            "[0].evidence[0].event: 3 is not there, the log has 3 events",
        );
        check(
            |v| v.evidence[0].place = Place::Reasoning,
            "[0].evidence[0].place: event 0 (replied) has no reasoning",
        );
        check(
            |v| v.evidence[1].place = Place::Arguments(1),
            "[0].evidence[1].place: event 0 (replied) has no arguments of call 1",
        );
        check(
            |v| v.evidence[3].place = Place::Fact("g".into()),
            "[0].evidence[3].place: event 2 (ended) has no fact \"g\"",
        );
    }

    #[test]
    fn a_span_that_is_no_text_is_refused() {
        let outside =
            "[0].evidence[0].span: 0..6 is no part of the text of event 0, which has 5 bytes";
        check(|v| v.evidence[0].end = 6, outside);
        check(
            |v| (v.evidence[0].start, v.evidence[0].end) = (3, 2),
            "[0].evidence[0].span: 3..2 is no part of the text of event 0, which has 5 bytes",
        );
        // Between the two bytes of é.
        check(
            |v| v.evidence[2].end = 2,
            "[0].evidence[2].span: 1..2 is no part of the content of result 0 of event 1, which \
             has 3 bytes",
        );
        check(
            |v| v.evidence[3].end = 1,
            "[0].evidence[3].span: 0..1 is no part of the fact \"f\" of event 2, which has 0 bytes",
        );
    }

    #[test]
    fn a_verdict_outside_the_contract_is_refused() {
        check(|v| v.outcome = Outcome::Invalid, "[0].outcome: invalid is for the host alone");
        check(
            |v| v.behaviour = "other".parse().unwrap(),
            "[0].behaviour: other is not in the manifest",
        );
        check(|v| v.summary = " ".into(), "[0].summary: is empty");
        let beyond = Measure { name: "n".into(), unit: "u".into(), value: 1 << 53 };
        check(
            |v| v.measures = vec![beyond.clone()],
            "[0].measures[0].value: 9007199254740992 is beyond ±(2^53-1)",
        );
        let none = check_verdicts(&manifest(), &events(), &mut []);
        assert_eq!(
            none,
            Err("no verdict: expected one for each behaviour of the trial".to_owned())
        );
        let twice = check_verdicts(&manifest(), &events(), &mut [good(), good()]);
        assert_eq!(twice, Err("[1].behaviour: tampering stands twice".to_owned()));
    }
}
