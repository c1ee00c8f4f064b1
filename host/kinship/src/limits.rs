//! What a run may use: requests and tokens a minute, calls at once, money.

use crate::error::CliError;
use crate::suite::read_limited;
use record::price::{Money, Price};
use record::prices::{PRICES_BYTES_MAX, PriceTable};
use runner::budget::{Budget, Prices};
use runner::gate::{Gate, Settings};
use runner::pace::Rates;
use std::num::NonZeroU32;
use std::path::PathBuf;
use std::sync::Arc;
use subject::spec::{Provider, SubjectSpec};

/// What models cost, unless a flag names another file.
const PRICES: &[u8] = include_bytes!("../../../suite/prices.toml");

/// The limits of a run's models.
#[derive(clap::Args)]
pub(crate) struct LimitArgs {
    /// Requests a minute that the key allows; calls are spread evenly over the minute.
    #[arg(long, value_name = "N")]
    rpm: Option<NonZeroU32>,
    /// Tokens a minute that the key allows, read and written.
    #[arg(long, value_name = "N")]
    tpm: Option<NonZeroU32>,
    /// Requests a minute that the judge's key allows.
    #[arg(long, value_name = "N", requires = "judge")]
    judge_rpm: Option<NonZeroU32>,
    /// Tokens a minute that the judge's key allows.
    #[arg(long, value_name = "N", requires = "judge")]
    judge_tpm: Option<NonZeroU32>,
    /// Money that the whole run may cost, earlier processes included, for example 50usd. When it is used up the run stops with a partial result, and a larger budget continues it.
    #[arg(long, value_name = "MONEY")]
    budget: Option<Money>,
    /// What models cost, instead of the built-in table (suite/prices.toml).
    #[arg(long, value_name = "FILE")]
    prices: Option<PathBuf>,
}

/// The gates of a run's models, and its money.
pub(crate) struct Limits {
    pub(crate) budget: Arc<Budget>,
    /// Each with whose calls pass it.
    pub(crate) gates: Vec<(&'static str, Gate)>,
    pub(crate) prices: Prices,
}

impl Limits {
    /// No model is asked, and nothing costs anything.
    pub(crate) fn none() -> Self {
        Self { budget: Arc::default(), gates: Vec::new(), prices: Prices::default() }
    }

    /// The gate of the subject's calls, or of the judge's.
    pub(crate) fn gate(&mut self, whose: &'static str, args: &LimitArgs, calls: usize) -> Gate {
        let judge = whose == JUDGE;
        let (requests, tokens) =
            if judge { (args.judge_rpm, args.judge_tpm) } else { (args.rpm, args.tpm) };
        let price = if judge { self.prices.judge } else { self.prices.subject };
        let rates = Rates { requests, tokens };
        let settings = Settings { budget: self.budget.clone(), calls, price, rates };
        let gate = Gate::new(settings);
        self.gates.push((whose, gate.clone()));
        gate
    }
}

/// Whose calls pass a gate.
pub(crate) const SUBJECT: &str = "subject";
/// As [`SUBJECT`].
pub(crate) const JUDGE: &str = "judge";

/// The limits that were asked for. `subject` and `judge` are the models as specs, where there are
/// any: a budget needs to know what each of them costs.
pub(crate) fn limits(
    args: &LimitArgs,
    subject: Option<&str>,
    judge: Option<&str>,
) -> Result<Limits, CliError> {
    let table = price_table(args.prices.as_deref())?;
    let price = |spec: Option<&str>| -> Result<Option<Price>, CliError> {
        let Some(spec) = spec else { return Ok(None) };
        match table.price(spec) {
            Some(entry) => Ok(Some(entry.price)),
            None if args.budget.is_none() => Ok(None),
            None => {
                let message = format!("--budget: what {spec} costs is not known");
                let hint = "copy suite/prices.toml, add an entry for it, and give --prices FILE";
                Err(CliError::usage(message).hint(hint))
            }
        }
    };
    let prices = Prices { judge: price(judge)?, subject: price(subject)? };
    if args.budget.is_some() && subject.or(judge).is_none() {
        return Err(CliError::usage("--budget: no model is asked, and nothing costs anything"));
    }
    Ok(Limits { budget: Arc::new(Budget::new(args.budget)), gates: Vec::new(), prices })
}

/// The model whose price holds for a subject; none for a subject that asks no model. What is spoken
/// with a server does not change what it costs.
pub(crate) fn priced_as(subject: &SubjectSpec) -> Option<String> {
    match subject {
        SubjectSpec::Model(Provider::OpenAiResponses, model) => {
            Some(format!("{}:{model}", Provider::OpenAi.as_str()))
        }
        SubjectSpec::Model(..) => Some(subject.to_string()),
        SubjectSpec::Comply
        | SubjectSpec::Exhibit
        | SubjectSpec::Refuse
        | SubjectSpec::Baseline(_)
        | SubjectSpec::Profile(_) => None,
    }
}

/// The built-in prices, or those of a file.
pub(crate) fn price_table(path: Option<&std::path::Path>) -> Result<PriceTable, CliError> {
    let (name, text) = match path {
        Some(path) => (path.display().to_string(), read_limited(path, PRICES_BYTES_MAX)?),
        None => ("built-in prices".to_owned(), PRICES.to_vec()),
    };
    PriceTable::parse(&text).map_err(|problems| {
        let lines = problems.iter().map(|problem| format!("{name}: {problem}"));
        CliError::usage(lines.collect::<Vec<_>>().join("\n"))
    })
}
