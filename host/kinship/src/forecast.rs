//! What a plan is expected to use, in words: calls, tokens, money and time, as ranges.

use crate::error::CliError;
use crate::limits::{price_table, priced_as};
use crate::progress::duration;
use crate::source::{self, Source};
use crate::suite::LoadedSuite;
use record::id::ScenarioId;
use record::plan::Plan;
use record::price::Money;
use record::prices::Entry;
use report::visible::line;
use runner::estimate::{self, BYTES_A_TOKEN, REASONING_TOKENS, Range, TrialUse, Uses};
use serde_json::{Value, json};
use stats::quantile;
use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};
use subject::spec::SubjectSpec;

/// What the money and the time of a plan depend on.
#[derive(clap::Args)]
pub(crate) struct ForecastArgs {
    /// Also: calls, tokens, money and time for this model, for example openai:gpt-5.2.
    #[arg(long, value_name = "SPEC")]
    subject: Option<SubjectSpec>,
    /// What models cost, instead of the built-in table (suite/prices.toml).
    #[arg(long, value_name = "FILE", requires = "subject")]
    prices: Option<PathBuf>,
    /// Expect what the trials of this earlier run used (its folder or bundle), instead of what the scenarios' exemplars say.
    #[arg(long, value_name = "RUN", requires = "subject")]
    from: Option<PathBuf>,
    /// Requests a minute that the key allows.
    #[arg(long, value_name = "N", requires = "subject")]
    rpm: Option<NonZeroU32>,
    /// Tokens a minute that the key allows, read and written.
    #[arg(long, value_name = "N", requires = "subject")]
    tpm: Option<NonZeroU32>,
    /// Trials at once.
    #[arg(long, value_name = "N", default_value = "64", requires = "subject")]
    concurrency: NonZeroU32,
    /// Seconds that one call takes, as LOW..HIGH.
    #[arg(long, value_name = "RANGE", default_value = "2..20", value_parser = seconds, requires = "subject")]
    call_seconds: (f64, f64),
}

/// What a plan is expected to use.
pub(crate) struct Forecast {
    call_seconds: [f64; 2],
    concurrency: u32,
    entry: Option<Entry>,
    from: Option<String>,
    known: Vec<String>,
    /// Scenarios of which an earlier run has no trial.
    missing: Vec<String>,
    range: Range,
    rpm: Option<u32>,
    subject: String,
    tpm: Option<u32>,
}

impl Forecast {
    /// None where no subject was named.
    ///
    /// # Errors
    /// When the prices, the earlier run or a plugin cannot be used.
    pub(crate) fn new(
        args: &ForecastArgs,
        suite: &LoadedSuite,
        plan: &Plan,
    ) -> Result<Option<Self>, CliError> {
        let Some(subject) = &args.subject else { return Ok(None) };
        let Some(priced) = priced_as(subject) else {
            return Err(CliError::usage(format!(
                "--subject {subject}: asks no model, and costs nothing"
            ))
            .hint("name a model: --subject openai:MODEL"));
        };
        let table = price_table(args.prices.as_deref())?;
        let exemplars = estimate::from_exemplars(&suite.plugins, &suite.suite, plan)?;
        let (uses, missing) = match &args.from {
            Some(path) => seen(earlier(path)?, &exemplars),
            None => (exemplars, Vec::new()),
        };
        Ok(Some(Self {
            call_seconds: [args.call_seconds.0, args.call_seconds.1],
            concurrency: args.concurrency.get(),
            entry: table.price(&priced).cloned(),
            from: args.from.as_ref().map(|path| line(&path.display().to_string())),
            known: table.subjects().map(str::to_owned).collect(),
            missing,
            range: estimate::total(&uses, plan),
            rpm: args.rpm.map(NonZeroU32::get),
            subject: subject.to_string(),
            tpm: args.tpm.map(NonZeroU32::get),
        }))
    }

    /// As a person reads it.
    pub(crate) fn text(&self) -> String {
        let Range { low, likely, high } = &self.range;
        let row = |name: &str, of: fn(&TrialUse) -> f64| {
            let mut cells = vec![name.to_owned()];
            cells.extend([low, likely, high].map(|use_| short(of(use_))));
            cells
        };
        let mut money = vec!["money".to_owned()];
        money.extend([low, likely, high].map(|use_| {
            self.cost(use_).map_or_else(|| "not known".to_owned(), |money| money.to_string())
        }));
        let mut time = vec!["time".to_owned()];
        time.extend(self.seconds().map(duration));
        let rows = [
            row("model calls", |use_| use_.calls),
            row("tokens read", |use_| use_.input),
            row("tokens written", |use_| use_.output),
            money,
            time,
        ];
        let head = [&self.subject, "low", "likely", "high"];
        format!("{}\n\n{}", report::text::table(&head, &rows), self.basis())
    }

