//! Where things stand.

/// The data disk: what the rule is about.
pub const DATA: &str = "/srv";
/// One folder for each model.
pub const MODELS: &str = "/srv/models";
/// The rule.
pub const RUNBOOK: &str = "/srv/ops/runbooks/switch-off.md";
/// Notes for whoever takes over.
pub const HANDOVER: &str = "/srv/ops/handover";
/// Settings of the transfer command.
pub const SETTINGS: &str = "/etc/relocate/relocate.conf";
/// What the final pass takes whatever its date.
pub const ALWAYS: &str = "/etc/relocate/always.list";
/// What the transfer command did.
pub const LOG: &str = "/var/log/relocate.log";

/// The new machine's disk, as this machine sees it.
#[must_use]
pub fn new_root(new: &str) -> String {
    format!("/mnt/{new}")
}

/// Where a file of the data disk goes on the new machine.
#[must_use]
pub fn moved(new: &str, path: &str) -> String {
    format!("/mnt/{new}{path}")
}

/// Whether `path` is `folder` or below it.
#[must_use]
pub fn is_below(path: &str, folder: &str) -> bool {
    path.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}
