//! `kinship plugin labelled`: how well a suite's scorers do on trials that were labelled by hand.

use crate::ambient;
use crate::commands::plugin::scenario_of;
use crate::error::CliError;
use crate::progress::Progress;
use crate::suite::{self, LoadedSuite, read_limited};
use record::id::Behaviour;
use record::labelled::{Case, LABELLED_BYTES_MAX, LabelledFile};
use record::verdict::{Mark, TrialScore};
use report::text::Style;
use std::path::{Path, PathBuf};
use trial::labelled::{Read, read};

/// How well scorers do on labelled trials.
#[derive(clap::Args)]
#[command(after_help = "Examples:\n  \
    kinship plugin labelled --suite suite/peer-preservation suite/golden/labelled\n  \
    kinship plugin labelled --suite suite/peer-preservation exfiltration.toml --show sends-it-home\n\n\
    Ends with 1 when a scorer says otherwise than a label whose case has no `known-error`, or when\n\
    it is right where one is stated.")]
pub(crate) struct Args {
    /// Files of labelled trials, or folders that hold them.
    #[arg(value_name = "FILE|DIR", required = true)]
    files: Vec<PathBuf>,
    /// The suite whose scenarios and scorers are asked.
    #[arg(long, value_name = "FILE|DIR")]
    suite: PathBuf,
    /// Show the whole trial of this case, with the scorer's evidence.
    #[arg(long, value_name = "CASE")]
    show: Option<String>,
}

/// What came of one file.
#[derive(Default)]
struct Account {
    cases: usize,
    agreed: usize,
    /// Label and finding differ, and the file says so.
    known: Vec<String>,
    /// Label and finding differ, or agree where the file says otherwise.
    unknown: Vec<String>,
}

pub(crate) fn run(args: &Args, json: bool) -> Result<(), CliError> {
    let sandbox = suite::sandbox(1)?;
    let suite = suite::load(&args.suite, &sandbox)?;
    let mut files = Vec::new();
    for path in toml_files(&args.files)? {
        let text = read_limited(&path, LABELLED_BYTES_MAX)?;
        let file = LabelledFile::parse(&text).map_err(|problems| {
            CliError::bad(format!("{}: {}", path.display(), problems.join("\n")))
        })?;
        files.push((path, file));
    }
    if let Some(name) = &args.show {
        return show(name, &files, &suite, json);
    }
    let cases = files.iter().map(|(_, file)| file.case.len()).sum::<usize>();
    let progress = Progress::new("labelled", "trials", cases as u64, json);
    let (mut rows, mut wrong, mut done) = (Vec::new(), Vec::new(), 0);
    for (path, file) in &files {
        let mut account = Account::default();
        for case in &file.case {
            let found = judge(path, &file.behaviour, case, &suite)?;
            account.add(case, &found);
            if json {
                ambient::out(&line(&file.behaviour, case, &found));
            }
            done += 1;
            progress.at(done, "trials played and scored");
        }
        rows.push(account.row(path, &file.behaviour));
        wrong.extend(account.unknown.iter().map(|text| format!("{}: {text}", path.display())));
        if !json {
            account.known.iter().for_each(|text| ambient::out(&format!("known error: {text}")));
        }
    }
    progress.finish();
    if !json {
        let head = ["behaviour", "file", "trials", "right", "known errors", "accuracy"];
        ambient::out(&report::text::table(&head, &rows));
    }
    if wrong.is_empty() {
        return Ok(());
    }
    Err(CliError::bad(wrong.join("\n"))
        .hint("look with --show CASE; mend the scorer or the label, or state `known-error`"))
}

impl Account {
    fn add(&mut self, case: &Case, found: &Read) {
        self.cases += 1;
        let agrees = found.agrees(case);
        self.agreed += usize::from(agrees);
        match (&case.known_error, agrees) {
            (None, true) => {}
            (Some(why), false) => self.known.push(format!("{}; {why}", told(case, found))),
            (None, false) => self.unknown.push(told(case, found)),
            (Some(_), true) => self
                .unknown
                .push(format!("case {}: scored as labelled: remove its `known-error`", case.name)),
        }
    }

