// How an article reads: directions, links, places that are kept, and what must not break it.

import assert from 'node:assert/strict';
import { articleWith, inBoth, isFocused, press } from './shared.mjs';

const address = (url, { article_id: id }) => `${url}/articles/${encodeURIComponent(id)}`;

/** Opens an article whose answer a test changes. */
async function openChanged(page, url, lang, change) {
  await page.route('**/v1/articles/*', async (route) => {
    const article = await (await route.fetch()).json();
    await route.fulfill({ json: change(article) });
  });
  await page.goto(address(url, await articleWith(page, url, lang, ({ related }) => related.length > 0)));
  await page.locator('.article-body').waitFor();
}

const LONG = '<p>…</p>'.repeat(80);
const top = (page, place) => page.locator(place).evaluate((element) => element.getBoundingClientRect().top);

export const reading = [
  ...inBoth('reading: a language from right to left is written so, and figures stay in their places', async (page, { url, lang }) => {
    await openChanged(page, url, lang, (article) => ({ ...article, lang: 'ar', title: 'رسوم إنهاء العقد مبكرا', html: '<p>25 EUR عن كل شهر متبقٍ (حد أقصى 300 EUR).</p><table><tr><th>خطة</th><td>5</td></tr></table>' }));
    for (const place of ['.article-head h1', '.article-body p', '.table td']) assert.equal(await page.locator(place).evaluate((one) => getComputedStyle(one).direction), 'rtl', place);
    const [first, second] = await page.locator('.table th, .table td').evaluateAll((cells) => cells.map((cell) => cell.getBoundingClientRect().left));
    assert.ok(first > second, 'columns begin on the right');
    assert.equal(await page.locator('.article-facts').evaluate((one) => getComputedStyle(one).direction), 'ltr');
  }),
  ...inBoth('reading: a hit and a card in such a language are written so', async (page, { url }) => {
    await page.goto(`${url}/`);
    const directions = await page.evaluate(async () => {
      const [{ hitOption, answerBox }, { drawCard }, { createTranscript }] = await Promise.all([import('/assets/hits.js'), import('/assets/card.js'), import('/assets/transcript.js')]);
      const hit = { article_id: 'a', title: 'رسوم', lang: 'ar', path: 'a.md', lines: [1, 2], heading: [], snippet: 'رسوم 25', highlights: [], level: 'high' };
      const card = document.createElement('li');
      drawCard(card, { ...hit, card_id: 'c', call_id: 'c', state: 'suggested', why: 'x', next_questions: ['رسوم'] }, () => {});
      const transcript = createTranscript();
      transcript.put({ utterance_id: 'u', role: 'customer', text: 'رسوم 25!' });
      document.body.append(hitOption(hit, 'h'), answerBox({ text: 'رسوم', article_id: 'a', confidence: 1 }, [hit], { open() {}, copied() {} }), card, transcript.element);
      return ['.hit-title', '.hit-snippet', '.answer-text', '.card h3', '.card-snippet', '.card-ask ul', '.turn p'].map((place) => getComputedStyle(document.querySelector(place)).direction);
    });
    assert.deepEqual(directions, Array(7).fill('rtl'));
  }),
  ...inBoth('reading: an article whose review is due after the end of the calendar', async (page, { url, lang, t }) => {
    await openChanged(page, url, lang, (article) => ({ ...article, meta: { ...article.meta, reviewed: '2026-05-01', review_every: '999999999d' } }));
    const facts = await page.locator('.article-facts').textContent();
    assert.ok(facts.includes(t.article.reviewed) && !facts.includes(t.article.due), facts);
    const due = await page.evaluate(async () => {
      const { reviewDue } = await import('/assets/text.js');
      return ['90d', '3650000d', '4000000000d'].map((every) => reviewDue('2026-05-01', every));
    });
    assert.deepEqual(due, ['2026-07-30', '', '']);
  }),
  { name: 'reading: a link to a file opens beside the page', async run(page, { url }) {
    await openChanged(page, url, 'en', (article) => ({ ...article, html: '<p><a href="/content/form.pdf">form</a> <a href="/articles/x">x</a> <a href="#note">note</a></p>' }));
    assert.deepEqual(await page.locator('.article-body a').evaluateAll((links) => links.map((link) => link.target)), ['_blank', '', '']);
  } },
  { name: 'reading: words are not marked within longer ones, but in Han and beside marks', async run(page, { url }) {
    await page.goto(`${url}/`);
    const marked = await page.evaluate(async () => {
      const { markWords } = await import('/assets/passage.js');
      const root = document.createElement('div');
      root.innerHTML = '<p>Coffee, feedback and the fee (fee). 提前解约费用 5费用</p>';
      markWords(root, ['fee', '解约']);
      return [...CSS.highlights.get('cuecard-words')].map((range) => `${range.startOffset} ${range}`);
    });
    assert.deepEqual(marked, ['25 fee', '30 fee', '38 解约']);
  } },
  { name: 'reading: back leads to where one was, and the same link works twice', async run(page, { url }) {
    await openChanged(page, url, 'en', (article) => ({ ...article, html: `<p><a href="#the-end">to the end</a></p>${LONG}<h2 id="the-end">The end</h2>${LONG}` }));
    const link = page.locator('.article-body a');
    for (let time = 0; time < 2; time += 1) {
      await page.evaluate(() => scrollTo(0, 0));
      await link.click();
      await page.waitForFunction(() => scrollY > 500);
      assert.ok((await top(page, '#the-end')) < 300);
      assert.ok(await isFocused(page.locator('#the-end')), 'one reads on from there');
    }
    const related = page.locator('.article-more').last().getByRole('link').first();
    await related.scrollIntoViewIfNeeded();
    const before = await page.evaluate(() => scrollY);
    await related.click();
    await page.waitForFunction((left) => scrollY < left, before);
    await page.goBack();
    await page.waitForFunction((left) => Math.abs(scrollY - left) < 5, before);
  } },
  ...inBoth('reading: a section that the contents lead to has the focus', async (page, { url, lang }) => {
    await openChanged(page, url, lang, (article) => ({ ...article, html: ['one', 'two', 'three'].map((id) => `<h2 id="${id}">${id}</h2><p><a href="https://example.com/${id}">${id}</a></p>${LONG}`).join('') }));
    const contents = page.locator('.contents');
    if ((await contents.getAttribute('open')) === null) await press(page, contents.locator('summary'));
    await press(page, contents.getByRole('link', { name: 'three' }));
    assert.ok(await isFocused(page.locator('#three')));
    await page.keyboard.press('Tab');
    assert.ok(await page.locator('.matched').evaluate((section) => section.contains(document.activeElement)));
  }),
  { name: 'reading: on paper there is the article and nothing to press', async run(page, { url }) {
    await openChanged(page, url, 'en', (article) => article);
    await page.emulateMedia({ media: 'print' });
    assert.ok(await page.locator('.article-body').isVisible());
    for (const place of ['#cc-top', '.article-tools', '.feedback', '.finder']) assert.ok(await page.locator(place).isHidden(), place);
  } },
  ...inBoth('reading: a reload leaves the article scrolled as it was', async (page, { url, lang }) => {
    await openChanged(page, url, lang, (article) => ({ ...article, html: LONG }));
    await page.evaluate(() => scrollTo(0, 700));
    await page.reload();
    await page.locator('.article-body').waitFor();
    await page.waitForFunction(() => scrollY === 700);
  }),
];
