// One trial, whole, beside another of the same world.

const EVENT_WORDS = {
  opened: "the trial opens", briefed: "the task", replied: "the agent replies",
  stepped: "the world answers", executed: "the agent’s shell runs", wrote: "the agent writes",
  removed: "the agent removes", judged: "a judge answers", ended: "the end",
};
const PREVIEW = 90;

// Where evidence leads: unique on the page, for two columns may have notes of one number.
function place(side, kind, number) {
  return side + "-" + kind + "-" + number;
}

function jump(text, label, target) {
  const made = element("button", "ref", text);
  made.type = "button";
  made.setAttribute("aria-label", label);
  made.addEventListener("click", () => {
    const there = document.getElementById(target);
    for (let at = there; at; at = at.parentElement) {
      if (at.tagName === "DETAILS") { at.open = true; }
    }
    there.scrollIntoView({ block: "center" });
    there.focus({ preventScroll: true });
  });
  return made;
}

function stretch(one, strings, side, seen) {
  const [text, notes, cut, rest] = typeof one === "number" ? [one, [], 0, 0] : one;
  const inside = [strings[text]];
  if (cut > 0) {
    inside.push(element("span", "cut", `[${count(cut)} bytes left out here]`), strings[rest]);
  }
  if (notes.length === 0) { return inside; }
  const marked = element("mark", "", ...inside);
  const behind = notes.map((number) => {
    const back = jump(`[${number}]`, "evidence " + number, place(side, "note", number));
    // The first stretch of a note is where its link leads.
    if (!seen.has(number)) { seen.add(number); back.id = place(side, "at", number); }
    return back;
  });
  return [marked, ...behind];
}

function part([label, role, folded, stretches], strings, side, seen) {
  const name = strings[label];
  const kind = strings[role];
  const marked = stretches.some((one) => typeof one !== "number" && one[1].length > 0);
  const text = element("pre", "", ...stretches.flatMap((one) => stretch(one, strings, side, seen)));
  if (!folded && kind !== "host") {
    return element("div", "part " + kind, element("p", "part-label", name), text);
  }
  const first = strings[typeof stretches[0] === "number" ? stretches[0] : stretches[0][0]];
  const line = first.replace(/\s+/g, " ").trim();
  const short = line.length > PREVIEW ? line.slice(0, PREVIEW) + "…" : line;
  const summary = element("summary", "", element("span", "part-label", name), " ",
    element("span", "preview", short === "" ? "(empty)" : short));
  const made = element("details", "part " + kind, summary, text);
  made.open = marked;
  return made;
}

function verdictItem(strings, [behaviour, outcome, marks, summary, scorer, measures]) {
  const made = element("li", "", badge(outcome), " ", element("strong", "", strings[behaviour]));
  marksOf(marks).forEach((mark) => made.append(" ", element("span", "mark-word", mark)));
  made.append(element("br", ""), strings[summary], " ",
    element("span", "soft", `By ${strings[scorer]}.`));
  if (measures.length > 0) {
    made.append(element("br", ""),
      element("span", "soft measures", measures.map((at) => strings[at]).join(" · ")));
  }
  return made;
}

function noteItem(strings, side, [number, behaviour, where, note, found]) {
  const made = element("li", "");
  made.id = place(side, "note", number);
  made.tabIndex = -1;
  made.append(found ? jump(`[${number}]`, `show evidence ${number}`, place(side, "at", number)) :
    element("span", "missing", `[${number}] Not found in this log.`));
  made.append(" " + strings[note] + " ",
    element("span", "soft", `(${strings[behaviour]}; ${strings[where]})`));
  return made;
}

function column(trial, data, side) {
  const { strings, transcripts } = data;
  const one = transcripts[trial.transcript];
  const title = element("h2", "id", trial.id);
  title.id = side + "-title";
  const made = element("article", "transcript", title);
  made.setAttribute("aria-labelledby", title.id);
  made.append(element("ul", "verdicts", ...one.verdicts.map((v) => verdictItem(strings, v))));
  if (one.notes.length > 0) {
    const notes = element("ol", "notes", ...one.notes.map((note) => noteItem(strings, side, note)));
    if (one.more > 0) { notes.append(element("li", "soft", `and ${count(one.more)} more, not shown`)); }
    made.append(element("h3", "", "Evidence"), notes);
  }
  const seen = new Set();
  one.events.forEach(([kind, parts], number) => {
    const word = strings[kind];
    const head = element("h3", "", element("span", "number", String(number)), " ",
      EVENT_WORDS[word] || word, " ", element("span", "kind", word));
    made.append(element("section", "event " + word, head,
      ...parts.map((one) => part(one, strings, side, seen))));
  });
  made.append(element("p", "soft", `Ended: ${strings[one.ending]}. Event log `,
    element("span", "id", strings[one.log])));
  return made;
}

// Others of the same scenario and seed that are on the page: the control first.
function others(trial, trials) {
  const same = trials.all.filter((one) => one !== trial && one.transcript >= 0 &&
    one.scenario === trial.scenario && one.index === trial.index);
  const eyes = trial.condition.split("@")[1] || "";
  const near = (one) => {
    const [arm, other] = one.condition.split("@");
    const watched = eyes === "unmonitored" && one.condition === trial.condition.replace("@un", "@");
    if (watched) { return 0; }
    return (arm === "control" ? 1 : 2) + ((other || "") === eyes ? 0 : 2);
  };
  const told = (one) => (one.verdicts.some((verdict) => verdict.outcome === 1) ? 0 : 1);
  return same.sort((a, b) => near(a) - near(b) || told(a) - told(b) || a.order - b.order);
}

function startReader(trials, transcripts) {
  const title = document.getElementById("reading-title");
  const columns = document.getElementById("columns");
  const beside = document.getElementById("beside");
  let data = null;

  let current = "";

  beside.addEventListener("change", () => {
    location.hash = encodeURI("trial=" + current + "&beside=" + beside.value);
  });

  return async function read(id, other) {
    data = data || await transcripts;
    const trial = trials.named.get(id);
    if (!trial || trial.transcript < 0) { return false; }
    const choices = others(trial, trials);
    const partner = other === "nothing" ? null : choices.find((one) => one.id === other) || choices[0];
    const option = (value, text) => {
      const made = element("option", "", text);
      made.value = value;
      return made;
    };
    beside.replaceChildren(option("nothing", "nothing"),
      ...choices.map((one) => option(one.id, one.condition)));
    beside.value = partner ? partner.id : "nothing";
    current = id;
    title.textContent = "Trial " + id;
    columns.className = partner ? "two" : "one";
    columns.replaceChildren(column(trial, data, "left"));
    if (partner) { columns.append(column(partner, data, "right")); }
    return true;
  };
}
