// What a reader does with a report. Each function returns the problems that it met.

const TABS_MAX = 400;

const focused = (page) => page.evaluate(() => {
  const at = document.activeElement;
  const { outlineStyle, outlineWidth } = getComputedStyle(at);
  return {
    id: at.id, tag: at.tagName, hash: at.getAttribute("href") || "", text: at.textContent.slice(0, 60),
    row: at.closest("#trial-rows") !== null, ring: outlineStyle !== "none" && outlineWidth !== "0px",
  };
});

/** Tabs until `wanted` holds of the element in focus; every stop on the way must show its focus. */
async function tabTo(page, wanted, what, problems) {
  for (let at = 0; at < TABS_MAX; at += 1) {
    await page.keyboard.press("Tab");
    const here = await focused(page);
    if (here.tag !== "BODY" && !here.ring) { problems.push(`no visible focus on ${here.tag} "${here.text}"`); }
    if (wanted(here)) { return here; }
  }
  throw new Error(`${what} was not reached with ${TABS_MAX} tabs`);
}

const status = (page) => page.textContent("#filter-status");
const isReading = (page) => page.evaluate(() => !document.getElementById("reading").hidden && document.getElementById("report").hidden);

/** From the top to a transcript and back, without a mouse. */
export async function keyboard(page) {
  const problems = [];
  await page.keyboard.press("Tab");
  const skip = await focused(page);
  if (skip.hash !== "#headline") { problems.push(`the first stop is ${skip.tag} "${skip.text}", not the skip link`); }
  await tabTo(page, (here) => here.id === "filter-words", "the filter", problems);
  const before = await status(page);
  await page.keyboard.type("exhibited peer");
  const after = await status(page);
  if (before === after) { problems.push(`typing in the filter changed nothing: ${after}`); }
  const live = await page.getAttribute("#filter-status", "role");
  if (live !== "status") { problems.push("the count is not in a live region"); }
  const opened = await tabTo(page, (here) => here.row && here.tag === "A", "a trial", problems);
  await page.keyboard.press("Enter");
  await page.waitForSelector("#columns article");
  if (!(await isReading(page))) { problems.push("Enter on a trial opened no transcript"); }
  const there = await focused(page);
  if (there.id !== "reading-title") { problems.push(`focus went to ${there.tag} "${there.text}", not to the transcript's title`); }
  await page.goBack();
  await page.waitForSelector("#report:not([hidden])", { state: "attached" });
  const back = await focused(page);
  if (back.hash !== opened.hash) { problems.push(`back from ${opened.hash}, focus is on ${back.tag} "${back.text}"`); }
  if ((await status(page)) !== after) { problems.push("going back lost the filter"); }
  return problems;
}

/** The list keeps its width to itself, and its pages and order work. */
export async function narrowList(page) {
  const problems = [];
  const first = () => page.textContent("#trial-rows tr:first-child th");
  const start = await first();
  await page.click("#list thead button[data-column=trial]");
  await page.click("#list thead button[data-column=trial]");
  if ((await page.getAttribute("#list thead th:first-child", "aria-sort")) !== "descending") { problems.push("no aria-sort after sorting"); }
  if ((await first()) === start) { problems.push("the order did not change"); }
  await page.click("#list thead button[data-column=trial]");
  if ((await first()) !== start) { problems.push("a third click did not bring the plan's order back"); }
  await page.click("#pager button:nth-of-type(3)");
  if ((await first()) === start) { problems.push("the next page shows the same trials"); }
  await page.fill("#filter-words", "no trial says this");
  if (!/^0 of /.test(await status(page))) { problems.push(`a filter that fits nothing says: ${await status(page)}`); }
  await page.click("#filter button[type=reset]");
  await page.waitForFunction(() => !document.getElementById("filter-status").textContent.startsWith("0 "));
  return problems;
}

