// Owns the address bar: reads it into a route, writes it, and notifies the app. Leaves drawing to the pages.

import { BASE, under } from './base.js';
import { recall, remember } from './store.js';

/** @typedef {'search' | 'calls' | 'content' | 'insights'} PageName */

/**
 * @typedef {object} Route
 * @property {PageName} page
 * @property {string} articleId empty when no article is open
 * @property {string} anchor without the `#`
 * @property {URLSearchParams} params
 * @property {Record<string, any>} state what the page stored with this history entry
 * @property {number} [y] scroll position to restore, after "back" or a reload
 */

/** Path prefix of articles. */
export const ARTICLES = under('/articles/');

/** Scroll position of this history entry when it was left or reloaded. @type {number | undefined} */
let y;

/** Changes at sign-out: the state of older history entries, with that user's questions, is ignored from then on. */
let session = recall('session', '', true);

/** What the page stored with this history entry. @returns {Record<string, any>} */
const state = () => (history.state?.session === session ? history.state : {});

/** Makes "back" show no question of this user. */
export function forgetHistory() {
  session = String(Date.now());
  remember('session', session, true);
}

/** The agent whose calls are followed; links to the calls keep it. */
let agent = '';

export const followed = () => agent;

/** Address of the followed agent's calls, or of all; with one of them shown. @param {string} [call] */
export function callsUrl(call) {
  const params = new URLSearchParams({ ...(agent && { agent }), ...(call && { call }) });
  return under(params.size ? `/calls?${params}` : '/calls');
}

/** Reads the address, and which agent it follows. @returns {Route} */
export function route() {
  const { pathname, search, hash } = location;
  const first = pathname.slice(BASE.length).split('/')[1];
  /** @type {PageName} */
  const page = first === 'calls' || first === 'content' || first === 'insights' ? first : 'search';
  const params = new URLSearchParams(search);
  if (page === 'calls') agent = params.get('agent') || '';
  return {
    page,
    articleId: pathname.startsWith(ARTICLES) ? decode(pathname.slice(ARTICLES.length)) : '',
    anchor: decode(hash.slice(1)),
    params,
    state: state(),
    y,
  };
}

/** Decodes a part of an address; a malformed one is returned unchanged. @param {string} text */
export function decode(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/**
 * @param {string} id
 * @param {string} [anchor]
 */
export function articleUrl(id, anchor) {
  return ARTICLES + encodeURIComponent(id) + (anchor ? `#${encodeURIComponent(anchor)}` : '');
}

/** The comparison of two revisions of an article, by default of its newest change. @param {string} id @param {string} [from] @param {string} [to] */
export const compareUrl = (id, from = '', to = '') => `${articleUrl(id)}?compare=${from && to ? `${from.slice(0, 12)}..${to.slice(0, 12)}` : ''}`;

/** Goes to the search page. Its question is in the state: browsers keep a record of addresses. @param {string} [query] */
export const goSearch = (query) => go(under('/'), query ? { search: under(`/?${new URLSearchParams({ q: query })}`) } : {});

/** @type {() => void} */
let changed = () => {};

/**
 * Goes to another address of the page.
 * @param {string} url
 * @param {Record<string, any>} [left]
 */
export function go(url, left = {}) {
  history.replaceState({ ...state(), session, y: scrollY }, '');
  y = undefined;
  history.pushState({ ...left, session }, '', url);
  changed();
}

/**
 * Rewrites the address in place, without notifying the page.
 * @param {string} url
 * @param {Record<string, any>} [kept]
 */
export const rewrite = (url, kept = state()) => history.replaceState({ ...kept, session }, '', url);

/**
 * Replaces this address by another, so that "back" skips it.
 * @param {string} url
 */
export function redirect(url) {
  y = undefined;
  history.replaceState({ session }, '', url);
  changed();
}

/** @param {MouseEvent} event */
function onClick(event) {
  if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  const link = event.target instanceof Element ? event.target.closest('a') : null;
  if (!link || !link.href || link.target || link.hasAttribute('download')) return;
  const url = new URL(link.href);
  if (url.origin !== location.origin || !isPage(url.pathname)) return;
  event.preventDefault();
  const { search } = state();
  const isArticle = url.pathname.startsWith(ARTICLES);
  // The search page has the same address with a question and without one.
  if (url.href !== location.href || (!isArticle && search && search !== url.pathname + url.search)) go(url.href, isArticle && search ? { search } : {});
  else {
    y = undefined;
    changed();
  }
}

/** Whether a path is one of the page's own views. @param {string} path */
export function isPage(path) {
  return ['/', '/calls', '/content', '/insights'].map(under).includes(path) || (path.startsWith(ARTICLES) && !path.endsWith('.md'));
}

/** @param {() => void} onChange */
export function startRouter(onChange) {
  changed = onChange;
  history.scrollRestoration = 'manual';
  y = state().y;
  addEventListener('beforeunload', () => rewrite(location.href, { ...state(), y: scrollY }));
  addEventListener('popstate', () => {
    y = state().y;
    onChange();
  });
  document.addEventListener('click', onClick);
}
