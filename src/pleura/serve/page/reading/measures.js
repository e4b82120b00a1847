// @ts-check
/** The table of measures: what can be said of the size, and why the rest cannot. */

import { h } from "../base/dom.js";
import { number, t, tOr } from "../base/text.js";

/** @typedef {import("../base/api.js").Measure} Measure */

/** A source that is a paper names its year; the others say no more than that it was measured here. */
const PUBLISHED = /\d{4}/;

/** @param {Measure[]} measures @returns {HTMLElement} */
export function measureTable(measures) {
  // Where air is on one side only, its area is that of the film.
  const oneSide = measures.filter((each) => each.name === "area_of_side").length === 1;
  const told = measures.filter((each) => !(oneSide && each.name === "area_of_side"));
  const valid = told.filter((each) => each.validity === "valid" && each.value !== null);
  const rest = told.filter((each) => !valid.includes(each));
  const sources = [...new Set(valid.map((each) => each.source).filter((source) => PUBLISHED.test(source)))];
  return h(
    "div",
    {},
    valid.length > 0 && h("table", { class: "measures" }, h("tbody", {}, ...valid.map(rowOf))),
    rest.length > 0 &&
      h(
        "details",
        {},
        h("summary", {}, t("measures.not", { count: number(rest.length) })),
        h(
          "ul",
          { class: "reasons" },
          ...rest.map((each) => h("li", {}, h("b", {}, nameOf(each)), `: ${each.reason}`)),
        ),
      ),
    sources.length > 0 &&
      h(
        "details",
        {},
        h("summary", {}, t("measures.sources")),
        h("ul", { class: "reasons" }, ...sources.map((source) => h("li", {}, source))),
      ),
  );
}

/** @param {Measure} measure */
function rowOf(measure) {
  return h(
    "tr",
    {},
    h("th", { scope: "row" }, nameOf(measure), measure.reason && h("small", {}, measure.reason)),
    h("td", {}, valueOf(measure)),
  );
}

/** @param {Measure} measure */
function nameOf(measure) {
  const name = tOr(`measure.${measure.name}`, measure.name);
  return measure.side === null ? name : `${name}, ${t(`side.${measure.side}`)}`;
}

/** @param {Measure} measure */
export function valueOf({ value, unit }) {
  if (typeof value === "boolean") return t(value ? "yes" : "no");
  if (typeof value === "string") return tOr(`size.${value}`, value);
  const digits = unit === "cm" || unit === "cm2" ? 1 : 0;
  return `${number(Number(value), digits)} ${{ cm2: "cm²", 1: "" }[unit] ?? unit}`.trim();
}
