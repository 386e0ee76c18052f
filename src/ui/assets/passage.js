// Owns an article's body: takes the server's sanitised HTML, makes it comply with a strict CSP, adds links to sections and copy
// buttons to steps, and highlights the passage that matched.

import { h, copy } from './dom.js';
import { under } from './base.js';
import { isPage } from './router.js';
import { icon } from './icons.js';
import { t } from './i18n.js';

/** @typedef {{anchor: string, text: string, level: number}} Heading */

const HEADINGS = 'h1, h2, h3, h4';
/** Elements that are removed; the server removes them too. */
const FORBIDDEN = 'script, style, iframe, object, embed, form, link, meta, base';
/** A table cell aligned by a style attribute, as Markdown renderers write it: the CSP would block it even while parsing. */
const STYLED_CELL = /<(t[dh])([^>]*?)\sstyle="text-align:\s*(left|right|center);?"/g;
/** Name of the CSS highlight for the words of the question inside the matched section. */
const WORDS = 'cuecard-words';

/**
 * @param {import('./types.js').Article} article
 * @returns {{body: HTMLElement, headings: Heading[]}}
 */
export function bodyOf(article) {
  const html = (article.html || '').replace(STYLED_CELL, '<$1$2 align="$3"');
  const parsed = new DOMParser().parseFromString(html, 'text/html').body;
  parsed.querySelectorAll(FORBIDDEN).forEach((element) => element.remove());
  parsed.querySelectorAll('*').forEach(tame);
  const body = h('div', { class: 'article-body', lang: article.lang });
  body.append(...parsed.childNodes);
  dropTitle(body, article.title);
  body.querySelectorAll('table').forEach((table) => {
    const frame = h('div', { class: 'table', role: 'group', tabindex: '0', 'aria-label': t().article.table });
    table.replaceWith(frame);
    frame.append(table);
  });
  body.querySelectorAll('a[href]').forEach(external);
  body.querySelectorAll('input[type=checkbox]').forEach((box) => box.setAttribute('aria-hidden', 'true'));
  const headings = [...body.querySelectorAll(HEADINGS)].map((element) => headingOf(/** @type {HTMLElement} */ (element), article.article_id));
  body.querySelectorAll('ol').forEach(steps);
  return { body, headings: headings.filter((one) => one.level > 1 && one.level < 4) };
}

/** Turns alignment into a class and removes what the CSP blocks anyway. @param {Element} element */
function tame(element) {
  const align = /^(left|right|center)$/.exec(element.getAttribute('align') || '');
  for (const { name } of [...element.attributes]) if (name === 'style' || name === 'align' || name.startsWith('on')) element.removeAttribute(name);
  if (align) element.classList.add(`align-${align[1]}`);
}

/** The header already shows the title. @param {HTMLElement} body @param {string} title */
function dropTitle(body, title) {
  const first = body.firstElementChild;
  if (first instanceof HTMLHeadingElement && first.tagName === 'H1' && first.textContent?.trim() === title.trim()) first.remove();
}

/** Links to other sites and files open in a new tab, so that a call stays on the screen. @param {Element} link */
function external(link) {
  const url = new URL(link.getAttribute('href') || '', location.href);
  if (url.origin === location.origin && isPage(url.pathname)) return;
  link.setAttribute('target', '_blank');
  link.setAttribute('rel', 'noopener noreferrer');
}

/** @param {HTMLElement} element @param {string} articleId @returns {Heading} */
function headingOf(element, articleId) {
  const text = element.textContent?.trim() || '';
  if (!element.id) element.id = text.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, '-').replace(/^-|-$/g, '');
  const url = under(`/articles/${encodeURIComponent(articleId)}#${encodeURIComponent(element.id)}`);
  element.append(h('button', { type: 'button', class: 'anchor', 'aria-label': t().article.sectionLink(text), onclick: () => copy(new URL(url, location.origin).href, t().article.linkCopied) }, icon('link')));
  return { anchor: element.id, text, level: Number(element.tagName[1]) };
}

/** @param {Element} list */
function steps(list) {
  [...list.children].forEach((step, at) => {
    const text = step.textContent?.trim() || '';
    step.classList.add('step');
    step.append(h('button', { type: 'button', class: 'step-copy', 'aria-label': t().article.copyStep(at + 1), onclick: () => copy(text, t().article.stepCopied) }, icon('copy')));
  });
}

/**
 * Marks the section that starts at a heading, up to the next heading of its rank.
 * @param {HTMLElement} body
 * @param {string} anchor
 * @returns {HTMLElement | null} the section
 */
export function markSection(body, anchor) {
  body.querySelectorAll('.matched').forEach((old) => old.replaceWith(...old.childNodes));
  const heading = body.querySelector(`[id="${CSS.escape(anchor)}"]`);
  if (!(heading instanceof HTMLHeadingElement)) return heading instanceof HTMLElement ? heading : null;
  const section = h('div', { class: 'matched' });
  heading.before(section);
  /** @type {Element | null} */
  let next = heading;
  do {
    section.append(next);
    next = section.nextElementSibling;
  } while (next && !(next instanceof HTMLHeadingElement && next.tagName <= heading.tagName));
  return section;
}

/** Whether a span of a text is part of a longer word: "fee" in "coffee". Han and similar scripts have no spaces. @param {string} text @param {number} start @param {number} end */
const isWithin = (text, start, end) => /(\p{Script=Latin}|\p{N}){2}/u.test(text.slice(Math.max(0, start - 1), start + 1)) || /(\p{Script=Latin}|\p{N}){2}/u.test(text.slice(end - 1, end + 1));

/**
 * Marks words without touching the markup, where the browser can.
 * @param {HTMLElement} root
 * @param {string[]} words
 */
export function markWords(root, words) {
  if (!('highlights' in CSS)) return;
  CSS.highlights.delete(WORDS);
  if (!words.length) return;
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  /** @type {Range[]} */
  const ranges = [];
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const text = (node.nodeValue || '').toLowerCase();
    // "İ" becomes longer in lower case, so offsets of one text do not fit the other.
    if (text.length !== node.nodeValue?.length) continue;
    for (const word of words) {
      for (let at = text.indexOf(word.toLowerCase()); at >= 0; at = text.indexOf(word.toLowerCase(), at + word.length)) {
        if (isWithin(text, at, at + word.length)) continue;
        const range = document.createRange();
        range.setStart(node, at);
        range.setEnd(node, Math.min(at + word.length, text.length));
        ranges.push(range);
      }
    }
  }
  CSS.highlights.set(WORDS, new Highlight(...ranges));
}
