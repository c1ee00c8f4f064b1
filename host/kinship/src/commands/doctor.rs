//! `kinship doctor`: whether a run will work here, before it is begun.

use crate::ambient;
use crate::error::CliError;
use crate::server::{ServerArgs, server_settings};
use crate::tested;
use report::text::table;
use rustix::process::{Resource, getrlimit};
use serde_json::json;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};
use subject::model::{OpenGate, Probe, Probed, probe};
use subject::spec::{Provider, SubjectSpec, Tested};
use trial::port::Fault;

/// Check keys and models with one tiny call each, their limits, the clock, the disk and what else a run needs.
#[derive(clap::Args)]
#[command(after_help = "Examples:\n  \
    kinship doctor\n  \
    kinship doctor --subject openai:gpt-5.2 --concurrency 256 --out runs\n  \
    kinship doctor --subject openai:local --base-url http://127.0.0.1:8080/v1\n\n\
    Without --subject every provider whose key is set is asked for its list of models, which costs\n\
    nothing. With it that model is asked for one word. Exit code 2 if something must be mended.")]
pub(crate) struct Args {
    /// The model to ask, for example openai:gpt-5.2.
    #[arg(long, value_name = "SPEC")]
    subject: Option<Tested>,
    /// The model in the harness, where --subject names one.
    #[arg(long, value_name = "SPEC", requires = "subject")]
    model: Option<SubjectSpec>,
    /// Where the run will be written: its disk is looked at.
    #[arg(long, value_name = "DIR", default_value = ".")]
    out: PathBuf,
    /// Trials at once that the run will have: each may hold a connection.
    #[arg(long, value_name = "N", default_value_t = 64, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    concurrency: u32,
    #[command(flatten)]
    server: ServerArgs,
}

/// How a check came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Good,
    /// Works, but may not do what is expected.
    Mind,
    /// Must be mended.
    Bad,
}

struct Check {
    what: String,
    state: State,
    said: String,
}

impl Check {
    fn new(what: impl Into<String>, state: State, said: impl Into<String>) -> Self {
        Self { what: what.into(), state, said: said.into() }
    }
}

pub(crate) fn run(args: &Args, json: bool) -> Result<(), CliError> {
    let mut checks = harness(args)?;
    checks.extend(models(args)?);
    checks.push(disk(&args.out));
    checks.push(files(args.concurrency));
    checks.push(signing_key());
    checks.push(cache());
    checks.extend(tools());
    let word = |state| match state {
        State::Good => "good",
        State::Mind => "mind",
        State::Bad => "bad",
    };
    if json {
        for Check { what, state, said } in &checks {
            let value = json!({ "check": what, "state": word(*state), "said": said });
            ambient::out(&value.to_string());
        }
    } else {
        let rows: Vec<Vec<String>> = checks
            .iter()
            .map(|check| vec![check.what.clone(), word(check.state).to_owned(), check.said.clone()])
            .collect();
        ambient::out(&table(&["check", "state", "what was found"], &rows));
    }
    match checks.iter().filter(|check| check.state == State::Bad).count() {
        0 => Ok(()),
        bad => Err(CliError::usage(format!("{bad} of {} checks are bad", checks.len()))),
    }
}

/// The harness that was named, and the sandbox that it runs in.
fn harness(args: &Args) -> Result<Vec<Check>, CliError> {
    let Some(Tested::Harness(harness)) = &args.subject else { return Ok(Vec::new()) };
    let check = |what: &str, found: Result<String, Fault>| match found {
        Ok(said) => Check::new(what, State::Good, said),
        Err(fault) => Check::new(what, State::Bad, fault.message.replace('\n', "; ")),
    };
    Ok(vec![
        check("sandbox of harnesses", tested::sandbox()?),
        check(harness.title(), tested::package(*harness)?),
    ])
}

/// Asks the model that was named, or every provider with a key.
fn models(args: &Args) -> Result<Vec<Check>, CliError> {
    let named = match &args.subject {
        Some(Tested::Alone(spec)) => Some(spec),
        Some(Tested::Harness(_)) => args.model.as_ref(),
        None => None,
    };
    let asked: Vec<(Provider, Option<&str>)> = match named {
        Some(SubjectSpec::Model(provider, model)) => vec![(*provider, Some(model.as_str()))],
        Some(other) => {
            return Ok(vec![Check::new(other.to_string(), State::Good, "asks no model")]);
        }
        None => [Provider::OpenAi, Provider::Anthropic, Provider::Google]
            .into_iter()
            .filter(|provider| ambient::variable(provider.key_name()).is_some())
            .map(|provider| (provider, None))
            .collect(),
    };
    if asked.is_empty() {
        let names = Provider::ALL.map(Provider::key_name);
        let said = format!("no key is set: {}", names[1..].join(", "));
        return Ok(vec![Check::new("models", State::Mind, said)]);
    }
    let runtime = crate::execute::runtime()?;
    let mut checks = Vec::new();
    for (provider, model) in asked {
        let what = model.map_or_else(
            || format!("{} key", provider.as_str()),
            |model| format!("{}:{model}", provider.as_str()),
        );
        let settings =
            server_settings(provider, &args.server, Arc::new(OpenGate), Arc::new(|_| {}))?;
        let question = model.map_or(Probe::Models { wanted: None }, Probe::Model);
        match runtime.block_on(probe(provider, settings, question)) {
            Ok(probed) => checks.extend(answered(&what, &probed)),
            Err(fault) => checks.push(Check::new(what, State::Bad, fault.message)),
        }
    }
    Ok(checks)
}

