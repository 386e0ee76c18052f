// What the streams bring: calls led elsewhere, an agent's calls, a connection that breaks.

import assert from 'node:assert/strict';
import { cable, inBoth, play, post, say, script, startDemo } from './shared.mjs';

export const stream = [
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
  }, { allow: /ERR_(CONNECTION|EMPTY|INCOMPLETE|NETWORK|SOCKET)/ }),
];
