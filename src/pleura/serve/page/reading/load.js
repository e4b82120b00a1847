// @ts-check
/** All that a reading needs of one film, fetched together. */

import { ask, bytes, json } from "../base/api.js";
import { readPng } from "../film/png_read.js";
import { pyramid } from "../film/pyramid.js";
import { histogram } from "../film/window.js";

/**
 * @typedef {import("../base/api.js").Job} Job
 * @typedef {import("../film/pane.js").Shown} Shown
 * @typedef {import("../film/pane.js").Soft} Soft
 * @typedef {{film: Shown, counts: Uint32Array, header: import("../film/window.js").Window|null}} Picture
 * @typedef {{outline: number, presence: number}} Thresholds where the map is cut, and what the score must exceed
 * @typedef {{job: Job, picture: Picture, mask: Soft, map: Soft|null, thresholds: Thresholds|null}} Reading
 */

/** @param {string} id of a job that is done @returns {Promise<Reading>} */
export async function loadReading(id) {
  const job = /** @type {Job} */ (await json(`jobs/${id}`));
  if (job.finding === null)
    return { job, picture: /** @type {any} */ (null), mask: /** @type {any} */ (null), map: null, thresholds: null };
  const [picture, mask, map, model] = await Promise.all([
    loadPicture(job),
    loadSoft(`jobs/${id}/mask.png`),
    loadSoft(`jobs/${id}/probability.png`),
    json("model"),
  ]);
  if (mask.width !== picture.film.width || mask.height !== picture.film.height)
    throw new Error("the mask is not of this film's size");
  return { job, picture, mask, map, thresholds: thresholdsOf(job.finding, model) };
}

/**
 * By which a finding was made; null where that is not known, for another model runs by now, or one that does not cut
 * its outline from the map; and of a film that a first model settled, whose map is not made for these thresholds.
 * @param {{model: {sha256: string}, warnings: {code: string}[]}} finding
 * @param {import("../base/api.js").Model} model the one that runs
 * @returns {Thresholds|null}
 */
export function thresholdsOf(finding, { sha256, thresholds: { outline, presence } }) {
  const settled = finding.warnings.some(({ code }) => code === "ruled_out");
  return sha256 === finding.model.sha256 && outline !== null && !settled ? { outline, presence } : null;
}

/** The film at full depth. @param {Job} job @returns {Promise<Picture>} */
export async function loadPicture(job) {
  const response = await ask(`jobs/${job.id}/film.png`);
  const { width, height, bits, data } = await readPng(new Uint8Array(await response.arrayBuffer()));
  const deep = bits === 16 ? /** @type {Uint16Array} */ (data) : Uint16Array.from(data, (value) => value * 257);
  const spacing = job.finding?.spacing ?? null;
  const aspect = spacing === null ? 1 : spacing.row_mm / spacing.column_mm;
  return {
    film: { width, height, aspect, levels: pyramid(deep, width, height) },
    counts: histogram(deep),
    header: windowOf(response),
  };
}

/** @param {Response} response @returns {import("../film/window.js").Window|null} */
function windowOf(response) {
  const told = (response.headers.get("X-Pleura-Window") ?? "").split(",").map(Number);
  return told.length === 2 && told.every(Number.isFinite) && told[1] > 0 ? { centre: told[0], width: told[1] } : null;
}

/** @param {string} path @returns {Promise<Soft>} */
export async function loadSoft(path) {
  const { width, height, bits, data } = await readPng(await bytes(path));
  if (bits !== 8) throw new Error("a mask or map of 16 bits");
  return { width, height, data: /** @type {Uint8Array} */ (data) };
}
