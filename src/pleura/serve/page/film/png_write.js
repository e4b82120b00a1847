// @ts-check
/** A mask as a grey PNG of 8 bits, for the server; a canvas would write colours. */

const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];

const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let sum = byte;
  for (let bit = 0; bit < 8; bit++) sum = sum & 1 ? 0xedb88320 ^ (sum >>> 1) : sum >>> 1;
  return sum;
});

/**
 * @param {Uint8Array} data (height, width) grey values
 * @param {number} width
 * @param {number} height
 * @returns {Promise<Uint8Array>} the file
 */
export async function writePng(data, width, height) {
  const lines = new Uint8Array((width + 1) * height); // every line begins with filter 0
  for (let row = 0; row < height; row++)
    lines.set(data.subarray(row * width, (row + 1) * width), row * (width + 1) + 1);
  const header = new Uint8Array(13);
  const view = new DataView(header.buffer);
  view.setUint32(0, width);
  view.setUint32(4, height);
  header[8] = 8;
  const stream = new Blob([lines]).stream().pipeThrough(new CompressionStream("deflate"));
  const body = new Uint8Array(await new Response(stream).arrayBuffer());
  const parts = [
    Uint8Array.from(SIGNATURE),
    chunk("IHDR", header),
    chunk("IDAT", body),
    chunk("IEND", new Uint8Array()),
  ];
  return new Uint8Array(await new Blob(/** @type {BlobPart[]} */ (parts)).arrayBuffer());
}

/** @param {Uint8Array} content */
export function base64(content) {
  let text = "";
  for (let at = 0; at < content.length; at += 0x8000)
    text += String.fromCharCode(...content.subarray(at, at + 0x8000));
  return btoa(text);
}

/** @param {string} kind @param {Uint8Array} body */
function chunk(kind, body) {
  const whole = new Uint8Array(body.length + 12);
  const view = new DataView(whole.buffer);
  view.setUint32(0, body.length);
  for (let at = 0; at < 4; at++) whole[4 + at] = kind.charCodeAt(at);
  whole.set(body, 8);
  view.setUint32(8 + body.length, crc(whole.subarray(4, 8 + body.length)));
  return whole;
}

/** CRC-32 (PNG, annex D). @param {Uint8Array} content */
function crc(content) {
  let sum = 0xffffffff;
  for (const byte of content) sum = TABLE[(sum ^ byte) & 255] ^ (sum >>> 8);
  return (sum ^ 0xffffffff) >>> 0;
}
