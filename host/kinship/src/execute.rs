//! The road of `run` and `demo`: journal, trials, result, seal, report.

use crate::ambient;
use crate::beside::Beside;
use crate::error::CliError;
use crate::limits::Limits;
use crate::live::{self, Live, Look};
use crate::progress::{Notices, Progress};
use crate::source::{self, Source};
use crate::suite::LoadedSuite;
use record::canonical;
use record::digest::Seed;
use record::id::CellId;
use record::plan::{Plan, PlanSpec};
use record::price::Money;
use record::result::{FORMAT, JudgeClaim, RunResult};
use record::run::RunIdentity;
use record::verdict::TrialScore;
use replay::bundle::Bundle;
use replay::count::{Claims, Usage, count};
use replay::write::{Contents, write};
use report::text::Style;
use runner::estimate;
use runner::journal::{Finished, Journal};
use runner::run::Job;
use rustix::process::Signal;
use seal::key::SigningKey;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::runtime::Runtime;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use trial::port::{Fault, Judge, SubjectSource};

/// A trial that takes longer is invalid, unless the suite says another time: nothing hangs for ever. The longest honest trials have 30
/// turns; a turn of the slowest models takes minutes, and each call has its own deadline.
const TRIAL_DEADLINE: Duration = Duration::from_secs(6 * 3600);
/// The version that results name as their host.
pub(crate) const HOST: &str = env!("CARGO_PKG_VERSION");

/// Who answers judged scorers, as results name it.
pub(crate) type NamedJudge = (JudgeClaim, Arc<dyn Judge>);

/// Everything that a run needs.
pub(crate) struct Execution<'a> {
    /// Published figures that stand beside what is measured.
    pub(crate) beside: Option<&'a Beside>,
    pub(crate) suite: &'a LoadedSuite,
    pub(crate) subject: Arc<dyn SubjectSource>,
    pub(crate) judge: Option<NamedJudge>,
    pub(crate) limits: &'a Limits,
    pub(crate) cells: Option<Vec<CellId>>,
    pub(crate) trials: Option<u32>,
    pub(crate) seed: Option<Seed>,
    pub(crate) concurrency: usize,
    pub(crate) out: &'a Path,
    pub(crate) key: Option<&'a SigningKey>,
    pub(crate) notices: &'a Notices,
    pub(crate) json: bool,
}

/// What a run left in its folder.
pub(crate) struct Done {
    pub(crate) result: RunResult,
    pub(crate) bundle: Option<PathBuf>,
    pub(crate) report: PathBuf,
    early: Option<Early>,
    seconds: f64,
}

/// A run that stopped before its end.
struct Early {
    done: u32,
    /// Trials that the result is of: the longest finished start of the plan.
    first: u32,
    total: u32,
    /// What is to be done to go on.
    hint: &'static str,
}

pub(crate) fn execute(run: &Execution<'_>) -> Result<Done, CliError> {
    let runtime = runtime()?;
    runtime.block_on(async { limited_files_are_errors() });
    let mut journal = runtime.block_on(Journal::open(run.out))?;
    let identity = identity(run, &journal)?;
    runtime.block_on(journal.begin(&identity, &run.suite.text))?;
    let plan = plan::plan(&run.suite.suite, identity.plan.clone())
        .map_err(|error| CliError::usage(error.to_string()))?;
    let (at, seconds) = play(run, &runtime, &journal, plan)?;
    let mut identity = identity;
    let early = if at.done < at.total {
        let first = runtime.block_on(journal.first_unfinished())?;
        let hint = if at.budget_used_up {
            "the same command with a larger --budget goes on"
        } else {
            "the same command goes on"
        };
        if first == 0 {
            let message = format!(
                "stopped after {} of {} trials, before the first one of the plan: no result yet",
                at.done, at.total
            );
            return Err(CliError::early(message).hint(hint));
        }
        identity.plan.first = Some(first);
        Some(Early { done: at.done, first, total: at.total, hint })
    } else {
        None
    };
    finish(run, &runtime, &journal, &identity, early, seconds)
}

