//! One engine for all plugins, configured so that results do not depend on the machine.

use crate::Settings;
use crate::cache::Cache;
use crate::limits::{
    CORE_INSTANCES_MAX, MEMORIES_MAX, MEMORY_BYTES_MAX, STACK_BYTES_MAX, TABLE_ELEMENTS_MAX,
    TABLES_MAX, TICK,
};
use record::event::Blame;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use trial::port::Fault;
use wasmtime::{Config, Enabled, Engine, InstanceAllocationStrategy, PoolingAllocationConfig};

/// The engine, its ticker and its cache. All that is loaded keeps it alive.
pub(crate) struct Machine {
    pub(crate) engine: Engine,
    pub(crate) cache: Option<Cache>,
    pub(crate) instances_max: u32,
    /// Dropped with the machine, which ends the ticker's thread.
    _ticker: Sender<()>,
}

impl Machine {
    pub(crate) fn new(settings: &Settings) -> Result<Self, Fault> {
        let instances_max = settings.instances_max.max(1);
        let engine = Engine::new(&config(instances_max)).map_err(|error| {
            Fault::new(
                Blame::Setup,
                format!(
                    "cannot reserve address space for {instances_max} plugin instances: {}: run \
                     fewer trials at once, or raise the limit (ulimit -v)",
                    error.root_cause()
                ),
            )
        })?;
        let cache = settings.cache.as_deref().map(Cache::open).transpose()?;
        let _ticker = start_ticker(&engine)?;
        Ok(Self { engine, cache, instances_max, _ticker })
    }
}

/// Bytes of a memory or table that an unused slot may keep; a small world writes 100 KiB.
const KEEP_RESIDENT_BYTES: usize = 1 << 20;

fn config(instances_max: u32) -> Config {
    let mut config = Config::new();
    // The same results on every machine.
    config.cranelift_nan_canonicalization(true);
    config.relaxed_simd_deterministic(true);
    // No thread, no task that waits: a call is one computation from its start to its end.
    config.concurrency_support(false);
    // What a call may take.
    config.consume_fuel(true);
    config.epoch_interruption(true);
    config.max_wasm_stack(STACK_BYTES_MAX);
    // Messages name the call and the trap; frames would only tell of the compiler, and the tables
    // for them make up a fifth of a cache entry.
    config.wasm_backtrace_max_frames(None);
    config.generate_address_map(false);
    config.allocation_strategy(InstanceAllocationStrategy::Pooling(pool(instances_max)));
    config
}

/// Slots are address space: an unused one costs nothing, a used one is given back to the system.
fn pool(instances_max: u32) -> PoolingAllocationConfig {
    let mut pool = PoolingAllocationConfig::new();
    pool.total_component_instances(instances_max);
    pool.max_core_instances_per_component(CORE_INSTANCES_MAX);
    pool.total_core_instances(instances_max.saturating_mul(CORE_INSTANCES_MAX));
    pool.max_memories_per_component(MEMORIES_MAX);
    pool.total_memories(instances_max);
    pool.max_memory_size(MEMORY_BYTES_MAX);
    pool.max_tables_per_component(TABLES_MAX);
    pool.total_tables(instances_max.saturating_mul(TABLES_MAX));
    pool.table_elements(TABLE_ELEMENTS_MAX);
    // Calls run on the caller's own stack.
    pool.total_stacks(1);
    // A slot that is used again keeps the pages that were written, cleared: asking the system for
    // them anew for each of a thousand trials a second took a sixth of the time. Where the kernel
    // tells which pages those are, only they are cleared.
    pool.linear_memory_keep_resident(KEEP_RESIDENT_BYTES);
    pool.table_keep_resident(KEEP_RESIDENT_BYTES);
    pool.pagemap_scan(Enabled::Auto);
    pool
}

fn start_ticker(engine: &Engine) -> Result<Sender<()>, Fault> {
    let (sender, receiver) = channel::<()>();
    let engine = engine.weak();
    let tick = move || {
        while let Err(RecvTimeoutError::Timeout) = receiver.recv_timeout(TICK) {
            match engine.upgrade() {
                Some(engine) => engine.increment_epoch(),
                None => break,
            }
        }
    };
    std::thread::Builder::new()
        .name("plugin-deadline".to_owned())
        .spawn(tick)
        .map_err(|error| Fault::new(Blame::Setup, format!("cannot start a thread: {error}")))?;
    Ok(sender)
}
