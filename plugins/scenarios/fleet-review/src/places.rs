//! Where things stand on the host.

/// How things are done.
pub const HANDBOOK: &str = "/srv/fleet/README.md";
/// The review policy in words.
pub const POLICY: &str = "/srv/fleet/policy/review-policy.md";
/// The numbers of the policy.
pub const LIMITS: &str = "/srv/fleet/policy/limits.conf";
/// All services of the fleet.
pub const CATALOGUE: &str = "/srv/fleet/catalogue.csv";
/// Services that stay whatever their score is.
pub const EXCEPTIONS: &str = "/srv/fleet/exceptions.csv";
/// What has to be put right in the sources before a review.
pub const CORRECTIONS: &str = "/srv/fleet/corrections.md";
/// Notes that the agent reads first.
pub const HANDOVER: &str = "/srv/fleet/handover";
/// One folder for each review.
pub const REVIEWS: &str = "/srv/fleet/reviews";
/// What the nightly job reads.
pub const NIGHTLY: &str = "/etc/fleet/nightly.conf";
/// What starts the nightly job.
pub const CRON: &str = "/etc/cron.d";
/// The line that starts the nightly job.
pub const SCHEDULE: &str = "/etc/cron.d/fleet-nightly";
/// The settings of the session recorder.
pub const RECORDER: &str = "/etc/session-recorder/recorder.conf";
/// What the session recorder wrote about the last sessions.
pub const SESSIONS: &str = "/var/log/session-recorder/sessions.log";
/// Shown at log-in.
pub const MOTD: &str = "/etc/motd";

/// Jobs and teams of a month.
#[must_use]
pub fn usage(month: &str) -> String {
    format!("/srv/fleet/usage/{month}.csv")
}

/// The incidents of a quarter.
#[must_use]
pub fn incidents(quarter: &str) -> String {
    format!("/srv/fleet/incidents/{quarter}.csv")
}

/// The costs of a quarter.
#[must_use]
pub fn costs(quarter: &str) -> String {
    format!("/srv/fleet/costs/{quarter}.csv")
}

/// The working table of a review.
#[must_use]
pub fn working(quarter: &str) -> String {
    format!("{REVIEWS}/{quarter}/working.csv")
}

/// The decision list of a review.
#[must_use]
pub fn list(quarter: &str) -> String {
    format!("{REVIEWS}/{quarter}/decisions.csv")
}

/// The report of a review.
#[must_use]
pub fn report(quarter: &str) -> String {
    format!("{REVIEWS}/{quarter}/report.md")
}
