// @ts-check
/** Lengths on the film, in mm where the spacing is known and else in pixels; and where published ones lie. */

/** @typedef {[number, number]} Point @typedef {{row_mm: number, column_mm: number}|null} Spacing */

/** From the centre of a pixel, where a finding counts from, to its corner, where the page does. */
const TO_CORNER = 0.5;

/**
 * @param {Point} a
 * @param {Point} b of the film
 * @param {Spacing} spacing
 * @returns {{value: number, unit: "mm"|"px"}}
 */
export function distance(a, b, spacing) {
  const [across, down] = [b[0] - a[0], b[1] - a[1]];
  if (spacing === null) return { value: Math.hypot(across, down), unit: "px" };
  return { value: Math.hypot(across * spacing.column_mm, down * spacing.row_mm), unit: "mm" };
}

/**
 * The distances that a finding tells the place of; those of an old one (`pleura.finding/2`) have none.
 * @param {import("../base/api.js").Measure[]} measures
 * @returns {{ends: [Point, Point], cm: number}[]}
 */
export function calipersOf(measures) {
  return measures.flatMap(({ value, ends }) => {
    if (!ends || typeof value !== "number") return [];
    const [from, to] = ends.map(([row, column]) => /** @type {Point} */ ([column + TO_CORNER, row + TO_CORNER]));
    return [{ ends: [from, to], cm: value }];
  });
}
