// What the streams bring: calls led elsewhere, an agent's calls, a connection that breaks.

import assert from 'node:assert/strict';
import { cable, inBoth, isFocused, LANGS, play, post, say, script, startDemo } from './shared.mjs';

/** An agent of whom nobody has heard. */
const agentOf = (name) => `${name}-${Date.now()}`;

export const stream = [
  { name: 'stream: eight pages in front of calls leave the browser room to ask', async run(page, { url }) {
    const { call_id: id } = await post(page, `${url}/v1/calls`, { account: {} });
    for (let window = 0; window < 8; window += 1) {
      const other = await page.context().newPage();
      await other.goto(`${url}/calls?call=${id}`);
      await other.locator('.call-state.state-of-live').waitFor();
    }
  } },
  { name: 'stream: where no WebSocket gets through, server-sent events bring the call', allow: /WebSocket/, async run(page, tools) {
    const { url } = tools;
    const { account, turns } = await script(page, { url, lang: 'en' });
    const { call_id: id } = await post(page, `${url}/v1/calls`, { account });
    await page.addInitScript(() => {
      globalThis.WebSocket = class extends WebSocket {
        constructor(address) {
          super(String(address).replace('/ws', '/no'));
        }
      };
    });
    await page.goto(`${url}/calls?call=${id}`);
    await page.locator('.call-state.state-of-live').waitFor();
    await say(page, url, id, turns);
    await page.locator('.card').first().waitFor();
  } },
  { name: 'stream: a call of which nothing is heard is asked for less and less', async run(page, { url }) {
    const { call_id: id } = await post(page, `${url}/v1/calls`, { account: {} });
    let asked = 0;
    page.on('request', (request) => { if (request.url().endsWith(`/v1/calls/${id}`)) asked += 1; });
    await page.goto(`${url}/calls?call=${id}`);
    await page.locator('.call-state.state-of-live').waitFor();
    await page.waitForTimeout(14_000);
    assert.ok(asked >= 2 && asked <= 5, `asked ${asked} times`);
    await post(page, `${url}/v1/calls/${id}/utterances`, { role: 'customer', text: 'hello there' });
    await page.locator('.turn').waitFor();
  } },
  { name: 'stream: after resync an agent’s page knows the call that began meanwhile, and keeps the summary of one that the server forgot', allow: /404|ERR_|WebSocket/, async run(page, tools) {
    const { url } = tools;
    const { account, turns } = await script(page, { url, lang: 'en' });
    const agent = agentOf('resync');
    const open = async () => {
      const { call_id: id } = await post(page, `${url}/v1/calls`, { account, agent_id: agent });
      await say(page, url, id, turns);
      return id;
    };
    const first = await open();
    // An event that the server does not know is answered by resync, as after its restart.
    await page.addInitScript(() => {
      globalThis.WebSocket = class extends WebSocket {
        constructor(address) {
          super(String(address).replace(/last_event_id=.*/, 'last_event_id=99999999'));
        }
      };
    });
    const way = await cable(url);
    try {
      await page.goto(`${way.url}/calls?agent=${agent}`);
      await page.locator('.call .card').first().waitFor();
      await page.locator('.call-head button').click();
      await page.locator('.summary-body').waitFor();
      await page.route(`**/v1/calls/${first}`, (route) => route.fulfill({ status: 404, contentType: 'application/problem+json', json: { status: 404, code: 'call_not_found' } }));
      way.cut();
      const second = await open();
      way.mend();
      await page.waitForURL((at) => at.searchParams.get('call') === second);
      await page.locator('.call:visible .card').first().waitFor();
      await page.locator(`.call-tabs a[href*="${first}"]`).click();
      assert.ok(await page.locator('.summary-body').isVisible());
    } finally {
      way.close();
    }
  } },
  { name: 'stream: after resync every call that the server forgot has ended, and the next one comes to the front', allow: /404|ERR_|WebSocket/, async run(page, { url, t = LANGS[0].t }) {
    const agent = agentOf('forgotten');
    const open = async () => {
      const { call_id: id } = await post(page, `${url}/v1/calls`, { account: {}, agent_id: agent });
      await post(page, `${url}/v1/calls/${id}/utterances`, { role: 'customer', text: 'early termination fee' });
      return id;
    };
    const lost = [await open(), await open()];
    await page.addInitScript(() => {
      globalThis.WebSocket = class extends WebSocket {
        constructor(address) {
          super(String(address).replace(/last_event_id=.*/, 'last_event_id=99999999'));
        }
      };
    });
    const way = await cable(url);
    try {
      await page.goto(`${way.url}/calls?agent=${agent}`);
      await page.locator('.call .card').first().waitFor();
      const gone = { status: 404, contentType: 'application/problem+json', json: { status: 404, code: 'unknown_call' } };
      for (const id of lost) await page.route(`**/v1/calls/${id}`, (route) => route.fulfill(gone));
      way.cut();
      way.mend();
      await page.getByText(t.calls.gone).waitFor();
      for (const id of lost) await page.locator(`.call-tabs a[href*="${id}"]`, { hasText: t.calls.ended }).waitFor();
      const next = await open();
      await page.waitForURL((at) => at.searchParams.get('call') === next);
    } finally {
      way.close();
    }
  } },
  ...['WebSocket', 'EventSource'].map((kind) => ({ name: `stream: a connection that dies in silence is opened again (${kind})`, allow: /WebSocket|ERR_/, async run(page, { url }) {
    const { call_id: id } = await post(page, `${url}/v1/calls`, { account: {} });
    if (kind !== 'WebSocket') await page.addInitScript(() => {
      globalThis.WebSocket = class extends WebSocket {
        constructor(address) {
          super(String(address).replace('/ws', '/no'));
        }
      };
    });
    await page.clock.install();
    const way = await cable(url);
    try {
      await page.goto(`${way.url}/calls?call=${id}`);
      await page.locator('.call-state.state-of-live').waitFor();
      way.stick();
      await post(page, `${url}/v1/calls/${id}/utterances`, { role: 'customer', text: 'early termination fee' });
      await page.clock.fastForward(41_000);
      await page.locator('.call-state.state-of-lost').waitFor();
      await page.clock.fastForward(41_000);
      await page.locator('.card').first().waitFor();
      await page.locator('.call-state.state-of-live').waitFor();
    } finally {
      way.close();
    }
  } })),
  { name: 'stream: of calls that have ended an agent’s page keeps the latest', async run(page, { url }) {
    const agent = agentOf('many');
    const ids = [];
    for (let call = 0; call < 14; call += 1) {
      const { call_id: id } = await post(page, `${url}/v1/calls`, { account: {}, agent_id: agent });
      ids.push(id);
      if (call < 13) await post(page, `${url}/v1/calls/${id}/end`, {});
    }
    await post(page, `${url}/v1/calls/${ids[13]}/utterances`, { role: 'customer', text: 'early termination fee' });
    await page.goto(`${url}/calls?agent=${agent}`);
    await page.locator(`.call-tabs a[href*="${ids[12]}"]`).waitFor();
    await page.waitForTimeout(500);
    const shown = await page.locator('.call-tabs a').evaluateAll((links) => links.map((link) => new URL(link.href).searchParams.get('call')).filter(Boolean));
    assert.deepEqual(shown.filter((id) => id !== ids[13]), ids.slice(3, 13));
    await page.goto(`${url}/calls?agent=${agent}&call=${ids[0]}`);
    await page.locator('.call:visible .summary-head').waitFor();
  } },
  { name: 'stream: a tab with the focus keeps it when something happens on its call', async run(page, tools) {
    const { url } = tools;
    const { account, turns } = await script(page, { url, lang: 'en' });
    const agent = agentOf('tabs');
    const ids = [];
    for (const call of [0, 1]) {
      ids.push((await post(page, `${url}/v1/calls`, { account, agent_id: agent })).call_id);
      await say(page, url, ids[call], turns);
    }
    await page.goto(`${url}/calls?agent=${agent}`);
    await page.waitForURL((at) => ids.includes(at.searchParams.get('call')));
    const other = ids.find((id) => !page.url().includes(id));
    const tab = page.locator(`.call-tabs a[href*="${other}"]`);
    await tab.focus();
    await tab.evaluate((link) => { link.dataset.old = 'yes'; });
    const { cards } = await (await page.request.get(`${url}/v1/calls/${other}/cards`)).json();
    await post(page, `${url}/v1/calls/${other}/cards/${cards[0].card_id}/engagement`, { type: 'dismissed' });
    await page.locator('.call-tabs a[data-old]').waitFor({ state: 'detached' });
    assert.ok(await isFocused(tab));
  } },
  ...inBoth('stream: a second window follows the same call', async (page, tools) => {
    await startDemo(page, tools);
    await play(page);
    const other = await page.context().newPage();
    await other.goto(page.url());
    await other.locator('.card').first().waitFor();
    assert.equal(await other.locator('.turn').count(), await page.locator('.turn').count());
    await page.keyboard.press('u');
    await other.locator('.card[data-state=used]').waitFor();
  }),
  ...inBoth('stream: a call led elsewhere shows its words, cards and end', async (page, tools) => {
    const { url } = tools;
    const { account, turns, lang } = await script(page, tools);
    const { call_id: id } = await post(page, `${url}/v1/calls`, { account, lang });
    await page.goto(`${url}/calls?call=${id}`);
    await page.locator('.call-state.state-of-live').waitFor();
    await say(page, url, id, turns);
    const { cards } = await (await page.request.get(`${url}/v1/calls/${id}/cards`)).json();
    assert.ok(cards.length > 0);
    await page.waitForFunction((count) => document.querySelectorAll('.card').length === count, cards.length);
    await page.waitForFunction((count) => document.querySelectorAll('.turn').length === count, turns.length);
    await post(page, `${url}/v1/calls/${id}/end`, {});
    await page.locator('.summary-body').waitFor();
  }),
  ...inBoth('stream: an agent’s page opens calls by itself', async (page, tools) => {
    const { url, t } = tools;
    const { account, turns, lang } = await script(page, tools);
    const agent = `agent-${tools.lang}-${Date.now()}`;
    await page.goto(`${url}/calls?agent=${agent}`);
    await page.getByText(t.calls.waiting(agent)).waitFor();
    const { call_id: id } = await post(page, `${url}/v1/calls`, { account, lang, agent_id: agent });
    await say(page, url, id, turns);
    await page.locator('.card').first().waitFor();
    assert.equal(new URL(page.url()).searchParams.get('call'), id);
    await post(page, `${url}/v1/calls/${id}/end`, {});
  }),
  ...inBoth('stream: a cut connection loses nothing', async (page, tools) => {
    const { url } = tools;
    const { account, turns, lang } = await script(page, tools);
    const { call_id: id } = await post(page, `${url}/v1/calls`, { account, lang });
    const way = await cable(url);
    try {
      await page.goto(`${way.url}/calls?call=${id}`);
      await page.locator('.call-state.state-of-live').waitFor();
      way.cut();
      await page.locator('.call-state.state-of-lost').waitFor();
      await say(page, url, id, turns);
      way.mend();
      await page.locator('.call-state.state-of-live').waitFor();
      const { cards } = await (await page.request.get(`${url}/v1/calls/${id}/cards`)).json();
      assert.ok(cards.length > 0);
      await page.waitForFunction((count) => document.querySelectorAll('.card').length === count, cards.length);
      await page.waitForFunction((count) => document.querySelectorAll('.turn').length === count, turns.length);
    } finally {
      way.close();
    }
  }, { allow: /WebSocket|ERR_(CONNECTION|EMPTY|INCOMPLETE|NETWORK|SOCKET)/ }),
];
