// @ts-check
/**
 * Painting into a mask: discs along a stroke, filled polygons, and the way back. Values are 0 outside, 255 inside.
 */

/**
 * @typedef {{width: number, height: number, data: Uint8Array}} Mask
 * @typedef {{left: number, top: number, right: number, bottom: number}} Box right and bottom exclusive
 * @typedef {[number, number]} Point columns and rows, (0, 0) the upper left corner of the first pixel
 */

const MOST_STEPS_BACK = 100;

/**
 * @param {Mask} mask
 * @param {number} left
 * @param {number} top
 * @param {number} right
 * @param {number} bottom
 * @returns {Box} inside the mask
 */
function boxed(mask, left, top, right, bottom) {
  const within = (/** @type {number} */ value, /** @type {number} */ most) => Math.min(Math.max(value, 0), most);
  return {
    left: within(Math.floor(left), mask.width),
    top: within(Math.floor(top), mask.height),
    right: within(Math.ceil(right), mask.width),
    bottom: within(Math.ceil(bottom), mask.height),
  };
}

/**
 * Paint along a line: every pixel whose centre lies within `radius` of it.
 * @param {Mask} mask changed in place
 * @param {Point} from
 * @param {Point} to
 * @param {number} radius
 * @param {0|255} value
 * @returns {Box} what may have changed
 */
export function dab(mask, from, to, radius, value) {
  const box = boxed(
    mask,
    Math.min(from[0], to[0]) - radius,
    Math.min(from[1], to[1]) - radius,
    Math.max(from[0], to[0]) + radius,
    Math.max(from[1], to[1]) + radius,
  );
  const [dx, dy] = [to[0] - from[0], to[1] - from[1]];
  const length = dx * dx + dy * dy;
  for (let row = box.top; row < box.bottom; row++) {
    for (let column = box.left; column < box.right; column++) {
      const [x, y] = [column + 0.5 - from[0], row + 0.5 - from[1]];
      const along = length === 0 ? 0 : Math.min(Math.max((x * dx + y * dy) / length, 0), 1);
      const [ox, oy] = [x - along * dx, y - along * dy];
      if (ox * ox + oy * oy <= radius * radius) mask.data[row * mask.width + column] = value;
    }
  }
  return box;
}

/**
 * Fill a polygon by the even-odd rule: every pixel whose centre lies inside.
 * @param {Mask} mask changed in place
 * @param {Point[]} corners
 * @param {0|255} value
 * @returns {Box} what may have changed
 */
export function fillPolygon(mask, corners, value) {
  const [xs, ys] = [corners.map(([x]) => x), corners.map(([, y]) => y)];
  const box = boxed(mask, Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys));
  for (let row = box.top; row < box.bottom; row++) {
    const y = row + 0.5;
    const cuts = corners
      .flatMap(([x1, y1], index) => {
        const [x2, y2] = corners[(index + 1) % corners.length];
        return y1 <= y === y2 <= y ? [] : [x1 + ((y - y1) / (y2 - y1)) * (x2 - x1)];
      })
      .sort((one, other) => one - other);
    for (let pair = 0; pair + 1 < cuts.length; pair += 2) {
      const from = Math.max(Math.ceil(cuts[pair] - 0.5), box.left);
      const to = Math.min(Math.ceil(cuts[pair + 1] - 0.5), box.right);
      if (to > from) mask.data.fill(value, row * mask.width + from, row * mask.width + to);
    }
  }
  return box;
}

/** The smallest box around two. @param {Box} one @param {Box} other @returns {Box} */
export function around(one, other) {
  return {
    left: Math.min(one.left, other.left),
    top: Math.min(one.top, other.top),
    right: Math.max(one.right, other.right),
    bottom: Math.max(one.bottom, other.bottom),
  };
}

/** A copy of the part that a box holds. @param {Mask} mask @param {Box} box */
function cut(mask, box) {
  const [across, down] = [box.right - box.left, box.bottom - box.top];
  const part = new Uint8Array(across * down);
  for (let row = 0; row < down; row++) {
    const start = (box.top + row) * mask.width + box.left;
    part.set(mask.data.subarray(start, start + across), row * across);
  }
  return part;
}

/** Steps that can be undone and done again; only what a step changed is kept. */
export class History {
  /** @param {Mask} mask */
  constructor(mask) {
    this.mask = mask;
    /** @type {{box: Box, part: Uint8Array}[]} */
    this.back = [];
    /** @type {{box: Box, part: Uint8Array}[]} */
    this.forth = [];
  }

  /**
   * Keep a step that has been done.
   * @param {Uint8Array} before the whole mask before it
   * @param {Box} box what it changed
   */
  keep(before, box) {
    this.back.push({ box, part: cut({ ...this.mask, data: before }, box) });
    if (this.back.length > MOST_STEPS_BACK) this.back.shift();
    this.forth = [];
  }

  /** @returns {Box|null} what changed; null where nothing is left to undo */
  undo() {
    return this.swap(this.back, this.forth);
  }

  /** @returns {Box|null} */
  redo() {
    return this.swap(this.forth, this.back);
  }

  /** @param {{box: Box, part: Uint8Array}[]} from @param {{box: Box, part: Uint8Array}[]} to */
  swap(from, to) {
    const step = from.pop();
    if (step === undefined) return null;
    const { box, part } = step;
    to.push({ box, part: cut(this.mask, box) });
    const across = box.right - box.left;
    for (let row = box.top; row < box.bottom; row++) {
      const start = (row - box.top) * across;
      this.mask.data.set(part.subarray(start, start + across), row * this.mask.width + box.left);
    }
    return box;
  }
}
