// Owns the small parts around a live call: the account, the question to ask next, what was held back and why, the summary.

import { h, fill } from './dom.js';
import { icon } from './icons.js';
import { label, t } from './i18n.js';
import { duration, facts } from './text.js';

/** @param {[string, string][]} rows */
const pairs = (rows) => h('dl', { tabindex: '0' }, ...rows.map(([name, value]) => h('div', {}, h('dt', {}, name), h('dd', {}, value))));

/** @param {HTMLElement} place @param {Record<string, any>} account */
export function drawAccount(place, account) {
  const rows = facts(account);
  fill(place, h('summary', {}, t().calls.account), rows.length ? pairs(rows) : h('p', { class: 'faint' }, t().calls.noAccount));
}

/** @param {HTMLElement} place @param {string} question */
export function drawAsk(place, question) {
  fill(place, icon('ask'), question ? h('span', {}, h('strong', {}, label(t().calls.ask)), question) : h('span', { class: 'faint' }, t().calls.noAsk));
}

/** @param {HTMLElement} place @param {import('./types.js').NotShown[]} silent */
export function drawHeld(place, silent) {
  place.hidden = silent.length === 0;
  fill(place, h('summary', {}, t().calls.silent(silent.length)), h('ul', {}, ...silent.map((one) =>
    h('li', {}, h('span', {}, one.title || one.article_id), h('span', { class: 'faint' }, t().reason[one.reason] || one.reason)))));
}

/** Ids are left out, and times are made readable. @param {HTMLElement} place @param {Record<string, any>} summary */
export function drawSummary(place, summary) {
  const told = facts(summary).filter(([name]) => !/(^| )id$/.test(name));
  /** @type {[string, string][]} */
  const rows = told.map(([name, value]) => (name.endsWith(' ms') ? [name.slice(0, -3), duration(Number(value))] : [name, value]));
  fill(place, h('h2', {}, t().calls.summary), pairs(rows), h('a', { class: 'button', href: '/calls' }, t().calls.restart));
  place.hidden = false;
}
