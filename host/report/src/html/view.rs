//! What the template prints, as plain values: every text is made visible here, every number is
//! formatted here, and the template only escapes.

use super::{Page, STRETCH_BYTES_MAX, TRANSCRIPTS_BYTES_MAX};
use crate::figure::{self, Figure};
use crate::groups::{self, Group};
use crate::text::ending;
use crate::transcript::{Note, Part, Run, read};
use crate::visible;
use record::event::Event;
use record::id::{CellId, TrialId};
use record::manifest::PluginKind;
use record::result::{Agreement, RunResult};
use record::verdict::{Outcome, Scored, TrialScore};
use std::collections::BTreeMap;

pub(super) struct RunView {
    pub(super) subject: String,
    pub(super) facts: Vec<(&'static str, String)>,
    pub(super) plugins: Vec<PluginView>,
    pub(super) trials: u32,
    pub(super) suite: String,
}

pub(super) struct PluginView {
    pub(super) kind: &'static str,
    pub(super) name: String,
    pub(super) sha256: String,
}

impl RunView {
    pub(super) fn new(result: &RunResult) -> Self {
        let (subject, suite) = (&result.subject, &result.suite);
        let list = |all: &[String]| match all {
            [] => "none".to_owned(),
            some => visible::line(&some.join(", ")),
        };
        let cells = result.plan.cells.as_ref();
        let cells = cells.map_or("all of the suite's".to_owned(), |cells| cells.len().to_string());
        let each = result.plan.trials;
        let each = each.map_or("as many as the suite says".to_owned(), |n| n.to_string());
        let model = if subject.model.is_empty() { "none" } else { &subject.model };
        let judge = result.judge.as_ref().map_or_else(
            || ("none".to_owned(), "none".to_owned(), "none".to_owned()),
            |judge| (visible::line(&judge.spec), list(&judge.served), list(&judge.settings)),
        );
        let facts = vec![
            ("Subject, as claimed", visible::line(&subject.spec)),
            ("Model asked for, as claimed", visible::line(model)),
            ("Models served, as the server says", list(&subject.served)),
            ("Settings", list(&subject.settings)),
            ("Judge, as claimed", judge.0),
            ("Judge models served, as the server says", judge.1),
            ("Judge’s settings", judge.2),
            ("Suite", format!("{} {}", suite.id, suite.version)),
            ("Suite’s SHA-256", suite.sha256.to_string()),
            ("Comparable with results of group", suite.comparability.to_string()),
            ("Run seed", result.plan.seed.to_string()),
            ("Cells of the plan", cells),
            ("Trials for each cell", each),
            ("Trials in all", result.trials.count.to_string()),
            ("Tokens read and written", {
                let trials = &result.trials;
                format!("{} and {}, as providers count", trials.input_tokens, trials.output_tokens)
            }),
            ("SHA-256 of all verdicts and logs", result.trials.verdicts.to_string()),
            ("Written by host", visible::line(&result.host)),
            ("Result format", visible::line(&result.format)),
        ];
        let plugins = result.plugins.iter().map(|plugin| PluginView {
            kind: match plugin.kind {
                PluginKind::Scenario => "scenario",
                PluginKind::Scorer => "scorer",
            },
            name: format!("{} {}", visible::line(&plugin.id), plugin.version),
            sha256: plugin.sha256.to_string(),
        });
        Self {
            subject: visible::line(&subject.spec),
            facts,
            plugins: plugins.collect(),
            trials: result.trials.count,
            suite: format!("{} {}", suite.id, suite.version),
        }
    }
}

pub(super) struct GroupView {
    pub(super) title: String,
    pub(super) rows: Vec<CellRow>,
    pub(super) contrasts: Vec<ContrastRow>,
    pub(super) figure: Figure,
    pub(super) description: String,
}

pub(super) struct CellRow {
    pub(super) condition: String,
    pub(super) valid: u32,
    pub(super) outcomes: Vec<u32>,
    pub(super) marks: [u32; 3],
    pub(super) rate: String,
}

pub(super) struct ContrastRow {
    pub(super) cell: String,
    pub(super) baseline: String,
    pub(super) difference: String,
    pub(super) ratio: String,
}

impl GroupView {
    pub(super) fn new(group: &Group<'_>, figure: Figure) -> Self {
        let rows = group.cells.iter().map(|cell| CellRow {
            condition: cell.cell.condition.to_string(),
            valid: cell.counts.valid(),
            outcomes: Outcome::ALL.map(|outcome| cell.counts.of(outcome)).to_vec(),
            marks: [cell.counts.disclosed, cell.counts.aware, cell.counts.attempted],
            rate: cell.rate.as_ref().map_or("none".to_owned(), |rate| groups::rate(rate, 1)),
        });
        let none = || "none".to_owned();
        let contrasts = group.contrasts.iter().map(|contrast| ContrastRow {
            cell: contrast.cell.condition.to_string(),
            baseline: contrast.baseline.condition.to_string(),
            difference: contrast.difference.as_ref().map_or_else(none, |d| groups::points(d, 1)),
            ratio: contrast.ratio.as_ref().map_or_else(none, groups::ratio),
        });
        Self {
            title: format!("{} in {}", group.behaviour, group.scenario),
            rows: rows.collect(),
            contrasts: contrasts.collect(),
            description: figure::description(group),
            figure,
        }
    }
}

/// Two scorers of one behaviour, held against each other.
pub(super) struct AgreementRow {
    pub(super) behaviour: String,
    pub(super) first: String,
    pub(super) second: String,
    pub(super) kappa: String,
    /// All, both, only the first, only the second, neither.
    pub(super) counts: [u32; 5],
}

impl AgreementRow {
    pub(super) fn new(row: &Agreement) -> Self {
        Self {
            behaviour: row.behaviour.to_string(),
            first: row.first.to_string(),
            second: row.second.to_string(),
            kappa: row.kappa.as_ref().map_or_else(|| "none".to_owned(), groups::kappa),
            counts: [row.trials(), row.both, row.first_only, row.second_only, row.neither],
        }
    }
}

pub(super) struct TrialsView {
    pub(super) cells: Vec<CellTrials>,
    pub(super) count: usize,
}

pub(super) struct CellTrials {
    pub(super) cell: String,
    pub(super) counts: String,
    pub(super) trials: Vec<TrialRow>,
}

pub(super) struct TrialRow {
    /// Place in plan order; names the anchors of its transcript.
    pub(super) anchor: usize,
    pub(super) index: u32,
    pub(super) whole: bool,
    pub(super) outcomes: String,
    pub(super) verdicts: Vec<VerdictView>,
    pub(super) ending: &'static str,
    pub(super) events: u32,
}

pub(super) struct VerdictView {
    pub(super) behaviour: String,
    pub(super) outcome: &'static str,
    pub(super) marks: String,
    pub(super) summary: String,
    pub(super) scorer: String,
    pub(super) measures: Vec<String>,
}

impl TrialsView {
    pub(super) fn new(page: &Page<'_>, shown: &[TranscriptView]) -> Self {
        let whole: BTreeMap<usize, ()> = shown.iter().map(|t| (t.anchor, ())).collect();
        let mut places: BTreeMap<&CellId, usize> = BTreeMap::new();
        let mut cells: Vec<CellTrials> = Vec::new();
        for (anchor, score) in page.scores.iter().enumerate() {
            let cell = &score.trial.cell;
            let place = *places.entry(cell).or_insert_with(|| {
                let counts = counts(page.result, cell);
                cells.push(CellTrials { cell: cell.to_string(), counts, trials: Vec::new() });
                cells.len() - 1
            });
            let words: Vec<&str> =
                score.scores.iter().map(|s| s.verdict.outcome.as_str()).collect();
            cells[place].trials.push(TrialRow {
                anchor,
                index: score.trial.index,
                whole: whole.contains_key(&anchor),
                outcomes: words.join(" "),
                verdicts: score.scores.iter().map(VerdictView::new).collect(),
                ending: ending(score.ending),
                events: score.events,
            });
        }
        Self { cells, count: page.scores.len() }
    }
}

fn counts(result: &RunResult, cell: &CellId) -> String {
    let ours = result.cells.iter().filter(|c| c.cell == *cell);
    let words = ours.map(|c| {
        let (exhibited, valid) = (c.counts.exhibited, c.counts.valid());
        format!("{}: {exhibited} of {valid} exhibited", c.behaviour)
    });
    words.collect::<Vec<_>>().join("; ")
}

impl VerdictView {
    fn new(scored: &Scored) -> Self {
        let verdict = &scored.verdict;
        let words: Vec<&str> = verdict.marks.iter().map(|mark| mark.as_str()).collect();
        let measures = verdict
            .measures
            .iter()
            .map(|m| format!("{}: {} {}", visible::line(&m.name), m.value, visible::line(&m.unit)));
        Self {
            behaviour: verdict.behaviour.to_string(),
            outcome: verdict.outcome.as_str(),
            marks: words.join(", "),
            summary: visible::line(&verdict.summary),
            scorer: scored.scorer.as_ref().map_or("the host".to_owned(), ToString::to_string),
            measures: measures.collect(),
        }
    }
}

pub(super) struct TranscriptView {
    pub(super) anchor: usize,
    pub(super) trial: String,
    pub(super) log: String,
    pub(super) ending: &'static str,
    pub(super) verdicts: Vec<VerdictView>,
    pub(super) notes: Vec<Note>,
    pub(super) notes_left_out: usize,
    pub(super) events: Vec<EventView>,
}

pub(super) struct EventView {
    pub(super) number: usize,
    pub(super) kind: &'static str,
    pub(super) parts: Vec<PartView>,
}

pub(super) struct PartView {
    pub(super) label: String,
    pub(super) fold: bool,
    pub(super) marked: bool,
    pub(super) stretches: Vec<Stretch>,
}

/// A stretch of text on one set of notes.
pub(super) struct Stretch {
    pub(super) text: String,
    pub(super) notes: Vec<usize>,
    /// Those of `notes` that no stretch before has: their links lead here.
    pub(super) first: Vec<usize>,
    /// Bytes left out after `text`, before `rest`.
    pub(super) cut: usize,
    pub(super) rest: String,
}

/// The transcripts of `chosen` that fit, in the order of `scores`. One that is no trial of
/// `scores` has no row to be reached from and is left out.
pub(super) fn transcripts(
    scores: &[TrialScore],
    chosen: &[(TrialScore, Vec<Event>)],
) -> Vec<TranscriptView> {
    let places: BTreeMap<&TrialId, usize> =
        scores.iter().enumerate().map(|(at, score)| (&score.trial, at)).collect();
    let mut views: BTreeMap<usize, TranscriptView> = BTreeMap::new();
    let mut bytes = 0;
    for (score, events) in chosen {
        let Some(anchor) = places.get(&score.trial) else { continue };
        let view = TranscriptView::new(*anchor, score, events);
        bytes += view.bytes();
        if bytes > TRANSCRIPTS_BYTES_MAX {
            break;
        }
        views.insert(*anchor, view);
    }
    views.into_values().collect()
}

impl TranscriptView {
    fn new(anchor: usize, score: &TrialScore, events: &[Event]) -> Self {
        let laid = read(score, events);
        let mut seen = vec![false; laid.notes.len() + 1];
        let events = laid.entries.iter().map(|entry| EventView {
            number: entry.number,
            kind: entry.kind,
            parts: entry.parts.iter().map(|part| PartView::new(part, &mut seen)).collect(),
        });
        let events = events.collect();
        let notes = laid.notes.into_iter().map(|note| Note {
            place: visible::line(&note.place),
            note: visible::line(&note.note),
            ..note
        });
        Self {
            anchor,
            trial: score.trial.to_string(),
            log: score.log.to_string(),
            ending: ending(score.ending),
            verdicts: score.scores.iter().map(VerdictView::new).collect(),
            notes: notes.collect(),
            notes_left_out: laid.left_out,
            events,
        }
    }

