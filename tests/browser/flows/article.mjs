// An open article, by keyboard alone.

import assert from 'node:assert/strict';
import { articleWith, ask, clipboard, field, inBoth, isFocused, openFirst, press, tabTo } from './shared.mjs';

const address = (url, { article_id: id }) => `${url}/articles/${encodeURIComponent(id)}`;

async function rateNotHelpful(page, t) {
  const sent = page.waitForRequest((request) => request.url().includes('/engagement') && request.postDataJSON().type === 'rated');
  await press(page, page.getByRole('button', { name: t.feedback.no, exact: true }));
  await page.keyboard.press('ArrowDown');
  await press(page, page.getByRole('button', { name: t.feedback.send }));
  await page.getByText(t.feedback.thanks).waitFor();
  return (await sent).postDataJSON();
}

export const article = [
  ...inBoth('article: opens at the passage that matched', async (page, { url, question }) => {
    await page.goto(`${url}/`);
    await ask(page, question);
    await openFirst(page);
    assert.ok(await isFocused(page.locator('.reader')));
    // A passage before the first heading has no section of its own; there the article opens at its top.
    const part = page.locator(new URL(page.url()).hash ? '.matched' : '.article-body > p').first();
    assert.ok(await part.evaluate((passage) => {
      const box = passage.getBoundingClientRect();
      return box.top < innerHeight && box.bottom > 0;
    }), 'the matched passage is in view');
    assert.ok(await page.evaluate(() => CSS.highlights.has('cuecard-words')), 'the words of the question are marked');
  }),
  ...inBoth('article: contents, section links and steps', async (page, { url, lang, t }) => {
    const long = await articleWith(page, url, lang, ({ html }) => /<ol/.test(html) && (html.match(/<h2/g) || []).length >= 3);
    await page.goto(address(url, long));
    await page.locator('.article-body').waitFor();
    const contents = page.locator('.contents');
    if ((await contents.getAttribute('open')) === null) await press(page, contents.locator('summary'));
    await press(page, contents.getByRole('link').nth(2));
    await page.locator('.matched').waitFor();
    await press(page, page.locator('.article-body .anchor').first());
    await page.locator('.toast.shown').waitFor();
    assert.match(await clipboard(page), /\/articles\/.+#.+/);
    const step = page.getByRole('button', { name: t.article.copyStep(1) }).first();
    await press(page, step);
    const text = await step.evaluate((button) => button.parentElement.textContent.trim());
    assert.equal((await clipboard(page)).trim(), text);
  }),
  ...inBoth('article: owner, last change and review date; translations and related ones', async (page, { url, lang, t }) => {
    const whole = await articleWith(page, url, lang, (one) => one.meta.owner && one.meta.reviewed && one.translations.length && one.related.length);
    await page.goto(address(url, whole));
    const facts = page.locator('.article-facts');
    await facts.waitFor();
    for (const name of [t.article.owner, t.article.reviewed, t.article.changed]) assert.ok((await facts.textContent()).includes(name), name);
    assert.ok((await facts.textContent()).includes(whole.meta.owner));
    await press(page, page.getByRole('link', { name: whole.translations[0].title }).first());
    await page.getByRole('article').getByRole('heading', { level: 1, name: whole.translations[0].title }).waitFor();
    await page.goBack();
    await press(page, page.locator('.article-more').last().getByRole('link', { name: whole.related[0].title }));
    await page.getByRole('article').getByRole('heading', { level: 1, name: whole.related[0].title }).waitFor();
  }),
  ...inBoth('article: not helpful, with a reason, after a search', async (page, { url, question, t }) => {
    await page.goto(`${url}/`);
    await ask(page, question);
    const recorded = page.waitForResponse((response) => response.url().endsWith('/engagement'));
    await openFirst(page);
    const { url: openedAt } = { url: (await recorded).url() };
    const sent = await rateNotHelpful(page, t);
    assert.deepEqual([sent.rating, sent.reason], ['not_helpful', 'wrong']);
    assert.match(openedAt, /\/v1\/searches\/[0-9a-f-]{36}\/engagement/);
  }),
  { name: 'article: opened from elsewhere, feedback is no longer the question’s that led to it before', async run(page, { url }) {
    await page.goto(`${url}/`);
    await ask(page, 'early termination fee');
    const recorded = page.waitForResponse((response) => response.url().endsWith('/engagement'));
    await openFirst(page);
    const question = (await recorded).url();
    await page.keyboard.press('Escape');
    await page.waitForFunction(() => document.activeElement?.getAttribute('role') === 'combobox');
    await page.keyboard.press('Escape');
    await press(page, page.locator('.start .links a').first());
    await page.locator('.article-body').waitFor();
    const rated = page.waitForRequest((request) => request.url().endsWith('/engagement'));
    await press(page, page.locator('.feedback button').first());
    assert.notEqual((await rated).url(), question);
  } },
  { name: 'article: one that changed is shown as the hit has it', async run(page, { url }) {
    const changed = (one) => ({ ...one, revision: 'changed' });
    await page.goto(`${url}/`);
    await ask(page, 'early termination fee');
    await openFirst(page);
    await page.route('**/v1/search', async (route) => {
      const answer = await (await route.fetch()).json();
      await route.fulfill({ json: { ...answer, hits: answer.hits.map(changed) } });
    });
    await page.route('**/v1/articles/*', async (route) => {
      const article = await (await route.fetch()).json();
      await route.fulfill({ json: { ...changed(article), html: `<p>Reworded today</p>${article.html}` } });
    });
    const path = new URL(page.url()).pathname;
    const answered = page.waitForResponse('**/v1/search');
    await field(page).fill('early termination fees');
    await answered;
    await page.locator(`#cc-results a[href^="${path}"]`).click();
    await page.getByText('Reworded today').waitFor();
  } },
  ...inBoth('article: feedback where no search led to it', async (page, { url, lang, t }) => {
    await page.goto(address(url, await articleWith(page, url, lang, () => true)));
    const sent = await rateNotHelpful(page, t);
    assert.equal(sent.rating, 'not_helpful');
  }),
  ...inBoth('article: two revisions side by side', async (page, { url, lang, t, shot, accessible }) => {
    const changed = await articleWith(page, url, lang, ({ commit }) => commit && /reworded/.test(commit.subject));
    await page.goto(address(url, changed));
    await press(page, page.locator('.article-facts a').first());
    await page.locator('.diff').waitFor();
    assert.match(await page.locator('.diff ins').allTextContents().then((all) => all.join(' ')), /reworded|改写/);
    await page.locator('.diff .fold').first().waitFor();
    await shot(page, `history-${lang}`);
    await accessible(page);
    await press(page, page.locator('.diff .fold button').first());
    await tabTo(page, page.getByLabel(t.history.after, { exact: true }), 'Shift+Tab');
    await page.keyboard.press('ArrowDown');
    await page.getByText(t.history.same).waitFor();
    assert.match(page.url(), /\?compare=[0-9a-f]{12}\.\.[0-9a-f]{12}$/);
    assert.ok(await isFocused(page.getByLabel(t.history.after, { exact: true })), 'the choice keeps the focus');
    await page.reload();
    await page.getByText(t.history.same).waitFor();
    await page.keyboard.press('Escape');
    await page.locator('.article-body').waitFor();
    assert.ok(!page.url().includes('compare'));
  }),
  ...inBoth('article: an unknown one is told, not broken', async (page, { url, shot, t, lang }) => {
    await page.goto(`${url}/articles/there-is-no-such-article`);
    await page.getByText(t.article.missing).waitFor();
    await shot(page, `missing-${lang}`);
  }, { allow: /404/ }),
];
