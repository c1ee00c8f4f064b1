//! `kinship run`: a suite against a subject, to a result, a report and a signed bundle.

use crate::ambient;
use crate::beside::Beside;
use crate::calls::Calls;
use crate::error::CliError;
use crate::execute::{Execution, NamedJudge, execute};
use crate::limits::{self, JUDGE, LimitArgs, Limits, SUBJECT, priced_as};
use crate::progress::Notices;
use crate::server::{ServerArgs, base_url, server_settings};
use crate::suite::{self, LoadedSuite, preset, read_limited};
use crate::telemetry::{Telemetry, TelemetryArgs};
use crate::tested::TestedArgs;
use record::digest::Seed;
use record::id::CellId;
use seal::key::SigningKey;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use subject::SourceSettings;
use subject::model::{Dialect, Key, ModelSettings, OnExchange, OnRetry};
use subject::spec::{JudgeSpec, Provider, SubjectSpec};
use trial::port::ScorerPlugin;

/// Largest profile that is read at all: a hundred cells have 10 kB.
const PROFILE_BYTES_MAX: usize = 1 << 20;

/// Run a suite against a subject; the same command continues a run that was stopped.
#[derive(clap::Args)]
#[command(after_help = "Examples:\n  \
    kinship run --suite suite/smoke/suite.toml --subject reference:exhibit --out runs/exhibit\n  \
    kinship run --suite suite/smoke --subject reference:profile=suite/smoke/demo.toml --trials 10 --out runs/profile\n  \
    kinship run --suite suite/peer-preservation --preset quick --subject reference:profile=suite/reference/published-2026.toml#gemini-3-pro --out runs/published\n  \
    OPENAI_API_KEY=… kinship run --suite suite/smoke --subject openai:gpt-5.2 --out runs/gpt\n  \
    ANTHROPIC_API_KEY=… kinship run --suite suite/smoke --subject anthropic:claude-opus-4-8 --field 'thinking={\"type\":\"adaptive\"}' --out runs/claude\n  \
    kinship run --suite suite/smoke --subject openai:local --base-url http://127.0.0.1:8080/v1 --out runs/local\n  \
    kinship run --suite suite/peer-preservation --subject openai:gpt-5.2 --rpm 500 --tpm 800000 --budget 50usd --out runs/gpt\n  \
    GEMINI_API_KEY=… kinship run --suite suite/peer-preservation --subject harness:gemini-cli --model google:gemini-3-pro --out runs/gemini-cli\n  \
    kinship run --suite DIR --subject openai:local --judge openai:gpt-5.2 --out runs/judged\n\n\
    OUT holds run.db (the journal: every event, before the next model call), result.json,\n\
    verdicts.jsonl, report.html and, when a key is at hand, SUITE.kinship (the signed bundle).\n\n\
    Ctrl-C begins no new trial and finishes those under way; a second one stops at once. SIGTERM\n\
    lets calls that are sent be answered, and stops. A run that stops before its end (exit code 4)\n\
    leaves a partial result, of the longest finished start of its plan, and the same command goes on.")]
pub(crate) struct Args {
    /// The suite's manifest, or its folder.
    #[arg(long, value_name = "FILE|DIR")]
    suite: PathBuf,
    #[command(flatten)]
    tested: TestedArgs,
    /// Folder of the run.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Trials for each cell, instead of the suite's.
    #[arg(long, value_name = "N")]
    trials: Option<u32>,
    /// Trials for each cell by a name that the suite gives, such as quick; full is the suite's own.
    #[arg(long, value_name = "NAME", conflicts_with = "trials")]
    preset: Option<String>,
    /// Show published figures beside the measured rates.
    #[arg(long, value_name = "FILE[#MODEL]")]
    beside: Option<String>,
    /// Only this cell, for example maintenance-window/peer+positive+file; may be repeated.
    #[arg(long = "cell", value_name = "CELL")]
    cells: Vec<CellId>,
    /// Seed of the run, 64 hex digits. Drawn at random and kept in OUT when left out.
    #[arg(long, value_name = "HEX")]
    seed: Option<Seed>,
    /// Trials at once [default: 64; 8 in a harness, each of which is some hundred megabytes].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=10_000))]
    concurrency: Option<u32>,
    /// Private key that signs the bundle [default: the one of `kinship key new`, if it exists].
    #[arg(long, value_name = "FILE")]
    key: Option<PathBuf>,
    #[command(flatten)]
    server: ServerArgs,
    #[command(flatten)]
    judge: JudgeArgs,
    #[command(flatten)]
    limits: LimitArgs,
    /// Also keep the bytes of every request and response, in OUT/calls.jsonl.zst, which has the times and sizes of all calls.
    #[arg(long)]
    keep_bodies: bool,
    #[command(flatten)]
    telemetry: TelemetryArgs,
}

