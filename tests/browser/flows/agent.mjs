// The page of an agent: which call it opens, what its links lead to, and what it says when its stream is refused.

import assert from 'node:assert/strict';
import { cable, inBoth, post, press, say, script, tabTo } from './shared.mjs';

const refuse = (status, code) => (route) => route.fulfill({ status, contentType: 'application/problem+json', json: { status, code, detail: 'refused' } });

/** Follows an agent over a way that is cut, after which the server refuses. */
async function refused(page, { url, t }, answer, then) {
  const way = await cable(url);
  try {
    await page.goto(`${way.url}/calls?agent=refused`);
    await page.getByText(t.calls.connected).waitFor();
    await page.route('**/v1/demo/calls', answer);
    way.cut();
    way.mend();
    await then();
  } finally {
    way.close();
  }
}

export const agent = [
  ...inBoth('agent: a page opened late goes to the call that goes on, quietly', async (page, tools) => {
    const { url, t } = tools;
    const { account, turns, lang } = await script(page, tools);
    const name = `late-${tools.lang}-${Date.now()}`;
    const ids = [];
    for (let call = 0; call < 3; call += 1) {
      ids.push((await post(page, `${url}/v1/calls`, { account, lang, agent_id: name })).call_id);
      await say(page, url, ids[call], turns);
    }
    for (const id of [ids[0], ids[2]]) await post(page, `${url}/v1/calls/${id}/end`, {});
    const asked = [];
    page.on('request', (request) => { if (/\/v1\/calls\/[^/]+$/.test(request.url())) asked.push(request.url().split('/').at(-1)); });
    await page.goto(`${url}/calls?agent=${name}`);
    await page.locator('.call .card').first().waitFor();
    assert.equal(new URL(page.url()).searchParams.get('call'), ids[1]);
    assert.ok(asked.every((id) => id === ids[1]), `asked for ${asked}`);
    await page.locator('.call-state.state-of-live:visible').waitFor();
    const back = page.locator('#cc-top').getByRole('link', { name: t.nav.calls, exact: true });
    assert.match(await back.getAttribute('href'), new RegExp(`agent=${name}$`));
    await press(page, page.locator('#cc-top').getByRole('link', { name: t.nav.content, exact: true }));
    await page.waitForURL((at) => at.pathname === '/content');
    await tabTo(page, back, 'Shift+Tab');
    await page.keyboard.press('Enter');
    await page.getByText(t.calls.connected).waitFor();
    const { call_id: next } = await post(page, `${url}/v1/calls`, { account, lang, agent_id: name });
    await say(page, url, next, turns);
    await page.waitForURL((at) => at.searchParams.get('call') === next);
    for (const id of [ids[1], next]) await post(page, `${url}/v1/calls/${id}/end`, {});
  }),
  ...inBoth('agent: the next call comes to the front once the one before has ended, and is told while it goes on', async (page, tools) => {
    const { url, t } = tools;
    const { account, turns, lang } = await script(page, tools);
    const name = `next-${tools.lang}-${Date.now()}`;
    const open = async () => (await post(page, `${url}/v1/calls`, { account, lang, agent_id: name })).call_id;
    await page.goto(`${url}/calls?agent=${name}`);
    await page.getByText(t.calls.connected).waitFor();
    await page.waitForTimeout(500);
    const first = await open();
    await say(page, url, first, turns);
    await page.waitForURL((at) => at.searchParams.get('call') === first);
    await page.getByRole('status').filter({ hasText: t.calls.began(first) }).waitFor();
    const meanwhile = await open();
    await say(page, url, meanwhile, turns);
    await page.locator('#cc-toast', { hasText: t.calls.began(meanwhile) }).waitFor();
    assert.equal(new URL(page.url()).searchParams.get('call'), first);
    await post(page, `${url}/v1/calls/${first}/end`, {});
    await page.locator('.call-state.state-of-ended:visible').waitFor();
    const next = await open();
    await say(page, url, next, turns);
    await page.waitForURL((at) => at.searchParams.get('call') === next);
    await page.locator('.call:visible .card').first().waitFor();
    for (const id of [meanwhile, next]) await post(page, `${url}/v1/calls/${id}/end`, {});
  }),
  ...inBoth('agent: a session that ended asks for the key, and the page follows again', (page, tools) => refused(page, tools, refuse(401, 'unauthorized'), async () => {
    await page.getByRole('dialog').waitFor();
    assert.equal(await page.locator('.notice-bad').textContent(), tools.t.error.status[401] + tools.t.error.retry);
    await page.unrouteAll();
    await page.keyboard.type('any');
    await page.keyboard.press('Enter');
    await page.getByText(tools.t.calls.connected).waitFor();
  }), { allow: /WebSocket|ERR_|401/ }),
  ...inBoth('agent: a key without the right is told', (page, tools) => refused(page, tools, refuse(403, 'forbidden'), () => page.getByText(tools.t.error.status[403]).waitFor()), { allow: /WebSocket|ERR_|403/ }),
];
