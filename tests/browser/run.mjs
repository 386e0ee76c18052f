// Runs every flow against a server that is up: CUECARD_URL (default http://127.0.0.1:8080), CHROMIUM (default
// /usr/bin/chromium), CUECARD_PARENT_PORT (a port whose pages the server allows to embed it; without it those flows are
// skipped). Arguments choose flows by name. Screenshots go to target/browser/. Exits 1 when something failed, 2
// when it could not run.

import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { flows } from './flows/all.mjs';

const url = (process.env.CUECARD_URL || 'http://127.0.0.1:8080').replace(/\/$/, '');
const executablePath = process.env.CHROMIUM || '/usr/bin/chromium';
const parentPort = Number(process.env.CUECARD_PARENT_PORT || 0);
const shots = fileURLToPath(new URL('../../target/browser/', import.meta.url));
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const wanted = process.argv.slice(2);

/** Longest wait for anything on the page, in milliseconds: generous, because builds may run beside the tests. */
const WAIT_MS = 60_000;

mkdirSync(shots, { recursive: true });
const browser = await chromium.launch({ executablePath, args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-background-networking'] }).catch((error) => {
  console.error(`cannot start ${executablePath}: ${error.message}`);
  process.exit(2);
});

/** Opens a page of its own for one flow, which fails on any error in the console. */
async function openPage(options, errors) {
  const context = await browser.newContext({ locale: 'en-US', viewport: { width: 1280, height: 800 }, ...options });
  await context.grantPermissions(['clipboard-read', 'clipboard-write'], { origin: url });
  context.setDefaultTimeout(WAIT_MS);
  const page = await context.newPage();
  page.on('console', (message) => { if (message.type() === 'error') errors.push(`console: ${message.text()}`); });
  page.on('pageerror', (error) => errors.push(`script: ${error.message}`));
  return page;
}

const tools = {
  url,
  parentPort,
  // The default hides the caret through a style element, which the page's CSP refuses.
  shot: (page, name) => page.screenshot({ path: `${shots}${name}.png`, caret: 'initial' }),
  async accessible(page) {
    await page.evaluate(axe);
    const { violations } = await page.evaluate(() => globalThis.axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] }));
    const told = violations.map((one) => `${one.id}: ${one.nodes.map((node) => node.target.join(' ')).join(', ')}`);
    if (told.length) throw new Error(`axe-core finds ${told.join('; ')}`);
  },
  tell: (words) => console.log(`        ${words}`),
};

let passed = 0;
let failed = 0;
const chosen = flows.filter(({ name, needs }) => wanted.every((word) => name.includes(word)) && (!needs || tools[needs]));
for (const { name, options, allow, run } of chosen) {
  const errors = [];
  const page = await openPage(options, errors);
  try {
    await run(page, tools);
    const unexpected = errors.filter((error) => !allow?.test(error));
    if (unexpected.length) throw new Error(unexpected.join('\n'));
    passed += 1;
    console.log(`ok      ${name}`);
  } catch (error) {
    failed += 1;
    console.log(`FAILED  ${name}\n        ${String(error.message).replaceAll('\n', '\n        ')}`);
    await tools.shot(page, `failed-${failed}`).catch(() => {});
  }
  await page.context().close();
}
await browser.close();
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed || !passed ? 1 : 0);
