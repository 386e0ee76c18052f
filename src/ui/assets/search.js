// Owns the search page: field, filters, results and the article beside them, and how they follow the address.

import { h, fill, toast } from './dom.js';
import { under } from './base.js';
import { icon } from './icons.js';
import { degradedWords, errorWords, lang, number, t } from './i18n.js';
import { articleUrl, go, rewrite, route as here } from './router.js';
import { hasHan, markedWords, short } from './text.js';
import { createCombobox } from './combobox.js';
import { createFilters, NO_FILTERS } from './filters.js';
import { createStart } from './start.js';
import { createArticle } from './article.js';
import { answerBox, hitOption, urlOf } from './hits.js';
import * as api from './api.js';

/** @typedef {import('./types.js').Hit} Hit */
/** @typedef {import('./types.js').SearchAnswer} SearchAnswer */

/** Delay before a failed question is retried, in milliseconds: doubled each time, up to the longest. */
const FIRST_AGAIN_MS = 2_000;
const LONGEST_AGAIN_MS = 15_000;
/** After waiting this long for an answer, in milliseconds, the older question's results are dimmed. */
const LATE_MS = 300;

/** Number of hits shown at first, and added by each press of "more". */
const PAGE = 20;

/** The names of the filters in the address. */
const PARAMS = /** @type {const} */ (['topic', 'product', 'lang']);

/**
 * @param {HTMLElement} root
 * @returns {import('./app.js').Page}
 */
