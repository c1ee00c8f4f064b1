//! The part of WASI 0.2 that a guest's standard library needs, and nothing that tells two runs
//! apart: clocks stand still, random bytes come from the seed, input is at its end, output goes
//! nowhere, there are no files and no environment.
//!
//! Written out here, because the usual host waits for streams in an asynchronous runtime, and
//! these calls are made from inside one. Functions of the interfaces below that are not defined
//! here end the call with their name.

use crate::cell::{Cell, Stop};
use crate::limits::{CLOCK_SECONDS, RANDOM_BYTES_MAX, STDERR_BYTES_MAX};
use wasmtime::Result;
use wasmtime::component::{
    ComponentNamedList, ComponentType, Lift, LinkerInstance, Lower, Resource, ResourceType,
};

/// Interfaces of WASI that a plugin may import, at any version of the 0.2 series.
pub(crate) const GRANTED: [&str; 20] = [
    "wasi:cli/environment",
    "wasi:cli/exit",
    "wasi:cli/stderr",
    "wasi:cli/stdin",
    "wasi:cli/stdout",
    "wasi:cli/terminal-input",
    "wasi:cli/terminal-output",
    "wasi:cli/terminal-stderr",
    "wasi:cli/terminal-stdin",
    "wasi:cli/terminal-stdout",
    "wasi:clocks/monotonic-clock",
    "wasi:clocks/wall-clock",
    "wasi:filesystem/preopens",
    "wasi:filesystem/types",
    "wasi:io/error",
    "wasi:io/poll",
    "wasi:io/streams",
    "wasi:random/insecure",
    "wasi:random/insecure-seed",
    "wasi:random/random",
];

/// What WASI remembers of an instance.
pub(crate) struct Wasi {
    random: blake3::OutputReader,
    stderr: Vec<u8>,
}

impl Wasi {
    /// Random bytes are the BLAKE3 output stream of the seed, for this use alone.
    pub(crate) fn new(seed: &[u8; 32]) -> Self {
        let mut hasher = blake3::Hasher::new_derive_key("kinship plugin wasi:random 0");
        hasher.update(seed);
        Self { random: hasher.finalize_xof(), stderr: Vec::new() }
    }

    /// What the present call wrote to standard error, cut.
    pub(crate) fn stderr(&self) -> &[u8] {
        &self.stderr
    }

    pub(crate) fn forget_stderr(&mut self) {
        self.stderr.clear();
    }
}

/// Nothing of the host's stands behind a handle: its number says which stream it is. All
/// resources are of one host type, that of the linker's own stubs, since interfaces name each
/// other's resources.
type Handle = Resource<()>;
const STDIN: u32 = 0;
const STDOUT: u32 = 1;
const STDERR: u32 = 2;

/// `wasi:io/streams.stream-error`.
#[derive(ComponentType, Lift, Lower)]
#[component(variant)]
enum StreamError {
    #[component(name = "last-operation-failed")]
    LastOperationFailed(Handle),
    #[component(name = "closed")]
    Closed,
}

/// `wasi:clocks/wall-clock.datetime`.
#[derive(ComponentType, Lift, Lower)]
#[component(record)]
struct Datetime {
    seconds: u64,
    nanoseconds: u32,
}

/// Whether a plugin may import this interface, named without its version.
pub(crate) fn is_granted(interface: &str) -> bool {
    GRANTED.contains(&interface)
}

