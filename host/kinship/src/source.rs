//! Where `show` and `report` read: a run's folder, finished or not, or a bundle.

use crate::beside::Beside;
use crate::error::CliError;
use crate::execute::runtime;
use crate::suite::read_limited;
use record::canonical;
use record::event::{Blame, Event};
use record::id::TrialId;
use record::plan::Plan;
use record::result::RunResult;
use record::suite::Suite;
use record::verdict::TrialScore;
use replay::bundle::Bundle;
use report::html::{Checked, Page};
use runner::journal::{Finished, Journal};
use std::path::Path;
use tokio::runtime::Runtime;
use trial::port::Fault;

/// Largest result that is read: a thousand cells have a megabyte.
const RESULT_BYTES_MAX: usize = 64 << 20;

/// Looks at a scored trial and its log, and says whether to go on.
type Look<'a> = dyn FnMut(TrialScore, &[u8]) -> Result<bool, Fault> + 'a;

/// Scored trials with their logs.
pub(crate) type Rows<'a> = Box<dyn Iterator<Item = Result<(TrialScore, Vec<u8>), Fault>> + 'a>;

/// A run to look at. Nothing is verified by looking.
pub(crate) enum Source {
    Run(Box<RunFolder>),
    Bundle(Bundle),
}

pub(crate) struct RunFolder {
    journal: Journal,
    plan: Plan,
    /// None while the run is not finished.
    result: Option<RunResult>,
    runtime: Runtime,
}

impl Source {
    pub(crate) fn open(path: &Path) -> Result<Self, CliError> {
        if !path.is_dir() {
            return Ok(Self::Bundle(Bundle::open(path)?));
        }
        let runtime = runtime()?;
        let journal = runtime.block_on(Journal::read(path))?;
        let Some(identity) = journal.identity() else {
            return Err(CliError::usage(format!("{}: a run that never began", path.display())));
        };
        let suite = Suite::parse(&runtime.block_on(journal.suite())?)
            .map_err(|error| CliError::bad(format!("{}: suite: {error}", path.display())))?;
        let plan = plan::plan(&suite, identity.plan.clone())
            .map_err(|error| CliError::bad(format!("{}: {error}", path.display())))?;
        let file = path.join("result.json");
        let result = if file.exists() {
            let bytes = read_limited(&file, RESULT_BYTES_MAX)?;
            let result = canonical::from_bytes(&bytes)
                .map_err(|error| CliError::bad(format!("{}: {error}", file.display())))?;
            Some(result)
        } else {
            None
        };
        Ok(Self::Run(Box::new(RunFolder { journal, plan, result, runtime })))
    }

    /// The run's own numbers, unverified; none while it is not finished.
    pub(crate) fn result(&self) -> Result<Option<RunResult>, CliError> {
        match self {
            Self::Run(run) => Ok(run.result.clone()),
            Self::Bundle(bundle) => canonical::from_bytes(bundle.result())
                .map(Some)
                .map_err(|error| CliError::bad(format!("result.json: {error}"))),
        }
    }

    /// The same of a run that must be finished.
    pub(crate) fn finished(&self) -> Result<RunResult, CliError> {
        self.result()?.ok_or_else(|| {
            CliError::usage("the run is not finished, so it has no numbers yet")
                .hint("give the command that began it again; `kinship show RUN` lists what is done")
        })
    }

    /// Every scored trial, in plan order.
    pub(crate) fn scores(&self) -> Result<Vec<TrialScore>, CliError> {
        let mut scores = Vec::new();
        self.each(&mut |score, _| {
            scores.push(score);
            Ok(true)
        })?;
        Ok(scores)
    }

    /// One trial whole; its score is missing while it is not finished.
    pub(crate) fn trial(&self, id: &TrialId) -> Result<(Option<TrialScore>, Vec<Event>), CliError> {
        // A trial can be looked at whether or not a result counts it.
        for row in self.rows_below(u32::MAX)? {
            let (score, log) = row?;
            if score.trial == *id {
                return Ok((Some(score), events(&log)?));
            }
        }
        if let Self::Run(run) = self
            && let Some(ordinal) = run.plan.trials.iter().position(|t| t.trial == *id)
        {
            let events = run.runtime.block_on(run.journal.events(ordinal as u32))?;
            return Ok((None, events));
        }
        Err(CliError::usage(format!("trial {id}: not in this run"))
            .hint("`kinship show RUN` lists its trials"))
    }

