// Live calls, by keyboard alone.

import assert from 'node:assert/strict';
import { clipboard, inBoth, isFocused, MAX_TURNS, play, post, press, say, script, startDemo } from './shared.mjs';

export const calls = [
  ...inBoth('calls: a demo call turn by turn until a card comes, which is used', async (page, tools) => {
    const { shot, lang, t } = tools;
    await startDemo(page, tools);
    await play(page);
    const card = page.locator('.card').first();
    await card.waitFor();
    await page.locator('.card-why').first().waitFor();
    await page.keyboard.press('j');
    assert.ok(await isFocused(card));
    await page.keyboard.press('c');
    await page.locator('.toast.shown').waitFor();
    assert.match(await clipboard(page), /\n\n— .+\nhttp.+\/articles\//);
    await page.keyboard.press('o');
    await page.locator('.call .article-body').waitFor();
    await shot(page, `call-article-${lang}`);
    await press(page, page.getByRole('button', { name: t.feedback.yes, exact: true }));
    await page.getByText(t.feedback.thanks).waitFor();
    await page.keyboard.press('Escape');
    await page.keyboard.press('u');
    await page.locator('.card[data-state=used]').waitFor();
    await press(page, page.getByRole('button', { name: t.calls.end }));
    await page.locator('.summary-body').waitFor();
    await shot(page, `call-ended-${lang}`);
    await tools.accessible(page);
  }),
  ...inBoth('calls: a new card does not move the one being read', async (page, tools) => {
    await startDemo(page, tools);
    await play(page);
    await page.keyboard.press('j');
    const id = await page.locator('.card').first().getAttribute('aria-labelledby');
    const read = page.locator(`.card[aria-labelledby="${id}"]`);
    const before = (await read.boundingBox()).y;
    const there = await page.locator('.card').count();
    await play(page, there + 1);
    assert.ok(Math.abs((await read.boundingBox()).y - before) < 2, 'it stays where it was');
    if ((await page.locator('.card').count()) > there) {
      await page.locator('.pill').waitFor();
      await page.keyboard.press('n');
      await page.locator('.pill').waitFor({ state: 'hidden' });
    }
  }),
  ...inBoth('calls: dismissed cards step back; the search knows the account and opens in the panel', async (page, tools) => {
    await startDemo(page, tools);
    await play(page);
    await page.keyboard.press('x');
    await page.locator('.card[data-state=dismissed]').waitFor();
    const asked = page.waitForRequest((request) => request.url().endsWith('/v1/search'));
    await page.keyboard.press('/');
    await page.keyboard.type(tools.question);
    assert.ok(Object.keys((await asked).postDataJSON().account).length > 0);
    await page.locator('.panel-results [role=option]').first().waitFor();
    await page.keyboard.press('Enter');
    await page.locator('.call .article-body').waitFor();
    assert.match(page.url(), /\/calls\?call=/);
  }),
  ...inBoth('calls: a card that stepped back comes again by the mouse too; keys know no Caps Lock; the title is the call’s', async (page, tools) => {
    await startDemo(page, tools);
    await play(page);
    const title = await page.title();
    await page.locator('.card').first().focus();
    await page.keyboard.press('X');
    const gone = page.locator('.card[data-state=dismissed]');
    await gone.waitFor();
    const name = await gone.locator('h3').textContent();
    await gone.getByRole('button', { name }).click();
    await page.locator('.call .article-body').waitFor();
    assert.notEqual(await page.title(), title);
    await page.keyboard.press('Escape');
    await page.locator('.card[data-state=opened]', { hasText: name }).waitFor();
    assert.equal(await page.title(), title);
  }),
  ...inBoth('calls: with an article open, keys mean its card and lead back to search and cards', async (page, tools) => {
    await startDemo(page, tools);
    await play(page, 2);
    await page.keyboard.press('j');
    await page.keyboard.press('j');
    const card = page.locator('.card').nth(1);
    const id = (await card.getAttribute('aria-labelledby')).replace('cc-card-', '');
    await page.keyboard.press('o');
    await page.locator('.call .article-body').waitFor();
    const told = page.waitForRequest((request) => request.url().endsWith('/engagement') && request.postDataJSON().type === 'used');
    await page.keyboard.press('u');
    assert.ok((await told).url().includes(`/cards/${id}/`));
    await page.keyboard.press('Escape');
    assert.ok(await isFocused(card), 'the card has the focus again');
    for (const [key, place] of [['Control+k', '.panel-search input'], ['n', '.card >> nth=0']]) {
      await card.focus();
      await page.keyboard.press('o');
      await page.locator('.call .article-body').waitFor();
      await page.keyboard.press(key);
      assert.ok(await isFocused(page.locator(place)), `${key} leads to ${place}`);
    }
  }),
  ...inBoth('calls: a link within an article, and a hit that no key takes for a card', async (page, tools) => {
    await page.route('**/v1/articles/*', async (route) => {
      const article = await (await route.fetch()).json();
      await route.fulfill({ json: { ...article, html: `<p><a href="#note">1</a></p>${article.html}${'<p>…</p>'.repeat(60)}<p id="note">Note</p>` } });
    });
    await startDemo(page, tools);
    await play(page);
    await page.keyboard.press('/');
    await page.keyboard.type(tools.question);
    await page.locator('.panel-results [role=option]').first().waitFor();
    await page.keyboard.press('Enter');
    await press(page, page.locator('.article-body a').first());
    await page.waitForFunction(() => (document.getElementById('note')?.getBoundingClientRect().top || Infinity) < innerHeight);
    assert.ok(!page.url().includes('#'));
    await page.keyboard.press('x');
    await page.keyboard.press('Escape');
    assert.ok(await isFocused(page.locator('.panel-search input')));
    assert.equal(await page.locator('.card[data-state=dismissed]').count(), 0);
  }),
  ...inBoth('calls: two quick visits to a call leave one stream', async (page, tools) => {
    await page.addInitScript(() => {
      globalThis.streams = [];
      globalThis.WebSocket = class extends WebSocket {
        constructor(...all) {
          super(...all);
          globalThis.streams.push(this);
        }
      };
    });
    await startDemo(page, tools);
    await page.route(/\/v1\/calls\/[^/]+$/, (route) => setTimeout(() => route.continue(), 1_500));
    for (let visit = 0; visit < 2; visit += 1) {
      await press(page, page.getByRole('link', { name: tools.t.calls.all }));
      await press(page, page.locator('.call-tabs a').last());
    }
    await page.locator('.call-state.state-of-live').waitFor();
    await page.waitForTimeout(1000);
    assert.equal(await page.evaluate(() => globalThis.streams.filter((one) => one.readyState === WebSocket.OPEN).length), 1);
  }),
  { name: 'calls: on a narrow window a new card out of sight is named', options: { viewport: { width: 360, height: 480 } }, async run(page, tools) {
    await startDemo(page, { ...tools, lang: 'en' });
    await play(page);
    await page.locator('.card').last().evaluate((card) => card.scrollIntoView({ block: 'start' }));
    await page.evaluate(() => scrollBy(0, 400));
    const there = await page.locator('.card').count();
    await play(page, there + 1);
    await page.locator('.pill').waitFor();
    assert.ok(await page.locator('.pill').evaluate((pill) => pill.getBoundingClientRect().top >= 0 && pill.getBoundingClientRect().bottom < innerHeight));
    await page.keyboard.press('n');
    await page.locator('.pill').waitFor({ state: 'hidden' });
  } },
  ...inBoth('calls: several at once, each with its own', async (page, tools) => {
    const { t } = tools;
    await startDemo(page, tools);
    await play(page);
    const first = await page.locator('.call:visible h1').textContent();
    await press(page, page.getByRole('link', { name: t.calls.all }));
    await startDemo(page, tools, 1);
    await page.locator('.call-tabs').waitFor();
    assert.equal(await page.locator('.call:visible .turn').count(), 0);
    await press(page, page.locator('.call-tabs').getByRole('link', { name: first }));
    await page.locator('.call:visible .card').first().waitFor();
    assert.equal(await page.locator('.call:visible h1').textContent(), first);
    await page.locator('.call-state.state-of-live:visible').waitFor();
  }),
  ...inBoth('calls: account facts, and what was held back and why', async (page, tools) => {
    await startDemo(page, tools);
    await page.locator('.account dt').first().waitFor();
    const held = page.locator('.silent summary');
    const next = page.locator('.demo .button.primary');
    for (let turn = 0; turn < MAX_TURNS && !(await held.isVisible()) && (await next.isEnabled()); turn += 1) {
      await page.keyboard.press('Space');
      await page.waitForTimeout(150);
    }
    await press(page, held);
    await page.locator('.silent li').first().waitFor();
  }),
  ...inBoth('calls: ?demo=1 starts by itself and plays', async (page, { url }) => {
    await page.goto(`${url}/calls?demo=1`);
    await page.locator('.call-state.state-of-live').waitFor();
    assert.match(page.url(), /\/calls\?call=/);
    await page.keyboard.press('a');
    await page.locator('.turn').nth(1).waitFor();
    await page.keyboard.press('a');
    const there = await page.locator('.turn').count();
    await page.reload();
    await page.locator('.turn').nth(there - 1).waitFor();
  }),
  { name: 'calls: an answer begun before an act does not undo it', async run(page, tools) {
    const { url } = tools;
    const { account, turns } = await script(page, { url, lang: 'en' });
    const { call_id: id } = await post(page, `${url}/v1/calls`, { account });
    await say(page, url, id, turns);
    await page.goto(`${url}/calls?call=${id}`);
    await page.locator('.call-state.state-of-live').waitFor();
    await page.locator('.card').first().waitFor();
    await page.waitForTimeout(500);
    await page.evaluate(() => {
      const card = document.querySelector('.card');
      globalThis.states = [];
      new MutationObserver(() => globalThis.states.push(card.dataset.state)).observe(card, { attributeFilter: ['data-state'] });
    });
    let begun = () => {};
    const asked = new Promise((done) => { begun = done; });
    let answer = () => {};
    await page.route(/\/v1\/calls\/[^/]+$/, async (route) => {
      const old = await route.fetch();
      begun();
      await new Promise((done) => { answer = done; });
      await route.fulfill({ response: old });
    }, { times: 1 });
    await asked;
    await page.keyboard.press('u');
    await page.locator('.card[data-state=used]').first().waitFor();
    answer();
    await page.waitForTimeout(1_000);
    assert.deepEqual(await page.evaluate(() => globalThis.states), ['used']);
  } },
  { name: 'calls: results that come when the field was left stay away from the cards', async run(page, { url, question = 'early termination fee' }) {
    const { call_id: id } = await post(page, `${url}/v1/calls`, { account: {} });
    await page.goto(`${url}/calls?call=${id}`);
    await page.locator('.call-state.state-of-live').waitFor();
    await page.route('**/v1/search', (route) => setTimeout(() => route.continue(), 300));
    await page.keyboard.press('/');
    await page.keyboard.type(question);
    await page.keyboard.press('Tab');
    await page.locator('.panel-results [role=option]').first().waitFor({ state: 'attached' });
    assert.ok(await page.locator('.panel-results').isHidden());
    await page.keyboard.press('/');
    await page.locator('.panel-results [role=option]').first().waitFor();
  } },
  ...inBoth('calls: what is unavailable is told, of the call and of a search in it', async (page, { url, t, question }) => {
    const { call_id: id } = await post(page, `${url}/v1/calls`, { account: {} });
    const call = await (await page.request.get(`${url}/v1/calls/${id}`)).json();
    const answer = await post(page, `${url}/v1/search`, { query: question });
    await page.route(`**/v1/calls/${id}`, (route) => route.fulfill({ json: { ...call, degraded: ['vectors_unavailable'], account_gaps: [{ source: 'crm', reason: 'timeout' }] } }));
    await page.route('**/v1/search', (route) => route.fulfill({ json: { ...answer, degraded: ['keyword_unavailable'] } }));
    await page.goto(`${url}/calls?call=${id}`);
    const notices = page.locator('.call [role=status] .notice');
    await notices.nth(1).waitFor();
    assert.deepEqual(await notices.allTextContents(), [t.degraded.vectors_unavailable, t.degraded.account_incomplete]);
    await page.unroute(`**/v1/calls/${id}`);
    await notices.first().waitFor({ state: 'detached' });
    await page.keyboard.press('/');
    await page.keyboard.type(question);
    await page.locator('.panel-note', { hasText: t.degraded.keyword_unavailable }).waitFor();
    await page.locator('.panel-results [role=option]').first().waitFor();
  }),
  ...inBoth('calls: an unknown call is told', async (page, { url, t }) => {
    await page.goto(`${url}/calls?call=there-is-no-such-call`);
    await page.getByText(t.calls.gone).waitFor();
  }, { allow: /404/ }),
];
