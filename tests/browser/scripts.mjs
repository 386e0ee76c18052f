// Shows articles full of scripts on every page that shows articles, in a browser that would run them: nothing of theirs may
// run, and nothing may be fetched from elsewhere. That the articles are dangerous is shown first: as plain HTML they do run.
// Needs a server of tests/scripts at CUECARD_URL.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { chromium } from 'playwright-core';

const url = process.env.CUECARD_URL;
const folder = new URL('../scripts/', import.meta.url);
/** How long a script has to show itself, in milliseconds. */
const SETTLE_MS = 300;

const browser = await chromium.launch({ executablePath: process.env.CHROMIUM || '/usr/bin/chromium', args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-background-networking'] });

/** A page, and what went wrong on it: scripts that ran, dialogs, requests to elsewhere. */
async function watched() {
  const context = await browser.newContext();
  const page = await context.newPage();
  const wrong = [];
  page.on('dialog', (dialog) => { wrong.push(`dialog: ${dialog.message()}`); dialog.dismiss(); });
  // The policy would stop a script that came through; that none needed stopping is the sanitiser's part.
  page.on('console', (message) => { if (/Content Security Policy/.test(message.text())) wrong.push(message.text()); });
  await context.route((address) => !['data:', 'about:', 'blob:'].includes(address.protocol) && !address.href.startsWith(url), (route) => {
    wrong.push(`asked ${route.request().url()}`);
    return route.abort();
  });
  const settled = async (where) => {
    // Whoever hovers, focuses or clicks may set something off.
    for (const element of await page.locator('main *').all()) {
      await element.dispatchEvent('mouseover').catch(() => {});
      await element.dispatchEvent('focus').catch(() => {});
    }
    await page.waitForTimeout(SETTLE_MS);
    if (await page.evaluate(() => 'ran' in globalThis)) wrong.push('a script ran');
    assert.deepEqual(wrong, [], `${where}: ${wrong.join('; ')}`);
  };
  return { page, context, wrong, settled };
}

const files = readdirSync(folder).filter((name) => name.endsWith('.md'));
assert.ok(files.length >= 12, `${files.length} articles`);

let dangerous = 0;
for (const name of files) {
  const { page, context, wrong } = await watched();
  const body = readFileSync(new URL(name, folder), 'utf8');
  await page.goto(`${url}/healthz`);
  await page.evaluate((html) => document.write(html), body).catch(() => {});
  await page.waitForTimeout(SETTLE_MS);
  dangerous += Number(wrong.length > 0 || await page.evaluate(() => 'ran' in globalThis).catch(() => true));
  await context.close();
}
assert.ok(dangerous >= files.length / 2, `only ${dangerous} of ${files.length} articles do anything as plain HTML`);

const { page, context, settled } = await watched();
const { articles } = await (await page.request.get(`${url}/v1/articles?limit=100`)).json();
assert.equal(articles.length, files.length);
for (const { article_id: id } of articles) {
  await page.goto(`${url}/articles/${encodeURIComponent(id)}`);
  await page.locator('.article-body').waitFor();
  await settled(`article ${id}`);
  for (const link of await page.locator('.article-body a').all()) {
    const target = await link.getAttribute('href');
    assert.doesNotMatch(target ?? '', /^\s*(java|vb)script:|^data:/i, `a link of ${id}`);
  }
}
for (const path of ['/?q=parcel', '/?q=where%20is%20my%20parcel', '/content', '/insights']) {
  await page.goto(`${url}${path}`, { waitUntil: 'networkidle' });
  await settled(path);
}
const { call_id: call } = await (await page.request.post(`${url}/v1/calls`, { data: {} })).json();
const said = await page.request.post(`${url}/v1/calls/${call}/utterances`, { data: { role: 'customer', text: 'where is my parcel <img src=x onerror="globalThis.ran=1">' } });
assert.ok((await said.json()).cards.length > 0, 'the call brings a card of such an article');
await page.goto(`${url}/calls?call=${call}`);
await page.locator('.card').first().waitFor();
await settled('the call');
await context.close();
await browser.close();
console.log(`ok      scripts: nothing of ${files.length} articles ran, ${dangerous} of which do as plain HTML`);
