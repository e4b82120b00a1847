// @ts-check
/** Results as files: fetched with the reader's token and handed to the browser to save. */

import { ask } from "../base/api.js";
import { h } from "../base/dom.js";
import { notifyError } from "../base/notice.js";
import { t } from "../base/text.js";

const WORDS = { "seg.dcm": "DICOM SEG", "sr.dcm": "DICOM SR", "finding.json": "JSON" };
const REVIEWED = ["seg.dcm", "sr.dcm", "mask.png"];
/** What a finding keeps for itself; a review has an outline and a report of its own. */
const MODELS_OWN = 0;

/**
 * The model's own result.
 * @param {import("../base/api.js").Job} job
 * @returns {HTMLElement}
 */
export function exportPanel(job) {
  const dicom = "sr" in job.links;
  const files = [
    ...(dicom && job.finding?.present ? ["seg.dcm"] : []),
    ...(dicom ? ["sr.dcm"] : []),
    ...["finding.json", "mask.png", "overlay.png"].filter((file) => stem(file) in job.links),
  ];
  return h(
    "section",
    { "aria-labelledby": "export-title" },
    h("h2", { id: "export-title" }, t("export.title")),
    h("div", { class: "buttons" }, ...files.map((file) => button(job.id, file, MODELS_OWN))),
  );
}

/**
 * What a reader said, as files; of a picture that is no DICOM file there is no SEG.
 * @param {string} id of the job
 * @param {import("../base/api.js").Review} review
 */
export function reviewFiles(id, review) {
  const files = REVIEWED.filter((file) => stem(file) in review.links);
  return files.length > 0 && h("div", { class: "buttons" }, ...files.map((file) => button(id, file, review.version)));
}

/** @param {string} file */
function stem(file) {
  return file.split(".")[0];
}

/** @param {string} id @param {string} file @param {number} version */
function button(id, file, version) {
  const words = WORDS[/** @type {keyof typeof WORDS} */ (file)] ?? t(`export.${stem(file)}`);
  return h(
    "button",
    {
      class: "small",
      "data-file": file,
      "data-version": version,
      "aria-label": version === MODELS_OWN ? words : t("export.version", { file: words, version }),
      on: { click: () => save(id, file, version) },
    },
    words,
  );
}

/** @param {string} id @param {string} file @param {number} version */
async function save(id, file, version) {
  try {
    const address = URL.createObjectURL(await (await ask(`jobs/${id}/${file}?version=${version}`)).blob());
    const name = `pleura-${id.slice(0, 8)}${version === MODELS_OWN ? "" : `-${version}`}.${file}`;
    h("a", { href: address, download: name }).click();
    setTimeout(() => URL.revokeObjectURL(address), 60000);
  } catch (error) {
    notifyError(error);
  }
}
