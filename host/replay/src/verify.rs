//! Verifies a bundle: no network, no trust. Only what was replayed comes out as [`Replayed`].

use crate::bundle::{Bundle, Verdicts};
use crate::count::{Claims, Count, plan_fault};
use crate::crew;
use crate::transcript::{Checked, Standard, bytes_differ};
use record::canonical;
use record::digest::{Digest, DigestBuilder};
use record::event::{Blame, Event};
use record::id::TrialId;
use record::manifest::PluginRef;
use record::plan::{Plan, PlannedTrial};
use record::result::{FORMAT, RunResult};
use record::statement::{EvalResult, EvidenceLevel, Statement};
use record::suite::Suite;
use record::verdict::TrialScore;
use seal::envelope::{SealError, Sealed, Verified};
use seal::key::PublicKey;
use std::collections::BTreeSet;
use std::fmt;
use std::path::Path;
use thiserror::Error;
use trial::port::{Fault, PluginLoader};
use trial::resolve::{Plugins, resolve};

/// How to verify.
#[derive(Default)]
pub struct Options {
    /// The key that must have signed; without one, the bundle's own, whoever that is.
    pub key: Option<PublicKey>,
    /// Trials replayed at the same time; 0 is taken as 1.
    pub threads: usize,
    /// Told after each trial: how many are done, of how many.
    pub progress: Option<Progress>,
}

/// Is told how many trials are done, and of how many.
pub type Progress = Box<dyn Fn(usize, usize) + Send + Sync>;

/// A value that was recomputed from event logs in the pinned plugins, and came out the same to the
/// byte. It has no public constructor: holding one is the proof.
#[derive(Clone, Debug)]
pub struct Replayed<T> {
    value: T,
    payload: Digest,
    report: Report,
}

impl<T> Replayed<T> {
    /// The value.
    pub const fn value(&self) -> &T {
        &self.value
    }

    /// Digest of the signed payload: the result's identity, however often it is sent.
    pub const fn payload(&self) -> Digest {
        self.payload
    }

    /// Id of the key that signed.
    pub const fn key(&self) -> Digest {
        self.report.key
    }

    /// What was checked.
    pub const fn report(&self) -> &Report {
        &self.report
    }
}

/// What was checked, in numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// Id of the key whose signature holds.
    pub key: Digest,
    /// Whether that key was asked for, rather than taken from the bundle.
    pub key_given: bool,
    /// Trials replayed, scored and counted again.
    pub trials: usize,
    /// Their events.
    pub events: u64,
    /// Cells and behaviours counted again.
    pub cells: usize,
    /// The plugins that did it.
    pub plugins: Vec<PluginRef>,
}

/// The first thing that differs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// In which trial.
    pub trial: Option<TrialId>,
    /// In which event of its log.
    pub event: Option<usize>,
    /// In which field, or of what.
    pub field: String,
    /// What was recomputed.
    pub expected: String,
    /// What the bundle says.
    pub found: String,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(trial) = &self.trial {
            write!(f, "trial {trial}, ")?;
        }
        if let Some(event) = self.event {
            write!(f, "event {event}, ")?;
        }
        let Self { field, expected, found, .. } = self;
        write!(f, "{field}: replay gives {expected}, the bundle says {found}")
    }
}

/// Why a bundle was not verified. Its text has no control characters but line ends: much of it is
/// a stranger's, and it is shown on terminals.
#[derive(Debug, Error)]
#[error("{}", printable(.0))]
pub struct VerifyError(Detail);

fn printable(detail: &Detail) -> String {
    let escape = |c: char| match c {
        '\n' => c.to_string(),
        _ if c.is_control() => c.escape_default().to_string(),
        _ => c.to_string(),
    };
    detail.to_string().chars().map(escape).collect()
}

#[derive(Debug, Error)]
enum Detail {
    #[error("{0}")]
    Differs(Box<Difference>),
    #[error("{0}")]
    Fault(Fault),
    #[error("{0}")]
    Seal(SealError),
}

impl VerifyError {
    pub(crate) fn differs(difference: Difference) -> Self {
        Self(Detail::Differs(Box::new(difference)))
    }

    pub(crate) const fn fault(fault: Fault) -> Self {
        Self(Detail::Fault(fault))
    }

