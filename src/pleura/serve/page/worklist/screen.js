// @ts-check
/** The worklist: what there is to read, most urgent first, as it comes in. */

import { ask, json } from "../base/api.js";
import { choices, h, refill } from "../base/dom.js";
import { listen } from "../base/events.js";
import { setKeys } from "../base/keys.js";
import { notifyError } from "../base/notice.js";
import { number, t } from "../base/text.js";
import { shown } from "./order.js";
import { row } from "./row.js";
import { uploadPanel } from "./upload_panel.js";

/** @typedef {import("../base/api.js").Job} Job */

const PAGE = 100;
const SHOWS = ["all", "unread", "found", "clear", "waiting", "refused"];
/** The reader's last wish, kept while the page is open, so that the way back from a film leads to the same list. */
const wish = { order: /** @type {"urgency"|"newest"} */ ("urgency"), show: "all", search: "" };
/** The films in the order they were last listed, for next and previous. @type {string[]} */
export let listed = [];

class Worklist {
  constructor() {
    /** @type {Map<string, Job>} */
    this.jobs = new Map();
    /** @type {string|null} */
    this.next = null;
    /** @type {Map<string, {told: string, element: HTMLLIElement}>} */
    this.rows = new Map();
    this.due = false;
    this.list = h("ul", { class: "jobs", "aria-label": t("list.title") });
    this.count = h("p", { class: "count", role: "status" });
    this.more = h(
      "button",
      { class: "more", hidden: true, on: { click: () => this.load(this.next) } },
      t("list.more"),
    );
    this.live = h("span", { class: "live", role: "status" });
    this.search = h("input", {
      type: "search",
      placeholder: t("list.search"),
      "aria-label": t("list.search"),
      value: wish.search,
      on: {
        input: () => {
          wish.search = this.search.value;
          this.redraw();
          this.loadAll();
        },
      },
    });
    this.panel = uploadPanel((jobs) => jobs.forEach((job) => this.fetchJob(job.id)));
  }

  start() {
    this.stop = listen(
      "events",
      (event, data) => {
        if (event === "job") this.put(data);
        if (event === "deleted") this.drop(data.id);
      },
      (live) => {
        refill(this.live, t(live ? "list.live" : "list.lost"));
        this.live.classList.toggle("lost", !live);
        if (live) this.load(null);
      },
    );
    setKeys([
      { keys: ["j", "ArrowDown"], text: "key.next", run: () => this.step(1) },
      { keys: ["k", "ArrowUp"], text: "key.previous", run: () => this.step(-1) },
      { keys: ["Enter"], text: "key.open", run: () => this.focused()?.querySelector("a")?.click() },
      { keys: ["Delete"], text: "key.delete", run: () => this.focused()?.querySelector("button")?.click() },
      { keys: ["/"], text: "key.search", run: () => this.search.focus() },
      { keys: ["u"], text: "key.upload", run: () => this.panel.choose() },
      {
        keys: ["o"],
        text: "key.order",
        run: () => /** @type {any} */ (document.querySelector("input[name=order]:not(:checked)"))?.click(),
      },
      {
        keys: ["1", "2", "3", "4", "5", "6"],
        shown: "1–6",
        text: "key.show",
        run: (event) =>
          /** @type {any} */ (document.querySelectorAll("input[name=show]")[Number(event.key) - 1])?.click(),
      },
    ]);
  }

  close() {
    this.stop?.();
    this.panel.close();
  }

  /** One page of the list, from the first or after a cursor. @param {string|null} after */
  async load(after) {
    try {
      const query = new URLSearchParams({ order: wish.order, limit: String(PAGE), ...(after ? { after } : {}) });
      const { jobs, next } = await json(`jobs?${query}`);
      if (after === null) this.jobs.clear();
      for (const job of jobs) this.jobs.set(job.id, job);
      this.next = next ?? null;
      this.redraw();
    } catch (error) {
      notifyError(error);
    }
  }

