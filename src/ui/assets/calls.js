// Owns the page of live calls: which calls are open, which one is shown, and the agent's stream that opens them.

import { h, fill, toast } from './dom.js';
import { icon } from './icons.js';
import { errorWords, lang, t } from './i18n.js';
import { callsUrl, followed, go, goSearch, redirect, route as here } from './router.js';
import { follow } from './callstream.js';
import { createCallPanel } from './callpanel.js';
import { drawState } from './callfacts.js';
import { createCallStart, demos, titleOf } from './callstart.js';
import { savedDemo } from './demo.js';
import * as api from './api.js';

/** @typedef {import('./callpanel.js').CallPanel} CallPanel */
/** @typedef {import('./types.js').DemoCall} DemoCall */

/** An agent's stream begins with past events; they end with a pause of this length, in milliseconds. */
const PAST_MS = 300;

/** Number of ended calls kept on the page; older ones can be fetched from the server while it has them. */
const MAX_ENDED = 10;

/** Open calls are kept when the user visits another page. @type {Map<string, CallPanel>} */
const panels = new Map();
/** Ended calls that were dropped: events of an agent's stream about them are ignored. @type {Set<string>} */
const past = new Set();
let panelsLang = '';
/** The last event received from an agent's stream. */
let seen = { agent: '', id: '' };
/** State of that stream. @type {import('./callstream.js').StreamState} */
let agentState = 'connecting';
/** Draws the tabs, if this page is shown. */
let onChange = () => {};

/** Drops every call: it was drawn in another language, or for another user. */
function forget() {
  panels.forEach((panel) => panel.dispose());
  panels.clear();
  past.clear();
  seen = { agent: '', id: '' };
}

api.session.addEventListener('begun', forget);

/** @param {string} id @param {{demo?: DemoCall, at?: number}} [script] */
function panelOf(id, script = {}) {
  const known = panels.get(id);
  if (known) return known;
  const panel = createCallPanel({ id, title: script.demo ? titleOf(script.demo) : id, ...script, agentState: () => (followed() ? agentState : null), onChange: () => onChange() });
  panels.set(id, panel);
  return panel;
}

/** @param {DemoCall} demo @param {(url: string) => void} then */
async function startDemo(demo, then) {
  const from = location.href;
  try {
    const call = await api.startCall({ account: demo.account || {}, ...(demo.lang ? { lang: demo.lang } : {}) });
    panelOf(call.call_id, { demo }).take(call.cards);
    // A user who has navigated elsewhere meanwhile stays there.
    if (location.href === from) then(callsUrl(call.call_id));
    else onChange();
  } catch (error) {
    toast(errorWords(error));
  }
}

