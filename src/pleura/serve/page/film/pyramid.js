// @ts-check
/** A film at half, quarter, ... of its size, so that a small picture of it neither flickers nor loses fine lines. */

/** @typedef {{width: number, height: number, data: Uint16Array}} Level */

/**
 * @param {Uint16Array} data (height, width)
 * @param {number} width
 * @param {number} height
 * @param {number} [least] no level is narrower or lower than this
 * @returns {Level[]} the film itself first; each next one of means of 2 x 2, the odd last row or column left out
 */
export function pyramid(data, width, height, least = 128) {
  const levels = [{ width, height, data }];
  for (let last = levels[0]; Math.min(last.width, last.height) >= 2 * least; last = levels[levels.length - 1])
    levels.push(halved(last));
  return levels;
}

/** @param {Level} level @returns {Level} */
function halved({ width, height, data }) {
  const [across, down] = [width >> 1, height >> 1];
  const small = new Uint16Array(across * down);
  for (let row = 0, to = 0; row < down; row++) {
    for (let column = 0, at = 2 * row * width; column < across; column++, at += 2) {
      small[to++] = (data[at] + data[at + 1] + data[at + width] + data[at + width + 1] + 2) >> 2;
    }
  }
  return { width: across, height: down, data: small };
}
