// Owns following an event stream without losing events: over a WebSocket, which does not count towards the browser's limit of six
// connections per server, or as server-sent events if a proxy blocks WebSockets. A broken stream is resumed after the last event
// received.

import { session } from './api.js';

/** Event names of call and agent streams. */
const EVENTS = /** @type {const} */ (['card', 'card_state', 'question', 'turn', 'call_ended', 'resync']);
/** Reconnection delay in milliseconds: the first, doubled each time up to the longest, and reset by a connection that lasted longer than that. */
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 10_000;
/** A stream without any event for this long is dead, since two beats are missing, in milliseconds. */
const SILENCE_MS = 40_000;

/** @typedef {typeof EVENTS[number]} EventName */
/** @typedef {'connecting' | 'live' | 'lost'} StreamState */
/** `heard` is called for every event, beats included. @typedef {{open: () => void, heard: () => void, event: (id: string, name: EventName, data: any) => void, closed: () => void}} Heard */
/** Opens a stream after an event, or at its beginning; returns a function that closes it. @typedef {(url: string, after: string, on: Heard) => () => void} Way */

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
    // Closing it while it connects would be reported as an error.
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

/** The transport to try next; the first that connects is kept. */
let way = bySocket;
let isProven = false;
// A rejection for lack of a key says nothing about the proxy.
session.addEventListener('begun', () => { [way, isProven] = [bySocket, false]; });

/**
 * @param {string} url
 * @param {{event: (name: EventName, data: any) => void, state: (state: StreamState) => void}} on
 * @param {{id: string}} [seen] the last event received, kept by the caller to resume later
 * @param {boolean} [anew] after `resync`, start again from the first event that the server has: missed events may concern calls that are unknown here
 * @returns {() => void} ends it
 */
export function follow(url, on, seen = { id: '' }, anew = false) {
  let pause = FIRST_PAUSE_MS;
  let timer = 0;
  let silence = 0;
  let end = () => {};

  function open() {
    let opened = 0;
    /** Started from the beginning, and no event yet: a `resync` then means that the beginning is gone, and starting again would not help. */
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

  /** @param {number} opened when the last connection opened, 0 if it did not */
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
