// @ts-check
/** Correcting the outline: brush and polygon, with pointer or keys, every step undone and done again. */

import { around, dab, fillPolygon, History } from "../film/strokes.js";

/**
 * @typedef {import("../film/strokes.js").Point} Point
 * @typedef {import("../film/strokes.js").Box} Box
 * @typedef {import("../film/strokes.js").Mask} Mask
 */

const SMALLEST = 1;
const LEAST_CORNERS = 3;
const KEY_STEP = 0.01;

/** What is being corrected; the screen tells it of pointers and keys, and hears of changes. */
export class Editor {
  /**
   * @param {Mask} mask the outline as it stands; changed in place
   * @param {(box: Box, whole: boolean) => void} onChange a part has new values; `whole`: a step is finished
   */
  constructor(mask, onChange) {
    this.mask = mask;
    this.onChange = onChange;
    this.history = new History(mask);
    this.radius = Math.max(4, mask.width / 80);
    this.erases = false;
    /** @type {Point[]} */
    this.corners = [];
    /** @type {Point|null} where pointer or keys are */
    this.at = null;
    /** @type {{before: Uint8Array, box: Box, last: Point}|null} */
    this.stroke = null;
  }

  /** Whether anything differs from what was loaded or saved. */
  get edited() {
    return this.history.back.length > 0;
  }

  /** @returns {0|255} */
  get value() {
    return this.erases ? 0 : 255;
  }

  /** @param {Point} at */
  beginStroke(at) {
    const before = this.mask.data.slice();
    const box = dab(this.mask, at, at, this.radius, this.value);
    this.stroke = { before, box, last: at };
    this.onChange(box, false);
  }

  /** @param {Point} at */
  moveStroke(at) {
    if (this.stroke === null) return;
    const box = dab(this.mask, this.stroke.last, at, this.radius, this.value);
    this.stroke = { ...this.stroke, box: around(this.stroke.box, box), last: at };
    this.onChange(box, false);
  }

  endStroke() {
    if (this.stroke === null) return;
    const { before, box } = this.stroke;
    this.stroke = null;
    this.step(before, box);
  }

  /** Take a stroke back as if it had never been. */
  cancelStroke() {
    if (this.stroke === null) return;
    const { before, box } = this.stroke;
    this.stroke = null;
    this.mask.data.set(before);
    this.onChange(box, false);
  }

  /** @param {Point} at */
  addCorner(at) {
    this.corners.push(at);
  }

  /** Fill (or empty) what the corners enclose; under three corners nothing. */
  closePolygon() {
    const corners = this.corners;
    this.corners = [];
    if (corners.length < LEAST_CORNERS) return;
    const before = this.mask.data.slice();
    this.step(before, fillPolygon(this.mask, corners, this.value));
  }

  /** @param {Uint8Array} before @param {Box} box */
  step(before, box) {
    if (box.right > box.left && box.bottom > box.top) this.history.keep(before, box);
    this.onChange(box, true);
  }

  /** The last corner of a polygon under way, else the last step. */
  undo() {
    if (this.corners.pop() !== undefined) return;
    const box = this.history.undo();
    if (box !== null) this.onChange(box, true);
  }

  redo() {
    const box = this.history.redo();
    if (box !== null) this.onChange(box, true);
  }

  /** Begin anew from another outline. @param {Mask} mask */
  replace(mask) {
    this.mask.data.set(mask.data);
    this.history = new History(this.mask);
    this.corners = [];
    this.onChange({ left: 0, top: 0, right: mask.width, bottom: mask.height }, true);
  }

  /** @param {number} factor */
  resize(factor) {
    this.radius = Math.min(Math.max(this.radius * factor, SMALLEST), this.mask.width / 4);
  }

  /**
   * Move the place of work by keys.
   * @param {number} across
   * @param {number} down steps of 1 % of the film
   * @param {Point} from where it starts
   */
  moveBy(across, down, from) {
    const [x, y] = this.at ?? from;
    const step = KEY_STEP * this.mask.width;
    this.at = [
      Math.min(Math.max(x + across * step, 0), this.mask.width),
      Math.min(Math.max(y + down * step, 0), this.mask.height),
    ];
  }
}
