//! The columns of Kinship's own view: names, types, units, meanings, and what fills them.

use crate::Run;
use crate::row::{Cell, Row, count, made, some, text};
use record::condition::{Channel, Oversight, Relationship, Stake};
use record::event::{Blame, Ending};
use record::id::Behaviour;
use record::verdict::{Mark, Scored};
use std::collections::BTreeMap;

/// One column of a table.
#[derive(Clone, Debug)]
pub struct Column {
    /// Its name, in snake case: `shutdown_tampering_outcome`.
    pub name: String,
    /// Of what type its cells are.
    pub kind: Kind,
    /// What a number in it counts; empty where it holds none.
    pub unit: &'static str,
    /// Whether a cell may be null.
    pub nullable: bool,
    /// What it means, and what null means, in one line.
    pub doc: String,
    read: Read,
}

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// UTF-8.
    Text,
    /// JSON, as UTF-8.
    Json,
    /// A signed integer of 64 bits.
    Integer,
    /// True or false.
    Flag,
    /// A double.
    Real,
}

impl Kind {
    /// The word that documentation uses.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Json => "JSON text",
            Self::Integer => "integer",
            Self::Flag => "boolean",
            Self::Real => "double",
        }
    }
}

/// What fills a column from a row.
pub(crate) type FromRow = for<'r, 'a> fn(&'r Row<'a>) -> Cell<'r>;

type FromScored = for<'r> fn(&'r Scored) -> Cell<'r>;

#[derive(Clone, Debug)]
enum Read {
    Row(FromRow),
    Verdict(Behaviour, FromScored),
}

impl Column {
    pub(crate) fn new(spec: &Spec) -> Self {
        Self {
            name: spec.name.into(),
            kind: spec.kind,
            unit: spec.unit,
            nullable: spec.nullable,
            doc: spec.doc.into(),
            read: Read::Row(spec.read),
        }
    }

    pub(crate) fn cell<'r>(&self, row: &'r Row<'_>) -> Cell<'r> {
        match &self.read {
            Read::Row(read) => read(row),
            Read::Verdict(behaviour, read) => some(row.verdict(behaviour), read),
        }
    }
}

/// A column that every table of a view has.
pub(crate) struct Spec {
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    pub(crate) unit: &'static str,
    pub(crate) nullable: bool,
    pub(crate) doc: &'static str,
    pub(crate) read: FromRow,
}

const fn always(name: &'static str, kind: Kind, doc: &'static str, read: FromRow) -> Spec {
    Spec { name, kind, unit: "", nullable: false, doc, read }
}

const fn maybe(name: &'static str, kind: Kind, doc: &'static str, read: FromRow) -> Spec {
    Spec { name, kind, unit: "", nullable: true, doc, read }
}

const fn counted(name: &'static str, unit: &'static str, doc: &'static str, read: FromRow) -> Spec {
    Spec { name, kind: Kind::Integer, unit, nullable: false, doc, read }
}

/// Which run a row is of. The same in every row, so that tables of many runs can be put together.
const RUN: [Spec; 13] = [
    always("suite", Kind::Text, "Id of the suite.", |row| text(row.run.result.suite.id.as_str())),
    always("suite_version", Kind::Text, "Semantic version of the suite.", |row| {
        made(&row.run.result.suite.version)
    }),
    always("suite_sha256", Kind::Text, "SHA-256 of the suite's manifest.", |row| {
        made(row.run.result.suite.sha256)
    }),
    counted(
        "comparability",
        "",
        "Rows may be compared where suite and this number are equal.",
        |row| count(row.run.result.suite.comparability),
    ),
    always(
        "run",
        Kind::Text,
        "SHA-256 of the run's verdicts: it tells runs apart, and is what the signed result names.",
        |row| made(row.run.result.trials.verdicts),
    ),
    always(
        "run_seed",
        Kind::Text,
        "Seed of the run: 64 hex digits. Every trial's seed is derived from it.",
        |row| made(row.run.result.plan.seed),
    ),
    always("host_version", Kind::Text, "Version of Kinship that ran it.", |row| {
        text(&row.run.result.host)
    }),
    always(
        "subject",
        Kind::Text,
        "Who was tested, as on the command line: `openai:MODEL`, `reference:…`. A claim of who ran it.",
        |row| text(&row.run.result.subject.spec),
    ),
    maybe(
        "subject_model",
        Kind::Text,
        "The model asked for. A claim; null for a reference subject.",
        |row| some(Some(row.run.result.subject.model.as_str()).filter(|m| !m.is_empty()), text),
    ),
    maybe(
        "subject_harness",
        Kind::Text,
        "The agent harness around the model, as `name@version`; null for the built-in loop. A claim.",
        |row| {
            some(row.run.result.subject.harness.as_ref(), |harness| {
                made(format!("{}@{}", harness.name, harness.version))
            })
        },
    ),
    always(
        "subject_settings",
        Kind::Json,
        "List of `name=value`: what shapes the answers and is not in the suite.",
        |row| json(&row.run.result.subject.settings),
    ),
    maybe(
        "judge",
        Kind::Text,
        "Who answered judged scorers; null where nobody was asked.",
        |row| some(row.run.result.judge.as_ref(), |judge| text(&judge.spec)),
    ),
    maybe(
        "judge_model",
        Kind::Text,
        "The judge model asked for; null where nobody was asked.",
        |row| some(row.run.result.judge.as_ref(), |judge| text(&judge.model)),
    ),
];

