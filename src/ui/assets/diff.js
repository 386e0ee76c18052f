// Owns comparing two texts: which lines stayed, which words changed within a line. Pure; history.js shows it.

/** @typedef {{text: string, marked: boolean}} Run */
/** @typedef {{line: number, runs: Run[]}} Side a line with its number, 1-based */
/** @typedef {{left: Side | null, right: Side | null, same: boolean}} Row */

/** Limit of table cells in one comparison (longest common subsequence): about a quarter of a second. Beyond it, lines are shown as changed throughout. */
const MAX_CELLS = 8_000_000;
/** Share of the longer line's characters that must match for two lines to count as one changed line. */
const ALIKE = 0.4;
/** Number of lines searched for the changed version of a line. */
const AHEAD = 8;
/** Words; each Chinese character is one. */
const WORDS = /\p{Script=Han}|[\p{L}\p{N}]+|\s+|./gu;

/**
 * What two lists have in common, in order (the longest common subsequence).
 * @param {string[]} a
 * @param {string[]} b
 * @param {{cells: number}} left what the comparison may still spend
 * @returns {[number, number][]} places in both
 */
function common(a, b, left) {
  let start = 0;
  while (start < a.length && start < b.length && a[start] === b[start]) start += 1;
  let end = 0;
  while (end < a.length - start && end < b.length - start && a[a.length - 1 - end] === b[b.length - 1 - end]) end += 1;
  const [rows, columns] = [a.length - start - end, b.length - start - end];
  /** @type {[number, number][]} */
  const pairs = Array.from({ length: start }, (_, at) => [at, at]);
  const cells = (rows + 1) * (columns + 1);
  if (cells <= left.cells) {
    left.cells -= cells;
    pairs.push(...inner(a, b, start, rows, columns));
  }
  for (let at = end; at > 0; at -= 1) pairs.push([a.length - at, b.length - at]);
  return pairs;
}

/** @param {string[]} a @param {string[]} b @param {number} start @param {number} rows @param {number} columns */
function inner(a, b, start, rows, columns) {
  const width = columns + 1;
  const longest = new Uint32Array((rows + 1) * width);
  for (let i = rows - 1; i >= 0; i -= 1) {
    for (let j = columns - 1; j >= 0; j -= 1) {
      longest[i * width + j] = a[start + i] === b[start + j] ? longest[(i + 1) * width + j + 1] + 1 : Math.max(longest[(i + 1) * width + j], longest[i * width + j + 1]);
    }
  }
  /** @type {[number, number][]} */
  const pairs = [];
  for (let i = 0, j = 0; i < rows && j < columns;) {
    if (a[start + i] === b[start + j]) pairs.push([start + i++, start + j++]);
    else if (longest[(i + 1) * width + j] >= longest[i * width + j + 1]) i += 1;
    else j += 1;
  }
  return pairs;
}

/** @param {string[]} words @param {Set<number>} kept @returns {Run[]} */
const runsOf = (words, kept) => words.reduce((/** @type {Run[]} */ runs, text, at) => {
  const last = runs.at(-1);
  if (last && last.marked === !kept.has(at)) last.text += text;
  else runs.push({ text, marked: !kept.has(at) });
  return runs;
}, []);

/** Both sides of a changed line with the changed words marked; null if the lines are too different. @param {string} before @param {string} after @param {{cells: number}} budget */
function changedWords(before, after, budget) {
  const [left, right] = [before.match(WORDS) || [], after.match(WORDS) || []];
  const pairs = common(left, right, budget);
  const stayed = pairs.reduce((sum, [at]) => sum + left[at].trim().length, 0);
  if (stayed < ALIKE * Math.max(before.trim().length, after.trim().length)) return null;
  return { left: runsOf(left, new Set(pairs.map(([at]) => at))), right: runsOf(right, new Set(pairs.map(([, at]) => at))) };
}

/** @param {number} at @param {Run[] | string} said @param {boolean} [marked] @returns {Side} */
const side = (at, said, marked = true) => ({ line: at + 1, runs: typeof said === 'string' ? [{ text: said, marked }] : said });

/**
 * The rows of a stretch that changed: lines that are one line changed stand side by side.
 * @param {string[]} old @param {string[]} young @param {[number, number]} from @param {[number, number]} to @param {{cells: number}} budget
 */
function* changed(old, young, [i, j], [endOld, endYoung], budget) {
  while (i < endOld || j < endYoung) {
    const both = i < endOld && j < endYoung;
    const words = both ? changedWords(old[i], young[j], budget) : null;
    const laterOld = both && !words && old.slice(i + 1, Math.min(endOld, i + AHEAD)).some((line) => changedWords(line, young[j], budget));
    const laterYoung = both && !words && !laterOld && young.slice(j + 1, Math.min(endYoung, j + AHEAD)).some((line) => changedWords(old[i], line, budget));
    const left = i < endOld && !laterYoung ? side(i, words?.left || old[i]) : null;
    const right = j < endYoung && !laterOld ? side(j, words?.right || young[j]) : null;
    yield { left, right, same: false };
    if (left) i += 1;
    if (right) j += 1;
  }
}

/**
 * @param {string} before
 * @param {string} after
 * @returns {Row[]} both texts side by side, line for line
 */
export function compare(before, after) {
  const [old, young] = [before.replace(/\n$/, '').split('\n'), after.replace(/\n$/, '').split('\n')];
  /** @type {Row[]} */
  const rows = [];
  const budget = { cells: MAX_CELLS };
  let [i, j] = [0, 0];
  for (const [nextOld, nextYoung] of [...common(old, young, budget), [old.length, young.length]]) {
    rows.push(...changed(old, young, [i, j], [nextOld, nextYoung], budget));
    if (nextOld < old.length) rows.push({ left: side(nextOld, old[nextOld], false), right: side(nextYoung, young[nextYoung], false), same: true });
    [i, j] = [nextOld + 1, nextYoung + 1];
  }
  return rows;
}