/** @param {HTMLElement} root @returns {import('./app.js').Page} */
export function mountCalls(root) {
  const tabs = h('nav', { class: 'call-tabs', 'aria-label': t().calls.list });
  const place = h('div', { class: 'call-place' });
  const start = createCallStart((demo) => startDemo(demo, go));
  const lead = h('p', { class: 'lead' });
  const state = h('p', { role: 'status' });
  const trouble = h('div', { class: 'notices' });
  const waiting = h('div', { class: 'page' }, h('h1', {}, t().calls.title), lead, state, trouble);
  root.replaceChildren(h('div', { class: 'calls-page' }, tabs, place));
  if (panelsLang !== lang()) {
    forget();
    panelsLang = lang();
  }
  onChange = drawTabs;
  /** @type {CallPanel | null} */
  let front = null;
  let agent = '';
  let endAgent = () => {};

  /** Drops the oldest ended calls. */
  function thin() {
    const ended = [...panels.values()].filter((panel) => panel.isEnded());
    for (const panel of ended.slice(0, -MAX_ENDED)) {
      if (panel === front) continue;
      panel.dispose();
      panels.delete(panel.id);
      past.add(panel.id);
    }
  }

  function drawTabs() {
    thin();
    const held = tabs.contains(document.activeElement) ? document.activeElement?.getAttribute('href') : null;
    tabs.hidden = panels.size < (front ? 2 : 1);
    const link = (/** @type {CallPanel} */ panel) => h('a', { href: callsUrl(panel.id), 'aria-current': panel === front && 'page' }, h('span', { class: 'tab-name' }, panel.title), panel.isEnded() && h('span', { class: 'faint' }, t().calls.ended),
      panel.fresh() > 0 && h('span', { class: 'count', 'aria-label': t().calls.fresh(panel.fresh()) }, panel.fresh()));
    const scrolled = tabs.scrollLeft;
    fill(tabs, h('a', { href: callsUrl(), 'aria-current': !front && 'page' }, t().calls.all), ...[...panels.values()].map(link));
    tabs.scrollLeft = scrolled;
    // The focused link was redrawn.
    const links = [...tabs.querySelectorAll('a')];
    if (held) (links.find((one) => one.getAttribute('href') === held) || links[0]).focus({ preventScroll: true });
  }

  /** @param {string} id */
  async function openCall(id) {
    if (!panels.has(id)) {
      const saved = savedDemo(id);
      const demo = saved ? (await demos().catch(() => [])).find((one) => one.id === saved.demo) : undefined;
      if (here().params.get('call') !== id) return;
      past.delete(id);
      panelOf(id, demo && saved ? { demo, at: saved.at } : {});
    }
    inFront(panelOf(id));
  }

  /** Scrolls the tab of the call shown into view, and nothing else. */
  function showCurrent() {
    const [box, own] = [tabs.getBoundingClientRect(), tabs.querySelector('[aria-current]')?.getBoundingClientRect()];
    if (own && (own.left < box.left || own.right > box.right)) tabs.scrollLeft += (own.left + own.right - box.left - box.right) / 2;
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
    showCurrent();
  }

  const isWaiting = () => here().page === 'calls' && !here().params.get('call');
  /** Whether a call that begins now may be shown at once. */
  const isFree = () => isWaiting() || front?.isEnded() === true;

  /** @param {string} id */
  function followAgent(id) {
    if (id === agent) return;
    endAgent();
    endAgent = () => {};
    agent = id;
    // The call shown is opened again, with the stream that now brings its events.
    front?.hide();
    front = null;
    fill(trouble);
    if (!id) return;
    if (seen.agent !== id) seen = { agent: id, id: '' };
    lead.textContent = t().calls.waiting(id);
    /** Past events are not announced, unless they were missed. */
    let isOld = !seen.id;
    let timer = 0;
    /** New calls in order of their latest event while past events arrive, null afterwards. @type {Set<string> | null} */
    let before = null;

    const awaitEnd = () => {
      clearTimeout(timer);
      timer = window.setTimeout(settle, PAST_MS);
    };

    /** Past events have arrived: shows the newest open call. */
    async function settle() {
      const calls = [...(before || [])].reverse().filter((one) => panels.get(one)?.isEnded() === false);
      // A user who opened the page at an ended call wants to see that one.
      const mayGo = isOld ? isWaiting : isFree;
      before = null;
      isOld = false;
      drawTabs();
      for (const one of calls) {
        const call = await api.getCall(one).catch(() => null);
        if (agent !== id || !mayGo()) return;
        if (call && !call.ended && !call.ended_at) return go(callsUrl(one));
      }
    }

    /** A rejected stream gives no reason, but a request does; a 401 opens the sign-in dialog. */
    async function findWhy() {
      try {
        await api.demoCalls();
      } catch (error) {
        if (agent !== id || !api.isRefused(error)) return;
        endAgent();
        state.hidden = true;
        const again = h('button', { type: 'button', class: 'button small', onclick: () => { agent = ''; followAgent(id); } }, t().error.retry);
        fill(trouble, h('p', { class: 'notice notice-bad', role: 'alert' }, icon('alert'), errorWords(error), again));
      }
    }

    const end = follow(api.agentEvents(id), {
      state(now) {
        agentState = now;
        state.hidden = false;
        drawState(state, now, now === 'live' ? t().calls.connected : t().calls[now]);
        front?.setState(now);
        if (now === 'lost') findWhy();
        if (now !== 'live') return;
        before = new Set();
        awaitEnd();
      },
      event(name, data) {
        // Otherwise a call that the server has dropped would stay open on the page.
        if (name === 'resync') panels.forEach((panel) => { if (!panel.isEnded()) panel.receive(name, data); });
        const callId = data.call_id || data.card?.call_id;
        if (!callId || past.has(callId)) return;
        const isNew = !panels.has(callId);
        panelOf(callId).receive(name, data, isOld);
        if (name === 'call_ended') thin();
        if (before) {
          if (isNew || before.delete(callId)) before.add(callId);
          awaitEnd();
        } else {
          if (isNew) toast(t().calls.began(callId));
          if (isNew && isFree()) go(callsUrl(callId));
          else drawTabs();
        }
      },
    }, seen, true);
    endAgent = () => {
      clearTimeout(timer);
      end();
    };
  }

  return {
    update(route) {
      followAgent(followed());
      const call = route.params.get('call');
      const wanted = route.params.get('demo');
      if (call) {
        openCall(call);
        return;
      }
      inFront(null);
      document.title = `${t().calls.title} · Cuecard`;
      place.replaceChildren(agent ? waiting : start.element);
      if (wanted) demos().then((all) => {
        const demo = all.find((one) => one.id === wanted) || all[0];
        if (demo && here().params.get('demo') === wanted) startDemo(demo, redirect);
      }).catch(() => {});
    },
    focusSearch(query) {
      if (front) front.focusSearch(query);
      else goSearch(query);
    },
    keydown: (event) => front?.keydown(event),
    unmount() {
      endAgent();
      agent = '';
      onChange = () => {};
      front?.hide();
    },
  };
}
