// Judges pages with html-validate and axe-core; see html.sh, which runs this.
import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { HtmlValidate } from "html-validate";
import puppeteer from "puppeteer-core";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const rules = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
const views = [
  { name: "light", width: 1280, scheme: "light" },
  { name: "dark", width: 1280, scheme: "dark" },
  { name: "phone", width: 320, scheme: "light" },
];
const validator = new HtmlValidate({
  extends: ["html-validate:recommended", "html-validate:a11y"],
  rules: {
    // Matters of style: line ends inside elements are ours, and lines are as long as names are.
    "no-trailing-whitespace": "off",
    "long-title": "off",
    // The doctype is written as most write it.
    "doctype-style": "off",
    // `svg` has its own names and no end to its attributes.
    "void-style": "off",
  },
});

const pages = process.argv.slice(2);
const shots = pages[0] === "--shots" ? pages.splice(0, 2)[1] : null;
if (shots) mkdirSync(shots, { recursive: true });
if (pages.length === 0) {
  console.error("html.mjs: no page is given");
  process.exit(2);
}

let faults = 0;
const fault = (text) => {
  faults += 1;
  console.log(text);
};
const browser = await puppeteer.launch({
  executablePath: process.env.CHROMIUM,
  // Containers often have a /dev/shm of 64 MB, which a long page fills.
  args: ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"],
  // The record of one patient may have thousands of rows, and the machine other work.
  protocolTimeout: 20 * 60_000,
});
for (const path of pages) {
  const shot = (what) => shots && join(shots, `${basename(path, ".html")}-${what}`);
  const before = faults;
  const text = readFileSync(path, "utf8");
  const report = await validator.validateString(text);
  for (const message of report.results.flatMap((result) => result.messages)) {
    fault(`${path}:${message.line}:${message.column}: ${message.ruleId}: ${message.message}`);
  }
  for (const view of views) {
    const page = await browser.newPage();
    // The page's own policy forbids scripts; the judge's must run nevertheless.
    await page.setBypassCSP(true);
    const fetched = [];
    page.on("request", (request) => fetched.push(request.url()));
    await page.setViewport({ width: view.width, height: 900 });
    await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: view.scheme }]);
    const address = pathToFileURL(resolve(path)).href;
    await page.goto(address, { timeout: 0 });
    for (const other of fetched.filter((url) => url !== address)) {
      fault(`${path}: ${view.name}: asks for ${other}`);
    }
    const wide = await page.evaluate(() => document.documentElement.scrollWidth);
    if (wide > view.width) fault(`${path}: ${view.name}: is ${wide} pixels wide`);
    if (shots) await page.screenshot({ path: shot(`${view.name}.png`) });
    await page.evaluate(() => document.querySelectorAll("details").forEach((d) => (d.open = true)));
    await page.evaluate(axe);
    // What is well is neither collected nor handed over: of a page with 100,000 elements that alone
    // took so much memory that the browser closed.
    const found = await page.evaluate(async (tags) => {
      const { violations } = await globalThis.axe.run(document, { runOnly: tags, resultTypes: ["violations"] });
      return violations.map(({ id, help, nodes }) =>
        ({ id, help, where: nodes.slice(0, 3).map((node) => node.target.join(" ")).join("; ") }));
    }, rules);
    for (const { id, help, where } of found) fault(`${path}: ${view.name}: ${id}: ${help} (${where})`);
    if (shots && view.name === "light") {
      await page.pdf({ path: shot("print.pdf"), format: "A4", preferCSSPageSize: true, timeout: 0 });
    }
    await page.close();
  }
  if (faults === before) console.log(`accessible ${path}`);
}
await browser.close();
process.exit(faults === 0 ? 0 : 1);
