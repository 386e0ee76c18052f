// Owns the transcript of a call: one line per turn, with the words highlighted that triggered a card. Follows new turns unless
// the user has scrolled up.

import { h, fill } from './dom.js';
import { t } from './i18n.js';

/** @typedef {import('./types.js').Turn} Turn */

/** Distance from the end, in pixels, within which the transcript follows new turns. */
const NEAR_END = 48;

/** The role of a turn; demo calls name it `speaker`. @param {Turn} turn */
export function roleOf(turn) {
  const said = (turn.role || turn.speaker || '').toLowerCase();
  return said === 'agent' || said === 'system' ? said : 'customer';
}

export function createTranscript() {
  const list = h('ol', { class: 'turns' });
  const quiet = h('p', { class: 'faint' }, t().calls.quiet);
  const element = h('div', { class: 'transcript', role: 'log', 'aria-live': 'off', tabindex: '0', 'aria-label': t().calls.transcript }, quiet, list);
  /** @type {Map<string, {line: HTMLElement, text: string}>} */
  const lines = new Map();

  /** @param {Turn} turn @param {number} at */
  const keyOf = (turn, at) => turn.utterance_id || `#${at}`;

  /** Adds turns, or replaces the text of partial ones. @param {Turn[]} turns @param {number} [from] @returns {boolean} whether anything was new */
  function putAll(turns, from = 0) {
    // Measured once, since measuring forces a layout.
    const follow = element.scrollHeight - element.scrollTop - element.clientHeight < NEAR_END;
    const isNew = turns.filter((turn, at) => put(turn, from + at)).length > 0;
    if (follow) element.scrollTo({ top: element.scrollHeight });
    return isNew;
  }

  /** @param {Turn} turn @param {number} at @returns {boolean} whether it is new */
  function put(turn, at) {
    const key = keyOf(turn, at);
    const known = lines.get(key);
    // A final turn with the same text keeps its highlights.
    known?.line.classList.toggle('partial', turn.final === false);
    if (known?.text === turn.text) return false;
    const role = roleOf(turn);
    const line = known?.line || h('li', {});
    line.className = `turn turn-${role}`;
    line.classList.toggle('partial', turn.final === false);
    fill(line, h('span', { class: 'speaker' }, t().calls.role[role]), h('p', { dir: 'auto' }, turn.text));
    if (!known) list.append(line);
    lines.set(key, { line, text: turn.text });
    quiet.hidden = true;
    return true;
  }

  return {
    element,
    putAll,
    /** @param {Turn} turn */
    put: (turn) => putAll([turn], lines.size),
    /** Highlights the words that triggered a card. @param {string | null | undefined} utteranceId @param {string | null | undefined} words */
    mark(utteranceId, words) {
      const known = lines.get(utteranceId || '');
      const text = known?.text.toLowerCase() ?? '';
      // "İ" becomes longer in lower case, so offsets of one text do not fit the other.
      const at = words && text.length === known?.text.length ? text.indexOf(words.toLowerCase()) : -1;
      const said = known?.line.querySelector('p');
      if (!known || !said || !words || at < 0 || said.querySelector('mark')) return;
      fill(said, known.text.slice(0, at), h('mark', {}, known.text.slice(at, at + words.length)), known.text.slice(at + words.length));
    },
  };
}
