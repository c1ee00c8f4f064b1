//! The plugin contract of `wit/v0`, adapted to the ports.

mod scenario;
mod scorer;
mod values;

use crate::cell::Ready;
use crate::load::{Draft, Plugin};
use bindings::exports::kinship::plugin::{scenario as scenario_wit, scorer as scorer_wit};
use record::event::Blame;
use record::manifest::{PluginKind, PluginRef};
use std::sync::Arc;
use trial::port::Fault;

/// One world that has everything, so that all interfaces share their types; a plugin implements
/// one interface, which is looked up by itself.
mod bindings {
    wasmtime::component::bindgen!({
        path: "../../wit/v0",
        inline: "
            package kinship:host;
            world plugin {
                import kinship:plugin/judge@0.2.0;
                export kinship:plugin/scenario@0.2.0;
                export kinship:plugin/scorer@0.2.0;
            }
        ",
        world: "kinship:host/plugin",
    });
}

/// Makes a plugin of a component that exports `scenario` or `scorer` of this version.
pub(crate) fn adapt(mut draft: Draft) -> Result<Plugin, Fault> {
    let name = draft.name.clone();
    let unfit = |error: wasmtime::Error| {
        Fault::new(Blame::Plugin, format!("{name}: does not fit wit/v0: {}", error.root_cause()))
    };
    if let Some(judge) = &draft.judge {
        scorer::define_judge(&mut draft.linker, judge).map_err(unfit)?;
    }
    draft.linker.define_unknown_imports_as_traps(&draft.component).map_err(unfit)?;
    let pre = draft.linker.instantiate_pre(&draft.component).map_err(unfit)?;
    let who = Arc::from(draft.name.as_str());
    let mut ready = Ready { pre, who, instances_max: draft.instances_max };
    let reference = |id: &str, version: &semver::Version| PluginRef {
        id: id.to_owned(),
        kind: draft.kind,
        sha256: draft.digest,
        version: version.clone(),
    };
    match draft.kind {
        PluginKind::Scenario => {
            let indices = scenario_wit::GuestIndices::new(&ready.pre).map_err(unfit)?;
            let manifest = scenario::describe(&ready, &indices)?;
            ready.who = Arc::from(format!("scenario {}", manifest.id));
            let reference = reference(manifest.id.as_str(), &manifest.version);
            Ok(Plugin::Scenario(Arc::new(scenario::Scenario {
                ready,
                indices,
                manifest,
                reference,
            })))
        }
        PluginKind::Scorer => {
            let indices = scorer_wit::GuestIndices::new(&ready.pre).map_err(unfit)?;
            let manifest = scorer::describe(&ready, &indices, draft.judge.is_some())?;
            ready.who = Arc::from(format!("scorer {}", manifest.id));
            let reference = reference(manifest.id.as_str(), &manifest.version);
            Ok(Plugin::Scorer(Arc::new(scorer::Scorer { ready, indices, manifest, reference })))
        }
    }
}
