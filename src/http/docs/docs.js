// Owns the page that shows and tries the API: a form for each operation of /openapi.json. No framework, nothing from elsewhere.

const METHODS = ['get', 'post', 'patch', 'put', 'delete'];

/** Streams are shown up to here, then closed: this page is for looking. */
const MAX_SHOWN = 100_000;

/** The path under which the server is reached: what this file's own address has before `/docs/`. */
const BASE = new URL('..', import.meta.url).pathname.slice(0, -1);

/** @type {Record<string, any>} */
let api = {};

/**
 * @param {string} name
 * @param {Record<string, any>} [attributes]
 * @param {...(Node | string)} children
 */
function h(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== undefined && value !== false) element.setAttribute(key, value === true ? '' : String(value));
  }
  element.append(...children);
  return element;
}

/** The thing behind a `$ref`. @param {any} node @returns {any} */
function resolved(node) {
  if (!node?.$ref) return node;
  return node.$ref.slice(2).split('/').reduce((/** @type {any} */ at, /** @type {string} */ name) => at?.[name], api);
}

/** A value of the schema to begin with: required fields, and defaults where there are any. @param {any} schema @param {number} [depth] @returns {any} */
function sample(schema, depth = 0) {
  const at = resolved(schema) ?? {};
  if (at.default !== undefined) return at.default;
  if (at.enum) return at.enum[0];
  if (depth > 4) return null;
  if (at.allOf) return Object.assign({}, ...at.allOf.map((/** @type {any} */ part) => sample(part, depth + 1)));
  const one = (at.oneOf ?? at.anyOf)?.find((/** @type {any} */ part) => part.type !== 'null');
  if (one) return sample(one, depth + 1);
  const type = Array.isArray(at.type) ? at.type[0] : at.type;
  if (type === 'object' || at.properties) {
    const required = at.required ?? [];
    return Object.fromEntries(required.map((/** @type {string} */ name) => [name, sample(at.properties?.[name], depth + 1)]));
  }
  return { string: '', integer: 0, number: 0, boolean: false, array: [] }[/** @type {string} */ (type)] ?? null;
}

/** @param {any} parameter */
function field(parameter) {
  const input = h('input', { name: parameter.name, 'data-in': parameter.in, required: parameter.required, autocomplete: 'off' });
  return h('label', {}, `${parameter.name}${parameter.required ? ' *' : ''}`, input, h('small', {}, parameter.description ?? ''));
}

/** @param {HTMLFormElement} form @param {string} method @param {string} path */
function request(form, method, path) {
  const query = new URLSearchParams();
  /** @type {Record<string, string>} */
  const headers = {};
  let address = path;
  for (const input of form.querySelectorAll('input')) {
    if (input.dataset.in === 'path') address = address.replace(`{${input.name}}`, encodeURIComponent(input.value));
    else if (input.value === '') continue;
    else if (input.dataset.in === 'header') headers[input.name] = input.value;
    else query.append(input.name, input.value);
  }
  const key = /** @type {HTMLInputElement} */ (document.getElementById('key')).value.trim();
  if (key) headers.Authorization = `Bearer ${key}`;
  const body = form.querySelector('textarea')?.value.trim();
  if (body) headers['Content-Type'] = 'application/json';
  const search = query.toString();
  return { address: search ? `${address}?${search}` : address, options: { method: method.toUpperCase(), headers, body: body || undefined } };
}

/** @param {Response} response @param {HTMLElement} place */
async function show(response, place) {
  const kind = response.headers.get('content-type') ?? '';
  place.textContent = `${response.status} ${response.statusText}\n${kind}\n\n`;
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  while (reader && text.length < MAX_SHOWN) {
    const { value, done } = await reader.read();
    if (done) break;
    text += value;
    if (!kind.includes('json')) place.append(value);
  }
  reader?.cancel();
  if (!kind.includes('json')) return;
  try {
    place.append(JSON.stringify(JSON.parse(text), null, 2));
  } catch {
    place.append(text);
  }
}

/** @param {string} path @param {string} method @param {any} operation */
function operationForm(path, method, operation) {
  const answer = h('pre', { 'aria-live': 'polite', hidden: true });
  const content = operation.requestBody?.content?.['application/json'];
  const form = /** @type {HTMLFormElement} */ (h('form', {}, h('p', {}, operation.description ?? '')));
  form.append(...(operation.parameters ?? []).map((/** @type {any} */ one) => field(resolved(one))));
  if (content) {
    const body = h('textarea', { spellcheck: 'false', 'aria-label': 'Body' });
    body.textContent = JSON.stringify(content.example ?? sample(content.schema) ?? {}, null, 2);
    form.append(h('label', {}, 'Body', body));
  }
  form.append(h('button', {}, 'Send'), answer);
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    const { address, options } = request(form, method, path);
    answer.hidden = false;
    answer.textContent = `${options.method} ${address} …`;
    try {
      await show(await fetch(BASE + address, options), answer);
    } catch (error) {
      answer.textContent = `no answer: ${error}`;
    }
  });
  return h('details', { id: operation.operationId }, h('summary', {}, h('b', {}, method.toUpperCase()), h('code', {}, path), h('span', {}, operation.summary ?? '')), form);
}

async function main() {
  const place = /** @type {HTMLElement} */ (document.getElementById('operations'));
  api = await (await fetch(`${BASE}/openapi.json`)).json();
  /** @type {HTMLElement} */ (document.getElementById('version')).textContent = api.info.version;
  /** @type {Map<string, HTMLElement[]>} */
  const groups = new Map();
  for (const [path, item] of Object.entries(api.paths)) {
    for (const method of METHODS.filter((name) => item[name])) {
      const tag = item[method].tags?.[0] ?? 'other';
      groups.set(tag, [...(groups.get(tag) ?? []), operationForm(path, method, item[method])]);
    }
  }
  for (const [tag, forms] of groups) place.append(h('h2', {}, tag), ...forms);
  place.removeAttribute('aria-busy');
}

main();
