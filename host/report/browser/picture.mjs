// Pictures against golden ones.
//
// Both are made smaller by four each way and compared point by point, in fonts that are forced for
// it. So this sees what is missing, moved by a line or more, or in the wrong colours; it does not
// see single letters or a shift of a pixel or two, which differ between builds of a browser.

import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import pixelmatch from "pixelmatch";
import { PNG } from "pngjs";

const SMALLER = 4;
/** How far two points may differ, as pixelmatch counts. */
const POINT = 0.06;
/** Share of points that may differ by more. */
const SHARE = 0.005;
const FONTS = { "--sans": "DejaVu Sans", "--mono": "DejaVu Sans Mono" };

/** Means of blocks of SMALLER by SMALLER points. */
function smaller(image) {
  const width = Math.floor(image.width / SMALLER);
  const height = Math.floor(image.height / SMALLER);
  const made = new PNG({ width, height });
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      for (let channel = 0; channel < 4; channel += 1) {
        let sum = 0;
        for (let dy = 0; dy < SMALLER; dy += 1) {
          for (let dx = 0; dx < SMALLER; dx += 1) {
            sum += image.data[((y * SMALLER + dy) * image.width + x * SMALLER + dx) * 4 + channel];
          }
        }
        made.data[(y * width + x) * 4 + channel] = Math.round(sum / (SMALLER * SMALLER));
      }
    }
  }
  return made;
}

/** Families of FONTS that this machine lacks: they measure like the fallback. */
function missing(page) {
  return page.evaluate((families) => {
    const pen = document.createElement("canvas").getContext("2d");
    const width = (font) => { pen.font = `40px ${font}`; return pen.measureText("iiiiiWWWWW").width; };
    return families.filter((one) =>
      width(`"${one}", serif`) === width("serif") || width(`"${one}", cursive`) !== width(`"${one}", serif`));
  }, Object.values(FONTS));
}

/** Problems of what `page` looks like now. */
export async function compare(page, { golden, out, update }) {
  const lacking = await missing(page);
  if (lacking.length > 0) {
    return [`pictures need the fonts ${lacking.join(" and ")} (Debian, Ubuntu: fonts-dejavu)`];
  }
  const sheet = Object.entries(FONTS).map(([name, family]) => `${name}: "${family}" !important;`).join(" ");
  await page.addStyleTag({ content: `html:root { ${sheet} } svg text, svg { font-family: var(--sans) !important; }` });
  const found = smaller(PNG.sync.read(await page.screenshot({ animations: "disabled", caret: "hide" })));
  if (update) {
    mkdirSync(dirname(golden), { recursive: true });
    writeFileSync(golden, PNG.sync.write(found));
    return [];
  }
  if (!existsSync(golden)) { return [`${golden}: no such picture; --update makes it`]; }
  const expected = PNG.sync.read(readFileSync(golden));
  if (expected.width !== found.width || expected.height !== found.height) {
    return [`${golden}: ${expected.width} x ${expected.height} points, found ${found.width} x ${found.height}`];
  }
  const { width, height } = found;
  const shown = new PNG({ width, height });
  const differ = pixelmatch(expected.data, found.data, shown.data, width, height, { threshold: POINT, includeAA: true });
  const share = differ / (width * height);
  if (share <= SHARE) { return []; }
  writeFileSync(out, PNG.sync.write(found));
  writeFileSync(out.replace(/\.png$/, "-difference.png"), PNG.sync.write(shown));
  return [`${golden}: ${(share * 100).toFixed(1)} % of points differ, ${SHARE * 100} % may; found: ${out}; if it is right, run again with --update`];
}
