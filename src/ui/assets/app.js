// Owns the shell: head, navigation, language switch, which page is in front. Start reading here; then router.js, and one
// module a page: search.js, calls.js, content.js, insights.js.

import { h, fill } from './dom.js';
import { under } from './base.js';
import { icon } from './icons.js';
import { lang, locale, setLang, t } from './i18n.js';
import { go, route, startRouter } from './router.js';
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
let page = { update() {}, focusSearch() {} };
let mounted = '';

/** @param {PageName} current */
function drawTop(current) {
  /** @param {PageName} name @param {string} href @param {string} label @param {import('./icons.js').IconName} mark */
  const link = (name, href, label, mark) => h('a', { href: under(href), 'aria-current': name === current && 'page' }, icon(mark), h('span', {}, label));
  const words = t().nav;
  const other = lang() === 'en' ? 'zh' : 'en';
  fill(top,
    h('a', { class: 'skip', href: '#cc-main', onclick: (/** @type {Event} */ event) => { event.preventDefault(); main.focus(); } }, words.skip),
    h('a', { class: 'brand', href: under('/'), 'aria-label': 'Cuecard' }, h('img', { src: under('/assets/favicon.svg'), alt: '', width: '24', height: '24' }), h('span', {}, 'Cuecard')),
    h('nav', { 'aria-label': words.label }, link('search', '/', words.search, 'search'), link('calls', '/calls', words.calls, 'phone'), link('content', '/content', words.content, 'book'), link('insights', '/insights', words.insights, 'chart')),
    h('span', { class: 'grow' }),
    h('button', { type: 'button', class: 'button quiet icon-only keys-button', 'aria-label': words.shortcuts, title: words.shortcuts, onclick: showKeys }, icon('keyboard')),
    h('button', { type: 'button', class: 'button quiet', lang: other === 'zh' ? 'zh-Hans' : 'en', onclick: () => { setLang(other); redraw(); } }, other === 'zh' ? '中文' : 'English'));
}

async function draw() {
  const now = route();
  document.documentElement.lang = locale();
  if (mounted !== now.page) {
    mounted = now.page;
    drawTop(now.page);
    const mount = await PAGES[now.page]();
    if (mounted !== now.page) return;
    page.unmount?.();
    page = mount(main);
    scrollTo(0, 0);
  }
  page.update(route());
}

/** Draws everything anew, in another language or for somebody else. */
function redraw() {
  mounted = '';
  draw();
}

startRouter(draw);
startKeys(() => page);
startLogin(redraw);
// In a frame of another page the head would only take room.
document.documentElement.classList.toggle('framed', isFramed);
listen({
  call({ call_id: id }) {
    const agent = route().params.get('agent');
    if (typeof id === 'string') go(under(`/calls?${new URLSearchParams(agent ? { agent, call: id } : { call: id })}`));
  },
  search: ({ query }) => { if (typeof query === 'string') page.focusSearch(query); },
  key: ({ key }) => { if (typeof key === 'string') signIn(key).catch(() => {}); },
});
if ('preview' in document.documentElement.dataset) import('./preview.js').then(({ startPreview }) => startPreview(() => location.pathname.startsWith(under('/articles/'))));
draw();
