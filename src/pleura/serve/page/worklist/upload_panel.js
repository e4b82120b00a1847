// @ts-check
/** Where films are put: two buttons, the whole page as a place to drop on, and how far the sending is. */

import { h, refill } from "../base/dom.js";
import { number, t, tOr } from "../base/text.js";
import { droppedFiles, Uploads } from "./upload.js";

const MOST_FAILURES = 20;

/**
 * @param {(jobs: import("../base/api.js").Job[]) => void} onJobs
 * @returns {{element: HTMLElement, choose: () => void, close: () => void}}
 */
export function uploadPanel(onJobs) {
  const progress = h("div", { class: "progress", "aria-live": "polite" });
  const uploads = new Uploads(onJobs, () => refill(progress, ...told(uploads.items)));
  const files = picker(false, (chosen) => uploads.add(chosen));
  const folder = picker(true, (chosen) => uploads.add(chosen));
  const element = h(
    "section",
    { class: "upload", "aria-label": t("upload.title") },
    h("button", { class: "primary", on: { click: () => files.click() } }, t("upload.files")),
    h("button", { on: { click: () => folder.click() } }, t("upload.folder")),
    h("span", { class: "hint" }, t("upload.hint")),
    files,
    folder,
    progress,
  );
  return { element, choose: () => files.click(), close: dropOn((chosen) => uploads.add(chosen)) };
}

/** @param {boolean} directory @param {(files: File[]) => void} onFiles */
function picker(directory, onFiles) {
  const input = h("input", {
    type: "file",
    multiple: true,
    webkitdirectory: directory,
    hidden: true,
    "aria-label": t(directory ? "upload.folder" : "upload.files"),
  });
  input.addEventListener("change", () => {
    onFiles(
      [.../** @type {FileList} */ (input.files)].filter(
        (file) => !file.name.startsWith(".") && file.name !== "DICOMDIR",
      ),
    );
    input.value = "";
  });
  return input;
}

/** The whole window takes what is dropped. @param {(files: File[]) => void} onFiles @returns {() => void} ends it */
function dropOn(onFiles) {
  const end = new AbortController();
  const listen = (/** @type {string} */ name, /** @type {(event: any) => void} */ listener) =>
    window.addEventListener(name, listener, { signal: end.signal });
  const hold = (/** @type {boolean} */ over) => document.body.classList.toggle("dropping", over);
  listen("dragover", (event) => (event.preventDefault(), hold(true)));
  listen("dragleave", (event) => event.relatedTarget === null && hold(false));
  listen("drop", async (event) => {
    event.preventDefault();
    hold(false);
    onFiles(await droppedFiles(event.dataTransfer));
  });
  return () => (hold(false), end.abort());
}

/** @param {import("./upload.js").Item[]} items */
function told(items) {
  if (items.length === 0) return [];
  const failed = items.filter((item) => item.state === "failed");
  const done = items.filter((item) => item.state === "done").length;
  const busy = done + failed.length < items.length;
  const total = items.reduce((all, item) => all + item.size, 0);
  const sent = items.reduce((all, item) => all + (item.state === "failed" ? item.size : item.sent), 0);
  const rows = failed
    .slice(0, MOST_FAILURES)
    .map((item) =>
      h(
        "li",
        {},
        h("b", {}, item.name),
        " ",
        tOr(`refusal.${item.code}`, item.reason || t("error.unknown")),
        " ",
        item.remedy,
      ),
    );
  return [
    busy && h("progress", { max: Math.max(total, 1), value: sent, "aria-label": t("upload.title") }),
    h("span", { class: "hint" }, t("upload.done", { done: number(done), all: number(items.length) })),
    failed.length > 0 && h("ul", { class: "failures" }, ...rows),
    failed.length > MOST_FAILURES &&
      h("p", { class: "hint" }, t("upload.more", { count: number(failed.length - MOST_FAILURES) })),
  ];
}
