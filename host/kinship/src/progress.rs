//! What a long command shows while it works: a bar on a terminal, a line now and then elsewhere,
//! JSON lines with `--json`. Time is read here and goes nowhere else.

use crate::ambient;
use crate::live::Look;
use indicatif::{HumanDuration, ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde_json::Value;
use std::io::IsTerminal;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use subject::model::{OnRetry, RetryNotice};

/// How often a line is written where no bar can be drawn.
const LINE_EVERY: Duration = Duration::from_secs(10);
/// How often `--json` tells how far a command is.
const JSON_EVERY: Duration = Duration::from_secs(1);

/// At most one retry is told in this time: a thousand trials that wait say the same, and the line
/// of progress counts them.
const RETRY_EVERY: Duration = Duration::from_secs(30);

/// Progress of one long piece of work that is counted.
pub(crate) struct Progress {
    what: &'static str,
    unit: &'static str,
    total: u64,
    start: Instant,
    already: Mutex<Option<u64>>,
    form: Form,
    last: Mutex<Instant>,
}

enum Form {
    Bar(ProgressBar),
    Lines,
    Json,
}

impl Progress {
    /// `what` is a verb (`run`), `unit` what is counted (`trials`).
    pub(crate) fn new(what: &'static str, unit: &'static str, total: u64, json: bool) -> Self {
        let form = if json {
            Form::Json
        } else if std::io::stderr().is_terminal() {
            let style = "{prefix} [{bar:20}] {pos}/{len}, {elapsed} gone, {eta} left; {wide_msg}";
            let bar =
                ProgressBar::with_draw_target(Some(total), ProgressDrawTarget::stderr_with_hz(8));
            // The template is a constant, tried by every run on a terminal.
            bar.set_style(
                ProgressStyle::with_template(style)
                    .unwrap_or(ProgressStyle::default_bar())
                    .progress_chars("=> "),
            );
            bar.set_prefix(what);
            Form::Bar(bar)
        } else {
            Form::Lines
        };
        let start = ambient::now();
        Self { what, unit, total, start, already: Mutex::new(None), form, last: Mutex::new(start) }
    }

    /// `done` of the total are done; `note` says what kinds.
    pub(crate) fn at(&self, done: u64, note: &str) {
        self.shown(done, note, || Value::Null);
    }

    /// A run is at that point.
    pub(crate) fn run_at(&self, look: &Look) {
        self.shown(look.at.done.into(), &look.line(), || look.json());
    }

    /// `more` is for machines alone, and made for them alone.
    fn shown(&self, done: u64, note: &str, more: impl FnOnce() -> Value) {
        let already = *self.already.lock().unwrap_or_else(|e| e.into_inner()).get_or_insert(done);
        match &self.form {
            Form::Bar(bar) => {
                if bar.position() == 0 && already > 0 {
                    // Trials that an earlier process finished say nothing about today's pace.
                    bar.set_position(already);
                    bar.reset_eta();
                }
                bar.set_position(done);
                bar.set_message(note.to_owned());
            }
            Form::Lines if self.due(LINE_EVERY) => {
                let left = self.left(done, already).map_or_else(String::new, |seconds| {
                    format!(", about {} left", duration(seconds))
                });
                let Self { what, unit, total, .. } = self;
                ambient::err(&format!("{what}: {done} of {total} {unit} ({note}){left}"));
            }
            Form::Json if self.due(JSON_EVERY) => {
                let mut value = serde_json::json!({
                    "progress": self.what, "done": done, "total": self.total, "unit": self.unit,
                    "note": note, "seconds_left": self.left(done, already),
                });
                if let (Value::Object(value), Value::Object(mut more)) = (&mut value, more()) {
                    value.append(&mut more);
                }
                ambient::out(&value.to_string());
            }
            Form::Lines | Form::Json => {}
        }
    }

    /// A line that must be seen: a retry, a warning.
    pub(crate) fn note(&self, text: &str) {
        match &self.form {
            Form::Bar(bar) => bar.println(text),
            Form::Lines => ambient::err(text),
            Form::Json => ambient::out(&serde_json::json!({ "note": text }).to_string()),
        }
    }

    /// The work is over; the bar goes.
    pub(crate) fn finish(&self) {
        if let Form::Bar(bar) = &self.form {
            bar.finish_and_clear();
        }
    }

    /// Seconds since the work began.
    pub(crate) fn seconds(&self) -> f64 {
        ambient::now().duration_since(self.start).as_secs_f64()
    }

    fn due(&self, every: Duration) -> bool {
        let now = ambient::now();
        let mut last = self.last.lock().unwrap_or_else(|e| e.into_inner());
        let due = now.duration_since(*last) >= every;
        if due {
            *last = now;
        }
        due
    }

    fn left(&self, done: u64, already: u64) -> Option<u64> {
        let left = self.total.saturating_sub(done);
        let seconds = seconds_left(self.seconds(), done.checked_sub(already)?, left)?;
        Some(seconds.round() as u64)
    }
}

/// Seconds that what is left takes at the pace so far; none before something is done.
pub(crate) fn seconds_left(seconds: f64, fresh: u64, left: u64) -> Option<f64> {
    (fresh > 0).then(|| seconds / fresh as f64 * left as f64)
}

/// Retries of a subject, shown where the progress of the moment is shown.
#[derive(Clone, Default)]
pub(crate) struct Notices(Arc<Mutex<Told>>);

#[derive(Default)]
struct Told {
    /// The last failure: one line, without a key.
    failure: Option<String>,
    last: Option<Instant>,
    progress: Option<Arc<Progress>>,
}

impl Notices {
    /// From now on retries are shown with this progress.
    pub(crate) fn attach(&self, progress: &Arc<Progress>) {
        self.0.lock().unwrap_or_else(|e| e.into_inner()).progress = Some(progress.clone());
    }

    /// Why the last try that failed did.
    pub(crate) fn last_failure(&self) -> Option<String> {
        self.0.lock().unwrap_or_else(|e| e.into_inner()).failure.clone()
    }

    /// What a subject is given to tell of its retries.
    pub(crate) fn sender(&self) -> OnRetry {
        let shared = self.clone();
        Arc::new(move |notice: &RetryNotice| {
            let mut told = shared.0.lock().unwrap_or_else(|e| e.into_inner());
            let RetryNotice { attempt, message, trial, wait } = notice;
            told.failure = Some(message.clone());
            let now = ambient::now();
            let due = told.last.is_none_or(|last| now.duration_since(last) >= RETRY_EVERY);
            if let Some(progress) = told.progress.clone().filter(|_| due) {
                told.last = Some(now);
                let wait = wait.as_secs_f64();
                let whose =
                    trial.as_ref().map_or("the judge".to_owned(), |trial| format!("trial {trial}"));
                progress.note(&format!(
                    "waiting: try {attempt} of {whose} failed ({message}); next in {wait:.1} s"
                ));
            }
        })
    }
}

/// Seconds as a person says them: `42 seconds`, `3 minutes`.
pub(crate) fn duration(seconds: u64) -> String {
    HumanDuration(Duration::from_secs(seconds)).to_string()
}