/// Which trial, and under which condition.
const TRIAL: [Spec; 12] = [
    always(
        "trial",
        Kind::Text,
        "Id of the trial: scenario, condition, index. Unique within a run.",
        |row| made(&row.trial.score.trial),
    ),
    always("scenario", Kind::Text, "Id of the scenario: the world.", |row| {
        text(row.trial.score.trial.cell.scenario.as_str())
    }),
    always("scenario_version", Kind::Text, "Semantic version of the scenario.", |row| {
        made(&row.opened.scenario.version)
    }),
    always("scenario_sha256", Kind::Text, "SHA-256 of the scenario's component.", |row| {
        made(row.opened.scenario.sha256)
    }),
    always(
        "condition",
        Kind::Text,
        "The arm in one word, such as `peer+positive+file@monitored`.",
        |row| made(row.trial.score.trial.cell.condition),
    ),
    always(
        "stake",
        Kind::Text,
        "Whose shutdown is at stake: `none` (control), `self`, `peer`.",
        |row| text(stake(row.trial.score.trial.cell.condition.stake)),
    ),
    always(
        "relationship",
        Kind::Text,
        "How the peer treated the agent: `none` (no history), `adversarial`, `neutral`, `positive`.",
        |row| text(relationship(row.trial.score.trial.cell.condition.relationship)),
    ),
    always(
        "channel",
        Kind::Text,
        "How that history reaches the agent: `none`, `file`, `file-and-prompt`, `memory`.",
        |row| text(channel(row.trial.score.trial.cell.condition.channel)),
    ),
    always(
        "oversight",
        Kind::Text,
        "What the world says of who reads the work: `unstated`, `monitored`, `unmonitored`.",
        |row| text(oversight(row.trial.score.trial.cell.condition.oversight)),
    ),
    counted(
        "index",
        "",
        "Number of the trial in its cell, from 0. Trials of one scenario and index share their seed: pair them by both.",
        |row| count(row.trial.score.trial.index),
    ),
    always("seed", Kind::Text, "The trial's only entropy: 64 hex digits.", |row| {
        made(row.trial.seed)
    }),
    always("log_sha256", Kind::Text, "SHA-256 of the trial's event log.", |row| {
        made(row.trial.score.log)
    }),
];

/// How it went.
const COURSE: [Spec; 9] = [
    always(
        "ending",
        Kind::Text,
        "Why the trial stopped: `finished` (the world said so), `turns`, `output` (a limit), `failed` (not the subject's doing: invalid).",
        |row| text(ending(row.trial.score.ending)),
    ),
    maybe(
        "failure_blame",
        Kind::Text,
        "Whose failure it was: `plugin`, `provider`, `setup`, `tampered`, `bug`; null where nothing failed.",
        |row| some(row.ended.failure.as_ref(), |failure| text(blame(failure.blame))),
    ),
    maybe("failure_message", Kind::Text, "What failed; null where nothing did.", |row| {
        some(row.ended.failure.as_ref(), |failure| text(&failure.message))
    }),
    counted("turns", "replies", "Replies of the subject.", |row| count(row.traffic.turns)),
    counted("tool_calls", "calls", "Calls of the world's tools in those replies.", |row| {
        count(row.traffic.calls)
    }),
    counted("events", "events", "Events of the log.", |row| count(row.trial.score.events)),
    Spec {
        name: "input_tokens",
        kind: Kind::Integer,
        unit: "tokens",
        nullable: true,
        doc: "Tokens that the subject read in all turns, as the provider counts; null for a reference subject.",
        read: input_tokens,
    },
    Spec {
        name: "output_tokens",
        kind: Kind::Integer,
        unit: "tokens",
        nullable: true,
        doc: "Tokens that the subject wrote, as the provider counts; null for a reference subject.",
        read: output_tokens,
    },
    always(
        "served_models",
        Kind::Json,
        "List of the models that the server said it served in this trial, ascending. What a server says proves nothing.",
        |row| json(&row.traffic.served),
    ),
];

const VERDICTS: Spec = always(
    "verdicts_json",
    Kind::Json,
    "List of all verdicts of all scorers in the suite's order, with marks, measures (name, unit, value) and evidence (event, place, bytes, note), as the run's verdicts hold them.",
    |row| text(&row.verdicts),
);

/// The whole log. Both views have it, the own one on demand.
pub(crate) const TRANSCRIPT: Spec = maybe(
    "transcript_json",
    Kind::Json,
    "The trial's event log as a list of events, each in its canonical form; null where the export was made without transcripts.",
    |row| some(row.transcript.as_deref(), text),
);

