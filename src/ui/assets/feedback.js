// Owns the question "did this help?" under an article. Leaves sending to its users: searches and cards have different endpoints.

import { h, fill, toast } from './dom.js';
import { icon } from './icons.js';
import { errorWords, t } from './i18n.js';

/** @typedef {(event: {type: 'rated', rating: 'helpful' | 'not_helpful', reason?: string, comment?: string}) => Promise<unknown>} Send */

/** Longest comment, in characters: a few sentences. */
const MAX_COMMENT = 1000;

/** @param {Send} send feedback function of the search or card that led here */
export function createFeedback(send) {
  const element = h('section', { class: 'feedback', 'aria-label': t().feedback.question });

  /** @param {'helpful' | 'not_helpful'} rating @param {{reason?: string, comment?: string}} [more] */
  async function rate(rating, more = {}) {
    try {
      await send({ type: 'rated', rating, ...more });
      const thanks = h('p', { role: 'status', tabindex: '-1' }, icon('check'), t().feedback.thanks);
      const hadFocus = element.contains(document.activeElement);
      fill(element, thanks);
      if (hadFocus) thanks.focus({ preventScroll: true });
    } catch (error) {
      toast(errorWords(error));
    }
  }

  function ask() {
    fill(element, h('p', {}, t().feedback.question),
      h('button', { type: 'button', class: 'button', onclick: () => rate('helpful') }, icon('up'), t().feedback.yes),
      h('button', { type: 'button', class: 'button', onclick: askWhy }, icon('down'), t().feedback.no));
  }

  function askWhy() {
    const comment = h('textarea', { rows: '2', maxlength: String(MAX_COMMENT), 'aria-label': t().feedback.comment, placeholder: t().feedback.comment });
    const reasons = Object.entries(t().feedback.reasons).map(([id, words], at) => h('label', {}, h('input', { type: 'radio', name: 'cc-reason', value: id, checked: at === 0 }), words));
    const form = h('form', {}, h('fieldset', {}, h('legend', {}, t().feedback.why), ...reasons), comment, h('button', { class: 'button primary', type: 'submit' }, t().feedback.send));
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      const reason = String(new FormData(form).get('cc-reason') || '');
      rate('not_helpful', { reason, ...(comment.value.trim() ? { comment: comment.value.trim() } : {}) });
    });
    fill(element, form);
    form.querySelector('input')?.focus();
  }

  ask();
  return {
    element,
    /** @param {Send} next */
    setSend(next) {
      send = next;
    },
  };
}
