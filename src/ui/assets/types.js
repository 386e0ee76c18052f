// Owns the types of the API's responses, as JSDoc; there is no code here. schemas/openapi.json defines them.

/** @typedef {'high' | 'medium' | 'low'} Level */
/** @typedef {[number, number]} Range a span in Unicode scalar values, end exclusive (or first and last line) */
/** @typedef {{revision: string, generation: number, pending: number, updated_at?: string}} IndexState */

/**
 * @typedef {object} Hit
 * @property {number} rank
 * @property {string} article_id
 * @property {string} title
 * @property {string} path
 * @property {Range} lines
 * @property {string} [anchor]
 * @property {string} [url]
 * @property {string} lang
 * @property {string[]} heading
 * @property {string} snippet
 * @property {Range[]} highlights
 * @property {number} confidence
 * @property {Level} level
 * @property {string} [status]
 * @property {string | null} [reviewed]
 * @property {boolean} [review_overdue]
 * @property {string} [revision]
 * @property {string[]} [products]
 * @property {string[]} [tags]
 */

/** @typedef {{text: string, article_id: string, anchor?: string, lines?: Range, confidence: number, title?: string}} Answer */

/**
 * @typedef {object} SearchAnswer
 * @property {string} query_id
 * @property {string} query
 * @property {number} took_ms
 * @property {string} mode
 * @property {IndexState} index
 * @property {string[]} degraded
 * @property {number} total
 * @property {Answer | null} answer
 * @property {Hit[]} hits
 */

/** @typedef {{topic: string, product: string, lang: string}} Filters an empty string means "all" */

/** @typedef {{article_id: string, title: string, lang?: string, url?: string}} ArticleLink */

/** @typedef {{id: string, author: string | null, date: string | null, subject: string | null}} Commit */

/**
 * @typedef {object} Article
 * @property {string} article_id
 * @property {string} title
 * @property {string} lang
 * @property {string} html
 * @property {string} markdown
 * @property {Record<string, any>} meta
 * @property {string} path
 * @property {string} revision
 * @property {Commit | null} [commit]
 * @property {boolean} [review_overdue]
 * @property {ArticleLink[]} [translations]
 * @property {ArticleLink[]} [related]
 */

/**
 * @typedef {object} Card
 * @property {string} card_id
 * @property {string} call_id
 * @property {number} seq
 * @property {string} article_id
 * @property {string} title
 * @property {string} path
 * @property {Range} lines
 * @property {string} [anchor]
 * @property {string} [url]
 * @property {string} lang
 * @property {string} [revision]
 * @property {string} snippet
 * @property {Range[]} highlights
 * @property {number} confidence
 * @property {Level} level
 * @property {CardState} state
 * @property {{type: string, matched?: string | null, rule?: string | null, utterance_id?: string | null}} [trigger]
 * @property {string} why
 * @property {string[]} next_questions
 * @property {string} [created_at]
 */
/** @typedef {'suggested' | 'opened' | 'copied' | 'used' | 'dismissed' | 'withdrawn' | 'expired'} CardState */

/** @typedef {{utterance_id?: string, role?: string, speaker?: string, text: string, final?: boolean}} Turn */
/** @typedef {{article_id: string, title?: string, reason: string}} NotShown */
/** @typedef {{id: string, title?: string, lang?: string, account?: Record<string, any>, turns: Turn[]}} DemoCall */

/** @typedef {{title: string, state: CardState}} SummaryCard */
/** @typedef {{duration_s: number, turns: number, wanted: string[], cards: SummaryCard[], questions_open: {question: string}[], follow_ups: string[], markdown: string}} Summary */

/**
 * @typedef {object} Call
 * @property {string} call_id
 * @property {string} [agent_id]
 * @property {string} [lang]
 * @property {Record<string, any>} [account]
 * @property {{source: string, reason: string}[]} [account_gaps] sources of the account that could not be read
 * @property {string[]} [degraded]
 * @property {Turn[]} [turns]
 * @property {Card[]} [cards]
 * @property {boolean} [ended]
 * @property {string | null} [ended_at]
 * @property {string | null} [next_question] null when nothing is left to ask
 * @property {Summary | null} [summary]
 */

/** @typedef {{path: string, line: number, column: number, rule: string, severity: string, message: string, help?: string | null, owner?: string | null}} Diagnostic */
/** @typedef {{tag: string, count: number, depth: number}} Topic */

/** @typedef {{searches: number, answered: number, gap_questions: number, calls: number, useful_call_share: number | null, first_useful_card_s: number | null}} Numbers */
/**
 * @typedef {object} Gap
 * @property {string} gap_id
 * @property {string} label
 * @property {number} size
 * @property {string} lang
 * @property {string[]} queries
 * @property {string} trend
 * @property {number[]} by_day
 * @property {string} suggestion
 * @property {{article_id: string, title: string, confidence: number} | null} [nearest]
 */
/**
 * @typedef {object} ArticleInsight
 * @property {string} article_id
 * @property {string | null} title
 * @property {number} shown
 * @property {number} opened
 * @property {number} copied
 * @property {number} used
 * @property {number} helpful
 * @property {number} not_helpful
 * @property {number} dismissed
 * @property {string | null} last_shown_at
 * @property {string[]} flags
 */

export {};
