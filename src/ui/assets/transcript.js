// Owns the transcript of a call: one line a turn, with the words marked that brought a card. Scrolls along unless the
// reader has scrolled up.

import { h, fill } from './dom.js';
import { t } from './i18n.js';

/** @typedef {import('./types.js').Turn} Turn */

/** How near to the end, in pixels, still counts as reading along. */
const NEAR_END = 48;

/** The role of a turn; scripts of demo calls say `speaker`. @param {Turn} turn */
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

  /** Adds turns or, for a partial transcript, puts its newer text in place. @param {Turn[]} turns @param {number} [from] @returns {boolean} whether anything was new */
  function putAll(turns, from = 0) {
    // Asked once: each answer lays out all that was added before it.
    const follow = element.scrollHeight - element.scrollTop - element.clientHeight < NEAR_END;
    const isNew = turns.filter((turn, at) => put(turn, from + at)).length > 0;
    if (follow) element.scrollTo({ top: element.scrollHeight });
    return isNew;
  }

  /** @param {Turn} turn @param {number} at @returns {boolean} whether it is new */
  function put(turn, at) {
    const key = keyOf(turn, at);
    const known = lines.get(key);
    // Said for good in the same words, it keeps its marks.
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
    /** Marks what was said that brought a card. @param {string | null | undefined} utteranceId @param {string | null | undefined} words */
    mark(utteranceId, words) {
      const known = lines.get(utteranceId || '');
      const text = known?.text.toLowerCase() ?? '';
      // "İ" in small letters is longer: places in one text are none in the other.
      const at = words && text.length === known?.text.length ? text.indexOf(words.toLowerCase()) : -1;
      const said = known?.line.querySelector('p');
      if (!known || !said || !words || at < 0 || said.querySelector('mark')) return;
      fill(said, known.text.slice(0, at), h('mark', {}, known.text.slice(at, at + words.length)), known.text.slice(at + words.length));
    },
  };
}
