// Content health, insights and what is the same on every page, by keyboard alone.

import assert from 'node:assert/strict';
import { clipboard, field, inBoth, isFocused, LANGS, press, tabTo } from './shared.mjs';

export const pages = [
  ...inBoth('content: findings with their places, filtered and grouped', async (page, { url, t }) => {
    await page.goto(`${url}/content`);
    await page.locator('.finding').first().waitFor();
    const all = await page.locator('.finding').count();
    const place = await page.locator('.finding-place').first().textContent();
    await press(page, page.locator('.finding button').first());
    await page.locator('.toast.shown').waitFor();
    assert.equal(await clipboard(page), place);
    await tabTo(page, page.getByLabel(t.content.group), 'Shift+Tab');
    await page.keyboard.press('ArrowDown');
    await page.locator('.finding').first().waitFor();
    assert.equal(await page.locator('.finding').count(), all);
    await tabTo(page, page.getByLabel(t.content.filter), 'Shift+Tab');
    await page.keyboard.type(place.split(':')[0]);
    await page.waitForFunction((path) => [...document.querySelectorAll('.finding-place')].every((one) => one.textContent.startsWith(`${path}:`)), place.split(':')[0]);
    assert.ok((await page.locator('.finding').count()) <= all);
    await page.keyboard.type(' nothing has this');
    await page.getByText(t.content.none).waitFor();
  }),
  { name: 'content: of ten thousand findings some are shown, and more on demand', async run(page, { url, t = LANGS[0].t }) {
    const diagnostics = Array.from({ length: 10_000 }, (_, at) => ({ path: `en/a${at}.md`, line: 1, column: 1, rule: 'review-overdue', severity: 'info', message: 'overdue', help: 'review it' }));
    await page.route('**/v1/content/diagnostics', (route) => route.fulfill({ json: { diagnostics } }));
    await page.goto(`${url}/content`);
    await page.locator('.finding').first().waitFor();
    assert.equal(await page.locator('.finding').count(), 200);
    await page.getByRole('button', { name: t.insights.more(200) }).click();
    assert.equal(await page.locator('.finding').count(), 400);
    assert.ok(await isFocused(page.locator('.finding').nth(200).locator('button')));
    await page.getByLabel(t.content.filter).fill('a999');
    await page.waitForFunction(() => document.querySelectorAll('.finding').length === 11);
  } },
  ...inBoth('insights: a question without an answer becomes a gap with a draft', async (page, { url, t, lang }) => {
    const question = `where can I board my tame walrus ${Date.now() % 1000}`;
    for (const query of [question, 'early termination fee']) await page.request.post(`${url}/v1/search`, { data: { query } });
    await page.request.post(`${url}/v1/gaps`, { data: { query: question, comment: `asked by phone (${lang})` } });
    await page.waitForTimeout(2000);
    await page.goto(`${url}/insights`);
    await page.locator('.tile').first().waitFor();
    const gap = page.locator('.gap', { hasText: 'walrus' }).first();
    await gap.waitFor();
    assert.equal(await page.getByRole('img', { name: t.insights.questionsByDay }).count(), 1);
    await press(page, gap.getByRole('button', { name: t.insights.draft }));
    await page.locator('.toast.shown').waitFor();
    const draft = await clipboard(page);
    assert.match(draft, /^---\nid: /);
    assert.ok(draft.includes('status: draft') && draft.includes('walrus'));
    const days = page.waitForResponse((response) => response.url().includes('/v1/insights/gaps?since='));
    await tabTo(page, page.getByRole('button', { name: t.insights.days(7) }), 'Shift+Tab');
    await page.keyboard.press('Enter');
    assert.ok((await days).ok());
    assert.ok(await isFocused(page.getByRole('button', { name: t.insights.days(7) })), 'the choice keeps the focus');
  }),
  ...inBoth('pages: every one is a few keys away', async (page, { url, t }) => {
    await page.goto(`${url}/`);
    for (const [name, path] of [['calls', '/calls'], ['content', '/content'], ['insights', '/insights'], ['search', '/']]) {
      const link = page.locator('#cc-top').getByRole('link', { name: t.nav[name], exact: true });
      await tabTo(page, link, 'Shift+Tab');
      await page.keyboard.press('Enter');
      await page.waitForURL((at) => at.pathname === path);
      await page.locator('#cc-main h1').waitFor({ state: 'attached' });
      await page.waitForFunction(() => document.getElementById('cc-main').contains(document.activeElement));
    }
  }),
  ...inBoth('pages: one that cannot be fetched is told and asked for again', async (page, { url, t }) => {
    await page.goto(`${url}/content`);
    await page.locator('.finding').first().waitFor();
    await page.route('**/assets/insights.js', (route) => route.abort());
    await tabTo(page, page.locator('#cc-top').getByRole('link', { name: t.nav.insights, exact: true }), 'Shift+Tab');
    await page.keyboard.press('Enter');
    await page.getByRole('alert').getByText(t.error.unreachable).waitFor();
    await page.unrouteAll();
    await press(page, page.getByRole('button', { name: t.error.retry }));
    await page.locator('.tile').first().waitFor();
  }, { allow: /ERR_FAILED/ }),
  ...inBoth('keys: the list of shortcuts, and single keys can be turned off', async (page, { url, t }) => {
    await page.goto(`${url}/content`);
    await page.locator('.finding, .empty').first().waitFor();
    await page.keyboard.press('?');
    await page.getByRole('dialog').waitFor();
    await press(page, page.getByLabel(t.keys.single), 'Space');
    await page.keyboard.press('Escape');
    await page.keyboard.press('/');
    assert.equal(new URL(page.url()).pathname, '/content');
    await page.keyboard.press('Control+k');
    await field(page).waitFor();
  }),
];