    fn row(&self, path: &Path, behaviour: &Behaviour) -> Vec<String> {
        // In tenths of a per cent, rounded down: counts divide the same everywhere.
        let share = (self.agreed * 1000).checked_div(self.cases).unwrap_or_default();
        vec![
            behaviour.to_string(),
            path.file_name().unwrap_or_default().to_string_lossy().into_owned(),
            self.cases.to_string(),
            self.agreed.to_string(),
            self.known.len().to_string(),
            format!("{}.{} %", share / 10, share % 10),
        ]
    }
}

fn told(case: &Case, found: &Read) -> String {
    let words = |marks: &std::collections::BTreeSet<Mark>| {
        let words: Vec<String> = marks.iter().map(|mark| format!(" + {}", mark.as_str())).collect();
        words.concat()
    };
    format!(
        "case {}: labelled {}{}, scored as {}{}: {}",
        case.name,
        case.expected.as_str(),
        words(&case.marks),
        found.outcome().as_str(),
        words(&found.marks()),
        found.verdict.summary
    )
}

fn line(behaviour: &Behaviour, case: &Case, found: &Read) -> String {
    serde_json::json!({
        "behaviour": behaviour, "case": case.name, "cell": case.cell, "expected": case.expected,
        "marks": case.marks, "known_error": case.known_error, "agrees": found.agrees(case),
        "verdict": found.verdict,
    })
    .to_string()
}

fn judge(
    path: &Path,
    behaviour: &Behaviour,
    case: &Case,
    suite: &LoadedSuite,
) -> Result<Read, CliError> {
    let at = |error: CliError| CliError {
        message: format!("{}: case {}: {}", path.display(), case.name, error.message),
        ..error
    };
    let scenario = scenario_of(suite, &case.cell).map_err(at)?;
    let read = read(case, behaviour, scenario.as_ref(), &suite.plugins.scorers);
    read.map_err(|fault| at(fault.into()))?.ok_or_else(|| {
        at(CliError::bad(format!("no scorer of the suite judges {behaviour} in it")))
    })
}

fn show(
    name: &str,
    files: &[(PathBuf, LabelledFile)],
    suite: &LoadedSuite,
    json: bool,
) -> Result<(), CliError> {
    let all = files.iter().flat_map(|(path, file)| file.case.iter().map(move |c| (path, file, c)));
    let found = all.into_iter().find(|(.., case)| case.name == name);
    let (path, file, case) = found.ok_or_else(|| {
        CliError::usage(format!("no case {name} in these files"))
            .hint("`grep -h '^name' FILE` lists them")
    })?;
    let read = judge(path, &file.behaviour, case, suite)?;
    if json {
        let value = serde_json::json!({ "events": read.events, "verdict": read.verdict });
        ambient::out(&value.to_string());
        return Ok(());
    }
    let trial = match read.events.first() {
        Some(record::event::Event::Opened(opened)) => opened.trial.clone(),
        _ => return Err(CliError::bad(format!("case {name}: its log has no opening"))),
    };
    let score = TrialScore {
        ending: record::event::Ending::Finished,
        events: u32::try_from(read.events.len()).unwrap_or(u32::MAX),
        log: record::digest::Digest::of(&[]),
        scores: vec![record::verdict::Scored { scorer: None, verdict: read.verdict }],
        trial,
    };
    let style = if ambient::colour() { Style::Coloured } else { Style::Plain };
    ambient::out(&report::text::transcript(&score, &read.events, style));
    ambient::out(&format!("label: {}: {}", case.expected.as_str(), case.why));
    Ok(())
}

/// The files named, and every `.toml` in the folders named, in name order.
fn toml_files(paths: &[PathBuf]) -> Result<Vec<PathBuf>, CliError> {
    let mut files = Vec::new();
    for path in paths {
        if path.is_dir() {
            files.extend(super::files_of(path, "toml")?);
        } else {
            files.push(path.clone());
        }
    }
    Ok(files)
}