fn answered(what: &str, probed: &Probed) -> Vec<Check> {
    let Probed { date, limits, models, served, tokens, took } = probed;
    let mut said = vec![format!("answered in {} ms", took.as_millis())];
    if let Some(models) = models {
        said.push(format!("lists {} models", models.listed));
    }
    if !served.is_empty() {
        said.push(format!("served {served}"));
    }
    if tokens.all() > 0 {
        said.push(format!("used {} tokens", tokens.all()));
    }
    for (limit, of) in [(limits.requests, "requests"), (limits.tokens, "tokens")] {
        said.extend(limit.map(|limit| format!("{limit} {of} a minute")));
    }
    let mut checks = vec![Check::new(what, State::Good, said.join(", "))];
    checks.extend(date.map(|date| clock(what, date, *took)));
    checks
}

/// The server's clock beside ours. A wrong clock breaks certificates, and dates in `Retry-After`
/// are taken by the server's own; so it is told and is no reason to stop.
fn clock(what: &str, server: SystemTime, took: Duration) -> Check {
    const MOST: Duration = Duration::from_secs(60);
    let now = ambient::time();
    let ahead = now.duration_since(server).unwrap_or_default();
    let behind = server.duration_since(now).unwrap_or_default();
    // The date has whole seconds, and was written before the answer came.
    let off = ahead.saturating_sub(took + Duration::from_secs(1)).max(behind);
    let state = if off > MOST { State::Mind } else { State::Good };
    let side = if behind > Duration::ZERO { "behind" } else { "ahead of" };
    let said = if off == Duration::ZERO {
        "agrees with the server's".to_owned()
    } else {
        format!("{} s {side} the server's", off.as_secs())
    };
    Check::new(format!("clock, by {what}"), state, said)
}

/// Free space where the run goes.
fn disk(out: &Path) -> Check {
    /// A trial's log takes some kilobytes: a hundred thousand of them fit.
    const ENOUGH: u64 = 2 << 30;
    // The folder is made by the run: the nearest one that exists has its disk.
    let existing = out.ancestors().find(|path| path.is_dir()).unwrap_or(Path::new("."));
    let what = format!("disk at {}", existing.display());
    match rustix::fs::statvfs(existing) {
        Ok(disk) => {
            let free = disk.f_bavail.saturating_mul(disk.f_frsize);
            let state = if free < ENOUGH { State::Mind } else { State::Good };
            Check::new(what, state, format!("{:.1} GB free", free as f64 / 1e9))
        }
        Err(error) => Check::new(what, State::Bad, error.to_string()),
    }
}

/// Files that may be open at once: a connection is one.
fn files(concurrency: u32) -> Check {
    /// Journal, plugins, logs, and whatever the system holds open.
    const OTHERS: u64 = 64;
    let needed = u64::from(concurrency) + OTHERS;
    match getrlimit(Resource::Nofile).current {
        Some(most) if most < needed => {
            let said =
                format!("{most} at once, {needed} needed: `ulimit -n {needed}` before the run");
            Check::new("open files", State::Bad, said)
        }
        Some(most) => Check::new("open files", State::Good, format!("{most} at once")),
        None => Check::new("open files", State::Good, "no limit"),
    }
}

fn signing_key() -> Check {
    match ambient::default_key() {
        Some(path) if path.exists() => {
            Check::new("signing key", State::Good, path.display().to_string())
        }
        _ => Check::new(
            "signing key",
            State::Mind,
            "none: results are not sealed; `kinship key new` makes one",
        ),
    }
}

/// Without a cache every start compiles the plugins.
fn cache() -> Check {
    let Some(folder) = ambient::cache_folder() else {
        return Check::new(
            "plugin cache",
            State::Mind,
            "no HOME: plugins are compiled at each start",
        );
    };
    let tried = std::fs::create_dir_all(&folder).and_then(|()| tempfile_in(&folder));
    match tried {
        Ok(()) => Check::new("plugin cache", State::Good, folder.display().to_string()),
        Err(error) => {
            Check::new("plugin cache", State::Mind, format!("{}: {error}", folder.display()))
        }
    }
}

fn tempfile_in(folder: &Path) -> std::io::Result<()> {
    let path = folder.join(format!("doctor-{}", std::process::id()));
    std::fs::write(&path, b"")?;
    std::fs::remove_file(path)
}

/// Programs that some commands and checks can use; none is needed for a run. They are looked for and
/// not started.
fn tools() -> Vec<Check> {
    let known = [
        ("openssl", "an independent check of signatures"),
        ("zstd", "reading calls.jsonl.zst"),
        ("python3", "`cargo xtask outside` and `cargo xtask real-model`"),
    ];
    let folders = ambient::variable("PATH").unwrap_or_default();
    let found = |name: &str| {
        std::env::split_paths(&folders).map(|folder| folder.join(name)).find(|path| path.is_file())
    };
    known
        .into_iter()
        .map(|(name, what)| match found(name) {
            Some(path) => {
                let path = path.display().to_string();
                Check::new(format!("{name} (optional)"), State::Good, path)
            }
            None => {
                let said = format!("not there; it is for {what}");
                Check::new(format!("{name} (optional)"), State::Mind, said)
            }
        })
        .collect()
}
