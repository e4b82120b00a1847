// @ts-check
/** Older films of the same patient, to be put beside this one. */

import { json } from "../base/api.js";
import { choices, h, refill } from "../base/dom.js";
import { day, moment, t } from "../base/text.js";
import { sizeTold } from "../worklist/row.js";
import { likelihood, noneFound } from "./summary.js";

/** @typedef {import("../base/api.js").Job} Job */

/**
 * What stands beside the film: nothing, the film without outlines, or a prior.
 * @param {string} id of the job @param {(beside: "none"|"plain"|Job) => void} onChange
 * @returns {{element: HTMLElement, ready: Promise<void>, toggle: () => void}}
 */
export function besidePanel(id, onChange) {
  const place = h("div", {});
  const element = h(
    "section",
    { "aria-labelledby": "beside-title" },
    h("h2", { id: "beside-title" }, t("beside.title")),
    place,
  );
  /** @type {Job[]} */
  let priors = [];
  const changed = (/** @type {string} */ value) =>
    onChange(
      value === "none" || value === "plain" ? value : /** @type {Job} */ (priors.find((job) => job.id === value)),
    );
  const fill = () => {
    const rows = priors.map((job) => /** @type {[string, string]} */ ([job.id, words(job)]));
    refill(
      place,
      choices(
        t("beside.title"),
        "beside",
        [["none", t("beside.none")], ["plain", t("beside.plain")], ...rows],
        "none",
        changed,
      ),
      priors.length === 0 && h("p", { class: "hint" }, t("beside.nopriors")),
    );
  };
  fill();
  const ready = json(`jobs/${id}/priors`).then(({ jobs }) => {
    priors = jobs.filter((/** @type {Job} */ job) => job.finding !== null);
    if (priors.length > 0) fill();
  });
  const toggle = () => {
    const inputs = /** @type {NodeListOf<HTMLInputElement>} */ (element.querySelectorAll("input[name=beside]"));
    const here = [...inputs].findIndex((input) => input.checked);
    inputs[(here + 1) % inputs.length].click();
  };
  return { element, ready, toggle };
}

/** @param {Job} job */
export function words(job) {
  const finding = /** @type {import("../base/api.js").Finding} */ (job.finding);
  const when = day(job.film?.acquired) || moment(job.received);
  const said = finding.present ? t("beside.found", { size: sizeTold(job) }) : noneFound(finding);
  return `${when}: ${said} (${likelihood(finding)})`;
}
