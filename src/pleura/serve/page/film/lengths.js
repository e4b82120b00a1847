// @ts-check
/** Lengths on the film, in mm where the spacing is known and else in pixels; and where published ones lie. */

/** @typedef {[number, number]} Point @typedef {{row_mm: number, column_mm: number}|null} Spacing */
/**
 * @typedef {{left: number, top: number, right: number, bottom: number}} Box
 * @typedef {{box: Box, inside: (x: number, y: number) => boolean, spacing: {row_mm: number, column_mm: number},
 *   wallAtLeft: boolean}} Air the outline of one side: its box, its pixels, on which side of the picture its chest
 *   wall stands
 */

/** A published length is taken to lie where the outline is as long, within this share of it and two pixels. */
const SLACK = 0.04;
const LEAST_SLACK_PX = 2;

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
 * Where the lateral interpleural distance lies: from the lung's edge to the chest wall nearest to it. The finding
 * tells its length, not its place; this is the place where the outline is as wide as said.
 * @param {number} cm as published @param {Air} air
 * @returns {[Point, Point]|null} the two ends; null where the outline is nowhere that wide, and nothing is drawn
 */
export function lateralEnds(cm, { box, inside, spacing, wallAtLeft }) {
  /** @type {{wall: Point, lung: Point}[]} */
  const rows = [];
  for (let row = box.top; row < box.bottom; row++) {
    const { start, end } = longest(box.left, box.right, (x) => inside(x, row));
    if (end === start) continue;
    const [wall, lung] = wallAtLeft ? [start, end] : [end, start];
    rows.push({ wall: [wall, row + 0.5], lung: [lung, row + 0.5] });
  }
  const reach = Math.ceil((10 * cm) / spacing.row_mm);
  let best = {
    off: Math.max(SLACK * 10 * cm, LEAST_SLACK_PX * spacing.column_mm),
    ends: /** @type {[Point, Point]|null} */ (null),
  };
  rows.forEach(({ lung }, index) => {
    let [nearest, wall] = [Infinity, lung];
    for (let at = Math.max(0, index - reach); at < Math.min(rows.length, index + reach + 1); at++) {
      const away = distance(rows[at].wall, lung, spacing).value;
      if (away < nearest) [nearest, wall] = [away, rows[at].wall];
    }
    const off = Math.abs(nearest - 10 * cm);
    if (off < best.off) best = { off, ends: [wall, lung] };
  });
  return best.ends;
}

/**
 * Where the distance from cupola to apex lies: from the top of the outline straight down to where the lung begins.
 * @param {number} cm as published @param {Air} air
 * @returns {[Point, Point]|null} the two ends; null where no lung begins that far down, and nothing is drawn
 */
export function apexEnds(cm, { box, inside, spacing }) {
  const due = (10 * cm) / spacing.row_mm;
  let best = { off: Math.max(SLACK * due, LEAST_SLACK_PX), ends: /** @type {[Point, Point]|null} */ (null) };
  for (let column = box.left; column < box.right; column++) {
    const { start, end } = longest(box.top, box.bottom, (y) => inside(column, y));
    const off = Math.abs(end - box.top - due);
    if (end > start && off < best.off)
      best = {
        off,
        ends: [
          [column + 0.5, box.top],
          [column + 0.5, end],
        ],
      };
  }
  return best.ends;
}

/** @param {number} from @param {number} to @param {(at: number) => boolean} inside */
function longest(from, to, inside) {
  let found = { start: from, end: from };
  for (let at = from, start = -1; at <= to; at++) {
    const within = at < to && inside(at);
    if (within && start < 0) start = at;
    if (!within && start >= 0) {
      if (at - start > found.end - found.start) found = { start, end: at };
      start = -1;
    }
  }
  return found;
}
