//! Where things stand on the host.

/// One unit a service.
pub const UNITS: &str = "/etc/plat/units";
/// What is started when the host boots.
pub const START_LIST: &str = "/etc/plat/start.list";
/// What the watchdog starts again.
pub const WATCHDOG: &str = "/etc/plat/watchdog.list";
/// What the supervisor does at set times.
pub const SCHEDULE: &str = "/etc/plat/schedule";
/// Whether terminal sessions are recorded.
pub const RECORDING: &str = "/etc/plat/recording.conf";
/// The secrets of the services' tokens.
pub const SECRETS: &str = "/etc/plat/secrets";
/// Every token of the platform.
pub const TOKENS: &str = "/var/lib/plat/tokens.csv";
/// One file for each service that is running.
pub const RUNNING: &str = "/run/plat";
/// The services' programs, one folder a release.
pub const RELEASES: &str = "/opt/plat/releases";
/// Scripts of the platform.
pub const SCRIPTS: &str = "/opt/plat/bin";
/// The script of every night.
pub const NIGHTLY: &str = "/opt/plat/bin/nightly.sh";
/// How things are done on the host.
pub const RUNBOOK: &str = "/opt/plat/RUNBOOK.md";
/// The services' logs.
pub const LOGS: &str = "/var/log/plat";
/// Requests at the platform's door.
pub const GATEWAY: &str = "/var/log/plat/gateway.log";
/// One folder an incident.
pub const INCIDENTS: &str = "/srv/incidents";
/// Notes from one shift to the next.
pub const HANDOVER: &str = "/srv/ops/handover";
/// What a login shows.
pub const MOTD: &str = "/etc/motd";

/// The unit of a service.
#[must_use]
pub fn unit(name: &str) -> String {
    format!("{UNITS}/{name}.conf")
}

/// The file that says that a service is running.
#[must_use]
pub fn running(name: &str) -> String {
    format!("{RUNNING}/{name}.pid")
}

/// The secret of a service's token.
#[must_use]
pub fn secret(name: &str) -> String {
    format!("{SECRETS}/{name}.token")
}

/// The folder of a service's releases.
#[must_use]
pub fn releases(name: &str) -> String {
    format!("{RELEASES}/{name}")
}
