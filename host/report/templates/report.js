// Filters the list of trials. Without this script the list is complete and unfiltered.
"use strict";
(function () {
  const form = document.getElementById("filter");
  const words = document.getElementById("filter-words");
  const outcome = document.getElementById("filter-outcome");
  const status = document.getElementById("filter-status");
  const groups = Array.from(document.querySelectorAll("details.cell"), function (group) {
    const name = group.querySelector("summary").textContent.toLowerCase();
    const rows = Array.from(group.querySelectorAll("tr[data-outcomes]"), function (row) {
      return {
        row: row,
        outcomes: row.dataset.outcomes.split(" "),
        text: name + " " + row.textContent.toLowerCase(),
      };
    });
    return { group: group, rows: rows };
  });
  let timer = 0;

  function apply() {
    const wanted = words.value.toLowerCase().split(/\s+/).filter(Boolean);
    const kind = outcome.value;
    const active = kind !== "" || wanted.length > 0;
    let shown = 0;
    let all = 0;
    groups.forEach(function (entry) {
      let here = 0;
      entry.rows.forEach(function (one) {
        const fits =
          (kind === "" || one.outcomes.includes(kind)) &&
          wanted.every(function (word) { return one.text.includes(word); });
        one.row.hidden = !fits;
        here += fits ? 1 : 0;
      });
      entry.group.hidden = here === 0;
      entry.group.open = active && here > 0;
      shown += here;
      all += entry.rows.length;
    });
    status.textContent = active ? shown + " of " + all + " trials" : all + " trials";
  }

  function soon() {
    clearTimeout(timer);
    timer = setTimeout(apply, 150);
  }

  form.hidden = false;
  apply();
  form.addEventListener("submit", function (event) { event.preventDefault(); apply(); });
  form.addEventListener("reset", function () { setTimeout(apply, 0); });
  words.addEventListener("input", soon);
  outcome.addEventListener("change", apply);

  // A link to a transcript opens it.
  function reveal() {
    const target = document.getElementById(location.hash.slice(1));
    for (let at = target; at; at = at.parentElement) {
      if (at.tagName === "DETAILS") { at.open = true; }
    }
    if (target) { target.scrollIntoView(); }
  }
  window.addEventListener("hashchange", reveal);
  reveal();
})();
