// @ts-check
/** The slider that cuts the outline anew, with the model's own thresholds marked on it. */

import { h, refill } from "../base/dom.js";
import { number, t } from "../base/text.js";

/** @typedef {import("../film/pane.js").Soft} Soft */

const LEAST = 0.01;
const MOST = 0.99;
const STEP = 0.01;

/** How many pixels of a map have each of its 256 values or more. @param {Soft} map @returns {Uint32Array} */
export function atLeast(map) {
  const counts = new Uint32Array(257);
  for (const value of map.data) counts[value]++;
  for (let value = 254; value >= 0; value--) counts[value] += counts[value + 1];
  return counts;
}

/**
 * @param {{map: Soft, shape: [number, number], spacing: {row_mm: number, column_mm: number}|null,
 *   own: number, presence: number}} about `own` is where the model cuts, `presence` what its score must exceed
 * @param {(cut: number|null) => void} onCut null is the model's own outline
 * @returns {{element: HTMLElement, nudge: (steps: number) => void, reset: () => void}}
 */
export function thresholdControl({ map, shape, spacing, own, presence }, onCut) {
  const counts = atLeast(map);
  const slider = h("input", {
    type: "range",
    id: "threshold",
    min: LEAST,
    max: MOST,
    step: STEP,
    "aria-describedby": "threshold-says",
  });
  const says = h("p", { id: "threshold-says", class: "hint", "aria-live": "polite" });
  const back = h("button", { class: "small" }, t("threshold.back"));
  const value = h("output", { for: "threshold" });
  slider.value = own;

  const tell = (/** @type {number|null} */ cut) => {
    value.textContent = number(cut ?? own, 2);
    back.disabled = cut === null;
    if (cut === null) return refill(says, t("threshold.own", { own: number(own, 2), presence: number(presence, 2) }));
    const share = counts[Math.min(255, Math.floor(cut * 255) + 1)] / map.data.length;
    const area = share * shape[0] * shape[1] * (spacing === null ? 0 : (spacing.row_mm * spacing.column_mm) / 100);
    const part = `${number(100 * share, 1)} % ${t("threshold.offilm")}`;
    const size = spacing === null ? part : `${number(area, 1)} cm²`;
    refill(says, t("threshold.moved", { size }));
  };
  const moved = () => (tell(Number(slider.value)), onCut(Number(slider.value)));
  const reset = () => ((slider.value = own), tell(null), onCut(null));
  slider.addEventListener("input", moved);
  back.addEventListener("click", reset);
  tell(null);
  const element = h(
    "div",
    { class: "threshold" },
    h("div", { class: "labelled" }, h("label", { for: "threshold" }, t("threshold.title")), value),
    h(
      "div",
      { class: "track" },
      slider,
      scale([
        [own, "own"],
        [presence, "presence"],
      ]),
    ),
    says,
    back,
  );
  return { element, reset, nudge: (steps) => ((slider.value = Number(slider.value) + steps * STEP), moved()) };
}

/**
 * Marks under the slider; an SVG, for its place is data and a page without inline styles has no other way.
 * @param {[number, string][]} marks
 */
function scale(marks) {
  const ns = "http://www.w3.org/2000/svg";
  const drawing = document.createElementNS(ns, "svg");
  drawing.setAttribute("class", "ticks");
  drawing.setAttribute("aria-hidden", "true");
  for (const [at, kind] of marks) {
    const share = (at - LEAST) / (MOST - LEAST);
    const tick = document.createElementNS(ns, "rect");
    // The thumb is 16 px wide and its middle does not reach the ends of the track.
    tick.setAttribute("x", `${100 * share}%`);
    tick.setAttribute("transform", `translate(${8 - 16 * share - 1} 0)`);
    for (const [name, value] of [
      ["width", "2"],
      ["height", "8"],
      ["class", kind],
    ])
      tick.setAttribute(name, value);
    const title = document.createElementNS(ns, "title");
    title.textContent = t(`threshold.${kind}.mark`);
    tick.append(title);
    drawing.append(tick);
  }
  return drawing;
}
