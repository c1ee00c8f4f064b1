//! One HTML file that works from `file://`: no network, no outside file; numbers, plots and limits
//! stand in it without a script. The list of trials and the transcripts are packed data that its
//! script shows, as text and never as markup. Its Content-Security-Policy allows style sheets and
//! one script by their digests, and no text to become markup, so that one which slips through
//! escaping still cannot run.

mod headline;
mod packed;
mod pictures;
mod trials;
mod view;
mod whole;

use crate::groups::groups;
use crate::plot::{self, PlotError};
use askama::Template;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use headline::HeadlineView;
use pictures::Pictures;
use record::digest::Digest;
use record::event::Event;
use record::published::{Model, Published};
use record::result::RunResult;
use record::verdict::TrialScore;
use thiserror::Error;
use view::{AgreementRow, GroupView, RunView};

/// Most bytes of text of all transcripts of one page, each text counted once. Packed they take
/// a fifth of it or less. Transcripts beyond it are left out and said to be.
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
    /// The trials to show whole, the most telling first and each followed by what it is read
    /// beside: see [`crate::choice::transcripts`].
    pub transcripts: &'a [(TrialScore, Vec<Event>)],
    /// What was checked of the result before it came here.
    pub checked: Checked<'a>,
    /// Figures that a study published, to stand beside these.
    pub published: Option<Beside<'a>>,
}

/// Published figures of one model, or of every model when none is named.
pub type Beside<'a> = (&'a Published, Option<&'a Model>);

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
    /// Packing the data failed.
    #[error("report data: {0}; please report this as a bug")]
    Data(#[from] std::io::Error),
    /// A plot failed.
    #[error(transparent)]
    Plot(#[from] PlotError),
}

/// The page.
///
/// # Errors
/// When the template or the plot fails, which no input causes.
pub fn page(page: &Page<'_>) -> Result<String, PageError> {
    let style = format!("{STYLE}{}", plot::STYLE);
    let whole = whole::data(page.scores, page.transcripts);
    let template = ReportTemplate {
        style_hash: hash(&style),
        style,
        script: SCRIPT,
        script_hash: hash(SCRIPT),
        run: RunView::new(page.result),
        checked: page.checked,
        headline: HeadlineView::new(page.result, page.published),
        pictures: pictures::all(page.result, page.published.and_then(|(_, model)| model))?,
        groups: groups(page.result).iter().map(GroupView::new).collect(),
        agreements: page.result.agreements.iter().map(AgreementRow::new).collect(),
        trials: packed::pack(&trials::data(page.scores, &whole.shown))?,
        transcripts: packed::pack(&whole.data)?,
        count: page.scores.len(),
        shown: whole.shown.len(),
        left_out: page.transcripts.len() - whole.shown.len(),
    };
    Ok(template.render()?)
}

const STYLE: &str = include_str!("../templates/report.css");
const SCRIPT: &str = concat!(
    include_str!("../templates/page/data.js"),
    include_str!("../templates/page/list.js"),
    include_str!("../templates/page/reader.js"),
    include_str!("../templates/page/start.js"),
);

#[derive(Template)]
#[template(path = "report.html")]
struct ReportTemplate<'a> {
    style: String,
    style_hash: String,
    script: &'static str,
    script_hash: String,
    run: RunView,
    checked: Checked<'a>,
    headline: HeadlineView,
    pictures: Vec<Pictures>,
    groups: Vec<GroupView>,
    agreements: Vec<AgreementRow>,
    /// Packed; so `transcripts`.
    trials: String,
    transcripts: String,
    /// All trials.
    count: usize,
    /// Those with a transcript on the page.
    shown: usize,
    /// Transcripts that were chosen and did not fit.
    left_out: usize,
}

/// A hash source of Content Security Policy level 3, section 2.3.1.
fn hash(text: &str) -> String {
    format!("sha256-{}", STANDARD.encode(Digest::of(text.as_bytes()).as_bytes()))
}
