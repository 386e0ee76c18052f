// Content health, insights and what is the same on every page, by keyboard alone.

import assert from 'node:assert/strict';
import { ask, clipboard, field, inBoth, isFocused, LANGS, openFirst, press, tabTo } from './shared.mjs';

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
  ...inBoth('pages: back leads to the filter and the period that one had', async (page, { url, t }) => {
    const away = () => page.locator('#cc-top').getByRole('link', { name: t.nav.search, exact: true }).click();
    await page.goto(`${url}/content`);
    await page.locator('.finding').first().waitFor();
    const path = (await page.locator('.finding-place').first().textContent()).split(':')[0];
    await page.getByLabel(t.content.group).selectOption('rule');
    await page.getByLabel(t.content.filter).fill(path);
    await page.waitForURL((at) => at.searchParams.get('q') === path && at.searchParams.get('group') === 'rule');
    await away();
    await field(page).waitFor();
    await page.goBack();
    await page.waitForFunction((wanted) => document.querySelector('.finding-place') && [...document.querySelectorAll('.finding-place')].every((one) => one.textContent.startsWith(wanted)), path);
    assert.equal(await page.getByLabel(t.content.group).inputValue(), 'rule');
    await page.goto(`${url}/insights`);
    await page.locator('.tile').first().waitFor();
    await page.getByRole('button', { name: t.insights.days(90) }).click();
    await page.waitForURL((at) => at.searchParams.get('days') === '90');
    await away();
    await field(page).waitFor();
    await page.goBack();
    await page.locator(`.spans [aria-pressed=true]`, { hasText: t.insights.days(90) }).waitFor();
    await page.locator('.tile').first().waitFor();
  }),
  ...inBoth('insights: rows that are left out are named, and shown on demand', async (page, { url, t }) => {
    await page.route('**/v1/insights/articles?*', (route) => route.fulfill({ json: { articles: Array.from({ length: 30 }, (_, at) => ({ article_id: `a${at}`, title: `Article ${at}`, shown: 1, opened: 0, copied: 0, used: 0, helpful: 0, not_helpful: 0, dismissed: 0, last_shown_at: null, flags: [] })) } }));
    await page.goto(`${url}/insights`);
    await page.getByRole('link', { name: 'Article 0' }).waitFor();
    await press(page, page.getByRole('button', { name: t.insights.more(6) }));
    await page.getByRole('link', { name: 'Article 29' }).waitFor();
    assert.ok(await isFocused(page.locator('tr', { hasText: 'Article 24' })));
  }),
  ...inBoth('pages: who is signed in is told and can sign out', async (page, { url, t, shot, lang, accessible }) => {
    let name = 'desk-4';
    let ended = 0;
    await page.route('**/v1/session', (route) => {
      if (route.request().method() === 'DELETE') {
        ended += 1;
        name = 'local';
        return route.fulfill({ status: 204 });
      }
      return route.fulfill({ json: { name, scopes: [], audiences: [] } });
    });
    await page.goto(`${url}/?q=early+termination+fee`);
    await page.locator('#cc-top').getByText('desk-4').waitFor();
    await page.locator('#cc-results [role=option]').first().waitFor();
    await shot(page, `signed-in-${lang}`);
    await accessible(page);
    const out = page.getByRole('button', { name: t.nav.signOut });
    await tabTo(page, out, 'Shift+Tab');
    await page.keyboard.press('Enter');
    await out.waitFor({ state: 'detached' });
    assert.equal(ended, 1);
    assert.equal(await field(page).inputValue(), '');
    assert.equal(new URL(page.url()).search, '');
  }),
  ...inBoth('pages: after signing out, back shows no question, also over a reload', async (page, { url, question, t }) => {
    await page.route('**/v1/session', (route) => (route.request().method() === 'DELETE' ? route.fulfill({ status: 204 }) : route.fulfill({ json: { name: 'desk-4', scopes: [], audiences: [] } })));
    const asked = [];
    page.on('request', (request) => { if (request.url().endsWith('/v1/search')) asked.push(request.postDataJSON().query); });
    await page.goto(`${url}/`);
    await ask(page, question);
    await openFirst(page);
    await page.getByRole('button', { name: t.nav.signOut }).click();
    await page.waitForURL(`${url}/`);
    await page.locator('.start .chip').first().waitFor();
    asked.length = 0;
    await page.goBack();
    await page.locator('.start .chip').first().waitFor();
    assert.equal(await field(page).inputValue(), '');
    await page.reload();
    await page.locator('.start .chip').first().waitFor();
    assert.equal(await field(page).inputValue(), '');
    assert.deepEqual(asked, []);
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
  ...inBoth('sign-in: one that failed at the provider is told once', async (page, { url, t }) => {
    for (const [code, said] of [['unauthorized', t.login.failed], ['forbidden', t.login.forbidden], ['identity_provider_unreachable', t.login.unreachable]]) {
      await page.goto(`${url}/?sign_in=${code}`);
      await page.getByRole('dialog').getByText(said).waitFor();
      assert.equal(new URL(page.url()).search, '');
    }
  }),
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
