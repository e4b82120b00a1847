// @ts-check
/** The reading view of one film. */

import { h, refill } from "../base/dom.js";
import { setKeys } from "../base/keys.js";
import { inWords, notifyError, refusalText } from "../base/notice.js";
import { moment, day, t, tOr } from "../base/text.js";
import { listed } from "../worklist/screen.js";
import { meter } from "../worklist/row.js";
import { displayPanel } from "./display.js";
import { exportPanel } from "./exports.js";
import { loadReading } from "./load.js";
import { measureTable } from "./measures.js";
import { besidePanel } from "./priors.js";
import { reviewPanel } from "./review.js";
import { Stage } from "./stage.js";
import { likelihood, sentence, sidesTold, warningsOf } from "./summary.js";
import { thresholdControl } from "./threshold.js";
import { Tools } from "./tools.js";

/** @typedef {import("./load.js").Reading} Reading */

/** @param {string} id of the job @returns {{element: HTMLElement, close: () => void, leave: () => boolean}} */
export function readingScreen(id) {
  const element = h(
    "main",
    { class: "reading", id: "main", tabindex: -1, "aria-busy": "true" },
    h("p", { class: "loading", role: "status" }, t("film.loading")),
  );
  /** @type {Stage|null} */
  let stage = null;
  let closed = false;
  let saved = true;
  const save = (/** @type {boolean} */ done) => document.body.classList.toggle("unsaved", !(saved = done));
  setKeys([{ keys: ["Escape"], text: "key.back", run: back }]);
  loadReading(id)
    .then((reading) => {
      if (closed) return;
      if (reading.job.finding === null) return refill(element, nothing(reading));
      stage = new Stage(reading, () => (save(false), panel.changed()));
      const panel = assemble(element, reading, stage, () => save(true));
    })
    .catch((error) => {
      console.info(error);
      const words = error instanceof Error && error.message === "WebGL2" ? t("error.webgl") : inWords(error);
      if (!closed) refill(element, h("div", { class: "nothing" }, h("p", { role: "alert" }, words), backLink()));
    })
    .finally(() => element.removeAttribute("aria-busy"));
  return {
    element,
    close: () => ((closed = true), save(true), stage?.close()),
    leave: () => saved || window.confirm(t("review.unsaved")),
  };
}

function back() {
  location.hash = "#/";
}

function backLink() {
  return h("a", { class: "back", href: "#/" }, t("film.back"));
}

/** A film that was not read has no picture here, but a reason. @param {Reading} reading */
function nothing({ job }) {
  return h(
    "div",
    { class: "nothing" },
    h("h1", {}, tOr(`refusal.${job.refusal?.code}`, t(`status.${job.status}`))),
    job.refusal && h("p", {}, refusalText(job.refusal)),
    backLink(),
  );
}

