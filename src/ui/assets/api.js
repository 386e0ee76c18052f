// Owns requests to the server: one function per endpoint, one error type. Leaves displaying results to the pages.

import { under } from './base.js';

/** @typedef {import('./types.js').SearchAnswer} SearchAnswer */
/** @typedef {import('./types.js').Filters} Filters */

/** An error response (RFC 9457); `status` 0 means that the server could not be reached. */
export class ApiError extends Error {
  /**
   * @param {number} status
   * @param {{title?: string, detail?: string, code?: string, request_id?: string}} problem
   */
  constructor(status, problem) {
    super(problem.detail || problem.title || `HTTP ${status}`);
    this.status = status;
    this.code = problem.code || '';
    /** The id under which the server's log has an internal error. */
    this.requestId = problem.request_id || '';
  }
}

/** Event `needed`: the server requires a key; `login.js` listens. */
export const needsKey = new EventTarget();

/** Event `begun`: somebody signed in or out, so cached responses may belong to another user. */
export const session = new EventTarget();

/** True for an error that a retry cannot change. @param {unknown} error */
export const isRefused = (error) => error instanceof ApiError && [401, 403].includes(error.status);

/** True while the server is still reading the articles after its start. @param {unknown} error */
export const isStarting = (error) => error instanceof ApiError && error.code === 'not_ready';

/** True for a temporary error: the server is starting, busy or unreachable. @param {unknown} error */
export const isPassing = (error) => error instanceof ApiError && [0, 429, 502, 503, 504].includes(error.status);

/** Pause before a request to a starting server is repeated, in milliseconds. */
export const AGAIN_MS = 1_000;

/** Timeout of a request, in milliseconds; longer than the server's own, so after it the connection is dead. */
const ANSWER_MS = 40_000;

/**
 * @param {string} method
 * @param {string} path
 * @param {unknown} [body]
 * @param {AbortSignal} [signal]
 * @returns {Promise<any>}
 */
async function call(method, path, body, signal) {
  /** @type {RequestInit} */
  const request = { method, signal: AbortSignal.any([AbortSignal.timeout(ANSWER_MS), ...(signal ? [signal] : [])]), headers: { Accept: 'application/json' }, credentials: 'same-origin' };
  if (body !== undefined) {
    request.headers = { ...request.headers, 'Content-Type': 'application/json' };
    request.body = JSON.stringify(body);
  }
  let response;
  let answer;
  let isJson = false;
  try {
    response = await fetch(under(path), request);
    isJson = (response.headers.get('content-type') || '').includes('json');
    answer = isJson ? await response.json() : response.status === 204 ? null : await response.text();
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new ApiError(0, { code: 'unreachable' });
  }
  if (response.ok) return answer;
  const refused = new ApiError(response.status, isJson ? answer : { title: response.statusText });
  if (refused.status === 401 && path !== '/v1/session') needsKey.dispatchEvent(new Event('needed'));
  throw refused;
}

/** @param {string} id */
const segment = (id) => encodeURIComponent(id);

/** True for a request that the page itself aborted. @param {unknown} error */
export const isAbort = (error) => error instanceof DOMException && error.name === 'AbortError';

/**
 * @param {{query: string, typing: boolean, filters?: Filters, preferLang?: string, account?: Record<string, any>, limit?: number, offset?: number}} question
 * @param {AbortSignal} [signal]
 * @returns {Promise<SearchAnswer>}
 */
export function search({ query, typing, filters, preferLang, account, limit = 20, offset = 0 }, signal) {
  /** @type {Record<string, any>} */
  const body = { query, limit, offset, typing };
  /** @type {Record<string, string[]>} */
  const filter = {};
  if (filters?.topic) filter.tags = [filters.topic];
  if (filters?.product) filter.products = [filters.product];
  if (filters?.lang) filter.lang = [filters.lang];
  if (Object.keys(filter).length) body.filter = filter;
  if (preferLang && !filters?.lang) body.prefer_lang = preferLang;
  if (account) body.account = account;
  return call('POST', '/v1/search', body, signal);
}

/**
 * @param {string} queryId
 * @param {{article_id: string, type: string, rating?: string, reason?: string, comment?: string}} event
 */
export const engage = (queryId, event) => call('POST', `/v1/searches/${segment(queryId)}/engagement`, event);

