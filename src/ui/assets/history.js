// Owns the comparison of two revisions of an article, side by side: which commits there are, which two are shown, what
// changed between them. Leaves finding the changes to diff.js.

import { h, fill } from './dom.js';
import { icon } from './icons.js';
import { day, errorWords, number, t } from './i18n.js';
import { compareUrl } from './router.js';
import { short } from './text.js';
import { compare } from './diff.js';
import * as api from './api.js';

/** @typedef {import('./types.js').Commit} Commit */
/** @typedef {import('./diff.js').Row} Row */
/** @typedef {import('./diff.js').Side} Side */

/** Unchanged lines left around a change; longer stretches are folded. */
const CONTEXT = 3;

/** @param {Commit} commit */
const nameOf = (commit) => [commit.date ? day(commit.date) : '', commit.author, commit.subject || short(commit.id)].filter(Boolean).join(' · ');

/** @param {Side | null} side @param {'del' | 'ins'} mark */
function cells(side, mark) {
  const said = side?.runs.map((run) => (run.marked ? h(mark, {}, run.text) : run.text)) || [];
  return [h('td', { class: 'line', 'aria-hidden': 'true' }, side ? side.line : ''), h('td', { class: side ? `said ${mark}` : 'said absent' }, ...said)];
}

/** @param {Row} row */
const line = (row) => h('tr', { class: row.same ? 'same' : 'changed' }, ...cells(row.left, 'del'), ...cells(row.right, 'ins'));

/** The rows, with long unchanged stretches folded into buttons. @param {Row[]} rows */
function folded(rows) {
  /** @type {HTMLElement[]} */
  const lines = [];
  for (let at = 0; at < rows.length;) {
    let end = at;
    while (end < rows.length && rows[end].same === rows[at].same) end += 1;
    const first = at && rows[at].same ? at + CONTEXT : at;
    const last = end < rows.length && rows[at].same ? end - CONTEXT : end;
    const fold = rows[at].same && last - first > 1;
    lines.push(...rows.slice(at, fold ? first : end).map(line));
    if (fold) {
      const hidden = rows.slice(first, last);
      const more = h('tr', { class: 'fold' }, h('td', { colspan: '4' }, h('button', { type: 'button', class: 'button quiet small', onclick: () => more.replaceWith(...hidden.map(line)) }, t().history.unchanged(number(hidden.length)))));
      lines.push(more, ...rows.slice(last, end).map(line));
    }
    at = end;
  }
  return lines;
}

/** @param {{onClose: (id: string) => void, go: (url: string) => void}} on */
export function createHistory({ onClose, go }) {
  const element = h('section', { class: 'reader history', 'aria-label': t().history.title, tabindex: '-1', hidden: true });
  let shown = '';

  /** @param {string} label @param {Commit[]} commits @param {string} chosen @param {(picked: string) => string} url */
  function choice(label, commits, chosen, url) {
    const select = h('select', { class: 'text', 'aria-label': label, onchange: () => go(url(select.value)) }, ...commits.map((commit) => h('option', { value: commit.id, selected: commit.id === chosen }, nameOf(commit))));
    return h('th', { scope: 'colgroup', colspan: '2' }, select);
  }

  /** @param {string} id @param {string} asked "from..to", or nothing for the newest change */
  async function draw(id, asked) {
    const { revisions } = await api.revisions(id);
    if (revisions.length < 2) return h('p', { class: 'lead' }, revisions.length ? t().history.one(nameOf(revisions[0])) : t().history.none);
    const [wantedFrom, wantedTo] = asked.split('..');
    /** @param {string | undefined} start @param {number} otherwise */
    const full = (start, otherwise) => (start && revisions.find((commit) => commit.id.startsWith(start))) || revisions[otherwise];
    const [from, to] = [full(wantedFrom, 1).id, full(wantedTo, 0).id];
    const [before, after] = await Promise.all([api.markdown(id, from), api.markdown(id, to)]);
    const rows = compare(before, after);
    const same = rows.every((row) => row.same);
    return h('table', { class: 'diff' },
      ...[1, 2].map(() => h('colgroup', {}, h('col', { class: 'line' }), h('col'))),
      h('thead', {}, h('tr', {}, choice(t().history.before, revisions, from, (picked) => compareUrl(id, picked, to)), choice(t().history.after, revisions, to, (picked) => compareUrl(id, from, picked)))),
      h('tbody', {}, ...(same ? [h('tr', { class: 'fold' }, h('td', { colspan: '4' }, t().history.same))] : folded(rows))));
  }

  return {
    element,
    /** @param {string} id @param {string} asked */
    async show(id, asked) {
      const own = shown = `${id} ${asked}`;
      element.hidden = false;
      const focus = element.querySelector('select:focus') ? [...element.querySelectorAll('select')].findIndex((one) => one === document.activeElement) : -1;
      const tools = h('div', { class: 'article-tools' }, h('button', { type: 'button', class: 'button quiet small', onclick: () => onClose(id) }, icon('back'), t().history.back));
      const drawn = await draw(id, asked).catch((error) => h('p', { class: 'bad', role: 'alert' }, errorWords(error)));
      if (own !== shown) return;
      document.title = `${t().history.title} · Cuecard`;
      fill(element, tools, h('h1', {}, t().history.title), drawn);
      (element.querySelectorAll('select')[focus] || element).focus({ preventScroll: true });
    },
    hide() {
      shown = '';
      element.hidden = true;
      element.replaceChildren();
    },
  };
}
