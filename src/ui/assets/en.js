// Owns every English word of the page. zh.js has the same keys; the type check holds them together.

/** @param {number} count @param {string} one @param {string} many */
const plural = (count, one, many) => `${count} ${count === 1 ? one : many}`;

export const en = {
  nav: { label: 'Main', search: 'Search', calls: 'Live calls', content: 'Content', skip: 'Skip to the content', language: 'Language', shortcuts: 'Keyboard shortcuts' },
  level: { high: 'High', medium: 'Medium', low: 'Low', label: 'match' },
  degraded: /** @type {Record<string, string>} */ ({
    embeddings_unavailable: 'Search by meaning is off on this server: only words are matched.',
    embedding_in_progress: 'New articles are still being learned: for now some are found by their words only.',
    vectors_unavailable: 'Search by meaning is not reachable now: only words are matched.',
    keyword_unavailable: 'Search by words is not reachable now: only meaning is matched.',
  }),
  degradedOther: (/** @type {string} */ what) => `The service is limited: ${what}.`,
  error: {
    unreachable: 'The server cannot be reached. What is shown may be out of date.',
    forbidden: 'Your key does not allow this.',
    failed: (/** @type {string} */ why) => `That did not work: ${why}`,
    retry: 'Try again',
  },
  search: {
    title: 'Search the knowledge base',
    label: 'Ask a question',
    placeholder: 'Ask as the customer would',
    example: ': “do I have to pay if I leave early?”',
    results: 'Results',
    count: (/** @type {number} */ n, /** @type {string} */ ms) => `${plural(n, 'article', 'articles')} · ${ms} ms`,
    pending: (/** @type {number} */ n) => `${plural(n, 'change', 'changes')} not yet searchable`,
    revision: (/** @type {string} */ sha) => `as of ${sha}`,
    answer: 'Answer',
    source: 'Source',
    copyAnswer: 'Copy with source',
    copied: 'Copied with its source',
    searching: 'Searching…',
    none: 'No article answers this',
    noneWhy: (/** @type {string} */ q) => `Nothing was found for “${q}” that is good enough to show.`,
    noneTips: 'Try the customer’s own words, a product’s name, or fewer filters.',
    gap: 'Report as a gap',
    gapDone: 'Noted. The question is now recorded as one without an article.',
    clear: 'Clear filters',
    topic: 'Topic',
    product: 'Product',
    language: 'Language',
    browse: (/** @type {string} */ what) => `Articles: ${what}`,
    noAnswer: 'No direct answer is sure enough; these articles come closest.',
  },
  start: {
    pinned: 'Pinned', recent: 'Opened lately', topics: 'Topics',
    hint: 'What you open or pin stays here, in this browser only.', demo: 'New here? Play a demo call and watch the cards arrive.',
  },
  hit: {
    reviewed: (/** @type {string} */ when) => `Reviewed ${when}`,
    overdue: 'Review overdue',
    status: /** @type {Record<string, string>} */ ({ draft: 'Draft', archived: 'Archived', expired: 'Expired' }),
  },
  article: {
    close: 'Back to the results', closePanel: 'Back to the cards', contents: 'On this page', owner: 'Owner', reviewed: 'Reviewed', due: 'Next review',
    revision: 'Revision', source: 'Source', valid: 'Valid', products: 'Products', related: 'Related', translations: 'In other languages',
    overdue: 'Review overdue: check before you rely on it', missing: 'This article does not exist, or you may not see it.',
    pin: 'Pin', pinned: 'Pinned', copyLink: 'Copy link', linkCopied: 'Link copied', sectionLink: (/** @type {string} */ title) => `Copy the link to “${title}”`,
    copyStep: (/** @type {number} */ n) => `Copy step ${n}`, stepCopied: 'Step copied', loading: 'Loading…', table: 'Table',
    from: (/** @type {string} */ day) => `from ${day}`, until: (/** @type {string} */ day) => `until ${day}`,
  },
  feedback: {
    question: 'Did this help?', yes: 'Helpful', no: 'Not helpful', why: 'What was wrong?', comment: 'Comment (optional)', send: 'Send', thanks: 'Thank you. The owner of the article sees this.',
    reasons: /** @type {Record<string, string>} */ ({ outdated: 'Out of date', wrong: 'Wrong', incomplete: 'Something is missing', unclear: 'Hard to understand', unrelated: 'Not what I asked' }),
  },
  calls: {
    title: 'Live calls', lead: 'Play a demo call and watch the cards arrive, or follow a call that is going on.', demos: 'Demo calls', start: 'Start', open: 'Follow', openLabel: 'Call ID', openTitle: 'Follow a call',
    turns: (/** @type {number} */ n) => plural(n, 'turn', 'turns'), noDemos: 'This server has no demo calls.', list: 'Open calls', all: 'All calls',
    waiting: (/** @type {string} */ agent) => `Waiting for calls of ${agent}`,
    transcript: 'Transcript', account: 'Account', noAccount: 'No account data', cards: 'Cards', noCards: 'No card yet. Cards come by themselves as the customer speaks.',
    quiet: 'Nobody has spoken yet.', next: 'Next turn', auto: 'Play', pause: 'Pause', restart: 'Start another', end: 'End call', ended: 'Ended', live: 'Live', connecting: 'Connecting', lost: 'Reconnecting',
    gone: 'The server no longer knows this call. Calls end with the server’s process.', progress: (/** @type {number} */ at, /** @type {number} */ of) => `${at} of ${of}`, over: 'The script is over.',
    role: /** @type {Record<string, string>} */ ({ customer: 'Customer', agent: 'Agent', system: 'System' }),
    ask: 'Ask next', noAsk: 'The next best question shows up here.', search: 'Search during this call', searchHint: 'Search (with this account’s data)',
    fresh: (/** @type {number} */ n) => plural(n, 'new card', 'new cards'), freshNamed: (/** @type {string} */ title) => `New: ${title}`, arrived: (/** @type {string} */ title) => `New card: ${title}`,
    silent: (/** @type {number} */ n) => `Held back (${n})`, summary: 'Summary of the call', article: 'Article',
  },
  card: {
    open: 'Open', copy: 'Copy', used: 'Used it', dismiss: 'Dismiss', because: 'Because',
    state: /** @type {Record<string, string>} */ ({ opened: 'Opened', copied: 'Copied', used: 'Used', dismissed: 'Dismissed', withdrawn: 'Withdrawn', expired: 'Expired' }),
  },
  reason: /** @type {Record<string, string>} */ ({
    below_threshold: 'not sure enough', cooldown: 'shown a moment ago', already_shown: 'already shown in this call', dismissed: 'was dismissed', cap: 'enough cards for now',
    small_talk: 'small talk', excluded_phrase: 'an excluded phrase was said', expired: 'no longer valid', when: 'not for this account',
  }),
  content: {
    title: 'Content health', lead: 'What the server found wrong in the articles, with its place and its cure.', clean: 'No findings', cleanWhy: 'Every article was read without an error or a warning.',
    severity: /** @type {Record<string, string>} */ ({ error: 'Errors', warning: 'Warnings', info: 'Notes' }), filter: 'Filter by path, rule or words', none: 'Nothing matches the filter.', help: 'Cure', copy: 'Copy the place', copied: 'Place copied',
    group: 'Group by', groups: /** @type {Record<string, string>} */ ({ severity: 'severity', owner: 'owner', rule: 'rule' }), nobody: 'No owner',
    show: 'Show', kinds: /** @type {Record<string, string>} */ ({ all: 'everything', conflict: 'conflicts', overdue: 'overdue reviews', mistakes: 'mistakes' }),
  },
  insights: {
    title: 'Insights', absent: 'Not recorded on this server', absentWhy: 'This server keeps no record of questions, so there is nothing to show.', gaps: 'Questions without an article', asked: (/** @type {number} */ n) => `asked ${plural(n, 'time', 'times')}`,
    nearest: 'Closest article', noGaps: 'No unanswered questions.', summary: 'In numbers',
  },
  login: { title: 'Sign in', lead: 'This server asks for a key. Ask whoever runs it for one.', key: 'Key', submit: 'Sign in', wrong: 'That key is not accepted.' },
  keys: {
    title: 'Keyboard shortcuts', close: 'Close', single: 'Single-key shortcuts', everywhere: 'Everywhere', results: 'Results and article', live: 'Live call',
    focus: 'Back to the search field', help: 'This list', move: 'Choose a result', open: 'Open it', back: 'Close, clear or go back', nextTurn: 'Next turn of a demo call', auto: 'Play or pause', walk: 'Next or previous card', fresh: 'Go to the new card',
  },
};
