// Owns the insights page: number of questions, gaps, articles that need attention, topics in demand. Leaves
// drawing to charts.js; the server computes every number.

import { h, fill, copy, toast } from './dom.js';
import { under } from './base.js';
import { icon } from './icons.js';
import { day, errorWords, label, lang, langName, number, percent, t } from './i18n.js';
import { articleUrl, goSearch, rewrite, route as here } from './router.js';
import { bar, columns, spark } from './charts.js';
import * as api from './api.js';

/** @typedef {import('./types.js').Gap} Gap */
/** @typedef {import('./types.js').ArticleInsight} ArticleInsight */
/** @typedef {import('./types.js').Numbers} Numbers */

/** Periods that can be chosen, in days. */
const SPANS = [7, 28, 90];
const USUAL_SPAN = 28;
/** Rows of each list. */
const ROWS = 12;

/** The date so many days ago, in the server's format. @param {number} days */
function since(days) {
  const date = new Date();
  date.setDate(date.getDate() - (days - 1));
  return `${date.getFullYear()}-${String(date.getMonth() + 1).padStart(2, '0')}-${String(date.getDate()).padStart(2, '0')}`;
}

/** How a number changed: "+12 %", with the word for screen readers. @param {number} now @param {number} before @param {boolean} [isBad] more is worse */
function change(now, before, isBad = false) {
  if (!before || !Number.isFinite(now / before)) return null;
  const share = now / before - 1;
  if (Math.abs(share) < 0.005) return h('span', { class: 'change' }, t().insights.same);
  const good = share > 0 !== isBad;
  return h('span', { class: `change ${good ? 'better' : 'worse'}`, title: t().insights.thanBefore }, `${share > 0 ? '+' : '−'}${percent(Math.abs(share))}`);
}

/** @param {string} name @param {string} value @param {Node | null} note */
const tile = (name, value, note) => h('div', { class: 'tile' }, h('dt', {}, name), h('dd', {}, h('strong', {}, value), note));

/** @param {Numbers} now @param {Numbers} before */
function tiles(now, before) {
  const words = t().insights;
  const share = (/** @type {Numbers} */ one) => (one.searches ? one.answered / one.searches : 0);
  const seconds = now.first_useful_card_s;
  return h('dl', { class: 'tiles' },
    tile(words.searches, number(now.searches), change(now.searches, before.searches)),
    tile(words.answered, now.searches ? percent(share(now)) : '—', change(share(now), share(before))),
    tile(words.gapQuestions, number(now.gap_questions), change(now.gap_questions, before.gap_questions, true)),
    tile(words.calls, number(now.calls), change(now.calls, before.calls)),
    tile(words.usefulCalls, now.useful_call_share === null ? '—' : percent(now.useful_call_share), change(now.useful_call_share || 0, before.useful_call_share || 0)),
    tile(words.firstCard, seconds === null ? '—' : words.seconds(number(Math.round(seconds))), change(seconds || 0, before.first_useful_card_s || 0, true)));
}

/** @param {any} summary */
function overview(summary) {
  const words = t().insights;
  const list = summary.by_day;
  const answered = { name: words.answeredQuestions, kind: 'part-good', values: list.map((/** @type {any} */ one) => one.searches - one.unanswered) };
  const unanswered = { name: words.unanswered, kind: 'part-bad', values: list.map((/** @type {any} */ one) => one.unanswered) };
  const useful = { name: words.usefulCards, kind: 'part-good', values: list.map((/** @type {any} */ one) => one.useful_cards) };
  const other = { name: words.otherCards, kind: 'part-soft', values: list.map((/** @type {any} */ one) => one.cards - one.useful_cards) };
  return h('section', { 'aria-label': words.summary }, tiles(summary, summary.before),
    h('div', { class: 'charts' }, chart(words.questionsByDay, list, [answered, unanswered]), chart(words.cardsByDay, list, [useful, other])));
}

/** @param {string} title @param {{day: string}[]} list @param {import('./charts.js').Series[]} series */
function chart(title, list, series) {
  const sums = series.map((one) => `${one.name} ${number(one.values.reduce((sum, value) => sum + value, 0))}`);
  const { svg, top } = columns(list.map((one) => day(one.day)), series, `${title}: ${sums.join(', ')}`);
  return h('figure', { class: 'chart' },
    h('figcaption', {}, h('span', {}, title), h('span', { class: 'legend' }, ...series.map((one) => h('span', { class: `key ${one.kind}` }, one.name)))),
    h('div', { class: 'plot' }, h('span', { class: 'axis', 'aria-hidden': 'true' }, number(top)), svg),
    h('div', { class: 'ends', 'aria-hidden': 'true' }, h('span', {}, day(list[0]?.day)), h('span', {}, day(list.at(-1)?.day))));
}

