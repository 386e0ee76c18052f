// Owns the small parts around a live call: the account, the question to ask next, the candidates not shown with their reasons, the summary.

import { h, fill, copy } from './dom.js';
import { icon } from './icons.js';
import { label, t } from './i18n.js';
import { callsUrl } from './router.js';
import { duration, facts } from './text.js';

/** @param {[string, string][]} rows */
const pairs = (rows) => h('dl', { tabindex: '0' }, ...rows.map(([name, value]) => h('div', {}, h('dt', {}, name), h('dd', { dir: 'auto' }, value))));

/** @param {HTMLElement} place @param {Record<string, any>} account */
export function drawAccount(place, account) {
  const rows = facts(account);
  fill(place, h('summary', {}, t().calls.account), rows.length ? pairs(rows) : h('p', { class: 'faint' }, t().calls.noAccount));
}

/** @param {HTMLElement} place @param {import('./callstream.js').StreamState | 'ended'} now @param {string} [words] */
export function drawState(place, now, words = t().calls[now]) {
  place.className = `call-state state-of-${now}`;
  if (place.textContent !== words) place.textContent = words;
}

/** @param {HTMLElement} place @param {string} question */
export function drawAsk(place, question) {
  fill(place, icon('ask'), question ? h('span', { title: question }, h('strong', {}, label(t().calls.ask)), h('bdi', {}, question)) : h('span', { class: 'faint' }, t().calls.noAsk));
}

/** @param {HTMLElement} place @param {import('./types.js').NotShown[]} silent */
export function drawHeld(place, silent) {
  place.hidden = silent.length === 0;
  fill(place, h('summary', {}, t().calls.silent(silent.length)), h('ul', {}, ...silent.map((one) =>
    h('li', {}, h('span', { dir: 'auto' }, one.title || one.article_id), h('span', { class: 'faint' }, t().reason[one.reason] || one.reason)))));
}

/** @param {string} title @param {(Node | string)[]} lines */
const list = (title, lines) => lines.length > 0 && h('section', {}, h('h3', {}, title), h('ul', {}, ...lines.map((line) => h('li', {}, line))));

/** @param {HTMLElement} place @param {import('./types.js').Summary} summary */
export function drawSummary(place, summary) {
  const words = t().calls;
  const card = (/** @type {import('./types.js').SummaryCard} */ one) => h('span', {}, h('bdi', {}, one.title), h('span', { class: 'faint' }, ` ${t().card.state[one.state] || ''}`));
  fill(place,
    h('div', { class: 'summary-head' }, h('h2', {}, words.summary), h('span', { class: 'faint' }, [duration(summary.duration_s * 1000), words.turns(summary.turns)].join(' · '))),
    h('div', { class: 'summary-body', tabindex: '0', role: 'group', 'aria-label': words.summary },
      list(words.wanted, summary.wanted), list(words.cards, summary.cards.map(card)), list(words.openQuestions, summary.questions_open.map((one) => one.question)), list(words.followUps, summary.follow_ups)),
    h('div', { class: 'summary-foot' },
      h('button', { type: 'button', class: 'button primary', onclick: () => copy(summary.markdown, words.summaryCopied) }, icon('copy'), words.copySummary), h('a', { class: 'button', href: callsUrl() }, words.restart)));
  place.hidden = false;
}