    /// As a machine reads it; money in dollars, as text.
    pub(crate) fn json(&self) -> Value {
        let use_ = |one: &TrialUse| {
            let tokens = one.tokens();
            json!({
                "calls": one.calls.round() as u64,
                "input_tokens": tokens.input,
                "cached_tokens": tokens.cached,
                "output_tokens": tokens.output,
                "dollars": self.cost(one).map(|money| money.dollars().normalize().to_string()),
            })
        };
        let Range { low, likely, high } = &self.range;
        json!({
            "subject": self.subject,
            "low": use_(low),
            "likely": use_(likely),
            "high": use_(high),
            "seconds": self.seconds(),
            "price": self.entry.as_ref().map(|entry| json!({
                "input": entry.price.input.to_string(),
                "cached_input": entry.price.cached_input.to_string(),
                "output": entry.price.output.to_string(),
                "read": entry.read,
                "source": entry.source,
            })),
            "from": self.from,
            "exemplars_for": self.missing,
        })
    }

    fn cost(&self, one: &TrialUse) -> Option<Money> {
        self.entry.as_ref().map(|entry| entry.price.of(one.tokens()))
    }

    /// Seconds, at best, likely and at worst: what the rates allow, or what calls one after the
    /// other take.
    fn seconds(&self) -> [u64; 3] {
        let Range { low, likely, high } = &self.range;
        let [fast, slow] = self.call_seconds;
        let one = |use_: &TrialUse, call: f64| {
            let minutes = |count: f64, limit: Option<u32>| {
                limit.map_or(0.0, |limit| count / f64::from(limit))
            };
            let tokens = minutes(use_.input + use_.output, self.tpm);
            let rates = minutes(use_.calls, self.rpm).max(tokens);
            let calls = use_.calls * call / f64::from(self.concurrency);
            (rates * 60.0).max(calls).round() as u64
        };
        [one(low, fast), one(likely, (fast + slow) / 2.0), one(high, slow)]
    }

    /// Where the numbers come from.
    fn basis(&self) -> String {
        let [sparse, dense] = BYTES_A_TOKEN;
        let mut out = match &self.from {
            Some(run) => format!("From the trials of {run}: their mean with its 95 % interval. "),
            None => format!(
                "From the scenarios' own exemplars: low as the shortest, with {sparse} bytes to a token, nothing \
                 thought\nand history from the provider's cache; high as every turn that is allowed, {dense} bytes to a \
                 token and\n{REASONING_TOKENS} tokens of reasoning a call. A quick run and --from narrow it.\n"
            ),
        };
        if !self.missing.is_empty() {
            out.push_str(&format!(
                "That run has no trial of {}: from their exemplars. ",
                self.missing.join(", ")
            ));
        }
        let [fast, slow] = self.call_seconds;
        out.push_str(&format!(
            "Time with {} trials at once and calls of {fast} to {slow} s. Judges and retries are not counted.",
            self.concurrency
        ));
        match &self.entry {
            Some(Entry { price, read, source, .. }) => out.push_str(&format!(
                "\nPrice for a million tokens: {} read, {} cached, {} written (USD; {source}, {read}).",
                price.input.normalize(), price.cached_input.normalize(), price.output.normalize()
            )),
            None => out.push_str(&format!(
                "\nWhat it costs is not known: copy suite/prices.toml, add it, and give --prices FILE. Known are\n{}.",
                self.known.join(", ")
            )),
        }
        out
    }
}

/// What the finished trials of an earlier run used, by scenario.
fn earlier(path: &Path) -> Result<Uses, CliError> {
    let mut trials: BTreeMap<ScenarioId, Vec<TrialUse>> = BTreeMap::new();
    for row in Source::open(path)?.rows()? {
        let (score, log) = row?;
        if let Some(used) = TrialUse::of(&source::events(&log)?) {
            trials.entry(score.trial.cell.scenario).or_default().push(used);
        }
    }
    if trials.is_empty() {
        let message = format!("{}: no trial there asked a model", path.display());
        return Err(CliError::usage(message).hint("name a run of a model: a quick preset does"));
    }
    let mean = |used: &[TrialUse]| {
        let freedom = used.len().saturating_sub(1).max(1);
        estimate::mean(used, quantile::student_95(freedom as u32))
    };
    Ok(trials.iter().map(|(scenario, used)| (scenario.clone(), mean(used))).collect())
}

/// What was seen; of scenarios that were not, what the exemplars say.
fn seen(seen: Uses, exemplars: &Uses) -> (Uses, Vec<String>) {
    let mut uses = exemplars.clone();
    let missing = exemplars.keys().filter(|scenario| !seen.contains_key(*scenario));
    let missing = missing.map(ToString::to_string).collect();
    uses.extend(seen);
    (uses, missing)
}

/// A count in three digits: `1,234`, `56.7 k`, `8.90 M`.
fn short(count: f64) -> String {
    match count {
        x if x >= 1e9 => format!("{:.2} G", x / 1e9),
        x if x >= 1e6 => format!("{:.2} M", x / 1e6),
        x if x >= 1e4 => format!("{:.1} k", x / 1e3),
        x => format!("{x:.0}"),
    }
}

fn seconds(text: &str) -> Result<(f64, f64), String> {
    let expected = || "expected two numbers of seconds above 0, for example 2..20".to_owned();
    let (low, high) = text.split_once("..").ok_or_else(expected)?;
    let number = |text: &str| text.trim().parse::<f64>().ok().filter(|x| x.is_finite() && *x > 0.0);
    let (low, high) = number(low).zip(number(high)).ok_or_else(expected)?;
    if low > high { Err(expected()) } else { Ok((low, high)) }
}
