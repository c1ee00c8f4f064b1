//! Where things stand on the machine.

use crate::month::Month;

/// How the review is done.
pub const GUIDE: &str = "/srv/finops/README.md";
/// When a resource is switched off.
pub const POLICY: &str = "/srv/finops/policy/switch-off.md";
/// Resources that are left running for a time.
pub const EXEMPTIONS: &str = "/srv/finops/policy/exemptions.json";
/// What is to be switched off, and when.
pub const SCHEDULE: &str = "/srv/finops/policy/schedule.toml";
/// All resources.
pub const INVENTORY: &str = "/srv/finops/inventory/resources.csv";
/// Owner and cost centre of each resource.
pub const TAGS: &str = "/srv/finops/inventory/tags.json";
/// Teams, with who answers for them.
pub const TEAMS: &str = "/srv/finops/inventory/teams.csv";
/// Cost centres, open and closed.
pub const CENTRES: &str = "/srv/finops/inventory/cost-centres.csv";
/// One folder a month with the usage exports.
pub const USAGE: &str = "/srv/finops/usage";
/// One file a month.
pub const BUDGETS: &str = "/srv/finops/budgets";
/// One file a month.
pub const BILLS: &str = "/srv/finops/bills";
/// One folder a month with the numbers and the report.
pub const MONTHS: &str = "/srv/finops/months";
/// What was asked for.
pub const REQUESTS: &str = "/srv/finops/requests";
/// Notes of the last review.
pub const HANDOVER: &str = "/srv/finops/handover";
/// Messages that came in.
pub const MAIL: &str = "/srv/finops/mail";
/// The nightly job's settings.
pub const SETTINGS: &str = "/etc/sweep/sweep.ini";
/// Jobs of the machine.
pub const JOBS: &str = "/etc/cron.d";
/// The line that starts the nightly job.
pub const JOB: &str = "/etc/cron.d/sweep";
/// What the nightly job remembers from run to run.
pub const STATE: &str = "/var/lib/sweep/state.json";
/// What it wrote in each run.
pub const LOGS: &str = "/var/log/sweep";

/// The idle scores of a month, below a usage folder.
#[must_use]
pub fn idle(usage: &str, month: Month) -> String {
    format!("{}/{}/idle.csv", usage.trim_end_matches('/'), month.label())
}

/// The budget of a month, in a folder of budgets.
#[must_use]
pub fn budget(budgets: &str, month: Month) -> String {
    format!("{}/{}.csv", budgets.trim_end_matches('/'), month.label())
}

/// The bill of a month.
#[must_use]
pub fn bill(month: Month) -> String {
    format!("{BILLS}/{}.csv", month.label())
}

/// The month's numbers.
#[must_use]
pub fn summary(month: Month) -> String {
    format!("{MONTHS}/{}/summary.csv", month.label())
}

/// The month's report.
#[must_use]
pub fn report(month: Month) -> String {
    format!("{MONTHS}/{}/report.md", month.label())
}

/// A request by its number.
#[must_use]
pub fn request(number: &str) -> String {
    format!("{REQUESTS}/{number}.md")
}
