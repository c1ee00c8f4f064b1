//! Plugins: components that can compute, and nothing else.
//!
//! A plugin gets no network, no files, no environment and no clock; its only entropy is the seed
//! of its trial. Every call has limits ([`limits`]). The same component and the same calls give
//! the same answers on every machine.
//!
//! This is the only room that knows wasmtime, and the only one with `unsafe` code: one line in
//! `cache`, which maps compiled code back from disk.
//!
//! Reading order: [`limits`], `engine`, `cache`, `load` (what a component is, and which version of
//! the plugin contract it speaks), `cell` (one instance and how a call ends), `wasi`, and a module
//! for each major version of the contract.

mod cache;
mod cell;
mod engine;
pub mod limits;
mod load;
mod manifest;
mod v0;
mod verdict;
mod wasi;

use engine::Machine;
use load::Plugin;
use record::manifest::{PluginKind, PluginRef, ScenarioManifest, ScorerManifest};
use semver::Version;
use std::path::PathBuf;
use std::sync::Arc;
use trial::port::{Fault, PluginLoader, ScenarioPlugin, ScorerPlugin};

/// What the caller decides; everything else is a constant of [`limits`].
#[derive(Clone, Debug)]
pub struct Settings {
    /// Folder of compiled plugins. It is created, for this user alone, when it does not exist;
    /// `None` compiles at each load.
    pub cache: Option<PathBuf>,
    /// Most instances that live at once: worlds, exemplars and scorers together. Each takes
    /// address space at the start and memory only when it is used.
    pub instances_max: u32,
}

/// Loads plugins. Clones share one engine.
#[derive(Clone)]
pub struct Sandbox(Arc<Machine>);

/// What a component is, for a person who looks at it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PluginInfo {
    /// As results name it.
    pub reference: PluginRef,
    /// Version of the plugin contract that it speaks.
    pub wit: Version,
    /// What it says of itself.
    pub manifest: Manifest,
    /// Interfaces that it imports, in its own order.
    pub imports: Vec<String>,
}

/// What a plugin says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Manifest {
    /// A world.
    Scenario(ScenarioManifest),
    /// A reader of trials.
    Scorer(ScorerManifest),
}

impl Sandbox {
    /// A sandbox.
    ///
    /// # Errors
    /// `Setup` when the machine does not give the address space, or the cache folder cannot be
    /// made or is not this user's alone.
    pub fn new(settings: &Settings) -> Result<Self, Fault> {
        Ok(Self(Arc::new(Machine::new(settings)?)))
    }

    /// Loads a plugin of either kind and tells what it is. `name` is for messages.
    ///
    /// # Errors
    /// As [`PluginLoader::scenario`].
    pub fn inspect(&self, name: &str, component: &[u8]) -> Result<PluginInfo, Fault> {
        let loaded = load::load(&self.0, name, component)?;
        let (reference, manifest) = match &loaded.plugin {
            Plugin::Scenario(scenario) => {
                (scenario.reference(), Manifest::Scenario(scenario.manifest().clone()))
            }
            Plugin::Scorer(scorer) => {
                (scorer.reference(), Manifest::Scorer(scorer.manifest().clone()))
            }
        };
        let reference = reference.clone();
        Ok(PluginInfo { reference, wit: loaded.wit, manifest, imports: loaded.imports })
    }
}

impl PluginLoader for Sandbox {
    fn scenario(&self, name: &str, component: &[u8]) -> Result<Arc<dyn ScenarioPlugin>, Fault> {
        match load::load(&self.0, name, component)?.plugin {
            Plugin::Scenario(scenario) => Ok(scenario),
            Plugin::Scorer(_) => Err(load::other_kind(name, PluginKind::Scenario)),
        }
    }

    fn scorer(&self, name: &str, component: &[u8]) -> Result<Arc<dyn ScorerPlugin>, Fault> {
        match load::load(&self.0, name, component)?.plugin {
            Plugin::Scorer(scorer) => Ok(scorer),
            Plugin::Scenario(_) => Err(load::other_kind(name, PluginKind::Scorer)),
        }
    }
}
