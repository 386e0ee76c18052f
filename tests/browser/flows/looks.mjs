// How every page looks: screenshots and axe-core in both languages and colour schemes, narrow and wide windows, still motion.

import assert from 'node:assert/strict';
import { ask, DARK, field, fitsWidth, isFocused, LANGS, openFirst, play, post, startDemo } from './shared.mjs';

/** How to get to each page, and what shows that it is there. */
const PAGES = {
  home: async (page, { url }) => { await page.goto(`${url}/`); await page.locator('.start-foot').waitFor(); },
  results: (page, { question }) => ask(page, question),
  article: (page) => openFirst(page),
  calls: async (page, { url }) => { await page.goto(`${url}/calls`); await page.locator('.demo-list').waitFor(); },
  call: async (page, tools) => { await startDemo(page, tools); await play(page); await page.locator('.card').first().waitFor(); },
  content: async (page, { url }) => { await page.goto(`${url}/content`); await page.locator('.finding').first().waitFor(); },
  insights: async (page, { url }) => { await page.goto(`${url}/insights`); await page.locator('.tile').first().waitFor(); },
  keys: async (page) => { await page.keyboard.press('?'); await page.getByRole('dialog').waitFor(); },
};

const SIZES = { 360: { viewport: { width: 360, height: 740 }, isMobile: true, hasTouch: true }, '4k': { viewport: { width: 3840, height: 2160 } } };

const matrix = LANGS.flatMap((one) => Object.entries({ light: {}, dark: DARK }).map(([scheme, colours]) => ({ one, scheme, options: { ...one.options, ...colours } })));

