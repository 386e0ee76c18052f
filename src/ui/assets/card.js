// Owns how one card looks in each of its states, and its buttons. Leaves the order of cards and the actions to other modules.

import { h, fill } from './dom.js';
import { icon } from './icons.js';
import { label, t } from './i18n.js';
import { levelMark } from './hits.js';
import { highlighted } from './text.js';

/** @typedef {import('./types.js').Card} Card */
/** @typedef {'opened' | 'copied' | 'used' | 'dismissed'} Act */

/** The key of each button, and the icon. @type {[Act, 'open' | 'copy' | 'used' | 'dismiss', string, import('./icons.js').IconName][]} */
const ACTS = [['opened', 'open', 'O', 'book'], ['copied', 'copy', 'C', 'copy'], ['used', 'used', 'U', 'check'], ['dismissed', 'dismiss', 'X', 'close']];

/** @type {Record<string, Act>} */
export const ACT_OF_KEY = Object.fromEntries(ACTS.map(([act, , key]) => [key.toLowerCase(), act]));

/** Whether a card is collapsed to one line. @param {Card} card */
export const isGone = (card) => ['dismissed', 'withdrawn', 'expired'].includes(card.state);

/** @param {Card} card */
const stateMark = (card) => (t().card.state[card.state] ? h('span', { class: `badge state-${card.state}` }, card.state === 'used' && icon('check'), t().card.state[card.state]) : null);

/**
 * Draws a card; called again when its state changes.
 * @param {HTMLElement} place
 * @param {Card} card
 * @param {(act: Act) => void} act
 */
export function drawCard(place, card, act) {
  const words = isGone(card) ? h('button', { type: 'button', class: 'card-again', onclick: () => act('opened') }, card.title) : card.title;
  const title = h('h3', { id: `cc-card-${card.card_id}`, lang: card.lang }, words);
  place.className = `card ${isGone(card) ? 'card-gone' : ''}`;
  place.dataset.state = card.state;
  if (isGone(card)) {
    fill(place, h('div', { class: 'card-head' }, title, stateMark(card)));
    return;
  }
  /** @param {typeof ACTS[number]} one */
  const button = ([name, label, key, mark]) => h('button', { type: 'button', class: 'button small', 'data-act': name, 'aria-keyshortcuts': key, onclick: () => act(name) }, icon(mark), t().card[label], h('kbd', { 'aria-hidden': 'true' }, key));
  fill(place,
    h('div', { class: 'card-head' }, title, stateMark(card), levelMark(card.level)),
    h('p', { class: 'card-why' }, h('span', {}, label(t().card.because)), card.why),
    h('p', { class: 'card-snippet', lang: card.lang }, highlighted(card.snippet, card.highlights)),
    card.next_questions?.length > 0 && h('div', { class: 'card-ask' }, icon('ask'), h('div', {}, h('span', { class: 'faint' }, t().calls.ask), h('ul', { lang: card.lang }, ...card.next_questions.map((question) => h('li', {}, question))))),
    h('div', { class: 'card-acts' }, ...ACTS.filter(([name]) => name !== card.state || name !== 'used').map(button)));
}
