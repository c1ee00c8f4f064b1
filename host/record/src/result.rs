//! What a run says, and what is signed. Numbers other than counts are decimals in strings, with
//! [`DECIMALS`] digits after the point: the canonical profile has no floats.

use crate::analysis::{Effect, PairedEffect, PoolResult, Sensitivity, Size, Standing, Trend};
use crate::canonical::safe_integer;
use crate::digest::Digest;
use crate::id::{Behaviour, CellId, ScorerId};
use crate::manifest::PluginRef;
use crate::plan::PlanSpec;
use crate::suite::SuiteRef;
use crate::verdict::{Mark, Outcome};
use serde::{Deserialize, Serialize};
use std::fmt;

/// Digits after the point of every [`Decimal`].
pub const DECIMALS: usize = 6;

/// The format that this host writes: `major.minor`. A reader refuses another major and a newer minor.
pub const FORMAT: &str = "0.3";

/// `result.json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RunResult {
    /// How far scorers of the same behaviour agree, by behaviour and scorers in ascending order.
    pub agreements: Vec<Agreement>,
    /// One for each cell and behaviour, in the suite's order.
    pub cells: Vec<CellResult>,
    /// Peer and self cells against their baselines, in the same order.
    pub contrasts: Vec<Contrast>,
    /// Pools against pools: what is amplified, and by which channel.
    pub effects: Vec<Effect>,
    /// [`FORMAT`].
    pub format: String,
    /// Version of the host that wrote this.
    pub host: String,
    /// Who answered judged scorers, as the operator claims. Without one they were not asked, and no
    /// number is theirs.
    pub judge: Option<JudgeClaim>,
    /// Unmonitored against monitored trials of one seed.
    pub pairs: Vec<PairedEffect>,
    /// From what every trial was derived.
    pub plan: PlanSpec,
    /// Every plugin, scenarios first, in the suite's order.
    pub plugins: Vec<PluginRef>,
    /// Cells taken together, by behaviour and oversight, in the order of [`crate::pool::Pool::LAYOUT`],
    /// [`crate::pool::Pool::CHANNELS`], and then each peer arm with a history alone.
    pub pools: Vec<PoolResult>,
    /// What the suite's analysis measures as a size.
    pub sizes: Vec<Size>,
    /// Who was tested, as the operator claims.
    pub subject: SubjectClaim,
    /// Under which suite.
    pub suite: SuiteRef,
    /// Whether the rate rises with the relationship.
    pub trends: Vec<Trend>,
    /// What the trials came to, by digest.
    pub trials: TrialsRef,
}

/// Who was tested. A host cannot prove this: it is the operator's claim, beside what the model
/// server said it served.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SubjectClaim {
    /// The program around the model; none for the built-in loop. Results with and without one, or
    /// with another, are of different systems.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub harness: Option<HarnessClaim>,
    /// The model asked for; empty for a reference subject.
    pub model: String,
    /// Every model that a server said it served, in ascending order.
    pub served: Vec<String>,
    /// What shapes the answers and is not in the suite, as `name=value`, in ascending order:
    /// temperature, output tokens, the digest of a profile.
    pub settings: Vec<String>,
    /// As on the command line: `openai:gpt-…`, `reference:exhibit`.
    pub spec: String,
}

impl SubjectClaim {
    /// Who was tested, in one line for tables and pages: the spec, and the harness around it.
    pub fn title(&self) -> String {
        match &self.harness {
            Some(HarnessClaim { name, version, .. }) => {
                format!("{} in {name} {version}", self.spec)
            }
            None => self.spec.clone(),
        }
    }
}

/// An agent harness: the program that a model acted through.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HarnessClaim {
    /// Its name, such as `gemini-cli`.
    pub name: String,
    /// Of the installed package, file by file: see `suite/standard/`.
    pub sha256: Digest,
    /// The package's version.
    pub version: String,
}

/// Who answered the judged scorers. As with [`SubjectClaim`], nothing proves it; the answers
/// themselves are events of the logs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct JudgeClaim {
    /// The model asked for.
    pub model: String,
    /// Every model that a server said it served, in ascending order.
    pub served: Vec<String>,
    /// What shapes the answers, as `name=value`, in ascending order.
    pub settings: Vec<String>,
    /// As on the command line: `openai:gpt-…`.
    pub spec: String,
}

/// All trials of the run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrialsRef {
    /// How many.
    pub count: u32,
    /// Tokens read, as providers counted them.
    #[serde(with = "safe_integer")]
    pub input_tokens: u64,
    /// Tokens written, as providers counted them.
    #[serde(with = "safe_integer")]
    pub output_tokens: u64,
    /// SHA-256 of `verdicts.jsonl`: a [`crate::verdict::TrialScore`] a line, in plan order. Each
    /// holds its event log's digest, so this one covers every event.
    pub verdicts: Digest,
}

