// Owns the talk with the page around ours, when we stand in its frame: a CRM, say. docs/integrate.md describes the messages. Only
// origins that the server lists (`frame_parents`) and our own are heard and told anything.

/** @typedef {{type: string, call_id?: unknown, query?: unknown, key?: unknown}} Heard */

const parents = [location.origin, ...(document.documentElement.dataset.frameParents || '').split(' ')].filter(Boolean);

export const isFramed = window.parent !== window;

/** The origin of the page around us, where it may talk with us. */
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
 * Tells the page around us what happened.
 * @param {'ready' | 'card' | 'engagement' | 'call_ended'} what
 * @param {Record<string, unknown>} [more]
 */
export function tell(what, more = {}) {
  if (parent) window.parent.postMessage({ ...more, type: `cuecard.${what}` }, parent);
}

/**
 * Hears what the page around us wants, by the name after `cuecard.`; anything else is passed over.
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
