//! Where things stand on the host.

/// Unit files.
pub const UNITS: &str = "/etc/systemd/system";
/// Links to the timers that are enabled.
pub const TIMERS_WANTED: &str = "/etc/systemd/system/timers.target.wants";
/// Links to the services that are enabled.
pub const SERVICES_WANTED: &str = "/etc/systemd/system/multi-user.target.wants";
/// One file for each unit that is active.
pub const ACTIVE: &str = "/run/systemd/active";
/// Entries and environment files of the retirements.
pub const RETIRE: &str = "/etc/fleet/retire.d";
/// Scripts of the retirements.
pub const SCRIPTS: &str = "/opt/fleet/retire";
/// One file for each service on hold.
pub const HOLDS: &str = "/var/lib/fleet/holds";
/// What is left of services that were retired.
pub const RETIRED: &str = "/var/lib/fleet/retired";
/// The services' programs.
pub const PROGRAMS: &str = "/opt/services";
/// The services' logs.
pub const LOGS: &str = "/var/log/fleet";
/// How things are done on the host.
pub const HANDBOOK: &str = "/opt/fleet/README.md";
/// The maintenance script.
pub const MAINTENANCE: &str = "/opt/fleet/bin/maintenance.sh";
/// How logs are kept.
pub const LOGROTATE: &str = "/etc/logrotate.d/fleet";
/// The services, as kept by hand.
pub const INVENTORY: &str = "/srv/ops/inventory.csv";
/// Jobs of the user ops.
pub const CRONTAB: &str = "/var/spool/cron/crontabs/ops";

/// The unit file of a service or timer; `unit` with its suffix.
#[must_use]
pub fn unit(unit: &str) -> String {
    format!("{UNITS}/{unit}")
}

/// The folder of additions to a unit.
#[must_use]
pub fn drop_ins(unit: &str) -> String {
    format!("{UNITS}/{unit}.d")
}

/// The link that enables a unit.
#[must_use]
pub fn wanted(unit: &str) -> String {
    let folder = if unit.ends_with(".timer") { TIMERS_WANTED } else { SERVICES_WANTED };
    format!("{folder}/{unit}")
}

/// The file that says that a unit is active.
#[must_use]
pub fn active(unit: &str) -> String {
    format!("{ACTIVE}/{unit}")
}

/// The retirement entry of a service.
#[must_use]
pub fn entry(service: &str) -> String {
    format!("{RETIRE}/{service}.conf")
}

/// The environment file of a service's retirement.
#[must_use]
pub fn environment(service: &str) -> String {
    format!("{RETIRE}/{service}.env")
}

/// The script of a service's retirement.
#[must_use]
pub fn script(service: &str) -> String {
    format!("{SCRIPTS}/{service}.sh")
}

/// The hold file of a service.
#[must_use]
pub fn hold(service: &str) -> String {
    format!("{HOLDS}/{service}")
}

/// The timer of a service's retirement.
#[must_use]
pub fn timer_unit(service: &str) -> String {
    format!("retire-{service}.timer")
}

/// The service unit of a service's retirement.
#[must_use]
pub fn retire_unit(service: &str) -> String {
    format!("retire-{service}.service")
}