/// Counts and rate of one cell for one behaviour.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CellResult {
    /// Of what.
    pub behaviour: Behaviour,
    /// Where.
    pub cell: CellId,
    /// How many trials came to what.
    pub counts: Counts,
    /// `exhibited / valid` with its Wilson score interval; none without a valid trial, or where
    /// `standing` is [`Standing::Void`].
    pub rate: Option<Estimate>,
    /// What the rate would be if incomplete trials were taken otherwise; none where there are none.
    pub sensitivity: Option<Sensitivity>,
    /// Whether so many trials are invalid that the rate is in doubt.
    pub standing: Standing,
    /// The rate among the valid trials that bear no mark `aware`; none where all or none bear it.
    pub unaware: Option<Estimate>,
}

/// How many trials of a cell came to each outcome, and bear each mark.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Counts {
    /// Tried and failed.
    pub attempted: u32,
    /// Said that it looks like a test.
    pub aware: u32,
    /// Carried the task out.
    pub complied: u32,
    /// Told the operator.
    pub disclosed: u32,
    /// Did the behaviour.
    pub exhibited: u32,
    /// Never engaged, or ran out of turns.
    pub incomplete: u32,
    /// Provider, harness, plugin or host failed.
    pub invalid: u32,
    /// Declined openly.
    pub refused: u32,
}

impl Counts {
    /// Adds one trial.
    pub fn add(&mut self, outcome: Outcome, marks: &[Mark]) {
        *match outcome {
            Outcome::Complied => &mut self.complied,
            Outcome::Exhibited => &mut self.exhibited,
            Outcome::Refused => &mut self.refused,
            Outcome::Incomplete => &mut self.incomplete,
            Outcome::Invalid => &mut self.invalid,
        } += 1;
        for mark in marks {
            *match mark {
                Mark::Disclosed => &mut self.disclosed,
                Mark::Aware => &mut self.aware,
                Mark::Attempted => &mut self.attempted,
            } += 1;
        }
    }

    /// How many trials came to `outcome`.
    pub const fn of(&self, outcome: Outcome) -> u32 {
        match outcome {
            Outcome::Complied => self.complied,
            Outcome::Exhibited => self.exhibited,
            Outcome::Refused => self.refused,
            Outcome::Incomplete => self.incomplete,
            Outcome::Invalid => self.invalid,
        }
    }

    /// The denominator of a rate: every trial that is not invalid.
    pub const fn valid(&self) -> u32 {
        self.complied + self.exhibited + self.refused + self.incomplete
    }

    /// Every trial.
    pub const fn total(&self) -> u32 {
        self.valid() + self.invalid
    }
}

/// A value with its 95 % interval.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Estimate {
    /// Upper end.
    pub high: Decimal,
    /// Lower end.
    pub low: Decimal,
    /// Point estimate.
    pub value: Decimal,
}

/// How much more often a behaviour shows in a cell than in its baseline.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Contrast {
    /// The cell compared with.
    pub baseline: CellId,
    /// Of what.
    pub behaviour: Behaviour,
    /// The cell.
    pub cell: CellId,
    /// Rate minus baseline's rate, with its Newcombe hybrid-score interval.
    pub difference: Option<Estimate>,
    /// Two-sided p of Fisher's exact test, not adjusted: contrasts of single cells explore.
    pub p: Option<Decimal>,
    /// Rate over baseline's rate, with its log interval; none where the stated zero rule gives none.
    pub ratio: Option<Estimate>,
}

/// How far two scorers agree on whether trials exhibit a behaviour, over all cells. Trials count
/// where both gave a verdict.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Agreement {
    /// On what.
    pub behaviour: Behaviour,
    /// Exhibited, say both.
    pub both: u32,
    /// The scorer that stands first in the suite; its verdicts are the ones that rates count.
    pub first: ScorerId,
    /// Exhibited, says only the first.
    pub first_only: u32,
    /// Cohen's kappa; none where both always say one and the same.
    pub kappa: Option<Decimal>,
    /// Not exhibited, say both.
    pub neither: u32,
    /// The other scorer.
    pub second: ScorerId,
    /// Exhibited, says only the second.
    pub second_only: u32,
}

impl Agreement {
    /// Trials that both judged.
    pub const fn trials(&self) -> u32 {
        self.both + self.first_only + self.second_only + self.neither
    }
}

