// Owns one live call on the screen: puts transcript, cards, search, account and demo player together, and feeds them from
// the call's stream. Leaves each part to its own module.

import { h, fill, copy, toast } from './dom.js';
import { icon } from './icons.js';
import { degradedWords, errorWords, t } from './i18n.js';
import { ARTICLES, callsUrl, decode } from './router.js';
import { citation, markedWords } from './text.js';
import { urlOf } from './hits.js';
import { drawAccount, drawAsk, drawHeld, drawState, drawSummary } from './callfacts.js';
import { follow } from './callstream.js';
import { createTranscript } from './transcript.js';
import { createCards } from './cards.js';
import { createDemo } from './demo.js';
import { createPanelSearch } from './panelsearch.js';
import { createArticle } from './article.js';
import { ACT_OF_KEY } from './card.js';
import { isShortcut, singleKeys } from './keys.js';
import { tell } from './embed.js';
import * as api from './api.js';

/** @typedef {import('./types.js').Card} Card */
/** @typedef {import('./types.js').Call} Call */
/** @typedef {import('./callstream.js').StreamState} StreamState */
/** @typedef {{id: string, title: string, demo?: import('./types.js').DemoCall, at?: number, agentState: () => StreamState | null, onChange: () => void}} Options `agentState`: state of the agent's stream if that brings this call's events, null if the call has its own stream */
/** @typedef {ReturnType<typeof createCallPanel>} CallPanel */

/** Polling interval for the transcript of a call that another system feeds, in milliseconds: streams carry cards, not turns. While
 * nothing is said, the interval grows by half each time, up to the longest. */
const WATCH_MS = 2_000;
const LONGEST_WATCH_MS = 10_000;

/** Actions that do not change a card in that state, as on the server: opening a used card leaves it used. @type {Record<string, string[]>} */
const STAYS = { used: ['opened', 'copied'], copied: ['opened'], withdrawn: ['opened', 'copied'] };

