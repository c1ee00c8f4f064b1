//! From bytes to a plugin: what the component is, which version of the plugin contract it speaks,
//! and what it asks for. Everything is checked before any of its code runs.

use crate::cell::Cell;
use crate::engine::Machine;
use crate::limits::{COMPONENT_BYTES_MAX, MEMORY_BYTES_MAX};
use crate::{v0, wasi};
use record::digest::Digest;
use record::event::Blame;
use record::manifest::PluginKind;
use semver::Version;
use std::sync::Arc;
use trial::port::{Fault, ScenarioPlugin, ScorerPlugin};
use wasmtime::component::{Component, Linker};

/// A plugin, adapted to the ports whatever version of the contract it speaks.
pub(crate) enum Plugin {
    Scenario(Arc<dyn ScenarioPlugin>),
    Scorer(Arc<dyn ScorerPlugin>),
}

/// A plugin and what was seen on the way.
pub(crate) struct Loaded {
    pub(crate) plugin: Plugin,
    pub(crate) wit: Version,
    pub(crate) imports: Vec<String>,
}

/// A component that may become a plugin: WASI is linked, the contract's own imports are not.
pub(crate) struct Draft {
    pub(crate) name: String,
    pub(crate) kind: PluginKind,
    pub(crate) digest: Digest,
    pub(crate) component: Component,
    pub(crate) linker: Linker<Cell>,
    /// The interface by which a scorer asks a judge, as the component names it.
    pub(crate) judge: Option<String>,
    pub(crate) instances_max: u32,
}

/// One version of the contract.
struct Contract {
    /// Versions that Semantic Versioning holds compatible with this one speak it too.
    version: Version,
    folder: &'static str,
    adapt: fn(Draft) -> Result<Plugin, Fault>,
}

/// Every version that this host knows, oldest first.
static CONTRACTS: [Contract; 1] =
    [Contract { version: Version::new(0, 2, 0), folder: "wit/v0", adapt: v0::adapt }];

/// Loads a plugin of either kind.
pub(crate) fn load(machine: &Machine, name: &str, bytes: &[u8]) -> Result<Loaded, Fault> {
    check_bytes(name, bytes)?;
    let digest = Digest::of(bytes);
    let component = compile(machine, name, digest, bytes)?;
    let ty = component.component_type();
    let exports: Vec<String> = ty.exports(&machine.engine).map(|(n, _)| n.to_owned()).collect();
    let imports: Vec<String> = ty.imports(&machine.engine).map(|(n, _)| n.to_owned()).collect();
    let (kind, wit) = contract_of(name, &exports)?;
    let contract = CONTRACTS
        .iter()
        .find(|known| compatible(&known.version, &wit))
        .ok_or_else(|| unknown_version(name, &wit))?;
    check_imports(name, kind, &wit, &imports)?;
    let judge = imports.iter().find(|i| i.starts_with("kinship:plugin/judge@")).cloned();
    let linker = link(machine, &imports)
        .map_err(|error| plugin(name, format!("cannot be linked: {}", error.root_cause())))?;
    let draft = Draft {
        name: name.to_owned(),
        kind,
        digest,
        component,
        linker,
        judge,
        instances_max: machine.instances_max,
    };
    Ok(Loaded { plugin: (contract.adapt)(draft)?, wit, imports })
}

/// The fault for a plugin of the kind that was not asked for.
pub(crate) fn other_kind(name: &str, wanted: PluginKind) -> Fault {
    plugin(
        name,
        match wanted {
            PluginKind::Scenario => "a scorer, where a scenario is needed",
            PluginKind::Scorer => "a scenario, where a scorer is needed",
        },
    )
}

fn plugin(name: &str, what: impl std::fmt::Display) -> Fault {
    Fault::new(Blame::Plugin, format!("{name}: {what}"))
}

fn check_bytes(name: &str, bytes: &[u8]) -> Result<(), Fault> {
    const MAGIC: &[u8] = b"\0asm";
    const COMPONENT: [u8; 4] = [0x0d, 0, 1, 0];
    const CORE_MODULE: [u8; 4] = [1, 0, 0, 0];
    let length = bytes.len();
    if length > COMPONENT_BYTES_MAX {
        return Err(plugin(
            name,
            format!("{length} bytes long: a plugin has {COMPONENT_BYTES_MAX} bytes at most"),
        ));
    }
    match bytes.strip_prefix(MAGIC).and_then(|rest| rest.get(..4)) {
        Some(version) if version == COMPONENT => Ok(()),
        Some(version) if version == CORE_MODULE => {
            Err(plugin(name, "a core module, not a component: build it for wasm32-wasip2"))
        }
        _ => Err(plugin(name, "not a WebAssembly component: build it for wasm32-wasip2")),
    }
}