/** @param {Gap} gap @param {string} from */
function gapRow(gap, from) {
  const words = t().insights;
  const more = gap.queries.filter((query) => query !== gap.label);
  /** For browsers in which copying fails. */
  const area = h('textarea', { class: 'text draft', 'aria-label': words.draft, rows: '8', readonly: true, hidden: true });
  async function draft() {
    try {
      const text = await api.gapDraft(gap.gap_id, from);
      if (await copy(text, words.draftCopied)) return;
      area.value = text;
      area.hidden = false;
      area.select();
    } catch (error) {
      toast(errorWords(error));
    }
  }
  return h('li', { class: 'gap' },
    h('div', { class: 'gap-head' },
      h('div', { class: 'gap-name' }, h('strong', { lang: gap.lang || null }, gap.label),
        h('p', { class: 'gap-facts' }, h('span', {}, words.asked(gap.size)), h('span', { class: `badge trend-${gap.trend}` }, words.trend[gap.trend] || gap.trend),
          gap.nearest && h('span', {}, label(gap.suggestion === 'extend' ? words.extend : words.nearest), h('a', { href: articleUrl(gap.nearest.article_id), dir: 'auto' }, gap.nearest.title || gap.nearest.article_id), ` (${percent(gap.nearest.confidence)})`))),
      gap.by_day && spark(gap.by_day),
      h('button', { type: 'button', class: 'button small', onclick: draft, 'aria-label': `${words.draft}: ${gap.label}` }, icon('copy'), words.draft)),
    area, more.length > 0 && h('details', {}, h('summary', {}, words.others(more.length)), h('ul', { class: 'questions' }, ...more.map((query) => h('li', { dir: 'auto' }, query)))));
}

/**
 * Fills a list with its first rows.
 * @template T
 * @param {HTMLElement} list
 * @param {T[]} items
 * @param {(item: T) => HTMLElement} row
 * @param {number} [count]
 * @returns {HTMLElement | false} a button for the others, if any
 */
function first(list, items, row, count = ROWS) {
  list.append(...items.slice(0, count).map(row));
  const rest = items.slice(count);
  const more = h('button', { type: 'button', class: 'button', onclick: () => {
    const rows = rest.map(row);
    list.append(...rows);
    more.remove();
    rows[0].tabIndex = -1;
    rows[0].focus();
  } }, t().insights.more(rest.length));
  return rest.length > 0 && more;
}

/** @param {any} report @param {string} from */
function gaps(report, from) {
  const words = t().insights;
  const list = h('ul', { class: 'panel' });
  const more = first(list, report.gaps, (/** @type {Gap} */ gap) => gapRow(gap, from));
  return h('section', {}, h('h2', {}, words.gaps, h('span', { class: 'count' }, number(report.total))),
    report.gaps.length ? list : h('p', { class: 'faint' }, words.noGaps), more);
}

/** @param {any} report */
function demand(report) {
  const words = t().insights;
  const top = Math.max(...report.topics.map((/** @type {any} */ topic) => topic.count), 1);
  const spikes = report.spikes.map((/** @type {any} */ spike) => h('li', { class: 'notice' }, icon('alert'),
    h('span', {}, spike.factor ? words.spike(spike.tag, spike.factor.toFixed(1), day(spike.since)) : words.newTopic(spike.tag, day(spike.since)))));
  const topics = h('tbody', {});
  const moreTopics = first(topics, report.topics, (/** @type {any} */ topic) => h('tr', {}, h('th', { scope: 'row' }, topic.tag), h('td', { class: 'wide' }, bar(topic.count / top)),
    h('td', { class: 'figure' }, number(topic.count)), h('td', { class: 'figure' }, change(topic.count, topic.before) || '—'), h('td', {}, spark(topic.by_day))));
  const languages = report.languages.map((/** @type {any} */ one) => h('li', {}, h('span', {}, one.lang === 'und' ? words.unknownLang : langName(one.lang)),
    h('span', { class: 'faint' }, words.langCounts(number(one.searches), number(one.calls)))));
  const accounts = h('ul', {});
  const moreAccounts = first(accounts, report.attributes, (/** @type {any} */ one) => h('li', {}, h('span', {}, `${one.name}: ${one.value}`),
    h('span', { class: 'faint' }, [words.langCounts(number(one.searches), number(one.calls)), one.topics.slice(0, 3).map((/** @type {any} */ topic) => topic.tag).join(', ')].filter(Boolean).join(' · '))));
  return h('section', {}, h('h2', {}, words.demand), spikes.length > 0 && h('ul', { class: 'spikes' }, ...spikes),
    report.topics.length ? [table([words.topic, '', words.count, words.thanBefore, words.overTime], topics), moreTopics] : h('p', { class: 'faint' }, words.noTopics),
    h('div', { class: 'lists' }, languages.length > 0 && h('div', {}, h('h3', {}, words.languages), h('ul', {}, ...languages)),
      report.attributes.length > 0 && h('div', {}, h('h3', {}, words.accounts), accounts, moreAccounts)));
}