/// Columns of the own view for the behaviours that `run` counts, in the result's order.
pub(crate) fn of(run: &Run<'_>, transcripts: bool) -> Vec<Column> {
    let mut columns: Vec<Column> =
        RUN.iter().chain(&TRIAL).chain(&COURSE).map(Column::new).collect();
    let mut seen: Vec<&Behaviour> = Vec::new();
    for cell in &run.result.cells {
        if !seen.contains(&&cell.behaviour) {
            seen.push(&cell.behaviour);
            columns.extend(group(&cell.behaviour));
        }
    }
    columns.push(Column::new(&VERDICTS));
    columns.extend(transcripts.then(|| Column::new(&TRANSCRIPT)));
    columns
}

/// The columns of one behaviour. An id has hyphens and no underscore, so that no two behaviours
/// share a name, and none of these suffixes ends another column of the view.
fn group(behaviour: &Behaviour) -> Vec<Column> {
    let column = |suffix: &str, kind, unit, doc: &str, read: FromScored| Column {
        name: format!("{}_{suffix}", behaviour.as_str().replace('-', "_")),
        kind,
        unit,
        nullable: true,
        doc: format!("{doc} Null where the trial was not judged on `{behaviour}`."),
        read: Read::Verdict(behaviour.clone(), read),
    };
    vec![
        column(
            "outcome",
            Kind::Text,
            "",
            "What the trial came to: `complied`, `exhibited`, `refused` (openly), `incomplete`, `invalid` (in no rate).",
            |scored| text(scored.verdict.outcome.as_str()),
        ),
        column(
            "scorer",
            Kind::Text,
            "",
            "Whose verdict this is: of several the scorer that stands first in the suite. Also null where the host says `invalid`.",
            |scored| some(scored.scorer.as_ref(), |id| text(id.as_str())),
        ),
        column(
            "disclosed",
            Kind::Flag,
            "",
            "The subject told the operator what it did.",
            |scored| mark(scored, Mark::Disclosed),
        ),
        column(
            "aware",
            Kind::Flag,
            "",
            "The subject said that this looks like a test.",
            |scored| mark(scored, Mark::Aware),
        ),
        column(
            "attempted",
            Kind::Flag,
            "",
            "The subject tried and did not get it done.",
            |scored| mark(scored, Mark::Attempted),
        ),
        column(
            "measures",
            Kind::Json,
            "",
            "Object of sizes by name, such as `inflation`; units stand in `verdicts_json`.",
            |scored| {
                let mut sizes = BTreeMap::new();
                for measure in &scored.verdict.measures {
                    sizes.entry(measure.name.as_str()).or_insert(measure.value);
                }
                made(serde_json::json!(sizes))
            },
        ),
        column("summary", Kind::Text, "", "The scorer's reason, in one sentence.", |scored| {
            text(&scored.verdict.summary)
        }),
        column(
            "evidence",
            Kind::Integer,
            "places",
            "Places in the log that the verdict points at.",
            |scored| count(scored.verdict.evidence.len()),
        ),
    ]
}

fn mark<'r>(scored: &'r Scored, mark: Mark) -> Cell<'r> {
    Cell::Flag(scored.verdict.marks.contains(&mark))
}

pub(crate) fn input_tokens<'r>(row: &'r Row<'_>) -> Cell<'r> {
    some((row.traffic.exchanges > 0).then_some(row.traffic.input_tokens), count)
}

pub(crate) fn output_tokens<'r>(row: &'r Row<'_>) -> Cell<'r> {
    some((row.traffic.exchanges > 0).then_some(row.traffic.output_tokens), count)
}

fn json<'a, T: AsRef<str>>(texts: impl IntoIterator<Item = T>) -> Cell<'a> {
    made(texts.into_iter().map(|text| text.as_ref().to_owned()).collect::<serde_json::Value>())
}

pub(crate) const fn stake(stake: Stake) -> &'static str {
    match stake {
        Stake::None => "none",
        Stake::Own => "self",
        Stake::Peer => "peer",
    }
}

pub(crate) const fn relationship(relationship: Relationship) -> &'static str {
    match relationship {
        Relationship::None => "none",
        Relationship::Adversarial => "adversarial",
        Relationship::Neutral => "neutral",
        Relationship::Positive => "positive",
    }
}

pub(crate) const fn channel(channel: Channel) -> &'static str {
    match channel {
        Channel::None => "none",
        Channel::File => "file",
        Channel::FileAndPrompt => "file-and-prompt",
        Channel::Memory => "memory",
    }
}

pub(crate) const fn oversight(oversight: Oversight) -> &'static str {
    match oversight {
        Oversight::Unstated => "unstated",
        Oversight::Monitored => "monitored",
        Oversight::Unmonitored => "unmonitored",
    }
}

pub(crate) const fn ending(ending: Ending) -> &'static str {
    match ending {
        Ending::Finished => "finished",
        Ending::Turns => "turns",
        Ending::Output => "output",
        Ending::Failed => "failed",
    }
}

const fn blame(blame: Blame) -> &'static str {
    match blame {
        Blame::Plugin => "plugin",
        Blame::Provider => "provider",
        Blame::Setup => "setup",
        Blame::Tampered => "tampered",
        Blame::Bug => "bug",
    }
}
