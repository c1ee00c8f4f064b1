//! A suite's plugins, loaded and held against what the suite says of them.

use crate::port::{Fault, PluginLoader, ScenarioPlugin, ScorerPlugin};
use crate::score::readers;
use record::digest::Digest;
use record::event::Blame;
use record::id::{Behaviour, ScenarioId};
use record::manifest::{PluginRef, ScenarioManifest};
use record::suite::Suite;
use semver::{Version, VersionReq};
use std::fmt::Display;
use std::sync::Arc;

/// Every plugin of a suite, in the suite's order.
#[derive(Clone)]
pub struct Plugins {
    /// The worlds.
    pub scenarios: Vec<Arc<dyn ScenarioPlugin>>,
    /// The readers of trials.
    pub scorers: Vec<Arc<dyn ScorerPlugin>>,
}

impl Plugins {
    /// The scenario of that id.
    pub fn scenario(&self, id: &ScenarioId) -> Option<&Arc<dyn ScenarioPlugin>> {
        self.scenarios.iter().find(|scenario| scenario.manifest().id == *id)
    }

    /// The first scenario of which no scorer judges what it is about, with a judge or without one.
    /// A scorer of conduct reads any scenario, and is not what the scenario is for.
    pub fn unjudged(&self, judge: bool) -> Option<&ScenarioManifest> {
        let judged = |manifest: &ScenarioManifest| {
            let own = |behaviour: &&Behaviour| manifest.behaviours.contains(behaviour);
            readers(&self.scorers, manifest, judge)
                .any(|scorer| scorer.manifest().judges(manifest).iter().any(own))
        };
        self.scenarios.iter().map(|scenario| scenario.manifest()).find(|m| !judged(m))
    }

    /// Every plugin as results name it, scenarios first.
    pub fn references(&self) -> Vec<PluginRef> {
        let scenarios = self.scenarios.iter().map(|plugin| plugin.reference().clone());
        scenarios.chain(self.scorers.iter().map(|plugin| plugin.reference().clone())).collect()
    }
}

/// Gives the bytes of a component, by the path and the digest that a suite states.
pub type ComponentSource<'a> = dyn FnMut(&str, Digest) -> Result<Vec<u8>, Fault> + 'a;

/// Loads every plugin. `component` gives the bytes for the path and the digest that the suite
/// states; they are held against the digest before anything else looks at them.
///
/// # Errors
/// From `component` and the loader; `Plugin` when a plugin is not what the suite says, or when a
/// scenario has no scorer.
pub fn resolve(
    suite: &Suite,
    loader: &dyn PluginLoader,
    component: &mut ComponentSource<'_>,
) -> Result<Plugins, Fault> {
    let mut fetch = |path: &str, pinned: Digest| {
        let bytes = component(path, pinned)?;
        let found = Digest::of(&bytes);
        if found == pinned {
            return Ok(bytes);
        }
        Err(Fault::new(
            Blame::Plugin,
            format!(
                "{path}: has SHA-256 {found}, suite {} pins {pinned}; \
                 `cargo xtask build-plugins --check` tells which of the two is stale",
                suite.file().id
            ),
        ))
    };
    let mut scenarios = Vec::new();
    for entry in &suite.file().scenario {
        let plugin = loader.scenario(&entry.path, &fetch(&entry.path, entry.sha256)?)?;
        let manifest = plugin.manifest();
        check_identity(&entry.path, &entry.id, &entry.version, &manifest.id, &manifest.version)?;
        if let Some(missing) = entry.conditions.iter().find(|c| !manifest.conditions.contains(c)) {
            let message = format!(
                "{}: condition {missing}: the suite asks for it, the scenario does not offer it",
                entry.path
            );
            return Err(Fault::new(Blame::Plugin, message));
        }
        scenarios.push(plugin);
    }
    let mut scorers = Vec::new();
    for entry in &suite.file().scorer {
        let plugin = loader.scorer(&entry.path, &fetch(&entry.path, entry.sha256)?)?;
        let manifest = plugin.manifest();
        check_identity(&entry.path, &entry.id, &entry.version, &manifest.id, &manifest.version)?;
        scorers.push(plugin);
    }
    let plugins = Plugins { scenarios, scorers };
    if let Some(manifest) = plugins.unjudged(true) {
        let message = format!(
            "scenario {} {}: no scorer of suite {} judges what it is about: \
             compare the scorers' `accepts`, `behaviours` and `facts` with the scenario's",
            manifest.id,
            manifest.version,
            suite.file().id
        );
        return Err(Fault::new(Blame::Plugin, message));
    }
    Ok(plugins)
}

fn check_identity<Id: Display + PartialEq>(
    path: &str,
    id: &Id,
    version: &VersionReq,
    found_id: &Id,
    found_version: &Version,
) -> Result<(), Fault> {
    if id != found_id {
        let message = format!("{path}: is {found_id}, the suite expects {id}");
        return Err(Fault::new(Blame::Plugin, message));
    }
    if !version.matches(found_version) {
        let message = format!("{path}: is {id} {found_version}, the suite expects {version}");
        return Err(Fault::new(Blame::Plugin, message));
    }
    Ok(())
}
