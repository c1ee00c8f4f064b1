//! `kinship verify`: a bundle, offline, believing none of its numbers.

use crate::ambient;
use crate::error::{CliError, Exit};
use crate::execute::save;
use crate::progress::Progress;
use crate::source::{Source, page};
use crate::suite;
use record::event::Blame;
use record::result::RunResult;
use replay::verify::{Options, Replayed, VerifyError, verify};
use report::html::Checked;
use report::text::Style;
use sandbox::Sandbox;
use seal::key::PublicKey;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Verify a bundle by replay: no network, no trust.
#[derive(clap::Args)]
#[command(after_help = "Examples:\n  kinship verify runs/first/smoke.kinship\n  \
    kinship verify smoke.kinship --key lab.pub.pem --report verified.html\n\n\
    Exit code 0: everything holds. 1: the bundle is bad; trial, event and field are named.\n\
    Without --key the signature is checked against the bundle's own key: it proves that one key\n\
    signed all of it, and the key's id is printed for you to recognise.")]
pub(crate) struct Args {
    /// The bundle.
    #[arg(value_name = "BUNDLE")]
    bundle: PathBuf,
    /// The public key that must have signed.
    #[arg(long, value_name = "FILE")]
    key: Option<PathBuf>,
    /// Write a report of the verified numbers.
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
    /// Trials replayed at once [default: one a core].
    #[arg(long, value_name = "N")]
    threads: Option<usize>,
}

pub(crate) fn run(args: &Args, json: bool) -> Result<(), CliError> {
    let key = args.key.as_deref().map(PublicKey::load).transpose();
    let key = key.map_err(super::key::from_key)?;
    let threads = args.threads.unwrap_or_else(ambient::cores);
    let replayed = replayed(&args.bundle, &suite::sandbox(threads)?, key, threads, json)?;
    tell(&replayed, json);
    if let Some(path) = &args.report {
        let id = replayed.key().to_string();
        let checked = Checked::Replayed { key: Some(&id) };
        let html = page(&Source::open(&args.bundle)?, checked, None)?;
        save(path, html.as_bytes())?;
        if !json {
            ambient::out(&format!("report  {}", path.display()));
        }
    }
    Ok(())
}

/// Verifies with progress.
pub(crate) fn replayed(
    bundle: &Path,
    sandbox: &Sandbox,
    key: Option<PublicKey>,
    threads: usize,
    json: bool,
) -> Result<Replayed<RunResult>, CliError> {
    // The number of trials is not known before the bundle is read.
    let progress: Arc<std::sync::OnceLock<Progress>> = Arc::default();
    let shown = progress.clone();
    let options = Options {
        key,
        threads,
        progress: Some(Box::new(move |done, total| {
            let progress =
                shown.get_or_init(|| Progress::new("verify", "trials", total as u64, json));
            progress.at(done as u64, "replayed, rescored");
        })),
    };
    let replayed = verify(bundle, sandbox, &options);
    if let Some(progress) = progress.get() {
        progress.finish();
    }
    replayed.map_err(|error| refused(bundle, &error))
}

fn refused(bundle: &Path, error: &VerifyError) -> CliError {
    let exit = match error.kind() {
        Blame::Tampered | Blame::Plugin | Blame::Provider => Exit::Bad,
        Blame::Setup => Exit::Usage,
        Blame::Bug => Exit::Ours,
    };
    let what = if exit == Exit::Bad { "refused" } else { "not verified" };
    let message = format!("{}: {what}: {error}", bundle.display());
    CliError { exit, message, hint: None }
}

pub(crate) fn tell(replayed: &Replayed<RunResult>, json: bool) {
    let report = replayed.report();
    if json {
        let value = serde_json::json!({
            "verified": true,
            "result": replayed.payload(),
            "key": report.key,
            "key_given": report.key_given,
            "trials": report.trials,
            "events": report.events,
            "cells": report.cells,
            "plugins": report.plugins,
        });
        ambient::out(&value.to_string());
        return;
    }
    let style = if ambient::colour() { Style::Coloured } else { Style::Plain };
    ambient::out(&report::text::headline(replayed.value(), style));
    let signed = if report.key_given { "the key you gave" } else { "the bundle's own key" };
    let mut lines = vec![
        format!(
            "verified   {} trials replayed, rescored and recounted, byte for byte",
            report.trials
        ),
        format!(
            "           {} events, {} cells, {} plugins",
            report.events,
            report.cells,
            report.plugins.len()
        ),
        format!("signed by  {} ({signed})", report.key),
        format!("result     {}", replayed.payload()),
    ];
    for plugin in &report.plugins {
        lines.push(format!("plugin     {} {} {}", plugin.id, plugin.version, plugin.sha256));
    }
    lines.push("claimed    which model answered: replay does not prove it".to_owned());
    ambient::out(&lines.join("\n"));
}
