// Owns the shortcuts that work on every page, the list of all shortcuts, and the switch that turns single-key shortcuts off
// (WCAG 2.1.4). Leaves a page's own shortcuts to the page.

import { h, fill, takesText } from './dom.js';
import { t } from './i18n.js';
import { recall, remember } from './store.js';

/** @returns {boolean} whether single-key shortcuts are on */
export const singleKeys = () => recall('singleKeys', true);

/**
 * True for a key press that a page may take as a single-key shortcut.
 * @param {KeyboardEvent} event
 */
export function isShortcut(event) {
  return singleKeys() && !event.ctrlKey && !event.metaKey && !event.altKey && !takesText(event.target);
}

/** @param {string} keys alternatives are separated by a space */
const keyCaps = (keys) => keys.split(' ').map((key) => h('kbd', {}, key));

/** @type {HTMLDialogElement | null} */
let dialog = null;

/** Opens the list of shortcuts. */
export function showKeys() {
  const words = t().keys;
  dialog ??= document.body.appendChild(h('dialog', { class: 'dialog', 'aria-labelledby': 'cc-keys-title' }));
  const single = h('input', { type: 'checkbox', checked: singleKeys(), onchange: () => remember('singleKeys', single.checked) });
  /** @type {[string, [string, string][]][]} */
  const groups = [
    [words.everywhere, [['Ctrl+K ⌘K /', words.focus], ['?', words.help]]],
    [words.results, [['↑ ↓', words.move], ['Enter', words.open], ['Esc', words.back]]],
    [words.live, [['Space', words.nextTurn], ['A', words.auto], ['J K', words.walk], ['N', words.fresh], ['O', t().card.open], ['C', t().card.copy], ['U', t().card.used], ['X', t().card.dismiss]]],
  ];
  fill(dialog, h('h2', { id: 'cc-keys-title' }, words.title),
    ...groups.map(([title, rows]) => h('section', {}, h('h3', {}, title), h('dl', { class: 'key-list' }, ...rows.map(([keys, what]) => h('div', {}, h('dt', {}, what), h('dd', {}, ...keyCaps(keys))))))),
    h('form', { method: 'dialog', class: 'dialog-foot' }, h('label', {}, single, words.single), h('button', { class: 'button primary' }, words.close)));
  dialog.showModal();
}

/** @param {() => import('./app.js').Page} page the page shown */
export function startKeys(page) {
  document.addEventListener('keydown', (event) => {
    if (event.defaultPrevented || event.isComposing || document.querySelector('dialog[open]')) return;
    const focus = (event.key.toLowerCase() === 'k' && (event.ctrlKey || event.metaKey)) || (event.key === '/' && isShortcut(event));
    if (focus) {
      event.preventDefault();
      page().focusSearch();
    } else if (event.key === '?' && isShortcut(event)) {
      event.preventDefault();
      showKeys();
    } else page().keydown?.(event);
  });
}
