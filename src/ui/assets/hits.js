// Owns how a hit, a direct answer and their highlights look; used by the search page and by the panel of a live call.

import { h, copy } from './dom.js';
import { bars, icon } from './icons.js';
import { day, label, langName, t } from './i18n.js';
import { citation, highlighted, place } from './text.js';
import { ARTICLES, articleUrl } from './router.js';

/** @typedef {import('./types.js').Hit} Hit */
/** @typedef {import('./types.js').Answer} Answer */

const FILLED = { high: 3, medium: 2, low: 1 };

/**
 * How sure the match is, as bars and as a word.
 * @param {import('./types.js').Level} level
 */
export function levelMark(level) {
  return h('span', { class: `level level-${level}` }, bars(FILLED[level] || 1), h('span', {}, t().level[level] || level), h('span', { class: 'unseen' }, ` ${t().level.label}`));
}

/** @param {{article_id: string, anchor?: string, url?: string}} source */
export const urlOf = (source) => (source.url?.startsWith(ARTICLES) ? source.url : articleUrl(source.article_id, source.anchor));

/** Freshness and state in words: review overdue, draft, archived. @param {Hit} hit */
function marks(hit) {
  const status = t().hit.status[hit.status || ''];
  return [
    status && h('span', { class: 'badge' }, status),
    hit.review_overdue && h('span', { class: 'badge badge-warn' }, icon('clock'), t().hit.overdue),
    hit.reviewed && h('span', {}, t().hit.reviewed(day(hit.reviewed))),
    h('span', {}, langName(hit.lang)),
    h('span', { class: 'path' }, place(hit.path, hit.lines)),
  ];
}

/**
 * @param {Hit} hit
 * @param {string} id
 */
export function hitOption(hit, id) {
  const trail = (hit.heading || []).filter((part) => part !== hit.title).join(' › ');
  return h('a', { role: 'option', id, class: 'hit', href: urlOf(hit), tabindex: '-1', 'aria-selected': 'false' },
    h('span', { class: 'hit-head' }, h('span', { class: 'hit-title', lang: hit.lang }, hit.title), levelMark(hit.level)),
    trail && h('span', { class: 'hit-trail', lang: hit.lang }, trail),
    h('span', { class: 'hit-snippet', lang: hit.lang }, highlighted(hit.snippet, hit.highlights)),
    h('span', { class: 'hit-meta' }, ...marks(hit)),
  );
}

/**
 * The direct answer with its source.
 * @param {Answer} answer
 * @param {Hit[]} hits
 * @param {{open: (hit: Hit | undefined, event: Event) => void, copied: () => void}} on
 */
export function answerBox(answer, hits, on) {
  const hit = hits.find((one) => one.article_id === answer.article_id);
  const title = answer.title || hit?.title || answer.article_id;
  const url = articleUrl(answer.article_id, answer.anchor);
  const path = hit?.path;
  const source = { title, path, lines: answer.lines || hit?.lines, revision: hit?.revision, url };
  const copyIt = () => copy(citation(answer.text, source), t().search.copied).then((worked) => { if (worked) on.copied(); });
  return h('section', { class: 'answer', 'aria-label': t().search.answer },
    h('div', { class: 'answer-head' }, h('h2', {}, t().search.answer), hit && levelMark(hit.level)),
    h('p', { class: 'answer-text', lang: hit?.lang }, answer.text),
    h('div', { class: 'answer-foot' },
      h('p', {}, label(t().search.source), h('a', { href: url, onclick: (/** @type {Event} */ event) => on.open(hit, event) }, title), path && h('span', { class: 'path' }, place(path, source.lines))),
      h('button', { class: 'button small', type: 'button', onclick: copyIt }, icon('copy'), t().search.copyAnswer),
    ),
  );
}
