// Owns the page of live calls: which calls are open, which one is in front, and the agent's stream that opens them.

import { h, fill, toast } from './dom.js';
import { under } from './base.js';
import { errorWords, lang, t } from './i18n.js';
import { go, redirect, route as here, searchUrl } from './router.js';
import { follow } from './callstream.js';
import { createCallPanel } from './callpanel.js';
import { createCallStart, demos, titleOf } from './callstart.js';
import { savedDemo } from './demo.js';
import * as api from './api.js';

/** @typedef {import('./callpanel.js').CallPanel} CallPanel */
/** @typedef {import('./types.js').DemoCall} DemoCall */

/** Open calls outlive a visit to another page. @type {Map<string, CallPanel>} */
const panels = new Map();
let panelsLang = '';

/** @param {HTMLElement} root @returns {import('./app.js').Page} */
export function mountCalls(root) {
  const tabs = h('nav', { class: 'call-tabs', 'aria-label': t().calls.list });
  const place = h('div', { class: 'call-place' });
  const start = createCallStart((demo) => startDemo(demo, go));
  root.replaceChildren(h('div', { class: 'calls-page' }, tabs, place));
  if (panelsLang !== lang()) {
    panels.forEach((panel) => panel.dispose());
    panels.clear();
    panelsLang = lang();
  }
  /** @type {CallPanel | null} */
  let front = null;
  let agent = '';
  let endAgent = () => {};

  /** @param {string} id */
  const urlOfCall = (id) => under(`/calls?${new URLSearchParams(agent ? { agent, call: id } : { call: id })}`);

  const urlOfAll = () => under(agent ? `/calls?${new URLSearchParams({ agent })}` : '/calls');

  function drawTabs() {
    tabs.hidden = panels.size < 2;
    const link = (/** @type {CallPanel} */ panel) => h('a', { href: urlOfCall(panel.id), 'aria-current': panel === front && 'page' }, panel.title, panel.isEnded() && h('span', { class: 'faint' }, t().calls.ended),
      panel.fresh() > 0 && h('span', { class: 'count', 'aria-label': t().calls.fresh(panel.fresh()) }, panel.fresh()));
    fill(tabs, h('a', { href: urlOfAll(), 'aria-current': !front && 'page' }, t().calls.all), ...[...panels.values()].map(link));
  }

  /** @param {string} id @param {{demo?: DemoCall, at?: number}} [script] */
  function panelOf(id, script = {}) {
    const known = panels.get(id);
    if (known) return known;
    const panel = createCallPanel({ id, title: script.demo ? titleOf(script.demo) : id, ...script, home: urlOfAll(), ownStream: !agent, onChange: drawTabs });
    panels.set(id, panel);
    return panel;
  }

  /** @param {DemoCall} demo @param {(url: string) => void} then */
  async function startDemo(demo, then) {
    try {
      const call = await api.startCall({ account: demo.account || {}, ...(demo.lang ? { lang: demo.lang } : {}) });
      panelOf(call.call_id, { demo }).take(call.cards);
      then(urlOfCall(call.call_id));
    } catch (error) {
      toast(errorWords(error));
    }
  }

  /** @param {string} id */
  async function openCall(id) {
    if (!panels.has(id)) {
      const saved = savedDemo(id);
      const demo = saved ? (await demos().catch(() => [])).find((one) => one.id === saved.demo) : undefined;
      if (here().params.get('call') !== id) return;
      panelOf(id, demo && saved ? { demo, at: saved.at } : {});
    }
    inFront(panelOf(id));
  }

  /** @param {CallPanel | null} panel */
  function inFront(panel) {
    if (front !== panel) front?.hide();
    const changed = front !== panel || !place.firstChild;
    front = panel;
    if (panel && changed) {
      place.replaceChildren(panel.element);
      panel.show();
    }
    drawTabs();
  }

  /** @param {string} id */
  function followAgent(id) {
    if (id === agent) return;
    endAgent();
    agent = id;
    if (!id) return;
    endAgent = follow(api.agentEvents(id), {
      state() {},
      event(name, data) {
        if (name === 'resync') panels.forEach((panel) => panel.load());
        const callId = data.call_id || data.card?.call_id;
        if (!callId) return;
        const isNew = !panels.has(callId);
        const panel = panelOf(callId);
        panel.receive(name, data);
        if (isNew && !front) go(urlOfCall(callId));
        else drawTabs();
      },
    });
  }

  return {
    update(route) {
      followAgent(route.params.get('agent') || '');
      const call = route.params.get('call');
      const wanted = route.params.get('demo');
      if (call) {
        openCall(call);
        return;
      }
      inFront(null);
      document.title = `${t().calls.title} · Cuecard`;
      place.replaceChildren(agent ? h('div', { class: 'page' }, h('h1', {}, t().calls.title), h('p', { class: 'lead' }, t().calls.waiting(agent))) : start.element);
      if (wanted) demos().then((all) => {
        const demo = all.find((one) => one.id === wanted) || all[0];
        if (demo) startDemo(demo, redirect);
      }).catch(() => {});
    },
    focusSearch(query) {
      if (front) front.focusSearch(query);
      else go(searchUrl(query));
    },
    keydown: (event) => front?.keydown(event),
    unmount() {
      endAgent();
      front?.hide();
    },
  };
}
