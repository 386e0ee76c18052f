// What the streams bring: calls led elsewhere, an agent's calls, a connection that breaks.

import assert from 'node:assert/strict';
import net from 'node:net';
import { inBoth, play, startDemo } from './shared.mjs';

/** The first lines of a demo call that bring cards, said through the interface as a transcriber would. */
async function script(page, { url, lang }) {
  const { calls } = await (await page.request.get(`${url}/v1/demo/calls`)).json();
  return calls.find((call) => call.lang.startsWith(lang));
}

const post = async (page, address, data) => {
  const answer = await page.request.post(address, { data });
  assert.ok(answer.ok(), `${address}: ${answer.status()}`);
  return answer.json();
};

async function say(page, url, id, turns, from = 0) {
  for (const [at, { speaker, text }] of turns.entries()) await post(page, `${url}/v1/calls/${id}/utterances`, { utterance_id: `said-${from + at}`, role: speaker, text });
}

/** A way to the server that can be cut and mended. */
async function cable(url) {
  const { hostname, port } = new URL(url);
  const open = new Set();
  const server = net.createServer((client) => {
    if (server.isCut) {
      client.destroy();
      return;
    }
    const upstream = net.connect(Number(port), hostname);
    for (const [one, other] of [[client, upstream], [upstream, client]]) {
      open.add(one);
      one.pipe(other);
      one.on('error', () => {}).on('close', () => { open.delete(one); other.destroy(); });
    }
  });
  await new Promise((ready) => { server.listen(0, '127.0.0.1', ready); });
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    cut() { server.isCut = true; open.forEach((socket) => socket.destroy()); },
    mend() { server.isCut = false; },
    close() { this.cut(); server.close(); },
  };
}

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
