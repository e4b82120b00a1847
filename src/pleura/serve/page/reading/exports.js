// @ts-check
/** Results as files: fetched with the reader's token and handed to the browser to save. */

import { ask } from "../base/api.js";
import { h } from "../base/dom.js";
import { notifyError } from "../base/notice.js";
import { t } from "../base/text.js";

const FILES = [
  ["seg.dcm", "DICOM SEG"],
  ["sr.dcm", "DICOM SR"],
  ["finding.json", "JSON"],
  ["mask.png", ""],
  ["overlay.png", ""],
];

/**
 * What was not made of a film has no link: of a picture that is no DICOM file there is no SEG.
 * @param {import("../base/api.js").Job} job
 * @returns {HTMLElement}
 */
export function exportPanel(job) {
  const made = FILES.filter(([file]) => file.split(".")[0] in job.links);
  const buttons = made.map(([file, words]) =>
    h(
      "button",
      { class: "small", "data-file": file, on: { click: () => save(job.id, file) } },
      words || t(`export.${file.split(".")[0]}`),
    ),
  );
  return h(
    "section",
    { "aria-labelledby": "export-title" },
    h("h2", { id: "export-title" }, t("export.title")),
    h("div", { class: "buttons" }, ...buttons),
  );
}

/** @param {string} id @param {string} file */
async function save(id, file) {
  try {
    const address = URL.createObjectURL(await (await ask(`jobs/${id}/${file}`)).blob());
    h("a", { href: address, download: `pleura-${id.slice(0, 8)}.${file}` }).click();
    setTimeout(() => URL.revokeObjectURL(address), 60000);
  } catch (error) {
    notifyError(error);
  }
}
