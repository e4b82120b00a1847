// @ts-check
/**
 * Grey PNGs at their full depth (W3C PNG, third edition). A canvas would cut 16 bits to 8, so this reads them itself;
 * the browser only inflates.
 */

const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
const MOST_PIXELS = 64 * 1024 * 1024;
const GREY = 0;

/** @typedef {{width: number, height: number, bits: 8|16, data: Uint8Array|Uint16Array}} Grey */

/**
 * Decode a grey PNG of 8 or 16 bits, not interlaced.
 * @param {Uint8Array} content the whole file
 * @returns {Promise<Grey>} rows from the top
 * @throws {Error} what is no such PNG
 */
export async function readPng(content) {
  if (!SIGNATURE.every((byte, index) => content[index] === byte)) throw new Error("no PNG");
  const { header, parts } = chunks(content);
  const { width, height, bits } = header;
  const stride = (width * bits) / 8;
  const lines = await inflated(parts, (stride + 1) * height);
  unfilter(lines, height, stride, bits / 8);
  return { width, height, bits, data: bits === 16 ? words(lines, width, height) : rows(lines, width, height) };
}

/** @param {Uint8Array} content */
function chunks(content) {
  const view = new DataView(content.buffer, content.byteOffset, content.byteLength);
  const parts = [];
  let header = null;
  for (let at = 8; at + 12 <= content.length;) {
    const length = view.getUint32(at);
    const kind = String.fromCharCode(...content.subarray(at + 4, at + 8));
    const body = content.subarray(at + 8, at + 8 + length);
    if (body.length < length) break;
    if (kind === "IHDR") header = headerOf(view, at + 8);
    if (kind === "IDAT") parts.push(body);
    if (kind === "IEND") break;
    at += length + 12;
  }
  if (header === null || parts.length === 0) throw new Error("a PNG without header or pixels");
  return { header, parts };
}

/** @param {DataView} view @param {number} at @returns {{width: number, height: number, bits: 8|16}} */
function headerOf(view, at) {
  const [width, height] = [view.getUint32(at), view.getUint32(at + 4)];
  const [bits, colour, interlace] = [view.getUint8(at + 8), view.getUint8(at + 9), view.getUint8(at + 12)];
  if ((bits !== 8 && bits !== 16) || colour !== GREY || interlace !== 0)
    throw new Error("not a plain grey PNG of 8 or 16 bits");
  if (width === 0 || height === 0 || width * height > MOST_PIXELS) throw new Error(`a PNG of ${width} x ${height}`);
  return { width, height, bits };
}

/** @param {Uint8Array[]} parts @param {number} size that is due, in bytes @returns {Promise<Uint8Array>} */
async function inflated(parts, size) {
  const stream = new Blob(/** @type {BlobPart[]} */ (parts)).stream().pipeThrough(new DecompressionStream("deflate"));
  const reader = stream.getReader();
  const whole = new Uint8Array(size);
  let at = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    if (at + value.length > size) throw new Error("a PNG with too many pixels");
    whole.set(value, at);
    at += value.length;
  }
  if (at !== size) throw new Error("a PNG cut short");
  return whole;
}

/**
 * Undo the filter of every line, in place (section 9).
 * @param {Uint8Array} lines each with its filter's number first
 * @param {number} height @param {number} stride bytes a line @param {number} step bytes a pixel
 */
function unfilter(lines, height, stride, step) {
  /** @type {Uint8Array} */
  let above = new Uint8Array(stride);
  for (let row = 0; row < height; row++) {
    const start = row * (stride + 1);
    const line = lines.subarray(start + 1, start + 1 + stride);
    const undo = FILTERS[lines[start]];
    if (undo === undefined) throw new Error(`a PNG with the filter ${lines[start]}`);
    undo(line, above, step);
    above = line;
  }
}

/** @type {((line: Uint8Array, above: Uint8Array, step: number) => void)[]} */
const FILTERS = [
  () => {},
  (line, _, step) => {
    for (let at = step; at < line.length; at++) line[at] += line[at - step];
  },
  (line, above) => {
    for (let at = 0; at < line.length; at++) line[at] += above[at];
  },
  (line, above, step) => {
    for (let at = 0; at < line.length; at++) line[at] += ((at < step ? 0 : line[at - step]) + above[at]) >> 1;
  },
  paeth,
];

/** @param {Uint8Array} line @param {Uint8Array} above @param {number} step */
function paeth(line, above, step) {
  for (let at = 0; at < step; at++) line[at] += above[at];
  for (let at = step; at < line.length; at++) {
    const a = line[at - step];
    const b = above[at];
    const c = above[at - step];
    const pa = Math.abs(b - c);
    const pb = Math.abs(a - c);
    const pc = Math.abs(a + b - 2 * c);
    line[at] += pa <= pb && pa <= pc ? a : pb <= pc ? b : c;
  }
}

/** @param {Uint8Array} lines @param {number} width @param {number} height */
function rows(lines, width, height) {
  const data = new Uint8Array(width * height);
  for (let row = 0; row < height; row++)
    data.set(lines.subarray(row * (width + 1) + 1, (row + 1) * (width + 1)), row * width);
  return data;
}

/** Big-endian pairs as numbers. @param {Uint8Array} lines @param {number} width @param {number} height */
function words(lines, width, height) {
  const data = new Uint16Array(width * height);
  for (let row = 0, to = 0; row < height; row++) {
    for (let column = 0, from = row * (2 * width + 1) + 1; column < width; column++, from += 2) {
      data[to++] = (lines[from] << 8) | lines[from + 1];
    }
  }
  return data;
}
