// @ts-check
/** Which grey values are spread from black to white, in the units of the 16-bit film. */

/** @typedef {{centre: number, width: number}} Window */

const LEVELS = 65536;
const LEAST_WIDTH = 64;
const BLACK = 257;
const WHITE = LEVELS - 1 - 257;
const LEAST_EXPOSED = 0.2;
/** A drag over this many pixels of the screen doubles the width or moves the centre by one width. */
const DRAG = 300;

/** Presets by the share of the exposed field that is darker than black and white; the header's own is the first. */
export const PRESETS = /** @type {const} */ ({
  header: null,
  film: [0.005, 0.995],
  lung: [0.01, 0.7],
  line: [0.02, 0.45],
  mediastinum: [0.4, 0.998],
  full: null,
});

/** @param {Uint16Array} data @returns {Uint32Array} how many pixels have each of 65536 values */
export function histogram(data) {
  const counts = new Uint32Array(LEVELS);
  for (const value of data) counts[value]++;
  return counts;
}

/**
 * The window of a preset.
 * @param {keyof typeof PRESETS} name
 * @param {Uint32Array} counts the film's histogram
 * @param {Window|null} header the window that the film's header asks for
 * @returns {Window}
 */
export function preset(name, counts, header) {
  if (name === "full") return { centre: (LEVELS - 1) / 2, width: LEVELS - 1 };
  if (name === "header" && header !== null) return header;
  const [low, high] = shares(counts, PRESETS[name] ?? PRESETS.film);
  return clipped({ centre: (low + high) / 2, width: high - low });
}

/**
 * Grey values that two shares of the exposed field lie under: pure black and white are shutters and letters and do
 * not count, unless nearly all of the film is.
 * @param {Uint32Array} counts @param {readonly [number, number]} wanted
 */
function shares(counts, wanted) {
  const total = sum(counts, 0, LEVELS);
  const inside = sum(counts, BLACK + 1, WHITE);
  const [from, to] = inside >= LEAST_EXPOSED * total ? [BLACK + 1, WHITE] : [0, LEVELS];
  const all = sum(counts, from, to);
  return wanted.map((share) => {
    let seen = 0;
    for (let value = from; value < to; value++) {
      seen += counts[value];
      if (seen >= share * all) return value;
    }
    return to - 1;
  });
}

/** @param {Uint32Array} counts @param {number} from @param {number} to */
function sum(counts, from, to) {
  let all = 0;
  for (let value = from; value < to; value++) all += counts[value];
  return all;
}

/**
 * The window after a drag: to the right wider (less contrast), down darker.
 * @param {Window} window @param {number} across @param {number} down pixels of the screen
 */
export function dragged(window, across, down) {
  const width = window.width * 2 ** (across / DRAG);
  return clipped({ centre: window.centre + (down / DRAG) * window.width, width });
}

/** @param {Window} window @returns {Window} */
function clipped({ centre, width }) {
  return {
    centre: Math.min(Math.max(centre, 0), LEVELS - 1),
    width: Math.min(Math.max(width, LEAST_WIDTH), 2 * LEVELS),
  };
}
