// Owns the live preview: an open article page is reloaded when the content changes. Only loaded with `serve --preview`.

import { under } from './base.js';

/** @param {() => boolean} wanted whether the page shows an article */
export function startPreview(wanted) {
  const events = new EventSource(under(`/v1/content/events?last_event_id=${document.documentElement.dataset.preview}`));
  events.addEventListener('reload', () => { if (wanted()) location.reload(); });
}
