// Owns the page's language: which one, and the format of numbers and dates. The texts are in en.js and zh.js.

import { en } from './en.js';
import { zh } from './zh.js';
import { remember, recall } from './store.js';
import { ApiError } from './api.js';

/** @typedef {'en' | 'zh'} Lang */

/** @type {Record<Lang, typeof en>} */
const WORDS = { en, zh };

/** @type {string} */
const chosen = recall('lang', '');
/** @type {Lang} */
let current = chosen === 'en' || chosen === 'zh' ? chosen : fromBrowser();

/** @returns {Lang} */
function fromBrowser() {
  return navigator.language.toLowerCase().startsWith('zh') ? 'zh' : 'en';
}

/** The texts in the current language: `t().search.placeholder`. */
export const t = () => WORDS[current];

/** @returns {Lang} */
export const lang = () => current;

/** The tag for `<html lang>` and for `Intl`. */
export const locale = () => (current === 'zh' ? 'zh-Hans' : 'en');

/** @param {Lang} next */
export function setLang(next) {
  current = next;
  remember('lang', next);
}

/** A label before its value: "Source: " / "来源：". @param {string} name */
export const label = (name) => (current === 'zh' ? `${name}：` : `${name}: `);

/** @param {number} value */
export const number = (value) => new Intl.NumberFormat(locale()).format(value);

/** A share as a percentage. @param {number} share */
export const percent = (share) => new Intl.NumberFormat(locale(), { style: 'percent', maximumFractionDigits: 0 }).format(share);

/**
 * A day such as "1 May 2026"; text that is not a date is returned unchanged.
 * @param {string | null | undefined} text
 */
export function day(text) {
  if (!text) return '';
  const time = new Date(/^\d{4}-\d\d-\d\d$/.test(text) ? `${text}T00:00:00` : text);
  if (Number.isNaN(time.getTime())) return text;
  return new Intl.DateTimeFormat(current === 'zh' ? 'zh-CN' : 'en-GB', { dateStyle: 'medium' }).format(time);
}

/**
 * The name of a language in the page's language: "en" → "English" / "英语".
 * @param {string} tag
 */
export function langName(tag) {
  try {
    return new Intl.DisplayNames([locale()], { type: 'language' }).of(tag) || tag;
  } catch {
    return tag;
  }
}

/**
 * Describes which part of the service is unavailable.
 * @param {string} code
 */
export function degradedWords(code) {
  /** @type {Record<string, string>} */
  const known = t().degraded;
  return known[code] || t().degradedOther(code.replaceAll('_', ' '));
}

/**
 * Describes an error.
 * @param {unknown} error
 */
export function errorWords(error) {
  const words = t().error;
  if (!(error instanceof ApiError)) return words.failed(error instanceof Error ? error.message : String(error));
  if (error.status === 0) return words.unreachable;
  const known = words.code[error.code] || words.status[error.status];
  return known ? [known, error.requestId].filter(Boolean).join(' ') : words.failed(error.message);
}
