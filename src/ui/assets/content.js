// Owns the page of content health: what the server found wrong in the articles, by severity, owner or rule, each with its
// place and fix.

import { h, fill, copy } from './dom.js';
import { icon } from './icons.js';
import { errorWords, label, number, t } from './i18n.js';
import { under } from './base.js';
import { goSearch, rewrite, route as here } from './router.js';
import * as api from './api.js';

/** @typedef {import('./types.js').Diagnostic} Diagnostic */

const SEVERITIES = ['error', 'warning', 'info'];

/** Rows of a group that are shown at once, and by each press of "more". */
const ROWS = 200;
/** Pause in typing after which the filter is applied, in milliseconds. */
const PAUSE_MS = 150;

/** Kinds of findings. @type {Record<string, (finding: Diagnostic) => boolean>} */
const KINDS = {
  all: () => true,
  conflict: (one) => one.rule === 'conflict' || one.rule === 'near-duplicate',
  overdue: (one) => one.rule === 'review-overdue' || one.rule === 'stale-translation' || one.rule === 'expired',
  mistakes: (one) => one.severity !== 'info' && one.rule !== 'conflict' && one.rule !== 'near-duplicate',
};

/** The name of a finding's group. @type {Record<string, (finding: Diagnostic) => string>} */
const GROUPS = {
  severity: (one) => one.severity,
  owner: (one) => one.owner || '',
  rule: (one) => one.rule,
};

/** The choices: their names in the address, and their defaults. */
const NAMES = ['show', 'group'];
const FIRST = ['all', 'severity'];

/** @param {string} label @param {Record<string, string>} names @param {string[]} values @param {() => void} onchange */
function choice(label, names, values, onchange) {
  const select = /** @type {HTMLSelectElement} */ (h('select', { class: 'text', onchange }, ...values.map((value) => h('option', { value }, names[value] || value))));
  return { select, element: h('label', { class: 'choice' }, h('span', {}, label), select) };
}

/** @param {string} a @param {string} b severities by weight, everything else by name */
const byName = (a, b) => SEVERITIES.indexOf(a) - SEVERITIES.indexOf(b) || a.localeCompare(b);

/** @param {Diagnostic} finding */
function row(finding) {
  const at = `${finding.path}:${finding.line}:${finding.column}`;
  return h('li', { class: 'finding' },
    h('div', { class: 'finding-head' }, h('div', { class: 'finding-name' }, h('code', { class: 'finding-place' }, at), h('span', { class: 'rule' }, finding.rule), finding.owner && h('span', { class: 'faint' }, finding.owner)),
      h('button', { type: 'button', class: 'button quiet small icon-only', 'aria-label': `${t().content.copy} ${at}`, title: t().content.copy, onclick: () => copy(at, t().content.copied) }, icon('copy'))),
    h('p', { lang: 'en' }, finding.message),
    finding.help && h('p', { class: 'finding-help' }, h('span', {}, label(t().content.help)), h('span', { lang: 'en' }, finding.help)));
}

/** The first rows of a group, and a button for more. @param {Diagnostic[]} findings */
function rowsOf(findings) {
  const list = h('ul', {}, ...findings.slice(0, ROWS).map(row));
  const left = () => Math.min(ROWS, findings.length - list.children.length);
  const more = h('button', { type: 'button', class: 'button', hidden: left() === 0, onclick: () => {
    const from = list.children.length;
    list.append(...findings.slice(from, from + ROWS).map(row));
    more.hidden = left() === 0;
    more.textContent = t().insights.more(left());
    list.children[from].querySelector('button')?.focus();
  } }, t().insights.more(left()));
  return [list, more];
}

/** @param {HTMLElement} root @returns {import('./app.js').Page} */
export function mountContent(root) {
  /** @type {Diagnostic[]} */
  let all = [];
  let timer = 0;
  const filter = h('input', { class: 'text', type: 'search', 'aria-label': t().content.filter, placeholder: t().content.filter, oninput: () => {
    clearTimeout(timer);
    timer = window.setTimeout(choose, PAUSE_MS);
  } });
  const group = choice(t().content.group, t().content.groups, Object.keys(GROUPS), choose);
  const kind = choice(t().content.show, t().content.kinds, Object.keys(KINDS), choose);
  const choices = h('div', { class: 'choices' }, kind.element, group.element);
  const places = h('div', { class: 'findings' });
  const count = h('p', { class: 'unseen', role: 'status' });
  root.replaceChildren(h('div', { class: 'page' }, h('h1', {}, t().content.title), h('p', { class: 'lead' }, t().content.lead), filter, choices, count, places));
  document.title = `${t().content.title} · Cuecard`;

  /** Writes the choices to the address, so that a reload and "back" restore them. */
  function choose() {
    if (here().page !== 'content') return;
    const params = new URLSearchParams(filter.value.trim() && { q: filter.value.trim() });
    [kind, group].forEach(({ select }, at) => { if (select.value !== FIRST[at]) params.set(NAMES[at], select.value); });
    rewrite(under(params.size ? `/content?${params}` : '/content'));
    list();
  }

  /** @param {URLSearchParams} params */
  function take(params) {
    filter.value = params.get('q') || '';
    [kind, group].forEach(({ select }, at) => {
      select.value = params.get(NAMES[at]) || FIRST[at];
      if (select.selectedIndex < 0) select.value = FIRST[at];
    });
    if (all.length) list();
  }

  function list() {
    const wanted = filter.value.trim().toLowerCase();
    const by = GROUPS[group.select.value] || GROUPS.severity;
    const found = all.filter((one) => KINDS[kind.select.value]?.(one) && `${one.path} ${one.rule} ${one.message} ${one.owner || ''}`.toLowerCase().includes(wanted));
    /** @type {Map<string, Diagnostic[]>} */
    const groups = new Map();
    for (const one of found) {
      const rows = groups.get(by(one));
      if (rows) rows.push(one);
      else groups.set(by(one), [one]);
    }
    filter.hidden = choices.hidden = all.length === 0;
    count.textContent = t().content.found(found.length);
    if (!groups.size) {
      fill(places, h('div', { class: 'empty' }, h('h2', {}, all.length ? t().content.none : t().content.clean), all.length === 0 && h('p', {}, t().content.cleanWhy)));
      return;
    }
    fill(places, ...[...groups].sort(([a], [b]) => byName(a, b)).map(([name, rows]) => h('section', { class: `severity severity-${name}` },
      h('h2', {}, icon(name === 'info' ? 'ask' : 'alert'), t().content.severity[name] || name || t().content.nobody, h('span', { class: 'count' }, number(rows.length))),
      ...rowsOf(rows))));
  }

  async function load() {
    const { y = 0 } = here();
    try {
      all = (await api.diagnostics()).diagnostics;
      list();
      if (y) scrollTo(0, y);
    } catch (error) {
      fill(places, h('div', { class: 'empty', role: 'alert' }, h('h2', {}, errorWords(error)), h('button', { type: 'button', class: 'button', onclick: load }, t().error.retry)));
    }
  }

  load();
  return { update: ({ params }) => take(params), focusSearch: goSearch };
}