/** @param {HTMLElement} element @param {Reading} reading @param {Stage} stage @param {() => void} onSaved */
function assemble(element, reading, stage, onSaved) {
  const { job, map, thresholds } = reading;
  const finding = stage.finding;
  const display = displayPanel(stage);
  stage.onWindow = display.refresh;
  const tools = new Tools(stage, () => display.refresh());
  const review = reviewPanel(
    job.id,
    job.reviews,
    stage.editor,
    () => ((stage.reviewed ||= stage.editor.edited), stage.editor.history.back.splice(0), onSaved()),
  );
  const beside = besidePanel(job.id, (what) => stage.putBeside(what).catch(notifyError));
  beside.ready.catch(notifyError);
  const take = h(
    "button",
    { class: "small", disabled: true, on: { click: () => (stage.takeCut(), threshold?.reset()) } },
    t("threshold.take"),
  );
  const cut = (/** @type {number|null} */ at) => (
    (take.disabled = at === null),
    stage.set(at === null ? { fromMap: false } : { fromMap: true, cut: at })
  );
  const threshold =
    map &&
    thresholds &&
    thresholdControl(
      {
        map,
        shape: finding.shape,
        spacing: finding.spacing,
        own: thresholds.outline,
        presence: thresholds.presence,
      },
      cut,
    );
  const others = h("p", { class: "hint", hidden: !stage.corrected }, t("measures.own"));
  const warnings = warningsOf(finding).map((words) => h("li", {}, words));
  const panel = h(
    "aside",
    { class: "panel", "aria-label": t("panel.title") },
    h(
      "section",
      { "aria-labelledby": "result-title" },
      h("h2", { id: "result-title" }, t("panel.result")),
      h(
        "p",
        { class: `likely ${finding.present ? "found" : ""}` },
        likelihood(finding),
        meter(finding.probability),
      ),
      warnings.length > 0 && h("ul", { class: "warnings" }, ...warnings),
    ),
    review.element,
    h(
      "section",
      { "aria-labelledby": "measures-title" },
      h("h2", { id: "measures-title" }, t("measures.title")),
      others,
      measureTable(finding.measures),
    ),
    display.element,
    h(
      "section",
      { "aria-labelledby": "cut-title" },
      h("h2", { id: "cut-title" }, t("threshold.heading")),
      ...(threshold ? [threshold.element, take] : [h("p", { class: "hint" }, t("threshold.unknown"))]),
    ),
    beside.element,
    exportPanel(job),
    h(
      "p",
      { class: "hint" },
      `${finding.model.name} ${finding.model.version} · ${day(job.film?.acquired) || moment(job.received)}`,
    ),
  );
  refill(element, head(reading), h("div", { class: "desk" }, tools.element, stage.element, panel));
  stage.main.element.focus({ preventScroll: true });
  setKeys([...tools.keys(), ...keys(job.id, { review, threshold, beside })]);
  const changed = () => {
    review.changed();
    others.hidden = !stage.corrected;
    if (!stage.look.fromMap) threshold?.reset();
  };
  return { changed };
}

/** @param {Reading} reading */
function head({ job }) {
  const finding = /** @type {import("../base/api.js").Finding} */ (job.finding);
  const at = listed.indexOf(job.id);
  const link = (/** @type {string|undefined} */ id, /** @type {string} */ text, /** @type {string} */ sign) =>
    id && h("a", { class: "step", href: `#/film/${id}`, "aria-label": t(text), title: t(text) }, sign);
  const facts = [
    finding.view === "unknown" ? t("view.unknown") : finding.view,
    sidesTold(finding),
    job.film?.patient && t("row.patient", { patient: job.film.patient.slice(0, 8) }),
  ].filter(Boolean);
  return h(
    "div",
    { class: "headline" },
    backLink(),
    h(
      "div",
      { class: "said" },
      h("h1", { class: finding.present ? "found" : "" }, sentence(finding)),
      h("p", { class: "facts" }, facts.join(" · ")),
    ),
    h(
      "nav",
      { "aria-label": t("film.steps") },
      link(at < 0 ? undefined : listed[at - 1], "key.previousfilm", "‹"),
      link(at < 0 ? undefined : listed[at + 1], "key.nextfilm", "›"),
    ),
  );
}

/**
 * @param {string} id
 * @param {{review: ReturnType<typeof reviewPanel>, threshold: ReturnType<typeof thresholdControl>|null, beside:
 *   ReturnType<typeof besidePanel>}} parts
 * @returns {import("../base/keys.js").Shortcut[]}
 */
function keys(id, { review, threshold, beside }) {
  const go = (/** @type {number} */ by) => {
    const next = listed[listed.indexOf(id) + by];
    if (listed.includes(id) && next) location.hash = `#/film/${next}`;
  };
  return [
    { keys: [",", "."], text: "key.threshold", run: (event) => threshold?.nudge(event.key === "." ? 1 : -1) },
    { keys: ["t"], text: "threshold.back", run: () => threshold?.reset() },
    { keys: ["s"], text: "key.beside", run: () => beside.toggle() },
    { keys: ["a"], text: "review.accept", run: () => review.send("accepted") },
    { keys: ["x"], text: "review.reject", run: () => review.send("rejected") },
    { keys: ["Ctrl+s"], text: "review.save", run: () => review.send("edited") },
    { keys: ["n"], text: "key.nextfilm", run: () => go(1) },
    { keys: ["p"], text: "key.previousfilm", run: () => go(-1) },
    { keys: ["Escape"], text: "key.back", run: back },
  ];
}
