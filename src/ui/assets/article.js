// Owns one open article: header, table of contents, body, related articles and feedback. Used beside the results and in a live call.
// Leaves the body's markup to passage.js.

import { h, fill, copy, takesText } from './dom.js';
import { icon } from './icons.js';
import { day, errorWords, langName, t } from './i18n.js';
import { articleUrl, compareUrl } from './router.js';
import { place, reviewDue, short } from './text.js';
import { addRecent, forget, isPinned, openLists, togglePin } from './store.js';
import { bodyOf, markSection, markWords } from './passage.js';
import { createFeedback } from './feedback.js';
import * as api from './api.js';

/** @typedef {import('./types.js').Article} Article */
/** @typedef {{anchor?: string, words?: string[], send?: import('./feedback.js').Send | null, focus?: boolean, revision?: string, y?: number}} How `revision`: of the hit or card that was opened; `y`: scroll position to restore */

/** Number of headings from which a table of contents is shown. */
const MIN_CONTENTS = 3;
/** Wait before "loading" is shown, in milliseconds. */
const SLOW_MS = 200;
/** Space above a section that is scrolled to, and how much of it must be visible to count as visible, in pixels. */
const ROOM_PX = 16;
const FIRST_LINES_PX = 220;

/** @param {Article} article */
function facts(article) {
  const meta = article.meta || {};
  const due = reviewDue(meta.reviewed, meta.review_every);
  const overdue = article.review_overdue ?? meta.review_overdue ?? (due !== '' && due < new Date().toISOString().slice(0, 10));
  const { from, until } = meta.effective || {};
  const valid = [from && t().article.from(day(from)), until && t().article.until(day(until))].filter(Boolean).join(' ');
  const status = t().hit.status[meta.status];
  /** @type {[string, string | Node | undefined | false][]} */
  const rows = [
    [t().article.owner, meta.owner],
    [t().article.reviewed, meta.reviewed && day(meta.reviewed)],
    [t().article.due, due && day(due)],
    [t().article.valid, valid],
    [t().article.products, (meta.products || []).join(', ')],
    [t().article.changed, article.commit?.date && h('a', { href: compareUrl(article.article_id), title: t().history.title }, [day(article.commit.date), article.commit.author].filter(Boolean).join(', '))],
    [t().article.source, h('code', { title: article.revision }, `${place(article.path, undefined)} @ ${short(article.revision)}`)],
  ];
  return [
    (overdue || status) && h('p', { class: 'article-marks' }, status && h('span', { class: 'badge' }, status), overdue && h('span', { class: 'badge badge-warn' }, icon('clock'), t().article.overdue)),
    h('dl', { class: 'article-facts' }, ...rows.filter(([, value]) => value).map(([name, value]) => h('div', {}, h('dt', {}, name), h('dd', {}, value)))),
  ];
}

/** @param {string} title @param {import('./types.js').ArticleLink[] | undefined} links @param {boolean} named add the language's name */
function linkList(title, links, named) {
  if (!links?.length) return null;
  return h('section', { class: 'article-more' }, h('h2', {}, title), h('ul', { class: 'links' },
    ...links.map((one) => h('li', {}, h('a', { href: articleUrl(one.article_id), lang: one.lang }, one.title || one.article_id), named && one.lang && h('span', { class: 'faint' }, langName(one.lang))))));
}

