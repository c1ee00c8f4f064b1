// The list of trials: filters, order, and one page of rows at a time, so that ten thousand trials
// cost as much to draw as fifty.

const ROWS = 50;

function fits(trial, wanted) {
  if (wanted.scenario !== "" && trial.scenario !== wanted.scenario) { return false; }
  if (wanted.condition !== "" && trial.condition !== wanted.condition) { return false; }
  if (wanted.whole && trial.transcript < 0) { return false; }
  // One verdict must fit all that is asked of verdicts.
  const said = trial.verdicts.some((one) =>
    (wanted.behaviour < 0 || one.behaviour === wanted.behaviour) &&
    (wanted.outcome < 0 || one.outcome === wanted.outcome) &&
    (wanted.mark < 0 || (one.marks & (1 << wanted.mark)) !== 0));
  return said && wanted.words.every((word) => trial.words.includes(word));
}

// The verdicts that a row shows: those of the behaviour asked for; else the first, which is of what
// the scenario is for, and any other that found something.
function telling(trial, behaviour) {
  if (behaviour >= 0) { return trial.verdicts.filter((one) => one.behaviour === behaviour); }
  return trial.verdicts.filter((one, at) => at === 0 || one.outcome !== 0);
}

function ranking(column, behaviour) {
  const rank = {
    order: (trial) => trial.order,
    events: (trial) => trial.events,
    outcome: (trial) => telling(trial, behaviour)[0].outcome,
  };
  if (column === "trial") {
    return (a, b) => a.cell - b.cell || a.index - b.index;
  }
  return (a, b) => rank[column](a) - rank[column](b) || a.order - b.order;
}

function row(trial, trials, behaviour) {
  const name = [];
  trial.id.split(/(?<=[+/@])/).forEach((part) => name.push(part, element("wbr", "")));
  const head = element("th", "id");
  head.scope = "row";
  if (trial.transcript >= 0) {
    const open = link("", "#trial=" + encodeURI(trial.id));
    open.append(...name);
    head.append(open);
  } else {
    head.append(...name);
  }
  const said = telling(trial, behaviour);
  const lines = (text) => said.map((one) => element("div", "", ...text(one)));
  const outcomes = lines((one) => [badge(one.outcome)]);
  const sentences = lines((one) => {
    const marks = marksOf(one.marks).map((mark) => element("span", "mark-word", mark));
    const lead = one === trial.verdicts[0] && behaviour < 0 ? "" : trials.behaviours[one.behaviour];
    const name = lead === "" ? [] : [element("span", "soft", lead + ": ")];
    return [...name, one.summary, ...marks.flatMap((mark) => [" ", mark])];
  });
  return element("tr", "", head, element("td", "", ...outcomes), element("td", "", ...sentences),
    element("td", "n", String(trial.events)), element("td", "soft", trial.ending));
}

function startList(trials) {
  const form = document.getElementById("filter");
  const field = (name) => form.elements.namedItem(name);
  const status = document.getElementById("filter-status");
  const body = document.getElementById("trial-rows");
  const pager = document.getElementById("pager");
  const [first, back, where, on, last] = pager.children;
  const heads = Array.from(document.querySelectorAll("#list thead button"));
  let found = trials.all;
  let page = 0;
  let order = { column: "order", falling: false };

  function options(select, names) {
    names.forEach(([value, name]) => {
      const option = element("option", "", name);
      option.value = value;
      field(select).append(option);
    });
  }

  function wanted() {
    const number = (name) => (field(name).value === "" ? -1 : Number(field(name).value));
    return {
      behaviour: number("behaviour"),
      condition: field("condition").value,
      mark: number("mark"),
      outcome: number("outcome"),
      scenario: field("scenario").value,
      whole: field("whole").checked,
      words: field("words").value.toLowerCase().split(/\s+/).filter(Boolean),
    };
  }

  function draw(behaviour) {
    const pages = Math.max(1, Math.ceil(found.length / ROWS));
    page = Math.min(Math.max(page, 0), pages - 1);
    const from = page * ROWS;
    const rows = found.slice(from, from + ROWS);
    body.replaceChildren(...rows.map((trial) => row(trial, trials, behaviour)));
    where.textContent = rows.length === 0 ? "No trial fits." :
      `Trials ${count(from + 1)}–${count(from + rows.length)} of ${count(found.length)}`;
    first.disabled = back.disabled = page === 0;
    on.disabled = last.disabled = page === pages - 1;
  }

  function apply() {
    const asked = wanted();
    found = trials.all.filter((trial) => fits(trial, asked));
    const rank = ranking(order.column, asked.behaviour);
    found.sort(order.falling ? (a, b) => rank(b, a) : rank);
    page = 0;
    draw(asked.behaviour);
    const whole = found.filter((trial) => trial.transcript >= 0).length;
    status.textContent =
      `${count(found.length)} of ${count(trials.all.length)} trials fit; ${count(whole)} of them can be read whole.`;
  }

  function turn(to) {
    page = to;
    draw(wanted().behaviour);
    document.getElementById("list-region").scrollTop = 0;
  }

  function sort(button) {
    const column = button.dataset.column;
    const again = order.column === column;
    order = again && order.falling ? { column: "order", falling: false } :
      { column: column, falling: again };
    heads.forEach((head) => {
      const now = head.dataset.column === order.column;
      const word = order.falling ? "descending" : "ascending";
      if (now) { head.closest("th").setAttribute("aria-sort", word); }
      else { head.closest("th").removeAttribute("aria-sort"); }
    });
    apply();
  }

  const unique = (values) => Array.from(new Set(values), (value) => [value, value]);
  options("behaviour", trials.behaviours.map((name, at) => [String(at), name]));
  options("outcome", OUTCOMES.map((name, at) => [String(at), name]));
  options("mark", MARKS.map((name, at) => [String(at), name]));
  options("scenario", unique(trials.cells.map((cell) => cell[0])));
  options("condition", unique(trials.cells.map((cell) => cell[1])));
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(apply, 0));
  form.addEventListener("input", apply);
  heads.forEach((button) => button.addEventListener("click", () => sort(button)));
  first.addEventListener("click", () => turn(0));
  back.addEventListener("click", () => turn(page - 1));
  on.addEventListener("click", () => turn(page + 1));
  last.addEventListener("click", () => turn(Infinity));
  document.getElementById("list").hidden = false;
  apply();
}
