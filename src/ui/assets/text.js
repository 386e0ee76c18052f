// Owns pure text functions: highlighted spans, citations, account data as lines. No requests, no page state.

/** @typedef {import('./types.js').Range} Range */

/**
 * Cuts a text into highlighted and plain runs. Offsets count Unicode scalar values, so an emoji before a word must not shift
 * its highlight.
 * @param {string} text
 * @param {Range[] | undefined} ranges may overlap, be unordered or reach past the end
 * @returns {{text: string, marked: boolean}[]}
 */
export function runs(text, ranges) {
  const points = Array.from(text);
  const marked = new Array(points.length).fill(false);
  for (const [start, end] of ranges || []) marked.fill(true, Math.max(0, start), Math.min(points.length, end));
  /** @type {{text: string, marked: boolean}[]} */
  const found = [];
  points.forEach((point, at) => {
    const last = found[found.length - 1];
    if (last && last.marked === marked[at]) last.text += point;
    else found.push({ text: point, marked: marked[at] });
  });
  return found;
}

/** The end of a table row or list item without closing punctuation: on one line the next would run into it. */
const ROW_END = /(?<![\s.!?。！？:：;；])\n+/g;

/**
 * @param {string} text
 * @param {Range[] | undefined} ranges
 * @returns {DocumentFragment}
 */
export function highlighted(text, ranges) {
  const fragment = document.createDocumentFragment();
  for (const run of runs(text, ranges)) {
    if (!run.marked) {
      fragment.append(run.text.replace(ROW_END, ' · '));
      continue;
    }
    const mark = document.createElement('mark');
    mark.textContent = run.text;
    fragment.append(mark);
  }
  return fragment;
}

/**
 * The distinct highlighted words of a snippet, to highlight in the article.
 * @param {string} text
 * @param {Range[] | undefined} ranges
 */
export function markedWords(text, ranges) {
  const words = runs(text, ranges).filter((run) => run.marked).map((run) => run.text.trim());
  return [...new Set(words)].filter((word) => word.length > 1 || /\p{Script=Han}/u.test(word));
}

/**
 * "en/fee.md:12–30"
 * @param {string} path
 * @param {Range | undefined} lines
 */
export function place(path, lines) {
  if (!lines) return path;
  return lines[0] === lines[1] ? `${path}:${lines[0]}` : `${path}:${lines[0]}–${lines[1]}`;
}

/** A commit or content hash, short enough to read. @param {string | undefined} revision */
export const short = (revision) => (revision || '').slice(0, 8);

/**
 * A text with its source, to paste into a ticket.
 * @param {string} text
 * @param {{title: string, path?: string, lines?: Range, revision?: string, url: string}} source
 */
export function citation(text, source) {
  const where = [source.title, source.path ? place(source.path, source.lines) : '', short(source.revision)];
  return `${text.trim()}\n\n— ${where.filter(Boolean).join(' · ')}\n${new URL(source.url, location.origin).href}`;
}

/**
 * JSON as readable lines: {invoice:{overdue_days:34}} → [["invoice overdue days", "34"]].
 * @param {unknown} value
 * @param {string} [name]
 * @returns {[string, string][]}
 */
export function facts(value, name = '') {
  if (value === null || value === undefined) return name ? [[name, '—']] : [];
  if (Array.isArray(value)) {
    const plain = value.every((item) => typeof item !== 'object' || item === null);
    if (plain) return [[name, value.length ? value.join(', ') : '—']];
    return value.flatMap((item, at) => facts(item, `${name} ${at + 1}`));
  }
  if (typeof value === 'object') {
    return Object.entries(value).flatMap(([key, inner]) => facts(inner, `${name} ${key.replaceAll('_', ' ')}`.trim()));
  }
  return [[name, String(value) || '—']];
}

/**
 * The day an article is due for review again.
 * @param {string | undefined} reviewed "2026-05-01"
 * @param {string | undefined} every "90d", "12w", "6m", "1y"
 * @returns {string} a date; empty if an argument is missing or the date is out of range
 */
export function reviewDue(reviewed, every) {
  const period = /^(\d+)\s*([dwmy])/.exec(every || '');
  const date = reviewed ? new Date(`${reviewed}T00:00:00Z`) : null;
  if (!period || !date || Number.isNaN(date.getTime())) return '';
  const count = Number(period[1]);
  if (period[2] === 'd') date.setUTCDate(date.getUTCDate() + count);
  if (period[2] === 'w') date.setUTCDate(date.getUTCDate() + count * 7);
  if (period[2] === 'm') date.setUTCMonth(date.getUTCMonth() + count);
  if (period[2] === 'y') date.setUTCFullYear(date.getUTCFullYear() + count);
  return Number.isNaN(date.getTime()) || date.getUTCFullYear() > 9999 ? '' : date.toISOString().slice(0, 10);
}

/** A time as minutes and seconds: 184000 → "3:04". @param {number} ms */
export function duration(ms) {
  const seconds = Math.round(ms / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}

/** @param {string} text */
export const hasHan = (text) => /\p{Script=Han}/u.test(text);