/** @param {string} id @param {AbortSignal} [signal] @returns {Promise<import('./types.js').Article>} */
export const article = (id, signal) => call('GET', `/v1/articles/${segment(id)}`, undefined, signal);

/** The commits that changed an article, the newest first. @param {string} id @returns {Promise<{revisions: import('./types.js').Commit[]}>} */
export const revisions = (id) => call('GET', `/v1/revisions/${segment(id)}`);

/** An article's file at a commit. @param {string} id @param {string} revision @returns {Promise<string>} */
export const markdown = (id, revision) => call('GET', `/v1/articles/${segment(id)}.md?revision=${revision}`);

/**
 * Rates an article that was opened neither from a search nor from a card.
 * @param {string} id
 * @param {{type: string, rating?: string, reason?: string, comment?: string}} event
 */
export const rate = (id, event) => engage(`page-${Date.now().toString(36)}-${Math.random().toString(36).slice(2)}`, { article_id: id, ...event });

/**
 * @param {URLSearchParams} filter
 * @returns {Promise<{articles: import('./types.js').ArticleLink[], total: number}>}
 */
export const articles = (filter) => call('GET', `/v1/articles?${filter}`);

/** @returns {Promise<any>} */
export const topics = () => call('GET', '/v1/topics');

/** @returns {Promise<{calls: import('./types.js').DemoCall[]}>} */
export const demoCalls = () => call('GET', '/v1/demo/calls');

/** @param {{account: Record<string, any>, lang?: string}} start @returns {Promise<import('./types.js').Call>} */
export const startCall = (start) => call('POST', '/v1/calls', start);

/** @param {string} id @returns {Promise<import('./types.js').Call>} */
export const getCall = (id) => call('GET', `/v1/calls/${segment(id)}`);

/**
 * @param {string} id
 * @param {{utterance_id: string, role: string, text: string}} utterance
 * @returns {Promise<{cards: import('./types.js').Card[], not_shown?: import('./types.js').NotShown[]}>}
 */
export const say = (id, utterance) => call('POST', `/v1/calls/${segment(id)}/utterances`, { final: true, ...utterance });

/**
 * @param {string} id
 * @param {string} cardId
 * @param {{type: string, rating?: string, reason?: string, comment?: string}} event
 */
export const engageCard = (id, cardId, event) =>
  call('POST', `/v1/calls/${segment(id)}/cards/${segment(cardId)}/engagement`, event);

/** @param {string} id @returns {Promise<{summary: import('./types.js').Summary}>} */
export const endCall = (id) => call('POST', `/v1/calls/${segment(id)}/end`);

/** @param {string} id */
export const callEvents = (id) => under(`/v1/calls/${segment(id)}/events`);
/** @param {string} id */
export const agentEvents = (id) => under(`/v1/agents/${segment(id)}/events`);

/** @returns {Promise<{diagnostics: import('./types.js').Diagnostic[]}>} */
export const diagnostics = () => call('GET', '/v1/content/diagnostics');

/** @param {'summary' | 'articles' | 'gaps' | 'demand'} what @param {string} since a day @returns {Promise<any>} */
export const insights = (what, since) => call('GET', `/v1/insights/${what}?since=${since}`);

/** A draft of a missing article, as Markdown. @param {string} id @param {string} since @returns {Promise<string>} */
export const gapDraft = (id, since) => call('GET', `/v1/insights/gaps/${segment(id)}/draft?since=${since}`);

/** @param {{query: string, query_id?: string, comment?: string}} missing */
export const reportGap = (missing) => call('POST', '/v1/gaps', missing);

/** @type {Promise<string> | null} */
let known = null;
session.addEventListener('begun', () => { known = null; });
needsKey.addEventListener('needed', () => { known = null; });

/** The name of the signed-in user, fetched once per session; empty if nobody is signed in. */
export function identity() {
  known ??= call('GET', '/v1/session').then((who) => who.name, () => {
    known = null;
    return '';
  });
  return known;
}

export async function endSession() {
  await call('DELETE', '/v1/session');
  session.dispatchEvent(new Event('begun'));
}

/** @param {string} key */
export async function openSession(key) {
  await call('POST', '/v1/session', { key });
  session.dispatchEvent(new Event('begun'));
}
