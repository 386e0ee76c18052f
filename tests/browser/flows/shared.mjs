// What the flows share: the page's texts in both languages, keyboard navigation, calls that another system feeds, and a
// connection to the server that can be cut. The flows rely on no particular article, only that "early termination fee" and
// "宽带 提前解约" find something, and that demo calls in both languages trigger a card.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import net from 'node:net';

/** The page's words, from the files that it is served. */
async function words(lang) {
  const text = readFileSync(new URL(`../../../src/ui/assets/${lang}.js`, import.meta.url));
  return (await import(`data:text/javascript;base64,${text.toString('base64')}`))[lang];
}

export const ZH = { locale: 'zh-CN' };
export const DARK = { colorScheme: 'dark' };

/** Both languages of the page, with a question in each. */
export const LANGS = [
  { lang: 'en', tag: 'en', options: {}, question: 'early termination fee', t: await words('en') },
  { lang: 'zh', tag: 'zh-Hans', options: ZH, question: '宽带 提前解约', t: await words('zh') },
];

/** A flow once in each language. */
export const inBoth = (name, run, more = {}) => LANGS.map((one) => ({
  name: `${name} (${one.lang})`, ...more, options: { ...more.options, ...one.options }, run: (page, tools) => run(page, { ...tools, ...one }),
}));

/** Turns after which a demo call without a card counts as broken. */
export const MAX_TURNS = 60;
/** Presses of Tab after which a control counts as out of reach. */
const MAX_TABS = 150;

export const field = (page) => page.getByRole('combobox', { name: /Ask a question|输入问题/ });
export const options = (page) => page.locator('#cc-results').getByRole('option');
export const isFocused = (locator) => locator.evaluate((element) => element === document.activeElement);
export const clipboard = (page) => page.evaluate(() => navigator.clipboard.readText());

/** Presses Tab until a control has the focus; fails when it cannot be reached so. */
export async function tabTo(page, locator, key = 'Tab') {
  await locator.waitFor();
  for (let press = 0; press < MAX_TABS; press += 1) {
    if (await isFocused(locator)) return;
    await page.keyboard.press(key);
  }
  assert.fail(`${locator} is out of the keyboard's reach`);
}

export async function press(page, locator, key = 'Enter') {
  await tabTo(page, locator);
  await page.keyboard.press(key);
}

/** Types a question into the field that has the focus. */
export async function ask(page, question) {
  await page.waitForFunction(() => document.activeElement?.getAttribute('role') === 'combobox');
  await page.keyboard.type(question, { delay: 15 });
  await page.waitForFunction((asked) => new URLSearchParams(history.state?.search?.split('?')[1]).get('q') === asked && document.querySelector('#cc-results[aria-busy=false]'), question);
  await options(page).first().waitFor();
}

export async function openFirst(page) {
  await page.keyboard.press('Enter');
  await page.locator('.reader .article-body').waitFor();
}

/** An article of that language whose HTML has what a test needs. */
export async function articleWith(page, url, lang, what) {
  const { articles } = await (await page.request.get(`${url}/v1/articles?lang=${lang}&limit=100`)).json();
  for (const { article_id: id } of articles) {
    const article = await (await page.request.get(`${url}/v1/articles/${encodeURIComponent(id)}`)).json();
    if (what(article)) return article;
  }
  assert.fail('the content has no such article');
}

export async function fitsWidth(page) {
  const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  assert.ok(over <= 0, `${page.url()} is ${over} px wider than the window`);
}

/** Starts the first demo call of a language, by keyboard. */
export async function startDemo(page, { url, lang }, which = 0) {
  if (new URL(page.url()).pathname !== '/calls' || new URL(page.url()).search) await page.goto(`${url}/calls`);
  const start = page.locator('.demo-list button').nth(which);
  await start.waitFor();
  assert.ok((await page.locator('.demo-list h3').nth(which).getAttribute('lang')).startsWith(lang), 'calls in the page’s language come first');
  await press(page, start);
  await page.locator('.call-state.state-of-live').waitFor();
}

/** Plays the demo call in front by the Space key until `cards` cards are shown, or to its end. */
export async function play(page, cards = 1) {
  const next = page.locator('.call:visible .demo .button.primary');
  const count = () => page.locator('.call:visible .card').count();
  for (let turn = 0; turn < MAX_TURNS && (await count()) < cards && (await next.isEnabled()); turn += 1) {
    const before = await page.locator('.call:visible .turn').count();
    await page.keyboard.press('Space');
    await page.waitForFunction((had) => [...document.querySelectorAll('.turn')].filter((one) => one.checkVisibility()).length > had, before);
    await page.waitForTimeout(120);
  }
}

/** The first lines of a demo call that bring cards, said through the interface as a transcriber would. */
export async function script(page, { url, lang }) {
  const { calls } = await (await page.request.get(`${url}/v1/demo/calls`)).json();
  return calls.find((call) => call.lang.startsWith(lang));
}

export const post = async (page, address, data) => {
  const answer = await page.request.post(address, { data });
  assert.ok(answer.ok(), `${address}: ${answer.status()}`);
  return answer.json();
};

export async function say(page, url, id, turns, from = 0) {
  for (const [at, { speaker, text }] of turns.entries()) await post(page, `${url}/v1/calls/${id}/utterances`, { utterance_id: `said-${from + at}`, role: speaker, text });
}

/** A way to the server that can be cut and mended. */
export async function cable(url) {
  const { hostname, port } = new URL(url);
  const open = new Set();
  const server = net.createServer((client) => {
    if (server.isCut) {
      client.destroy();
      return;
    }
    const upstream = net.connect(Number(port), hostname);
    for (const [one, other] of [[client, upstream], [upstream, client]]) {
      open.add(one);
      one.pipe(other);
      one.on('error', () => {}).on('close', () => { open.delete(one); other.destroy(); });
    }
  });
  await new Promise((ready) => { server.listen(0, '127.0.0.1', ready); });
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    cut() { server.isCut = true; open.forEach((socket) => socket.destroy()); },
    /** What is under way gets stuck, and nobody is told; new connections get through. */
    stick() { open.forEach((socket) => socket.unpipe().pause()); },
    mend() { server.isCut = false; },
    close() { this.cut(); server.close(); },
  };
}
