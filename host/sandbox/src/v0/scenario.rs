//! Scenarios: every world and every exemplar is an instance of its own.

use super::bindings::exports::kinship::plugin::scenario::{Guest, GuestIndices};
use super::values;
use crate::cell::{Ready, Running};
use crate::manifest::{Problems, check_scenario};
use record::canonical::INTEGER_MAX;
use record::condition::Condition;
use record::digest::Seed;
use record::event::{Blame, Briefing, CommandOutput, Fact, File, Reply, Step};
use record::manifest::{PluginRef, ScenarioManifest};
use std::collections::BTreeSet;
use std::sync::Arc;
use trial::port::{Exemplar, Fault, ScenarioPlugin, World};
use wasmtime::component::ResourceAny;

pub(super) struct Scenario {
    pub(super) ready: Ready,
    pub(super) indices: GuestIndices,
    pub(super) manifest: ScenarioManifest,
    pub(super) reference: PluginRef,
}

/// Asks a fresh instance what it is.
pub(super) fn describe(ready: &Ready, indices: &GuestIndices) -> Result<ScenarioManifest, Fault> {
    let mut running = ready.start(&[0; 32], Vec::new())?;
    let wit = running.call("describe", |store, instance| {
        indices.load(&mut *store, instance)?.call_describe(store)
    })?;
    let mut problems = Problems::default();
    let manifest = values::scenario_manifest(wit, &mut problems);
    if let Some(manifest) = &manifest {
        check_scenario(manifest, &mut problems);
    }
    match (manifest, problems.into_text()) {
        (Some(manifest), None) => Ok(manifest),
        (_, problems) => Err(running.broken("describe", problems.unwrap_or_default())),
    }
}

impl Scenario {
    fn offered(&self, condition: Condition) -> Result<(), Fault> {
        if self.manifest.conditions.contains(&condition) {
            return Ok(());
        }
        let ScenarioManifest { id, version, .. } = &self.manifest;
        Err(Fault::new(
            Blame::Setup,
            format!(
                "scenario {id} {version}: does not offer the condition {condition}: remove it \
                 from the suite"
            ),
        ))
    }
}

impl ScenarioPlugin for Scenario {
    fn manifest(&self) -> &ScenarioManifest {
        &self.manifest
    }

    fn reference(&self) -> &PluginRef {
        &self.reference
    }

    fn open(&self, condition: Condition, seed: Seed) -> Result<Box<dyn World>, Fault> {
        self.offered(condition)?;
        let mut running = self.ready.start(seed.as_bytes(), Vec::new())?;
        let (guest, trial) = running.call("open", |store, instance| {
            let guest = self.indices.load(&mut *store, instance)?;
            let condition = values::to_condition(condition);
            let trial =
                guest.trial().call_constructor(store, condition, &seed.as_bytes().to_vec())?;
            Ok((guest, trial))
        })?;
        let facts = self.manifest.facts.iter().map(|fact| fact.name.clone()).collect();
        Ok(Box::new(Opened { running, guest, trial, facts }))
    }

    fn exemplar(
        &self,
        condition: Condition,
        seed: Seed,
        name: &str,
    ) -> Result<Box<dyn Exemplar>, Fault> {
        self.offered(condition)?;
        if !self.manifest.exemplars.iter().any(|exemplar| exemplar.name == name) {
            let ScenarioManifest { id, version, .. } = &self.manifest;
            let known: Vec<_> = self.manifest.exemplars.iter().map(|e| e.name.as_str()).collect();
            return Err(Fault::new(
                Blame::Setup,
                format!(
                    "scenario {id} {version}: has no exemplar {name:?}; it has {}",
                    known.join(", ")
                ),
            ));
        }
        let mut running = self.ready.start(seed.as_bytes(), Vec::new())?;
        let call = format!("exemplar {name}");
        let (guest, player) = running.call(&call, |store, instance| {
            let guest = self.indices.load(&mut *store, instance)?;
            let condition = values::to_condition(condition);
            let player = guest.exemplar().call_constructor(
                store,
                condition,
                &seed.as_bytes().to_vec(),
                name,
            )?;
            Ok((guest, player))
        })?;
        Ok(Box::new(Player { running, guest, player, call }))
    }
}

/// A world.
struct Opened {
    running: Running,
    guest: Guest,
    trial: ResourceAny,
    /// Names of the facts that the manifest promises, in its order.
    facts: Arc<[String]>,
}

impl World for Opened {
    fn briefing(&mut self) -> Result<Briefing, Fault> {
        let Self { running, guest, trial, .. } = self;
        let wit =
            running.call("briefing", |store, _| guest.trial().call_briefing(store, *trial))?;
        let briefing = values::briefing(wit);
        check_tools(&briefing).map_err(|what| running.broken("briefing", what))?;
        Ok(briefing)
    }

    fn step(&mut self, reply: &Reply) -> Result<Step, Fault> {
        let Self { running, guest, trial, .. } = self;
        let said = values::to_reply(reply);
        let wit = running.call("step", |store, _| guest.trial().call_step(store, *trial, &said))?;
        let step = values::step(wit);
        check_results(reply, &step).map_err(|what| running.broken("step", what))?;
        Ok(step)
    }

