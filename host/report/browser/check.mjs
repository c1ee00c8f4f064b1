// Opens a report in a real browser and says what is wrong with it.
//
//   npm ci && node check.mjs REPORT.html [--golden DIR [--update]] [--many MANY.html] [--out DIR]
//
// REPORT.html is a report with transcripts (`cargo run -p report --example page`); MANY.html one of
// ten thousand trials, whose filter is timed. The browser is $CHROMIUM or /usr/bin/chromium. Looked
// at are 1280 and 390 pixels, light and dark: the console, requests, sideways scrolling, axe, the
// keyboard, deep links, the page without a script and in print, and pictures against --golden.
// Exit status 1 and a list on stderr where anything is wrong.

import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { chromium } from "playwright-core";
import { compare } from "./picture.mjs";
import { deepLinks, evidence, filterTime, keyboard, narrowList, paper, withoutScript } from "./walk.mjs";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const WIDTHS = [1280, 390];
const SCHEMES = ["light", "dark"];

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    golden: { type: "string" },
    many: { type: "string" },
    out: { type: "string", default: join(tmpdir(), "kinship-report-pictures") },
    update: { type: "boolean", default: false },
  },
});
if (positionals.length !== 1) {
  console.error("usage: node check.mjs REPORT.html [--golden DIR [--update]] [--many MANY.html] [--out DIR]");
  process.exit(2);
}

const problems = [];
const address = (file) => pathToFileURL(resolve(file)).href;

// A page whose every complaint is a problem.
async function open(browser, url, where, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  const page = await context.newPage();
  const bare = url.split("#")[0];
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) { problems.push(`${where}: console: ${message.text()}`); }
  });
  page.on("pageerror", (error) => problems.push(`${where}: uncaught: ${error.message}`));
  page.on("request", (request) => {
    if (request.url().split("#")[0] !== bare) { problems.push(`${where}: request: ${request.url()}`); }
  });
  await page.goto(url);
  if (options.javaScriptEnabled !== false) {
    await page.waitForSelector("html[data-ready]", { timeout: 20_000 });
  }
  return page;
}

// Runs `look` on a page and closes it; what it returns are problems.
async function visit(browser, url, where, options, look) {
  let page = null;
  try {
    page = await open(browser, url, where, options);
    const found = await look(page);
    problems.push(...(found || []).map((one) => `${where}: ${one}`));
  } catch (error) {
    problems.push(`${where}: ${error.message.split("\n").slice(0, 3).join(" ")}`);
  } finally {
    if (page) { await page.context().close(); }
  }
}

async function sideways(page) {
  const width = await page.evaluate(() => document.documentElement.scrollWidth);
  const room = page.viewportSize().width;
  return width > room ? [`the page is ${width} pixels wide, and ${room} fit`] : [];
}

async function axe(page) {
  await page.evaluate(() => document.querySelectorAll("details").forEach((one) => { one.open = true; }));
  await page.evaluate(AXE);
  const { violations, passes } = await page.evaluate(() => globalThis.axe.run(document));
  if (passes.length === 0) { return ["axe ran no rule"]; }
  return violations.map((one) =>
    `axe: ${one.id} (${one.impact}), ${one.nodes.length} places, first: ${one.nodes[0].html.slice(0, 200)}: ${one.nodes[0].any[0]?.message ?? one.help}`);
}

// A trial with evidence that has a partner: what a reader comes for.
async function telling(browser, url) {
  const page = await open(browser, url, "start");
  await page.selectOption("#filter [name=outcome]", "1");
  await page.check("#filter [name=whole]");
  const hashes = await page.$$eval("#trial-rows a", (links) => links.map((one) => one.getAttribute("href")));
  await page.context().close();
  const chosen = hashes.find((one) => one.includes("/peer")) || hashes[0];
  if (!chosen) { throw new Error("the report has no transcript of a trial that exhibits anything"); }
  return chosen;
}

async function variant(browser, url, hash, width, colorScheme) {
  const where = `${width} ${colorScheme}`;
  const view = { viewport: { width, height: 900 }, colorScheme };
  // Once as a reader has it, under its own policy; once with axe let in.
  await visit(browser, url, where, view, sideways);
  await visit(browser, url + hash, `${where}, transcript`, view, sideways);
  const inside = { ...view, bypassCSP: true };
  await visit(browser, url, where, inside, axe);
  await visit(browser, url + hash, `${where}, transcript`, inside, axe);
  if (!values.golden) { return; }
  const golden = (name) => ({ golden: join(values.golden, name), out: join(values.out, name), update: values.update });
  const picture = (name) => (page) => compare(page, golden(`${name}-${width}-${colorScheme}.png`));
  await visit(browser, url, where, inside, picture("top"));
  await visit(browser, url + hash, `${where}, transcript`, inside, picture("pair"));
}

async function all(browser) {
  const url = address(positionals[0]);
  const hash = await telling(browser, url);
  for (const width of WIDTHS) {
    for (const scheme of SCHEMES) { await variant(browser, url, hash, width, scheme); }
  }
  const small = { viewport: { width: 390, height: 844 } };
  await visit(browser, url, "keyboard", {}, keyboard);
  await visit(browser, url, "list at 390", small, narrowList);
  await visit(browser, url, "links", {}, (page) => deepLinks(page, url, hash, true));
  await visit(browser, url, "links at 390", small, (page) => deepLinks(page, url, hash, false));
  await visit(browser, url + hash, "evidence", {}, evidence);
  await visit(browser, url, "without script", { javaScriptEnabled: false }, withoutScript);
  await visit(browser, url, "print", {}, paper);
  if (values.many) {
    await visit(browser, address(values.many), "many trials", {}, filterTime);
  }
}

const executablePath = process.env.CHROMIUM || "/usr/bin/chromium";
if (!existsSync(executablePath)) {
  console.error(`${executablePath}: no browser; set CHROMIUM to the path of one`);
  process.exit(2);
}
mkdirSync(values.out, { recursive: true });
const root = process.getuid?.() === 0;
const browser = await chromium.launch({
  executablePath,
  args: ["--disable-gpu", "--font-render-hinting=none", "--force-color-profile=srgb", ...(root ? ["--no-sandbox"] : [])],
});
try {
  await all(browser);
} catch (error) {
  problems.push(error.message);
} finally {
  await browser.close();
}
if (problems.length > 0) {
  console.error(`${problems.length} problems:`);
  problems.forEach((one) => console.error(`- ${one}`));
  process.exit(1);
}
console.log("the report is sound in the browser");
