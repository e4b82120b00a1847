// @ts-check
/** Films from the reader's disc to the server: files, folders and ZIPs, two at a time, each failing alone. */

import { headers, keptToken, refusalOf, ROOT, wantToken } from "../base/api.js";

/** @typedef {import("../base/api.js").Job} Job */
/** @typedef {{name: string, size: number, sent: number, state: "waiting"|"sending"|"done"|"failed", code: string,
 *   reason: string, remedy: string}} Item */

const AT_ONCE = 2;
const LONGEST_WAIT_S = 60;
const MOST_TRIES = 30;

/**
 * Every file that was dropped, those in folders included.
 * @param {DataTransfer} dropped @returns {Promise<File[]>}
 */
export async function droppedFiles(dropped) {
  // The entries must be taken before the first await: the list is emptied after the event.
  const entries = [...dropped.items]
    .map((item) => item.webkitGetAsEntry?.())
    .filter((entry) => entry !== null && entry !== undefined);
  if (entries.length === 0) return [...dropped.files];
  return (await Promise.all(entries.map((entry) => filesOf(/** @type {FileSystemEntry} */ (entry))))).flat();
}

/** @param {FileSystemEntry} entry @returns {Promise<File[]>} */
async function filesOf(entry) {
  if (entry.name.startsWith(".") || entry.name === "DICOMDIR") return [];
  if (entry.isFile)
    return [await new Promise((resolve, reject) => /** @type {FileSystemFileEntry} */ (entry).file(resolve, reject))];
  const reader = /** @type {FileSystemDirectoryEntry} */ (entry).createReader();
  /** @type {FileSystemEntry[]} */
  const found = [];
  for (;;) {
    /** @type {FileSystemEntry[]} */
    const some = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
    if (some.length === 0) break; // a folder is told in parts of a hundred
    found.push(...some);
  }
  return (await Promise.all(found.map(filesOf))).flat();
}

/** Films on their way; one for the whole page. */
export class Uploads {
  /** @param {(jobs: Job[]) => void} onJobs @param {() => void} onChange */
  constructor(onJobs, onChange) {
    this.onJobs = onJobs;
    this.onChange = onChange;
    /** @type {Item[]} */
    this.items = [];
    /** @type {{item: Item, file: File}[]} */
    this.queue = [];
    this.running = 0;
  }

  /** @param {File[]} files */
  add(files) {
    if (!this.queue.length && !this.running) this.items = this.items.filter((item) => item.state === "failed");
    for (const file of files) {
      const item = /** @type {Item} */ ({
        name: file.name,
        size: file.size,
        sent: 0,
        state: "waiting",
        code: "",
        reason: "",
        remedy: "",
      });
      this.items.push(item);
      this.queue.push({ item, file });
    }
    this.onChange();
    while (this.running < AT_ONCE && this.queue.length) this.work();
  }

  async work() {
    this.running++;
    for (let next = this.queue.shift(); next !== undefined; next = this.queue.shift()) {
      await this.send(next.item, next.file);
      this.onChange();
    }
    this.running--;
    this.onChange();
  }

  /** A full queue is waited for; what is refused is said. @param {Item} item @param {File} file */
  async send(item, file) {
    item.state = "sending";
    for (let tries = 0; tries < MOST_TRIES; tries++) {
      const used = keptToken();
      const answer = await sent(file, (bytes) => ((item.sent = bytes), this.onChange()));
      if (answer.status === 429 || answer.status === 503) {
        await new Promise((resolve) => setTimeout(resolve, 1000 * answer.wait));
        continue;
      }
      if (answer.status === 401 && (await wantToken(used))) continue;
      if (answer.status >= 200 && answer.status < 300) {
        item.state = "done";
        item.sent = item.size;
        return this.taken(item, JSON.parse(answer.text));
      }
      return Object.assign(
        item,
        { state: "failed" },
        answer.status === 0 ? { code: "offline" } : await refusalOf({ text: async () => answer.text }),
      );
    }
    Object.assign(item, { state: "failed", code: "busy" });
  }

  /**
   * Of a ZIP some films may be refused at the door; each is said.
   * @param {Item} item
   * @param {{jobs: Job[], refused?: {entry?: number, code: string, reason: string, remedy: string}[]}} answer
   */
  taken(item, { jobs, refused = [] }) {
    for (const { entry, code, reason, remedy } of refused) {
      const name = entry === undefined ? item.name : `${item.name} [${entry + 1}]`;
      this.items.push({ name, size: 0, sent: 0, state: "failed", code, reason, remedy });
    }
    this.onJobs(jobs);
  }
}

/**
 * One request; XMLHttpRequest, for fetch does not tell how much is sent.
 * @param {File} file @param {(bytes: number) => void} onSent
 * @returns {Promise<{status: number, text: string, wait: number}>}
 */
function sent(file, onSent) {
  return new Promise((resolve) => {
    const request = new XMLHttpRequest();
    request.open("POST", `${ROOT}/films`);
    for (const [name, value] of Object.entries(headers())) request.setRequestHeader(name, value);
    request.upload.addEventListener("progress", (event) => onSent(Math.min(event.loaded, file.size)));
    request.addEventListener("loadend", () => {
      const wait = Math.min(Number(request.getResponseHeader("Retry-After")) || 2, LONGEST_WAIT_S);
      resolve({ status: request.status, text: request.responseText, wait });
    });
    const form = new FormData();
    form.append("files", file);
    request.send(form);
  });
}
