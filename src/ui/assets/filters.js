// Owns the three filters of the search page: which topics, products and languages there are, and which one is chosen.

import { h, fill } from './dom.js';
import { langName, number, t } from './i18n.js';
import { icon } from './icons.js';
import * as api from './api.js';

/** @typedef {import('./types.js').Filters} Filters */
/** @typedef {import('./types.js').Topic} Topic */

/** @type {Readonly<Filters>} */
export const NO_FILTERS = Object.freeze({ topic: '', product: '', lang: '' });

/**
 * The tree of tags as a flat list with depths, whatever of `tag`, `topic` or `name` a node is called by.
 * @param {any} nodes
 * @param {number} [depth]
 * @returns {Topic[]}
 */
export function flatTopics(nodes, depth = 0) {
  const list = Array.isArray(nodes) ? nodes : [];
  return list.flatMap((node) => {
    const tag = node.tag ?? node.topic ?? node.name;
    const topic = tag ? [{ tag, count: node.count ?? 0, depth }] : [];
    return [...topic, ...flatTopics(node.children, depth + 1)];
  });
}

/** @type {Promise<{topics: Topic[], products: string[], langs: string[]}> | null} */
let known = null;
api.session.addEventListener('begun', () => { known = null; });

/** The available values, fetched once per session. */
export function choices() {
  known ??= api.topics().then((answer) => {
    // A server without articles may have some soon.
    if (!answer.topics?.length) known = null;
    return answer;
  }).then((answer) => ({
    topics: flatTopics(answer.topics),
    products: flatTopics((answer.products || []).map((/** @type {any} */ one) => ({ name: one.product ?? one.name ?? one }))).map((one) => one.tag),
    langs: (answer.languages || answer.langs || []).map((/** @type {any} */ one) => one.lang ?? one),
  })).catch((error) => {
    known = null;
    throw error;
  });
  return known;
}

/** @param {(filters: Filters) => void} onChange */
export function createFilters(onChange) {
  /** @type {Filters} */
  let value = { ...NO_FILTERS };
  /** @type {Topic[]} */
  let topics = [];
  const products = new Set(/** @type {string[]} */ ([]));
  const langs = new Set(['en', 'zh']);

  /** @param {keyof Filters} name @param {string} label */
  const field = (name, label) => {
    const select = h('select', { 'aria-label': label, onchange: () => { value = { ...value, [name]: select.value }; draw(); onChange(value); } });
    return select;
  };
  const selects = { topic: field('topic', t().search.topic), product: field('product', t().search.product), lang: field('lang', t().search.language) };
  const clear = h('button', { type: 'button', class: 'button quiet small', onclick: () => { value = { ...NO_FILTERS }; draw(); onChange(value); } }, icon('close'), t().search.clear);
  const element = h('div', { class: 'filters' }, ...Object.values(selects).map((select) => h('span', { class: 'select' }, select)), clear);

  /** @param {keyof Filters} name @param {string} label @param {{id: string, text: string}[]} list */
  function offer(name, label, list) {
    const chosen = value[name];
    if (chosen && !list.some((one) => one.id === chosen)) list.push({ id: chosen, text: chosen });
    fill(selects[name], h('option', { value: '' }, label), ...list.map((one) => h('option', { value: one.id }, one.text)));
    selects[name].value = chosen;
    selects[name].classList.toggle('set', Boolean(chosen));
  }

  function draw() {
    offer('topic', t().search.topic, topics.map((one) => ({ id: one.tag, text: `${'\u2003'.repeat(one.depth)}${one.tag}${one.count ? ` (${number(one.count)})` : ''}` })));
    offer('product', t().search.product, [...products].sort().map((id) => ({ id, text: id })));
    offer('lang', t().search.language, [...langs].sort().map((id) => ({ id, text: langName(id) })));
    clear.classList.toggle('unused', !Object.values(value).some(Boolean));
  }

  function learnChoices() {
    choices().then((found) => {
      topics = found.topics;
      found.products.forEach((one) => products.add(one));
      found.langs.forEach((one) => langs.add(one.split('-')[0]));
      draw();
    }).catch((error) => {
      if (api.isStarting(error)) setTimeout(() => { if (element.isConnected) learnChoices(); }, api.AGAIN_MS);
    });
  }

  draw();
  learnChoices();

  return {
    element,
    value: () => value,
    /** @param {Filters} next */
    set(next) { value = { ...next }; draw(); },
    /** Adds values that are only found in hits. @param {import('./types.js').Hit[]} hits */
    learn(hits) {
      const before = products.size + langs.size;
      for (const hit of hits) {
        hit.products?.forEach((one) => products.add(one));
        if (hit.lang) langs.add(hit.lang.split('-')[0]);
      }
      if (products.size + langs.size !== before) draw();
    },
  };
}