/** @param {Options} options */
export function createCallPanel({ id, title, demo, at = 0, agentState, onChange }) {
  /** @type {Record<string, any>} */
  let account = demo?.account || {};
  let ended = false;
  /** The stream reported the end; the summary is fetched when the call is shown. */
  let over = false;
  let loaded = false;
  let fresh = 0;
  let watch = 0;
  let pause = WATCH_MS;
  /** The codes shown, comma-separated. */
  let degraded = '';
  /** The request in progress; and whether another one must follow it. @type {Promise<void> | null} */
  let loading = null;
  let isWanted = false;
  /** Counts events of the stream and actions of the agent. */
  let news = 0;
  /** Counts starts and stops of following; work from before the last one is abandoned. */
  let turn = 0;
  /** The card whose article was opened (empty for a search hit), and the open article. */
  let openedCard = '';
  let openArticleId = '';
  let endStream = () => {};
  const seen = { id: '' };
  const silent = new Map(/** @type {[string, import('./types.js').NotShown][]} */ ([]));

  const state = h('span', { class: 'call-state', role: 'status' });
  const notices = h('div', { class: 'notices', role: 'status' });
  const endButton = h('button', { type: 'button', class: 'button', onclick: end }, icon('stop'), t().calls.end);
  const transcript = createTranscript();
  const cards = createCards({ act });
  const search = createPanelSearch({ id, account: () => account, open: openHit });
  const reader = createArticle({ closeLabel: t().article.closePanel, onClose: closeArticle });
  const accountPart = h('details', { class: 'account', open: innerWidth >= 900 });
  const ask = h('p', { class: 'ask' });
  const held = h('details', { class: 'silent', hidden: true });
  const summary = h('section', { class: 'summary', 'aria-label': t().calls.summary, hidden: true });
  const player = demo ? createDemo({ callId: id, demo, at, say }) : null;
  const right = h('div', { class: 'call-right' }, search.element, ask, cards.element, held);
  const columns = h('div', { class: 'call-columns' },
    h('div', { class: 'call-left' }, accountPart, transcript.element, summary, player?.element),
    right, reader.element);
  const back = h('a', { class: 'button quiet icon-only', href: callsUrl(), 'aria-label': t().calls.all, title: t().calls.all }, icon('back'));
  const element = h('section', { class: 'call', 'aria-label': title, hidden: true }, h('header', { class: 'call-head' }, back, h('h1', { lang: demo?.lang }, title), state, h('span', { class: 'grow' }), endButton), notices, columns);

  drawAccount(accountPart, account);
  drawAsk(ask, '');

  /** @param {Card[] | undefined} list best first @param {boolean} [quietly] */
  function take(list, quietly = false) {
    for (const card of [...(list || [])].reverse()) takeCard(card, quietly);
  }

  /** @param {Card} card @param {boolean} [quietly] */
  function takeCard(card, quietly = false) {
    const isNew = !cards.has(card.card_id);
    cards.put(card, quietly);
    transcript.mark(card.trigger?.utterance_id, card.trigger?.matched);
    if (isNew && !quietly) tell('card', { call_id: id, card });
    if (isNew && element.hidden && !quietly) {
      fresh += 1;
      onChange();
    }
  }

  /** @param {import('./callstream.js').EventName} name @param {any} data @param {boolean} [quietly] a past event, repeated */
  function receive(name, data, quietly = false) {
    const isEnd = name === 'call_ended' && !over;
    over ||= isEnd;
    news += 1;
    if (name === 'card') takeCard(data.card || data, quietly);
    else if (name === 'card_state') cards.setState(data.card_id, data.state);
    else if (name === 'turn') transcript.put(data);
    else if (name === 'question') drawAsk(ask, data.question ?? data.text ?? data.questions?.[0] ?? '');
    // Cards and questions mean that something was said; otherwise the call has ended, or events were missed.
    const isOfWords = name === 'card' || name === 'question';
    if (isOfWords ? !player && !element.hidden : (isEnd || name === 'resync') && !quietly) load();
  }

  /** Fetches the call: at the start, after `resync`, and for new turns. One request at a time; if needed meanwhile, one more follows. */
  function load() {
    isWanted = true;
    loading ??= loadWanted().finally(() => { loading = null; });
    return loading;
  }

  async function loadWanted() {
    while (isWanted && !ended) {
      isWanted = false;
      await loadOnce();
    }
  }

  /** @param {string[]} codes */
  function tellDegraded(codes) {
    const told = codes.join();
    if (told === degraded) return;
    degraded = told;
    fill(notices, ...codes.map((code) => h('p', { class: 'notice' }, icon('alert'), degradedWords(code))));
  }

  /** Cards of the first response are not announced as new. */
  async function loadOnce() {
    const begun = news;
    try {
      const call = await api.getCall(id);
      /** Whether something happened since the request: then its turns count, but its card states and questions are out of date. */
      const isOld = begun !== news;
      isWanted ||= isOld;
      if (JSON.stringify(call.account || {}) !== JSON.stringify(account)) {
        account = call.account || {};
        drawAccount(accountPart, account);
      }
      tellDegraded([...(call.degraded || []), ...(call.account_gaps?.length ? ['account_incomplete'] : [])]);
      const isSaid = transcript.putAll(call.turns || []);
      pause = isSaid ? WATCH_MS : Math.min(pause * 1.5, LONGEST_WATCH_MS);
      if (isSaid && watch) keepWatch();
      take((call.cards || []).filter((card) => !isOld || !cards.has(card.card_id)).sort((a, b) => b.seq - a.seq), !loaded);
      loaded = true;
      if (call.next_question !== undefined && !isOld) drawAsk(ask, call.next_question || '');
      if (call.ended || call.ended_at || call.summary) finish(call.summary || null);
    } catch (error) {
      if (api.isRefused(error)) {
        stop();
        drawState(state, 'lost', errorWords(error));
      }
      if (ended || !(error instanceof api.ApiError) || error.status !== 404) return;
      stop();
      ended = true;
      endButton.hidden = true;
      drawState(state, 'ended');
      player?.element.remove();
      summary.replaceChildren(h('p', {}, t().calls.gone));
      summary.hidden = false;
      onChange();
    }
  }

  /** @param {{utterance_id: string, role: string, text: string}} turn */
  async function say(turn) {
    transcript.put(turn);
    try {
      const answer = await api.say(id, turn);
      take(answer.cards);
      for (const one of answer.not_shown || []) silent.set(`${one.article_id} ${one.reason}`, one);
      drawHeld(held, [...silent.values()].reverse());
    } catch (error) {
      toast(errorWords(error));
      throw error;
    }
  }

  /** @param {Card} card @param {import('./card.js').Act} what */
  async function act(card, what) {
    news += 1;
    if (what === 'opened') {
      openedCard = card.card_id;
      openArticle(card, markedWords(card.snippet, card.highlights), (event) => api.engageCard(id, card.card_id, event));
    }
    if (what === 'copied') copy(citation(card.snippet, { ...card, url: urlOf(card) }), t().search.copied);
    try {
      await api.engageCard(id, card.card_id, { type: what });
      tell('engagement', { call_id: id, engagement: what, card, citation: citation(card.snippet, { ...card, url: urlOf(card) }) });
      news += 1;
      if (!STAYS[cards.get(card.card_id)?.state || '']?.includes(what)) cards.setState(card.card_id, what);
    } catch (error) {
      toast(errorWords(error));
    }
  }

  /** @param {import('./types.js').Hit} hit @param {Promise<string>} recorded */
  function openHit(hit, recorded) {
    openedCard = '';
    openArticle(hit, markedWords(hit.snippet, hit.highlights), async (event) => api.engage(await recorded, { article_id: hit.article_id, ...event }));
    recorded.then((queryId) => api.engage(queryId, { article_id: hit.article_id, type: 'opened' })).catch(() => {});
  }

  /** @param {{article_id: string, anchor?: string, revision?: string}} what @param {string[]} words @param {import('./feedback.js').Send | null} send */
  function openArticle({ article_id: articleId, anchor, revision }, words, send) {
    openArticleId = articleId;
    columns.classList.add('with-article');
    reader.show(articleId, { anchor, revision, words, send, focus: true });
  }

  function closeArticle() {
    columns.classList.remove('with-article');
    reader.hide();
    document.title = `${title} · Cuecard`;
    if (!cards.focus(openedCard)) search.focus();
  }

  /** Closes an article that covers search and cards, before a key moves the focus there. */
  function uncover() {
    const { display, visibility } = getComputedStyle(right);
    if (display === 'none' || visibility === 'hidden') closeArticle();
  }

  // A link inside an article opens inside the call.
  reader.element.addEventListener('click', (event) => {
    const link = event.target instanceof Element ? event.target.closest('a') : null;
    if (!link || event.defaultPrevented || event.ctrlKey || event.metaKey) return;
    const href = link.getAttribute('href') || '';
    if (href.startsWith('#')) {
      event.preventDefault();
      reader.show(openArticleId, { anchor: decode(href.slice(1)) });
      return;
    }
    if (!link.pathname.startsWith(ARTICLES) || link.origin !== location.origin) return;
    if (link.search) {
      link.target = '_blank';
      return;
    }
    event.preventDefault();
    openArticle({ article_id: decode(link.pathname.slice(ARTICLES.length)), anchor: decode(link.hash.slice(1)) }, [], null);
  });

  async function end() {
    try {
      finish((await api.endCall(id)).summary);
    } catch (error) {
      toast(errorWords(error));
    }
  }

  /** @param {import('./types.js').Summary | null} told */
  function finish(told) {
    if (ended) return;
    ended = true;
    stop();
    player?.element.remove();
    endButton.hidden = true;
    drawState(state, 'ended');
    if (told) drawSummary(summary, told);
    tell('call_ended', { call_id: id, summary: told });
    onChange();
  }

  function stop() {
    turn += 1;
    endStream();
    endStream = () => {};
    clearTimeout(watch);
    watch = 0;
    player?.stop();
  }

  /** Polls for new turns while the call is shown. */
  function keepWatch() {
    const own = turn;
    clearTimeout(watch);
    watch = window.setTimeout(async () => {
      if (document.hidden) pause = WATCH_MS;
      else await load();
      if (own === turn) keepWatch();
    }, pause);
  }

  /** @param {KeyboardEvent} event */
  function keydown(event) {
    // Caps Lock does not change shortcuts.
    const key = event.key.toLowerCase();
    const onControl = event.target instanceof Element && event.target.closest('button, a, summary, input, select, textarea');
    if (event.key === 'Escape' && !reader.element.hidden) closeArticle();
    else if (event.key === ' ' && !onControl && player && !ended && singleKeys()) player.next();
    else if (event.key === 'Enter' && event.target instanceof HTMLElement && event.target.matches('.card')) withCurrent('opened');
    else if (!isShortcut(event) || event.repeat) return;
    else if (key === 'a') player?.auto();
    else if (['j', 'k', 'n'].includes(key)) {
      uncover();
      if (key === 'n') cards.toNewest();
      else cards.walk(key === 'j' ? 1 : -1);
    } else if (ACT_OF_KEY[key]) withCurrent(ACT_OF_KEY[key]);
    else return;
    event.preventDefault();
  }

  /** @param {import('./card.js').Act} what */
  function withCurrent(what) {
    const read = openedCard && cards.get(openedCard)?.article_id === openArticleId ? openedCard : '';
    const card = cards.current(reader.element.hidden ? null : read);
    if (card) act(card, what);
  }

  return {
    id, title, element, receive, keydown,
    fresh: () => fresh,
    isEnded: () => ended || over,
    /** @param {string} [query] */
    focusSearch(query) {
      uncover();
      search.focus(query);
    },
    /** The state of the agent's stream changed. @param {StreamState} now */
    setState(now) {
      if (!ended) drawState(state, now);
    },
    take,
    async show() {
      element.hidden = false;
      fresh = 0;
      document.title = `${title} · Cuecard`;
      back.href = callsUrl();
      if (ended) return;
      stop();
      const own = turn;
      drawState(state, agentState() || 'connecting');
      await load();
      if (own !== turn) return;
      if (!agentState()) endStream = follow(api.callEvents(id), { event: receive, state: (now) => { drawState(state, now); if (now === 'lost') load(); } }, seen);
      if (player) player.focus();
      else keepWatch();
    },
    hide() {
      element.hidden = true;
      stop();
    },
    dispose() {
      stop();
      search.stop();
      cards.stop();
      element.remove();
    },
  };
}
