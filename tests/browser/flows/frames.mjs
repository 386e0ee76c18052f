// Cuecard in a frame of another page: the messages that docs/integrate.md describes, and who may not frame it.

import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { MAX_TURNS } from './shared.mjs';

/** A page of another origin with Cuecard in a frame, which keeps what it is told. */
const around = (address, ready = '') => `<!doctype html><title>CRM</title><iframe id="desk" src="${address}" width="480" height="700"></iframe>
<script>
  globalThis.told = [];
  addEventListener('message', ({ origin, data }) => {
    told.push({ ...data, origin });
    if (data.type === 'cuecard.ready') { ${ready} }
  });
  globalThis.say = (message, to = '*') => document.getElementById('desk').contentWindow.postMessage(message, to);
</script>`;

/** Serves that page on a port while `run` lasts. */
async function serve(port, address, run, ready) {
  const server = createServer((_, answer) => answer.setHeader('content-type', 'text/html').end(around(address, ready)));
  await new Promise((ready) => { server.listen(port, '127.0.0.1', ready); });
  try {
    await run(`http://127.0.0.1:${server.address().port}/`);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

const toldOf = (page, type) => page.waitForFunction((wanted) => globalThis.told.find((one) => one.type === wanted), type).then((one) => one.jsonValue());

export const frames = [
  { name: 'frames: a listed page shows a call, hears of its cards and leads it', needs: 'parentPort', async run(page, { url, parentPort, shot }) {
    const { calls } = await (await page.request.get(`${url}/v1/demo/calls`)).json();
    const open = async () => (await (await page.request.post(`${url}/v1/calls`, { data: { account: calls[0].account } })).json()).call_id;
    const [first, second] = [await open(), await open()];
    await serve(parentPort, `${url}/calls?call=${first}`, async (crm) => {
      await page.goto(crm);
      const desk = page.frameLocator('#desk');
      await desk.locator('.call-state.state-of-live').waitFor();
      assert.equal((await toldOf(page, 'cuecard.ready')).origin, url);
      assert.ok(await desk.locator('#cc-top').isHidden(), 'the head is left out');
      for (const [at, { speaker, text }] of calls[0].turns.slice(0, MAX_TURNS).entries()) {
        await page.request.post(`${url}/v1/calls/${first}/utterances`, { data: { utterance_id: `u${at}`, role: speaker, text } });
      }
      const { card, call_id: of } = await toldOf(page, 'cuecard.card');
      assert.ok(of === first && card.title && card.why);
      await shot(page, 'frame');
      await desk.locator('.card').first().focus();
      await page.keyboard.press('u');
      const used = await toldOf(page, 'cuecard.engagement');
      assert.equal(used.engagement, 'used');
      assert.match(used.citation, /\/articles\//);
      await page.evaluate(() => globalThis.say({ type: 'cuecard.search', query: 'early termination fee' }));
      await desk.locator('.panel-results [role=option]').first().waitFor();
      await page.evaluate((id) => globalThis.say({ type: 'cuecard.call', call_id: id }), second);
      await desk.getByRole('heading', { level: 1, name: second }).waitFor();
      await page.evaluate(() => globalThis.say({ type: 'cuecard.toString' }));
      await page.request.post(`${url}/v1/calls/${second}/end`);
      assert.equal((await toldOf(page, 'cuecard.call_ended')).call_id, second);
    });
  } },
  { name: 'frames: a question asked as soon as the page is ready is answered beside the call', needs: 'parentPort', async run(page, { url, parentPort }) {
    const { call_id: call } = await (await page.request.post(`${url}/v1/calls`, { data: { account: {} } })).json();
    await page.route('**/assets/calls.js', (route) => setTimeout(() => route.continue(), 300));
    await serve(parentPort, `${url}/calls?call=${call}`, async (crm) => {
      await page.goto(crm);
      await page.frameLocator('#desk').locator('.call .panel-results [role=option]').first().waitFor();
    }, "say({ type: 'cuecard.search', query: 'early termination fee' });");
  } },
  { name: 'frames: any other page is refused', needs: 'parentPort', allow: /frame-ancestors|ERR_BLOCKED_BY_RESPONSE/, async run(page, { url }) {
    await serve(0, `${url}/calls`, async (other) => {
      await page.goto(other);
      await page.waitForTimeout(1000);
      assert.equal(await page.frameLocator('#desk').locator('#cc-main').count(), 0);
      assert.deepEqual(await page.evaluate(() => globalThis.told), []);
    });
  } },
];
