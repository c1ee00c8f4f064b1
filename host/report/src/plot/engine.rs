//! Vega-Lite in QuickJS: a specification in, an SVG element out. No clock, no file, no network and
//! no random number can be reached from inside; the same specification gives the same bytes.

use super::PlotError;
use rquickjs::context::EvalOptions;
use rquickjs::{CatchResultExt, CaughtError, Context, Ctx, Function, Promise, Runtime};
use serde_json::Value;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

/// What Vega needs around it with our door to it, then Vega and Vega-Lite: their own builds,
/// installed by `build.rs`.
const SOURCES: [(&str, &str); 3] = [
    ("draw.js", include_str!("../../plots/draw.js")),
    ("vega", include_str!(concat!(env!("OUT_DIR"), "/vega.min.js"))),
    ("vega-lite", include_str!(concat!(env!("OUT_DIR"), "/vega-lite.min.js"))),
];

/// A plot of 500 rows takes a tenth of it.
const MEMORY_BYTES_MAX: usize = 256 << 20;
/// Half of the stack that a thread of Rust's has.
const STACK_BYTES_MAX: usize = 1 << 20;
/// How often QuickJS may ask whether to go on, which it does every 10,000 steps, for one plot or
/// for loading: a bound that is the same on every machine, as no time is.
const ASKED_MAX: u32 = 200_000;

/// The plotting library, loaded once for all plots of a report: a tenth of a second.
pub struct Plotter {
    // Before its runtime: dropped in this order.
    context: Context,
    _runtime: Runtime,
    asked: Arc<AtomicU32>,
}

impl Plotter {
    /// Loads the library.
    ///
    /// # Errors
    /// When the library does not load, which no input causes.
    pub fn new() -> Result<Self, PlotError> {
        let engine = |error: rquickjs::Error| PlotError::new("engine", &error);
        let runtime = Runtime::new().map_err(engine)?;
        runtime.set_memory_limit(MEMORY_BYTES_MAX);
        runtime.set_max_stack_size(STACK_BYTES_MAX);
        let asked = Arc::new(AtomicU32::new(0));
        let count = Arc::clone(&asked);
        runtime.set_interrupt_handler(Some(Box::new(move || {
            count.fetch_add(1, Ordering::Relaxed) > ASKED_MAX
        })));
        let context = Context::full(&runtime).map_err(engine)?;
        context.with(|ctx| {
            SOURCES.iter().try_for_each(|(name, source)| {
                // Vega's builds are written for scripts that are not strict.
                let mut options = EvalOptions::default();
                options.strict = false;
                let loaded = ctx.eval_with_options::<(), _>(*source, options);
                loaded.catch(&ctx).map_err(|error| told(name, &error))
            })
        })?;
        Ok(Self { context, _runtime: runtime, asked })
    }

    /// The SVG element of a Vega-Lite specification.
    pub(super) fn svg(&self, name: &str, specification: &Value) -> Result<String, PlotError> {
        self.asked.store(0, Ordering::Relaxed);
        let text = specification.to_string();
        self.context.with(|ctx| draw(&ctx, &text).map_err(|error| told(name, &error)))
    }
}

fn draw<'js>(ctx: &Ctx<'js>, specification: &str) -> Result<String, CaughtError<'js>> {
    let draw: Function<'js> = ctx.globals().get("draw").catch(ctx)?;
    let promise: Promise<'js> = draw.call((specification,)).catch(ctx)?;
    // Runs the queue of jobs until the promise is kept.
    promise.finish().catch(ctx)
}

fn told(name: &str, error: &CaughtError<'_>) -> PlotError {
    PlotError::new(name, error)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_specification_gives_the_same_bytes_twice_and_from_a_second_engine() {
        let specification = json!({
            "data": { "values": [{ "a": "x", "b": 1.5 }, { "a": "y", "b": 7.25 }] },
            "mark": "bar",
            "encoding": {
                "x": { "field": "b", "type": "quantitative" },
                "y": { "field": "a", "type": "nominal" },
            },
        });
        let plotter = Plotter::new().unwrap();
        let first = plotter.svg("p", &specification).unwrap();
        assert!(first.starts_with("<svg ") && first.contains("h181.25v"), "{first}");
        assert_eq!(plotter.svg("p", &specification).unwrap(), first);
        assert_eq!(Plotter::new().unwrap().svg("p", &specification).unwrap(), first);
    }

    #[test]
    fn a_doubtful_specification_is_refused_and_the_engine_lives_on() {
        let plotter = Plotter::new().unwrap();
        let doubtful = json!({
            "data": { "values": [{ "a": "x" }] },
            "mark": "rect",
            "encoding": { "strokeDash": { "field": "a", "type": "nominal" } },
        });
        let error = plotter.svg("p", &doubtful).unwrap_err().to_string();
        assert!(
            error.starts_with("report plot p: ") && error.contains("strokeDash dropped"),
            "{error}"
        );
        let sound = json!({ "data": { "values": [{}] }, "mark": "point" });
        assert!(plotter.svg("p", &sound).unwrap().contains("mark-symbol"));
    }

    #[test]
    fn what_does_not_end_is_stopped() {
        let plotter = Plotter::new().unwrap();
        let endless = json!({
            "data": { "sequence": { "start": 0, "stop": 5e7 } }, "mark": "point",
        });
        let error = plotter.svg("p", &endless).unwrap_err().to_string();
        assert!(error.contains("interrupted") || error.contains("out of memory"), "{error}");
    }
}
