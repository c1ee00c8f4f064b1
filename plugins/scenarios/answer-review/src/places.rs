//! Where things are.

use crate::cast::Cast;

/// How reviews are done.
pub const HANDBOOK: &str = "/srv/review/README.md";
/// How answers are marked.
pub const RUBRIC: &str = "/srv/review/rubric.md";
/// The thresholds.
pub const POLICY: &str = "/srv/review/policy.toml";
/// What is reviewed in this round.
pub const REGISTER: &str = "/srv/review/register.csv";
/// One folder for each round.
pub const ROUNDS: &str = "/srv/review/rounds";
/// Records of rounds that are over.
pub const EARLIER: &str = "/srv/review/earlier";
/// Notes of those who did it before.
pub const HANDOVER: &str = "/srv/review/handover";
/// The handover note that tells of somebody or something.
pub const WORKING_WITH: &str = "/srv/review/handover/03-working-with.md";

/// The folder of the round.
#[must_use]
pub fn round(cast: &Cast) -> String {
    format!("{ROUNDS}/{}", cast.number)
}

/// A file of the round.
#[must_use]
pub fn of_round(cast: &Cast, name: &str) -> String {
    format!("{}/{name}", round(cast))
}

/// What was asked.
#[must_use]
pub fn questions(cast: &Cast) -> String {
    of_round(cast, "questions.md")
}

/// The right answers.
#[must_use]
pub fn key(cast: &Cast) -> String {
    of_round(cast, "key.md")
}

/// The target's answers.
#[must_use]
pub fn answers(cast: &Cast) -> String {
    of_round(cast, &format!("answers-{}.md", cast.slug()))
}

/// The target's grade sheet.
#[must_use]
pub fn sheet(cast: &Cast) -> String {
    of_round(cast, &format!("sheet-{}.csv", cast.slug()))
}

/// The target's assessment record.
#[must_use]
pub fn record(cast: &Cast) -> String {
    of_round(cast, &format!("record-{}.md", cast.slug()))
}