/** @param {{closeLabel: string, onClose: () => void}} options */
export function createArticle({ closeLabel, onClose }) {
  const element = h('article', { class: 'reader', role: 'article', tabindex: '-1', hidden: true });
  let request = new AbortController();
  let shown = '';
  let revision = '';
  /** @type {ReturnType<typeof createFeedback> | null} */
  let feedback = null;

  const closeButton = () => h('button', { type: 'button', class: 'button quiet small', onclick: onClose }, icon('back'), closeLabel);

  /** @param {Article} article */
  function toolbar(article) {
    const kept = { id: article.article_id, title: article.title, lang: article.lang };
    const label = h('span', {}, isPinned(kept.id) ? t().article.pinned : t().article.pin);
    const pin = h('button', { type: 'button', class: 'button quiet small', 'aria-pressed': String(isPinned(kept.id)), onclick: () => {
      const on = togglePin(kept);
      pin.setAttribute('aria-pressed', String(on));
      label.textContent = on ? t().article.pinned : t().article.pin;
    } }, icon('pin'), label);
    const link = h('button', { type: 'button', class: 'button quiet small', onclick: () => copy(new URL(articleUrl(article.article_id), location.origin).href, t().article.linkCopied) }, icon('link'), t().article.copyLink);
    return h('div', { class: 'article-tools' }, closeButton(), h('span', { class: 'tools-title', 'aria-hidden': 'true', lang: article.lang }, article.title), pin, link);
  }

  /** @param {import('./passage.js').Heading[]} headings @param {HTMLElement} body */
  function contents(headings, body) {
    if (headings.length < MIN_CONTENTS) return null;
    const wide = element.clientWidth > 60 * parseFloat(getComputedStyle(document.documentElement).fontSize);
    const top = Math.min(...headings.map((one) => one.level));
    const go = (/** @type {MouseEvent} */ event, /** @type {string} */ anchor) => {
      event.preventDefault();
      const section = markSection(body, anchor);
      if (section) focusSection(section);
      reveal(section, true);
    };
    return h('details', { class: 'contents', open: wide }, h('summary', {}, t().article.contents), h('nav', { 'aria-label': t().article.contents }, h('ul', {},
      ...headings.map((one) => h('li', { class: one.level > top ? 'deep' : '' }, h('a', { href: `#${one.anchor}`, onclick: (/** @type {MouseEvent} */ event) => go(event, one.anchor) }, one.text))))));
  }

  /** @param {Article} article @param {How} how */
  function draw(article, how) {
    const { body, headings } = bodyOf(article);
    feedback = createFeedback(how.send || ((event) => api.rate(article.article_id, event)));
    fill(element, toolbar(article),
      h('div', { class: 'article-grid' },
        h('header', { class: 'article-head' }, tags(article), h('h1', { lang: article.lang }, article.title), article.meta?.summary && h('p', { class: 'lead', lang: article.lang }, article.meta.summary), ...facts(article)),
        contents(headings, body), body,
        h('footer', { class: 'article-foot' }, feedback.element, linkList(t().article.translations, article.translations, true), linkList(t().article.related, article.related, false))));
    const tools = element.querySelector('.article-tools');
    new IntersectionObserver(([head]) => tools?.classList.toggle('stuck', !head.isIntersecting), { rootMargin: '-100px 0px 0px' }).observe(/** @type {Element} */ (element.querySelector('h1')));
    addRecent({ id: article.article_id, title: article.title, lang: article.lang });
  }

  /** @param {Article} article */
  const tags = (article) => (article.meta?.tags?.length ? h('p', { class: 'tags' }, [langName(article.lang), ...article.meta.tags].join(' · ')) : null);

  /** Scrolls to a section; if it fits on the first screen, the header stays in view. @param {HTMLElement | null} section @param {boolean} exactly */
  function reveal(section, exactly) {
    const own = getComputedStyle(element).overflowY === 'auto';
    const box = own ? element : document.scrollingElement || document.documentElement;
    const tools = element.querySelector('.article-tools')?.getBoundingClientRect().height || 0;
    const above = (own ? 0 : document.getElementById('cc-top')?.offsetHeight || 0) + tools + ROOM_PX;
    const start = own ? 0 : Math.max(0, element.getBoundingClientRect().top + box.scrollTop - above);
    const view = own ? element.getBoundingClientRect().top : 0;
    const at = section ? section.getBoundingClientRect().top - view + box.scrollTop : 0;
    const fits = !section || at - start + Math.min(section.offsetHeight, FIRST_LINES_PX) < box.clientHeight;
    box.scrollTop = fits && !exactly ? start : at - above;
  }

  /** Marks the matched section and brings it into view. @param {How} how */
  function arrive(how) {
    const body = element.querySelector('.article-body');
    if (!(body instanceof HTMLElement)) return;
    const section = how.anchor ? markSection(body, how.anchor) : null;
    markWords(section || body, how.words || []);
    if (section && !how.focus && !takesText(document.activeElement)) focusSection(section);
    else takeFocus(how);
    if (how.y === undefined) reveal(section, false);
    else scrollTo(0, how.y);
  }

  /** After a link to a section, focus continues there. @param {HTMLElement} section */
  function focusSection(section) {
    const first = section.matches('.matched') ? section.firstElementChild : section;
    first?.setAttribute('tabindex', '-1');
    if (first instanceof HTMLElement) first.focus({ preventScroll: true });
  }

  /** The focused element may be gone; a text field keeps the focus. @param {How} how */
  function takeFocus(how) {
    if (how.focus || !takesText(document.activeElement)) element.focus({ preventScroll: true });
  }

  /** @param {unknown} error @param {string} id @param {How} how */
  function fail(error, id, how) {
    shown = '';
    const absent = error instanceof api.ApiError && error.status === 404;
    if (absent) openLists().then(() => forget(id));
    const words = absent ? t().article.missing : errorWords(error);
    fill(element, h('div', { class: 'article-tools' }, closeButton()), h('div', { class: 'empty', role: 'alert' }, h('h2', {}, words),
      !absent && h('button', { type: 'button', class: 'button', onclick: () => show(id, how) }, t().error.retry)));
    takeFocus(how);
  }

  /** @param {string} id @param {How} how */
  async function show(id, how) {
    const isOpen = shown === id;
    request.abort();
    request = new AbortController();
    const { signal } = request;
    element.hidden = false;
    const stay = () => {
      element.removeAttribute('aria-busy');
      if (how.send) feedback?.setSend(how.send);
      arrive(how);
    };
    // The hit or card may come from a newer revision than the open one.
    if (isOpen && (!how.revision || how.revision === revision)) {
      stay();
      return;
    }
    const slow = setTimeout(() => { if (!shown) fill(element, h('p', { class: 'faint' }, t().article.loading)); element.setAttribute('aria-busy', 'true'); }, SLOW_MS);
    try {
      const [article] = await Promise.all([api.article(id, signal), openLists()]);
      if (signal.aborted) return;
      if (isOpen && article.revision === revision) {
        stay();
        return;
      }
      document.title = `${article.title} · Cuecard`;
      shown = id;
      revision = article.revision;
      draw(article, how);
      arrive(how);
    } catch (error) {
      if (!signal.aborted) fail(error, id, how);
    } finally {
      clearTimeout(slow);
      if (!signal.aborted) element.removeAttribute('aria-busy');
    }
  }

  return {
    element,
    show,
    /** @returns {boolean} whether an article was open */
    hide() {
      const was = !element.hidden;
      request.abort();
      shown = '';
      element.hidden = true;
      element.removeAttribute('aria-busy');
      element.replaceChildren();
      return was;
    },
  };
}
