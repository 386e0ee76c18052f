// Owns following a stream of events without losing any: over a WebSocket, which does not count among the six connections that
// browsers allow to a server, or as server-sent events where a proxy lets no WebSocket through. What breaks off is opened again
// at the last event seen.

import { session } from './api.js';

/** The names a call's or an agent's stream uses. */
const EVENTS = /** @type {const} */ (['card', 'card_state', 'question', 'turn', 'call_ended', 'resync']);
/** First pause before a new stream, doubled each time up to the longest, in milliseconds; a stream that held longer than that begins with the first again. */
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 10_000;
/** A stream of which so long nothing is heard is dead, though nobody closed it: two beats of the server are missing, in milliseconds. */
const SILENCE_MS = 40_000;

/** @typedef {typeof EVENTS[number]} EventName */
/** @typedef {'connecting' | 'live' | 'lost'} StreamState */
/** `heard` is told of every sign of life, beats too. @typedef {{open: () => void, heard: () => void, event: (id: string, name: EventName, data: any) => void, closed: () => void}} Heard */
/** Opens a stream after an event, or at its beginning; gives what closes it. @typedef {(url: string, after: string, on: Heard) => () => void} Way */

/** @param {string} after */
const query = (after) => `?beats=true${after && `&last_event_id=${encodeURIComponent(after)}`}`;

/** @type {Way} */
function bySocket(url, after, on) {
  const socket = new WebSocket(new URL(`${url}/ws${query(after)}`, location.href.replace(/^http/, 'ws')));
  socket.onopen = on.open;
  socket.onclose = on.closed;
  socket.onmessage = ({ data: text }) => {
    on.heard();
    const { id, event, data } = JSON.parse(text);
    if (EVENTS.includes(event)) on.event(String(id), event, data);
  };
  return () => {
    socket.onmessage = socket.onclose = null;
    // Closed while it is being opened, it would be reported as an error.
    socket.onopen = () => socket.close();
    if (socket.readyState === WebSocket.OPEN) socket.close();
  };
}

/** @type {Way} */
function bySource(url, after, on) {
  const source = new EventSource(url + query(after));
  source.onopen = on.open;
  source.onerror = () => {
    source.close();
    on.closed();
  };
  for (const name of ['beat', ...EVENTS]) source.addEventListener(name, on.heard);
  for (const name of EVENTS) source.addEventListener(name, (event) => on.event(event.lastEventId, name, event.data ? JSON.parse(event.data) : {}));
  return () => source.close();
}

/** The way that is tried next; the first that opens is kept. */
let way = bySocket;
let isProven = false;
// What was refused for want of a key says nothing of the proxy.
session.addEventListener('begun', () => { [way, isProven] = [bySocket, false]; });

/**
 * @param {string} url
 * @param {{event: (name: EventName, data: any) => void, state: (state: StreamState) => void}} on
 * @param {{id: string}} [seen] the last event, kept by whoever follows the same stream again later
 * @param {boolean} [anew] after `resync` all that the server still knows is told again, since it may be of calls that nobody here has heard of
 * @returns {() => void} ends it
 */
export function follow(url, on, seen = { id: '' }, anew = false) {
  let pause = FIRST_PAUSE_MS;
  let timer = 0;
  let silence = 0;
  let end = () => {};

  function open() {
    let opened = 0;
    /** Told from the beginning, and nothing yet: `resync` then says that the beginning is gone, and asking again would not bring it. */
    let isBeginning = !seen.id;
    const tried = way;
    const closed = () => {
      clearTimeout(silence);
      if (!opened && !isProven) way = tried === bySocket ? bySource : bySocket;
      on.state('lost');
      openSoon(opened);
    };
    const heard = () => {
      clearTimeout(silence);
      silence = window.setTimeout(() => {
        end();
        closed();
      }, SILENCE_MS);
    };
    heard();
    end = way(url, seen.id, {
      heard,
      closed,
      open() {
        opened = Date.now();
        [way, isProven] = [tried, true];
        on.state('live');
      },
      event(id, name, data) {
        seen.id = id || seen.id;
        on.event(name, data);
        const missed = anew && name === 'resync' && !isBeginning;
        isBeginning = false;
        if (!missed) return;
        clearTimeout(silence);
        end();
        seen.id = '';
        openSoon(opened);
      },
    });
  }

  /** @param {number} opened when the last one was, 0 where it was not */
  function openSoon(opened) {
    if (opened && Date.now() - opened > LONGEST_PAUSE_MS) pause = FIRST_PAUSE_MS;
    timer = window.setTimeout(open, pause);
    pause = Math.min(pause * 2, LONGEST_PAUSE_MS);
  }

  on.state('connecting');
  open();
  return () => {
    clearTimeout(timer);
    clearTimeout(silence);
    end();
  };
}
