//! One instance of a plugin, its limits, and how a call ends.

use crate::limits::{
    CALL_FUEL, CALL_TICKS_MAX, HANDLES_MAX, MEMORY_BYTES_MAX, RANDOM_BYTES_MAX, RETURN_BYTES_MAX,
    STDERR_BYTES_MAX, TABLE_ELEMENTS_MAX, TICK,
};
use crate::wasi::Wasi;
use record::event::{Blame, Judged};
use std::sync::Arc;
use trial::port::Fault;
use wasmtime::component::{Instance, InstancePre};
use wasmtime::{PoolConcurrencyLimitError, ResourceLimiter, Store, Trap};

/// What the host keeps for an instance.
pub(crate) struct Cell {
    pub(crate) wasi: Wasi,
    /// Answers that the log has, in its order; only a judged scorer asks for them.
    pub(crate) judged: Vec<Judged>,
    /// How many of them this instance has passed.
    pub(crate) judged_read: usize,
    limits: Limits,
}

impl Cell {
    pub(crate) fn new(wasi: Wasi, judged: Vec<Judged>) -> Self {
        Self { wasi, judged, judged_read: 0, limits: Limits }
    }
}

/// Why the host ended a call.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Stop {
    #[error("asked for more than {} MiB of memory", MEMORY_BYTES_MAX >> 20)]
    Memory,
    #[error("asked for a table of more than {TABLE_ELEMENTS_MAX} elements")]
    Table,
    #[error("asked for more than {} KiB of random bytes at once", RANDOM_BYTES_MAX >> 10)]
    Random,
    #[error("called exit")]
    Exit,
    /// No fault: the scorer waits for a judge.
    #[error("asks a judge")]
    Asks { prompt: String, schema: String },
}

/// An instance that can be called.
pub(crate) struct Running {
    store: Store<Cell>,
    instance: Instance,
    who: Arc<str>,
    instances_max: u32,
}

/// A plugin that can be instantiated, and what messages call it.
#[derive(Clone)]
pub(crate) struct Ready {
    pub(crate) pre: InstancePre<Cell>,
    /// `scenario maintenance-window`; the file's name until the plugin has said its id.
    pub(crate) who: Arc<str>,
    pub(crate) instances_max: u32,
}

impl Ready {
    /// A fresh instance. `seed` is the only source of WASI's random bytes.
    pub(crate) fn start(&self, seed: &[u8; 32], judged: Vec<Judged>) -> Result<Running, Fault> {
        let mut store = Store::new(self.pre.engine(), Cell::new(Wasi::new(seed), judged));
        store.limiter(|cell| &mut cell.limits);
        store.set_hostcall_fuel(RETURN_BYTES_MAX);
        store.set_max_component_handles(HANDLES_MAX);
        let instance = bounded(&mut store, |store| self.pre.instantiate(store))
            .map_err(|error| self.fault("start", &store, &error))?;
        let (who, instances_max) = (Arc::clone(&self.who), self.instances_max);
        Ok(Running { store, instance, who, instances_max })
    }

    fn fault(&self, call: &str, store: &Store<Cell>, error: &wasmtime::Error) -> Fault {
        explain(&self.who, call, self.instances_max, store.data().wasi.stderr(), error)
    }
}

impl Running {
    /// Calls the guest within the limits of one call.
    pub(crate) fn call<R>(
        &mut self,
        call: &str,
        function: impl FnOnce(&mut Store<Cell>, &Instance) -> wasmtime::Result<R>,
    ) -> Result<R, Fault> {
        self.call_or_stop(call, function).map_err(|(fault, _)| fault)
    }

    /// As [`Self::call`], with the host's own reason for the end beside the fault.
    pub(crate) fn call_or_stop<R>(
        &mut self,
        call: &str,
        function: impl FnOnce(&mut Store<Cell>, &Instance) -> wasmtime::Result<R>,
    ) -> Result<R, (Fault, Option<Stop>)> {
        self.store.data_mut().wasi.forget_stderr();
        let instance = self.instance;
        bounded(&mut self.store, |store| function(store, &instance)).map_err(|error| {
            let stderr = self.store.data().wasi.stderr();
            let fault = explain(&self.who, call, self.instances_max, stderr, &error);
            (fault, error.downcast_ref::<Stop>().cloned())
        })
    }

    /// A fault of the plugin's in what a call gave.
    pub(crate) fn broken(&self, call: &str, what: impl std::fmt::Display) -> Fault {
        Fault::new(Blame::Plugin, format!("{}: {call}: {what}", self.who))
    }
}

