// Owns the page of content health: what the server found wrong in the articles, by severity, each with its place and cure.

import { h, fill, copy } from './dom.js';
import { icon } from './icons.js';
import { errorWords, number, t } from './i18n.js';
import { go } from './router.js';
import * as api from './api.js';

/** @typedef {import('./types.js').Diagnostic} Diagnostic */

const SEVERITIES = ['error', 'warning', 'info'];

/** @param {Diagnostic} finding */
function row(finding) {
  const at = `${finding.path}:${finding.line}:${finding.column}`;
  return h('li', { class: 'finding' },
    h('div', { class: 'finding-head' }, h('div', { class: 'finding-name' }, h('code', { class: 'finding-place' }, at), h('span', { class: 'rule' }, finding.rule)),
      h('button', { type: 'button', class: 'button quiet small icon-only', 'aria-label': `${t().content.copy} ${at}`, title: t().content.copy, onclick: () => copy(at, t().content.copied) }, icon('copy'))),
    h('p', {}, finding.message),
    finding.help && h('p', { class: 'finding-help' }, h('span', {}, `${t().content.help}: `), finding.help));
}

/** @param {HTMLElement} root @returns {import('./app.js').Page} */
export function mountContent(root) {
  /** @type {Diagnostic[]} */
  let all = [];
  const filter = h('input', { class: 'text', type: 'search', 'aria-label': t().content.filter, placeholder: t().content.filter, oninput: () => list() });
  const places = h('div', { class: 'findings', 'aria-live': 'polite' });
  root.replaceChildren(h('div', { class: 'page' }, h('h1', {}, t().content.title), h('p', { class: 'lead' }, t().content.lead), filter, places));
  document.title = `${t().content.title} · Cuecard`;

  function list() {
    const wanted = filter.value.trim().toLowerCase();
    const found = all.filter((one) => `${one.path} ${one.rule} ${one.message}`.toLowerCase().includes(wanted));
    const others = [...new Set(found.map((one) => one.severity))].filter((one) => !SEVERITIES.includes(one));
    const groups = [...SEVERITIES, ...others].map((severity) => ({ severity, rows: found.filter((one) => one.severity === severity) })).filter((group) => group.rows.length);
    filter.hidden = all.length === 0;
    if (!groups.length) {
      fill(places, h('div', { class: 'empty' }, h('h2', {}, all.length ? t().content.none : t().content.clean), all.length === 0 && h('p', {}, t().content.cleanWhy)));
      return;
    }
    fill(places, ...groups.map(({ severity, rows }) => h('section', { class: `severity severity-${severity}` },
      h('h2', {}, icon(severity === 'info' ? 'ask' : 'alert'), t().content.severity[severity] || severity, h('span', { class: 'count' }, number(rows.length))),
      h('ul', {}, ...rows.map(row)))));
  }

  async function load() {
    try {
      all = (await api.diagnostics()).diagnostics;
      list();
    } catch (error) {
      fill(places, h('div', { class: 'empty' }, h('h2', {}, errorWords(error)), h('button', { type: 'button', class: 'button', onclick: load }, t().error.retry)));
    }
  }

  load();
  return { update() {}, focusSearch: () => go('/') };
}
