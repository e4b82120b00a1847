// @ts-check
/** Small drawings for buttons, 24 x 24, in lines of the button's own colour. */

import { svg } from "./dom.js";

const PATHS = {
  window: "M12 3a9 9 0 1 0 0 18a9 9 0 1 0 0-18M12 3v18M12 7h6M12 12h8M12 17h6",
  pan: "M12 3v18M3 12h18M9 6l3-3 3 3M9 18l3 3 3-3M6 9l-3 3 3 3M18 9l3 3-3 3",
  ruler: "M3 16L16 3l5 5L8 21zM7 12l2 2M10 9l3 3M13 6l2 2",
  brush: "M20 4l-9 9M14 4.5l5.5 5.5M11 13c-3 0-4 2-4.5 4.5c-.3 1.5-2 2-3.5 2c2 1.5 8 2 9.5-2c.7-2-.2-3.5-1.5-4.5",
  polygon: "M5 8l8-4 7 6-4 9-9-1zM5 8h.01M13 4h.01M20 10h.01M16 19h.01M7 18h.01",
  erase: "M8 20l-5-5L14 4l6 6L10 20zM9 9l6 6M10 20h10",
  undo: "M9 6L4 11l5 5M4 11h10a5 5 0 0 1 0 10h-3",
  fit: "M4 9V4h5M15 4h5v5M20 15v5h-5M9 20H4v-5",
  in: "M10.5 4a6.5 6.5 0 1 0 0 13a6.5 6.5 0 1 0 0-13M15.5 15.5L21 21M10.5 7.5v6M7.5 10.5h6",
  out: "M10.5 4a6.5 6.5 0 1 0 0 13a6.5 6.5 0 1 0 0-13M15.5 15.5L21 21M7.5 10.5h6",
  turn: "M19 12a7 7 0 1 1-2-5l3 3M20 4v6h-6",
  mirror: "M12 3v18M9 7L3 17h6zM15 7l6 10h-6z",
};

/**
 * @param {string} name one of those above
 * @returns {SVGElement|string} a name that is none of them stays letters, as "1:1"
 */
export function icon(name) {
  const path = PATHS[/** @type {keyof typeof PATHS} */ (name)];
  return path === undefined
    ? name
    : svg("svg", { class: "icon", viewBox: "0 0 24 24", "aria-hidden": "true" }, svg("path", { d: path }));
}