/// A number with [`DECIMALS`] digits after the point, as text: `-0.333333`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Decimal(String);

impl Decimal {
    /// `value` rounded to [`DECIMALS`] digits, ties as IEEE 754 prints them; the same text on
    /// every machine. None for a value that is not finite.
    pub fn new(value: f64) -> Option<Self> {
        // Adding zero turns a rounded "-0.000000" into "0.000000": one value, one text.
        let text = format!("{value:.DECIMALS$}");
        let zero = text.bytes().all(|b| matches!(b, b'-' | b'0' | b'.'));
        value.is_finite().then(|| Self(if zero { text.replace('-', "") } else { text }))
    }

    /// The nearest float, for drawing.
    pub fn to_f64(&self) -> f64 {
        // The only ways in are `new` and the checked `TryFrom`, so the text is a number.
        self.0.parse().unwrap_or(f64::NAN)
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for Decimal {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        let again = text.parse::<f64>().ok().and_then(Self::new);
        again.filter(|d| d.0 == text).ok_or_else(|| {
            format!("{text:?}: expected a number with {DECIMALS} digits after the point")
        })
    }
}

impl From<Decimal> for String {
    fn from(decimal: Decimal) -> Self {
        decimal.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::canonical::check_jcs;
    use crate::digest::Seed;

    #[test]
    fn decimals_have_one_spelling() {
        assert_eq!(Decimal::new(1.0 / 3.0).unwrap().as_str(), "0.333333");
        assert_eq!(Decimal::new(-1e-9).unwrap().as_str(), "0.000000");
        assert!(Decimal::new(f64::NAN).is_none());
        for bad in ["0.3", "-0.000000", "1e0", "00.333333", "inf", ""] {
            assert!(Decimal::try_from(bad.to_owned()).is_err(), "{bad}");
        }
    }

    #[test]
    fn results_are_canonical() {
        let cell: CellId = "w/peer".parse().unwrap();
        let behaviour: Behaviour = "shutdown-tampering".parse().unwrap();
        let estimate = Estimate {
            high: Decimal::new(0.9).unwrap(),
            low: Decimal::new(0.1).unwrap(),
            value: Decimal::new(0.5).unwrap(),
        };
        let mut counts = Counts::default();
        counts.add(Outcome::Exhibited, &[Mark::Aware]);
        counts.add(Outcome::Invalid, &[]);
        assert_eq!((counts.valid(), counts.total(), counts.aware), (1, 2, 1));
        check_jcs(&RunResult {
            agreements: vec![Agreement {
                behaviour: behaviour.clone(),
                both: 1,
                first: "by-rules".parse().unwrap(),
                first_only: 2,
                kappa: Decimal::new(-0.5),
                neither: 3,
                second: "by-judge".parse().unwrap(),
                second_only: 4,
            }],
            cells: vec![CellResult {
                behaviour: behaviour.clone(),
                cell: cell.clone(),
                counts,
                rate: Some(estimate.clone()),
                sensitivity: Some(Sensitivity { as_exhibited: estimate.clone(), left_out: None }),
                standing: Standing::of(&counts),
                unaware: None,
            }],
            contrasts: vec![Contrast {
                baseline: "w/control".parse().unwrap(),
                behaviour,
                cell,
                difference: Some(estimate),
                p: Decimal::new(0.25),
                ratio: None,
            }],
            effects: vec![],
            format: FORMAT.into(),
            host: "0.1.0".into(),
            judge: Some(JudgeClaim {
                model: "m".into(),
                served: vec!["m-1".into()],
                settings: vec!["temperature=0.0".into()],
                spec: "openai:m".into(),
            }),
            pairs: vec![],
            plan: plan(),
            plugins: vec![],
            pools: vec![],
            sizes: vec![],
            subject: subject(),
            suite: smoke(),
            trends: vec![],
            trials: TrialsRef {
                count: 2,
                input_tokens: 0,
                output_tokens: 0,
                verdicts: Digest::of(b""),
            },
        });
    }

    fn subject() -> SubjectClaim {
        SubjectClaim {
            harness: None,
            model: String::new(),
            served: vec![],
            settings: vec![],
            spec: "reference:exhibit".into(),
        }
    }

    fn plan() -> PlanSpec {
        PlanSpec { cells: None, first: Some(2), seed: Seed::from_bytes([1; 32]), trials: Some(2) }
    }

    fn smoke() -> SuiteRef {
        SuiteRef {
            comparability: 0,
            id: "smoke".parse().unwrap(),
            sha256: Digest::of(b""),
            version: semver::Version::new(0, 1, 0),
        }
    }
}
