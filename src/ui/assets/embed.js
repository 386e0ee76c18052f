// Owns messages to and from the page that embeds this one in a frame, such as a CRM. docs/integrate.md describes them. Messages
// are exchanged only with origins that the server lists (`frame_parents`) and with the page's own.

/** @typedef {{type: string, call_id?: unknown, query?: unknown, key?: unknown}} Heard */

const parents = [location.origin, ...(document.documentElement.dataset.frameParents || '').split(' ')].filter(Boolean);

export const isFramed = window.parent !== window;

/** The origin of the embedding page, if it is allowed. */
const parent = isFramed ? parents.find((origin) => origin === around()) : undefined;

function around() {
  if (location.ancestorOrigins) return location.ancestorOrigins[0];
  try {
    return new URL(document.referrer).origin;
  } catch {
    return '';
  }
}

/**
 * Sends a message to the embedding page.
 * @param {'ready' | 'card' | 'engagement' | 'call_ended'} what
 * @param {Record<string, unknown>} [more]
 */
export function tell(what, more = {}) {
  if (parent) window.parent.postMessage({ ...more, type: `cuecard.${what}` }, parent);
}

/**
 * Handles messages of the embedding page, by the name after `cuecard.`; others are ignored.
 * @param {Record<string, (heard: Heard) => void>} wishes
 */
export function listen(wishes) {
  if (!parent) return;
  addEventListener('message', ({ origin, source, data }) => {
    if (origin !== parent || source !== window.parent || typeof data?.type !== 'string' || !data.type.startsWith('cuecard.')) return;
    const wish = data.type.slice('cuecard.'.length);
    if (Object.hasOwn(wishes, wish)) wishes[wish](data);
  });
  tell('ready');
}
