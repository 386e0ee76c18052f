// Owns what the search page shows while there is no question: pinned and recently opened articles, topics, and the articles
// of a chosen topic.

import { h, fill, toast } from './dom.js';
import { under } from './base.js';
import { icon } from './icons.js';
import { errorWords, langName, number, t } from './i18n.js';
import { articleUrl } from './router.js';
import { choices, NO_FILTERS } from './filters.js';
import { openLists, pinned, recent } from './store.js';
import * as api from './api.js';

/** Number of articles of a topic listed at first, and added by each press of "more". */
const MAX_BROWSED = 50;

/** @param {{id: string, title: string, lang?: string}} one */
const link = (one) => h('li', {}, h('a', { href: articleUrl(one.id), lang: one.lang }, one.title), one.lang && h('span', { class: 'faint' }, langName(one.lang)));

/** @param {string} title @param {import('./icons.js').IconName} mark @param {...HTMLElement} list */
const section = (title, mark, ...list) => h('section', {}, h('h2', {}, icon(mark), title), ...list);

/** @param {string} title @param {import('./icons.js').IconName} mark @param {{id: string, title: string, lang?: string}[]} list */
const kept = (title, mark, list) => list.length > 0 && section(title, mark, h('ul', { class: 'links' }, ...list.map(link)));

/** @returns {{element: HTMLElement, draw: (filters: import('./types.js').Filters) => void}} */
export function createStart() {
  const element = h('div', { class: 'start' });
  let drawn = 0;

  async function drawTopics() {
    const place = h('div', {});
    const own = drawn;
    const { topics } = await choices().catch((error) => {
      if (api.isStarting(error)) setTimeout(() => { if (own === drawn && element.isConnected) draw(NO_FILTERS); }, api.AGAIN_MS);
      return { topics: [] };
    });
    if (own !== drawn || !topics.length) return place;
    fill(place, h('section', {}, h('h2', {}, icon('book'), t().start.topics),
      h('ul', { class: 'chips' }, ...topics.map((one) => h('li', {}, h('a', { class: 'chip', href: under(`/?topic=${encodeURIComponent(one.tag)}`) }, one.tag, one.count > 0 && h('span', {}, number(one.count))))))));
    return place;
  }

  /** @param {import('./types.js').Filters} filters */
  async function browse(filters) {
    const named = Object.entries({ tag: filters.topic, product: filters.product, lang: filters.lang }).filter(([, value]) => value);
    const own = drawn;
    const list = h('ul', { class: 'links' });
    const more = h('button', { type: 'button', class: 'button', onclick: () => next().then((first) => first?.focus(), (error) => toast(errorWords(error))) });

    /** Appends the next articles; returns the link of the first. */
    async function next() {
      const from = list.children.length;
      const { articles, total } = await api.articles(new URLSearchParams([...named, ['limit', String(MAX_BROWSED)], ['offset', String(from)]]));
      if (from !== list.children.length) return undefined;
      list.append(...articles.map((one) => link({ id: one.article_id, title: one.title, lang: one.lang })));
      const left = articles.length ? total - list.children.length : 0;
      more.hidden = left <= 0;
      more.textContent = t().insights.more(Math.min(left, MAX_BROWSED));
      return list.children[from]?.querySelector('a');
    }

    try {
      const first = await next();
      if (own !== drawn) return;
      fill(element, first ? section(t().search.browse(named.map(([, value]) => value).join(' · ')), 'book', list, more) : h('div', { class: 'empty' }, h('h2', {}, t().search.none)));
    } catch (error) {
      if (own === drawn) fill(element, h('div', { class: 'empty', role: 'alert' }, h('h2', {}, errorWords(error)), h('button', { type: 'button', class: 'button', onclick: () => draw(filters) }, t().error.retry)));
    }
  }

  /** @param {import('./types.js').Filters} filters */
  function draw(filters) {
    drawn += 1;
    if (filters.topic || filters.product || filters.lang) {
      browse(filters);
      return;
    }
    const own = drawn;
    Promise.all([drawTopics(), openLists()]).then(([topics]) => { if (own === drawn) drawAll(topics); });
  }

  /** @param {HTMLElement} topics */
  function drawAll(topics) {
    const lists = [kept(t().start.pinned, 'pin', pinned()), kept(t().start.recent, 'clock', recent().filter((one) => !pinned().some((pin) => pin.id === one.id)))];
    const words = t().keys;
    const hint = h('footer', { class: 'start-foot' },
      h('p', { class: 'start-keys' }, ...[['↑ ↓', words.move], ['Enter', words.open], ['Esc', words.back], ['?', t().nav.shortcuts]].map(([key, what]) => h('span', {}, ...key.split(' ').map((one) => h('kbd', {}, one)), what))),
      h('p', {}, !lists.some(Boolean) && `${t().start.hint} `, h('a', { href: under('/calls') }, t().start.demo)));
    fill(element, ...lists, topics, hint);
  }

  return { element, draw };
}