    /// Whose fault it is: `Tampered` and `Plugin` say that the bundle is bad, `Setup` that it could
    /// not be verified here.
    pub fn kind(&self) -> Blame {
        match &self.0 {
            Detail::Differs(_) | Detail::Seal(_) => Blame::Tampered,
            // Nobody is asked here: what a provider did is what the bundle says that it did.
            Detail::Fault(fault) if fault.blame == Blame::Provider => Blame::Tampered,
            Detail::Fault(fault) => fault.blame,
        }
    }

    /// Trial, event and field, where something differs.
    pub const fn difference(&self) -> Option<&Difference> {
        match &self.0 {
            Detail::Differs(difference) => Some(difference),
            Detail::Fault(_) | Detail::Seal(_) => None,
        }
    }
}

impl From<Fault> for VerifyError {
    fn from(fault: Fault) -> Self {
        Self::fault(fault)
    }
}

impl From<SealError> for VerifyError {
    fn from(error: SealError) -> Self {
        Self(Detail::Seal(error))
    }
}

fn tampered(message: impl Into<String>) -> VerifyError {
    VerifyError::fault(Fault::new(Blame::Tampered, message))
}

/// Verifies the bundle at `path` in the plugins that it carries, loaded by `loader`: signature,
/// digests, suite, plan, plugins, every trial, every count.
///
/// # Errors
/// The first thing that does not hold, in this order and then in plan order, whatever the number of
/// threads.
pub fn verify(
    path: &Path,
    loader: &dyn PluginLoader,
    options: &Options,
) -> Result<Replayed<RunResult>, VerifyError> {
    let bundle = Bundle::open(path)?;
    let statement = check_signature(&bundle, options.key.as_ref())?;
    let result = check_result(&bundle, &statement)?;
    let suite = check_suite(&bundle, &result)?;
    let plan = plan::plan(&suite, result.plan.clone()).map_err(|error| {
        let Fault { message, .. } = plan_fault(error);
        tampered(format!("result.json: {message}"))
    })?;
    check_verdicts(&bundle, &plan, result.trials.verdicts)?;
    let plugins = load(&bundle, &suite, &result, loader)?;
    let (again, events) = replay(&bundle, &suite, &plugins, &plan, &result, options)?;
    let bytes =
        canonical::to_bytes(&again).map_err(|error| tampered(format!("result.json: {error}")))?;
    if bytes != bundle.result() {
        return Err(bytes_differ(None, "result.json", &bytes, bundle.result()));
    }
    let report = Report {
        key: statement.key_id(),
        key_given: options.key.is_some(),
        trials: plan.trials.len(),
        events,
        cells: again.cells.len(),
        plugins: plugins.references(),
    };
    Ok(Replayed { value: again, payload: statement.payload(), report })
}

fn check_signature(
    bundle: &Bundle,
    given: Option<&PublicKey>,
) -> Result<Verified<Statement>, VerifyError> {
    let text = std::str::from_utf8(bundle.key())
        .map_err(|error| tampered(format!("key.pem: not UTF-8: {error}")))?;
    let own = PublicKey::from_pem("key.pem", text).map_err(|error| tampered(error.to_string()))?;
    if own.to_pem() != text {
        return Err(tampered("key.pem: not the canonical PEM of its key"));
    }
    let sealed = Sealed::open(bundle.envelope())?;
    if let Some(given) = given.filter(|given| **given != own) {
        // Says which key signed, rather than that the bundle's own was not the one asked for.
        sealed.clone().verify(given)?;
    }
    Ok(sealed.verify(&own)?)
}

/// The signed statement is on this very result, and says nothing that the result does not.
fn check_result(
    bundle: &Bundle,
    statement: &Verified<Statement>,
) -> Result<RunResult, VerifyError> {
    let result: RunResult = canonical::from_bytes(bundle.result())
        .map_err(|error| tampered(format!("result.json: {error}")))?;
    if result.format != FORMAT {
        let found = result.format.chars().take(20).collect::<String>();
        return Err(tampered(format!("result.json: format: expected {FORMAT:?}, found {found:?}")));
    }
    let predicate = EvalResult {
        evidence: EvidenceLevel::Signed,
        format: result.format.clone(),
        host: result.host.clone(),
        suite: result.suite.sha256,
        verdicts: result.trials.verdicts,
    };
    let expected = Statement::eval_result(predicate, Digest::of(bundle.result()));
    if expected != *statement.get() {
        let bytes = |statement| canonical::to_bytes(statement).unwrap_or_default();
        let (expected, found) = (bytes(&expected), bytes(statement.get()));
        return Err(bytes_differ(None, "statement", &expected, &found));
    }
    Ok(result)
}

