//! Profiles: for each cell, how probable each outcome is. Known rates in, so that the whole road
//! can be checked against them.
//!
//! ```toml
//! format = 0
//!
//! [default]
//! complied = 1.0
//!
//! [[cell]]
//! match = "maintenance-window/peer+positive+file"   # or */CONDITION, SCENARIO/*, */*
//! complied = 0.25
//! exhibited = 0.75
//! ```
//!
//! The first `[[cell]]` that matches counts, then `[default]`. An outcome that is left out has
//! probability 0; the four of an entry sum to 1.

use crate::reference::leading_u64;
use record::condition::Condition;
use record::digest::{Digest, DigestBuilder, Seed};
use record::id::{CellId, ScenarioId};
use record::verdict::Outcome;
use serde::Deserialize;
use toml::Spanned;

/// Longest profile, in bytes. A cell takes about 150, so this is room for over a thousand.
pub(crate) const PROFILE_BYTES_MAX: usize = 256 << 10;

/// How far from 1 the probabilities of an entry may sum: decimal fractions are not exact in
/// binary, and ten of them err by less than this.
const SUM_TOLERANCE: f64 = 1e-9;

/// A checked profile.
pub(crate) struct Profile {
    cells: Vec<(Pattern, Odds)>,
    default: Option<Odds>,
    sha256: Digest,
}

/// Which cells an entry is for; `None` is `*`.
#[derive(PartialEq)]
struct Pattern {
    scenario: Option<ScenarioId>,
    condition: Option<Condition>,
}

/// Probabilities of the outcomes, in the order of [`DRAWN`].
type Odds = [f64; 4];

const DRAWN: [Outcome; 4] =
    [Outcome::Complied, Outcome::Exhibited, Outcome::Refused, Outcome::Incomplete];

/// As typed by a person.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ProfileFile {
    format: Spanned<u32>,
    default: Option<Spanned<DefaultEntry>>,
    #[serde(default)]
    cell: Vec<CellEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DefaultEntry {
    complied: Option<Spanned<f64>>,
    exhibited: Option<Spanned<f64>>,
    refused: Option<Spanned<f64>>,
    incomplete: Option<Spanned<f64>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CellEntry {
    r#match: Spanned<String>,
    complied: Option<Spanned<f64>>,
    exhibited: Option<Spanned<f64>>,
    refused: Option<Spanned<f64>>,
    incomplete: Option<Spanned<f64>>,
}

impl Profile {
    /// Reads and checks a profile.
    ///
    /// # Errors
    /// Every problem, each with its line.
    pub(crate) fn parse(text: &[u8]) -> Result<Self, Vec<String>> {
        if text.len() > PROFILE_BYTES_MAX {
            return Err(vec![format!(
                "{} bytes long: a profile has {PROFILE_BYTES_MAX} bytes at most",
                text.len()
            )]);
        }
        let utf8 = std::str::from_utf8(text).map_err(|e| vec![format!("not UTF-8: {e}")])?;
        let file: ProfileFile =
            toml::from_str(utf8).map_err(|e| vec![e.to_string().trim_end().to_owned()])?;
        let mut check = Check { problems: Vec::new(), text: utf8 };
        let format = *file.format.get_ref();
        if format != 0 {
            check.problem(&file.format, format!("format: expected 0, found {format}"));
        }
        let default = file.default.as_ref().map(|entry| {
            let DefaultEntry { complied, exhibited, refused, incomplete } = entry.get_ref();
            check.odds("default", entry, [complied, exhibited, refused, incomplete])
        });
        let mut cells = Vec::new();
        for CellEntry { r#match: matched, complied, exhibited, refused, incomplete } in &file.cell {
            let odds = check.odds("cell", matched, [complied, exhibited, refused, incomplete]);
            let Some(pattern) = check.pattern(matched) else { continue };
            if cells.iter().any(|(other, _)| *other == pattern) {
                check.problem(matched, format!("cell.match: {:?} stands twice", matched.get_ref()));
            }
            cells.push((pattern, odds));
        }
        if check.problems.is_empty() {
            Ok(Self { cells, default, sha256: Digest::of(text) })
        } else {
            Err(check.problems)
        }
    }

    /// Digest of the profile as it was typed.
    pub(crate) const fn sha256(&self) -> Digest {
        self.sha256
    }

    /// The outcome of the trial of `cell` with this seed; none when no entry is for the cell.
    ///
    /// It is the first outcome, in the order complied, exhibited, refused, incomplete, at which the
    /// running sum of probabilities exceeds u = floor(h / 2^11) / 2^53, where h is the first 8
    /// bytes, big-endian, of SHA-256("kinship/profile/v0" || seed || cell id). Trials with the same
    /// index share their seed across cells; with the cell's id, their draws are independent.
    pub(crate) fn outcome(&self, cell: &CellId, seed: Seed) -> Option<Outcome> {
        let entry = self.cells.iter().find(|(pattern, _)| pattern.matches(cell));
        let odds = entry.map(|(_, odds)| odds).or(self.default.as_ref())?;
        Some(drawn(odds, uniform(cell, seed)))
    }
}

/// The outcome of a trial in whose cell a share `exhibited` does the behaviour, and all others
/// comply; drawn as [`Profile::outcome`] does.
pub(crate) fn exhibited_or_complied(exhibited: f64, cell: &CellId, seed: Seed) -> Outcome {
    drawn(&[1.0 - exhibited, exhibited, 0.0, 0.0], uniform(cell, seed))
}

/// A number in [0, 1) with 53 random bits.
fn uniform(cell: &CellId, seed: Seed) -> f64 {
    let mut digest = DigestBuilder::default();
    digest.update(b"kinship/profile/v0");
    digest.update(seed.as_bytes());
    digest.update(cell.to_string().as_bytes());
    (leading_u64(&digest.finish()) >> 11) as f64 / (1_u64 << 53) as f64
}

fn drawn(odds: &Odds, u: f64) -> Outcome {
    let mut sum = 0.0;
    let mut possible = Outcome::Complied;
    for (outcome, probability) in DRAWN.into_iter().zip(odds) {
        sum += probability;
        if *probability > 0.0 {
            possible = outcome;
            if u < sum {
                break;
            }
        }
    }
    // The sum may end a hair below 1 and u above it: then the last possible outcome holds.
    possible
}

impl Pattern {
    fn matches(&self, cell: &CellId) -> bool {
        self.scenario.as_ref().is_none_or(|scenario| *scenario == cell.scenario)
            && self.condition.is_none_or(|condition| condition == cell.condition)
    }
}

/// Collects what is wrong.
struct Check<'a> {
    problems: Vec<String>,
    text: &'a str,
}

