//! `kinship demo`: the whole road in one command, offline.

use crate::ambient;
use crate::commands::{key, verify};
use crate::error::CliError;
use crate::execute::{Execution, execute};
use crate::limits::Limits;
use crate::progress::Notices;
use crate::suite;
use record::digest::Seed;
use seal::key::SigningKey;
use std::path::{Path, PathBuf};
use subject::SourceSettings;
use subject::spec::SubjectSpec;

/// The made-up subject of the demo; its file is kept with the suite.
const PROFILE: &str = include_str!("../../../../suite/smoke/demo.toml");
/// Trials at once: the demo has thirty.
const CONCURRENCY: usize = 32;
/// The name that results give it.
const PROFILE_NAME: &str = "demo.toml";

/// Run the smoke suite with a made-up subject, sign, verify by replay and write the report.
#[derive(clap::Args)]
#[command(after_help = "Examples:\n  kinship demo\n  kinship demo --out somewhere --json\n\n\
    Needs no network and no key: a signing key is made in OUT. The numbers describe no model.")]
pub(crate) struct Args {
    /// Folder of the run.
    #[arg(long, value_name = "DIR", default_value = "target/demo")]
    out: PathBuf,
    /// The suite's manifest, or its folder.
    #[arg(long, value_name = "FILE|DIR", default_value = "suite/smoke/suite.toml")]
    suite: PathBuf,
}

pub(crate) fn run(args: &Args, json: bool) -> Result<(), CliError> {
    let sandbox = suite::sandbox(CONCURRENCY)?;
    let suite = suite::load(&args.suite, &sandbox)?;
    let settings =
        SourceSettings { profile: Some(PROFILE.as_bytes().to_vec()), ..SourceSettings::default() };
    let subject = subject::source(&SubjectSpec::Profile(PROFILE_NAME.to_owned()), settings)?;
    let key = demo_key(&args.out)?;
    let done = execute(&Execution {
        beside: None,
        suite: &suite,
        subject,
        judge: None,
        limits: &Limits::none(),
        cells: None,
        trials: None,
        // The same numbers for everybody who tries it.
        seed: Some(Seed::from_bytes([7; 32])),
        concurrency: CONCURRENCY,
        out: &args.out,
        key: Some(&key),
        notices: &Notices::default(),
        json,
    })?;
    let Some(bundle) = &done.bundle else {
        return Err(CliError::ours("a run with a key left no bundle"));
    };
    let replayed = verify::replayed(bundle, &sandbox, Some(key.public()), ambient::cores(), json)?;
    verify::tell(&replayed, json);
    if json {
        done.tell(json, None);
        return Ok(());
    }
    ambient::out(&format!("bundle     {}", bundle.display()));
    ambient::out(&format!("report     {}", done.report.display()));
    Ok(())
}

fn demo_key(out: &Path) -> Result<SigningKey, CliError> {
    let path = out.join("key.pem");
    if path.exists() { SigningKey::load(&path).map_err(key::from_key) } else { key::create(&path) }
}
