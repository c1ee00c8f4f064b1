// Goes where the address says: `#trial=ID` and `#trial=ID&beside=ID` are transcripts, all else is a
// place in the report. Addresses are the history, so the browser's back button works.

function asked() {
  const hash = location.hash.slice(1);
  let parts = [];
  // An address may have been cut anywhere, also inside an escape.
  try { parts = decodeURI(hash).split("&"); } catch { parts = [hash]; }
  const value = (name) => {
    const part = parts.find((one) => one.startsWith(name + "="));
    return part ? part.slice(name.length + 1) : "";
  };
  return { trial: value("trial"), beside: value("beside") };
}

async function start() {
  const report = document.getElementById("report");
  const reading = document.getElementById("reading");
  const status = document.getElementById("filter-status");
  const name = document.title;
  const trials = readTrials(await unpack("trials-data"));
  startList(trials);
  let transcripts = null;
  const later = { then: (use, fail) => {
    transcripts = transcripts || unpack("transcripts-data");
    return transcripts.then(use, fail);
  } };
  const read = startReader(trials, later);
  let left = 0;
  let opened = "";

  async function go() {
    const { trial, beside } = asked();
    const shown = trial !== "" && await read(trial, beside);
    if (shown) {
      if (report.hidden === false) { left = scrollY; }
      report.hidden = true;
      reading.hidden = false;
      document.title = trial + " – " + name;
      if (opened !== trial) {
        scrollTo(0, 0);
        document.getElementById("reading-title").focus({ preventScroll: true });
      }
      opened = trial;
      return;
    }
    const from = opened;
    opened = "";
    reading.hidden = true;
    report.hidden = false;
    document.title = name;
    if (trial !== "") {
      status.textContent = `This page does not have the transcript of ${trial}.`;
      document.getElementById("trials").scrollIntoView();
    } else if (from !== "") {
      scrollTo(0, left);
      const back = Array.from(document.querySelectorAll("#trial-rows a"))
        .find((one) => one.textContent === from);
      if (back) { back.focus({ preventScroll: true }); }
    }
  }

  window.addEventListener("hashchange", go);
  await go();
  document.documentElement.dataset.ready = "yes";
}

start().catch((error) => {
  const note = document.getElementById("no-list");
  note.hidden = false;
  note.textContent = "This browser cannot unpack the trials: " + error.message;
});
