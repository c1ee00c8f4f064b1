//! Writes a page with a plot of each kind and those of a made-up run, to look at:
//! `cargo run -p report --example plots > plots.html`; the time of each goes to stderr.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "its output is the page")]
#![allow(clippy::disallowed_methods, reason = "a person wants to know how long it takes")]

#[path = "../tests/it/pictures.rs"]
#[allow(dead_code, reason = "the tests use the rest")]
mod pictures;
#[path = "../tests/it/sample.rs"]
#[allow(dead_code, reason = "the tests use the rest")]
mod sample;

use report::plot::{PlotError, Plotter, STYLE, run};
use std::time::Instant;

/// The colours that a page of Kinship's has, and no more.
const PAGE: &str = "<!doctype html><html lang='en'><meta charset='utf-8'>\
    <meta name='viewport' content='width=device-width'><title>Plots</title><style>\
    :root { color-scheme: light dark; --ink: #1b2430; --soft: #4d5968; --page: #ffffff; \
    --line: #d3d9e0; --accent: #0a50b5; } @media (prefers-color-scheme: dark) { :root { \
    --ink: #e4e8ee; --soft: #a9b4c2; --page: #12171e; --line: #364150; --accent: #7db0ff; } } \
    body { margin: 0 auto; max-width: 72rem; padding: 0.6rem 0.8rem; background: var(--page); \
    color: var(--ink); font: 1rem/1.5 system-ui, sans-serif; }";

fn main() -> Result<(), PlotError> {
    let start = Instant::now();
    let plotter = Plotter::new()?;
    let loaded = start.elapsed();
    let mut plots = pictures::all(&plotter)?;
    let result = sample::result(&sample::scores(20));
    let runs = run::behaviours(&plotter, &result, None)?;
    plots.extend(runs.iter().flat_map(run::BehaviourPlots::all).cloned());
    let drawn = start.elapsed() - loaded;
    eprintln!("loaded in {loaded:?}; {} plots in two widths each in {drawn:?}", plots.len());
    println!("{PAGE}{STYLE}</style>");
    for plot in plots {
        let (name, title) = (&plot.name, &plot.title);
        eprintln!("{name}: {} and {} bytes", plot.wide.len(), plot.narrow.len());
        println!("<h2>{title}</h2><figure class='plot'>{}{}</figure>", plot.wide, plot.narrow);
    }
    Ok(())
}