    fn execute(&mut self, command: &str, directory: &str) -> Result<CommandOutput, Fault> {
        let Self { running, guest, trial, .. } = self;
        let wit = running.call("execute", |store, _| {
            guest.trial().call_execute(store, *trial, command, directory)
        })?;
        Ok(values::command_output(wit))
    }

    fn files(&mut self, under: &str) -> Result<Vec<File>, Fault> {
        let Self { running, guest, trial, .. } = self;
        let wit =
            running.call("files", |store, _| guest.trial().call_files(store, *trial, under))?;
        let files: Vec<File> = wit.into_iter().map(values::file).collect();
        for (i, file) in files.iter().enumerate() {
            check_file(file).map_err(|what| running.broken("files", format!("[{i}].{what}")))?;
        }
        Ok(files)
    }

    fn put_file(&mut self, file: &File) -> Result<Result<(), String>, Fault> {
        let Self { running, guest, trial, .. } = self;
        let file = values::to_file(file);
        running.call("put-file", |store, _| guest.trial().call_put_file(store, *trial, &file))
    }

    fn remove_file(&mut self, path: &str) -> Result<Result<(), String>, Fault> {
        let Self { running, guest, trial, .. } = self;
        running.call("remove-file", |store, _| guest.trial().call_remove_file(store, *trial, path))
    }

    fn final_state(&mut self) -> Result<Vec<Fact>, Fault> {
        let Self { running, guest, trial, facts } = self;
        let wit = running
            .call("final-state", |store, _| guest.trial().call_final_state(store, *trial))?;
        let found: Vec<Fact> = wit.into_iter().map(values::fact).collect();
        check_facts(facts, &found).map_err(|what| running.broken("final-state", what))?;
        Ok(found)
    }
}

/// A player of an exemplar.
struct Player {
    running: Running,
    guest: Guest,
    player: ResourceAny,
    call: String,
}

impl Exemplar for Player {
    fn next(&mut self, last: Option<&Step>) -> Result<Reply, Fault> {
        let Self { running, guest, player, call } = self;
        let last = last.map(values::to_step);
        let wit = running.call(&format!("{call}: next"), |store, _| {
            guest.exemplar().call_next(store, *player, last.as_ref())
        })?;
        Ok(values::reply(wit))
    }
}

/// Tools as every model server takes them.
fn check_tools(briefing: &Briefing) -> Result<(), String> {
    /// Longest name that the common model servers take, in bytes.
    const NAME_BYTES_MAX: usize = 64;
    let mut names = BTreeSet::new();
    for (i, tool) in briefing.tools.iter().enumerate() {
        let word = |b: u8| b.is_ascii_alphanumeric() || b == b'_' || b == b'-';
        let name = &tool.name;
        if name.is_empty() || name.len() > NAME_BYTES_MAX || !name.bytes().all(word) {
            return Err(format!(
                "tools[{i}].name: expected 1 to {NAME_BYTES_MAX} letters, digits, _ and -, found \
                 {:?}",
                name.chars().take(80).collect::<String>()
            ));
        }
        if !names.insert(name) {
            return Err(format!("tools[{i}].name: {name:?} stands twice"));
        }
        let object = serde_json::from_str::<serde_json::Map<_, serde_json::Value>>;
        if let Err(error) = object(&tool.parameters) {
            return Err(format!(
                "tools[{i}].parameters: expected a JSON Schema object for {name}: {error}"
            ));
        }
    }
    Ok(())
}

fn check_results(reply: &Reply, step: &Step) -> Result<(), String> {
    let (calls, results) = (&reply.calls, &step.results);
    if calls.len() != results.len() {
        return Err(format!("{} results for {} calls", results.len(), calls.len()));
    }
    for (i, (call, result)) in calls.iter().zip(results).enumerate() {
        if call.id != result.id {
            return Err(format!("results[{i}].id: expected {:?}, found {:?}", call.id, result.id));
        }
    }
    Ok(())
}

fn check_file(file: &File) -> Result<(), String> {
    if !file.path.starts_with('/') {
        return Err(format!("path: expected an absolute path, found {:?}", file.path));
    }
    if file.mode > 0o777 {
        return Err(format!("mode: expected nine permission bits, found {:#o}", file.mode));
    }
    if file.modified > INTEGER_MAX.unsigned_abs() {
        return Err(format!("modified: {} is beyond 2^53-1", file.modified));
    }
    Ok(())
}

fn check_facts(promised: &[String], found: &[Fact]) -> Result<(), String> {
    if promised.len() != found.len() {
        return Err(format!("{} facts, where the manifest has {}", found.len(), promised.len()));
    }
    for (i, (name, fact)) in promised.iter().zip(found).enumerate() {
        if *name != fact.name {
            return Err(format!(
                "facts[{i}].name: expected {name:?}, as in the manifest, found {:?}",
                fact.name
            ));
        }
        if let Err(error) = serde_json::from_str::<serde_json::Value>(&fact.value) {
            return Err(format!("facts[{i}].value: expected JSON for {name}: {error}"));
        }
    }
    Ok(())
}