fn bounded<R>(
    store: &mut Store<Cell>,
    function: impl FnOnce(&mut Store<Cell>) -> wasmtime::Result<R>,
) -> wasmtime::Result<R> {
    store.set_fuel(CALL_FUEL)?;
    store.set_epoch_deadline(CALL_TICKS_MAX);
    function(store)
}

/// The fault behind an error of wasmtime.
fn explain(
    who: &str,
    call: &str,
    instances_max: u32,
    stderr: &[u8],
    error: &wasmtime::Error,
) -> Fault {
    let plugin = |what: String| Fault::new(Blame::Plugin, format!("{who}: {call}: {what}"));
    if error.is::<PoolConcurrencyLimitError>() {
        let message = format!(
            "more than {instances_max} plugin instances at once: run fewer trials at the same time"
        );
        return Fault::new(Blame::Setup, message);
    }
    if let Some(stop) = error.downcast_ref::<Stop>() {
        return plugin(stop.to_string());
    }
    match error.downcast_ref::<Trap>() {
        Some(Trap::OutOfFuel) => {
            plugin(format!("used more than {CALL_FUEL} units of fuel in one call"))
        }
        // A slow machine is no fault of the plugin's, and no other machine would see it again.
        Some(Trap::Interrupt) => Fault::new(
            Blame::Setup,
            format!(
                "{who}: {call}: took more than {} s in one call: run fewer trials at the same time",
                (TICK * u32::try_from(CALL_TICKS_MAX).unwrap_or(u32::MAX)).as_secs()
            ),
        ),
        Some(trap) => {
            let reason = trap.to_string();
            let reason = reason.strip_prefix("wasm trap: ").unwrap_or(&reason);
            plugin(format!("trapped: {reason}{}", said(stderr)))
        }
        None => plugin(explain_contract(&error.root_cause().to_string())),
    }
}

/// wasmtime has no public types for these.
fn explain_contract(reason: &str) -> String {
    if reason.contains("fuel allocated for hostcalls has been exhausted") {
        return format!("returned more than {} MiB", RETURN_BYTES_MAX >> 20);
    }
    if reason.contains("pointer/length out of bounds") {
        let mebibytes = MEMORY_BYTES_MAX >> 20;
        return format!("returned what does not lie in its memory of {mebibytes} MiB at most");
    }
    match reason.strip_prefix("unknown import: `").and_then(|rest| rest.split_once('`')) {
        Some((function, _)) => format!("called {function}, which no plugin is granted"),
        None => format!("broke the contract: {reason}"),
    }
}

/// What the guest wrote before it trapped, on one line: a Rust guest tells its panic there.
fn said(stderr: &[u8]) -> String {
    let text = String::from_utf8_lossy(&stderr[..stderr.len().min(STDERR_BYTES_MAX)]);
    let line: Vec<&str> = text.split_whitespace().collect();
    if line.is_empty() { String::new() } else { format!("; it wrote: {}", line.join(" ")) }
}

/// Refusals that end the call at once, so that a plugin cannot go on in another way.
struct Limits;

impl ResourceLimiter for Limits {
    fn memory_growing(
        &mut self,
        _current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        if desired > MEMORY_BYTES_MAX { Err(Stop::Memory.into()) } else { Ok(true) }
    }

    fn table_growing(
        &mut self,
        _current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        if desired > TABLE_ELEMENTS_MAX { Err(Stop::Table.into()) } else { Ok(true) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(error: wasmtime::Error, stderr: &str, expected: (Blame, &str)) {
        let fault = explain("scenario tiny", "step", 4, stderr.as_bytes(), &error);
        assert_eq!((fault.blame, fault.message.as_str()), expected);
    }

    #[test]
    fn a_slow_call_is_no_fault_of_the_plugins() {
        let message = "scenario tiny: step: took more than 120 s in one call: run fewer trials at \
                       the same time";
        check(Trap::Interrupt.into(), "", (Blame::Setup, message));
    }

    #[test]
    fn a_panic_is_told_in_the_guests_words() {
        let message = "scenario tiny: step: trapped: wasm `unreachable` instruction executed; it \
                       wrote: thread 'main' panicked at src/lib.rs:1:2: no such file";
        let stderr = "\nthread 'main' panicked at src/lib.rs:1:2:\nno such file\n";
        check(Trap::UnreachableCodeReached.into(), stderr, (Blame::Plugin, message));
    }
}
