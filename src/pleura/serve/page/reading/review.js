// @ts-check
/** What the reader says of the finding: accept, correct, reject; each stored as a new version under a name. */

import { json, post } from "../base/api.js";
import { h, refill } from "../base/dom.js";
import { notify, notifyError } from "../base/notice.js";
import { moment, t } from "../base/text.js";
import { base64, writePng } from "../film/png_write.js";
import { reviewFiles } from "./exports.js";

/** @typedef {import("../base/api.js").Review} Review @typedef {import("./editor.js").Editor} Editor */

const KEPT = "pleura.reader";

/**
 * @param {string} id of the job @param {Review[]} reviews so far
 * @param {Editor} editor what was corrected
 * @param {() => void} onSaved after a version is stored
 * @returns {{element: HTMLElement, send: (verdict: "accepted"|"edited"|"rejected") => Promise<void>, changed: ()
 *   => void}}
 */
export function reviewPanel(id, reviews, editor, onSaved) {
  const name = h("input", {
    type: "text",
    id: "reader",
    autocomplete: "name",
    maxlength: 64,
    // For this tab alone: the next reader at a shared machine is another.
    value: sessionStorage.getItem(KEPT) ?? "",
  });
  const list = h("ol", { class: "versions" });
  let seen = reviews.at(-1)?.version ?? 0;
  const accept = h("button", { class: "primary", id: "accept" }, t("review.accept"));
  const save = h("button", { class: "primary", id: "save", hidden: true }, t("review.save"));
  const reject = h("button", { id: "reject" }, t("review.reject"));
  const buttons = [accept, save, reject];

  const show = (/** @type {Review[]} */ said) => refill(list, ...said.map((review) => version(id, review)));
  const changed = () => {
    save.hidden = !editor.edited;
    accept.hidden = editor.edited;
  };
  const send = async (/** @type {"accepted"|"edited"|"rejected"} */ verdict) => {
    // A key that is held down is pressed again and again.
    if (accept.disabled || (verdict === "edited" && !editor.edited)) return;
    // What is accepted or rejected is what is stored, and not what was just drawn.
    if (verdict !== "edited" && editor.edited) return notify(t("review.first"), "bad");
    const reader = name.value.trim();
    if (!reader) return (name.focus(), notify(t("review.name.wanted"), "bad"));
    sessionStorage.setItem(KEPT, reader);
    buttons.forEach((button) => (button.disabled = true));
    try {
      const mask = verdict === "edited" ? await packed(editor) : null;
      ({ version: seen } = await post(`jobs/${id}/reviews`, { verdict, reader, mask, seen }));
      const job = await json(`jobs/${id}`);
      show(job.reviews);
      notify(t(`review.done.${verdict}`));
      onSaved();
      changed();
    } catch (error) {
      notifyError(error);
    }
    buttons.forEach((button) => (button.disabled = false));
  };
  accept.addEventListener("click", () => send("accepted"));
  save.addEventListener("click", () => send("edited"));
  reject.addEventListener("click", () => send("rejected"));
  show(reviews);
  const element = h(
    "section",
    { "aria-labelledby": "review-title" },
    h("h2", { id: "review-title" }, t("review.title")),
    h("div", { class: "labelled" }, h("label", { for: "reader" }, t("review.name")), name),
    h("div", { class: "buttons" }, ...buttons),
    list,
  );
  return { element, send, changed };
}

/** @param {Editor} editor */
async function packed({ mask }) {
  return base64(await writePng(mask.data, mask.width, mask.height));
}

/** @param {string} id of the job @param {Review} review */
function version(id, review) {
  return h(
    "li",
    {},
    h("b", {}, t(`verdict.${review.verdict}`)),
    ` ${review.reader}`,
    h("small", {}, moment(review.at)),
    reviewFiles(id, review),
  );
}
