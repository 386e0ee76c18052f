// How every page looks: screenshots and axe-core in both languages and colour schemes, narrow and wide windows, still motion.

import assert from 'node:assert/strict';
import { ask, DARK, field, fitsWidth, isFocused, LANGS, openFirst, play, startDemo } from './shared.mjs';

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
