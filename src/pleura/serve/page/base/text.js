// @ts-check
/** The words of the page, in the reader's language. All of them stand in texts.json, each in every language. */

/** @typedef {"en"|"de"} Language */

const KEPT = "pleura.language";
/** @type {Language[]} */
export const LANGUAGES = ["en", "de"];

/** @type {Object<string, Object<Language, string>>} */
let texts = {};
/** @type {Language} */
let language = "en";

/** Read the words once, before anything is shown. */
export async function loadTexts() {
  const response = await fetch("texts.json");
  if (!response.ok) throw new Error(`texts.json: ${response.status}`);
  texts = await response.json();
  const wished = localStorage.getItem(KEPT) ?? navigator.language.slice(0, 2);
  setLanguage(/** @type {Language} */ (LANGUAGES.find((known) => known === wished) ?? "en"));
}

/** @returns {Language} */
export function currentLanguage() {
  return language;
}

/** @param {Language} wished */
export function setLanguage(wished) {
  language = wished;
  localStorage.setItem(KEPT, wished);
  document.documentElement.lang = wished;
}

/**
 * The words of a key, with `{name}` replaced by what `values` holds under that name.
 * @param {string} key
 * @param {Object<string, string|number>} [values]
 * @throws {Error} a key that texts.json lacks: a defect, never shown as a bare key
 */
export function t(key, values = {}) {
  const row = texts[key];
  if (row === undefined) throw new Error(`no text for ${key}`);
  return row[language].replace(/\{(\w+)\}/g, (/** @type {string} */ _match, /** @type {string} */ name) =>
    String(values[name]),
  );
}

/** The words of a key, or of none `otherwise`. @param {string} key @param {string} otherwise */
export function tOr(key, otherwise) {
  return key in texts ? t(key) : otherwise;
}

/** A number as the language writes it. @param {number} value @param {number} [digits] after the point */
export function number(value, digits = 0) {
  const form = { minimumFractionDigits: digits, maximumFractionDigits: digits };
  return new Intl.NumberFormat(language, form).format(value);
}

/** A share in [0, 1] as per cent, never rounded to a certainty. @param {number} share */
export function percent(share) {
  if (share < 0.01) return `< 1 %`;
  if (share > 0.99) return `> 99 %`;
  return `${number(100 * share)} %`;
}

/** A moment (ISO 8601) as day and time here; without a moment nothing. @param {string|null|undefined} iso */
export function moment(iso) {
  if (!iso) return "";
  return new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "short" }).format(new Date(iso));
}

/** A day, from ISO 8601 or DICOM's YYYYMMDD. @param {string|null|undefined} told */
export function day(told) {
  if (!told) return "";
  const iso = told.replace(/^(\d{4})(\d{2})(\d{2})$/, "$1-$2-$3");
  const date = new Date(iso.length === 10 ? `${iso}T12:00:00` : iso);
  return Number.isNaN(date.getTime()) ? "" : new Intl.DateTimeFormat(language, { dateStyle: "medium" }).format(date);
}