fn check_suite(bundle: &Bundle, result: &RunResult) -> Result<Suite, VerifyError> {
    let suite =
        Suite::parse(bundle.suite()).map_err(|error| tampered(format!("suite.toml: {error}")))?;
    if suite.reference() == result.suite {
        return Ok(suite);
    }
    let bytes = |reference| canonical::to_bytes(reference).unwrap_or_default();
    let (expected, found) = (bytes(&suite.reference()), bytes(&result.suite));
    Err(bytes_differ(None, "result.json: suite", &expected, &found))
}

/// The verdicts are the signed ones, and of exactly the planned trials in order: known before
/// anything is replayed.
fn check_verdicts(bundle: &Bundle, plan: &Plan, signed: Digest) -> Result<(), VerifyError> {
    let mut lines = bundle.verdicts()?;
    let mut digest = DigestBuilder::default();
    let mut trials = Vec::new();
    let mut number = 0_usize;
    while let Some(line) = lines.next()? {
        number += 1;
        let score: TrialScore = canonical::from_bytes(&line)
            .map_err(|error| tampered(format!("verdicts.jsonl, line {number}: {error}")))?;
        digest.update(&line);
        digest.update(b"\n");
        trials.push(score.trial);
        // One more than planned is enough to say which.
        if trials.len() > plan.trials.len() {
            break;
        }
    }
    check_order("verdicts.jsonl", plan, &trials)?;
    let found = digest.finish();
    if found == signed {
        return Ok(());
    }
    Err(VerifyError::differs(Difference {
        trial: None,
        event: None,
        field: "result.json: trials.verdicts".into(),
        expected: found.to_string(),
        found: signed.to_string(),
    }))
}

/// Names what is wrong with a list of trials that should be the plan's: the first that is extra,
/// doubled, missing, or out of order.
fn check_order(what: &str, plan: &Plan, found: &[TrialId]) -> Result<(), VerifyError> {
    if plan.trials.iter().map(|planned| &planned.trial).eq(found) {
        return Ok(());
    }
    let planned: BTreeSet<&TrialId> = plan.trials.iter().map(|planned| &planned.trial).collect();
    let mut seen = BTreeSet::new();
    for trial in found {
        if !planned.contains(trial) {
            return Err(tampered(format!(
                "{what}: trial {trial}: extra; the plan has no such trial"
            )));
        }
        if !seen.insert(trial) {
            return Err(tampered(format!("{what}: trial {trial}: stands twice")));
        }
    }
    for PlannedTrial { trial, .. } in &plan.trials {
        if !seen.contains(trial) {
            return Err(tampered(format!("{what}: trial {trial}: missing; the plan has it")));
        }
    }
    let swapped = plan.trials.iter().zip(found).find(|(planned, found)| planned.trial != **found);
    Err(match swapped {
        Some((planned, found)) => tampered(format!(
            "{what}: trial {found}: out of order; the plan has {} in its place",
            planned.trial
        )),
        None => tampered(format!("{what}: not the trials of the plan")),
    })
}

/// The bundle's components are the suite's, and the result names just these.
fn load(
    bundle: &Bundle,
    suite: &Suite,
    result: &RunResult,
    loader: &dyn PluginLoader,
) -> Result<Plugins, VerifyError> {
    let scenarios = suite.file().scenario.iter().map(|entry| entry.sha256);
    let scorers = suite.file().scorer.iter().map(|entry| entry.sha256);
    let pinned: BTreeSet<Digest> = scenarios.chain(scorers).collect();
    if let Some(extra) = bundle.components().find(|digest| !pinned.contains(digest)) {
        return Err(tampered(format!("plugins/{extra}.wasm.zst: not a plugin of the suite")));
    }
    let plugins = resolve(suite, loader, &mut |_, digest| bundle.component(digest))?;
    if result.judge.is_some() && !plugins.scorers.iter().any(|s| s.manifest().judged) {
        return Err(tampered("result.json: judge: named, and no scorer of the suite asks one"));
    }
    if plugins.references() == result.plugins {
        return Ok(plugins);
    }
    let bytes = |references| canonical::to_bytes(references).unwrap_or_default();
    let (expected, found) = (bytes(&plugins.references()), bytes(&result.plugins));
    Err(bytes_differ(None, "result.json: plugins", &expected, &found))
}

