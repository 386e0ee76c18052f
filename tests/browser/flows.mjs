// The flows, each by itself on a fresh page. They rely on no article but that "early termination fee" and "宽带 提前解约"
// find something, and on at least one demo call that brings a card.

import assert from 'node:assert/strict';
import { gzipSync } from 'node:zlib';

const ZH = { locale: 'zh-CN' };
const DARK = { colorScheme: 'dark' };
const PHONE = { viewport: { width: 360, height: 740 }, isMobile: true, hasTouch: true };

/** All JS and CSS together, gzipped, in bytes. */
const MAX_BYTES = 120 * 1024;
/** Turns after which a demo call without a card counts as broken. */
const MAX_TURNS = 60;

const field = (page) => page.getByRole('combobox', { name: /Ask a question|输入问题/ });
const options = (page) => page.locator('#cc-results').getByRole('option');

async function ask(page, words) {
  await field(page).pressSequentially(words, { delay: 15 });
  await options(page).first().waitFor();
}

async function openFirst(page) {
  await page.keyboard.press('Enter');
  await page.locator('.article-body').waitFor();
}

async function isFocused(locator) {
  return locator.evaluate((element) => element === document.activeElement);
}

async function fitsWidth(page) {
  const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  assert.ok(over <= 0, `${page.url()} is ${over} px wider than the window`);
}

/** Starts a demo call and plays it by the Space key until `cards` cards are shown, or to its end. */
async function play(page, { url }, { which = 0, cards = 1 } = {}) {
  await page.goto(`${url}/calls`);
  await page.locator('.demo-list button').nth(which).click();
  await page.locator('.call-state.state-of-live').waitFor();
  const next = page.locator('.demo .button.primary');
  for (let turn = 0; turn < MAX_TURNS && (await page.locator('.card').count()) < cards && (await next.isEnabled()); turn += 1) {
    const before = await page.locator('.turn').count();
    await page.keyboard.press('Space');
    await page.waitForFunction((count) => document.querySelectorAll('.turn').length > count, before);
    await page.waitForTimeout(120);
  }
}