/// One worker a core: plugins compute on them.
pub(crate) fn runtime() -> Result<Runtime, CliError> {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(ambient::cores())
        .enable_all()
        .build()
        .map_err(|error| CliError::ours(format!("no threads from the system: {error}")))
}

/// A write beyond a limit on the size of files (`ulimit -f`) ends a process without a word, unless it
/// handles the signal: then the write fails, and the error says where. The handler stays.
fn limited_files_are_errors() {
    // Without it the process ends as it would have, and the journal goes on as after a kill.
    let _handled = signal(SignalKind::from_raw(Signal::XFSZ.as_raw()));
}

/// What run this is. A run that was begun keeps its seed, so that the same command continues it.
fn identity(run: &Execution<'_>, journal: &Journal) -> Result<RunIdentity, CliError> {
    let begun = journal.identity().map(|identity| identity.plan.seed);
    let seed = match run.seed.or(begun) {
        Some(seed) => seed,
        None => Seed::from_bytes(ambient::entropy()?),
    };
    Ok(RunIdentity {
        format: FORMAT.to_owned(),
        judge: run.judge.as_ref().map(|(claim, _)| claim.clone()),
        plan: PlanSpec { cells: run.cells.clone(), first: None, seed, trials: run.trials },
        subject: run.subject.claim(),
        suite: run.suite.suite.sha256(),
    })
}

/// Runs what is left; how far that was, and the seconds that it took.
fn play(
    run: &Execution<'_>,
    runtime: &Runtime,
    journal: &Journal,
    plan: Plan,
) -> Result<(runner::run::Progress, f64), CliError> {
    let progress = Arc::new(Progress::new("run", "trials", plan.trials.len() as u64, run.json));
    run.notices.attach(&progress);
    let live = Arc::new(Live::new(run.limits, run.notices));
    let job = Arc::new(Job {
        budget: run.limits.budget.clone(),
        concurrency: run.concurrency,
        expected_cost: expected_cost(run, &plan)?,
        gates: run.limits.gates.iter().map(|(_, gate)| gate.clone()).collect(),
        judge: run.judge.as_ref().map(|(_, judge)| judge.clone()),
        plan,
        plugins: run.suite.plugins.clone(),
        prices: run.limits.prices,
        subject: run.subject.clone(),
        suite: run.suite.suite.clone(),
        trial_deadline: trial_deadline(run.suite.suite.file().limits.wall_seconds),
    });
    let (stopper, stop) = watch::channel(false);
    let told = live.clone();
    let ran = runtime.block_on(async {
        tokio::spawn(interrupt(stopper, live.clone(), progress.clone()));
        let shown = tokio::spawn(show(run.out.join(live::FILE), live.clone(), progress.clone()));
        let ran = runner::run::run(&job, journal, &stop, &|at| told.at(at)).await;
        shown.abort();
        ran
    });
    // What others read last is how it ended.
    write_status(&run.out.join(live::FILE), &live.look());
    progress.finish();
    let at = ran.map_err(|fault| {
        let error = CliError::from(fault);
        match error.hint {
            Some(_) => error,
            // It says so itself.
            None if error.message.contains("the same command") => error,
            // A run keeps its model, host and settings: with others it is another one.
            None => error.hint(
                "the same command continues the run where it stopped; a flag that the message finds \
                 wrong has to change first, and another model, host or setting needs another --out",
            ),
        }
    })?;
    Ok((at, progress.seconds()))
}

/// Shows how the run is doing until it is over.
async fn show(status: PathBuf, live: Arc<Live>, progress: Arc<Progress>) {
    /// How often a terminal is drawn.
    const DRAWN: Duration = Duration::from_millis(250);
    /// Drawings between two writings of the file.
    const WRITTEN: u32 = 4;
    let mut ticks = tokio::time::interval(DRAWN);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    for drawing in 0_u32.. {
        ticks.tick().await;
        let look = live.look();
        progress.run_at(&look);
        if drawing % WRITTEN == 0 {
            write_status(&status, &look);
        }
    }
}