/** Addresses of transcripts, and the back button. */
export async function deepLinks(page, url, hash, wide) {
  const problems = [];
  await page.goto("about:blank");
  await page.goto(url + hash);
  await page.waitForSelector("#columns article");
  if (!(await isReading(page))) { problems.push("the address of a transcript shows the report"); }
  const boxes = await page.$$eval("#columns article", (all) => all.map((one) => one.getBoundingClientRect().toJSON()));
  if (boxes.length !== 2) { return [...problems, `${boxes.length} transcripts stand side by side, expected 2`]; }
  const aside = boxes[1].left >= boxes[0].right && Math.abs(boxes[1].top - boxes[0].top) < 2;
  const below = boxes[1].top >= boxes[0].bottom;
  if (wide ? !aside : !below) { problems.push(`two transcripts at ${JSON.stringify(boxes)}`); }
  const names = await page.$$eval("#columns h2", (all) => all.map((one) => one.textContent));
  const world = (name) => name.split("/")[0] + name.split("/")[2];
  if (world(names[0]) !== world(names[1])) { problems.push(`not of one world: ${names.join(", ")}`); }
  await page.selectOption("#beside", "nothing");
  await page.waitForFunction(() => document.querySelectorAll("#columns article").length === 1);
  await page.goBack();
  await page.waitForFunction(() => document.querySelectorAll("#columns article").length === 2);
  await page.click("#reading nav a");
  await page.waitForSelector("#report:not([hidden])");
  await page.goBack();
  await page.waitForSelector("#reading:not([hidden])");
  await page.goto(url + "#trial=no/such/9");
  await page.waitForSelector("#report:not([hidden])");
  if (!/does not have/.test(await status(page))) { problems.push("an unknown trial is not said to be missing"); }
  return problems;
}

/** Notes lead to marked text and back; calls are folded. */
export async function evidence(page) {
  const problems = [];
  if ((await page.$$("#columns mark")).length === 0) { problems.push("no evidence is marked"); }
  if ((await page.$$("#columns details.call:not([open]), #columns details.result:not([open])")).length === 0) {
    problems.push("no call or result is folded");
  }
  await page.click("#columns .notes .ref");
  const there = await focused(page);
  if (!/-at-\d+$/.test(there.id)) { problems.push(`a note led to ${there.tag} "${there.text}"`); }
  await page.keyboard.press("Enter");
  const back = await focused(page);
  if (!/-note-\d+$/.test(back.id)) { problems.push(`marked text led to ${back.tag} "${back.text}"`); }
  return problems;
}

/** Numbers and limits need no script. */
export async function withoutScript(page) {
  const problems = [];
  for (const id of ["headline", "pictures", "amplification", "limits", "cells", "run"]) {
    if (!(await page.isVisible("#" + id))) { problems.push(`no ${id}`); }
  }
  if (!(await page.isVisible("main svg"))) { problems.push("no plot"); }
  if (!(await page.isVisible("main table"))) { problems.push("no table"); }
  if (await page.isVisible("#list")) { problems.push("an empty list of trials"); }
  if (!/need JavaScript/.test(await page.textContent("noscript"))) { problems.push("nothing says what is missing"); }
  return problems;
}

/** Paper shows numbers and plots, and no controls. */
export async function paper(page) {
  const problems = [];
  // A sheet of A4 with margins of 15 mm, in CSS pixels.
  await page.setViewportSize({ width: 680, height: 1000 });
  await page.emulateMedia({ media: "print" });
  const width = await page.evaluate(() => document.documentElement.scrollWidth);
  if (width > 680) { problems.push(`the page is ${width} pixels wide, and 680 fit on a sheet`); }
  for (const shown of ["#headline", "main svg", "main table", "#limits"]) {
    if (!(await page.isVisible(shown))) { problems.push(`${shown} is not printed`); }
  }
  for (const hidden of ["#filter", "nav.contents", "#reading"]) {
    if (await page.isVisible(hidden)) { problems.push(`${hidden} is printed`); }
  }
  return problems;
}

/** Says how long a filter takes, from the key to rows that are laid out; the slowest of some. */
export async function filterTime(page) {
  const { trials, times } = await page.evaluate(() => {
    const words = document.getElementById("filter-words");
    const times = ["e", "exhibited", "peer+positive", "nothing fits this", "timer", ""].map((text) => {
      const before = performance.now();
      words.value = text;
      words.dispatchEvent(new Event("input", { bubbles: true }));
      document.getElementById("list").getBoundingClientRect();
      return performance.now() - before;
    });
    return { trials: document.getElementById("filter-status").textContent.match(/of ([\d,]+)/)[1], times };
  });
  const slowest = Math.max(...times);
  console.log(`filter of ${trials} trials: ${slowest.toFixed(1)} ms at most (${times.map((one) => one.toFixed(1)).join(", ")})`);
  return slowest < 100 ? [] : [`a filter takes ${slowest.toFixed(0)} ms, 100 may`];
}