  /** A search looks at every film, not only at those that are shown already. */
  async loadAll() {
    while (wish.search && this.next && !this.loading) {
      this.loading = true;
      await this.load(this.next);
      this.loading = false;
    }
  }

  /** @param {string} id */
  async fetchJob(id) {
    try {
      this.put(await json(`jobs/${id}`));
    } catch (error) {
      notifyError(error);
    }
  }

  /** @param {Job} job */
  put(job) {
    this.jobs.set(job.id, job);
    this.redraw();
  }

  /** @param {string} id */
  drop(id) {
    this.jobs.delete(id);
    this.redraw();
  }

  /** @param {Job} job */
  async remove(job) {
    if (job.status !== "waiting" && !window.confirm(t("row.sure"))) return;
    try {
      await ask(`jobs/${job.id}`, { method: "DELETE" });
      if (job.status === "waiting") await this.fetchJob(job.id);
      else this.drop(job.id);
    } catch (error) {
      notifyError(error);
    }
  }

  /** Draw with the next frame: many films may be told of at once. */
  redraw() {
    if (this.due) return;
    this.due = true;
    requestAnimationFrame(() => {
      this.due = false;
      this.draw();
    });
  }

  /** Rows that did not change stay as they are, with their focus and picture. */
  draw() {
    const jobs = shown([...this.jobs.values()], wish);
    const kept = this.focused()?.dataset.id;
    listed = jobs.filter((job) => job.finding).map((job) => job.id);
    const elements = jobs.map((job) => {
      const told = JSON.stringify(job);
      const known = this.rows.get(job.id);
      if (known?.told === told) return known.element;
      const element = row(job, (which) => this.remove(which));
      this.rows.set(job.id, { told, element });
      return element;
    });
    const same =
      elements.length === this.list.children.length &&
      elements.every((each, index) => each === this.list.children[index]);
    if (!same) this.list.replaceChildren(...elements);
    if (kept && !same) this.item(kept)?.querySelector("a, button")?.focus();
    refill(
      this.count,
      this.jobs.size === 0
        ? t("list.empty")
        : t("list.count", { shown: number(jobs.length), all: number(this.jobs.size) }),
    );
    this.more.hidden = this.next === null;
  }

  /** @returns {any} */
  focused() {
    return document.activeElement?.closest("li.job");
  }

  /** @param {string} id @returns {any} */
  item(id) {
    return this.rows.get(id)?.element;
  }

  /** @param {number} by */
  step(by) {
    const rows = [...this.list.children];
    const here = rows.indexOf(this.focused());
    const to = rows[Math.min(Math.max(here + by, 0), rows.length - 1)];
    to?.querySelector("a, button")?.focus();
    to?.scrollIntoView({ block: "nearest" });
  }
}

/** @returns {{element: HTMLElement, close: () => void}} */
export function worklistScreen() {
  const list = new Worklist();
  const shows = SHOWS.map((show) => /** @type {[string, string]} */ ([show, t(`show.${show}`)]));
  const orders = /** @type {[string, string][]} */ ([
    ["urgency", t("list.urgency")],
    ["newest", t("list.newest")],
  ]);
  const bar = h(
    "div",
    { class: "bar" },
    choices(t("list.show"), "show", shows, wish.show, (show) => ((wish.show = show), list.redraw())),
    choices(
      t("list.order"),
      "order",
      orders,
      wish.order,
      (order) => ((wish.order = /** @type {any} */ (order)), list.load(null)),
    ),
    list.search,
  );
  const element = h(
    "main",
    { class: "worklist", id: "main", tabindex: -1 },
    h("div", { class: "title" }, h("h1", {}, t("list.title")), list.live),
    list.panel.element,
    bar,
    list.count,
    list.list,
    list.more,
  );
  list.start();
  return { element, close: () => list.close() };
}