export const looks = [
  ...matrix.map(({ one, scheme, options }) => ({ name: `looks: every page, ${scheme} (${one.lang})`, options, async run(page, tools) {
    for (const [name, go] of Object.entries(PAGES)) {
      await go(page, { ...tools, ...one });
      await tools.shot(page, `${name}-${one.lang}-${scheme}`);
      await tools.accessible(page).catch((error) => assert.fail(`${name}: ${error.message}`));
    }
  } })),
  ...Object.entries(SIZES).flatMap(([size, window]) => LANGS.map((one) => ({ name: `looks: every page fits ${size} (${one.lang})`, options: { ...one.options, ...window }, async run(page, tools) {
    for (const [name, go] of Object.entries(PAGES)) {
      await go(page, { ...tools, ...one });
      await fitsWidth(page);
      await tools.shot(page, `${name}-${one.lang}-${size}`);
      if (name !== 'article') continue;
      await page.keyboard.press('Control+k');
      assert.ok(await isFocused(field(page)), 'the field is back in view');
    }
  } }))),
  ...[480, 720, 1440].map((width) => ({ name: `looks: long words stay within the page at ${width}`, options: { viewport: { width, height: 800 } }, async run(page, { url, shot }) {
    const word = 'Donaudampfschifffahrtsgesellschaft'.repeat(6);
    await page.route('**/v1/search', async (route) => {
      const answer = await (await route.fetch()).json();
      const hits = answer.hits.map((hit) => ({ ...hit, title: word, heading: [word], snippet: word, highlights: [], path: word }));
      await route.fulfill({ json: { ...answer, hits, answer: { ...answer.answer, text: word, title: word } } });
    });
    await page.route('**/v1/topics', (route) => route.fulfill({ json: { topics: [{ tag: word, count: 1 }], products: [], languages: [] } }));
    await page.route('**/v1/articles/*', async (route) => {
      const article = await (await route.fetch()).json();
      await route.fulfill({ json: { ...article, title: word, meta: { ...article.meta, tags: [word], owner: word }, html: `<h2>${word}</h2><p>${word}</p><ol><li>${word}</li></ol><table><tr><td>${word}</td><td>${word}</td></tr></table>` } });
    });
    await page.goto(`${url}/`);
    await page.locator('.start .chip').first().waitFor();
    await fitsWidth(page);
    await field(page).fill('early termination fee');
    await page.locator('#cc-results [role=option]').first().waitFor();
    await fitsWidth(page);
    for (const place of ['.hit .level', '.answer-text']) {
      const box = await page.locator(place).first().boundingBox();
      assert.ok(box.x + box.width <= width, `${place} is in view`);
    }
    await shot(page, `long-${width}`);
    await openFirst(page);
    await fitsWidth(page);
    await shot(page, `long-article-${width}`);
    await page.unrouteAll({ behavior: 'ignoreErrors' });
  } })),
  { name: 'looks: names of calls do not lie over each other, and the one in front is in view', async run(page, { url, shot }) {
    const agent = `tabs-${Date.now()}`;
    const ids = [];
    for (let call = 0; call < 12; call += 1) ids.push((await post(page, `${url}/v1/calls`, { call_id: `${crypto.randomUUID()}-${'x'.repeat(40)}`, account: {}, agent_id: agent })).call_id);
    for (const id of ids) await post(page, `${url}/v1/calls/${id}/utterances`, { role: 'customer', text: 'early termination fee' });
    await page.goto(`${url}/calls?agent=${agent}&call=${ids[11]}`);
    await page.locator('.call-tabs a').nth(12).waitFor();
    const tabs = await page.locator('.call-tabs a').evaluateAll((links) => links.map((link) => [link.clientWidth - link.scrollWidth, Math.round(link.getBoundingClientRect().left), Math.round(link.getBoundingClientRect().right)]));
    tabs.forEach(([room, left], at) => assert.ok(room >= 0 && (at === 0 || left >= tabs[at - 1][2]), `tab ${at}: ${tabs[at]}`));
    await page.locator('.call-tabs a').last().click();
    await page.locator('.call-tabs a').nth(1).click();
    await page.goBack();
    await page.locator('.call-tabs a:last-child[aria-current]').waitFor();
    const front = await page.locator('.call-tabs [aria-current]').boundingBox();
    assert.ok(front.x >= 0 && front.x + front.width <= 1280, 'the one in front is in view');
    await shot(page, 'call-tabs');
    for (const id of ids) await post(page, `${url}/v1/calls/${id}/end`, {});
  } },
  { name: 'looks: nothing moves where motion is not wanted', options: { reducedMotion: 'reduce' }, async run(page, { url }) {
    await page.goto(`${url}/calls`);
    await page.locator('.demo-list').waitFor();
    const moving = await page.evaluate(() => [...document.querySelectorAll('*')].map((one) => getComputedStyle(one)).filter((style) => style.transitionDuration !== '0s' || style.animationName !== 'none').length);
    assert.equal(moving, 0);
  } },
  { name: 'looks: highlights count Unicode scalar values', async run(page, { url }) {
    await page.goto(`${url}/`);
    const runs = await page.evaluate(async () => (await import('/assets/text.js')).runs('📅 宽带 fee', [[2, 4], [5, 99]]));
    assert.deepEqual(runs, [{ text: '📅 ', marked: false }, { text: '宽带', marked: true }, { text: ' ', marked: false }, { text: 'fee', marked: true }]);
  } },
  { name: 'looks: words are not marked in a text that small letters make longer', async run(page, { url }) {
    await page.goto(`${url}/`);
    const marked = await page.evaluate(async () => {
      const { markWords } = await import('/assets/passage.js');
      const root = document.createElement('div');
      root.innerHTML = '<p>İİİİİİİ fee</p><p>the fee</p>';
      markWords(root, ['fee']);
      return [...CSS.highlights.get('cuecard-words')].map(String);
    });
    assert.deepEqual(marked, ['fee']);
  } },
  { name: 'looks: long lines that have nothing in common are compared in a moment', async run(page, { url }) {
    await page.goto(`${url}/`);
    const took = await page.evaluate(async () => {
      const { compare } = await import('/assets/diff.js');
      const text = (step) => Array.from({ length: 60 }, (_, line) => Array.from({ length: 600 }, (__, at) => String.fromCharCode(0x4e00 + ((line * 600 + at) * step) % 3001)).join('')).join('\n');
      const begun = performance.now();
      compare(text(7), text(1009));
      return performance.now() - begun;
    });
    assert.ok(took < 2_000, `${took} ms`);
  } },
  { name: 'looks: lines that changed stand beside what they were', async run(page, { url }) {
    await page.goto(`${url}/`);
    const rows = await page.evaluate(async () => {
      const { compare } = await import('/assets/diff.js');
      const said = (side) => (side ? side.runs.map((run) => (run.marked ? `[${run.text}]` : run.text)).join('') : '-');
      return compare('a\nb\nthe fee is 10 euros\n提前解约金十元\nd\n', 'a\nthe fee is 12 euros\n提前解约金十二元\nd\ne\n').map((row) => `${said(row.left)} | ${said(row.right)}`);
    });
    assert.deepEqual(rows, ['a | a', '[b] | -', 'the fee is [10] euros | the fee is [12] euros', '提前解约金十元 | 提前解约金十[二]元', 'd | d', '- | [e]']);
  } },
];