export function mountSearch(root) {
  const input = h('input', {
    id: 'cc-query', class: 'query', type: 'text', role: 'combobox', 'aria-label': t().search.label, placeholder: t().search.placeholder + (innerWidth > 640 ? t().search.example : ''),
    'aria-expanded': 'false', 'aria-controls': 'cc-results', 'aria-autocomplete': 'list', autocomplete: 'off', spellcheck: 'false', enterkeyhint: 'search', maxlength: '2000',
  });
  const listbox = h('div', { id: 'cc-results', class: 'hits', role: 'listbox', 'aria-label': t().search.results });
  const count = h('span', { role: 'status' });
  const more = h('span', {});
  const status = h('p', { class: 'status' }, count, more);
  const notice = h('div', { class: 'notices' });
  const answerPlace = h('div', {});
  const further = h('button', { type: 'button', class: 'button', hidden: true, onclick: showFurther });
  const nothing = h('div', {});
  const start = createStart();
  const filters = createFilters(() => { keepAddress(); refresh(); });
  const finder = h('section', { class: 'finder' },
    h('h1', { class: 'unseen' }, t().search.title),
    h('div', { class: 'field' }, icon('search'), input, h('kbd', { 'aria-hidden': 'true' }, navigator.platform.startsWith('Mac') ? '⌘K' : 'Ctrl K')),
    filters.element, status, notice, answerPlace, listbox, further, nothing, start.element);
  const reader = createArticle({ closeLabel: t().article.close, onClose: closeArticle });
  const page = h('div', { class: 'search-page' }, finder, reader.element);
  /** Loaded when it is first shown. @type {Promise<ReturnType<typeof import('./history.js').createHistory>> | null} */
  let past = null;
  root.replaceChildren(page);
  let resultsScroll = 0;
  /** Timer of the next retry, and its delay. */
  let again = 0;
  let pause = FIRST_AGAIN_MS;
  /** Timer after which the answer counts as late. */
  let late = 0;

  const combobox = createCombobox({
    input, listbox, show, clear, fail, open, escape: closeArticle,
    key: () => JSON.stringify([input.value.trim(), filters.value()]),
    ask(query, typing, signal) {
      if (signal) late ||= window.setTimeout(() => finder.classList.add('late'), LATE_MS);
      return asked(query, { typing }, signal);
    },
    nothing: (recorded) => recorded.then(noted, fail),
  });

  /** @param {string} query @param {{typing: boolean, limit?: number, offset?: number}} how @param {AbortSignal} [signal] */
  const asked = (query, how, signal) => api.search({ query, ...how, filters: filters.value(), preferLang: hasHan(query) ? 'zh' : lang() }, signal);
  const refresh = () => { if (input.value.trim()) combobox.refresh(true); else combobox.reset(); };
  const noted = () => toast(t().search.gapDone);
  const report = () => {
    const query = combobox.answer()?.query || input.value.trim();
    return combobox.record().then((queryId) => api.reportGap({ query, query_id: queryId })).then(noted, fail);
  };

  /** Screen readers announce the count each time it changes. @param {string} words */
  function say(words) {
    if (count.textContent !== words) count.textContent = words;
  }

  /** The question was answered, rejected or cleared. */
  function settle() {
    clearTimeout(again);
    clearTimeout(late);
    late = 0;
    finder.classList.remove('late');
  }

  function clearAnswer() {
    say('');
    more.textContent = '';
    for (const place of [answerPlace, listbox, nothing]) fill(place);
    listbox.hidden = further.hidden = true;
  }

  /** @param {SearchAnswer} answer */
  function show(answer) {
    const { hits, index } = answer;
    settle();
    pause = FIRST_AGAIN_MS;
    start.element.hidden = true;
    filters.learn(hits);
    say(t().search.count(answer.total));
    const words = ['', t().search.took(number(Math.max(1, Math.round(answer.took_ms))))];
    if (index?.pending) words.push(t().search.pending(index.pending));
    if (index?.revision) words.push(t().search.revision(short(index.revision)));
    more.textContent = words.join(' · ');
    fill(notice, ...(answer.degraded || []).map((code) => h('p', { class: 'notice' }, icon('alert'), degradedWords(code))));
    fill(answerPlace, answer.answer ? answerBox(answer.answer, hits, { open: openAnswer, copied: () => copied(answer) }) : hits.length > 0 && h('p', { class: 'no-answer' }, t().search.noAnswer, ' ', h('button', { type: 'button', class: 'button quiet small', onclick: report }, t().search.gap)));
    fill(listbox, ...hits.map(option));
    listbox.hidden = hits.length === 0;
    tellFurther(answer);
    fill(nothing, hits.length === 0 && emptyState(answer.query));
    keepAddress();
  }

  /** @param {Hit} hit @param {number} at */
  const option = (hit, at) => hitOption(hit, `cc-hit-${at}`);

  /** @param {SearchAnswer} answer */
  function tellFurther({ hits, total }) {
    further.hidden = hits.length >= total;
    further.textContent = t().insights.more(Math.min(PAGE, total - hits.length));
  }

  /** Shows the next page of hits. */
  async function showFurther() {
    const shown = combobox.answer();
    if (!shown) return;
    const from = shown.hits.length;
    try {
      const { hits } = await asked(shown.query, { typing: true, limit: PAGE, offset: from });
      if (combobox.answer() !== shown || shown.hits.length !== from) return;
      listbox.append(...hits.map((hit, at) => option(hit, from + at)));
      combobox.extend(hits);
      tellFurther(hits.length ? shown : { ...shown, total: from });
    } catch (error) {
      toast(errorWords(error));
    }
  }

  /** @param {string} query */
  const emptyState = (query) => h('div', { class: 'empty' }, h('h2', {}, t().search.none), h('p', {}, t().search.noneWhy(query)), h('p', {}, t().search.noneTips),
    h('button', { type: 'button', class: 'button', onclick: report }, t().search.gap));

  function clear() {
    settle();
    clearAnswer();
    fill(notice);
    start.element.hidden = false;
    start.draw(filters.value());
    keepAddress();
  }

  /** @param {unknown} error */
  function fail(error) {
    const words = h('span', {}, errorWords(error));
    // The same message is not announced again at each retry.
    if (notice.querySelector('[role=alert] span')?.textContent !== words.textContent) fill(notice, h('p', { class: 'notice notice-bad', role: 'alert' }, icon('alert'), words, h('button', { type: 'button', class: 'button small', onclick: refresh }, t().error.retry)));
    // Signing in redraws the page from the history entry.
    keepAddress();
    settle();
    // The answer on screen belongs to this question: it stays.
    if (combobox.answer()) return;
    clearAnswer();
    if (!api.isPassing(error)) return;
    again = window.setTimeout(refresh, api.isStarting(error) ? api.AGAIN_MS : pause);
    if (!api.isStarting(error)) pause = Math.min(2 * pause, LONGEST_AGAIN_MS);
  }

  /** @param {string} [query] */
  function searchUrl(query) {
    const params = new URLSearchParams(query && { q: query });
    for (const name of PARAMS) if (filters.value()[name]) params.set(name, filters.value()[name]);
    return under(params.size ? `/?${params}` : '/');
  }

  /** The address of a link to the current question. */
  const asking = () => searchUrl(input.value.trim());

  /** Keeps the filters in the address, and the question in the history entry: a reload and "back" restore it, but the browser's record of visited addresses does not have it. */
  function keepAddress() {
    if (page.isConnected) rewrite(here().articleId ? location.href : searchUrl(), { ...here().state, search: asking() });
  }

  /** Sends feedback on the hit that is being opened: its question may not be recorded yet. @type {import('./feedback.js').Send | null} */
  let opening = null;

  /** @param {Hit} hit @param {Promise<string>} recorded */
  function open(hit, recorded) {
    if (!here().articleId) resultsScroll = scrollY;
    const visit = performance.now();
    opening = (event) => recorded.then((queryId) => api.engage(queryId, { article_id: hit.article_id, ...event }), () => api.rate(hit.article_id, event));
    go(urlOf(hit), { search: asking(), words: markedWords(hit.snippet, hit.highlights), revision: hit.revision, fromSearch: true, visit });
    opening = null;
    recorded.then((queryId) => {
      if (here().state.visit === visit) rewrite(location.href, { ...here().state, queryId });
      return api.engage(queryId, { article_id: hit.article_id, type: 'opened' });
    }).catch(() => {});
  }

  /** @param {Hit | undefined} hit @param {Event} event */
  function openAnswer(hit, event) {
    if (!hit || (event instanceof MouseEvent && (event.ctrlKey || event.metaKey || event.shiftKey))) return;
    event.preventDefault();
    open({ ...hit, url: undefined, anchor: combobox.answer()?.answer?.anchor || hit.anchor }, combobox.record());
  }

  /** @param {SearchAnswer} shown */
  function copied(shown) {
    const id = shown.answer?.article_id;
    if (id) combobox.record().then((queryId) => api.engage(queryId, { article_id: id, type: 'copied' })).catch(() => {});
  }

  /** @param {string} articleId @param {string} queryId @returns {import('./feedback.js').Send} */
  const sender = (articleId, queryId) => (event) => api.engage(queryId, { article_id: articleId, ...event });

  function closeArticle() {
    if (here().articleId) go(searchUrl(), { search: asking() });
  }

  /** @param {string} id @param {string} compared */
  function showPast(id, compared) {
    const stay = (/** @type {string} */ url) => go(url, here().state);
    past ??= import('./history.js').then(({ createHistory }) => createHistory({ onClose: (one) => stay(articleUrl(one)), go: stay }));
    past.then((made) => {
      if (!made.element.isConnected) page.append(made.element);
      made.show(id, compared);
    }, () => {
      past = null;
      toast(t().error.unreachable);
      if (page.isConnected) stay(articleUrl(id));
    });
  }

  /** @param {URLSearchParams} params @returns {boolean} whether the question changed */
  function take(params) {
    const query = params.get('q') || '';
    /** @type {import('./types.js').Filters} */
    const wanted = { ...NO_FILTERS };
    for (const name of PARAMS) wanted[name] = params.get(name) || '';
    const same = query === input.value.trim() && JSON.stringify(wanted) === JSON.stringify(filters.value());
    if (!same) {
      input.value = query;
      filters.set(wanted);
    }
    return !same;
  }

  let first = true;
  return {
    update(route) {
      const { search } = route.state;
      const params = search || route.articleId ? new URLSearchParams(search?.split('?')[1]) : route.params;
      const changed = route.articleId && !first && !search ? false : take(params);
      if (changed || first) refresh();
      if (!route.articleId) keepAddress();
      page.classList.toggle('reading', Boolean(route.articleId));
      const compared = route.articleId ? route.params.get('compare') : null;
      if (compared === null) past?.then((shown) => shown.hide(), () => {});
      if (compared !== null) {
        reader.hide();
        showPast(route.articleId, compared);
      } else if (route.articleId) {
        const { words = [], revision, queryId, fromSearch } = route.state;
        reader.show(route.articleId, { anchor: route.anchor, words, revision, send: queryId ? sender(route.articleId, queryId) : opening, focus: Boolean(fromSearch), y: route.y });
      } else {
        if (reader.hide()) scrollTo(0, route.y ?? resultsScroll);
        if (!changed && !first && !input.value.trim()) start.draw(filters.value());
        document.title = 'Cuecard';
        input.focus({ preventScroll: true });
      }
      first = false;
    },
    focusSearch(query) {
      const narrow = getComputedStyle(finder).display === 'none';
      if (narrow) closeArticle();
      combobox.focus(query);
      if (!here().articleId) scrollTo(0, 0);
    },
    keydown(event) {
      if (event.key !== 'Escape' || !here().articleId) return;
      event.preventDefault();
      if (here().params.has('compare')) go(articleUrl(here().articleId), here().state);
      else closeArticle();
    },
    unmount() {
      settle();
      combobox.stop();
      reader.hide();
    },
  };
}
