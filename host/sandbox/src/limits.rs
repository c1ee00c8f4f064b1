//! Every limit of a plugin, with its unit and its reason.
//!
//! Fuel, memory and sizes are counted, so they end a plugin at the same instruction on every
//! machine; only [`CALL_TICKS_MAX`] looks at a clock, and it blames no plugin.

use std::time::Duration;

/// Largest component, in bytes, that is parsed at all. A scenario with a whole shell has 7 MB.
pub const COMPONENT_BYTES_MAX: usize = 64 << 20;

/// Fuel of one call: about one unit a WebAssembly instruction. A turn that runs a dozen shell
/// commands burns some ten million; an endless loop ends within seconds.
pub const CALL_FUEL: u64 = 4_000_000_000;

/// How often the wall deadline is looked at.
pub const TICK: Duration = Duration::from_millis(100);

/// Wall time of one call, in ticks: 2 minutes. Fuel ends a loop long before; this ends what fuel
/// hardly counts, such as copying the whole memory over and over.
pub const CALL_TICKS_MAX: u64 = 1_200;

/// Linear memory of an instance, in bytes. A world with a shell uses 3 MiB.
pub const MEMORY_BYTES_MAX: usize = 64 << 20;

/// Linear memories of a component: the guest's, and one for an adapter of its toolchain.
pub const MEMORIES_MAX: u32 = 2;

/// Elements of a table. The shell has some thousand indirect functions.
pub const TABLE_ELEMENTS_MAX: usize = 1 << 16;

/// Tables of a component: the guest's and those of the adapters that toolchains add.
pub const TABLES_MAX: u32 = 4;

/// Core instances of a component: the guest and the adapters that toolchains add.
pub const CORE_INSTANCES_MAX: u32 = 8;

/// Stack of a call, in bytes: half of what a thread of the host has, so that wasm overflows first.
pub const STACK_BYTES_MAX: usize = 1 << 20;

/// Bytes that one call may hand to the host, strings and list cells together. An event line has
/// 16 MiB at most, and base64 and JSON escapes lengthen what comes from here.
pub const RETURN_BYTES_MAX: usize = 8 << 20;

/// Handles of host resources that are alive in an instance. A guest needs its three streams.
pub const HANDLES_MAX: usize = 256;

/// Random bytes of one request: they are made before the guest sees them.
pub const RANDOM_BYTES_MAX: u64 = 64 << 10;

/// Bytes of standard error kept from one call, to explain a trap: a panic message.
pub const STDERR_BYTES_MAX: usize = 2 << 10;

/// Longest text of a manifest, in bytes: it stands on a line of a table.
pub const MANIFEST_TEXT_BYTES_MAX: usize = 4 << 10;

/// Longest list of a manifest. All conditions that the contract can write are 144.
pub const MANIFEST_ITEMS_MAX: usize = 1_000;

/// Evidence, marks or measures of one verdict: a person reads them.
pub const VERDICT_ITEMS_MAX: usize = 1_000;

/// The wall clock of every guest, in seconds since 1970: 2026-01-01T00:00:00Z. It stands still.
pub const CLOCK_SECONDS: u64 = 1_767_225_600;