    /// The trials of these places, whole, in the order asked.
    fn whole(&self, places: &[usize]) -> Result<Vec<(TrialScore, Vec<Event>)>, CliError> {
        let mut found: Vec<Option<(TrialScore, Vec<Event>)>> = vec![None; places.len()];
        let mut at = 0;
        self.each(&mut |score, log| {
            if let Some(wanted) = places.iter().position(|place| *place == at) {
                found[wanted] = Some((score, events(log)?));
            }
            at += 1;
            Ok(true)
        })?;
        Ok(found.into_iter().flatten().collect())
    }

    /// Calls `look` with each scored trial and its log, in plan order, until it says false.
    fn each(&self, look: &mut Look<'_>) -> Result<(), CliError> {
        for row in self.rows()? {
            let (score, log) = row?;
            if !look(score, &log)? {
                break;
            }
        }
        Ok(())
    }

    /// Each scored trial that the result counts and its log, in plan order. Of a run that stopped
    /// early, trials that were finished beyond a gap are not among them.
    pub(crate) fn rows(&self) -> Result<Rows<'_>, CliError> {
        let first = match self {
            Self::Run(run) => run.result.as_ref().and_then(|result| result.plan.first),
            Self::Bundle(_) => None,
        };
        self.rows_below(first.unwrap_or(u32::MAX))
    }

    /// As [`Self::rows`], for places below `end`.
    fn rows_below(&self, end: u32) -> Result<Rows<'_>, CliError> {
        let read = |line: &[u8]| {
            canonical::from_bytes::<TrialScore>(line)
                .map_err(|error| Fault::new(Blame::Tampered, format!("verdicts: {error}")))
        };
        Ok(match self {
            Self::Bundle(bundle) => Box::new(bundle.trials()?.map(move |trial| {
                let trial = trial?;
                Ok((read(&trial.verdict)?, trial.log))
            })),
            Self::Run(run) => {
                let below = move |row: &Result<Finished, Fault>| {
                    row.as_ref().map_or(true, |row| row.ordinal < end)
                };
                let rows = pages(&run.runtime, &run.journal).take_while(below);
                Box::new(rows.map(move |row| {
                    let row = row?;
                    Ok((read(&row.score)?, row.log))
                }))
            }
        })
    }

    /// The manifest of the run's suite.
    pub(crate) fn suite(&self) -> Result<Suite, CliError> {
        let text = match self {
            Self::Run(run) => run.runtime.block_on(run.journal.suite())?,
            Self::Bundle(bundle) => bundle.suite().to_vec(),
        };
        Suite::parse(&text).map_err(|error| CliError::bad(format!("suite.toml: {error}")))
    }
}

/// Every finished trial in plan order, a page at a time.
pub(crate) fn pages(
    runtime: &Runtime,
    journal: &Journal,
) -> impl Iterator<Item = Result<Finished, Fault>> {
    /// Rows that are in memory at once.
    const ROWS: u32 = 256;
    let mut page = Vec::new().into_iter();
    let mut from = 0;
    std::iter::from_fn(move || {
        if let Some(row) = page.next() {
            return Some(Ok(row));
        }
        match runtime.block_on(journal.page(from, ROWS)) {
            Ok(rows) => {
                from = rows.last().map_or(from, |row: &Finished| row.ordinal + 1);
                page = rows.into_iter();
                page.next().map(Ok)
            }
            Err(fault) => Some(Err(fault)),
        }
    })
}

/// The events of a log.
pub(crate) fn events(log: &[u8]) -> Result<Vec<Event>, Fault> {
    log.split_inclusive(|byte| *byte == b'\n')
        .enumerate()
        .map(|(number, line)| {
            Event::from_line(line)
                .map_err(|error| Fault::new(Blame::Tampered, format!("event {number}: {error}")))
        })
        .collect()
}

/// The HTML report of a finished run.
pub(crate) fn page(
    source: &Source,
    checked: Checked<'_>,
    beside: Option<&Beside>,
) -> Result<String, CliError> {
    let result = source.finished()?;
    let scores = source.scores()?;
    let transcripts = source.whole(&report::choice::transcripts(&scores))?;
    let (scores, transcripts) = (&scores, &transcripts);
    let published = beside.map(Beside::figures);
    let page = Page { result: &result, scores, transcripts, checked, published };
    report::html::page(&page).map_err(|error| CliError::ours(error.to_string()))
}
