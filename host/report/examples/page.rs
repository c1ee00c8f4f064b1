//! Writes the page of a made-up run, to look at: `cargo run -p report --example page > page.html`;
//! a number after `--` sets the trials of each cell.
#![allow(clippy::print_stdout, reason = "its output is the page")]

#[path = "../tests/it/sample.rs"]
#[allow(dead_code, reason = "the tests use the rest")]
mod sample;

use report::choice;
use report::html::{Checked, Page, page};

fn main() -> Result<(), report::html::PageError> {
    let trials = std::env::args().nth(1).and_then(|text| text.parse().ok()).unwrap_or(20);
    let scores = sample::scores(trials);
    let result = sample::result(&scores);
    let chosen = choice::transcripts(&scores).into_iter().map(|at| scores[at].clone());
    let transcripts: Vec<_> = chosen.map(|score| (score.clone(), sample::events(&score))).collect();
    let checked = Checked::Replayed { key: None };
    let page = page(&Page {
        result: &result,
        scores: &scores,
        transcripts: &transcripts,
        checked,
        published: None,
    })?;
    println!("{page}");
    Ok(())
}
