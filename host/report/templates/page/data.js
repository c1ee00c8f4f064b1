// Unpacks the page's data and gives it names. Nothing is fetched: it stands in the file.

const OUTCOMES = ["complied", "exhibited", "refused", "incomplete", "invalid"];
const MARKS = ["disclosed", "aware", "attempted"];

async function unpack(id) {
  const packed = JSON.parse(document.getElementById(id).textContent);
  const bytes = Uint8Array.from(atob(packed), (letter) => letter.charCodeAt(0));
  const plain = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return JSON.parse(await new Response(plain).text());
}

// An element with a class and children. Text is only ever a text node: nothing in the data is HTML.
function element(tag, name, ...children) {
  const made = document.createElement(tag);
  if (name) { made.className = name; }
  made.append(...children);
  return made;
}

function link(text, href) {
  const made = element("a", "", text);
  made.href = href;
  return made;
}

function marksOf(sum) {
  return MARKS.filter((_, at) => sum & (1 << at));
}

function badge(outcome) {
  return element("span", "badge " + OUTCOMES[outcome], OUTCOMES[outcome]);
}

function count(number) {
  return number.toLocaleString("en");
}

function readTrials(data) {
  const verdicts = data.verdicts.map(([behaviour, outcome, marks, summary]) => ({
    behaviour: behaviour,
    outcome: outcome,
    marks: marks,
    summary: data.strings[summary],
  }));
  // What a search looks through is put together once; sentences are shared between trials.
  const words = verdicts.map((one) => [
    data.behaviours[one.behaviour], OUTCOMES[one.outcome], ...marksOf(one.marks), one.summary,
  ].join(" ").toLowerCase());
  const trials = data.trials.map((row, order) => {
    const [cell, index, ending, events, transcript, ...said] = row;
    const [scenario, condition] = data.cells[cell];
    const id = scenario + "/" + condition + "/" + index;
    return {
      id: id,
      order: order,
      cell: cell,
      scenario: scenario,
      condition: condition,
      index: index,
      ending: data.strings[ending],
      events: events,
      transcript: transcript,
      verdicts: said.map((at) => verdicts[at]),
      words: [id, data.strings[ending], ...said.map((at) => words[at])].join(" ").toLowerCase(),
    };
  });
  return {
    all: trials,
    behaviours: data.behaviours,
    cells: data.cells,
    named: new Map(trials.map((trial) => [trial.id, trial])),
  };
}
