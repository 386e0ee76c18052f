// Owns creating elements: text is always inserted as text nodes, never as markup. Leaves what to show to the pages.

import { t } from './i18n.js';

/** @typedef {Node | string | number | null | undefined | false} Child */

/** Languages and scripts written from right to left. */
const FROM_THE_RIGHT = /^(ar|arc|azb|ckb|dv|fa|he|iw|ks|lrc|mzn|nqo|pnb|prs|ps|sd|syr|ug|ur|yi)(-|$)|-(Arab|Hebr|Thaa|Syrc|Nkoo)(-|$)/i;

/**
 * Creates an element with the text direction of its `lang`. `props` has attributes and `on<Event>` listeners; `false` and `null` omit one.
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag
 * @param {Record<string, any>} [props]
 * @param {...(Child | Child[])} children
 * @returns {HTMLElementTagNameMap[K]}
 */
export function h(tag, props = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith('on')) element.addEventListener(name.slice(2).toLowerCase(), value);
    else if (value === true) element.setAttribute(name, '');
    else element.setAttribute(name, String(value));
    if (name === 'lang' && FROM_THE_RIGHT.test(value)) element.dir = 'rtl';
  }
  append(element, ...children);
  return element;
}

/**
 * @param {Node} parent
 * @param {...(Child | Child[])} children
 */
export function append(parent, ...children) {
  for (const child of children.flat()) {
    if (child === null || child === undefined || child === false) continue;
    parent.appendChild(child instanceof Node ? child : document.createTextNode(String(child)));
  }
}

/**
 * Replaces all children.
 * @param {Element} parent
 * @param {...(Child | Child[])} children
 */
export function fill(parent, ...children) {
  const fragment = document.createDocumentFragment();
  append(fragment, ...children);
  parent.replaceChildren(fragment);
}

/**
 * True if a key press belongs to a text field.
 * @param {EventTarget | null} target
 */
export function takesText(target) {
  if (!(target instanceof HTMLElement)) return false;
  if (target instanceof HTMLInputElement) return !['checkbox', 'radio', 'button', 'submit'].includes(target.type);
  return target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement || target.isContentEditable;
}

let toastTimer = 0;

/**
 * Shows a short message at the bottom of the window, and announces it to screen readers.
 * @param {string} message
 */
export function toast(message) {
  const place = document.getElementById('cc-toast');
  if (!place) return;
  place.textContent = message;
  place.classList.add('shown');
  clearTimeout(toastTimer);
  toastTimer = window.setTimeout(() => place.classList.remove('shown'), 2500);
}

/**
 * Copies text; the second way is for pages served over plain HTTP, where the clipboard API does not exist.
 * @param {string} text
 * @param {string} done message on success
 * @returns {Promise<boolean>} whether it worked
 */
export async function copy(text, done) {
  let worked = true;
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    const focused = document.activeElement;
    const area = h('textarea', { class: 'unseen', 'aria-hidden': 'true' });
    area.value = text;
    document.body.append(area);
    area.select();
    worked = document.execCommand('copy');
    area.remove();
    if (focused instanceof HTMLElement) focused.focus({ preventScroll: true });
  }
  toast(worked ? done : t().error.copy);
  return worked;
}
