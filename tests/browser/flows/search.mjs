// The search page, by keyboard alone.

import assert from 'node:assert/strict';
import { articleWith, ask, clipboard, field, inBoth, isFocused, LANGS, openFirst, options, post, press, tabTo, ZH } from './shared.mjs';

const typedSearches = (page) => {
  const seen = [];
  page.on('request', (request) => { if (request.url().endsWith('/v1/search')) seen.push(request.postDataJSON().typing); });
  return seen;
};

export const search = [
  ...inBoth('search: the field has the focus, and the page its language', async (page, { url, tag }) => {
    const answer = await page.goto(`${url}/`);
    assert.match(answer.headers()['content-security-policy'] || '', /default-src 'self'/);
    await page.waitForFunction(() => document.activeElement?.getAttribute('role') === 'combobox');
    assert.equal(await page.locator('html').getAttribute('lang'), tag);
  }),
  ...inBoth('search: type, choose, open, and come back', async (page, { url, question }) => {
    await page.goto(`${url}/`);
    await ask(page, question);
    assert.equal(page.url(), `${url}/`, 'the address, which browsers record, does not have the question');
    assert.ok(!(await page.title()).includes(question));
    const chosen = () => field(page).getAttribute('aria-activedescendant');
    const first = await chosen();
    assert.equal(first, await options(page).first().getAttribute('id'));
    await page.keyboard.press('ArrowDown');
    assert.notEqual(await chosen(), first);
    await page.keyboard.press('ArrowUp');
    await openFirst(page);
    assert.match(page.url(), /\/articles\//);
    assert.equal(await page.getByRole('article').count(), 1);
    await page.getByRole('article').getByRole('heading', { level: 1 }).waitFor();
    for (const key of ['Control+k', 'Meta+k', '/']) {
      await page.locator('.reader').evaluate((reader) => reader.focus());
      await page.keyboard.press(key);
      assert.ok(await isFocused(field(page)), `${key} comes back to the field`);
    }
    assert.equal(await field(page).inputValue(), question);
    await page.keyboard.press('Escape');
    assert.equal(await field(page).inputValue(), '');
    await page.keyboard.press('Escape');
    await page.getByRole('article').waitFor({ state: 'hidden' });
    assert.equal(new URL(page.url()).pathname, '/');
  }),
  ...inBoth('search: while the index is still being built, the question is asked again by itself', async (page, { url, question }) => {
    let refused = 0;
    await page.route('**/v1/search', (route) => {
      if (refused === 2) return route.continue();
      refused += 1;
      return route.fulfill({ status: 503, contentType: 'application/problem+json', json: { code: 'not_ready', detail: 'the index is being built' } });
    });
    await page.goto(`${url}/?${new URLSearchParams({ q: question })}`);
    await page.locator('.notice-bad').waitFor();
    await options(page).first().waitFor();
    assert.equal(refused, 2);
    assert.equal(await page.locator('.notice-bad').count(), 0);
  }, { allow: /503/ }),
  ...inBoth('search: a question that is refused stands beside no other one’s answer, and is asked again by itself', async (page, { url, question }) => {
    await page.goto(`${url}/`);
    await ask(page, question);
    await page.locator('.answer').waitFor();
    await page.waitForRequest((request) => request.url().endsWith('/v1/search') && request.postDataJSON().typing === false);
    await page.route('**/v1/search', (route) => route.fulfill({ status: 503, contentType: 'application/problem+json', json: { code: 'overloaded', detail: 'busy' } }), { times: 1 });
    await field(page).fill(`${question} 2`);
    await page.locator('.notice-bad').waitFor();
    assert.equal(await page.locator('.answer').count(), 0);
    assert.equal(await options(page).count(), 0);
    assert.equal(await page.locator('.status').textContent(), '');
    await options(page).first().waitFor();
    assert.equal(await page.locator('.notice-bad').count(), 0);
  }, { allow: /503/ }),
  { name: 'search: while an answer is late, the older one is faint', async run(page, { url }) {
    await page.goto(`${url}/`);
    await ask(page, 'early termination fee');
    let answer = () => {};
    await page.route('**/v1/search', (route) => { answer = () => route.continue(); }, { times: 1 });
    await page.keyboard.type('s');
    await page.locator('.finder.late').waitFor();
    answer();
    await page.locator('.finder:not(.late)').waitFor();
  } },
  ...inBoth('search: every hit can be shown', async (page, { url, question, t }) => {
    const answer = await post(page, `${url}/v1/search`, { query: question });
    await page.route('**/v1/search', async (route) => {
      const { offset } = route.request().postDataJSON();
      const hits = Array.from({ length: offset ? 5 : 20 }, (_, at) => ({ ...answer.hits[0], article_id: `hit-${offset + at}`, title: `Hit ${offset + at}`, url: undefined }));
      await route.fulfill({ json: { ...answer, total: 25, hits } });
    });
    await page.goto(`${url}/`);
    await ask(page, question);
    const more = page.getByRole('button', { name: t.insights.more(5) });
    await press(page, more);
    await page.waitForFunction(() => document.querySelectorAll('#cc-results [role=option]').length === 25);
    assert.ok(await more.isHidden());
    assert.ok(await isFocused(field(page)));
    assert.equal(await field(page).getAttribute('aria-activedescendant'), 'cc-hit-20');
    await page.keyboard.press('Enter');
    await page.waitForURL((at) => at.pathname === '/articles/hit-20');
  }, { allow: /404/ }),
  ...inBoth('search: every article of a topic can be listed', async (page, { url, t }) => {
    await page.route('**/v1/articles?*', (route) => {
      const offset = Number(new URL(route.request().url()).searchParams.get('offset'));
      const articles = Array.from({ length: Math.min(50, 60 - offset) }, (_, at) => ({ article_id: `a${offset + at}`, title: `Article ${offset + at}`, lang: 'en' }));
      return route.fulfill({ json: { articles, total: 60 } });
    });
    await page.goto(`${url}/?topic=billing`);
    await press(page, page.getByRole('button', { name: t.insights.more(10) }));
    const added = page.getByRole('link', { name: 'Article 50' });
    await added.waitFor();
    assert.ok(await isFocused(added));
    assert.equal(await page.locator('.start .links a').count(), 60);
    assert.equal(await page.locator('.start button:visible').count(), 0);
  }),
  ...inBoth('search: signing in keeps the question', async (page, { url, question }) => {
    await page.goto(`${url}/`);
    await page.waitForFunction(() => document.activeElement?.getAttribute('role') === 'combobox');
    await page.route('**/v1/search', (route) => route.fulfill({ status: 401, contentType: 'application/problem+json', json: { code: 'unauthorized' } }));
    await field(page).fill(question);
    await page.getByRole('dialog').waitFor();
    await page.unrouteAll();
    await page.keyboard.type('any');
    await page.keyboard.press('Enter');
    await options(page).first().waitFor();
    assert.equal(await field(page).inputValue(), question);
  }, { allow: /401/ }),
  ...inBoth('search: signing in at the identity provider keeps the question, and no address has it', async (page, { url, question, t }) => {
    const visited = [];
    page.on('framenavigated', (frame) => visited.push(decodeURIComponent(frame.url())));
    await page.goto(`${url}/`);
    await page.evaluate(() => { document.documentElement.dataset.signIn = ''; });
    await page.route('**/v1/search', (route) => route.fulfill({ status: 401, contentType: 'application/problem+json', json: { code: 'unauthorized' } }));
    await page.route('**/v1/session/login*', (route) => route.fulfill({ status: 302, headers: { location: new URL(route.request().url()).searchParams.get('to') } }));
    await field(page).fill(question);
    await page.getByRole('dialog').waitFor();
    await page.unroute('**/v1/search');
    await page.getByRole('link', { name: t.login.provider }).click();
    await options(page).first().waitFor();
    assert.equal(await field(page).inputValue(), question);
    assert.ok(visited.length > 1 && !visited.join(' ').includes(question), visited.join(' '));
  }, { allow: /401/ }),
  ...inBoth('search: while the server starts, topics come by themselves and an article can be asked for again', async (page, { url, lang, t }) => {
    const starting = (route) => route.fulfill({ status: 503, contentType: 'application/problem+json', json: { code: 'not_ready', detail: 'the index is being built' } });
    await page.route('**/v1/topics', starting, { times: 3 });
    await page.goto(`${url}/`);
    await page.locator('.start .chip').first().waitFor();
    await page.waitForFunction(() => document.querySelectorAll('.filters select')[0].options.length > 1);
    const { article_id: id } = await articleWith(page, url, lang, () => true);
    for (const [path, shown] of [[`/articles/${encodeURIComponent(id)}`, '.article-body'], [`/?lang=${lang}`, '.start .links a']]) {
      await page.route(/\/v1\/articles/, starting, { times: 1 });
      await page.goto(url + path);
      await page.getByRole('alert').getByText(t.error.code.not_ready).waitFor();
      await press(page, page.getByRole('button', { name: t.error.retry }));
      await page.locator(shown).first().waitFor();
    }
  }, { allow: /503/ }),
  ...inBoth('search: Enter right after typing waits for the answer', async (page, { url, question }) => {
    await page.goto(`${url}/`);
    await field(page).fill(question);
    await openFirst(page);
    assert.match(page.url(), /\/articles\//);
  }),
  ...inBoth('search: what is only typed is marked so; what is opened is recorded', async (page, { url, question }) => {
    const typing = typedSearches(page);
    await page.goto(`${url}/`);
    await ask(page, question);
    assert.ok(typing.length > 0 && typing.every((one) => one === true));
    const opened = page.waitForResponse((response) => response.url().includes('/engagement'));
    await openFirst(page);
    assert.ok((await opened).ok(), 'the opening is recorded');
    assert.equal(typing.filter((one) => one === false).length, 1);
  }),
  ...inBoth('search: a question that stands is recorded once, though nothing is opened', async (page, { url, question }) => {
    const typing = typedSearches(page);
    await page.goto(`${url}/`);
    await ask(page, question);
    await page.waitForRequest((request) => request.url().endsWith('/v1/search') && request.postDataJSON().typing === false);
    await page.waitForTimeout(2500);
    assert.equal(typing.filter((one) => one === false).length, 1);
  }),
  ...inBoth('search: an address can be shared, reloaded and gone back to', async (page, { url, question, lang }) => {
    await page.goto(`${url}/?${new URLSearchParams({ q: question, lang })}`);
    await options(page).first().waitFor();
    assert.equal(page.url(), `${url}/?lang=${lang}`);
    assert.equal(await page.locator('.filters select').nth(2).inputValue(), lang);
    await openFirst(page);
    const article = page.url();
    await page.reload();
    await page.locator('.article-body').waitFor();
    assert.equal(page.url(), article);
    await page.goBack();
    await options(page).first().waitFor();
    assert.equal(page.url(), `${url}/?lang=${lang}`);
    assert.equal(await field(page).inputValue(), question);
    await page.goForward();
    await page.locator('.article-body').waitFor();
  }),
  ...inBoth('search: after a link within an article, a reload keeps the question', async (page, { url, question }) => {
    await page.goto(`${url}/`);
    await ask(page, question);
    await openFirst(page);
    const before = page.url();
    await page.locator('.article-more').last().getByRole('link').first().click();
    await page.waitForFunction((left) => location.href !== left && document.querySelector('.article-body'), before);
    await page.reload();
    await options(page).first().waitFor();
    await press(page, page.locator('.article-tools button').first());
    await page.waitForURL(`${url}/`);
    assert.equal(await field(page).inputValue(), question);
  }),
  ...inBoth('search: the link to the search page begins anew, and back leads to the question', async (page, { url, question, t }) => {
    await page.goto(`${url}/`);
    await ask(page, question);
    await press(page, page.locator('#cc-top').getByRole('link', { name: t.nav.search, exact: true }), 'Enter');
    await page.locator('.start .chip').first().waitFor();
    assert.equal(await field(page).inputValue(), '');
    await page.goBack();
    await options(page).first().waitFor();
    assert.equal(await field(page).inputValue(), question);
  }),
  ...inBoth('search: filters by topic, product and language', async (page, { url, question, t }) => {
    await page.goto(`${url}/`);
    await ask(page, question);
    const names = ['topic', 'product', 'lang'];
    for (const [at, name] of names.entries()) {
      const select = page.locator('.filters select').nth(at);
      await tabTo(page, select);
      const answer = page.waitForRequest((request) => request.url().endsWith('/v1/search'));
      await page.keyboard.press('ArrowDown');
      const { filter } = (await answer).postDataJSON();
      assert.equal(Object.values(filter).length, 1);
      const value = await select.inputValue();
      assert.equal(new URL(page.url()).searchParams.get(name), value);
      await press(page, page.getByRole('button', { name: t.search.clear }));
      assert.ok(!new URL(page.url()).searchParams.has(name));
      await page.keyboard.press('Control+k');
    }
    await options(page).first().waitFor();
  }),
  ...inBoth('search: the answer is copied with its source', async (page, { url, question, t }) => {
    await page.goto(`${url}/`);
    await ask(page, question);
    await press(page, page.getByRole('button', { name: t.search.copyAnswer }));
    await page.locator('.toast.shown').waitFor();
    assert.match(await clipboard(page), /\n\n— .+\nhttp.+\/articles\//);
  }),
  ...inBoth('search: a copy that the browser refuses is not called done', async (page, { url, question, t }) => {
    await page.addInitScript(() => {
      navigator.clipboard.writeText = () => Promise.reject(new Error('refused'));
      document.execCommand = () => false;
    });
    await page.goto(`${url}/`);
    await ask(page, question);
    await press(page, page.getByRole('button', { name: t.search.copyAnswer }));
    await page.locator('.toast.shown', { hasText: t.error.copy }).waitFor();
  }),
  ...inBoth('search: nothing found is said, and reported as a gap', async (page, { url, t, shot, accessible, lang }) => {
    await page.goto(`${url}/`);
    await page.waitForFunction(() => document.activeElement?.getAttribute('role') === 'combobox');
    await page.keyboard.type('"zyx qwv jkx"');
    await page.getByText(t.search.none).waitFor();
    await shot(page, `nothing-${lang}`);
    await accessible(page);
    const noted = page.waitForResponse((response) => response.url().endsWith('/v1/gaps'));
    await press(page, page.getByRole('button', { name: t.search.gap }));
    assert.ok((await noted).ok());
    await page.locator('.toast.shown').waitFor();
  }),
  ...inBoth('search: what was opened and pinned is at hand again', async (page, { url, question, t }) => {
    await page.goto(`${url}/`);
    await ask(page, question);
    await openFirst(page);
    const title = await page.getByRole('article').getByRole('heading', { level: 1 }).textContent();
    await press(page, page.getByRole('button', { name: t.article.pin }));
    await page.goto(`${url}/`);
    await page.getByRole('heading', { name: t.start.pinned }).waitFor();
    await press(page, page.locator('.start .links a').first());
    await page.getByRole('article').getByRole('heading', { level: 1, name: title.trim() }).waitFor();
  }),
  ...inBoth('search: a pinned article that is gone is pinned no longer', async (page, { url, question, t }) => {
    await page.goto(`${url}/`);
    await ask(page, question);
    await openFirst(page);
    await press(page, page.getByRole('button', { name: t.article.pin }));
    await page.route('**/v1/articles/*', (route) => route.fulfill({ status: 404, contentType: 'application/problem+json', json: { status: 404, code: 'not_found' } }));
    await page.goto(`${url}/`);
    await press(page, page.locator('.start .links a').first());
    await page.getByText(t.article.missing).waitFor();
    await page.goto(`${url}/`);
    await page.locator('.start .chip').first().waitFor();
    assert.equal(await page.locator('.start .links').count(), 0);
  }, { allow: /404/ }),
  { name: 'search: what one opened and pinned is not shown to the next', async run(page, { url, t = LANGS[0].t }) {
    await page.goto(`${url}/`);
    await ask(page, 'early termination fee');
    await openFirst(page);
    await press(page, page.getByRole('button', { name: t.article.pin }));
    await page.route('**/v1/session', (route) => route.fulfill({ json: { name: 'next', scopes: [], audiences: [] } }));
    await page.goto(`${url}/`);
    await page.locator('.start .chip').first().waitFor();
    assert.equal(await page.locator('.start .links').count(), 0);
    await page.unrouteAll();
    await page.reload();
    await page.getByRole('heading', { name: t.start.pinned }).waitFor();
  } },
  { name: 'search: a hit that is opened while a newer question waits was asked for by the older one', async run(page, { url }) {
    await page.goto(`${url}/`);
    await ask(page, 'early termination fee');
    const posted = [];
    page.on('request', (request) => { if (request.url().endsWith('/v1/search')) posted.push(request.postDataJSON()); });
    await page.route('**/v1/search', (route) => (route.request().postDataJSON().typing ? setTimeout(() => route.continue(), 1_500) : route.continue()));
    await page.keyboard.type(' for my cat');
    const opened = page.waitForRequest((request) => request.url().endsWith('/engagement'));
    await options(page).first().click();
    await opened;
    assert.deepEqual(posted.filter((one) => !one.typing).map((one) => one.query), ['early termination fee']);
  } },
  ...inBoth('search: a topic of the first page lists its articles', async (page, { url }) => {
    await page.goto(`${url}/`);
    await press(page, page.locator('.start .chip').first());
    await press(page, page.locator('.start .links a').first());
    await page.locator('.article-body').waitFor();
  }),
  { name: 'search: letters of an input method are not searched', options: ZH, async run(page, { url }) {
    await page.goto(`${url}/`);
    await field(page).focus();
    const asked = typedSearches(page);
    const client = await page.context().newCDPSession(page);
    await client.send('Input.imeSetComposition', { text: 'kuandai', selectionStart: 7, selectionEnd: 7 });
    await page.waitForTimeout(250);
    assert.equal(asked.length, 0);
    await client.send('Input.insertText', { text: '宽带' });
    await options(page).first().waitFor();
    assert.ok(asked.length > 0);
    const recorded = asked.length;
    await client.send('Input.imeSetComposition', { text: 'zifei', selectionStart: 5, selectionEnd: 5 });
    await page.waitForTimeout(2500);
    assert.equal(asked.length, recorded, 'nor are they recorded');
  } },
  { name: 'search: the language switch is kept', async run(page, { url }) {
    await page.goto(`${url}/`);
    await press(page, page.getByRole('button', { name: '中文' }));
    await page.getByRole('link', { name: '实时通话' }).waitFor();
    await page.reload();
    await page.getByRole('link', { name: '实时通话' }).waitFor();
  } },
];
