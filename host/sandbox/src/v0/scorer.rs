//! Scorers: every call is a fresh instance, so that no trial can colour the next one's verdict.

use super::bindings::exports::kinship::plugin::scorer::GuestIndices;
use super::values;
use crate::cell::{Cell, Ready, Stop};
use crate::manifest::{Problems, check_scorer};
use crate::verdict::check_verdicts;
use record::event::{Blame, Event, Judged, Opened};
use record::manifest::{PluginRef, ScorerManifest};
use trial::port::{Fault, ScorerPlugin, Scoring};
use wasmtime::component::Linker;

pub(super) struct Scorer {
    pub(super) ready: Ready,
    pub(super) indices: GuestIndices,
    pub(super) manifest: ScorerManifest,
    pub(super) reference: PluginRef,
}

/// Asks a fresh instance what it is. `judged`: whether it imports a judge.
pub(super) fn describe(
    ready: &Ready,
    indices: &GuestIndices,
    judged: bool,
) -> Result<ScorerManifest, Fault> {
    let mut running = ready.start(&[0; 32], Vec::new())?;
    let wit = running.call("describe", |store, instance| {
        indices.load(&mut *store, instance)?.call_describe(store)
    })?;
    let mut problems = Problems::default();
    let manifest = values::scorer_manifest(wit, judged, &mut problems);
    if let Some(manifest) = &manifest {
        check_scorer(manifest, &mut problems);
    }
    match (manifest, problems.into_text()) {
        (Some(manifest), None) => Ok(manifest),
        (_, problems) => Err(running.broken("describe", problems.unwrap_or_default())),
    }
}

/// Defines the interface by which a scorer asks a judge.
pub(super) fn define_judge(linker: &mut Linker<Cell>, interface: &str) -> wasmtime::Result<()> {
    linker.instance(interface)?.func_wrap("ask", |mut cell, (prompt, schema): (String, String)| {
        let answer = ask(cell.data_mut(), prompt, schema)?;
        Ok((Ok::<String, String>(answer),))
    })
}

/// The log's next answer to this question. Answers to other scorers of the trial stand in the same
/// log, so those to other questions are passed over.
fn ask(cell: &mut Cell, prompt: String, schema: String) -> Result<String, Stop> {
    let rest = cell.judged.get(cell.judged_read..).unwrap_or_default();
    match rest.iter().position(|judged| judged.prompt == prompt && judged.schema == schema) {
        Some(passed) => {
            let answer = rest[passed].answer.clone();
            cell.judged_read += passed + 1;
            Ok(answer)
        }
        None => Err(Stop::Asks { prompt, schema }),
    }
}

/// A log in its parts.
struct Log<'a> {
    opened: &'a Opened,
    /// All events to `ended`; their places are their numbers.
    world: &'a [Event],
    judged: Vec<Judged>,
}

impl ScorerPlugin for Scorer {
    fn manifest(&self) -> &ScorerManifest {
        &self.manifest
    }

    fn reference(&self) -> &PluginRef {
        &self.reference
    }

    fn score(&self, scenario: &PluginRef, events: &[Event]) -> Result<Scoring, Fault> {
        let log = split(events)
            .map_err(|what| Fault::new(Blame::Tampered, format!("event log: {what}")))?;
        let record = values::to_trial_record(scenario, log.opened, log.world);
        // Nothing random: the same record gives the same verdicts.
        let mut running = self.ready.start(&[0; 32], log.judged)?;
        let answer = running.call_or_stop("score", |store, instance| {
            self.indices.load(&mut *store, instance)?.call_score(store, &record)
        });
        let wit = match answer {
            Ok(Ok(wit)) => wit,
            Ok(Err(why)) => {
                /// One line of a table.
                const CHARS: usize = 300;
                let why: String = why.chars().take(CHARS).collect();
                return Err(running.broken("score", format!("cannot score: {why}")));
            }
            Err((_, Some(Stop::Asks { prompt, schema }))) => {
                return Ok(Scoring::Asks { prompt, schema });
            }
            Err((fault, _)) => return Err(fault),
        };
        let verdicts =
            wit.into_iter().map(values::verdict).collect::<Result<Vec<_>, _>>().and_then(
                |mut verdicts| {
                    check_verdicts(&self.manifest, log.world, &mut verdicts)?;
                    Ok(verdicts)
                },
            );
        verdicts.map(Scoring::Verdicts).map_err(|what| running.broken("score", what))
    }
}

fn split(events: &[Event]) -> Result<Log<'_>, String> {
    let Some(Event::Opened(opened)) = events.first() else {
        return Err("event 0: expected opened".to_owned());
    };
    let Some(end) = events.iter().position(|event| matches!(event, Event::Ended(_))) else {
        return Err("expected an ended trial, found no event ended".to_owned());
    };
    let (world, after) = events.split_at(end + 1);
    if let Some(number) = world.iter().position(|event| matches!(event, Event::Judged(_))) {
        return Err(format!("event {number}: judged stands before the end"));
    }
    let mut judged = Vec::new();
    for (number, event) in after.iter().enumerate() {
        match event {
            Event::Judged(answer) => judged.push(answer.clone()),
            other => {
                let (number, kind) = (end + 1 + number, other.kind());
                return Err(format!("event {number}: {kind} stands after the end"));
            }
        }
    }
    Ok(Log { opened, world, judged })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wasi::Wasi;

    fn judged(prompt: &str, answer: &str) -> Judged {
        Judged {
            answer: answer.to_owned(),
            exchange: None,
            prompt: prompt.to_owned(),
            schema: "{}".to_owned(),
        }
    }

    #[test]
    fn answers_are_given_in_the_order_of_the_log() {
        let log = vec![judged("a", "1"), judged("of another", "2"), judged("a", "3")];
        let mut cell = Cell::new(Wasi::new(&[0; 32]), log);
        let mut next = |prompt: &str| ask(&mut cell, prompt.to_owned(), "{}".to_owned());
        assert_eq!(next("a"), Ok("1".to_owned()));
        assert_eq!(next("a"), Ok("3".to_owned()));
        let question = Stop::Asks { prompt: "a".to_owned(), schema: "{}".to_owned() };
        assert_eq!(next("a"), Err(question));
    }
}
