// The least that Vega expects to find around it, and the one door that Rust calls.
"use strict";

// A specification that Vega-Lite has to guess about is a mistake of ours: say so, draw nothing.
const strict = {
  level() { return this; },
  error(...words) { throw new Error(words.join(" ")); },
  warn(...words) { throw new Error(words.join(" ")); },
  info() { return this; },
  debug() { return this; },
};

globalThis.console = { error: strict.error, warn: strict.warn, info() {}, log() {}, debug() {} };
// Vega-Lite clones parts of specifications, which are plain JSON.
globalThis.structuredClone ??= (value) =>
  value === undefined ? undefined : JSON.parse(JSON.stringify(value));

/** A Vega-Lite specification as JSON text; resolves to the text of an SVG element. */
globalThis.draw = (specification) => {
  const { spec } = vegaLite.compile(JSON.parse(specification), { logger: strict });
  const view = new vega.View(vega.parse(spec), { renderer: "none", logger: strict });
  return view.toSVG().finally(() => view.finalize());
};
