// @ts-check
/** What is drawn over the film in lines and letters: sides, rulers, calipers, the scale, the polygon under way. */

import { svg } from "../base/dom.js";
import { number } from "../base/text.js";
import { distance } from "./lengths.js";

/**
 * @typedef {import("./pane.js").Pane} Pane
 * @typedef {import("./view.js").Point} Point
 * @typedef {import("./lengths.js").Spacing} Spacing
 */

const EDGE = 16;
const SCALE_CM = 5;

/**
 * Letters at the edges that the film's own edges lie nearest to, turned with it.
 * @param {Pane} pane
 * @param {[string, string]} sides letters of the film's left and right edge
 * @param {[string, string]} ends letters of its top and bottom
 */
export function orientation(pane, sides, ends) {
  const { width, height } = pane.film;
  /** @type {[string, Point][]} */
  const edges = [
    [sides[0], [0, height / 2]],
    [sides[1], [width, height / 2]],
    [ends[0], [width / 2, 0]],
    [ends[1], [width / 2, height]],
  ];
  const middle = pane.screen([width / 2, height / 2]);
  const size = pane.size;
  return edges
    .filter(([letter]) => letter)
    .map(([letter, point]) => {
      const [x, y] = pane.screen(point);
      const across = Math.abs(x - middle[0]) > Math.abs(y - middle[1]);
      const place = across
        ? { x: x > middle[0] ? size.width - EDGE : EDGE, y: size.height / 2 }
        : { x: size.width / 2, y: y > middle[1] ? size.height - EDGE : EDGE };
      return svg(
        "text",
        { class: "side", ...place, "text-anchor": "middle", "dominant-baseline": "central" },
        letter,
      );
    });
}

/**
 * What film this is, in the upper left corner.
 * @param {string} words
 */
export function title(words) {
  return svg("text", { class: "title", x: EDGE - 6, y: EDGE + 6 }, words);
}

/**
 * A line with its length.
 * @param {Pane} pane
 * @param {Point} a
 * @param {Point} b
 * @param {string} words
 * @param {string} kind
 */
export function measured(pane, a, b, words, kind) {
  const [[x1, y1], [x2, y2]] = [pane.screen(a), pane.screen(b)];
  const length = Math.max(Math.hypot(x2 - x1, y2 - y1), 1);
  const [nx, ny] = [(-(y2 - y1) / length) * 6, ((x2 - x1) / length) * 6];
  const tick = (/** @type {number} */ x, /** @type {number} */ y) => `M${x - nx} ${y - ny}L${x + nx} ${y + ny}`;
  const path = `M${x1} ${y1}L${x2} ${y2}${tick(x1, y1)}${tick(x2, y2)}`;
  const leftHalf = (x1 + x2) / 2 < pane.size.width / 2;
  const [ex, ey] = x2 > x1 === leftHalf ? [x2, y2] : [x1, y1];
  const label = {
    class: "length",
    x: ex + (leftHalf ? 10 : -10),
    y: ey - 8,
    "text-anchor": leftHalf ? "start" : "end",
  };
  return svg(
    "g",
    { class: `measured ${kind}` },
    svg("path", { class: "rim", d: path }),
    svg("path", { class: "stroke", d: path }),
    svg("text", label, words),
  );
}

/**
 * A ruler in mm, or in pixels where no spacing is known.
 * @param {Pane} pane
 * @param {[Point, Point]} ends
 * @param {Spacing} spacing
 */
export function ruler(pane, [a, b], spacing) {
  const { value, unit } = distance(a, b, spacing);
  return measured(pane, a, b, `${number(value, unit === "mm" ? 1 : 0)} ${unit}`, "ruler");
}

/** A bar of 5 cm at the foot of the pane; nothing without spacing. @param {Pane} pane @param {Spacing} spacing */
export function scaleBar(pane, spacing) {
  if (spacing === null) return [];
  const length = ((10 * SCALE_CM) / spacing.column_mm) * pane.view.scale;
  if (length > pane.size.width * 0.8 || length < 24) return [];
  const [right, y] = [pane.size.width - EDGE, pane.size.height - EDGE];
  const path = `M${right - length} ${y - 5}v5h${length}v-5`;
  return [
    svg(
      "g",
      { class: "measured scale" },
      svg("path", { class: "rim", d: path }),
      svg("path", { class: "stroke", d: path }),
      svg("text", { class: "length", x: right, y: y - 10, "text-anchor": "end" }, `${SCALE_CM} cm`),
    ),
  ];
}

/** The corners of a polygon so far. @param {Pane} pane @param {Point[]} corners */
export function polygon(pane, corners) {
  if (corners.length === 0) return [];
  const points = corners.map((corner) => pane.screen(corner));
  const d = `M${points.map((point) => point.join(" ")).join("L")}`;
  return [
    svg(
      "g",
      { class: "measured polygon" },
      svg("path", { class: "rim", d }),
      svg("path", { class: "stroke", d }),
      ...points.map(([cx, cy]) => svg("circle", { cx, cy, r: 4 })),
    ),
  ];
}

/**
 * The brush, as large as it paints.
 * @param {Pane} pane
 * @param {Point} at
 * @param {number} radius film columns
 * @param {boolean} erases
 */
export function brush(pane, at, radius, erases) {
  const [cx, cy] = pane.screen(at);
  const rx = radius * pane.view.scale;
  return [
    svg("circle", { class: "brush rim", cx, cy, r: rx }),
    svg("circle", { class: `brush ${erases ? "erases" : ""}`, cx, cy, r: rx }),
    svg("path", { class: "brush", d: `M${cx - 3} ${cy}h6M${cx} ${cy - 3}v6` }),
  ];
}
