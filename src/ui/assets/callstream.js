// Owns following a stream of server-sent events without losing any: the browser reconnects by itself, and where it gives
// up this opens a new stream at the last event seen.

/** The names a call's or an agent's stream uses. */
const EVENTS = /** @type {const} */ (['card', 'card_state', 'question', 'turn', 'call_ended', 'resync']);
/** First pause before a new stream, doubled each time up to the longest, in milliseconds. */
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 10_000;

/** @typedef {typeof EVENTS[number]} EventName */
/** @typedef {'connecting' | 'live' | 'lost'} StreamState */

/**
 * @param {string} url
 * @param {{event: (name: EventName, data: any) => void, state: (state: StreamState) => void}} on
 * @param {{id: string}} [seen] the last event, kept by whoever follows the same stream again later
 * @returns {() => void} ends it
 */
export function follow(url, on, seen = { id: '' }) {
  let pause = FIRST_PAUSE_MS;
  let timer = 0;
  /** @type {EventSource} */
  let source;

  function open() {
    source = new EventSource(seen.id ? `${url}?last_event_id=${encodeURIComponent(seen.id)}` : url);
    source.onopen = () => {
      pause = FIRST_PAUSE_MS;
      on.state('live');
    };
    source.onerror = () => {
      on.state('lost');
      if (source.readyState !== EventSource.CLOSED) return;
      timer = window.setTimeout(open, pause);
      pause = Math.min(pause * 2, LONGEST_PAUSE_MS);
    };
    for (const name of EVENTS) {
      source.addEventListener(name, (event) => {
        seen.id = event.lastEventId || seen.id;
        on.event(name, event.data ? JSON.parse(event.data) : {});
      });
    }
  }

  on.state('connecting');
  open();
  return () => {
    clearTimeout(timer);
    source.close();
  };
}