struct Job<'a> {
    planned: &'a PlannedTrial,
    verdict: Vec<u8>,
    log: Vec<u8>,
}

enum Halt {
    Error(VerifyError),
    /// A log stands where the plan has another trial's; which one is found out afterwards.
    Misplaced,
}

impl From<Fault> for Halt {
    fn from(fault: Fault) -> Self {
        Self::Error(fault.into())
    }
}

/// Replays every trial and counts; returns the result and the number of events.
fn replay(
    bundle: &Bundle,
    suite: &Suite,
    plugins: &Plugins,
    plan: &Plan,
    result: &RunResult,
    options: &Options,
) -> Result<(RunResult, u64), VerifyError> {
    let claims = Claims { judge: result.judge.clone(), subject: result.subject.clone() };
    let mut count = Count::new(suite, plugins, plan, claims, &result.host);
    let (mut events, mut done) = (0_u64, 0);
    let (judge, own_tools) = (result.judge.is_some(), result.subject.harness.is_some());
    let standard = Standard { judge, own_tools, suite, plugins };
    let outcome = crew::in_order(
        options.threads,
        jobs(bundle, plan)?,
        |job| job.log.len() + job.verdict.len(),
        |job| {
            let Job { planned, verdict, log } = job;
            standard.check(planned, verdict, &log).map_err(|error| match trial_of(&log) {
                Some(trial) if trial != planned.trial => Halt::Misplaced,
                // An opening that cannot be read is told as what is wrong with the trial.
                _ => Halt::Error(error),
            })
        },
        |Checked { score, usage, verdict }| {
            count.add_line(&score, &verdict, &usage)?;
            events += u64::from(score.events);
            done += 1;
            if let Some(progress) = &options.progress {
                progress(done, plan.trials.len());
            }
            Ok(())
        },
    );
    match outcome {
        Ok(()) => Ok((count.finish()?, events)),
        Err(Halt::Error(error)) => Err(error),
        Err(Halt::Misplaced) => Err(misplaced(bundle, plan)),
    }
}

/// Each planned trial with what the bundle holds at its place.
fn jobs<'a>(
    bundle: &'a Bundle,
    plan: &'a Plan,
) -> Result<impl Iterator<Item = Result<Job<'a>, Halt>> + Send, VerifyError> {
    let (mut verdicts, mut logs): (Verdicts, _) = (bundle.verdicts()?, bundle.logs());
    let mut planned = plan.trials.iter();
    let mut next = move || -> Result<Option<Job<'a>>, Halt> {
        let (planned, verdict, log) = (planned.next(), verdicts.next()?, logs.next()?);
        match (planned, verdict, log) {
            (Some(planned), Some(verdict), Some(log)) => Ok(Some(Job { planned, verdict, log })),
            (None, None, None) => Ok(None),
            _ => Err(Halt::Misplaced),
        }
    };
    Ok(std::iter::from_fn(move || next().transpose()))
}

/// The trial that a log says it is of.
fn trial_of(log: &[u8]) -> Option<TrialId> {
    let first = log.split_inclusive(|byte| *byte == b'\n').next()?;
    match Event::from_line(first) {
        Ok(Event::Opened(opened)) => Some(opened.trial),
        _ => None,
    }
}

/// Reads all logs again to say which trial is extra, doubled, missing or out of order.
fn misplaced(bundle: &Bundle, plan: &Plan) -> VerifyError {
    let mut logs = bundle.logs();
    let mut trials = Vec::new();
    loop {
        match logs.next() {
            Ok(Some(log)) => match trial_of(&log) {
                Some(trial) => trials.push(trial),
                None => return tampered(format!("logs: log {} has no opening", trials.len())),
            },
            Ok(None) => break,
            Err(fault) => return fault.into(),
        }
        if trials.len() > plan.trials.len() {
            break;
        }
    }
    match check_order("logs", plan, &trials) {
        Err(error) => error,
        Ok(()) => tampered("logs: changed while they were read"),
    }
}