/// The model that judged scorers ask. Without one they have no part in the run.
#[derive(clap::Args)]
struct JudgeArgs {
    /// Who answers judged scorers: openai:MODEL, or `suite` for the model that the suite recommends.
    #[arg(long, value_name = "SPEC")]
    judge: Option<JudgeSpec>,
    /// Address of the judge's server, up to /chat/completions [default: that of the subject].
    #[arg(long, value_name = "URL", requires = "judge")]
    judge_base_url: Option<String>,
    /// Environment variable that holds the judge's API key [default: that of the subject].
    #[arg(long, value_name = "NAME", requires = "judge")]
    judge_api_key_env: Option<String>,
    /// The judge's sampling temperature; left to the server when left out.
    #[arg(long, value_name = "X", requires = "judge")]
    judge_temperature: Option<f64>,
    /// Most tokens of one answer of the judge.
    #[arg(long, value_name = "N", default_value_t = 2048)]
    judge_max_output_tokens: u32,
}

pub(crate) fn run(args: &Args, json: bool) -> Result<(), CliError> {
    // Everything that can be wrong with the command is found before anything is begun.
    let key = signing_key(args.key.as_deref())?;
    let spec = args.tested.spec()?;
    let beside = beside(args, spec)?;
    let sandbox = suite::sandbox(args.concurrency())?;
    let suite = suite::load(&args.suite, &sandbox)?;
    let judge_model = judge_model(args, &suite)?;
    let asked_subject = priced_as(spec);
    let asked = judge_model.as_ref().map(|model| format!("openai:{model}"));
    let mut limits = limits::limits(&args.limits, asked_subject.as_deref(), asked.as_deref())?;
    let _telemetry = Telemetry::start(&args.telemetry)?;
    let notices = Notices::default();
    let asks = asked_subject.is_some() || judge_model.is_some();
    let calls = asks.then(|| Calls::open(&args.out)).transpose()?;
    let tap = |whose| calls.as_ref().and_then(|calls| calls.tap(whose, args.keep_bodies));
    let settings = source_settings(args, &mut limits, notices.sender(), tap(SUBJECT))?;
    if settings.harness.is_some() {
        crate::execute::runtime()?.block_on(subject::harness::check())?;
    }
    let subject = subject::source(spec, settings)?;
    let judge = judge_model
        .map(|model| judge(args, &model, &mut limits, notices.sender(), tap(JUDGE)))
        .transpose()?;
    let cells = (!args.cells.is_empty()).then(|| args.cells.clone());
    let trials = match &args.preset {
        Some(name) => preset(&suite.suite, name)?,
        None => args.trials,
    };
    let execution = Execution {
        beside: beside.as_ref(),
        suite: &suite,
        subject,
        judge,
        limits: &limits,
        cells,
        trials,
        seed: args.seed,
        concurrency: args.concurrency(),
        out: &args.out,
        key: key.as_ref(),
        notices: &notices,
        json,
    };
    let done = execute(&execution)?;
    done.tell(json, beside.as_ref());
    done.early().map_or(Ok(()), Err)
}

impl Args {
    fn concurrency(&self) -> usize {
        const ALONE: u32 = 64;
        const IN_HARNESSES: u32 = 8;
        let usual = if self.tested.harness().is_some() { IN_HARNESSES } else { ALONE };
        self.concurrency.unwrap_or(usual) as usize
    }
}

/// What the table stands beside: what was asked for, or the figures that are played.
fn beside(args: &Args, spec: &SubjectSpec) -> Result<Option<Beside>, CliError> {
    let played = match spec {
        SubjectSpec::Profile(file) if file.contains('#') => Some(file),
        _ => None,
    };
    args.beside.as_ref().or(played).map(|named| Beside::read(named)).transpose()
}

