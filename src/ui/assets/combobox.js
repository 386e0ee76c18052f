// Owns the behaviour of a search field with its list, as the ARIA practices describe a combobox: typing, arrows, Enter,
// Escape, stale answers. Leaves requests and drawing to its users (the search page, the panel of a live call).

import { isAbort } from './api.js';

/** How long a newer question waits for the answer to the previous one, which is then aborted: a quick server answers every
 * key, a slow one is never asked more than so often, in milliseconds. */
const PATIENCE_MS = 60;
/** A question left unchanged for this long after its answer is recorded, even if nothing is opened, in milliseconds. */
const SETTLED_MS = 2_000;

/** @typedef {import('./types.js').SearchAnswer} SearchAnswer */
/** @typedef {import('./types.js').Hit} Hit */

/**
 * @typedef {object} Parts
 * @property {HTMLInputElement} input
 * @property {HTMLElement} listbox its children with role=option are the hits, in order
 * @property {() => string} key the current question with its filters: an answer belongs to one key
 * @property {(query: string, typing: boolean, signal?: AbortSignal) => Promise<SearchAnswer>} ask
 * @property {(answer: SearchAnswer) => void} show draws the answer
 * @property {() => void} clear draws the state without a question
 * @property {(error: unknown) => void} fail an answer to another question is gone by then
 * @property {(hit: Hit, recorded: Promise<string>) => void} open `recorded` is the id of the recorded query
 * @property {(recorded: Promise<string>) => void} nothing Enter was pressed and there is no hit
 * @property {() => void} escape Escape was pressed in the empty field
 */

/** @param {Parts} parts */
export function createCombobox(parts) {
  const { input, listbox } = parts;
  /** @type {SearchAnswer | null} */
  let answer = null;
  let shownKey = '';
  let shownQuery = '';
  let active = -1;
  /** Runs while a newer question waits for its turn. */
  let timer = 0;
  let asking = false;
  let settling = 0;
  let entering = false;
  let request = new AbortController();
  /** @type {{key: string, id: Promise<string>}} */
  let recorded = { key: '', id: Promise.resolve('') };

  const query = () => input.value.trim();
  const options = () => /** @type {HTMLElement[]} */ ([...listbox.querySelectorAll('[role=option]')]);

  /** @param {number} index @param {boolean} [follow] bring it into view */
  function activate(index, follow = false) {
    const all = options();
    all[active]?.setAttribute('aria-selected', 'false');
    active = all.length ? (index + all.length) % all.length : -1;
    const option = listbox.closest('[hidden]') ? undefined : all[active];
    input.setAttribute('aria-expanded', String(option !== undefined));
    if (!option) return input.removeAttribute('aria-activedescendant');
    option.setAttribute('aria-selected', 'true');
    input.setAttribute('aria-activedescendant', option.id);
    if (follow) option.scrollIntoView({ block: 'nearest' });
  }

  /** @param {boolean} now */
  function setAsking(now) {
    asking = now;
    listbox.setAttribute('aria-busy', String(now));
  }

  function drop() {
    clearTimeout(timer);
    clearTimeout(settling);
    timer = 0;
    setAsking(false);
    request.abort();
    request = new AbortController();
  }

  /** Asks now. @param {boolean} typing @returns {Promise<boolean>} whether an answer is shown */
  async function refresh(typing) {
    drop();
    if (!query()) {
      reset();
      return false;
    }
    const [key, asked] = [parts.key(), query()];
    const { signal } = request;
    setAsking(true);
    try {
      const fresh = await parts.ask(asked, typing, signal);
      if (signal.aborted) return false;
      answer = fresh;
      [shownKey, shownQuery] = [key, asked];
      if (!typing) recorded = { key, id: Promise.resolve(fresh.query_id) };
      parts.show(fresh);
      active = -1;
      activate(0);
      // Not while an input method is composing.
      settling = window.setTimeout(() => { if (shownKey === parts.key()) record().catch(() => {}); }, SETTLED_MS);
      return true;
    } catch (error) {
      if (isAbort(error)) return false;
      if (shownKey !== key) forget();
      parts.fail(error);
      return false;
    } finally {
      if (!signal.aborted) {
        setAsking(false);
        if (timer) refresh(true);
      }
    }
  }

  /** Asks at once, or as soon as the previous question is answered or aborted. */
  function typed() {
    if (!query()) reset();
    else if (!asking) refresh(true);
    else timer ||= window.setTimeout(refresh, PATIENCE_MS, true);
  }

  /** Clears the answer to an older question, so that none of its hits can be chosen. */
  function forget() {
    answer = null;
    shownKey = '';
    input.setAttribute('aria-expanded', 'false');
    input.removeAttribute('aria-activedescendant');
  }

  function reset() {
    drop();
    forget();
    parts.clear();
    active = -1;
    activate(0);
  }

  /** The id of the recorded question whose answer is shown; asked once more if so far it was only typed. */
  function record() {
    const [key, asked] = answer ? [shownKey, shownQuery] : [parts.key(), query()];
    if (recorded.key !== key) {
      recorded = { key, id: parts.ask(asked, false).then((full) => full.query_id) };
      recorded.id.catch(() => { recorded.key = ''; });
    }
    return recorded.id;
  }

  /** @param {number} index */
  function choose(index) {
    const hit = answer?.hits[index];
    if (hit) parts.open(hit, record());
  }

  async function enter() {
    if (!query() || entering) return;
    entering = true;
    const shown = shownKey === parts.key() || (await refresh(false));
    entering = false;
    if (!shown) return;
    if (answer?.hits.length) choose(Math.max(active, 0));
    else parts.nothing(record());
  }

  input.addEventListener('input', (event) => {
    // Letters of an input method are not yet words: "kuandai" must not be searched on the way to 宽带.
    if (!(event instanceof InputEvent && event.isComposing)) typed();
  });
  input.addEventListener('compositionend', typed);

  input.addEventListener('keydown', (event) => {
    if (event.isComposing || event.keyCode === 229) return;
    if (event.key === 'ArrowDown') activate(active + 1, true);
    else if (event.key === 'ArrowUp') activate(active - 1, true);
    else if (event.key === 'Enter') enter();
    else if (event.key === 'Escape' && input.value) {
      input.value = '';
      reset();
    } else if (event.key === 'Escape') parts.escape();
    else return;
    event.preventDefault();
    event.stopPropagation();
  });

  listbox.addEventListener('click', (event) => {
    if (event.metaKey || event.ctrlKey || event.shiftKey || !(event.target instanceof Element)) return;
    const option = event.target.closest('[role=option]');
    if (!option) return;
    event.preventDefault();
    const index = options().indexOf(/** @type {HTMLElement} */ (option));
    activate(index);
    choose(index);
  });

  return {
    refresh,
    reset,
    record,
    /** The list was opened or closed. @param {boolean} isOpen */
    expand(isOpen) {
      if (isOpen) activate(active);
      else {
        input.setAttribute('aria-expanded', 'false');
        input.removeAttribute('aria-activedescendant');
      }
    },
    /** More hits were drawn after those shown; selects the first of them. @param {Hit[]} hits */
    extend(hits) {
      const from = answer?.hits.push(...hits) ?? 0;
      input.focus({ preventScroll: true });
      if (hits.length) activate(from - hits.length, true);
    },
    /** The answer shown. */
    answer: () => answer,
    /** @param {string} [asked] a question to put in and ask */
    focus(asked) {
      input.focus({ preventScroll: true });
      if (asked) {
        input.value = asked;
        refresh(true);
      } else input.select();
    },
    stop: drop,
  };
}