/** @param {string[]} heads @param {HTMLElement} rows */
const table = (heads, rows) => h('div', { class: 'panel scroll', tabindex: 0, role: 'group', 'aria-label': heads[0] },
  h('table', { class: 'figures' }, h('thead', {}, h('tr', {}, ...heads.map((head) => (head ? h('th', { scope: 'col' }, head) : h('td', {}))))), rows));

/** @param {any} report */
function articles(report) {
  const words = t().insights;
  const row = (/** @type {ArticleInsight} */ one) => h('tr', {},
    h('th', { scope: 'row' }, one.title ? h('a', { href: articleUrl(one.article_id), dir: 'auto' }, one.title) : one.article_id,
      one.flags.filter((flag) => flag !== 'never_shown').map((flag) => h('span', { class: 'badge badge-warn' }, words.flag[flag] || flag))),
    ...[one.shown, one.opened, one.used + one.copied, one.helpful, one.not_helpful, one.dismissed].map((value) => h('td', { class: 'figure' }, number(value))),
    h('td', { class: 'figure' }, day(one.last_shown_at) || '—'));
  const shown = report.articles.filter((/** @type {ArticleInsight} */ one) => one.shown > 0);
  const flagged = shown.filter((/** @type {ArticleInsight} */ one) => one.flags.length > 0);
  const others = shown.filter((/** @type {ArticleInsight} */ one) => one.flags.length === 0);
  const rows = h('tbody', {});
  const more = first(rows, [...flagged, ...others], row, 2 * ROWS);
  const never = report.articles.length - shown.length;
  return h('section', {}, h('h2', {}, words.articles),
    shown.length ? [table([words.article, words.shown, words.opened, words.used, words.helpful, words.notHelpful, words.dismissed, words.lastShown], rows), more] : null,
    never > 0 && h('p', { class: 'faint' }, words.never(never)));
}

/** @param {HTMLElement} root @returns {import('./app.js').Page} */
export function mountInsights(root) {
  const words = t().insights;
  let days = 0;
  const place = h('div', { class: 'findings insights' });
  const heard = h('p', { class: 'unseen', role: 'status' });
  const buttons = SPANS.map((span) => h('button', { type: 'button', class: 'button quiet small', onclick: () => { rewrite(under(`/insights?days=${span}`)); days = span; load(); } }, words.days(span)));
  const spans = h('div', { class: 'spans', role: 'group', 'aria-label': words.span }, ...buttons);
  const links = h('div', { class: 'export' });
  root.replaceChildren(h('div', { class: 'page wide-page' }, h('div', { class: 'insights-head' }, h('h1', {}, words.title), spans), links, heard, place));
  document.title = `${words.title} · Cuecard`;

  function drawHead() {
    const from = since(days);
    buttons.forEach((button, at) => button.setAttribute('aria-pressed', String(SPANS[at] === days)));
    const file = (/** @type {string} */ what) => under(`/v1/insights/${what}?format=csv&since=${from}`);
    fill(links, h('a', { href: under(`/v1/insights/digest?since=${from}&lang=${lang()}`), target: '_blank' }, words.digest),
      ...['summary', 'gaps', 'articles', 'demand'].map((what) => h('a', { href: file(what), download: `${what}.csv` }, words.csv(words.names[what]))));
  }

  /** @param {number} span */
  function show(span) {
    if (span === days) return;
    days = span;
    load();
  }

  async function load() {
    drawHead();
    const [from, { y = 0 }] = [since(days), here()];
    try {
      const [summary, gapList, articleList, wanted] = await Promise.all([api.insights('summary', from), api.insights('gaps', from), api.insights('articles', from), api.insights('demand', from)]);
      if (from !== since(days)) return;
      heard.textContent = `${words.days(days)} · ${label(words.searches)}${number(summary.searches)}`;
      fill(place, overview(summary), gaps(gapList, from), demand(wanted), articles(articleList),
        summary.recording.dropped > 0 && h('p', { class: 'notice' }, icon('alert'), words.dropped(number(summary.recording.dropped))));
      if (y) scrollTo(0, y);
    } catch (error) {
      if (from !== since(days)) return;
      heard.textContent = '';
      const absent = error instanceof api.ApiError && error.status === 404;
      links.hidden = absent;
      fill(place, h('div', { class: 'empty', role: absent ? null : 'alert' }, h('h2', {}, absent ? words.absent : errorWords(error)), absent ? h('p', {}, words.absentWhy) : h('button', { type: 'button', class: 'button', onclick: load }, t().error.retry)));
    }
  }

  return { update: ({ params }) => show(SPANS.find((span) => String(span) === params.get('days')) || USUAL_SPAN), focusSearch: goSearch };
}