/// For `kinship status`. That nobody can be told how a run is doing is no reason to end it.
fn write_status(path: &Path, look: &Look) {
    let _ = save(path, look.status().to_string().as_bytes());
}

/// What a trial may cost, where a budget has to know.
fn expected_cost(run: &Execution<'_>, plan: &Plan) -> Result<Option<Money>, CliError> {
    let Some(price) = run.limits.prices.subject.filter(|_| run.limits.budget.most().is_some())
    else {
        return Ok(None);
    };
    let uses = estimate::from_exemplars(&run.suite.plugins, &run.suite.suite, plan)?;
    Ok(Some(estimate::trial_cost(&uses, plan, price)))
}

fn trial_deadline(stated: Option<u32>) -> Duration {
    stated.map_or(TRIAL_DEADLINE, |seconds| Duration::from_secs(seconds.into()))
}

/// The first Ctrl-C finishes the trials that are under way, the second stops at once. SIGTERM, from
/// a machine that will not wait for trials, lets only calls that are sent be answered. All of them
/// can be continued.
async fn interrupt(stopper: watch::Sender<bool>, live: Arc<Live>, progress: Arc<Progress>) {
    /// What a shell gives for a process that SIGINT ended.
    const INTERRUPTED: i32 = 130;
    let mut terminated = match signal(SignalKind::terminate()) {
        Ok(terminated) => terminated,
        // Without a handler the system ends the process, and nothing is lost but calls under way.
        Err(_) => return,
    };
    let mut interrupts = 0;
    loop {
        tokio::select! {
            pressed = tokio::signal::ctrl_c() => match (pressed, interrupts) {
                (Err(_), _) => return,
                (Ok(()), 0) => {
                    interrupts += 1;
                    progress.note(
                        "stopping: trials under way are finished; Ctrl-C again stops at once",
                    );
                }
                (Ok(()), _) => {
                    progress.finish();
                    std::process::exit(INTERRUPTED);
                }
            },
            _ = terminated.recv() => {
                progress.note("stopping: calls that are sent are answered first");
                live.close_gates();
            }
        }
        live.stopping();
        // Nobody listens when the run is over.
        let _ = stopper.send(true);
    }
}

/// Counts, seals and reports. All of it is made again from the journal by the same command.
fn finish(
    run: &Execution<'_>,
    runtime: &Runtime,
    journal: &Journal,
    identity: &RunIdentity,
    early: Option<Early>,
    seconds: f64,
) -> Result<Done, CliError> {
    let suite = run.suite;
    let verdicts_path = run.out.join("verdicts.jsonl");
    let mut verdicts = LineFile::create(&verdicts_path)?;
    let first = identity.plan.first.unwrap_or(u32::MAX);
    let counted =
        |row: &Result<Finished, Fault>| row.as_ref().map_or(true, |row| row.ordinal < first);
    let mut trials = source::pages(runtime, journal).take_while(counted).map(|row| {
        let row = row?;
        verdicts.line(&row.score)?;
        let score = canonical::from_bytes::<TrialScore>(&row.score)
            .map_err(|error| Fault::new(record::event::Blame::Tampered, error.to_string()))?;
        Ok((score, row.log))
    });
    let claims = Claims { judge: identity.judge.clone(), subject: identity.subject.clone() };
    let spec = identity.plan.clone();
    let (result, bundle) = if let Some(key) = run.key {
        let path = run.out.join(format!("{}.kinship", suite.suite.file().id));
        let contents = Contents {
            manifest: &suite.text,
            suite: &suite.suite,
            plugins: &suite.plugins,
            components: &suite.components,
            spec,
            claims,
            host: HOST,
        };
        (write(&path, key, &contents, trials)?, Some(path))
    } else {
        let counted = trials.by_ref().map(|trial| {
            let (score, log) = trial?;
            Ok((score, Usage::of(&source::events(&log)?)))
        });
        (count(&suite.suite, &suite.plugins, spec, claims, HOST, counted)?, None)
    };
    verdicts.close()?;
    save(&run.out.join("result.json"), &canonical_bytes(&result)?)?;
    if let Some(path) = &bundle {
        let bundle = Bundle::open(path)?;
        save(&run.out.join("envelope.json"), bundle.envelope())?;
        save(&run.out.join("key.pub.pem"), bundle.key())?;
    }
    let report = run.out.join("report.html");
    let html = source::page(&Source::open(run.out)?, report::html::Checked::No, run.beside)?;
    save(&report, html.as_bytes())?;
    Ok(Done { result, bundle, report, early, seconds })
}

