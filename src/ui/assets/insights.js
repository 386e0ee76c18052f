// Owns the page of what callers ask: the unanswered questions in groups, and a few numbers. Where the server keeps no
// record it says so.

import { h, fill } from './dom.js';
import { facts } from './text.js';
import { errorWords, t } from './i18n.js';
import { articleUrl, go } from './router.js';
import * as api from './api.js';

/** @typedef {{gap_id: string, label: string, size: number, queries: string[], nearest?: {article_id: string} | null}} Gap */

/** @param {Gap} gap */
function gapRow(gap) {
  return h('li', { class: 'finding' },
    h('div', { class: 'finding-name' }, h('strong', {}, gap.label), h('span', { class: 'rule' }, t().insights.asked(gap.size))),
    h('ul', { class: 'questions' }, ...gap.queries.slice(0, 5).map((query) => h('li', {}, query))),
    gap.nearest && h('p', { class: 'finding-help' }, `${t().insights.nearest}: `, h('a', { href: articleUrl(gap.nearest.article_id) }, gap.nearest.article_id)));
}

/** @param {HTMLElement} root @returns {import('./app.js').Page} */
export function mountInsights(root) {
  const place = h('div', { class: 'findings' });
  root.replaceChildren(h('div', { class: 'page' }, h('h1', {}, t().insights.title), place));
  document.title = `${t().insights.title} · Cuecard`;

  async function load() {
    try {
      const [summary, gaps] = await Promise.all([api.insights('summary'), api.insights('gaps')]);
      const rows = facts(summary);
      /** @type {Gap[]} */
      const list = gaps.gaps || [];
      fill(place,
        h('section', {}, h('h2', {}, t().insights.summary), h('dl', { class: 'article-facts' }, ...rows.map(([name, value]) => h('div', {}, h('dt', {}, name), h('dd', {}, value))))),
        h('section', {}, h('h2', {}, t().insights.gaps), list.length ? h('ul', {}, ...list.map(gapRow)) : h('p', { class: 'faint' }, t().insights.noGaps)));
    } catch (error) {
      const absent = error instanceof api.ApiError && error.status === 404;
      const words = absent ? t().insights.absent : errorWords(error);
      fill(place, h('div', { class: 'empty' }, h('h2', {}, words), absent && h('p', {}, t().insights.absentWhy)));
    }
  }

  load();
  return { update() {}, focusSearch: () => go('/') };
}
