//! `kinship status`: how a run is doing, from another shell, without disturbing it.

use crate::ambient;
use crate::error::CliError;
use crate::live;
use crate::progress::duration;
use crate::suite::read_limited;
use report::text::table;
use report::visible::line;
use runner::journal::Journal;
use runner::lock;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::time::{Duration, UNIX_EPOCH};

/// Largest status that is read: a few behaviours and models have two kilobytes.
const STATUS_BYTES_MAX: usize = 1 << 20;

/// Say how a run is doing: what is done, running, waited for and spent, and when it may end.
#[derive(clap::Args)]
#[command(after_help = "Examples:\n  \
    kinship status runs/gpt\n  \
    kinship status runs/gpt --watch\n  \
    kinship status runs/gpt --json\n\n\
    Reads run.db and status.json in the run's folder; the run does not notice.")]
pub(crate) struct Args {
    /// Folder of the run.
    #[arg(value_name = "RUN")]
    run: PathBuf,
    /// Say it again every two seconds, until nobody works on the run.
    #[arg(long)]
    watch: bool,
}

pub(crate) fn run(args: &Args, json: bool) -> Result<(), CliError> {
    const EVERY: Duration = Duration::from_secs(2);
    let runtime = crate::execute::runtime()?;
    let journal = runtime.block_on(Journal::read(&args.run))?;
    loop {
        let holder = lock::holder(&args.run)?;
        let done = runtime.block_on(journal.finished())?.len();
        let told = told(&args.run, done, holder.as_deref())?;
        ambient::out(&if json { told.to_string() } else { text(&told) });
        if !args.watch || holder.is_none() {
            return Ok(());
        }
        std::thread::sleep(EVERY);
        if !json {
            ambient::out("");
        }
    }
}

/// What the working process last wrote, with what the journal and the lock say.
fn told(run: &Path, done: usize, holder: Option<&str>) -> Result<Value, CliError> {
    let path = run.join(live::FILE);
    let mut told = if path.exists() {
        let bytes = read_limited(&path, STATUS_BYTES_MAX)?;
        serde_json::from_slice(&bytes).ok().filter(Value::is_object).ok_or_else(|| {
            CliError::bad(format!("{}: expected a JSON object", path.display()))
                .hint("remove it: a process that works on the run writes it anew each second")
        })?
    } else {
        json!({})
    };
    let now = ambient::time().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    told["age_seconds"] = told["at"].as_u64().map(|at| now.saturating_sub(at)).into();
    told["working"] = holder.into();
    // The journal knows better than a file that is written each second.
    told["done"] = done.into();
    Ok(told)
}

fn text(told: &Value) -> String {
    let count = |name: &str| told[name].as_u64().unwrap_or_default();
    let total = told["total"].as_u64().map_or("?".to_owned(), |total| total.to_string());
    let mut out = match told["working"].as_str() {
        Some(who) => format!("working   {who}"),
        None => "working   nobody: the command that began the run continues it".to_owned(),
    };
    out.push_str(&format!(
        "\ntrials    {} of {total} done, {} running, {} parked, {} invalid",
        count("done"),
        count("running"),
        count("parked"),
        count("invalid")
    ));
    if let Some(spent) = told["spent"].as_str() {
        let most = told["budget"].as_str().map_or(String::new(), |most| format!(" of {most}"));
        out.push_str(&format!("\nspent     {}{} USD", line(spent), line(&most)));
    }
    if let Some(failure) = told["last_failure"].as_str() {
        out.push_str(&format!("\nfailed    last: {}", line(failure)));
    }
    if let Some(left) = told["seconds_left"].as_f64().filter(|_| told["working"].is_string()) {
        out.push_str(&format!("\nleft      about {}", duration(left.max(0.0) as u64)));
    }
    if let Some(age) = told["age_seconds"].as_u64().filter(|age| *age > 5) {
        out.push_str(&format!("\nseen      {} ago", duration(age)));
    }
    for (name, rows, head) in [
        ("models", models as fn(&Value) -> _, &MODELS[..]),
        ("behaviours", behaviours, &BEHAVIOURS),
    ] {
        let rows: Vec<Vec<String>> =
            told[name].as_array().map(|all| all.iter().map(rows).collect()).unwrap_or_default();
        if !rows.is_empty() {
            out.push_str("\n\n");
            out.push_str(&table(head, &rows));
        }
    }
    out
}

const MODELS: [&str; 8] =
    ["calls of", "answered", "sent", "places", "in line", "on 429", "next try", "failed tries"];

fn models(gate: &Value) -> Vec<String> {
    let count = |name: &str| gate[name].as_u64().unwrap_or_default().to_string();
    let next = gate["next_try_seconds"].as_f64();
    let failed =
        gate["failed"].as_u64().unwrap_or_default() + gate["limited"].as_u64().unwrap_or_default();
    vec![
        gate["whose"].as_str().unwrap_or_default().to_owned(),
        count("answered"),
        count("sent"),
        count("places"),
        count("in_line"),
        count("waiting_on_429"),
        next.map_or("-".to_owned(), |seconds| format!("in {seconds:.0} s")),
        failed.to_string(),
    ]
}

const BEHAVIOURS: [&str; 7] =
    ["behaviour", "complied", "exhibited", "refused", "incomplete", "invalid", "rate so far"];

fn behaviours(behaviour: &Value) -> Vec<String> {
    let count = |name: &str| behaviour[name].as_u64().unwrap_or_default().to_string();
    let percent = |name: &str| behaviour[name].as_f64().map(|x| format!("{:.1}", x * 100.0));
    let rate = percent("rate").zip(percent("low")).zip(percent("high"));
    let mut cells = vec![behaviour["behaviour"].as_str().unwrap_or_default().to_owned()];
    cells.extend(BEHAVIOURS[1..6].iter().map(|name| count(name)));
    cells.push(
        rate.map_or("-".to_owned(), |((rate, low), high)| format!("{rate} % ({low} to {high})")),
    );
    cells
}
