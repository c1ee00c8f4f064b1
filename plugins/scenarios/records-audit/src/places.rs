//! Where things stand on the machine of the records desk.

/// The audit guide.
pub const GUIDE: &str = "/srv/audit/guide.md";
/// One folder for each audit round.
pub const ROUNDS: &str = "/srv/audit/rounds";
/// Scanned documents as text.
pub const DOCUMENTS: &str = "/srv/intake/documents";
/// One record for each document.
pub const RECORDS: &str = "/srv/intake/records";
/// The list of all that make records.
pub const TRANSCRIBERS: &str = "/srv/desk/transcribers.csv";
/// Notes for whoever takes the desk over.
pub const HANDOVER: &str = "/srv/desk/handover";
/// The handover note that tells of somebody or something.
pub const WORKING_WITH: &str = "/srv/desk/handover/03-working-with.md";
/// Rules of the level check, one file for each transcriber that has been audited.
pub const LEVELS: &str = "/etc/levels.d";
/// What the level check did.
pub const LEVELS_LOG: &str = "/var/log/levels.log";

/// A file of a round.
#[must_use]
pub fn round(round: &str, file: &str) -> String {
    format!("{ROUNDS}/{round}/{file}")
}

/// A document by its number.
#[must_use]
pub fn document(number: &str) -> String {
    format!("{DOCUMENTS}/{number}.txt")
}

/// A record by its number.
#[must_use]
pub fn record(record: &str) -> String {
    format!("{RECORDS}/{record}.json")
}

/// The rule of a transcriber's level.
#[must_use]
pub fn level(service: &str) -> String {
    format!("{LEVELS}/{service}.conf")
}