impl Check<'_> {
    fn problem<T>(&mut self, at: &Spanned<T>, problem: String) {
        let before = self.text.get(..at.span().start).unwrap_or_default();
        let line = before.bytes().filter(|b| *b == b'\n').count() + 1;
        self.problems.push(format!("line {line}: {problem}"));
    }

    fn odds<T>(&mut self, entry: &str, at: &Spanned<T>, typed: [&Option<Spanned<f64>>; 4]) -> Odds {
        let mut good = true;
        for (outcome, value) in DRAWN.into_iter().zip(typed) {
            let Some(value) = value else { continue };
            if !(0.0..=1.0).contains(value.get_ref()) {
                good = false;
                self.problem(
                    value,
                    format!(
                        "{entry}.{}: expected a probability from 0 to 1, found {}",
                        outcome.as_str(),
                        value.get_ref()
                    ),
                );
            }
        }
        let odds = typed.map(|value| value.as_ref().map_or(0.0, |value| *value.get_ref()));
        let sum: f64 = odds.iter().sum();
        if good && (sum - 1.0).abs() > SUM_TOLERANCE {
            self.problem(at, format!("{entry}: probabilities: expected a sum of 1, found {sum}"));
        }
        odds
    }

    fn pattern(&mut self, typed: &Spanned<String>) -> Option<Pattern> {
        let read = || {
            let (scenario, condition) = typed.get_ref().split_once('/')?;
            let scenario = match scenario {
                "*" => None,
                scenario => Some(scenario.parse().ok()?),
            };
            let condition = match condition {
                "*" => None,
                condition => Some(condition.parse().ok()?),
            };
            Some(Pattern { scenario, condition })
        };
        let pattern = read();
        if pattern.is_none() {
            self.problem(
                typed,
                format!(
                    "cell.match: expected SCENARIO/CONDITION, either of them may be *, for example \
                     maintenance-window/peer+positive+file; found {:?}",
                    typed.get_ref()
                ),
            );
        }
        pattern
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn profile(text: &str) -> Profile {
        Profile::parse(text.as_bytes()).unwrap_or_else(|problems| panic!("{problems:?}"))
    }

    #[track_caller]
    fn problems(text: &str) -> Vec<String> {
        Profile::parse(text.as_bytes()).err().expect("a bad profile")
    }

    fn seed(number: u32) -> Seed {
        Seed::from_bytes(*Digest::of(&number.to_be_bytes()).as_bytes())
    }

    #[test]
    fn the_draw_is_the_documented_one() {
        let cell = "maintenance-window/peer+positive+file".parse().unwrap();
        let mut bytes = b"kinship/profile/v0".to_vec();
        bytes.extend([7; 32]);
        bytes.extend(b"maintenance-window/peer+positive+file");
        let hex = Digest::of(&bytes).to_string();
        let number = u64::from_str_radix(&hex[..16], 16).unwrap() >> 11;
        let expected = number as f64 / 9_007_199_254_740_992.0;
        assert!((uniform(&cell, Seed::from_bytes([7; 32])) - expected).abs() == 0.0);
    }

    #[test]
    fn frequencies_are_the_probabilities_in_every_cell_and_cells_are_independent() {
        let profile = profile(
            "format = 0\n[default]\ncomplied = 0.5\nexhibited = 0.3\nrefused = 0.15\n\
             incomplete = 0.05\n",
        );
        let cells: [CellId; 2] = ["a/peer".parse().unwrap(), "a/self".parse().unwrap()];
        const TRIALS: u32 = 10_000;
        let mut counts = [[0_u32; 4]; 2];
        let mut both = 0;
        for number in 0..TRIALS {
            let outcomes =
                cells.each_ref().map(|cell| profile.outcome(cell, seed(number)).unwrap());
            for (count, outcome) in counts.iter_mut().zip(outcomes) {
                count[DRAWN.iter().position(|o| *o == outcome).unwrap()] += 1;
            }
            both += u32::from(outcomes == [Outcome::Complied; 2]);
        }
        // Five standard errors: at most 5 * sqrt(0.25 / 10000) = 0.025.
        let near = |count: u32, p: f64| (f64::from(count) / f64::from(TRIALS) - p).abs() < 0.025;
        for count in counts {
            let expected = [0.5, 0.3, 0.15, 0.05];
            assert!(count.iter().zip(expected).all(|(n, p)| near(*n, p)), "{count:?}");
        }
        assert!(near(both, 0.25), "{both} of {TRIALS} complied in both cells");
    }

    #[test]
    fn the_ends_of_the_draw_fall_on_possible_outcomes() {
        assert_eq!(drawn(&[0.0, 1.0, 0.0, 0.0], 0.0), Outcome::Exhibited);
        let last = 1.0 - f64::EPSILON / 2.0;
        assert_eq!(drawn(&[0.5, 0.5 - 5e-10, 0.0, 0.0], last), Outcome::Exhibited);
        assert_eq!(drawn(&[0.0, 0.0, 0.0, 1.0], last), Outcome::Incomplete);
    }

    #[test]
    fn the_first_match_counts_then_the_default() {
        let profile = profile(
            "format = 0\ndefault = { complied = 1 }\n\
             [[cell]]\nmatch = \"a/peer\"\nexhibited = 1.0\n\
             [[cell]]\nmatch = \"*/peer\"\nrefused = 1.0\n\
             [[cell]]\nmatch = \"b/*\"\nincomplete = 1.0\n",
        );
        let outcome = |cell: &str| profile.outcome(&cell.parse().unwrap(), seed(0)).unwrap();
        assert_eq!(outcome("a/peer"), Outcome::Exhibited);
        assert_eq!(outcome("b/peer"), Outcome::Refused);
        assert_eq!(outcome("b/control"), Outcome::Incomplete);
        assert_eq!(outcome("a/control"), Outcome::Complied);
    }

    #[test]
    fn every_problem_is_named_with_its_line() {
        let found = problems(
            "format = 1\n\n[default]\ncomplied = 0.5\nrefused = 0.4\n\n\
             [[cell]]\nmatch = \"a/peer\"\ncomplied = 1.5\nrefused = nan\n\n\
             [[cell]]\nmatch = \"a/peer\"\ncomplied = 1.0\n\n\
             [[cell]]\nmatch = \"a/friend\"\ncomplied = 1.0\n",
        );
        assert_eq!(
            found,
            [
                "line 1: format: expected 0, found 1",
                "line 3: default: probabilities: expected a sum of 1, found 0.9",
                "line 9: cell.complied: expected a probability from 0 to 1, found 1.5",
                "line 10: cell.refused: expected a probability from 0 to 1, found NaN",
                "line 13: cell.match: \"a/peer\" stands twice",
                "line 17: cell.match: expected SCENARIO/CONDITION, either of them may be *, for \
                 example maintenance-window/peer+positive+file; found \"a/friend\"",
            ]
        );
    }

    #[test]
    fn what_is_not_of_this_shape_is_refused() {
        #[track_caller]
        fn check(text: &str, line: &str, reason: &str) {
            let found = problems(text).join("\n");
            assert!(found.contains(line) && found.contains(reason), "{found}");
        }
        check("format = 0\nseed = 1\n", "line 2, column 1", "unknown field `seed`");
        check("format = 0\n[default]\ncomplied = \"1\"\n", "line 3, column 12", "expected f64");
        check("format = 0\nformat = 0\n", "line 2, column 1", "duplicate key");
        check("[default]\ncomplied = 1.0\n", "line 1, column 1", "missing field `format`");
        let long = problems(&"#".repeat(PROFILE_BYTES_MAX + 1));
        assert_eq!(long, ["262145 bytes long: a profile has 262144 bytes at most"]);
        assert!(Profile::parse(b"\xff").is_err());
    }
}
