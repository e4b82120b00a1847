// @ts-check
/** Small pictures of films, each fetched once it comes into sight and kept while the page is open. */

import { ask } from "../base/api.js";
import { h } from "../base/dom.js";

const SIDE = 112;
const MOST_KEPT = 400;
/** @type {Map<string, Promise<ImageBitmap>>} */
const kept = new Map();
/** @type {WeakMap<Element, () => void>} */
const waiting = new WeakMap();

const sight = new IntersectionObserver(
  (entries) => {
    for (const entry of entries.filter((each) => each.isIntersecting)) {
      sight.unobserve(entry.target);
      waiting.get(entry.target)?.();
    }
  },
  { rootMargin: "300px" },
);

/** @param {string} id of a job whose film is read @returns {HTMLCanvasElement} */
export function thumbnail(id) {
  const canvas = h("canvas", { class: "thumbnail", width: SIDE, height: SIDE, "aria-hidden": "true" });
  waiting.set(canvas, async () => {
    try {
      paint(canvas, await pictureOf(id));
    } catch (error) {
      kept.delete(id);
      console.info("no thumbnail", error); // the row says all that matters without it
    }
  });
  sight.observe(canvas);
  return canvas;
}

/** @param {string} id */
function pictureOf(id) {
  const known = kept.get(id);
  if (known !== undefined) return known;
  if (kept.size >= MOST_KEPT) kept.delete(/** @type {string} */ (kept.keys().next().value));
  const picture = ask(`jobs/${id}/thumbnail.png`)
    .then((response) => response.blob())
    .then((blob) => createImageBitmap(blob));
  kept.set(id, picture);
  return picture;
}

/** @param {HTMLCanvasElement} canvas @param {ImageBitmap} picture */
function paint(canvas, picture) {
  const scale = Math.min(SIDE / picture.width, SIDE / picture.height);
  const [across, down] = [picture.width * scale, picture.height * scale];
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  context.imageSmoothingQuality = "high";
  context.drawImage(picture, (SIDE - across) / 2, (SIDE - down) / 2, across, down);
}