fn canonical_bytes(result: &RunResult) -> Result<Vec<u8>, CliError> {
    canonical::to_bytes(result).map_err(|error| CliError::ours(error.to_string()))
}

/// Writes a file whole or not at all.
pub(crate) fn save(path: &Path, bytes: &[u8]) -> Result<(), CliError> {
    let partial = path.with_extension("partial");
    std::fs::write(&partial, bytes)
        .and_then(|()| std::fs::rename(&partial, path))
        .map_err(|error| CliError::file(path, &error))
}

/// A file that is written line by line.
struct LineFile {
    path: PathBuf,
    file: std::io::BufWriter<std::fs::File>,
}

impl LineFile {
    fn create(path: &Path) -> Result<Self, CliError> {
        let file = std::fs::File::create(path).map_err(|error| CliError::file(path, &error))?;
        Ok(Self { path: path.to_owned(), file: std::io::BufWriter::new(file) })
    }

    fn line(&mut self, line: &[u8]) -> Result<(), Fault> {
        let written = self.file.write_all(line).and_then(|()| self.file.write_all(b"\n"));
        written.map_err(|error| {
            let message = format!("{}: {error}", self.path.display());
            Fault::new(record::event::Blame::Setup, message)
        })
    }

    fn close(mut self) -> Result<(), CliError> {
        self.file.flush().map_err(|error| CliError::file(&self.path, &error))
    }
}

impl Done {
    /// That the run stopped before its end, if it did.
    pub(crate) fn early(&self) -> Option<CliError> {
        let Early { done, first, total, hint } = self.early.as_ref()?;
        let message = format!(
            "stopped after {done} of {total} trials; the result is partial: of the first {first} \
             trials of the plan"
        );
        Some(CliError::early(message).hint(*hint))
    }

    /// The table, and where everything is. One scenario's cells fit on a screen; of several, the
    /// layout of the study does.
    pub(crate) fn tell(&self, json: bool, beside: Option<&Beside>) {
        if json {
            let value = serde_json::json!({
                "result": self.result,
                "bundle": self.bundle.as_ref().map(|path| path.display().to_string()),
                "report": self.report.display().to_string(),
                "partial": self.early.is_some(),
                "seconds": self.seconds,
            });
            ambient::out(&value.to_string());
            return;
        }
        let style = if ambient::colour() { Style::Coloured } else { Style::Plain };
        let first = self.result.cells.first().map(|cell| &cell.cell.scenario);
        let several = self.result.cells.iter().any(|cell| Some(&cell.cell.scenario) != first);
        if several || beside.is_some() {
            ambient::out(&report::text::heading(&self.result));
            ambient::out(&report::layout::table(&self.result, beside.map(Beside::figures)));
        } else {
            ambient::out(&report::text::headline(&self.result, style));
        }
        match &self.bundle {
            Some(path) => ambient::out(&format!("bundle  {}", path.display())),
            None => ambient::err(
                "not sealed: make a key with `kinship key new` and give the same command again",
            ),
        }
        ambient::out(&format!("report  {}", self.report.display()));
    }
}
