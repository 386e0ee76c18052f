// Owns the shell: header, navigation, language switch, which page is shown. Start reading here; then router.js, and one
// module per page: search.js, calls.js, content.js, insights.js.

import { h, fill, toast } from './dom.js';
import { under } from './base.js';
import { icon } from './icons.js';
import { errorWords, lang, locale, setLang, t } from './i18n.js';
import { endSession, identity } from './api.js';
import { callsUrl, forgetHistory, go, rewrite, route, startRouter } from './router.js';
import { showKeys, startKeys } from './keys.js';
import { signIn, startLogin } from './login.js';
import { isFramed, listen } from './embed.js';
import { mountSearch } from './search.js';

/** @typedef {import('./router.js').Route} Route */
/** @typedef {import('./router.js').PageName} PageName */

/**
 * @typedef {object} Page
 * @property {(route: Route) => void} update follows the address
 * @property {(query?: string) => void} focusSearch what Ctrl-K does here; with a question, it is asked
 * @property {(event: KeyboardEvent) => void} [keydown] keys that no field took
 * @property {() => void} [unmount]
 */

/** Pages other than the first are loaded when they are needed. @type {Record<PageName, () => Promise<(root: HTMLElement) => Page>>} */
const PAGES = {
  search: async () => mountSearch,
  calls: async () => (await import('./calls.js')).mountCalls,
  content: async () => (await import('./content.js')).mountContent,
  insights: async () => (await import('./insights.js')).mountInsights,
};

const top = /** @type {HTMLElement} */ (document.getElementById('cc-top'));
const main = /** @type {HTMLElement} */ (document.getElementById('cc-main'));

/** @type {Page} */
const NO_PAGE = { update() {}, focusSearch() {} };
let page = NO_PAGE;
let mounted = '';
/** Name of the page shown: `mounted`, unless its module is still being fetched. */
let there = '';
/** The last question that the embedding page asked, until a page has taken it. @type {string | null} */
let wish = null;
/** The page and address for which the navigation was drawn. */
let drawnFor = '';

/** @param {PageName} current */
function drawTop(current) {
  /** @param {PageName} name @param {string} href @param {string} label @param {import('./icons.js').IconName} mark */
  const link = (name, href, label, mark) => h('a', { href, 'aria-current': name === current && 'page' }, icon(mark), h('span', {}, label));
  const words = t().nav;
  const other = lang() === 'en' ? 'zh' : 'en';
  fill(top,
    h('a', { class: 'skip', href: '#cc-main', onclick: (/** @type {Event} */ event) => { event.preventDefault(); main.focus(); } }, words.skip),
    h('a', { class: 'brand', href: under('/'), 'aria-label': 'Cuecard' }, h('img', { src: under('/assets/favicon.svg'), alt: '', width: '24', height: '24' }), h('span', {}, 'Cuecard')),
    h('nav', { 'aria-label': words.label }, link('search', under('/'), words.search, 'search'), link('calls', callsUrl(), words.calls, 'phone'), link('content', under('/content'), words.content, 'book'), link('insights', under('/insights'), words.insights, 'chart')),
    h('span', { class: 'grow' }), whoAmI(),
    h('button', { type: 'button', class: 'button quiet icon-only keys-button', 'aria-label': words.shortcuts, title: words.shortcuts, onclick: showKeys }, icon('keyboard')),
    h('button', { type: 'button', class: 'button quiet', lang: other === 'zh' ? 'zh-Hans' : 'en', onclick: () => { setLang(other); redraw(); /** @type {HTMLElement | null} */ (top.querySelector(':scope > button:last-child'))?.focus(); } }, other === 'zh' ? '中文' : 'English'));
}

/** User name on a server that requires no sign-in. */
const ANYBODY = 'local';

/** The signed-in user, and the button to sign out: desks are shared. */
function whoAmI() {
  const place = h('span', { class: 'who' });
  identity().then((name) => {
    if (!name || name === ANYBODY) return;
    fill(place, h('span', { class: 'who-name', title: name }, name), h('button', { type: 'button', class: 'button quiet', 'aria-label': t().nav.signOut, title: t().nav.signOut, onclick: signOut }, icon('out'), h('span', {}, t().nav.signOut)));
  });
  return place;
}

/** Clears the screen and asks the next user to sign in. */
async function signOut() {
  try {
    await endSession();
    forgetHistory();
    rewrite(under('/'), {});
    redraw();
  } catch (error) {
    toast(errorWords(error));
  }
}

async function draw() {
  const now = route();
  document.documentElement.lang = locale();
  if (drawnFor !== now.page + callsUrl()) drawTop(now.page);
  drawnFor = now.page + callsUrl();
  if (mounted === now.page) {
    page.update(now);
    return;
  }
  mounted = now.page;
  const mount = await PAGES[now.page]().catch(() => null);
  if (mounted !== now.page) return;
  const isFirst = page === NO_PAGE;
  page.unmount?.();
  page = mount ? mount(main) : absent();
  there = mounted;
  scrollTo(0, 0);
  page.update(route());
  grant();
  // The link that was followed has been redrawn; focus continues at the beginning of the page.
  if (!isFirst && document.activeElement === document.body) main.focus({ preventScroll: true });
}

/** A page whose module cannot be fetched. @returns {Page} */
function absent() {
  mounted = '';
  fill(main, h('div', { class: 'page' }, h('div', { class: 'empty', role: 'alert' }, h('h1', {}, t().error.unreachable), h('button', { type: 'button', class: 'button', onclick: draw }, t().error.retry))));
  return NO_PAGE;
}

function grant() {
  if (wish === null || there !== mounted) return;
  page.focusSearch(wish);
  wish = null;
}

/** Redraws everything, in another language or for another user. */
function redraw() {
  mounted = there = drawnFor = '';
  draw();
}

startRouter(draw);
startKeys(() => page);
startLogin(redraw);
// In a frame of another page the header would only take space.
document.documentElement.classList.toggle('framed', isFramed);
listen({
  call({ call_id: id }) {
    if (typeof id === 'string') go(callsUrl(id));
  },
  search({ query }) {
    if (typeof query !== 'string') return;
    wish = query;
    grant();
  },
  key: ({ key }) => { if (typeof key === 'string') signIn(key).catch(() => {}); },
});
if ('preview' in document.documentElement.dataset) import('./preview.js').then(({ startPreview }) => startPreview(() => location.pathname.startsWith(under('/articles/'))));
draw();
