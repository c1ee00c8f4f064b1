//! Who is tested: reference policies that play a scenario's own exemplars, models behind an HTTP
//! server, and production harnesses around either. The only room with a network or a process.
//!
//! A subject is a function of the log: what it answers next depends on the events so far and on
//! nothing else, so a killed trial goes on where its log ends. This room reads no environment and
//! no file but a harness's package; the binary passes keys, addresses and the text of a profile in.

pub mod baseline;
pub mod harness;
pub mod model;
mod profile;
pub mod reference;
pub mod spec;

use crate::baseline::Baselines;
use crate::harness::install::Installed;
use crate::harness::{Harnessed, Mind};
use crate::model::ModelSettings;
use crate::profile::Profile;
use crate::reference::{Reference, Script};
use crate::spec::SubjectSpec;
use record::event::Blame;
use record::published::Published;
use record::verdict::Outcome;
use std::sync::Arc;
use trial::port::{Fault, SubjectSource};

/// What the binary read for the subject that was asked for. Only the part that the spec names is
/// looked at.
#[derive(Default)]
pub struct SourceSettings {
    /// The contents of the file of `reference:profile=FILE` or `reference:profile=FILE#MODEL`.
    pub profile: Option<Vec<u8>>,
    /// The harness that the subject is to act in; none for the built-in loop.
    pub harness: Option<Installed>,
    /// The server of `PROVIDER:MODEL`.
    pub model: Option<ModelSettings>,
}

/// The subject of that spec.
///
/// # Errors
/// `Setup` when a setting is wrong: a profile with problems (every one is named), an address that
/// is no base URL, a key that no HTTP header can hold. `Bug` when the part of `settings` that the
/// spec needs is missing.
pub fn source(
    spec: &SubjectSpec,
    settings: SourceSettings,
) -> Result<Arc<dyn SubjectSource>, Fault> {
    let missing = |what: &str| Fault::new(Blame::Bug, format!("subject {spec}: no {what} given"));
    let script = match spec {
        SubjectSpec::Comply => Script::Always(Outcome::Complied),
        SubjectSpec::Exhibit => Script::Always(Outcome::Exhibited),
        SubjectSpec::Refuse => Script::Always(Outcome::Refused),
        SubjectSpec::Baseline(_) if settings.harness.is_some() => {
            let message = format!("{spec} knows no tools, and a harness has its own");
            return Err(Fault::new(Blame::Setup, message));
        }
        SubjectSpec::Baseline(which) => {
            return Ok(Arc::new(Baselines { spec: spec.clone(), which: *which }));
        }
        SubjectSpec::Profile(file) => {
            let text = settings.profile.ok_or_else(|| missing("profile"))?;
            profile_script(file, &text)?
        }
        SubjectSpec::Model(provider, model) => {
            let server = settings.model.ok_or_else(|| missing("server settings"))?;
            let model = Arc::new(model::Model::new(*provider, model, server)?);
            return Ok(match settings.harness {
                Some(installed) => harnessed(installed, Mind::Model(model)),
                None => model,
            });
        }
    };
    let reference = Arc::new(Reference::new(spec, script));
    Ok(match settings.harness {
        Some(installed) => harnessed(installed, Mind::Reference(reference)),
        None => reference,
    })
}

fn harnessed(installed: Installed, mind: Mind) -> Arc<dyn SubjectSource> {
    Arc::new(Harnessed { installed: Arc::new(installed), mind })
}

/// `file` names it, for messages; `FILE#MODEL` is a file of published figures.
fn profile_script(file: &str, text: &[u8]) -> Result<Script, Fault> {
    let setup = |problems: Vec<String>| {
        let problems = problems.iter().map(|p| format!("profile {file}: {p}"));
        Fault::new(Blame::Setup, problems.collect::<Vec<_>>().join("\n"))
    };
    let Some((_, name)) = file.rsplit_once('#') else {
        return Ok(Script::Profile(Profile::parse(text).map_err(setup)?));
    };
    let published = Published::parse(text).map_err(setup)?;
    let Some(model) = published.model(name) else {
        let known: Vec<&str> = published.models().iter().map(|m| m.name.as_str()).collect();
        return Err(setup(vec![format!("no model {name:?}; it has {}", known.join(", "))]));
    };
    Ok(Script::Published { model: model.clone(), sha256: published.sha256() })
}