const search = [
  { name: 'search: the field has the focus, and the page its language', async run(page, { url, shot, accessible }) {
    const answer = await page.goto(`${url}/`);
    assert.match(answer.headers()['content-security-policy'] || '', /default-src 'self'/);
    await page.waitForFunction(() => document.activeElement?.getAttribute('role') === 'combobox');
    assert.equal(await page.locator('html').getAttribute('lang'), 'en');
    await page.locator('.start-foot').waitFor();
    await shot(page, 'home-en');
    await accessible(page);
  } },
  { name: 'search: type, choose and open by keyboard, and come back', async run(page, { url, shot, accessible }) {
    await page.goto(`${url}/`);
    await ask(page, 'early termination fee');
    await shot(page, 'results-en');
    await accessible(page);
    assert.match(page.url(), /\/\?q=early\+termination\+fee$/);
    const chosen = () => field(page).getAttribute('aria-activedescendant');
    const first = await chosen();
    assert.equal(first, await options(page).first().getAttribute('id'));
    if ((await options(page).count()) > 1) {
      await page.keyboard.press('ArrowDown');
      assert.notEqual(await chosen(), first);
      await page.keyboard.press('ArrowUp');
    }
    await openFirst(page);
    assert.match(page.url(), /\/articles\//);
    assert.equal(await page.getByRole('article').count(), 1);
    await page.getByRole('article').getByRole('heading', { level: 1 }).waitFor();
    await shot(page, 'article-en');
    await accessible(page);
    await page.keyboard.press('Control+k');
    assert.ok(await isFocused(field(page)), 'Ctrl-K comes back to the field');
    assert.equal(await field(page).inputValue(), 'early termination fee');
    await page.keyboard.press('Escape');
    assert.equal(await field(page).inputValue(), '');
    await page.keyboard.press('Escape');
    await page.getByRole('article').waitFor({ state: 'hidden' });
    assert.equal(new URL(page.url()).pathname, '/');
  } },
  { name: 'search: Enter right after typing waits for the answer', async run(page, { url }) {
    await page.goto(`${url}/`);
    await field(page).fill('early termination fee');
    await openFirst(page);
    assert.match(page.url(), /\/articles\//);
  } },
  { name: 'search: what is only typed is marked so, what is opened is not', async run(page, { url }) {
    const typing = [];
    page.on('request', (request) => { if (request.url().endsWith('/v1/search')) typing.push(request.postDataJSON().typing); });
    await page.goto(`${url}/`);
    await ask(page, 'early termination fee');
    assert.ok(typing.every((one) => one === true));
    const opened = page.waitForResponse((response) => response.url().includes('/engagement'));
    await openFirst(page);
    assert.ok((await opened).ok(), 'the opening is recorded');
    assert.equal(typing.filter((one) => one === false).length, 1);
  } },
  { name: 'search: an address can be shared, reloaded and gone back to', async run(page, { url }) {
    await page.goto(`${url}/?q=early+termination+fee&lang=en`);
    await options(page).first().waitFor();
    assert.equal(await page.getByLabel('Language', { exact: true }).inputValue(), 'en');
    await openFirst(page);
    const article = page.url();
    await page.reload();
    await page.locator('.article-body').waitFor();
    assert.equal(page.url(), article);
    await page.goBack();
    await options(page).first().waitFor();
    assert.match(page.url(), /\?q=early\+termination\+fee&lang=en$/);
    await page.goForward();
    await page.locator('.article-body').waitFor();
  } },
  { name: 'search: a language filter holds', async run(page, { url }) {
    await page.goto(`${url}/`);
    await ask(page, 'early termination fee');
    const answer = page.waitForResponse((response) => response.url().endsWith('/v1/search'));
    await page.getByLabel('Language', { exact: true }).selectOption('zh');
    const { hits } = await (await answer).json();
    assert.ok(hits.every((hit) => hit.lang.startsWith('zh')));
    await page.getByRole('button', { name: 'Clear filters' }).click();
    await options(page).first().waitFor();
  } },
  { name: 'search: the answer is copied with its source', async run(page, { url }) {
    await page.goto(`${url}/`);
    await ask(page, 'early termination fee');
    const copy = page.getByRole('button', { name: 'Copy with source' });
    if (!(await copy.count())) return;
    await copy.click();
    await page.locator('.toast.shown').waitFor();
    assert.match(await page.evaluate(() => navigator.clipboard.readText()), /\n\n— .+\nhttp.+\/articles\//);
  } },
  { name: 'search: feedback after a search is accepted', async run(page, { url }) {
    await page.goto(`${url}/`);
    await ask(page, 'early termination fee');
    await openFirst(page);
    await page.getByRole('button', { name: 'Not helpful' }).click();
    await page.getByRole('radio').nth(1).check();
    await page.getByRole('button', { name: 'Send' }).click();
    await page.getByText('Thank you.').waitFor();
  } },
  { name: 'search: Chinese page, Chinese question, dark', options: { ...ZH, ...DARK }, async run(page, { url, shot, accessible }) {
    await page.goto(`${url}/`);
    assert.equal(await page.locator('html').getAttribute('lang'), 'zh-Hans');
    await page.locator('.start-foot').waitFor();
    await shot(page, 'home-zh-dark');
    await ask(page, '宽带 提前解约');
    await shot(page, 'results-zh-dark');
    await accessible(page);
    await openFirst(page);
    await shot(page, 'article-zh-dark');
    await accessible(page);
    await page.keyboard.press('Control+k');
    assert.ok(await isFocused(field(page)));
  } },
  { name: 'search: letters of an input method are not searched', options: ZH, async run(page, { url }) {
    await page.goto(`${url}/`);
    await field(page).focus();
    let asked = 0;
    page.on('request', (request) => { if (request.url().endsWith('/v1/search')) asked += 1; });
    const client = await page.context().newCDPSession(page);
    await client.send('Input.imeSetComposition', { text: 'kuandai', selectionStart: 7, selectionEnd: 7 });
    await page.waitForTimeout(250);
    assert.equal(asked, 0);
    await client.send('Input.insertText', { text: '宽带' });
    await options(page).first().waitFor();
    assert.ok(asked > 0);
  } },
  { name: 'search: the language switch is kept', async run(page, { url }) {
    await page.goto(`${url}/`);
    await page.getByRole('button', { name: '中文' }).click();
    await page.getByRole('link', { name: '实时通话' }).waitFor();
    await page.reload();
    await page.getByRole('link', { name: '实时通话' }).waitFor();
  } },
  { name: 'search: an unknown article is told, not broken', allow: /404/, async run(page, { url, shot }) {
    await page.goto(`${url}/articles/there-is-no-such-article`);
    await page.getByText('This article does not exist').waitFor();
    await shot(page, 'article-missing');
  } },
];

const calls = [
  { name: 'calls: a demo call turn by turn until a card comes, which is used', async run(page, { url, shot, accessible }) {
    await page.goto(`${url}/calls`);
    await page.locator('.demo-list').waitFor();
    await shot(page, 'calls-en');
    await accessible(page);
    await play(page, { url });
    const card = page.locator('.card').first();
    await card.waitFor();
    await shot(page, 'call-card-en');
    await accessible(page);
    await page.keyboard.press('j');
    assert.ok(await isFocused(card));
    await page.keyboard.press('o');
    await page.locator('.call .article-body').waitFor();
    await shot(page, 'call-article-en');
    await accessible(page);
    await page.keyboard.press('Escape');
    await page.keyboard.press('u');
    await page.locator('.card[data-state=used]').waitFor();
    await page.getByRole('button', { name: 'End call' }).click();
    await page.locator('.summary dl').waitFor();
    await shot(page, 'call-ended-en');
    await accessible(page);
  } },
  { name: 'calls: a new card does not move the one being read', async run(page, { url }) {
    await play(page, { url });
    const card = page.locator('.card').first();
    const id = await card.getAttribute('aria-labelledby');
    const read = page.locator(`.card[aria-labelledby="${id}"]`);
    await read.hover();
    const before = (await read.boundingBox()).y;
    const there = await page.locator('.card').count();
    const next = page.locator('.demo .button.primary');
    for (let turn = 0; turn < MAX_TURNS && (await page.locator('.card').count()) <= there && (await next.isEnabled()); turn += 1) {
      await page.keyboard.press('Space');
      await page.waitForTimeout(150);
    }
    assert.ok(Math.abs((await read.boundingBox()).y - before) < 2, 'it stays where it was');
    if ((await page.locator('.card').count()) > there) await page.locator('.pill').waitFor();
  } },
  { name: 'calls: a second window follows the same call', async run(page, { url }) {
    await play(page, { url });
    const other = await page.context().newPage();
    await other.goto(page.url().replace(/#.*/, ''));
    await other.locator('.card').first().waitFor();
    assert.equal(await other.locator('.turn').count(), await page.locator('.turn').count());
  } },
  { name: 'calls: dismissed cards step back, the search opens an article in the panel', async run(page, { url }) {
    await play(page, { url });
    await page.locator('.card').first().waitFor();
    await page.keyboard.press('x');
    await page.locator('.card[data-state=dismissed]').waitFor();
    await page.keyboard.press('Control+k');
    await page.keyboard.type('early termination fee');
    await page.locator('.panel-results [role=option]').first().waitFor();
    await page.keyboard.press('Enter');
    await page.locator('.call .article-body').waitFor();
    assert.match(page.url(), /\/calls\?call=/);
  } },
  { name: 'calls: ?demo=1 starts by itself, Chinese, dark', options: { ...ZH, ...DARK }, async run(page, { url, shot, accessible }) {
    await page.goto(`${url}/calls?demo=1`);
    await page.locator('.call-state.state-of-live').waitFor();
    assert.match(page.url(), /\/calls\?call=/);
    await page.keyboard.press('a');
    await page.locator('.turn').nth(1).waitFor();
    await page.keyboard.press('a');
    await shot(page, 'call-zh-dark');
    await accessible(page);
  } },
  { name: 'calls: an unknown call is told', allow: /404/, async run(page, { url }) {
    await page.goto(`${url}/calls?call=there-is-no-such-call`);
    await page.getByText('no longer knows this call').waitFor();
  } },
];

const pages = [
  { name: 'content: findings with their places, or none', async run(page, { url, shot, accessible }) {
    await page.goto(`${url}/content`);
    await page.locator('.finding, .empty').first().waitFor();
    await shot(page, 'content-en');
    await accessible(page);
  } },
  { name: 'content: Chinese, dark', options: { ...ZH, ...DARK }, async run(page, { url, shot, accessible }) {
    await page.goto(`${url}/content`);
    await page.locator('.finding, .empty').first().waitFor();
    await shot(page, 'content-zh-dark');
    await accessible(page);
  } },
  { name: 'insights: a question without an answer becomes a gap with a draft', async run(page, { url, shot, accessible }) {
    const question = `where can I board my tame walrus ${Date.now() % 1000}`;
    for (const query of [question, 'early termination fee']) await page.request.post(`${url}/v1/search`, { data: { query } });
    await page.request.post(`${url}/v1/gaps`, { data: { query: question, comment: 'asked by phone' } });
    await page.waitForTimeout(2000);
    await page.goto(`${url}/insights`);
    await page.locator('.tile').first().waitFor();
    const gap = page.locator('.gap', { hasText: 'walrus' }).first();
    await gap.waitFor();
    assert.ok((await page.getByRole('img', { name: /Questions by day/ }).count()) === 1);
    await shot(page, 'insights-en');
    await accessible(page);
    await fitsWidth(page);
    await gap.getByRole('button', { name: /Copy draft/ }).click();
    await page.locator('.toast.shown').waitFor();
    const draft = await page.evaluate(() => navigator.clipboard.readText());
    assert.match(draft, /^---\nid: /);
    assert.ok(draft.includes('status: draft') && draft.includes('walrus'));
    const days = page.waitForResponse((response) => response.url().includes('/v1/insights/gaps?since='));
    await page.getByRole('button', { name: '7 days' }).click();
    assert.ok((await days).ok());
  } },
  { name: 'insights: Chinese, dark', options: { ...ZH, ...DARK }, async run(page, { url, shot, accessible }) {
    await page.goto(`${url}/insights`);
    await page.locator('.tile').first().waitFor();
    await shot(page, 'insights-zh-dark');
    await accessible(page);
  } },
  { name: 'keys: the list of shortcuts, and single keys can be turned off', async run(page, { url, shot, accessible }) {
    await page.goto(`${url}/content`);
    await page.locator('.finding, .empty').first().waitFor();
    await page.keyboard.press('?');
    await page.getByRole('dialog').waitFor();
    await shot(page, 'keys-en');
    await accessible(page);
    await page.getByLabel('Single-key shortcuts').uncheck();
    await page.keyboard.press('Escape');
    await page.keyboard.press('/');
    assert.equal(new URL(page.url()).pathname, '/content');
    await page.keyboard.press('Control+k');
    await field(page).waitFor();
  } },
  { name: 'narrow: nothing is wider than 360 px', options: { ...PHONE, ...ZH }, async run(page, { url, shot }) {
    await page.goto(`${url}/`);
    await ask(page, '宽带 提前解约');
    await fitsWidth(page);
    await shot(page, 'results-360');
    await openFirst(page);
    await fitsWidth(page);
    await shot(page, 'article-360');
    await page.keyboard.press('Control+k');
    assert.ok(await isFocused(field(page)), 'the field is back in view');
    await play(page, { url });
    await page.locator('.card').first().waitFor();
    await fitsWidth(page);
    await shot(page, 'call-360');
    await page.goto(`${url}/content`);
    await page.locator('.finding, .empty').first().waitFor();
    await fitsWidth(page);
  } },
  { name: 'text: highlights count Unicode scalar values', async run(page, { url }) {
    await page.goto(`${url}/`);
    const runs = await page.evaluate(async () => (await import('/assets/text.js')).runs('📅 宽带 fee', [[2, 4], [5, 99]]));
    assert.deepEqual(runs, [{ text: '📅 ', marked: false }, { text: '宽带', marked: true }, { text: ' ', marked: false }, { text: 'fee', marked: true }]);
  } },
  { name: 'weight: JS and CSS stay under 120 KB gzipped; paint and key-to-result are told', async run(page, { url }) {
    const bodies = [];
    page.on('response', (response) => { if (/\.(js|css)$/.test(response.url())) bodies.push(response.body()); });
    await page.goto(`${url}/`, { waitUntil: 'networkidle' });
    for (const lazy of ['calls', 'content', 'insights']) await page.evaluate((name) => import(`/assets/${name}.js`), lazy);
    await page.waitForLoadState('networkidle');
    const bytes = (await Promise.all(bodies)).reduce((sum, body) => sum + gzipSync(body).length, 0);
    assert.ok(bytes > 0 && bytes < MAX_BYTES, `${bytes} bytes`);
    const paint = await page.evaluate(() => Math.round(performance.getEntriesByName('first-contentful-paint')[0]?.startTime || 0));
    const waits = [];
    for (const word of ['early', 'early termination', 'early termination fee', 'fee', 'termination fee']) {
      await field(page).fill('');
      waits.push(await page.evaluate((text) => new Promise((done) => {
        const input = /** @type {HTMLInputElement} */ (document.querySelector('#cc-query'));
        const start = performance.now();
        new MutationObserver((_, observer) => { observer.disconnect(); requestAnimationFrame(() => done(Math.round(performance.now() - start))); })
          .observe(/** @type {Element} */ (document.querySelector('#cc-results')), { childList: true });
        input.value = text;
        input.dispatchEvent(new InputEvent('input'));
      }), word));
    }
    console.log(`        ${(bytes / 1024).toFixed(1)} KB gzipped, first paint ${paint} ms, key to results ${waits.join(', ')} ms (50 ms of each is the pause)`);
  } },
];

export const flows = [...search, ...calls, ...pages];
