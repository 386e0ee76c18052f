// Owns the search field inside a live call: the same search with the account's data, its results are drawn over the cards, so
// that nothing moves.

import { h, fill } from './dom.js';
import { icon } from './icons.js';
import { degradedWords, errorWords, lang, t } from './i18n.js';
import { hasHan } from './text.js';
import { createCombobox } from './combobox.js';
import { hitOption } from './hits.js';
import * as api from './api.js';

/** Results in the panel; more are on the search page. */
const LIMIT = 8;

/**
 * @param {{id: string, account: () => Record<string, any>, open: (hit: import('./types.js').Hit, recorded: Promise<string>) => void}} options
 */
export function createPanelSearch({ id, account, open }) {
  const input = h('input', {
    class: 'query', type: 'text', role: 'combobox', 'aria-label': t().calls.search, placeholder: t().calls.searchHint, 'aria-expanded': 'false',
    'aria-controls': `cc-found-${id}`, 'aria-autocomplete': 'list', autocomplete: 'off', spellcheck: 'false', maxlength: '2000',
  });
  const listbox = h('div', { id: `cc-found-${id}`, class: 'hits', role: 'listbox', 'aria-label': t().search.results });
  const note = h('p', { class: 'panel-note', role: 'status' });
  const drop = h('div', { class: 'panel-results', hidden: true }, listbox, note);
  const element = h('div', { class: 'panel-search' }, h('div', { class: 'field' }, icon('search'), input, h('kbd', { 'aria-hidden': 'true' }, '/')), drop);

  /** An answer that arrives after the field has lost the focus stays hidden until it has the focus again. */
  const unfold = () => { drop.hidden = !element.contains(document.activeElement); };

  function close() {
    drop.hidden = true;
    combobox.expand(false);
  }
  const combobox = createCombobox({
    input, listbox,
    key: () => JSON.stringify([input.value.trim(), account()]),
    ask: (query, typing, signal) => api.search({ query, typing, limit: LIMIT, account: account(), preferLang: hasHan(query) ? 'zh' : lang() }, signal),
    show(answer) {
      fill(listbox, ...answer.hits.map((hit, at) => hitOption(hit, `cc-found-${id}-${at}`)));
      listbox.hidden = answer.hits.length === 0;
      note.textContent = [...(answer.hits.length ? [] : [t().search.noneWhy(answer.query)]), ...(answer.degraded || []).map(degradedWords)].join(' ');
      unfold();
    },
    clear() {
      fill(listbox);
      drop.hidden = true;
    },
    fail(error) {
      listbox.hidden = true;
      note.textContent = errorWords(error);
      unfold();
    },
    open(hit, recorded) {
      close();
      open(hit, recorded);
    },
    nothing: (recorded) => { recorded.then(() => { note.textContent = t().search.gapDone; }, () => {}); },
    escape: () => input.blur(),
  });
  input.addEventListener('focus', () => {
    if (!combobox.answer() || !input.value) return;
    drop.hidden = false;
    combobox.expand(true);
  });
  element.addEventListener('focusout', (event) => { if (!element.contains(/** @type {Node | null} */ (event.relatedTarget))) close(); });
  // Pressing a result must not move the focus, or the list would close under the pointer.
  drop.addEventListener('mousedown', (event) => event.preventDefault());

  return { element, focus: combobox.focus, stop: combobox.stop };
}
