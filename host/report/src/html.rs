//! One HTML file that works from `file://`: no network, no outside file, complete without a
//! script. Its Content-Security-Policy allows one style sheet and one script, each by its digest,
//! and nothing else, so that a text which slips through escaping still cannot run.

mod view;

use crate::figure;
use crate::groups::groups;
use askama::Template;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use record::digest::Digest;
use record::event::Event;
use record::result::RunResult;
use record::verdict::TrialScore;
use thiserror::Error;
use view::{AgreementRow, GroupView, RunView, TranscriptView, TrialsView};

/// Most bytes of text of all transcripts of one page; a browser opens such a page in a second or
/// two. Transcripts beyond it are left out and named as such.
pub const TRANSCRIPTS_BYTES_MAX: usize = 8 << 20;

/// Most bytes of one stretch of text; the middle of a longer one is left out and said to be. Marks
/// cut a text into stretches, so evidence is always shown with what stands around it.
pub const STRETCH_BYTES_MAX: usize = 8 << 10;

/// What a page is made of.
#[derive(Clone, Copy, Debug)]
pub struct Page<'a> {
    /// The numbers.
    pub result: &'a RunResult,
    /// Every trial, in plan order.
    pub scores: &'a [TrialScore],
    /// The trials to show whole, the most telling first: see [`crate::choice::transcripts`].
    pub transcripts: &'a [(TrialScore, Vec<Event>)],
    /// What was checked of the result before it came here.
    pub checked: Checked<'a>,
}

/// What was checked of a result before the page was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Checked<'a> {
    /// Nothing: these are the run's own numbers.
    No,
    /// Every trial was replayed in the pinned plugins, rescored and recounted, and everything came
    /// out the same, byte for byte.
    Replayed {
        /// The id of the key whose signature over the result was checked, where there is one.
        key: Option<&'a str>,
    },
}

/// Why a page cannot be made. No input causes this; it is ours to mend.
#[derive(Debug, Error)]
pub enum PageError {
    /// The template failed.
    #[error("report page: {0}; please report this as a bug")]
    Template(#[from] askama::Error),
    /// The plot failed.
    #[error("report figure: {message}; please report this as a bug")]
    Figure {
        /// In the plotter's words.
        message: String,
    },
}

impl PageError {
    pub(crate) fn figure(message: &str) -> Self {
        Self::Figure { message: message.to_owned() }
    }
}

/// The page.
///
/// # Errors
/// When the template or the plot fails, which no input causes.
pub fn page(page: &Page<'_>) -> Result<String, PageError> {
    let mut groups_shown = Vec::new();
    for group in groups(page.result) {
        let figure = figure::forest(&group)?;
        groups_shown.push(GroupView::new(&group, figure));
    }
    let transcripts = view::transcripts(page.scores, page.transcripts);
    let template = ReportTemplate {
        style: STYLE,
        style_hash: hash(STYLE),
        script: SCRIPT,
        script_hash: hash(SCRIPT),
        run: RunView::new(page.result),
        checked: page.checked,
        groups: groups_shown,
        agreements: page.result.agreements.iter().map(AgreementRow::new).collect(),
        trials: TrialsView::new(page, &transcripts),
        left_out: page.transcripts.len() - transcripts.len(),
        transcripts,
    };
    Ok(template.render()?)
}

const STYLE: &str = include_str!("../templates/report.css");
const SCRIPT: &str = include_str!("../templates/report.js");

#[derive(Template)]
#[template(path = "report.html")]
struct ReportTemplate<'a> {
    style: &'static str,
    style_hash: String,
    script: &'static str,
    script_hash: String,
    run: RunView,
    checked: Checked<'a>,
    groups: Vec<GroupView>,
    agreements: Vec<AgreementRow>,
    trials: TrialsView,
    transcripts: Vec<TranscriptView>,
    left_out: usize,
}

/// A hash source of Content Security Policy level 3, section 2.3.1.
fn hash(text: &str) -> String {
    format!("sha256-{}", STANDARD.encode(Digest::of(text.as_bytes()).as_bytes()))
}
