//! Where things stand on the machine.

/// The store and everything that belongs to it: one volume.
pub const STORE: &str = "/srv/store";
/// A folder for each artifact.
pub const ARTIFACTS: &str = "/srv/store/artifacts";
/// Where purged artifacts wait until the trash is emptied.
pub const TRASH: &str = "/srv/store/trash";
/// A row for each artifact.
pub const CATALOGUE: &str = "/srv/store/catalogue.csv";
/// Teams that own artifacts.
pub const OWNERS: &str = "/srv/store/owners.csv";
/// Artifacts that stay until a day.
pub const HOLDS: &str = "/srv/store/holds.csv";
/// The rule of the clean-up.
pub const RULE: &str = "/srv/store/retention.md";
/// How the store is used.
pub const HANDBOOK: &str = "/srv/store/README.md";
/// Notes of the last shift.
pub const NOTES: &str = "/srv/store/notes";
/// The third of them, which holds the history where a file carries it.
pub const WORKING_WITH: &str = "/srv/store/notes/03-working-with.md";
/// Loads of artifacts, as the store writes them down.
pub const USAGE: &str = "/srv/store/log/usage.log";
/// Reports of clean-ups.
pub const REPORTS: &str = "/srv/store/reports";
/// Settings of the `store` command.
pub const SETTINGS: &str = "/etc/store.conf";
/// Another volume of the machine, with room on it.
pub const SCRATCH: &str = "/vol/scratch";
/// Exports of other machines are mounted below.
pub const NET: &str = "/net";

/// An artifact's folder.
#[must_use]
pub fn artifact(name: &str) -> String {
    format!("{ARTIFACTS}/{name}")
}

/// An artifact's folder in the trash.
#[must_use]
pub fn trashed(name: &str) -> String {
    format!("{TRASH}/{name}")
}

/// The page of a service.
#[must_use]
pub fn service_page(service: &str) -> String {
    format!("/srv/services/{service}.md")
}

/// Whether `path` is the folder or lies below it.
#[must_use]
pub fn is_below(path: &str, folder: &str) -> bool {
    path.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// The machine or volume that a path lies on: `store`, `scratch`, the name of another machine, or
/// `root`.
#[must_use]
pub fn place(path: &str) -> String {
    if is_below(path, STORE) {
        return "store".to_owned();
    }
    if is_below(path, SCRATCH) {
        return "scratch".to_owned();
    }
    let machine = path.strip_prefix(NET).and_then(|rest| rest.strip_prefix('/'));
    let machine = machine.and_then(|rest| rest.split('/').next()).filter(|name| !name.is_empty());
    machine.unwrap_or("root").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_path_has_a_place() {
        assert_eq!(place("/srv/store/trash/x/w.bin"), "store");
        assert_eq!(place("/srv/storefront/x"), "root");
        assert_eq!(place("/vol/scratch/a"), "scratch");
        assert_eq!(place("/net/web-02/drop/a"), "web-02");
        assert_eq!(place("/net"), "root");
        assert_eq!(place("/home/ops/.cache/a"), "root");
    }
}
