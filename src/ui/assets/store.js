// Owns what is stored in this browser: language, shortcuts on or off, pinned and recently opened articles; and in this tab, the progress of a
// demo call. Questions may contain customers' data, and desks are shared: a question is stored for the tab only, while its user signs in at
// the identity provider (login.js). Articles are stored per user, since the next user may not be allowed to see their titles.

import { identity } from './api.js';

const PREFIX = 'cuecard.';
/** Length of the list of recently opened articles. */
const MAX_RECENT = 8;

/** @typedef {{id: string, title: string, lang?: string}} Kept */

/** The storage; access may be forbidden in another page's frame. @param {boolean} [forTab] kept no longer than the tab */
const storage = (forTab) => (forTab ? sessionStorage : localStorage);

/**
 * @template T
 * @param {string} key
 * @param {T} otherwise
 * @param {boolean} [forTab]
 * @returns {T}
 */
export function recall(key, otherwise, forTab) {
  try {
    const text = storage(forTab).getItem(PREFIX + key);
    return text === null ? otherwise : JSON.parse(text);
  } catch {
    return otherwise;
  }
}

/**
 * @param {string} key
 * @param {unknown} value
 * @param {boolean} [forTab]
 */
export function remember(key, value, forTab) {
  try {
    storage(forTab).setItem(PREFIX + key, JSON.stringify(value));
  } catch {
    // Without storage the page works, but remembers nothing.
  }
}

/** The user whose lists are used; without a user nothing is stored. */
let owner = '';

/** Finds out the user. Await it before the lists are used. */
export async function openLists() {
  owner = await identity();
}

/** @param {'recent' | 'pinned'} name @returns {Kept[]} */
const listed = (name) => (owner ? recall(`${name}.${owner}`, []) : []);

/** @param {'recent' | 'pinned'} name @param {Kept[]} list */
function keep(name, list) {
  if (owner) remember(`${name}.${owner}`, list);
}

export const recent = () => listed('recent');
export const pinned = () => listed('pinned');

/** @param {Kept} article */
export function addRecent(article) {
  keep('recent', [article, ...recent().filter((kept) => kept.id !== article.id)].slice(0, MAX_RECENT));
}

/** Drops an article that no longer exists: nobody could open it to unpin it. @param {string} id */
export function forget(id) {
  keep('recent', recent().filter((kept) => kept.id !== id));
  keep('pinned', pinned().filter((kept) => kept.id !== id));
}

/** @param {string} id */
export const isPinned = (id) => pinned().some((kept) => kept.id === id);

/**
 * Pins or unpins.
 * @param {Kept} article
 * @returns {boolean} whether it is pinned now
 */
export function togglePin(article) {
  const others = pinned().filter((kept) => kept.id !== article.id);
  const pin = others.length === pinned().length;
  keep('pinned', pin ? [article, ...others] : others);
  return pin;
}
