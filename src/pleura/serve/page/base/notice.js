// @ts-check
/** Short words on what was done or went wrong: seen at the foot of the page, and heard by screen readers. */

import { h } from "./dom.js";
import { ApiError } from "./api.js";
import { t, tOr } from "./text.js";

const SHOWN_MS = 6000;

/** @param {string} words @param {"good"|"bad"} [kind] */
export function notify(words, kind = "good") {
  const place = /** @type {HTMLElement} */ (document.getElementById("notices"));
  const notice = h("p", { class: `notice ${kind}`, role: kind === "bad" ? "alert" : "status" }, words);
  place.append(notice);
  setTimeout(() => notice.remove(), SHOWN_MS);
}

/** An error in words: what is wrong and what to do. @param {unknown} error */
export function inWords(error) {
  if (!(error instanceof ApiError)) return String(error);
  const what = error.status === 0 ? t("error.offline") : tOr(`refusal.${error.code}`, error.message);
  return [what, error.remedy].filter(Boolean).join(" ");
}

/** @param {unknown} error */
export function notifyError(error) {
  console.info(error);
  notify(inWords(error), "bad");
}

/** A refusal in full: reason and remedy, each a sentence. @param {{reason: string, remedy: string}} refusal */
export function refusalText({ reason, remedy }) {
  const sentence = (/** @type {string} */ words) =>
    words && words[0].toUpperCase() + words.slice(1) + (/[.!?]$/.test(words) ? "" : ".");
  return [sentence(reason), sentence(remedy)].filter(Boolean).join(" ");
}
