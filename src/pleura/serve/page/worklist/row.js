// @ts-check
/** One film in the list. */

import { h } from "../base/dom.js";
import { refusalText } from "../base/notice.js";
import { day, moment, number, t, tOr } from "../base/text.js";
import { likelihood, noneFound, warningsOf } from "../reading/summary.js";
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
  if (job.finding) return { kind: "clear", title: noneFound(job.finding) };
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
  const facts = [
    finding.present && sizeTold(job),
    finding.view === "unknown" ? t("view.unknown") : finding.view,
    film?.acquired ? day(film.acquired) : moment(job.received),
    film?.patient && t("row.patient", { patient: film.patient.slice(0, 8) }),
  ].filter(Boolean);
  const warnings = warningsOf(finding);
  return [
    h("p", { class: "likely" }, likelihood(finding), meter(finding.probability)),
    h("p", { class: "facts" }, facts.join(" · ")),
    warnings.length > 0 && h("p", { class: "warnings" }, `⚠ ${warnings.join(" · ")}`),
  ];
}

/** How large it is, and of what that is the share. @param {Job} job */
export function sizeTold(job) {
  const ofHemithorax = job.finding?.measures.some(
    (each) => each.name === "hemithorax_percent" && typeof each.value === "number",
  );
  return t(ofHemithorax ? "row.hemithorax" : "row.film", { value: number(sizeOf(job), ofHemithorax ? 0 : 1) });
}

/** @param {number} share */
export function meter(share) {
  return h("meter", { min: 0, max: 1, value: share, "aria-hidden": "true" });
}

/** @param {Job} job */
function sign(job) {
  return { waiting: "…", running: "▶", refused: "!", failed: "!", cancelled: "–" }[job.status] ?? "";
}
