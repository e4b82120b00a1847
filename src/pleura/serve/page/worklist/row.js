// @ts-check
/** One film in the list. */

import { h } from "../base/dom.js";
import { refusalText } from "../base/notice.js";
import { day, moment, number, percent, t, tOr } from "../base/text.js";
import { sidesOf, sizeOf } from "./order.js";
import { thumbnail } from "./thumbnail.js";

/** @typedef {import("../base/api.js").Job} Job */

/** @param {Job} job @param {(job: Job) => void} onRemove @returns {HTMLLIElement} */
export function row(job, onRemove) {
  const { kind, title } = headOf(job);
  const body = [h("div", { class: "head" }, h("strong", {}, title), badge(job)), ...details(job)];
  const inner =
    job.finding === null
      ? h(
          "div",
          { class: "body" },
          h("span", { class: "thumbnail none", "aria-hidden": "true" }, sign(job)),
          h("div", { class: "words" }, ...body),
        )
      : h("a", { class: "body", href: `#/film/${job.id}` }, thumbnail(job.id), h("div", { class: "words" }, ...body));
  const leaving = job.status === "waiting" ? "row.cancel" : "row.delete";
  const remove =
    job.status !== "running" &&
    h(
      "button",
      {
        class: "quiet",
        "aria-label": `${t(leaving)}: ${title}`,
        title: t(leaving),
        on: { click: () => onRemove(job) },
      },
      "✕",
    );
  return h("li", { class: `job ${kind}`, "data-id": job.id, "data-status": job.status }, inner, remove);
}

/** @param {Job} job @returns {{kind: string, title: string}} */
function headOf(job) {
  if (job.finding?.present)
    return {
      kind: "found",
      title: t("row.found", {
        sides: sidesOf(job)
          .map((side) => t(`side.${side}`))
          .join(" + "),
      }),
    };
  if (job.finding) return { kind: "clear", title: t("row.clear") };
  if (job.refusal) return { kind: "refused", title: tOr(`refusal.${job.refusal.code}`, t(`status.${job.status}`)) };
  return { kind: job.status, title: t(`status.${job.status}`) };
}

/** @param {Job} job */
function badge(job) {
  const last = job.reviews.at(-1);
  if (last) return h("span", { class: `badge ${last.verdict}` }, t(`verdict.${last.verdict}`));
  return job.finding && h("span", { class: "badge unread" }, t("row.unread"));
}

/** @param {Job} job */
function details(job) {
  if (job.refusal)
    return [h("p", { class: "reason" }, refusalText(job.refusal)), h("p", { class: "facts" }, moment(job.received))];
  if (job.finding === null) {
    const bar =
      job.status === "running" &&
      h("progress", { max: 1, value: job.progress ?? undefined, "aria-label": t("status.running") });
    return [bar, h("p", { class: "facts" }, moment(job.received))];
  }
  const { finding, film } = job;
  const words = finding.calibrated ? t("row.probability") : t("row.score");
  const facts = [
    finding.present &&
      t(hasShare(job) ? "row.hemithorax" : "row.film", { value: number(sizeOf(job), hasShare(job) ? 0 : 1) }),
    finding.view === "unknown" ? t("view.unknown") : finding.view,
    film?.acquired ? day(film.acquired) : moment(job.received),
    film?.patient && t("row.patient", { patient: film.patient.slice(0, 8) }),
  ].filter(Boolean);
  const warnings = finding.warnings.map((warning) => tOr(`warning.${warning.code}`, warning.text));
  return [
    h("p", { class: "likely" }, `${words} ${percent(finding.probability)}`, meter(finding.probability)),
    h("p", { class: "facts" }, facts.join(" · ")),
    warnings.length > 0 && h("p", { class: "warnings" }, `⚠ ${warnings.join(" · ")}`),
  ];
}

/** @param {Job} job */
function hasShare(job) {
  return (
    job.finding?.measures.some((each) => each.name === "hemithorax_percent" && typeof each.value === "number") ??
    false
  );
}

/** @param {number} share */
export function meter(share) {
  return h("meter", { min: 0, max: 1, value: share, "aria-hidden": "true" });
}

/** @param {Job} job */
function sign(job) {
  return { waiting: "…", running: "▶", refused: "!", failed: "!", cancelled: "–" }[job.status] ?? "";
}