/// Defines an interface, named without its version, in `linker`.
pub(crate) fn define(interface: &str, linker: &mut LinkerInstance<'_, Cell>) -> Result<()> {
    match interface {
        "wasi:cli/environment" => {
            constant(linker, "get-environment", Vec::<(String, String)>::new)?;
            constant(linker, "get-arguments", Vec::<String>::new)?;
            constant(linker, "initial-cwd", || None::<String>)
        }
        "wasi:cli/exit" => linker.func_wrap("exit", |_, _: (Result<(), ()>,)| exit()),
        "wasi:cli/stdin" => constant(linker, "get-stdin", || Handle::new_own(STDIN)),
        "wasi:cli/stdout" => constant(linker, "get-stdout", || Handle::new_own(STDOUT)),
        "wasi:cli/stderr" => constant(linker, "get-stderr", || Handle::new_own(STDERR)),
        "wasi:cli/terminal-input" => resource(linker, "terminal-input"),
        "wasi:cli/terminal-output" => resource(linker, "terminal-output"),
        "wasi:cli/terminal-stdin" => no_terminal(linker, "get-terminal-stdin"),
        "wasi:cli/terminal-stdout" => no_terminal(linker, "get-terminal-stdout"),
        "wasi:cli/terminal-stderr" => no_terminal(linker, "get-terminal-stderr"),
        "wasi:clocks/monotonic-clock" => {
            constant(linker, "now", || 0_u64)?;
            constant(linker, "resolution", || 1_u64)
        }
        "wasi:clocks/wall-clock" => {
            constant(linker, "now", || Datetime { seconds: CLOCK_SECONDS, nanoseconds: 0 })?;
            constant(linker, "resolution", || Datetime { seconds: 1, nanoseconds: 0 })
        }
        "wasi:filesystem/preopens" => {
            constant(linker, "get-directories", Vec::<(Handle, String)>::new)
        }
        "wasi:filesystem/types" => resource(linker, "descriptor"),
        "wasi:io/error" => resource(linker, "error"),
        "wasi:io/streams" => define_streams(linker),
        "wasi:random/random" => define_random(linker, "get-random-bytes", "get-random-u64"),
        "wasi:random/insecure" => {
            define_random(linker, "get-insecure-random-bytes", "get-insecure-random-u64")
        }
        "wasi:random/insecure-seed" => linker.func_wrap("insecure-seed", |mut cell, (): ()| {
            let wasi = &mut cell.data_mut().wasi;
            Ok(((random_u64(wasi), random_u64(wasi)),))
        }),
        _ => Ok(()),
    }
}

fn define_streams(linker: &mut LinkerInstance<'_, Cell>) -> Result<()> {
    /// Bytes that a stream takes at once; the interface caps a blocking write at so many.
    const WRITE_BYTES: u64 = 4096;
    type Done = (Result<(), StreamError>,);
    resource(linker, "input-stream")?;
    for read in ["[method]input-stream.read", "[method]input-stream.blocking-read"] {
        linker
            .func_wrap(read, |_, _: (Handle, u64)| Ok((Err::<Vec<u8>, _>(StreamError::Closed),)))?;
    }
    resource(linker, "output-stream")?;
    linker.func_wrap("[method]output-stream.check-write", |_, _: (Handle,)| {
        Ok((Ok::<_, StreamError>(WRITE_BYTES),))
    })?;
    let writes = ["[method]output-stream.write", "[method]output-stream.blocking-write-and-flush"];
    for write in writes {
        linker.func_wrap(
            write,
            |mut cell, (stream, bytes): (Handle, Vec<u8>)| -> Result<Done> {
                if stream.rep() == STDERR {
                    let stderr = &mut cell.data_mut().wasi.stderr;
                    let room = STDERR_BYTES_MAX - stderr.len();
                    stderr.extend_from_slice(&bytes[..bytes.len().min(room)]);
                }
                Ok((Ok(()),))
            },
        )?;
    }
    for flush in ["[method]output-stream.flush", "[method]output-stream.blocking-flush"] {
        linker.func_wrap(flush, |_, _: (Handle,)| -> Result<Done> { Ok((Ok(()),)) })?;
    }
    Ok(())
}

fn define_random(linker: &mut LinkerInstance<'_, Cell>, bytes: &str, word: &str) -> Result<()> {
    linker.func_wrap(bytes, |mut cell, (length,): (u64,)| {
        if length > RANDOM_BYTES_MAX {
            return Err(Stop::Random.into());
        }
        let mut bytes = vec![0; usize::try_from(length)?];
        cell.data_mut().wasi.random.fill(&mut bytes);
        Ok((bytes,))
    })?;
    linker.func_wrap(word, |mut cell, (): ()| Ok((random_u64(&mut cell.data_mut().wasi),)))
}

fn random_u64(wasi: &mut Wasi) -> u64 {
    let mut bytes = [0; 8];
    wasi.random.fill(&mut bytes);
    u64::from_le_bytes(bytes)
}

fn exit() -> Result<()> {
    Err(Stop::Exit.into())
}

fn no_terminal(linker: &mut LinkerInstance<'_, Cell>, name: &str) -> Result<()> {
    constant(linker, name, || None::<Handle>)
}

/// A function that always gives the same.
fn constant<R>(
    linker: &mut LinkerInstance<'_, Cell>,
    name: &str,
    value: impl Fn() -> R + Send + Sync + 'static,
) -> Result<()>
where
    R: 'static,
    (R,): ComponentNamedList + Lower,
{
    linker.func_wrap(name, move |_, (): ()| Ok((value(),)))
}

/// A resource that owns nothing of the host's.
fn resource(linker: &mut LinkerInstance<'_, Cell>, name: &str) -> Result<()> {
    linker.resource(name, ResourceType::host::<()>(), |_, _| Ok(()))
}
