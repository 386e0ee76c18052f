// Owns what the search page shows while nothing is asked: pinned and lately opened articles, the topics, and the articles
// of a chosen topic.

import { h, fill } from './dom.js';
import { under } from './base.js';
import { icon } from './icons.js';
import { errorWords, langName, number, t } from './i18n.js';
import { articleUrl } from './router.js';
import { choices, NO_FILTERS } from './filters.js';
import { openLists, pinned, recent } from './store.js';
import * as api from './api.js';

/** Articles listed for a topic; further ones are found by asking. */
const MAX_BROWSED = 50;

/** @param {{id: string, title: string, lang?: string}} kept */
const link = (kept) => h('li', {}, h('a', { href: articleUrl(kept.id), lang: kept.lang }, kept.title), kept.lang && h('span', { class: 'faint' }, langName(kept.lang)));

/** @param {string} title @param {import('./icons.js').IconName} mark @param {{id: string, title: string, lang?: string}[]} list */
const section = (title, mark, list) => list.length > 0 && h('section', {}, h('h2', {}, icon(mark), title), h('ul', { class: 'links' }, ...list.map(link)));

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
    try {
      const answer = await api.articles(new URLSearchParams([...named, ['limit', String(MAX_BROWSED)]]));
      if (own !== drawn) return;
      const list = answer.articles.map((one) => ({ id: one.article_id, title: one.title, lang: one.lang }));
      fill(element, section(t().search.browse(named.map(([, value]) => value).join(' · ')), 'book', list) || h('div', { class: 'empty' }, h('h2', {}, t().search.none)));
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
    const kept = [section(t().start.pinned, 'pin', pinned()), section(t().start.recent, 'clock', recent().filter((one) => !pinned().some((pin) => pin.id === one.id)))];
    const words = t().keys;
    const hint = h('footer', { class: 'start-foot' },
      h('p', { class: 'start-keys' }, ...[['↑ ↓', words.move], ['Enter', words.open], ['Esc', words.back], ['?', t().nav.shortcuts]].map(([key, what]) => h('span', {}, ...key.split(' ').map((one) => h('kbd', {}, one)), what))),
      h('p', {}, !kept.some(Boolean) && `${t().start.hint} `, h('a', { href: under('/calls') }, t().start.demo)));
    fill(element, ...kept, topics, hint);
  }

  return { element, draw };
}
