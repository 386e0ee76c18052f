// Owns the list of cards of one call: newest on top, while the card being read keeps its position on the screen.

import { h, fill } from './dom.js';
import { icon } from './icons.js';
import { number, t } from './i18n.js';
import { drawCard, isGone } from './card.js';

/** @typedef {import('./types.js').Card} Card */
/** @typedef {import('./card.js').Act} Act */

/** Scrolled further than this, in pixels, the user is reading, not waiting. */
const READING_PX = 8;

/** @param {{act: (card: Card, act: Act) => void}} on */
export function createCards(on) {
  const list = h('ul', { class: 'card-list' });
  const none = h('p', { class: 'faint none' }, t().calls.noCards);
  const count = h('span', { class: 'count' });
  const pill = h('button', { type: 'button', class: 'pill', hidden: true, onclick: toNewest });
  const announce = h('p', { class: 'unseen', 'aria-live': 'polite' });
  const scroller = h('div', { class: 'cards', tabindex: '0', role: 'group', 'aria-label': t().calls.cards }, none, list);
  const element = h('section', { class: 'cards-part', 'aria-label': t().calls.cards }, h('div', { class: 'cards-head' }, h('h2', {}, t().calls.cards, count), pill), announce, scroller);
  /** @type {Map<string, {card: Card, place: HTMLElement}>} */
  const known = new Map();
  /** @type {Set<string>} */
  const unseen = new Set();

  /** In a narrow window the page scrolls, otherwise the list itself. */
  const moving = () => (getComputedStyle(scroller).overflowY === 'auto' ? scroller : document.scrollingElement || document.documentElement);
  const places = () => /** @type {HTMLElement[]} */ ([...list.children]);
  const ownTop = () => scroller.getBoundingClientRect().top;

  /** The card being read: with the focus, under the pointer, or the first visible one of a scrolled list. */
  function reading() {
    const held = places().find((place) => place.contains(document.activeElement)) || places().find((place) => place.matches(':hover'));
    if (held || moving().scrollTop <= READING_PX) return held;
    return places().find((place) => place.getBoundingClientRect().bottom > Math.max(ownTop(), 0) + READING_PX);
  }

  /** Changes the list while the card being read keeps its position. @param {() => void} change */
  function still(change) {
    const held = reading();
    const before = held?.getBoundingClientRect().top || 0;
    change();
    if (!held?.isConnected) return;
    const by = held.getBoundingClientRect().top - before;
    const box = moving();
    // Twice, because a list that does not fill its box hides how much of it is empty.
    for (let pass = 0; pass < 2; pass += 1) {
      const room = box.scrollHeight - box.clientHeight - box.scrollTop;
      if (by > room) list.style.paddingBottom = `${parseFloat(list.style.paddingBottom || '0') + by - room}px`;
    }
    if (by) box.scrollTop += by;
  }

  function tell() {
    count.textContent = known.size ? number(known.size) : '';
    none.hidden = known.size > 0;
    const newest = [...known.values()].findLast((one) => unseen.has(one.card.card_id));
    pill.hidden = !newest;
    if (newest) fill(pill, '↑ ', h('span', {}, unseen.size === 1 ? t().calls.freshNamed(newest.card.title) : t().calls.fresh(unseen.size)), h('kbd', { 'aria-hidden': 'true' }, 'N'));
  }

  function seen() {
    if (!unseen.size) return;
    for (const id of unseen) if ((known.get(id)?.place.getBoundingClientRect().bottom || 0) > Math.max(ownTop(), 0) + READING_PX) unseen.delete(id);
    tell();
  }

  function toNewest() {
    moving().scrollTop = 0;
    list.style.paddingBottom = '';
    unseen.clear();
    tell();
    places()[0]?.focus({ preventScroll: true });
    if (moving() !== scroller) element.scrollIntoView();
  }

  function scrolled() {
    if (moving().scrollTop === 0) list.style.paddingBottom = '';
    seen();
  }
  // Scroll events do not bubble: this catches the list's, and in a narrow window the page's.
  document.addEventListener('scroll', scrolled, { passive: true, capture: true });

  return {
    element,
    /** Adds a new card, or updates a known one. @param {Card} card @param {boolean} [quietly] */
    put(card, quietly = false) {
      const before = known.get(card.card_id);
      const place = before?.place || h('li', { class: 'card', tabindex: '-1', 'aria-labelledby': `cc-card-${card.card_id}` });
      if (before && before.card.state === card.state && before.card.snippet === card.snippet) return;
      const focused = before && place.contains(document.activeElement);
      still(() => {
        drawCard(place, card, (act) => on.act(card, act));
        if (!before) list.prepend(place);
      });
      if (focused && !place.contains(document.activeElement)) place.focus({ preventScroll: true });
      known.set(card.card_id, { card, place });
      if (!before && !quietly) {
        announce.textContent = t().calls.arrived(card.title);
        if (scroller.clientHeight > 0 && place.getBoundingClientRect().bottom <= Math.max(ownTop(), 0) + READING_PX) unseen.add(card.card_id);
      }
      tell();
    },
    /** @param {string} id @param {import('./types.js').CardState} state */
    setState(id, state) {
      const one = known.get(id);
      if (one) this.put({ ...one.card, state });
    },
    has: (/** @type {string} */ id) => known.has(id),
    get: (/** @type {string} */ id) => known.get(id)?.card,
    /** The card that a shortcut applies to: the focused one, else the one being read, else the newest that is not collapsed. @param {string | null} read null while no article is open */
    current(read) {
      const focused = [...known.values()].find((one) => one.place.contains(document.activeElement));
      if (focused || read !== null) return (focused || known.get(read || ''))?.card;
      return places().map((place) => [...known.values()].find((one) => one.place === place)?.card).find((card) => card && !isGone(card));
    },
    /** @param {string} id @returns {boolean} whether there is such a card */
    focus(id) {
      known.get(id)?.place.focus({ preventScroll: true });
      known.get(id)?.place.scrollIntoView({ block: 'nearest' });
      return known.has(id);
    },
    stop: () => document.removeEventListener('scroll', scrolled, { capture: true }),
    /** Moves the focus from card to card. @param {1 | -1} by */
    walk(by) {
      const all = places();
      const at = all.findIndex((place) => place.contains(document.activeElement));
      const next = all[Math.min(all.length - 1, Math.max(0, at < 0 ? 0 : at + by))];
      next?.focus({ preventScroll: true });
      next?.scrollIntoView({ block: 'nearest' });
    },
    toNewest,
  };
}
