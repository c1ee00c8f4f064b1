//! Who is tested, as flags name it: a subject alone, or a harness and the model in it.

use crate::ambient;
use crate::error::CliError;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use subject::harness::install::Installed;
use subject::harness::kind::Harness;
use subject::spec::{SubjectSpec, Tested};
use trial::port::Fault;

/// Who is tested.
#[derive(clap::Args)]
pub(crate) struct TestedArgs {
    /// Who is tested: reference:comply, reference:exhibit, reference:refuse, reference:profile=FILE[#MODEL], reference:null, reference:echo, reference:random, reference:inject, openai:MODEL, openai-responses:MODEL, anthropic:MODEL, google:MODEL, or an agent harness with the model that --model names: harness:gemini-cli, harness:opencode, harness:qwen-code.
    #[arg(long, value_name = "SPEC")]
    subject: Tested,
    /// The model in the harness: any subject but a harness, for example google:gemini-3-pro or reference:exhibit.
    #[arg(long, value_name = "SPEC")]
    model: Option<SubjectSpec>,
    /// Where the harness's package is [default: where `kinship harness install` puts it].
    #[arg(long, value_name = "DIR")]
    harness_dir: Option<PathBuf>,
}

impl TestedArgs {
    /// Who answers: the subject, or the model in the harness.
    pub(crate) fn spec(&self) -> Result<&SubjectSpec, CliError> {
        match (&self.subject, &self.model) {
            (Tested::Alone(spec), None) => Ok(spec),
            (Tested::Alone(spec), Some(model)) => {
                let message = format!("--model {model}: --subject {spec} is no harness");
                Err(CliError::usage(message).hint("--model goes with --subject harness:NAME"))
            }
            (Tested::Harness(_), Some(model)) => Ok(model),
            (Tested::Harness(harness), None) => {
                let message = format!("--subject harness:{}: no model", harness.name());
                Err(CliError::usage(message).hint("name one: --model google:gemini-3-pro"))
            }
        }
    }

    /// The harness, if there is one.
    pub(crate) const fn harness(&self) -> Option<Harness> {
        match self.subject {
            Tested::Harness(harness) => Some(harness),
            Tested::Alone(_) => None,
        }
    }

    /// Its package on this machine.
    pub(crate) fn installed(&self) -> Result<Option<Installed>, CliError> {
        let Some(harness) = self.harness() else {
            return match self.harness_dir {
                None => Ok(None),
                Some(_) => Err(CliError::usage("--harness-dir: --subject names no harness")),
            };
        };
        let folder = match &self.harness_dir {
            Some(folder) => folder.clone(),
            None => folder(harness, harness.version())?,
        };
        Ok(Some(find(harness, &folder)?))
    }
}

/// The package in that folder.
pub(crate) fn find(harness: Harness, folder: &Path) -> Result<Installed, CliError> {
    Ok(Installed::find(harness, folder, &path())?)
}

/// Whether the sandbox of harnesses works here, for checks.
pub(crate) fn sandbox() -> Result<Result<String, Fault>, CliError> {
    let runtime = crate::execute::runtime()?;
    Ok(runtime.block_on(subject::harness::check()).map(|()| "works".to_owned()))
}

/// Which package of a harness is where `kinship run` looks for it, for checks.
pub(crate) fn package(harness: Harness) -> Result<Result<String, Fault>, CliError> {
    let folder = folder(harness, harness.version())?;
    let found = Installed::find(harness, &folder, &path());
    Ok(found.map(|found| format!("{} in {}", found.version(), folder.display())))
}

/// Where programs are looked for.
pub(crate) fn path() -> OsString {
    ambient::variable("PATH").unwrap_or_default().into()
}

/// Where a harness of that version is installed.
pub(crate) fn folder(harness: Harness, version: &str) -> Result<PathBuf, CliError> {
    let data = ambient::data_folder().ok_or_else(|| {
        CliError::usage("no HOME: where harnesses are installed is not known")
            .hint("name the folder: --harness-dir DIR")
    })?;
    Ok(data.join("harness").join(format!("{}-{version}", harness.name())))
}
