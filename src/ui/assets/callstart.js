// Owns the first screen of the live calls: the demo calls to play, and the field to follow a call by its id.

import { h, fill } from './dom.js';
import { icon } from './icons.js';
import { errorWords, lang, langName, t } from './i18n.js';
import { facts } from './text.js';
import { callsUrl, go } from './router.js';
import * as api from './api.js';

/** @typedef {import('./types.js').DemoCall} DemoCall */

/** @type {Promise<DemoCall[]> | null} */
let known = null;
api.session.addEventListener('begun', () => { known = null; });

/** @param {DemoCall} demo */
const isForeign = (demo) => Number(!demo.lang?.startsWith(lang()));

/** The demo calls, those in the page's language first. @returns {Promise<DemoCall[]>} */
export async function demos() {
  known ??= api.demoCalls().then((answer) => answer.calls).catch((error) => {
    known = null;
    if (error instanceof api.ApiError && error.status === 404) return [];
    throw error;
  });
  return [...(await known)].sort((a, b) => isForeign(a) - isForeign(b));
}

/** @param {DemoCall} demo */
export const titleOf = (demo) => demo.title || demo.id;

/** @param {DemoCall} demo @param {(demo: DemoCall) => void} start */
function row(demo, start) {
  // The call shows the rest of the account.
  const [first] = facts(demo.account || {});
  return h('li', {},
    h('div', { class: 'demo-about' }, h('h3', { lang: demo.lang }, titleOf(demo)), h('p', {}, [demo.lang && langName(demo.lang), t().calls.turns(demo.turns.length), first?.join(' ')].filter(Boolean).join(' · '))),
    h('button', { type: 'button', class: 'button', 'aria-label': `${t().calls.start}: ${titleOf(demo)}`, onclick: () => start(demo) }, icon('play'), t().calls.start));
}

/** @param {(demo: DemoCall) => void} start */
export function createCallStart(start) {
  const list = h('div', { class: 'demo-place' });
  const id = h('input', { class: 'text', type: 'text', 'aria-label': t().calls.openLabel, placeholder: t().calls.openLabel, autocomplete: 'off', required: true });
  const form = h('form', { class: 'inline-form' }, id, h('button', { class: 'button', type: 'submit' }, t().calls.open));
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    if (id.value.trim()) go(callsUrl(id.value.trim()));
  });
  const element = h('div', { class: 'page' }, h('h1', {}, t().calls.title), h('p', { class: 'lead' }, t().calls.lead),
    h('section', {}, h('h2', {}, t().calls.demos), list), h('section', {}, h('h2', {}, t().calls.openTitle), form));

  demos().then((calls) => fill(list, calls.length ? h('ul', { class: 'demo-list' }, ...calls.map((demo) => row(demo, start))) : h('p', { class: 'faint' }, t().calls.noDemos)))
    .catch((error) => fill(list, h('p', { class: 'bad', role: 'alert' }, errorWords(error))));
  return { element, focus: () => id.focus() };
}