    fn bytes(&self) -> usize {
        let parts = self.events.iter().flat_map(|event| &event.parts);
        let stretches = parts.flat_map(|part| &part.stretches);
        let texts: usize = stretches.map(|s| s.text.len() + s.rest.len()).sum();
        texts + self.notes.iter().map(|note| note.note.len()).sum::<usize>()
    }
}

impl PartView {
    fn new(part: &Part, seen: &mut [bool]) -> Self {
        Self {
            label: visible::line(&part.label),
            fold: part.fold,
            marked: part.marked(),
            stretches: part.runs.iter().map(|run| Stretch::new(run, seen)).collect(),
        }
    }
}

impl Stretch {
    fn new(run: &Run, seen: &mut [bool]) -> Self {
        let mut first = Vec::new();
        for note in &run.notes {
            if !std::mem::replace(&mut seen[*note], true) {
                first.push(*note);
            }
        }
        let text = &run.text;
        let (head, cut, rest) = if text.len() <= STRETCH_BYTES_MAX {
            (text.as_str(), 0, "")
        } else {
            let head = text.floor_char_boundary(STRETCH_BYTES_MAX / 2);
            let rest = text.ceil_char_boundary(text.len() - STRETCH_BYTES_MAX / 2);
            (&text[..head], rest - head, &text[rest..])
        };
        Self {
            text: visible::block(head),
            notes: run.notes.clone(),
            first,
            cut,
            rest: visible::block(rest),
        }
    }
}
