// Owns playing a demo call: which turn is next, by hand or at the pace of speech. Keeps its position when the page is reloaded.

import { h, fill } from './dom.js';
import { icon } from './icons.js';
import { t } from './i18n.js';
import { hasHan } from './text.js';
import { recall, remember } from './store.js';
import { roleOf } from './transcript.js';

/** @typedef {import('./types.js').DemoCall} DemoCall */

/** Pace of auto-play: a pause between speakers, and time for each character said, in milliseconds. */
const PAUSE_MS = 900;
const LETTER_MS = 35;
const HAN_MS = 110;
const LONGEST_MS = 5_000;

/** @param {string} callId @returns {{demo: string, at: number} | null} */
export const savedDemo = (callId) => recall(`demo.${callId}`, null, true);

/**
 * @param {{callId: string, demo: DemoCall, at: number, say: (turn: {utterance_id: string, role: string, text: string}) => Promise<void>}} options
 */
export function createDemo({ callId, demo, at, say }) {
  let busy = false;
  /** A press while a turn is being sent is remembered. */
  let again = false;
  let playing = false;
  let timer = 0;
  const progress = h('span', { class: 'faint', role: 'status' });
  const nextButton = h('button', { type: 'button', class: 'button primary', onclick: next, 'aria-keyshortcuts': 'Space' });
  const autoButton = h('button', { type: 'button', class: 'button', onclick: auto, 'aria-keyshortcuts': 'A' });
  const element = h('div', { class: 'demo' }, nextButton, autoButton, progress);
  fill(nextButton, icon('next'), t().calls.next, h('kbd', { 'aria-hidden': 'true' }, '␣'));

  const over = () => at >= demo.turns.length;
  const save = () => remember(`demo.${callId}`, { demo: demo.id, at }, true);

  function draw() {
    fill(autoButton, icon(playing ? 'pause' : 'play'), playing ? t().calls.pause : t().calls.auto, h('kbd', { 'aria-hidden': 'true' }, 'A'));
    nextButton.disabled = over();
    autoButton.disabled = over();
    progress.textContent = over() ? t().calls.over : t().calls.progress(at, demo.turns.length);
  }

  async function next() {
    again = busy;
    if (busy || over()) return;
    busy = true;
    const turn = demo.turns[at];
    try {
      await say({ utterance_id: `${demo.id}-${at}`, role: roleOf(turn), text: turn.text });
      at += 1;
      save();
    } catch {
      playing = false;
      again = false;
    }
    busy = false;
    if (over()) playing = false;
    draw();
    if (again) next();
    else if (playing) plan(turn.text);
  }

  /** @param {string} said */
  function plan(said) {
    clearTimeout(timer);
    timer = window.setTimeout(() => { if (playing) next(); }, Math.min(LONGEST_MS, PAUSE_MS + said.length * (hasHan(said) ? HAN_MS : LETTER_MS)));
  }

  function auto() {
    playing = !playing && !over();
    clearTimeout(timer);
    draw();
    if (playing) next();
  }

  function stop() {
    playing = false;
    clearTimeout(timer);
    draw();
  }

  save();
  draw();
  return { element, next, auto, stop, focus: () => nextButton.focus({ preventScroll: true }) };
}
