// Owns the sign-in dialog, shown when the server requires a key. The key itself is not stored: the server starts a session,
// whose cookie scripts cannot read.

import { h, fill } from './dom.js';
import { under } from './base.js';
import { errorWords, t } from './i18n.js';
import { rewrite, route } from './router.js';
import { recall, remember } from './store.js';
import { ApiError, needsKey, openSession } from './api.js';

/** @type {HTMLDialogElement | null} */
let dialog = null;

/** Redraws the page for the new user. */
let done = () => {};

/** @param {string} key */
export async function signIn(key) {
  await openSession(key);
  dialog?.close();
  done();
}

/** The link to the identity provider, which leads back to this address; null if the server has none. */
function byAccount() {
  if (!('signIn' in document.documentElement.dataset)) return null;
  const here = location.pathname + location.search + location.hash;
  const keep = () => remember('asked', route().state.search, true);
  return h('a', { class: 'button', href: under(`/v1/session/login?to=${encodeURIComponent(here)}`), onclick: keep }, t().login.provider);
}

/** @param {string} [failed] why the sign-in at the identity provider failed, where it did */
function ask(failed) {
  if (dialog?.open) return;
  dialog ??= document.body.appendChild(h('dialog', { class: 'dialog login', 'aria-labelledby': 'cc-login-title' }));
  const own = dialog;
  const key = h('input', { id: 'cc-key', class: 'text', type: 'password', name: 'key', autocomplete: 'off', required: true, 'aria-describedby': 'cc-login-error' });
  const wrong = h('p', { id: 'cc-login-error', class: 'bad', role: 'alert' }, failed);
  const form = h('form', {}, h('h2', { id: 'cc-login-title' }, t().login.title), h('p', {}, t().login.lead), h('label', { for: 'cc-key' }, t().login.key), key, wrong,
    h('div', { class: 'dialog-foot' }, byAccount(), h('button', { class: 'button primary', type: 'submit' }, t().login.submit)));
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    try {
      await signIn(key.value.trim());
    } catch (error) {
      const refused = error instanceof ApiError && error.status === 401;
      wrong.textContent = refused ? t().login.wrong : errorWords(error);
      key.select();
    }
  });
  fill(own, form);
  own.showModal();
}

/** @param {() => void} redraw */
export function startLogin(redraw) {
  done = redraw;
  const search = recall('asked', null, true);
  if (search) rewrite(location.href, { search });
  remember('asked', null, true);
  needsKey.addEventListener('needed', () => ask());
  const code = new URLSearchParams(location.search).get('sign_in');
  if (code === null) return;
  rewrite(under('/'));
  const { failed, forbidden, unreachable } = t().login;
  ask(code === 'forbidden' ? forbidden : code === 'identity_provider_unreachable' ? unreachable : failed);
}