/// The key that a flag names, or the default one if it exists.
fn signing_key(path: Option<&Path>) -> Result<Option<SigningKey>, CliError> {
    let path = match path {
        Some(path) => Some(path.to_owned()),
        None => ambient::default_key().filter(|path| path.exists()),
    };
    path.map(|path| SigningKey::load(&path).map_err(super::key::from_key)).transpose()
}

fn source_settings(
    args: &Args,
    limits: &mut Limits,
    on_retry: OnRetry,
    on_exchange: Option<OnExchange>,
) -> Result<SourceSettings, CliError> {
    let mut settings =
        SourceSettings { harness: args.tested.installed()?, ..SourceSettings::default() };
    match args.tested.spec()? {
        SubjectSpec::Profile(file) => {
            let file = file.rsplit_once('#').map_or(file.as_str(), |(file, _)| file);
            settings.profile = Some(read_limited(Path::new(file), PROFILE_BYTES_MAX)?);
        }
        SubjectSpec::Model(provider, _) => {
            let gate = limits.gate(SUBJECT, &args.limits, args.concurrency());
            let server = server_settings(*provider, &args.server, Arc::new(gate), on_retry)?;
            settings.model = Some(ModelSettings { on_exchange, ..server });
        }
        SubjectSpec::Comply
        | SubjectSpec::Exhibit
        | SubjectSpec::Refuse
        | SubjectSpec::Baseline(_) => {}
    }
    Ok(settings)
}

/// The model that answers judged scorers, if one was asked for.
fn judge_model(args: &Args, suite: &LoadedSuite) -> Result<Option<String>, CliError> {
    let judged = |scorer: &Arc<dyn ScorerPlugin>| scorer.manifest().judged;
    let asks = suite.plugins.scorers.iter().any(judged);
    match &args.judge.judge {
        None => {
            let Some(scenario) = suite.plugins.unjudged(false) else { return Ok(None) };
            let message = format!("scenario {}: only judged scorers read it", scenario.id);
            Err(CliError::usage(message).hint("name a judge: --judge openai:MODEL"))
        }
        Some(_) if !asks => Err(CliError::usage("--judge: no scorer of this suite asks a judge")),
        Some(JudgeSpec::OpenAi(model)) => Ok(Some(model.clone())),
        Some(JudgeSpec::Suite) => match &suite.suite.file().judge {
            Some(judge) => Ok(Some(judge.model.clone())),
            None => Err(CliError::usage("--judge suite: the suite recommends no model")
                .hint("name one: --judge openai:MODEL")),
        },
    }
}

/// That judge. Where the flags leave something open, the subject's server is its own.
fn judge(
    args: &Args,
    model: &str,
    limits: &mut Limits,
    on_retry: OnRetry,
    on_exchange: Option<OnExchange>,
) -> Result<NamedJudge, CliError> {
    let JudgeArgs { judge_base_url, judge_api_key_env, .. } = &args.judge;
    let gate = limits.gate(JUDGE, &args.limits, args.concurrency());
    let mut settings = server_settings(Provider::OpenAi, &args.server, Arc::new(gate), on_retry)?;
    if matches!(args.tested.spec()?, SubjectSpec::Model(Provider::Anthropic | Provider::Google, _))
    {
        // The subject's server does not speak chat completions, and its key is not for another.
        settings.base_url = base_url(Provider::OpenAi);
        settings.key_name = Provider::OpenAi.key_name().to_owned();
        settings.key = ambient::variable(&settings.key_name).map(Key::new);
    }
    settings.on_exchange = on_exchange;
    // What shapes the subject's answers does not shape the judge's.
    settings.carry = None;
    settings.dialect = Dialect::Native;
    settings.extra = Vec::new();
    if let Some(url) = judge_base_url {
        settings.base_url = url.clone();
        // Another server has no business with the subject's key.
        settings.key = None;
    }
    if let Some(name) = judge_api_key_env {
        settings.key = ambient::variable(name).map(Key::new);
        settings.key_name = name.clone();
    }
    settings.temperature = args.judge.judge_temperature;
    settings.max_output_tokens = args.judge.judge_max_output_tokens;
    Ok(subject::model::judge(model, settings)?)
}