fn compile(
    machine: &Machine,
    name: &str,
    digest: Digest,
    bytes: &[u8],
) -> Result<Component, Fault> {
    let cached = machine.cache.as_ref().and_then(|cache| cache.get(&machine.engine, digest));
    if let Some(component) = cached {
        return Ok(component);
    }
    let component = Component::from_binary(&machine.engine, bytes).map_err(|error| {
        let reason = error.root_cause().to_string();
        // The allocator looks at initial sizes when a component is compiled.
        if reason.contains("minimum byte size") {
            let mebibytes = MEMORY_BYTES_MAX >> 20;
            return plugin(name, format!("asked for more than {mebibytes} MiB of memory"));
        }
        plugin(name, format!("not a valid component: {reason}"))
    })?;
    if let Some(cache) = &machine.cache {
        cache.put(&machine.engine, digest, &component);
    }
    Ok(component)
}

/// What kind of plugin exports these, of which version of the contract.
fn contract_of(name: &str, exports: &[String]) -> Result<(PluginKind, Version), Fault> {
    let version = |interface: &str| {
        exports.iter().find_map(|export| export.strip_prefix(interface)?.strip_prefix('@'))
    };
    let scenario = version("kinship:plugin/scenario").map(|v| (PluginKind::Scenario, v));
    let scorer = version("kinship:plugin/scorer").map(|v| (PluginKind::Scorer, v));
    let (kind, text) = match (scenario, scorer) {
        (Some(found), None) | (None, Some(found)) => found,
        (None, None) => {
            return Err(plugin(
                name,
                "not a Kinship plugin: it exports neither kinship:plugin/scenario nor \
                 kinship:plugin/scorer",
            ));
        }
        (Some(_), Some(_)) => {
            return Err(plugin(
                name,
                "exports both kinship:plugin/scenario and kinship:plugin/scorer: make two plugins",
            ));
        }
    };
    let version = Version::parse(text)
        .map_err(|error| plugin(name, format!("WIT version {text:?}: {error}")))?;
    Ok((kind, version))
}

fn compatible(known: &Version, found: &Version) -> bool {
    found.pre.is_empty()
        && known.major == found.major
        && (known.major > 0 || known.minor == found.minor)
}

fn unknown_version(name: &str, found: &Version) -> Fault {
    let known = |v: &Version| match v.major {
        0 => format!("0.{}", v.minor),
        major => major.to_string(),
    };
    let all: Vec<String> = CONTRACTS.iter().map(|contract| known(&contract.version)).collect();
    let newest = CONTRACTS.last().map_or("wit", |contract| contract.folder);
    plugin(
        name,
        format!(
            "WIT version {found} is not known to this host; it knows {}; rebuild the plugin \
             against {newest}",
            all.join(", ")
        ),
    )
}

fn check_imports(
    name: &str,
    kind: PluginKind,
    wit: &Version,
    imports: &[String],
) -> Result<(), Fault> {
    let allowed = |import: &str| match import.split_once('@') {
        Some(("kinship:plugin/types", version)) => version == wit.to_string(),
        Some(("kinship:plugin/judge", version)) => {
            kind == PluginKind::Scorer && version == wit.to_string()
        }
        Some((interface, version)) => {
            let wasi_0_2 = Version::parse(version).is_ok_and(|v| v.major == 0 && v.minor == 2);
            wasi::is_granted(interface) && wasi_0_2
        }
        None => false,
    };
    let refused: Vec<&str> =
        imports.iter().map(String::as_str).filter(|import| !allowed(import)).collect();
    if refused.is_empty() {
        return Ok(());
    }
    let judge = match kind {
        PluginKind::Scenario => "",
        PluginKind::Scorer => ", kinship:plugin/judge",
    };
    Err(plugin(
        name,
        format!(
            "imports {}: a plugin may import only kinship:plugin/types{judge} and, of WASI 0.2, \
             cli, clocks, filesystem, io and random",
            refused.join(", ")
        ),
    ))
}

/// Links WASI. What remains unknown is for the contract's module, and then for
/// [`wasmtime::component::Linker::define_unknown_imports_as_traps`].
fn link(machine: &Machine, imports: &[String]) -> wasmtime::Result<Linker<Cell>> {
    let mut linker = Linker::new(&machine.engine);
    for import in imports {
        let interface = import.split('@').next().unwrap_or(import);
        wasi::define(interface, &mut linker.instance(import)?)?;
    }
    Ok(linker)
}
